// The View: the only door between canister code and the Internet Computer.
//
// Canister code sits behind `Program` (program.h), which runs one *piece*: what runs from a start
// or a resumption to the next await, reply or trap. Everything that the code can learn comes
// through the View and is an *observation*; everything that it does is an *effect*. Nothing else is
// reachable, so the outcome of a piece is a function of its log, the resuming outcome and its
// observations.
//
// Two records are kept, for two purposes:
//   - what was *consulted* (the value of each variable looked at, the result of each send, and so
//     on): the memo branches on these answers, and they decide what the piece did;
//   - what the code was *told* (one bit for `balance < amount`, nothing for `balance -= amount`, a
//     value for a conversion): the log, which is what a suspended call context is stored as, and
//     from which it is grown again by replay. Two contexts that were told the same are the same.
// Replaying compares each operation with the log, so that code which is not deterministic is
// caught.
//
// A View belongs to one thread and lives for one piece (or for one evaluation of a predicate).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/model/internal/function_ref.h>
#include <heddle/model/interner.h>
#include <heddle/model/reject.h>

namespace heddle {

struct Shown;

using CanisterId = std::uint16_t;
using MethodId = std::uint16_t;
/// An interned canonical encoding (value.h). 0 means absent: no such key, nothing stored.
using ValueId = std::uint32_t;
/// An interned list of log records; 0 is the empty log.
using LogId = std::uint32_t;
/// The number of a call within its context, in the order of accepted sends.
using CallIndex = std::uint32_t;

inline constexpr CanisterId kNoCanister = 0xffff;
/// The self-call by which Motoko resumes an await of a future that is already complete [M4]. It has
/// a number of its own, so that the order in which responses arrived leaves no trace in later
/// numbers.
inline constexpr CallIndex kHelperCall = 0xffffffff;

/// Which dialect's rules hold: Motoko (M1-M17) or the Rust CDK (U1-U12).
enum class Dialect : std::uint8_t { kMotoko, kRust };

/// A part of a canister's state that is observed and written by itself: a variable, one key of a
/// map variable, or the key set of a map variable.
struct Subject {
  std::uint32_t variable = 0;
  /// 0: the variable itself; kKeySet: the set of keys; else the interned encoding of a key.
  std::uint32_t key = 0;
  static constexpr std::uint32_t kKeySet = 0xffffffff;
  friend auto operator<=>(const Subject&, const Subject&) = default;
};

/// The kinds of question that code can ask of its surroundings.
enum class ObservationKind : std::uint8_t {
  kVariable,  ///< value of `subject`; the answer is a ValueId, 0 when a key is absent
  kSend,  ///< is there a free slot for the `detail`-th send to `canister`? answer 0 or 1 [Q3, D7]
  kComplete,  ///< is call `detail` complete? answer: 0, or 1 + the interned outcome [M4, M5, U3]
  kCaller,    ///< the caller's principal
  kContext,   ///< the context's own name (a Deferred's handle contains it)
  kDeferred,  ///< is the Deferred `detail` (interned handle) unresolved? answer 0 or 1
  kTime,      ///< seconds on the model's clock; Misuse without one
  kTimer,     ///< seconds until the global timer is due (at least 1), 0 when it is disarmed [T1]
  kDeadline,  ///< Request::deadline of the request that is served, 0 if its caller waits as long as
              ///< it takes
  kVersion,   ///< canister version
  kStatus,  ///< of `canister`: 1 running, 2 stopping, 3 stopped; + 4 when it has no code; + 8 x the
            ///< number of its code (Installed::code), which code is not told
  kOpenCalls,  ///< 1 + the highest number of the context's open calls, 0 when there is none
  // The following are asked by predicates only, never by canister code.
  kInFlight,     ///< open calls from `canister` to canister `detail`
  kResult,       ///< result of user call `detail` (see System::call_number), 0 while unfinished
  kRequests,     ///< interned list of the arguments of the requests for method `subject.variable`
                 ///< queued from `canister` to canister `detail`
  kReplies,      ///< interned list of Tables::answer ids: what canister `detail` answered to calls
                 ///< of `canister` and no code has taken yet, ordered by what they say
  kContexts,     ///< interned list of the open contexts of `canister`
  kContextLeaf,  ///< the leaf of context `detail` (see Kernel::context_state)
  kCallsLeaf,    ///< the open-calls leaf of context `detail` (see Kernel::open_calls)
  kQuiescent,    ///< 1 when nothing but faults and heartbeats can happen
};

/// One question, as asked. `canister` is the asking canister for code, the asked one for
/// predicates.
struct Observation {
  ObservationKind kind{};
  CanisterId canister = 0;
  Subject subject{};
  std::uint32_t detail = 0;
  friend auto operator<=>(const Observation&, const Observation&) = default;
};

/// Answers observations: a committed state of the kernel, or a prepared answer in a test.
class ObservationSource {
 public:
  virtual ~ObservationSource() = default;
  virtual std::uint32_t answer(const Observation& question) = 0;
};

/// The bytes of a reply that the environment has made undecodable (D18): no value's encoding.
inline constexpr std::string_view kUndecodable = "\xff\xfe not what the caller can decode \xff";

/// How one response or resumption looks to the code: a reply with its value, or a reject.
struct Answer {
  bool replied = true;
  RejectCode code = RejectCode::kNone;
  ValueId value = 0;  ///< the reply's encoding, or the reject's text (encoded as text bytes)
  friend auto operator<=>(const Answer&, const Answer&) = default;
};

/// What a suspended piece waits for.
struct Await {
  enum class Kind : std::uint8_t {
    kOne,  ///< resumed by the response to calls[0]
    kAll,  ///< resumed by the last of the responses to `calls` [U5]
    kAny,  ///< resumed by the first of the responses to `calls`
    /// Each of the responses to `calls` runs code of its own, a callback: the context of a compiled
    /// canister. They are all its open calls.
    kEach,
  };
  Kind kind = Kind::kOne;
  std::vector<CallIndex> calls;
  /// The await is of futures that are complete; a helper self-call resumes it [M4].
  bool via_helper = false;
  friend auto operator<=>(const Await&, const Await&) = default;
};

/// One operation on a variable or one send, in program order; what atomicity is computed from.
struct Access {
  enum class Kind : std::uint8_t {
    kTold,       ///< the code learnt something about the subject
    kWritten,    ///< the subject was overwritten
    kModified,   ///< changed in place by an operation that tells nothing (`balance -= amount`)
    kSent,       ///< a call left (if the execution commits)
    kAwaitReady  ///< an await that did not commit: a boundary between pieces of one execution
  };
  Kind kind{};
  Subject subject{};
  CallIndex call = 0;
  /// Of kTold, kWritten, kModified: return address in canister code, turned into file:line by
  /// traces.
  const void* site = nullptr;
  std::source_location where{};  ///< of kSent, kAwaitReady
};

/// A call made by a piece, in order. Rejected sends are recorded too (accepted = false): they had
/// an effect on the code, none on the world.
struct Send {
  CanisterId callee =
      kNoCanister;               ///< kNoCanister: no such canister; the reject comes at the commit
  ValueId callee_principal = 0;  ///< for messages, when callee is kNoCanister
  MethodId method = 0;           ///< kNoMethod when the callee has none of that name
  ValueId method_name = 0;
  ValueId arguments = 0;
  CallIndex index = 0;
  bool accepted = true;
  bool deferred = false;  ///< not a message: a Deferred's own call, answered by resolve
  bool one_way = false;   ///< `ignore`: the outcome is dropped on delivery [M12]
  std::optional<std::uint32_t> timeout;  ///< of a bounded-wait call: seconds, kTimeoutMax at most
  std::source_location where{};          ///< line 0: unknown
  const void* site = nullptr;  ///< return address in canister code, where `where` is not known
  /// Of a Deferred: how the value that resolves it reads, for traces; null when it is not known.
  Shown (*show_value)(std::string_view) = nullptr;
  static constexpr std::uint32_t kTimeoutMax = 300;  ///< [K1]
  static constexpr MethodId kNoMethod = 0xffff;
  static constexpr MethodId kHelperMethod = 0xfffe;
};

/// The handle of a Deferred as a value: the name of the context that made it, and its call's
/// number.
struct DeferredHandle {
  std::string context;  ///< the content that ObservationKind::kContext answers with
  CallIndex index = 0;

