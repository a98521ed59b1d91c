// The oracle: a second, independent implementation of the Internet Computer's messaging rules, kept
// naive on purpose.
//
// Heddle's model stores a suspended method as the log of what it observed and brings it back by
// replay; its checker interns, compresses and reduces. If all of that has a mistake, comparing it
// with itself shows nothing. The oracle shares no line with it: it interprets `program.h` systems
// with explicit program counters and locals, keeps its own queues, call contexts, rollback and
// cleanup, and explores by plain breadth-first search over serialised states. It is written from
// the rules (ic-semantics.md, cited by id) and is to be read beside them, top to bottom, in one
// sitting.
//
// One event is one atomic transition. The events:
// - StartIngress: an unstarted, startable user call is executed [I1].
// - StartRequest: the head of a pair's FIFO is executed; any position with G1 weakened [P3].
// - Deliver: any response in flight reaches its caller, in any order [D5].
// - FireTimer, StartTask: an armed timer is disarmed and becomes a task; a canister's first task
// runs [T1, T3].
// - Heartbeat: becomes a task, within its budget [D20].
// - Reject: a queued request is rejected at any position with code 2 [D8, K5].
// - Drop, Resubmit: an ingress message vanishes; a user submits once more [D23, D24].
// - Expire: a bounded-wait call is told SYS_UNKNOWN, while its request is queued or served or its
// response in flight [D13, K8]. A response in flight to any other call becomes that with G3
// weakened.
// - Vanish: an expired request, at any position of its queue, is gone without being executed [K8].
// - Stopped: a stopping canister of which no context is left is stopped [X2].
// - Manage: a canister is stopped, started, upgraded, uninstalled, or goes back to a snapshot
// [D28-D31]; a user's stop times out. Users ask for the same by calls.
//
// Each execution runs once more for each of its sends that finds a slot, with that send failing
// [D7], and each resumed execution once more as a trap [D16]. With G2 weakened each request that
// starts may leave a copy of itself, which starts at any time afterwards. With G5 weakened
// variables stay as they are when an execution traps, so one that is resumed may be made to trap
// after any of its writes.
//
// What makes two states the same is a choice (`Keep`): with dead locals cleared, with all locals,
// or with everything that each open method was ever told, which is what the model's logs hold.
// Verdicts and outcome sets do not depend on it; counts do. Contexts are named by origin (script
// position; parent and call index; number of the task), so order of arrival never tells two states
// apart.
//
// Choices made here where the rules leave room, and which the model makes too:
// - D7's k counts the sends that find a slot; one that fails anyway is not counted.
// - `any` takes the lowest position among the complete ones when it is evaluated, also across
// Motoko's helper call.
// - The helper has a number of its own, and code is not told of it: the order in which responses
// came leaves no trace in later numbers. If it cannot be sent, or is rejected, that is what the
// await yields, and the future is used up all the same.
// - The response to a call whose future no variable holds any more is dropped when delivered.
// - Calls to canisters that do not exist take slots of a pair as others do.
// - A response in flight keeps its content even when its context has ended in the meantime.
// - A task context has the lowest number that is free at its canister, and continue_as numbers
// calls from the first number that is: free is what no open context's name begins with.
// - Without FIFO (G1) a queue is a set: the order in which requests were sent is not kept.
// - Copies (G2) of one pair start in the order in which they were left. They take no slot and are
// not rejected. The second execution is a context of its own; of two answers to one call the later
// is dropped. What can only answer again (queries, helpers, methods that do not exist, environment
// canisters) is not executed twice.
// - Code that is replaced while callbacks are open leaves contexts that trap at each response, and
// answer with the last if nobody has answered before [X5]. Tasks that have not started are gone,
// and the timer is disarmed.
// - A canister without code has 0 in its variables.
// - Of what a trapped execution did only variables stay with G5 weakened: not the timer, not what
// it sent or resolved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "program.h"

namespace heddle::oracle {

/// What tells two states apart beyond variables, queues, scripts and open calls.
enum class Keep : std::uint8_t {
  kLive,     ///< live locals only; fewest states
  kAll,      ///< every local of an open method
  kHistory,  ///< every local, and all that the open method was told, in order
};

struct ExploreOptions {
  Keep keep = Keep::kLive;
  bool results = true;  ///< results of finished user calls are part of the state and of outcomes
  std::size_t max_states = 2'000'000;
  int count_executions_of =
      -1;  ///< a canister whose executions are counted in the state and in outcomes
};

/// What the exploration came across: the generator's distribution is made of these.
struct Coverage {
  bool two_suspended = false;  ///< two contexts suspended at one canister
  bool full_queue = false;     ///< a send that found no slot
  bool trap_with_sibling =
      false;  ///< a resumed execution trapped while another call of its context was open
  bool cleanup_writes = false;     ///< a cleanup that committed a write
  bool call_cycle = false;         ///< A called B called A
  bool natural_trap = false;       ///< a resumed execution trapped without injection
  bool helper_call = false;        ///< an await on a complete future in Motoko's dialect
  bool two_in_flight = false;      ///< two responses in flight for one context
  bool deferred_resolved = false;  ///< a Deferred was resolved
};

/// Results of user calls as numbers: a reply is its value, a reject is minus its code, no answer is
/// this.
constexpr int kUnanswered = 1000;

struct Report {
  bool complete = false;  ///< the whole state space was seen
  std::size_t states = 0;
  std::size_t transitions = 0;
  std::size_t quiescent = 0;  ///< nothing enabled but heartbeats, resubmissions, expiries and
                              ///< what controllers do
  std::size_t terminal = 0;   ///< nothing enabled at all
  std::size_t deadlocked =
      0;  ///< quiescent with an open call that nobody outside owes an answer to
  std::size_t depth = 0;
  bool violated = false;
  std::size_t violation_depth = 0;
  std::vector<std::string> violation_schedule;  ///< shortest
  /// Final variables (canister by canister), then the result of each user call, then the count of
  /// executions if asked for; with a shortest schedule each.
  std::map<std::vector<int>, std::vector<std::string>> outcomes;
  Coverage coverage;
};

/// The system does what no canister may do or what this oracle has no room for (endless execution,
/// too many locals).
class InvalidSystem : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Explores every reachable state, breadth first. Throws InvalidSystem.
Report explore(const System& system, const ExploreOptions& options = {});

}  // namespace heddle::oracle
