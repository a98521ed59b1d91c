// Partial-order reduction for searches that store states: of the events that are enabled in a
// state, some are enough, because the others commute with all of them and stay enabled.
//
// The sets are weak stubborn sets (Antti Valmari, 'Stubborn Sets for Reduced State Space
// Generation', LNCS 483, 1991). For each set: what can happen without its events commutes with each
// of them that happens afterwards, and cannot prevent one of them, its key. Three kinds are tried,
// in this order:
//
//   a response that is only put aside   one delivery, to a context that waits for several responses
//     at once and for others still, or that has no code any more.
//   one context                         the start of a request or an ingress message, or all
//     deliveries to a context none of whose calls is unanswered: if what they touch is touched by
//     nothing that may run at that canister before them.
//   some canisters                      all events at canisters to which the rest can bring nothing
//     new: no response (they wait for nobody outside) and no request (who may send to them and has
//     none queued is inside; behind a queued one nothing new begins).
//
// What methods may touch, whom they call and how often is not declared anywhere. It is learned:
// the search takes for granted what it has seen so far (internal/footprint.h), and when a step does
// more, it starts again with that known as well. This is sound for the search that ends without
// having seen more. Suppose some schedule had a step that does more; take a shortest one. All
// before its last step keep to what is known, so up to there the sets are persistent, and the
// search has performed an equivalent of it. In the state that it reached, the last step asks the
// same questions and gets the same answers up to the first that an event of a set has changed; but
// then it asks about what that event wrote, or for a slot that it freed, which nothing known does.
// So it does more there as well, and would have been seen.
//
// Nothing is put off for ever (the ignoring problem). Without tasks and `continue_as` the graph of
// states has no cycle: logs grow, and names are not given again. So each schedule of the reduced
// search ends, and has performed what was put off. Where there are tasks or a method continues as
// another, only events that are in no cycle are in sets: those that set no timer, without which no
// task starts again and again, and do not go on as another method. Nor do they open or close a
// context whose name others ask about.
//
// What is preserved: quiescent states, with the values of outcome sets and of properties judged
// there; each step with its effects, for properties that look at one context at a time; the values
// of predicates that are evaluated in every state. For these a set needs a key that changes nothing
// which predicates were seen to read (that is not visible): a schedule without any event of the set
// is followed by the key, and its last state must look the same.
//
// Injected faults share their budgets. They only ever use them up, so faults that happen commute;
// one that has happened may prevent another, hence a fault is no key. A set contains the faults of
// its events and of their queue: that the head of a queue is rejected is one more way to begin, and
// that a response is lost (G3) is one more way for it to come. A response that may be lost is not
// put aside by itself. Where a trap keeps what was written (G5) it touches what it wrote.
//
// A response that is put aside needs an exchange besides. Where a schedule delivers it last, so
// that it resumes the code (which does not commute with others' code, and may be made to trap),
// another response to the same await was put aside before; the two change places, which nobody
// notices but who asks for the slots that they free. Where the last was made to trap, the other one
// is, at the same cost: only a delivery that resumes code can be, so none that is put aside is.
//
// With symmetry, only representatives are gone on from (symmetry.h). A set that is sufficient in a
// state is so, renamed, in all states that differ from it by a renaming, so the reduced search of
// representatives is one of all states, folded (E. Allen Emerson, Somesh Jha, Doron Peled,
// 'Combining Partial Order and Symmetry Reductions', TACAS 1997). What is known must then be the
// same under all renamings, since what a step does more is seen under one of them only: it is known
// of methods, not of users, keys that differ by a renaming share a bit, and where a predicate hangs
// on who is who, all is visible. A cycle of representatives unfolds into one of states, so nothing
// new is put off for ever.
//
// Limits: with overtaking requests, requests that are executed twice or a clock the reduction is
// off. What is known is known of a canister, so a symmetry that exchanges canisters must close it
// under its permutations.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <heddle/checker/internal/footprint.h>
#include <heddle/model/kernel.h>
#include <heddle/properties/property.h>

namespace heddle {

class Symmetry;

/// What the threads of one reduced search share. Changes between searches only.
class PartialOrder {
 public:
  class Selector;

  /// `symmetry`: the search is of representatives; null: of all states.
  PartialOrder(Kernel& kernel, const Claims& claims, const Symmetry* symmetry = nullptr);

  /// Why nothing may be left out; empty when something may.
  [[nodiscard]] const std::string& off() const { return off_; }

  /// Whether the search has seen more than it takes for granted and should start again.
  /// `transitions`: of all its threads. Looked at where all threads have met.
  bool is_outgrown(std::uint64_t transitions);

