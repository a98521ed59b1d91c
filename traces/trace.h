// Trace: a schedule replayed through the model with an observer attached, as data for people.
//
// Every view (terminal, JSON, Mermaid, later HTML and others) is written from this one document; it
// is made by replay, so every trace is proven replayable by construction. Names and values are text
// already; order is stable, so that traces diff well.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/checker/verdict.h>
#include <heddle/model/kernel.h>
#include <heddle/properties/property.h>

namespace heddle {

/// A place in source code. Where only the surroundings are known, `line` is 0 and `file` says them:
/// "between bank.cc:14 and bank.cc:17".
struct SourcePlace {
  std::string file;
  std::uint32_t line = 0;
  std::string function;
};

/// A changed variable (or map key): `bank.balance: 100 -> 40`; or a watched value.
struct VariableDiff {
  std::string canister;  ///< "" of a watched value that is of several
  std::string variable;  ///< with the key for a map: `accounts[alice]`
  std::string before;    ///< "(none)" for a key that did not exist
  std::string after;
};

/// "bank.balance"; of a watched value that is of several canisters its name alone.
std::string full_name(const VariableDiff& diff);

/// One operation of the code on a variable, or one send, in program order.
struct TraceAccess {
  std::string variable;  ///< "" unless a variable was told, written or modified
  Access::Kind kind{};
  /// kTold: what the variable held. kSent: the call's name.
  std::string value;
  SourcePlace place;
};

struct TraceSend {
  std::string call{};  ///< name of the callee's context: "alice#1/2"
  std::string callee{};
  std::string method{};
  std::string arguments{};
  bool accepted = true;   ///< false: failed at once, nothing left [K3]
  bool deferred = false;  ///< no message: a Deferred was made
  bool one_way = false;   ///< its outcome is dropped [M12]
  SourcePlace place{};
};

struct TraceResponse {
  std::string call{};  ///< which call it answers
  std::string to{};    ///< canister or user that gets it
  bool replied = true;
  RejectCode code = RejectCode::kNone;
  std::string value{};  ///< reply value or reject text
  bool injected = false;
};

/// An event that could happen, and what comes of it if then the schedule goes on as it did, as far
/// as that is possible (outlook.h).
struct TraceAlternative {
  std::string event{};
  /// "passes", "can pass", "fails", "never passes", "misuse"; "": nobody has looked (outlook.h).
  std::string verdict{};
  std::string property{};   ///< that fails
  std::uint64_t after = 0;  ///< it fails after so many events, this one included
};

/// One event and all that it did.
struct TraceStep {
  std::uint64_t number = 0;  ///< from 1
  std::string event;         ///< schedule text
  EventKind kind{};
  bool is_fault = false;
  std::string lane;  ///< canister in whose column it happens; "" for what concerns users only
  std::string call;  ///< context name; "" when no call is concerned
  std::string method;
  std::string arguments;      ///< in parentheses: `(60, "x")`
  std::uint32_t segment = 0;  ///< how often this call has run before
  std::string
      delivered;  ///< kDeliver: the value or reject: `reply 40`, `reject SYS_TRANSIENT "..."`
  std::string delivered_call;  ///< kDeliver: the call that was answered: "alice#1/1"
  /// "code", "store", "consume", "helper", "environment", "refused"; "" when nothing ran.
  std::string ran;
  /// "suspended", "replied", "rejected", "trapped", "ended" (said nothing more), "" when no code
  /// ran.
  std::string ended;
  std::string trap;      ///< text of the trap
  std::string awaiting;  ///< what it waits for now: "ledger.transfer (alice#1/1)"
  SourcePlace await_place;
  bool committed = false;
  bool rolled_back = false;
  bool kept_writes = false;  ///< it trapped, and what it had written stays (G5)
  bool cleanup_ran = false;
  bool gone = false;  ///< after this step the call no longer exists (all of its calls are answered)
  std::vector<TraceSend> sends;
  std::vector<TraceResponse> responses;
  std::vector<VariableDiff> diffs;  ///< of a step that rolled back: what cleanup changed
  std::vector<TraceAccess> accesses;
  std::vector<std::string> notes;
  /// The alternatives at this step, the chosen one included; at most `kEnabledMax` of them.
  std::vector<std::string> enabled;
  std::uint64_t enabled_count = 0;  ///< how many there were
  static constexpr std::size_t kEnabledMax = 100;
  /// What comes of those that did not happen; of pages only.
  std::vector<TraceAlternative> alternatives;
};

/// What a property is from a step on.
struct TraceJudgement {
  std::uint64_t step = 0;  ///< after it; 0: at the beginning
  /// "holds", "violated"; of a property of quiescent states elsewhere "not judged"; of one that is
  /// to be reached "reached", "not reached".
  std::string is{};
  std::string why{};  ///< "violated": the values that made it fail
};

/// A property along the steps.
struct TraceProperty {
  std::string name{};
  std::string kind{};
  std::vector<TraceJudgement> changes{};  ///< the first at the beginning
};

/// A race found in the trace, by the definitions of properties/atomicity.h.
struct Race {
  bool declared = false;      ///< a declared property forbids it; else it is a finding
  std::string pattern;        ///< "stale write", "late write", "stale check", "torn group"
  std::string variable;       ///< "bank.balance"
  std::string call;           ///< the call that was overtaken
  std::string intruder;       ///< the call that wrote in between
  std::string awaited;        ///< what the call was waiting for meanwhile
  SourcePlace await_place{};  ///< where it did
  std::uint64_t told_step = 0;
  std::uint64_t intruder_step = 0;
  std::uint64_t write_step = 0;
  SourcePlace told_place;
  SourcePlace intruder_place;
  SourcePlace write_place;
  std::string sentence;  ///< all of it in one sentence for a person
};

struct TraceCall {
  std::string name{};    ///< "alice#1"
  std::string parent{};  ///< "" for a user's call or a task
  std::string caller{};  ///< user, canister or "timer"
  std::string canister{};
  std::string method{};
  std::string arguments{};
  std::string result{};  ///< "" when not answered in this trace
};

/// Something of the scenario or the schedule that the counterexample was tried without.
struct TraceTried {
  enum class Kind : std::uint8_t { kUser, kCall, kFault, kParameter, kNumber, kOrder };
  enum class Came : std::uint8_t {
    kLeftOut,         ///< it fails without it too, and the trace is without it
    kNeeded,          ///< without it, and with no further fault, the property holds
    kFailsOtherwise,  ///< without it, it fails in another way only
    kNotEstablished,  ///< the search without it was not finished
  };
  Kind kind{};
  Came came{};
  std::string what;  ///< "user carol: get()", "alice#1 withdraw(60): 60 is 1"
};

struct Trace;

/// A schedule that passes and differs from the failing one as little as could be found.
struct TraceSibling {
  /// Pairs of events in another order, and events left out or done differently.
  std::uint64_t differences = 0;
  /// Its replay, to its quiescent end.
  std::shared_ptr<const Trace> trace;
  /// What it does otherwise, in a part of a sentence: `"bank: bob#1 withdraw(30)" comes after ...`.
  std::string sentence{};
};

/// The keys under which a trace's settings name guarantees that were weakened, budgets of faults
/// ("rejects=1"), users and calls that are left out, and numbers in arguments ("alice#1.1=30"),
/// with commas between. All others are parameters.
inline constexpr std::string_view kWeakenSetting = "--weaken";
inline constexpr std::string_view kAllowSetting = "--allow";
inline constexpr std::string_view kWithoutSetting = "--without";
inline constexpr std::string_view kNumberSetting = "--number";

struct Trace {
  /// The schedule that this is the replay of: the steps' events.
  [[nodiscard]] ScheduleText schedule() const;

