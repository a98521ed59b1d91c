// System: what is installed where, who calls what, which limits hold and which choices the
// environment has. The model's whole configuration; `Kernel` (kernel.h) turns it into states and
// events.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/model/principal.h>
#include <heddle/model/program.h>

namespace heddle {

/// In which order a user's calls reach the Internet Computer.
enum class ScriptOrder : std::uint8_t {
  kAny,      ///< all submitted together, inducted in any order [I1, D2]
  kInOrder,  ///< inducted in this order at each canister, without waiting for answers
  kThen,     ///< each after the answer to the one before
};

/// One call by a user. Of a method of kind kManagement: what a controller asks the management
/// canister to do to `canister` [X1-X7].
struct UserCall {
  CanisterId canister = 0;
  MethodId method = 0;
  std::string arguments;  ///< encoded tuple
  /// ScriptOrder::kThen: submitted together with the call before, as by a client's `Promise.all`:
  /// the script goes on when all of the group are answered, or at the first reject among them.
  bool together = false;
  /// Not made, and never will be; a script goes on without it. It keeps its number, so that the
  /// other calls keep their names.
  bool left_out = false;
};

struct User {
  /// The name of the user who has not signed, and so is anonymous.
  static constexpr std::string_view kAnonymous = "anonymous";

  std::string name;
  ScriptOrder order = ScriptOrder::kAny;
  std::vector<UserCall> calls;

  [[nodiscard]] Principal principal() const {
    return name == kAnonymous ? Principal::anonymous() : Principal::named(name);
  }
};

/// An answer that an environment canister may give (D11, D12).
struct EnvironmentAnswer {
  enum class Kind : std::uint8_t { kReply, kReject, kError, kNever };
  Kind kind = Kind::kReply;
  std::string value;  ///< encoded reply, or text
  friend bool operator==(const EnvironmentAnswer&, const EnvironmentAnswer&) = default;
};

/// A canister of the system.
struct Installed {
  std::string name;
  Principal principal;
  std::shared_ptr<Program> program;
  /// Code that an upgrade or a reinstallation may put in the place of `program`; code 1 and on.
  /// Each has the methods and variables of the one before, by number, and perhaps more.
  std::vector<std::shared_ptr<Program>> later;
  /// An environment canister runs no code: requests to it are answered with any of these, by
  /// method.
  bool environment = false;
  std::map<MethodId, std::vector<EnvironmentAnswer>> answers;
  /// D25: the ingress messages of users may be dropped by inspect_message.
  bool inspect_may_drop = false;

  [[nodiscard]] const std::shared_ptr<Program>& code(std::uint32_t number) const {
    return number == 0 ? program : later[number - 1];
  }
};

/// How often the environment may do what it may do (ic-semantics.md section 19). Budgets count for
/// the whole trace; 0 switches a choice off.
struct Faults {
  int send_failures = 0;   ///< D7: a send fails synchronously though a slot is free [K3]
  int rejects = 0;         ///< D8: a request is rejected with code 2 before it executes [K5]
  int fatal_rejects = 0;   ///< D9: the same with code 1
  int first_traps = 0;     ///< D15: the first execution of a message traps [C7]
  int callback_traps = 0;  ///< D16: the execution that resumes code after an await traps [C8]
  /// D17: cleanup traps, so that what `finally` or a destructor wrote is undone [C9]. A cleanup
  /// that writes nothing is not made to trap.
  int cleanup_traps = 0;
  /// D18: a reply of another canister cannot be decoded: Motoko's callback traps [M16], Rust gets a
  /// reject of its library's.
  int undecodable_replies = 0;
  int heartbeats = 0;  ///< D20: heartbeats, where a canister has one [T3]
  int dropped_ingress =
      0;                  ///< D23: an ingress message vanishes or expires before execution [I2, I3]
  int resubmissions = 0;  ///< D24: a user sends a call once more as a new request [I4, I8]
  int environment_silence = 0;  ///< D12: an environment canister never answers
  /// D13: a bounded-wait call expires, whatever its timeout, while its request is queued, while the
  /// callee serves it or while its response is in flight [K8]. Its caller is told SYS_UNKNOWN. The
  /// request may then still execute, or vanish; what is answered later is dropped. A call beyond
  /// the budget waits as one with unbounded wait does.
  int expiries = 0;
  /// D28: a canister is stopped, and started again or not [X1, X2]. A user's stop times out.
  int stops = 0;
  int upgrades = 0;  ///< D29: a stopped canister is upgraded to the code that it has [X4]
  /// D30: the same in any other status, also with callbacks open, which are lost [X5].
  int open_upgrades = 0;
  int uninstalls = 0;  ///< D31: a canister is uninstalled [C11]
  int snapshots = 0;   ///< D31: a snapshot is taken; as often one is loaded [X7]
  friend bool operator==(const Faults&, const Faults&) = default;
};

/// Guarantees that may be weakened (`--weaken`), never part of a profile. Budgets count for the
/// whole trace.
struct Weakened {
  bool overtaking = false;  ///< G1: requests of a pair overtake each other (P3 given up)

