#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/exactly_once.h>
#include <heddle/properties/judged.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

std::map<std::string, std::size_t> counted(const DoneIn& effects, const State& now) {
  std::map<std::string, std::size_t> times;
  for (const std::string& id : effects(now)) {
    ++times[id];
  }
  return times;
}

std::string told(const std::vector<std::string>& wrong, const DoneIn& effects, const State& now) {
  return fmt::format("{} ({})", fmt::join(wrong, ", "), values_read(now, [&](const State& state) {
                       static_cast<void>(effects(state));
                     }));
}

class AtMostOnce : public Property {
 public:
  AtMostOnce(std::string name, DoneIn effects)
      : name_(std::move(name)), effects_(std::move(effects)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return "at most once"; }

  [[nodiscard]] When when() const override { return When::kEveryState; }

  [[nodiscard]] bool holds(const State& now) const override { return wrong(now).empty(); }

  [[nodiscard]] std::string explain(const State& now) const override {
    return told(wrong(now), effects_, now);
  }

 private:
  [[nodiscard]] std::vector<std::string> wrong(const State& now) const {
    std::vector<std::string> wrong;
    for (const auto& [id, times] : counted(effects_, now)) {
      if (times > 1) {
        wrong.push_back(fmt::format("{} was done {} times", id, times));
      }
    }
    return wrong;
  }

  std::string name_;
  DoneIn effects_;
};

class ExactlyOnce : public Property {
 public:
  ExactlyOnce(std::string name, DoneIn effects, std::set<std::string> ids)
      : name_(std::move(name)), effects_(std::move(effects)), ids_(std::move(ids)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return "exactly once"; }

  [[nodiscard]] When when() const override { return When::kQuiescence; }

  [[nodiscard]] bool holds(const State& now) const override { return wrong(now).empty(); }

  [[nodiscard]] std::string explain(const State& now) const override {
    return told(wrong(now), effects_, now);
  }

 private:
  [[nodiscard]] std::vector<std::string> wrong(const State& now) const {
    std::vector<std::string> wrong;
    const std::map<std::string, std::size_t> done = counted(effects_, now);
    for (const std::string& id : ids_) {
      if (!done.contains(id)) {
        wrong.push_back(fmt::format("{} was not done", id));
      }
    }
    for (const auto& [id, times] : done) {
      if (!ids_.contains(id)) {
        wrong.push_back(fmt::format("{} was done, which nobody asked for", id));
      } else if (times > 1) {
        wrong.push_back(fmt::format("{} was done {} times", id, times));
      }
    }
    return wrong;
  }

  std::string name_;
  DoneIn effects_;
  std::set<std::string> ids_;
};

}  // namespace

std::shared_ptr<const Property> make_at_most_once(std::string name, DoneIn effects) {
  return std::make_shared<AtMostOnce>(std::move(name), std::move(effects));
}

std::shared_ptr<const Property> make_exactly_once(std::string name, DoneIn effects,
                                                  std::set<std::string> ids) {
  return std::make_shared<ExactlyOnce>(std::move(name), std::move(effects), std::move(ids));
}

}  // namespace heddle
