// Events: the atomic steps of ic-semantics.md section 15, one choice of the environment each.
//
// A schedule is a list of events. In text each event is one short line ("start alice#1",
// "deliver alice#1/2 trap") that means the same in every run: contexts are named by origin, never
// by order of arrival. The grammar is with `Kernel::to_text`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <heddle/model/program.h>
#include <heddle/model/view.h>

namespace heddle {

/// An interned context name: a user's call ("alice#1"), a call by another context ("alice#1/2": its
/// second call), or a system task of a canister ("ledger!1"). 0 is none.
using ContextId = std::uint32_t;

enum class EventKind : std::uint8_t {
  kStartIngress,  ///< a user's call starts executing [I1]; `context`
  kStartRequest,  ///< a request of canister `from` starts executing at canister `to` [P3]
  kDeliver,       ///< the response to call `index` of `context` is delivered [K4, D5]
  kStartTask,     ///< the head of the system-task queue of `to` starts [T3]
  kFireTimer,     ///< the due global timer of `to` is disarmed and its task queued [T1]
  kAdvanceTime,   ///< the clock moves to the next timer (only with System::clock)
  kStopped,       ///< canister `to`, stopping, has no call context left and is stopped [X2]
  // What follows is optional for the environment; the first three use up a budget.
  kHeartbeat,      ///< a heartbeat task of `to` is queued [T3, D20]
  kRejectRequest,  ///< the request at `index` of the queue `from` > `to` is rejected, code 2 [K5,
                   ///< D8]
  kDropIngress,    ///< a user's call vanishes before it executes [I2, D23]
  kResubmit,       ///< a user sends the call of `context` once more [I4, D24]
  kExpireCall,   ///< call `index` of `context` expires: its caller is told SYS_UNKNOWN. A response
                 ///< that is in flight is discarded [K8 case c]; a request that is queued or being
                 ///< served goes on as an expired one, for whose answer nobody waits [K8 a, b]
  kDropRequest,  ///< the expired request at `index` of the queue `from` > `to` vanishes before it
                 ///< executes [K8]; the budget was that of its expiry
  kManage,       ///< somebody who controls `to` does `action` to it [X1-X7, D28-D31]. kTimeOut: the
                 ///< stop that user call `context` asks for
  kGarbleReply,  ///< the reply to call `index` of `context` that is in flight becomes one that its
                 ///< caller cannot decode [M16, D18]
};

/// One event. Meaningful fields depend on the kind; the others are 0, so that equality works.
struct Event {
  EventKind kind = EventKind::kStartIngress;
  /// D16: the code that this delivery resumes traps, and all that it did is undone [C8]. D15: the
  /// code that starts does [C7].
  bool trap = false;
  /// D17: the cleanup that follows the trap of resumed code, injected or its own, traps too [C9].
  bool cleanup_trap = false;
  /// D9: the request is rejected with code 1 and not with code 2.
  bool fatal = false;
  CanisterId from = 0;
  CanisterId to = 0;
  ContextId context = 0;
  /// kDeliver, kExpireCall, kGarbleReply: the call. kStartRequest (with overtaking),
  /// kRejectRequest, kDropRequest: position in the queue.
  std::uint32_t index = 0;
  /// D7: 1 + the number, in its execution, of the send that fails; 0 for none [K3].
  std::uint16_t failing_send = 0;
  /// D11: 1 + which declared answer an environment canister gives; 0 for code that runs.
  std::uint16_t answer = 0;
  /// D12: an environment canister takes the request and never answers, which it did not declare.
  bool silent = false;
  /// With `trap`, where a trap keeps the writes of its execution (G5): the code runs and traps when
  /// it has written this often. 0: before it does anything.
  std::uint16_t trap_after = 0;
  /// G2: the request that starts is delivered once more: a copy of it stays in flight.
  bool twice = false;
  /// G2: of the copies in flight from `from` to `to`, not of the queue, `index` starts.
  bool again = false;
  Management action = Management::kNone;  ///< kManage

  /// A fault or another thing that the environment need not do; what remains is obligatory [D37].
  [[nodiscard]] bool is_optional() const {
    return trap || cleanup_trap || silent || twice || failing_send != 0 ||
           kind >= EventKind::kHeartbeat;
  }

  /// An event that uses up a budget of faults, or of a weakened guarantee (heartbeats are no
  /// faults), or that follows from one that did (kDropRequest).
  [[nodiscard]] bool is_fault() const {
    return trap || cleanup_trap || silent || twice || failing_send != 0 ||
           kind > EventKind::kHeartbeat;
  }

  /// The same without the faults that it brings with it: nothing traps, no send fails, the request
  /// is delivered once, an environment canister answers (with what, is for the caller to say).
  [[nodiscard]] Event without_faults() const {
    Event plain = *this;
    plain.trap = plain.cleanup_trap = plain.silent = plain.twice = false;
    plain.trap_after = plain.failing_send = 0;
    return plain;
  }

  friend bool operator==(const Event&, const Event&) = default;
};

using Schedule = std::vector<Event>;

}  // namespace heddle