  /// G2: so many delivered requests are executed a second time (P6 given up).
  ///
  /// A request that starts may leave a copy behind: the same message, with the same arguments and
  /// caller. The copy starts at any time later, in no order with other messages; among copies of
  /// one pair the order is kept, as in a queue. It takes no slot, is not rejected before execution
  /// (D8) and leaves no further copy. Its execution is a call context of its own, whose name ends
  /// in `~2` ("alice#1/2~2"). Both executions answer: the first answer is the call's response, the
  /// second is dropped, whether the first has been delivered or not. Only requests for code that
  /// can leave something behind are executed twice: queries, refused requests, environment
  /// canisters and the messages of a runtime to itself would do nothing but answer again.
  int repeated_requests = 0;

  /// G3: so many answers of calls with unbounded wait are replaced by SYS_UNKNOWN (P8 given up).
  /// Those of bounded-wait calls expire by `Faults::expiries`.
  ///
  /// Any response in flight from canister to canister, replies and rejects alike: it is discarded,
  /// whatever the callee did stays, and the caller gets code 6. Users' calls and Deferreds, which
  /// are no messages between canisters, do not expire.
  int expired_answers = 0;

  /// G5: a trap keeps the writes of its execution (P5 given up).
  ///
  /// What the execution had written to its canister's variables when it trapped stays, in a first
  /// execution, after an await and in cleanup, for traps of the code itself and injected ones
  /// (D16). An injected trap then comes before the code does anything or after any of its writes.
  /// All else that the execution did vanishes as ever: sends, its reply, Deferreds that it
  /// resolved, the timer. Cleanup runs on what was kept. A query's writes are discarded all the
  /// same [L1].
  bool traps_keep_writes = false;
  friend bool operator==(const Weakened&, const Weakened&) = default;
};

/// Named sets of environment choices.
enum class Profile : std::uint8_t {
  kHappy,
  kSafety,
  kStrictSpec,
  kOps,      ///< safety, and canisters are stopped, upgraded, uninstalled and go back to snapshots
  kReplica,  ///< no faults, and the one order of a real replica (section 15)
};
std::string_view to_string(Profile profile);
/// The profile of that name; throws Misuse that lists the names.
Profile profile_from(std::string_view name);
Faults faults_of(Profile profile);

struct System {
  std::vector<Installed> canisters;
  std::vector<User> users;
  Faults faults;
  Weakened weakened;
  /// Calls in flight for an ordered pair; what is not listed has `limit_default` [Q1, Q3].
  std::map<std::pair<CanisterId, CanisterId>, std::uint32_t> limits;
  std::uint32_t limit_default = 500;
  /// Keep each finished user call's result in the state (call outcomes, outcome sets ask for it).
  bool keep_results = false;
  /// Model a clock: time passes from timer to timer. Without it timers fire at any time after they
  /// were set and asking for the time is a misuse.
  bool clock = false;

  [[nodiscard]] std::uint32_t limit(CanisterId caller, CanisterId callee) const;
  /// Whether anything may happen to the canister's lifecycle: a user or the environment may stop
  /// it, change its code or remove it.
  [[nodiscard]] bool is_managed(CanisterId canister) const;
  /// The same for any canister.
  [[nodiscard]] bool is_managed() const;
  /// Throws Misuse that lists the names when there is none.
  [[nodiscard]] CanisterId canister(std::string_view name) const;
};

}  // namespace heddle