  [[nodiscard]] std::string to_bytes() const;
  /// Throws DecodeError if the bytes are no handle.
  static DeferredHandle from_bytes(std::string_view bytes);
  friend auto operator<=>(const DeferredHandle&, const DeferredHandle&) = default;
};

/// A Deferred settled by this piece; leaves at the commit.
struct Resolution {
  ValueId handle = 0;  ///< interned DeferredHandle
  Answer answer;
};

/// How a piece ended.
enum class PieceEnd : std::uint8_t {
  kSuspended,
  kReplied,
  kRejected,
  kTrapped,
  kCleanedUp,
  kEnded,  ///< of code in callbacks: it said nothing more and waits for nothing [C5]
};

/// Everything that one piece did, named relatively to its context ("my call 3"). Immutable once
/// made; the kernel binds it to a state. Interned by the memo, so a pointer to it stays valid with
/// the memo.
struct Effects {
  PieceEnd end = PieceEnd::kReplied;
  Answer response;  ///< kReplied, kRejected, `answered`; kTrapped: the trap's text
  /// kSuspended: the caller is answered already, and callbacks are still to come [C4].
  bool answered = false;
  bool trap_expected = false;           ///< the canister stated that this trap may happen
  bool send_failure_unhandled = false;  ///< a failed send left the method uncaught
  MethodId method = 0;  ///< kSuspended: what to grow again (continue_as may have changed it)
  ValueId arguments = 0;
  LogId log = 0;
  Await await;
  CallIndex next_call = 0;
  std::source_location await_where{};  ///< the co_await that suspended; line 0: unknown
  /// Last value of each written subject, by subject. kTrapped: what the trap keeps.
  std::vector<std::pair<Subject, ValueId>> writes;
  std::vector<Send> sends;
  std::vector<CallIndex> taken;     ///< stored answers that the code took; their entries disappear
  std::vector<CallIndex> released;  ///< futures that no one can await any more
  /// The code went on as another method: nobody can await the calls of before, and the numbers of
  /// those that are no longer open are given again.
  bool continued = false;
  std::vector<Resolution> resolutions;
  /// Global timer: due this many seconds (at least 1) after the execution; 0 disarms [T1].
  std::optional<std::uint64_t> timer;
  std::vector<Access> accesses;
  std::uint32_t write_count = 0;   ///< how often the code wrote or changed a variable
  std::vector<std::string> notes;  ///< e.g. "query wrote counter; discarded [L1]"
};

/// What to run.
struct PieceInput {
  enum class Mode : std::uint8_t {
    kStart,    ///< first piece of a context
    kResume,   ///< grow `log` again, then go on with `answers`
    kCleanup,  ///< grow `log` again, then destroy the frame in cleanup mode [C9, M11, U8]
  };
  Mode mode = Mode::kStart;
  CanisterId canister = 0;
  MethodId method = 0;
  ValueId arguments = 0;
  LogId log = 0;
  Await await;  ///< what the context was waiting for (kResume, kCleanup)
  /// kResume: for await.calls in order; kAny, kEach: exactly one. kCleanup, kEach: the response
  /// whose callback trapped.
  std::vector<Answer> answers;
  CallIndex resumed_call = 0;  ///< kAny, kEach: which call it was; kEach: also in cleanup
  CallIndex next_call = 0;
  std::uint32_t code = 0;  ///< which of the canister's codes runs (Installed::code)
  bool query = false;      ///< writes are discarded [L1]
  /// A trap leaves what was written until then in `Effects::writes` (Weakened::traps_keep_writes).
  bool trap_keeps_writes = false;
  /// An injected trap comes when the code has written this often; 0: none comes.
  std::uint32_t trap_after = 0;
};

/// Misuse of the library by canister code, a scenario, or a file: not a property of the canister.
/// The text names the place, the likely cause and the next step.
class Misuse : public std::exception {
 public:
  explicit Misuse(std::string text, const void* site = nullptr)
      : text_(std::move(text)), site_(site) {}

  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