  /// The same of a search that has come to its end.
  [[nodiscard]] bool is_outgrown() const { return grew_; }

  /// For the next search. How often it was called is `restarts`.
  void start_again();

  [[nodiscard]] std::uint64_t restarts() const { return restarts_; }

  /// For checkpoints; read before there are threads.
  template <class Archive>
  void archive(Archive& archive) {
    archive(known_, seen_, grew_, transitions_when_it_grew_, restarts_);
    if constexpr (Archive::kReads) {
      prepare();
    }
  }

 private:
  struct Pending {
    LeafPosition leaf = 0;
    ContextId context = 0;
    internal::Footprint footprint;
  };

  void prepare();
  void see(const internal::Known& more);
  [[nodiscard]] bool slots_suffice(CanisterId caller, CanisterId callee) const;

  Kernel& kernel_;
  std::string off_;
  bool has_tasks_ = false;
  internal::Known known_;
  internal::Known seen_;
  bool grew_ = false;
  std::uint64_t transitions_when_it_grew_ = 0;
  std::uint64_t restarts_ = 0;
  // Made of what is known.
  std::vector<std::vector<Pending>> pending_;  ///< by canister: calls of the users' scripts
  std::vector<internal::Footprint> called_;    ///< by canister: methods that canisters call
  std::vector<std::uint64_t> senders_;
  std::vector<bool> slots_suffice_;  ///< by caller and callee
};

/// One thread's hand on it.
class PartialOrder::Selector {
 public:
  /// `order` and `stepper` outlive it.
  Selector(PartialOrder& order, Stepper& stepper);

  /// A sufficient part of the events that are enabled in `state`: their positions, in order. Valid
  /// until the next call.
  std::span<const std::size_t> select(const StateVector& state, const std::vector<Event>& enabled);
  /// Every step of the search is told, except those that are known to be like earlier ones.
  void performed(const StateVector& before, const Step& step);
  /// What predicates read in states is told.
  void read(const std::vector<std::pair<Observation, std::uint32_t>>& consulted);
  /// A predicate that hangs on who is who was evaluated.
  void read_names();
  /// Hands what was seen to the threads' common object; while none of them runs.
  void report();

 private:
  /// An open context.
  struct Open {
    ContextId context = 0;
    CanisterId canister = 0;
    LeafValue state = 0;
    LeafValue calls = 0;
  };

  struct Leaf {
    LeafKey key;
    CanisterId canister = 0;  ///< of a context
  };

  struct StateSummary {
    ContextState::Phase phase{};
    MethodId method = 0;
    bool waits_for_all = false;
  };

  /// Callees of calls without a response.
  struct CallsSummary {
    bool waits = false;
    std::uint64_t callees = 0;
  };

  /// Events of one context, or from one queue.
  struct Thread {
    EventKind kind{};
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    friend bool operator==(const Thread&, const Thread&) = default;
  };

  static Thread thread_of(const Event& event);
  void look_around(const StateVector& state);
  Open& open(ContextId context, CanisterId canister);
  [[nodiscard]] const Open* find_open(ContextId context) const;
  const Leaf& leaf(LeafPosition position);
  StateSummary summary(const Open& open);
  CallsSummary waiting(LeafValue calls);
  internal::Footprint others(const StateVector& state, CanisterId canister, ContextId except);

  bool choose_put_aside(const StateVector& state);
  bool may_put_aside(const StateVector& state, const Event& event);
  bool choose_context(const StateVector& state);
  bool may_go_alone(const StateVector& state, const Event& event);
  bool choose_canisters(const StateVector& state);
  std::uint64_t close(const StateVector& state, std::uint64_t canisters);
  [[nodiscard]] bool may_go_on_for_ever() const;
  bool has_key(const StateVector& state);
  bool is_unseen(const StateVector& state, const Event& event);
  [[nodiscard]] bool is_unseen(const LeafKey& key) const;
  [[nodiscard]] bool is_in_no_cycle(const Step& step);

  PartialOrder& order_;
  Kernel& kernel_;
  Stepper& stepper_;
  internal::Known seen_;
  bool grew_ = false;
  std::vector<Leaf> leaves_;
  std::unordered_map<LeafValue, StateSummary> states_;
  std::unordered_map<LeafValue, CallsSummary> calls_;
  // Of the state that is looked at.
  const std::vector<Event>* events_ = nullptr;
  std::vector<Open> open_;
  std::vector<std::pair<CanisterId, CanisterId>> queues_;  ///< that are not empty
  std::vector<std::size_t> chosen_;
};

}  // namespace heddle
