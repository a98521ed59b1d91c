#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/liveness.h>

namespace heddle {

namespace {

class Liveness : public Property {
 public:
  Liveness(std::string name, std::string kind, Formula formula)
      : name_(std::move(name)), kind_(std::move(kind)), formula_(std::move(formula)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return kind_; }

  [[nodiscard]] When when() const override { return When::kEveryRun; }

  [[nodiscard]] const Formula* formula() const override { return &formula_; }

 private:
  std::string name_;
  std::string kind_;
  Formula formula_;
};

class AlwaysPossible : public Property {
 public:
  AlwaysPossible(std::string name, Predicate predicate)
      : name_(std::move(name)), goal_(heddle::holds(name_, std::move(predicate))) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return "always possible"; }

  [[nodiscard]] When when() const override { return When::kEveryRun; }

  [[nodiscard]] const Formula& goal() const { return goal_; }

 private:
  std::string name_;
  Formula goal_;
};

}  // namespace

std::shared_ptr<const Property> make_eventually(std::string name, Predicate predicate) {
  Formula formula = eventually(holds(name, std::move(predicate)));
  return std::make_shared<Liveness>(std::move(name), "eventually", std::move(formula));
}

std::shared_ptr<const Property> make_leads_to(std::string name, Predicate cause, Predicate effect) {
  Formula formula =
      leads_to(holds("the first", std::move(cause)), holds("the second", std::move(effect)));
  return std::make_shared<Liveness>(std::move(name), "leads to", std::move(formula));
}

std::shared_ptr<const Property> make_ltl(std::string name, Formula formula) {
  return std::make_shared<Liveness>(std::move(name), "ltl", std::move(formula));
}

std::shared_ptr<const Property> make_always_possible(std::string name, Predicate predicate) {
  return std::make_shared<AlwaysPossible>(std::move(name), std::move(predicate));
}

const Formula* possible_in(const Property& property) {
  const auto* const possible = dynamic_cast<const AlwaysPossible*>(&property);
  return possible == nullptr ? nullptr : &possible->goal();
}

std::string explain_run(const Property& property, std::size_t size, std::size_t repeats_from,
                        const HoldsAt& holds_at) {
  if (property.kind() == "eventually") {
    return fmt::format("\"{}\" never holds", property.name());
  }
  if (property.kind() == "leads to") {
    // The last cause that no effect follows; one in the repeated part will do as well as another.
    std::size_t cause = 0;
    for (std::size_t at = 0; at < size; ++at) {
      const auto has_effect = [&](std::size_t later) { return holds_at(1, later); };
      bool followed = false;
      for (std::size_t later = std::min(at, repeats_from); later < size; ++later) {
        followed = followed || ((later >= at || later >= repeats_from) && has_effect(later));
      }
      if (holds_at(0, at) && !followed) {
        cause = at;
        break;
      }
    }
    return cause == 0 ? "the first predicate holds at the beginning, and the second never does"
                      : fmt::format(
                            "the first predicate holds after step {}, and the second never "
                            "does from then on",
                            cause);
  }
  const std::vector<const Formula::Node*> predicates = predicates_in(*property.formula());
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < predicates.size(); ++i) {
    std::size_t times = 0;
    for (std::size_t at = repeats_from; at < size; ++at) {
      times += holds_at(i, at) ? 1 : 0;
    }
    parts.push_back(fmt::format("{} {}", predicates[i]->name,
                                times == 0                     ? "never holds"
                                : times == size - repeats_from ? "always holds"
                                                               : "holds at times"));
  }
  return fmt::format("{} is not true: in the end {}", to_string(*property.formula()),
                     fmt::join(parts, ", "));
}

}  // namespace heddle
