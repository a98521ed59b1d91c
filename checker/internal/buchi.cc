#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <heddle/checker/internal/buchi.h>
#include <heddle/model/trap.h>

namespace heddle::internal {

namespace {

using Kind = Formula::Kind;
using Transition = BuchiAutomaton::Transition;

constexpr std::size_t kStatesMax = 4096;

[[noreturn]] void too_large() {
  throw Misuse(
      "a formula has too many predicates or too many parts in one another: claim its parts, each "
      "by a property of its own.");
}

/// A formula in which only predicates are negated, as a number.
using Term = std::uint32_t;

/// Formulas by number, equal ones once.
class Terms {
 public:
  /// `next` has one part, `left`; a literal's `left` is the predicate, its `right` whether it
  /// holds.
  struct Content {
    enum class Kind : std::uint8_t { kTrue, kFalse, kLiteral, kAnd, kOr, kNext, kUntil, kRelease };
    Kind kind{};
    Term left = 0;
    Term right = 0;
    friend auto operator<=>(const Content&, const Content&) = default;
  };

  explicit Terms(const Formula& formula) : predicates_(predicates_in(formula)) {
    if (predicates_.size() > BuchiAutomaton::kPredicatesMax) {
      too_large();
    }
  }

  Term of(const Formula& formula, bool negated) {
    const auto part = [&](std::size_t i) { return of(formula->of[i], negated); };
    switch (formula->kind) {
      case Kind::kTrue:
        return number({negated ? Content::Kind::kFalse : Content::Kind::kTrue});
      case Kind::kHolds: {
        const auto place = std::ranges::find(predicates_, &*formula) - predicates_.begin();
        return number({Content::Kind::kLiteral, static_cast<Term>(place), negated ? 0U : 1U});
      }
      case Kind::kNot:
        return of(formula->of[0], !negated);
      case Kind::kAnd:
        return number({negated ? Content::Kind::kOr : Content::Kind::kAnd, part(0), part(1)});
      case Kind::kOr:
        return number({negated ? Content::Kind::kAnd : Content::Kind::kOr, part(0), part(1)});
      case Kind::kNext:
        return number({Content::Kind::kNext, part(0)});
      case Kind::kUntil:
        return number(
            {negated ? Content::Kind::kRelease : Content::Kind::kUntil, part(0), part(1)});
      case Kind::kRelease:
        return number(
            {negated ? Content::Kind::kUntil : Content::Kind::kRelease, part(0), part(1)});
    }
    return 0;
  }

  [[nodiscard]] const Content& operator[](Term term) const { return contents_[term]; }

  /// A bit for each until-formula.
  [[nodiscard]] BuchiAutomaton::Marks mark_of(Term until) const {
    return BuchiAutomaton::Marks{1} << marks_.at(until);
  }

  [[nodiscard]] BuchiAutomaton::Marks all_marks() const {
    BuchiAutomaton::Marks marks = 0;
    for (const auto& [until, mark] : marks_) {
      marks |= BuchiAutomaton::Marks{1} << mark;
    }
    return marks;
  }

 private:
  Term number(const Content& content) {
    const auto [known, is_new] = numbers_.emplace(content, static_cast<Term>(contents_.size()));
    if (is_new) {
      contents_.push_back(content);
      if (content.kind == Content::Kind::kUntil) {
        if (marks_.size() == BuchiAutomaton::kMarksMax) {
          too_large();
        }
        marks_.emplace(known->second, marks_.size());
      }
    }
    return known->second;
  }

  std::vector<const Formula::Node*> predicates_;
  std::vector<Content> contents_;
  std::map<Content, Term> numbers_;
  std::map<Term, std::size_t> marks_;
};

/// All that must be true of the rest of a run.
using Obligations = std::set<Term>;

/// One way to meet obligations: what it asks of the state that is read, and leaves to the rest.
struct Way {
  BuchiAutomaton::Label holding = 0;
  BuchiAutomaton::Label failing = 0;
  Obligations rest;
  BuchiAutomaton::Marks put_off = 0;
};

class Expansion {
 public:
  explicit Expansion(const Terms& terms) : terms_(terms) {}

  std::vector<Way> ways(const Obligations& obligations) {
    ways_.clear();
    expand({obligations.begin(), obligations.end()}, {}, {});
    return std::move(ways_);
  }

 private:
  void expand(std::vector<Term> todo, Obligations done, Way way) {
    using ContentKind = Terms::Content::Kind;
    while (!todo.empty()) {
      const Term term = todo.back();
      todo.pop_back();
      if (!done.insert(term).second) {
        continue;
      }
      const Terms::Content& content = terms_[term];
      switch (content.kind) {
        case ContentKind::kTrue:
          break;
        case ContentKind::kFalse:
          return;
        case ContentKind::kLiteral:
          (content.right != 0 ? way.holding : way.failing) |= BuchiAutomaton::Label{1}
                                                              << content.left;
          if ((way.holding & way.failing) != 0) {
            return;
          }
          break;
        case ContentKind::kAnd:
          todo.push_back(content.left);
          todo.push_back(content.right);
          break;
        case ContentKind::kOr:
          expand(with(todo, content.left), done, way);
          todo.push_back(content.right);
          break;
        case ContentKind::kNext:
          way.rest.insert(content.left);
          break;
        case ContentKind::kUntil: {
          expand(with(todo, content.right), done, way);
          todo.push_back(content.left);
          way.rest.insert(term);
          way.put_off |= terms_.mark_of(term);
          break;
        }
        case ContentKind::kRelease: {
          todo.push_back(content.right);
          expand(with(todo, content.left), done, way);
          way.rest.insert(term);
          break;
        }
      }
    }
    ways_.push_back(std::move(way));
  }

  static std::vector<Term> with(std::vector<Term> todo, Term term) {
    todo.push_back(term);
    return todo;
  }

  const Terms& terms_;
  std::vector<Way> ways_;
};

/// Whether what the second reads the first reads too, to the same end and with no mark less.
bool covers(const Transition& first, const Transition& second) {
  return first.to == second.to && (first.holding & ~second.holding) == 0 &&
         (first.failing & ~second.failing) == 0 && (second.marks & ~first.marks) == 0;
}

}  // namespace

BuchiAutomaton::BuchiAutomaton(const Formula& formula, bool negated) {
  Terms terms(formula);
  const Term whole = terms.of(formula, negated);
  marks_ = terms.all_marks();
  Expansion expansion(terms);
  std::map<Obligations, std::uint32_t> numbers{{{whole}, 0}};
  std::vector<Obligations> to_expand{{whole}};
  for (std::size_t at = 0; at < to_expand.size(); ++at) {
    std::vector<Transition> transitions;
    for (Way& way : expansion.ways(to_expand[at])) {
      const auto [number, is_new] =
          numbers.emplace(way.rest, static_cast<std::uint32_t>(to_expand.size()));
      if (is_new) {
        if (to_expand.size() == kStatesMax) {
          too_large();
        }
        to_expand.push_back(std::move(way.rest));
      }
      const Transition transition{way.holding, way.failing, number->second, marks_ & ~way.put_off};
      const auto is_covered = [&](const Transition& known) { return covers(known, transition); };
      if (std::ranges::none_of(transitions, is_covered)) {
        std::erase_if(transitions,
                      [&](const Transition& known) { return covers(transition, known); });
        transitions.push_back(transition);
      }
    }
    states_.push_back(std::move(transitions));
  }
}

}  // namespace heddle::internal