  /// The return address in canister code where it happened, or null; turned into file:line by
  /// traces.
  [[nodiscard]] const void* site() const { return site_; }

 private:
  std::string text_;
  const void* site_ = nullptr;
};

/// A broken invariant of Heddle itself. Ends the run, in release builds as well (exit code 70).
class BrokenInvariant : public std::exception {
 public:
  explicit BrokenInvariant(std::string text) : text_("internal error: " + std::move(text)) {}

  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// The tables that ids of values, logs and answers refer to; shared by all threads of one check.
struct Tables {
  /// The ids of the encoded booleans, which most observations tell. Unit is encoded as false is.
  static constexpr ValueId kFalse = 1;
  static constexpr ValueId kTrue = 2;
  static constexpr ValueId kUnit = kFalse;

  Tables();

  Interner values;   ///< canonical encodings (value.h)
  Interner logs;     ///< (parent LogId, records)
  Interner answers;  ///< encoded Answers
  /// Tells these tables from others that had the same address: ids mean nothing elsewhere.
  std::shared_ptr<const int> identity = std::make_shared<const int>(0);

  std::uint32_t intern(const Answer& answer);
  [[nodiscard]] Answer answer(std::uint32_t id) const;
};

/// How an await treats futures that are complete already.
enum class AwaitMode : std::uint8_t {
  kCommit,  ///< Motoko `await`: commits and suspends all the same [M4]
  kNow,     ///< Motoko `await?` and every Rust await: goes on at once, no commit [M5, U3]
};

/// Says what ids are called, for messages about undefined use.
class NameSource {
 public:
  virtual ~NameSource() = default;
  [[nodiscard]] virtual std::string canister_name(CanisterId canister) const = 0;
  [[nodiscard]] virtual std::string method_name(CanisterId canister, MethodId method) const = 0;
  [[nodiscard]] virtual std::string variable_name(CanisterId canister,
                                                  std::uint32_t variable) const = 0;
  /// "bank.withdraw(60)"; `arguments` are encoded.
  [[nodiscard]] virtual std::string call_text(CanisterId canister, MethodId method,
                                              std::string_view arguments) const = 0;
};

/// One piece's window on its canister. See the top of this file.
class View {
 public:
  template <class Signature>
  using FunctionRef = internal::FunctionRef<Signature>;