  std::string scenario;
  std::string description;
  std::string profile;
  /// "VERIFIED", "VIOLATED", "INCOMPLETE"; "" of a replay in which nothing failed.
  std::string verdict;
  std::string property;
  std::string property_kind;
  std::string why;
  std::uint64_t violated_step = 0;  ///< after which step the property failed; 0: at the beginning
  /// Of a claim about runs: the steps from this one on repeat for ever; one more than there are:
  /// nothing more need happen; 0: none is violated.
  std::uint64_t repeats_from = 0;
  /// The step before which some continuation still passes and after which none does; 0: not known.
  std::uint64_t critical_step = 0;
  bool never_passes = false;  ///< whatever the order: the property fails on every schedule
  std::optional<TraceSibling> sibling;
  /// What was left out, and then every neighbour: one thing less than this trace has.
  std::vector<TraceTried> tried;
  std::string minimality;
  std::string strategy;
  std::uint64_t seed = 0;
  std::string repro;  ///< the exact command that replays it
  std::vector<std::pair<std::string, std::string>>
      settings;                        ///< parameters and options that differ
  std::vector<std::string> canisters;  ///< lanes, in order of installation
  std::vector<std::string> users;
  std::vector<TraceCall> calls;
  std::vector<TraceStep> steps;
  std::vector<Race> races;
  std::vector<VariableDiff> final_variables;  ///< before: initial value, after: value at the end
  /// Where a lenient replay left its schedule, a sentence each.
  std::vector<std::string> divergences;
  std::vector<std::string> wait_for;  ///< deadlock, unanswered: lines of the wait-for graph
  // Of pages only.
  std::vector<TraceProperty> properties;  ///< every one, at each step
  /// What can happen after the last step; at most TraceStep::kEnabledMax.
  std::vector<TraceAlternative> next;
};

}  // namespace heddle
