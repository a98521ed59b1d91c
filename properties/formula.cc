#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <heddle/properties/formula.h>

namespace heddle {

namespace {

using Kind = Formula::Kind;

Formula make(Kind kind, std::vector<Formula> of) {
  return Formula(std::make_shared<const Formula::Node>(Formula::Node{kind, std::move(of)}));
}

Formula truth() {
  return make(Kind::kTrue, {});
}

bool is_true(const Formula& formula) {
  return formula->kind == Kind::kTrue;
}

bool is_false(const Formula& formula) {
  return formula->kind == Kind::kNot && is_true(formula->of[0]);
}

std::string in_operator(const Formula& formula) {
  const bool is_binary = (formula->kind == Kind::kAnd || formula->kind == Kind::kOr);
  return is_binary ? fmt::format("({})", to_string(formula)) : to_string(formula);
}

void collect(const Formula& formula, std::vector<const Formula::Node*>& predicates) {
  if (formula->kind == Kind::kHolds &&
      std::ranges::find(predicates, &*formula) == predicates.end()) {
    predicates.push_back(&*formula);
  }
  for (const Formula& part : formula->of) {
    collect(part, predicates);
  }
}

/// Evaluates subformulas in all states of one run at once.
class OnRun {
 public:
  OnRun(std::size_t size, std::size_t repeats_from, const HoldsAt& holds_at,
        std::vector<const Formula::Node*> predicates)
      : size_(size),
        repeats_from_(repeats_from),
        holds_at_(holds_at),
        predicates_(std::move(predicates)) {}

  [[nodiscard]] std::vector<bool> values(const Formula& formula) const {
    std::vector<std::vector<bool>> parts;
    for (const Formula& part : formula->of) {
      parts.push_back(values(part));
    }
    const auto each = [&](const auto& value) {
      std::vector<bool> values(size_);
      for (std::size_t at = 0; at < size_; ++at) {
        values[at] = value(at);
      }
      return values;
    };
    switch (formula->kind) {
      case Kind::kTrue:
        return each([](std::size_t) { return true; });
      case Kind::kHolds: {
        const auto place = static_cast<std::size_t>(std::ranges::find(predicates_, &*formula) -
                                                    predicates_.begin());
        return each([&](std::size_t at) { return holds_at_(place, at); });
      }
      case Kind::kNot:
        return each([&](std::size_t at) { return !parts[0][at]; });
      case Kind::kAnd:
        return each([&](std::size_t at) { return parts[0][at] && parts[1][at]; });
      case Kind::kOr:
        return each([&](std::size_t at) { return parts[0][at] || parts[1][at]; });
      case Kind::kNext:
        return each([&](std::size_t at) { return parts[0][after(at)]; });
      case Kind::kUntil:
        return fixed_point(false, [&](std::size_t at, bool later) {
          return parts[1][at] || (parts[0][at] && later);
        });
      case Kind::kRelease:
        return fixed_point(true, [&](std::size_t at, bool later) {
          return parts[1][at] && (parts[0][at] || later);
        });
    }
    return {};
  }

 private:
  [[nodiscard]] std::size_t after(std::size_t at) const {
    return at + 1 < size_ ? at + 1 : repeats_from_;
  }

  /// Least when it begins with false, greatest with true. Twice round the cycle is enough.
  template <class Value>
  [[nodiscard]] std::vector<bool> fixed_point(bool begin, const Value& value) const {
    std::vector<bool> values(size_, begin);
    for (int round = 0; round < 2; ++round) {
      for (std::size_t at = size_; at-- > 0;) {
        values[at] = value(at, values[after(at)]);
      }
    }
    return values;
  }

  std::size_t size_;
  std::size_t repeats_from_;
  const HoldsAt& holds_at_;
  std::vector<const Formula::Node*> predicates_;
};

}  // namespace

Formula holds(std::string name, Predicate predicate) {
  return Formula(std::make_shared<const Formula::Node>(
      Formula::Node{Kind::kHolds, {}, std::move(name), std::move(predicate)}));
}

Formula operator!(const Formula& formula) {
  return formula->kind == Kind::kNot ? formula->of[0] : make(Kind::kNot, {formula});
}

Formula operator&&(const Formula& left, const Formula& right) {
  return make(Kind::kAnd, {left, right});
}

Formula operator||(const Formula& left, const Formula& right) {
  return make(Kind::kOr, {left, right});
}

Formula implies(const Formula& left, const Formula& right) {
  return !left || right;
}

Formula always(const Formula& formula) {
  return make(Kind::kRelease, {!truth(), formula});
}

Formula eventually(const Formula& formula) {
  return make(Kind::kUntil, {truth(), formula});
}

Formula until(const Formula& left, const Formula& right) {
  return make(Kind::kUntil, {left, right});
}

Formula leads_to(const Formula& cause, const Formula& effect) {
  return always(implies(cause, eventually(effect)));
}

Formula next(const Formula& formula) {
  return make(Kind::kNext, {formula});
}

std::string to_string(const Formula& formula) {
  const std::vector<Formula>& of = formula->of;
  switch (formula->kind) {
    case Kind::kTrue:
      return "true";
    case Kind::kHolds:
      return formula->name;
    case Kind::kNot:
      return is_false(formula) ? "false" : fmt::format("!{}", in_operator(of[0]));
    case Kind::kAnd:
      return fmt::format("{} && {}", in_operator(of[0]), in_operator(of[1]));
    case Kind::kOr:
      return fmt::format("{} || {}", in_operator(of[0]), in_operator(of[1]));
    case Kind::kNext:
      return fmt::format("next({})", to_string(of[0]));
    case Kind::kUntil:
      return is_true(of[0]) ? fmt::format("eventually({})", to_string(of[1]))
                            : fmt::format("until({}, {})", to_string(of[0]), to_string(of[1]));
    case Kind::kRelease:
      return is_false(of[0])
                 ? fmt::format("always({})", to_string(of[1]))
                 : fmt::format("!until(!{}, !{})", in_operator(of[0]), in_operator(of[1]));
  }
  return {};
}

std::vector<const Formula::Node*> predicates_in(const Formula& formula) {
  std::vector<const Formula::Node*> predicates;
  collect(formula, predicates);
  return predicates;
}

bool is_true_of(const Formula& formula, std::size_t size, std::size_t repeats_from,
                const HoldsAt& holds_at) {
  return OnRun(size, repeats_from, holds_at, predicates_in(formula)).values(formula).front();
}

}  // namespace heddle