  /// A view for running a piece.
  View(Tables& tables, ObservationSource& source, Dialect dialect, const PieceInput& input);
  /// A read-only view of a committed state, for predicates and their queries.
  View(Tables& tables, ObservationSource& source);
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  ~View();

  /// The view of the code that runs on this thread. Throws Misuse ("`doing` outside an execution;
  /// ...") when there is none.
  static View& current(std::string_view doing, const void* site = nullptr);
  static View* current_or_null();

  /// Makes a view the current one of this thread for a C++ scope.
  class Scope {
   public:
    explicit Scope(View* view);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    View* previous_;
  };

  /// While it lives, this thread's code is disposal: a frame is thrown away that belongs to no
  /// piece.
  class Disposal;

  [[nodiscard]] const PieceInput& input() const { return input_; }

  [[nodiscard]] CanisterId canister() const { return input_.canister; }

  [[nodiscard]] Dialect dialect() const { return dialect_; }

  [[nodiscard]] Tables& tables() { return *tables_; }

  [[nodiscard]] ObservationSource& source() { return *source_; }

  [[nodiscard]] bool is_predicate() const { return phase_ == Phase::kPredicate; }

  [[nodiscard]] bool is_replaying() const { return phase_ == Phase::kReplaying; }

  [[nodiscard]] bool is_cleanup() const { return phase_ == Phase::kCleanup; }

  /// True while a frame is thrown away: writes and sends are dropped, `finally` bodies do not run.
  [[nodiscard]] bool is_disposing() const;

  // Variables. `site` is the return address in canister code.

  /// The value, told to the code. 0: absent key.
  ValueId read(CanisterId canister, Subject subject, const void* site);
  /// What `answer` computes from the value, and no more, is told to the code.
  ValueId ask(CanisterId canister, Subject subject, FunctionRef<ValueId(ValueId)> answer,
              const void* site);
  /// What `answer` computes from the values of two variables, and no more, is told to the code.
  ValueId ask(CanisterId canister, std::pair<Subject, Subject> subjects,
              FunctionRef<ValueId(ValueId, ValueId)> answer, const void* site);
  /// Overwrites; 0 removes a key.
  void write(CanisterId canister, Subject subject, ValueId value, const void* site);
  /// Changes in place without telling anything. `change` may trap; it may add a key, not remove
  /// one.
  void modify(CanisterId canister, Subject subject, FunctionRef<ValueId(ValueId)> change,
              const void* site);

  /// A new value and what the code is told of the change; 0: nothing.
  struct Update {
    ValueId value = 0;
    ValueId told = 0;
  };

  /// Changes in place and tells what `change` says. Returns that.
  ValueId update(CanisterId canister, Subject subject, FunctionRef<Update(ValueId)> change,
                 const void* site);

  // Calls.

