// Formula: claims about whole runs in linear temporal logic, over predicates of single states.
//
//     s.ltl("served again and again", always(eventually(holds("idle", [=](const State& now) {
//             return now[bank].open == 0;
//           }))));
//
// A run is an infinite sequence of states. One in which nothing more happens stays in its last
// state for ever. Without `next` a formula does not notice how often a state is repeated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <heddle/properties/judged.h>

namespace heddle {

/// A value; copies share what they are made of.
class Formula {
 public:
  enum class Kind : std::uint8_t {
    kTrue,
    kHolds,  ///< a predicate of the first state
    kNot,
    kAnd,
    kOr,
    kNext,     ///< of the run without its first state
    kUntil,    ///< the second becomes true, and the first is true until then
    kRelease,  ///< the second is true up to and with where the first is, for ever if it never is
  };

  struct Node;

  explicit Formula(std::shared_ptr<const Node> node) : node_(std::move(node)) {}

  [[nodiscard]] const Node& operator*() const { return *node_; }

  [[nodiscard]] const Node* operator->() const { return node_.get(); }

 private:
  std::shared_ptr<const Node> node_;
};

struct Formula::Node {
  Kind kind = Kind::kTrue;
  std::vector<Formula> of{};  ///< none, one or two
  std::string name{};         ///< kHolds
  Predicate predicate{};      ///< kHolds
};

/// The predicate holds of the first state. `name` stands for it in texts.
Formula holds(std::string name, Predicate predicate);
Formula operator!(const Formula& formula);
Formula operator&&(const Formula& left, const Formula& right);
Formula operator||(const Formula& left, const Formula& right);
Formula implies(const Formula& left, const Formula& right);

Formula always(const Formula& formula);
/// Now or later.
Formula eventually(const Formula& formula);
/// `right` becomes true, and `left` is true until then.
Formula until(const Formula& left, const Formula& right);
/// Always, when `cause` is true, `effect` is true then or later.
Formula leads_to(const Formula& cause, const Formula& effect);
/// In the state after the next event. What it says depends on how many events there are, those of
/// other canisters included: seldom what is meant.
Formula next(const Formula& formula);

/// "always(eventually(idle))".
std::string to_string(const Formula& formula);

/// The predicates that it is made of, each copy of one once, in order of appearance.
std::vector<const Formula::Node*> predicates_in(const Formula& formula);

/// Whether predicate `predicate` (its place in `predicates_in`) holds of state `at` of a run.
using HoldsAt = std::function<bool(std::size_t predicate, std::size_t at)>;

/// Whether a formula is true of the run whose states are 0 to `size` - 1 and then for ever again
/// those from `repeats_from` on. By the definition, for runs that are known.
bool is_true_of(const Formula& formula, std::size_t size, std::size_t repeats_from,
                const HoldsAt& holds_at);

}  // namespace heddle
