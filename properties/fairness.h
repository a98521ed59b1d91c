// Fairness: which of the runs that never end are to be expected of the Internet Computer [D37].
//
// Without it nearly no claim about runs would hold: a call could wait for ever only because other
// calls are served for ever. What is owed: a message that was accepted is taken up in the end (a
// call or request starts, or is rejected; a response that was produced is delivered), a task that
// is queued runs, a timer that is due fires, time passes, and a bounded-wait call whose callee does
// not answer expires as long as the budget of expiries lasts [P9]. Not owed are faults, heartbeats,
// resubmissions and everything else that the environment need not do; nor that an environment
// canister answers, for callees are not assumed to [P7], unless a scenario says that one does.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <heddle/model/kernel.h>

namespace heddle {

/// When something that can be done must be done in the end.
enum class Strength : std::uint8_t {
  kWeak,    ///< when it can be done without interruption
  kStrong,  ///< when it can be done again and again
};
inline constexpr Strength weak = Strength::kWeak;
inline constexpr Strength strong = Strength::kStrong;

/// To whom justice is done.
enum class FairTo : std::uint8_t {
  kMessage,   ///< to each message, task and timer
  kCanister,  ///< to each canister: one that has something to do does something
};
inline constexpr FairTo per_message = FairTo::kMessage;
inline constexpr FairTo per_canister = FairTo::kCanister;

struct Fairness {
  Strength strength = Strength::kWeak;
  FairTo to = FairTo::kMessage;
  /// Environment canisters that are assumed to take up each request that reaches them, and so to
  /// give one of the answers that they may give.
  std::set<CanisterId> answering{};
  friend bool operator==(const Fairness&, const Fairness&) = default;
};

/// "weak fairness to each message; ledger is assumed to answer".
std::string to_string(const Fairness& fairness, const System& system);

/// What justice is done to: what an event is about, as far as fairness tells events apart.
struct Party {
  enum class Kind : std::uint8_t {
    kNone,      ///< nothing of the kind
    kIngress,   ///< a user's call; context a
    kQueue,     ///< the requests from canister a to b, served in order; c = 1: their copies (G2)
    kRequest,   ///< one request, where requests overtake each other: call b of context a
    kResponse,  ///< the response to call b of context a
    kTasks,     ///< the tasks of canister a
    kTimer,     ///< of canister a
    kTime,
    kStop,      ///< the end of stopping canister a
    kCanister,  ///< canister a
  };
  Kind kind = Kind::kNone;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
  friend auto operator<=>(const Party&, const Party&) = default;
};

/// Whom this event does justice to when it happens in a state with these leaves.
Party party_of(const Fairness& fairness, Kernel& kernel, const Event& event,
               const LeafLookup& leaf);

/// Whether the event, possible in a state with these leaves, is owed to its party.
bool is_owed(const Fairness& fairness, Kernel& kernel, const Event& event, const LeafLookup& leaf);

/// Whether these two answers are the same in all states in which the event is possible.
bool is_same_everywhere(const System& system, const Event& event);

}  // namespace heddle