  /// Sends (index and accepted are filled in here). Returns the call's number, or nothing when the
  /// send failed synchronously.
  std::optional<CallIndex> send(Send send);
  /// Makes a Deferred: a call of the context to itself without a message. Nothing: no free slot.
  /// `show_value` tells traces how its value reads.
  std::optional<DeferredHandle> defer(std::source_location where,
                                      Shown (*show_value)(std::string_view) = nullptr);
  /// co_await of open calls. True: goes on at once, `answers()` holds the result. False: the code
  /// must suspend; when it is resumed, `answers()` holds the result.
  bool await(Await::Kind kind, std::vector<CallIndex> calls, AwaitMode mode,
             std::source_location where);

  /// For kOne and kAny one answer, for kAll one for each call in order.
  [[nodiscard]] const std::vector<Answer>& answers() const { return answers_; }

  /// kAny: the call that resumed the code.
  [[nodiscard]] CallIndex resumed_call() const { return resumed_call_; }

  /// Has the response to this call been delivered? One bit is told.
  bool is_complete(CallIndex call);
  /// The future of this call can no longer be awaited.
  void release(CallIndex call);
  /// Settles a Deferred; traps when it is settled already.
  void resolve(ValueId handle, const Answer& answer);
  /// The context's name as an interned value.
  ValueId context_name();

  // Surroundings.

  ValueId caller();
  std::uint64_t time();
  /// By when the caller should be answered: 1 + the seconds on the model's clock, which is 0
  /// without one; 0 of a call that waits as long as it takes.
  std::uint64_t deadline();
  /// Of the canister: 1 running, 2 stopping, 3 stopped [X1].
  std::uint32_t status();
  /// Arms the global timer: it fires at some time at least this many seconds from now [T1].
  void set_timer(std::uint64_t seconds);
  void cancel_timer();
  /// Seconds until the global timer is due, 0 when it is disarmed.
  std::uint64_t timer();
  /// A predicate's question about the state at large.
  std::uint32_t consult(const Observation& question);

  // Ends.

  void reply(ValueId value);
  void reject(std::string_view text, bool from_failed_send);
  /// Marks the execution trapped and throws Trap: the mark decides, swallowing the exception gains
  /// nothing.
  [[noreturn]] void trap(std::string text, bool expected = false);
  /// Marks without throwing, for destructors.
  void mark_trapped(std::string text, bool expected = false);

  [[nodiscard]] bool is_trapped() const { return trapped_; }

  /// Throws Misuse, and remembers it: code that swallows the exception gains nothing.
  [[noreturn]] void misuse(std::string text, const void* site = nullptr);

  /// The first misuse, if there was one.
  [[nodiscard]] const std::optional<Misuse>& misused() const { return misuse_; }

  /// Goes on as another method: the log starts anew.
  void continue_as(MethodId method, ValueId arguments);
  void note(std::string text);

  // For programs whose code goes on in callbacks (compiled canisters). A context is then not grown
  // again by replay: what it remembers, its continuation, is the program's own affair, and what the
  // code looks at is observed but not told to a log.

  /// Says so; before anything else.
  void begin_callbacks();
  /// What the context remembered when it began to wait; empty at its start.
  [[nodiscard]] std::string_view continuation() const;
  /// The value of one of the canister's variables.
  ValueId look(Subject subject);
  /// The piece ends, and these calls, all that are open, are waited for.
  void wait_for_each(std::vector<CallIndex> calls, std::string_view continuation);

  // For the program that runs the code.

  /// Who knows what ids are called; without one, messages give numbers.
  void set_names(const NameSource* names) { names_ = names; }

  /// Says how the system came to this piece, for messages that end the run.
  void set_schedule(const std::function<std::string()>* schedule) { schedule_ = schedule; }

  /// "bank.withdraw(60)", and the schedule if it is known.
  [[nodiscard]] std::string describe_piece() const;

  /// Whatever the program wants to find again from inside its code.
  void set_frame(void* frame) { frame_ = frame; }

  [[nodiscard]] void* frame() const { return frame_; }

  /// The frame of this context was kept: its replay is skipped, the code resumes at its await.
  void skip_replay();
  /// The frame is destroyed from now on: in cleanup mode (its effects count) or as disposal.
  void begin_cleanup();
  void begin_disposal();

  [[nodiscard]] bool suspended() const { return suspended_; }

  [[nodiscard]] bool responded() const { return responded_; }

  /// The last co_await or send that the code reached.
  [[nodiscard]] std::source_location last_place() const { return last_place_; }

