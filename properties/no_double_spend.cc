#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/judged.h>
#include <heddle/properties/no_double_spend.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

class NoDoubleSpend : public Property {
 public:
  NoDoubleSpend(std::string name, AmountsIn paid, AmountsIn due)
      : name_(std::move(name)), paid_(std::move(paid)), due_(std::move(due)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return "double spend"; }

  [[nodiscard]] When when() const override { return When::kEveryState; }

  [[nodiscard]] bool holds(const State& now) const override { return too_much(now).empty(); }

  [[nodiscard]] std::string explain(const State& now) const override {
    return fmt::format("{} ({})", fmt::join(too_much(now), ", "),
                       values_read(now, [&](const State& state) {
                         static_cast<void>(paid_(state));
                         static_cast<void>(due_(state));
                       }));
  }

 private:
  [[nodiscard]] std::vector<std::string> too_much(const State& now) const {
    const Amounts due = due_(now);
    std::vector<std::string> lines;
    for (const auto& [who, paid] : paid_(now)) {
      const auto found = due.find(who);
      const Int most = found == due.end() ? Int(0) : found->second;
      if (paid > most) {
        lines.push_back(
            fmt::format("{}{} was paid, {} is due", who.empty() ? "" : who + ": ", paid, most));
      }
    }
    return lines;
  }

  std::string name_;
  AmountsIn paid_;
  AmountsIn due_;
};

}  // namespace

std::shared_ptr<const Property> make_no_double_spend(std::string name, AmountsIn paid,
                                                     AmountsIn due) {
  return std::make_shared<NoDoubleSpend>(std::move(name), std::move(paid), std::move(due));
}

}  // namespace heddle