  /// The log of the suspended piece, by which its frame can be kept.
  LogId suspended_log();

  [[nodiscard]] const Effects& effects() const { return effects_; }

  /// After the code has ended, suspended or trapped: everything that it did.
  Effects finish();

  /// What a word of a log is an id of.
  enum class LogWord : std::uint8_t {
    kPlain,
    kValue,
    kKeySet,
    kAnswer,
    kCallee,  ///< a CanisterId
  };

  /// The log with each of its words mapped, oldest first, also those that are 0 (none). What
  /// operation a record is of is shown to `map` as a plain word and stays.
  static LogId map_log(Tables& tables, LogId log,
                       FunctionRef<std::uint32_t(LogWord, std::uint32_t)> map);

 private:
  enum class Phase : std::uint8_t { kReplaying, kRunning, kCleanup, kDisposal, kPredicate };
  enum class Operation : std::uint32_t {
    kRead = 1,
    kAsk,
    kAskTwo,
    kWrite,
    kModify,
    kUpdate,
    kSend,
    kAwait,
    kAnswer,
    kComplete,
    kResolve,
    kContextName,
    kCaller,
    kTime,
    kSetTimer,
    kTimer,
    kDeadline,
    kStatus,
  };

  /// One log record. Four words each, so that a log can be walked without decoding.
  struct Record {
    Operation operation{};
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    std::uint32_t answer = 0;
    friend bool operator==(const Record&, const Record&) = default;
  };

  /// For disposal.
  View();

  void load_log();
  const Record& expect(Operation operation, std::uint32_t first, std::uint32_t second);
  /// The same for an operation whose result the code determines.
  void expect_same(const Record& now);
  void append(Operation operation, std::uint32_t first, std::uint32_t second, std::uint32_t answer);
  void append(const Record& record);
  void check_usable(CanisterId canister, std::string_view doing, Subject subject, const void* site);
  bool drop();
  ValueId value_of(CanisterId canister, Subject subject);
  ValueId with_key(ValueId key_set, ValueId key, bool present);
  /// A key was written: what is known of the key set, and whether it changed.
  void key_written(Subject subject, bool was_present, bool present, const void* site);
  void access(Access::Kind kind, Subject subject, const void* site);
  void count_write();
  bool swallow_trap() const;
  std::optional<CallIndex> send_now(Send send);
  bool resume_point(Await::Kind kind, const std::vector<CallIndex>& calls);
  void resume();
  void settle(Await::Kind kind, const std::vector<CallIndex>& calls);
  bool replay_await(Await::Kind kind, const std::vector<CallIndex>& calls);
  std::uint32_t complete_answer(CallIndex call);
  [[nodiscard]] std::string describe(const Record& record) const;
  [[noreturn]] void diverged(const Record& now);
  [[nodiscard]] std::string name_of(Subject subject) const;
  [[nodiscard]] std::string name_of(CanisterId canister) const;

  Tables* tables_ = nullptr;
  ObservationSource* source_ = nullptr;
  const NameSource* names_ = nullptr;
  const std::function<std::string()>* schedule_ = nullptr;
  void* frame_ = nullptr;
  Dialect dialect_ = Dialect::kMotoko;
  PieceInput input_;
  Phase phase_ = Phase::kRunning;
  bool trapped_ = false;
  bool suspended_ = false;
  bool responded_ = false;
  bool log_loaded_ = false;
  bool callbacks_ = false;
  int exceptions_at_entry_ = 0;
  std::vector<Record> replay_;
  std::size_t replay_at_ = 0;
  LogId log_base_ = 0;
  std::vector<Record> records_;
  /// What the code knows of a subject since the last await; a value that it changed without knowing
  /// it is absent here.
  std::map<Subject, ValueId> known_;
  /// Values written by this execution.
  std::map<Subject, ValueId> overlay_;
  std::vector<Answer> answers_;
  CallIndex resumed_call_ = 0;
  std::set<ValueId> resolved_here_;
  std::set<ValueId> deferred_here_;
  std::uint32_t sends_tried_ = 0;
  std::source_location last_place_{};
  std::optional<Misuse> misuse_;
  Effects effects_;
};

class View::Disposal {
 public:
  Disposal();
  ~Disposal();
  Disposal(const Disposal&) = delete;
  Disposal& operator=(const Disposal&) = delete;

 private:
  std::unique_ptr<View> view_;
  Scope scope_;
};

}  // namespace heddle
