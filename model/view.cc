#include <algorithm>
#include <cstring>
#include <exception>

#include <fmt/format.h>

#include <heddle/model/encoding.h>
#include <heddle/model/trap.h>
#include <heddle/model/view.h>

namespace heddle {

namespace {

thread_local View* current_view = nullptr;

/// What `heddle::trap` tells before it throws.
void trap_in_current_view(const std::string& text) {
  if (current_view != nullptr) {
    current_view->trap(text);
  }
}

}  // namespace

Tables::Tables() {
  values.intern(std::string_view("\0", 1));
  values.intern("\1");
}

std::uint32_t Tables::intern(const Answer& answer) {
  std::string bytes(5, '\0');
  bytes[0] = static_cast<char>(answer.code);
  std::memcpy(bytes.data() + 1, &answer.value, sizeof answer.value);
  return answers.intern(bytes);
}

Answer Tables::answer(std::uint32_t id) const {
  const std::string_view bytes = answers[id];
  Answer answer;
  answer.code = static_cast<RejectCode>(bytes[0]);
  answer.replied = answer.code == RejectCode::kNone;
  std::memcpy(&answer.value, bytes.data() + 1, sizeof answer.value);
  return answer;
}

std::string DeferredHandle::to_bytes() const {
  Encoder out;
  out.varint(context.size());
  out.raw(context);
  out.varint(index);
  return std::move(out).bytes();
}

DeferredHandle DeferredHandle::from_bytes(std::string_view bytes) {
  Decoder in(bytes);
  DeferredHandle handle;
  handle.context = std::string(in.raw(in.count()));
  handle.index = static_cast<CallIndex>(in.varint());
  in.finish();
  return handle;
}

View::View(Tables& tables, ObservationSource& source, Dialect dialect, const PieceInput& input)
    : tables_(&tables), source_(&source), dialect_(dialect), input_(input) {
  effects_.method = input.method;
  effects_.arguments = input.arguments;
  effects_.next_call = input.next_call;
  exceptions_at_entry_ = std::uncaught_exceptions();
  if (input.mode != PieceInput::Mode::kStart) {
    phase_ = Phase::kReplaying;
    log_base_ = input.log;
  }
}

View::View(Tables& tables, ObservationSource& source)
    : tables_(&tables), source_(&source), phase_(Phase::kPredicate) {}

View::View() : phase_(Phase::kDisposal) {}

View::~View() = default;

View& View::current(std::string_view doing, const void* site) {
  if (current_view == nullptr) {
    throw Misuse(
        fmt::format("{} outside an execution: canister state exists only while a method runs or a "
                    "property is evaluated. In a property, reach the canister through the state: "
                    "now[bank].balance.",
                    doing),
        site);
  }
  return *current_view;
}

View* View::current_or_null() {
  return current_view;
}

View::Scope::Scope(View* view) : previous_(current_view) {
  current_view = view;
  internal::trap_hook() = trap_in_current_view;
}

View::Scope::~Scope() {
  current_view = previous_;
}

View::Disposal::Disposal() : view_(new View), scope_(view_.get()) {}

View::Disposal::~Disposal() = default;

bool View::is_disposing() const {
  return phase_ == Phase::kDisposal || (trapped_ && swallow_trap());
}

bool View::swallow_trap() const {
  return phase_ == Phase::kCleanup || std::uncaught_exceptions() > exceptions_at_entry_;
}

void View::load_log() {
  if (log_loaded_) {
    return;
  }
  log_loaded_ = true;
  LogId log = input_.log;
  std::vector<std::string_view> segments;
  while (log != 0) {
    const std::string_view segment = tables_->logs[log];
    std::memcpy(&log, segment.data(), sizeof log);
    segments.push_back(segment.substr(sizeof log));
  }
  std::size_t count = 0;
  for (const auto& segment : segments) {
    count += segment.size() / sizeof(Record);
  }
  replay_.resize(count);
  std::size_t at = 0;
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    if (!segment->empty()) {
      std::memcpy(&replay_[at], segment->data(), segment->size());
    }
    at += segment->size() / sizeof(Record);
  }
}

std::string View::name_of(CanisterId canister) const {
  if (canister == kNoCanister) {
    return "an unknown canister";
  }
  return names_ != nullptr ? names_->canister_name(canister) : fmt::format("canister {}", canister);
}

std::string View::name_of(Subject subject) const {
  const std::string name = names_ != nullptr
                               ? names_->variable_name(input_.canister, subject.variable)
                               : fmt::format("variable {}", subject.variable);
  return subject.key == 0                  ? name
         : subject.key == Subject::kKeySet ? fmt::format("the keys of {}", name)
                                           : fmt::format("a key of {}", name);
}

std::string View::describe(const Record& record) const {
  switch (record.operation) {
    case Operation::kRead:
      return fmt::format("read {}", name_of(Subject{record.first, record.second}));
    case Operation::kAsk:
      return fmt::format("looked at {}", name_of(Subject{record.first, record.second}));
    case Operation::kAskTwo:
      return fmt::format("compared {} with {}", name_of(Subject{record.first, 0}),
                         name_of(Subject{record.second, 0}));
    case Operation::kWrite:
      return fmt::format("wrote {}", name_of(Subject{record.first, record.second}));
    case Operation::kModify:
    case Operation::kUpdate:
      return fmt::format("changed {}", name_of(Subject{record.first, record.second}));
    case Operation::kSend: {
      const auto callee = static_cast<CanisterId>(record.first >> 16U);
      const auto method = static_cast<MethodId>(record.first & 0xffffU);
      if (method == Send::kNoMethod) {
        return callee == input_.canister ? "made a Deferred or called a method that does not exist"
                                         : fmt::format("called {}", name_of(callee));
      }
      return names_ != nullptr && callee != kNoCanister
                 ? fmt::format("called {}.{}", name_of(callee), names_->method_name(callee, method))
                 : fmt::format("called method {} of {}", method, name_of(callee));
    }
    case Operation::kAwait:
      return "awaited";
    case Operation::kAnswer:
      return fmt::format("received the answer to call {}", record.first);
    case Operation::kComplete:
      return fmt::format("looked whether call {} was answered", record.first);
    case Operation::kResolve:
      return "resolved a Deferred";
    case Operation::kContextName:
      return "made a Deferred";
    case Operation::kCaller:
      return "asked for the caller";
    case Operation::kTime:
      return "asked for the time";
    case Operation::kSetTimer:
      return record.second == 0 ? "set the timer" : "cancelled the timer";
    case Operation::kTimer:
      return "looked at the timer";
    case Operation::kDeadline:
      return "asked for the deadline";
    case Operation::kStatus:
      return "asked for its status";
  }
  return "did something else";
}

std::string View::describe_piece() const {
  std::string text =
      names_ != nullptr && tables_ != nullptr
          ? names_->call_text(input_.canister, effects_.method, tables_->values[effects_.arguments])
          : fmt::format("method {} of {}", effects_.method, name_of(input_.canister));
  if (schedule_ != nullptr) {
    text += fmt::format(", on the schedule [{}],", (*schedule_)());
  }
  return text;
}

void View::misuse(std::string text, const void* site) {
  if (phase_ == Phase::kPredicate) {
    throw Misuse(std::move(text), site);  // each property speaks for itself
  }
  if (!misuse_) {
    misuse_.emplace(std::move(text), site);
  }
  throw Misuse(*misuse_);
}

void View::diverged(const Record& now) {
  std::string first = replay_at_ < replay_.size() ? describe(replay_[replay_at_]) : "awaited";
  std::string second = describe(now);
  if (first == second) {
    first += " in one way";
    second += " in another";
  }
  misuse(fmt::format(
      "this method is not deterministic: run again with the same answers, it first {}, now {}. "
      "Canister code may depend only on its arguments, its canister's Vars and the answers it "
      "gets: look for clocks, random numbers, addresses, iteration over unordered containers, or "
      "objects outside the canister that it reads or changes.",
      first, second));
}

const View::Record& View::expect(Operation operation, std::uint32_t first, std::uint32_t second) {
  load_log();
  if (replay_at_ >= replay_.size()) {
    diverged({operation, first, second, 0});
  }
  const Record& record = replay_[replay_at_];
  if (record.operation != operation || record.first != first || record.second != second) {
    diverged({operation, first, second, 0});
  }
  ++replay_at_;
  return record;
}

void View::expect_same(const Record& now) {
  if (expect(now.operation, now.first, now.second).answer != now.answer) {
    --replay_at_;
    diverged(now);
  }
}

void View::append(Operation operation, std::uint32_t first, std::uint32_t second,
                  std::uint32_t answer) {
  append(Record{operation, first, second, answer});
}

void View::append(const Record& record) {
  records_.push_back(record);
}

bool View::drop() {
  if (phase_ == Phase::kDisposal) {
    return true;
  }
  if (!trapped_) {
    return false;
  }
  if (is_disposing()) {
    return true;
  }
  throw Trap{std::string(tables_->values[effects_.response.value])};
}

ValueId View::caller() {
  if (phase_ == Phase::kPredicate || drop()) {
    return 0;
  }
  if (phase_ == Phase::kReplaying) {
    return expect(Operation::kCaller, 0, 0).answer;
  }
  const ValueId caller = source_->answer({ObservationKind::kCaller, input_.canister, {}, 0});
  append(Operation::kCaller, 0, 0, caller);
  return caller;
}

std::uint64_t View::time() {
  if (phase_ != Phase::kPredicate && drop()) {
    return 0;
  }
  if (phase_ == Phase::kReplaying) {
    return expect(Operation::kTime, 0, 0).answer;
  }
  const std::uint32_t now = source_->answer({ObservationKind::kTime, input_.canister, {}, 0});
  if (phase_ != Phase::kPredicate) {
    append(Operation::kTime, 0, 0, now);
  }
  return now;
}

std::uint64_t View::deadline() {
  if (phase_ == Phase::kPredicate || drop()) {
    return 0;
  }
  if (phase_ == Phase::kReplaying) {
    return expect(Operation::kDeadline, 0, 0).answer;
  }
  const std::uint32_t deadline =
      source_->answer({ObservationKind::kDeadline, input_.canister, {}, 0});
  append(Operation::kDeadline, 0, 0, deadline);
  return deadline;
}

std::uint32_t View::status() {
  if (phase_ == Phase::kPredicate || drop()) {
    return 1;
  }
  if (phase_ == Phase::kReplaying) {
    return expect(Operation::kStatus, 0, 0).answer;
  }
  constexpr std::uint32_t kStatusBits = 3;
  const std::uint32_t status =
      source_->answer({ObservationKind::kStatus, input_.canister, {}, 0}) & kStatusBits;
  append(Operation::kStatus, 0, 0, status);
  return status;
}

void View::set_timer(std::uint64_t seconds) {
  if (phase_ == Phase::kPredicate || input_.query) {
    misuse("a query set the timer: queries cannot [L1]");
  }
  if (drop()) {
    return;
  }
  const Record record{Operation::kSetTimer, static_cast<std::uint32_t>(seconds), 0, 0};
  if (phase_ == Phase::kReplaying) {
    expect_same(record);
    return;
  }
  append(record);
  effects_.timer = std::max<std::uint64_t>(1, seconds);
}

void View::cancel_timer() {
  if (phase_ == Phase::kPredicate || input_.query) {
    misuse("a query cancelled the timer: queries cannot [L1]");
  }
  if (drop()) {
    return;
  }
  const Record record{Operation::kSetTimer, 0, 1, 0};
  if (phase_ == Phase::kReplaying) {
    expect_same(record);
    return;
  }
  append(record);
  effects_.timer = 0;
}

std::uint64_t View::timer() {
  if (phase_ != Phase::kPredicate && drop()) {
    return 0;
  }
  if (phase_ == Phase::kReplaying) {
    return expect(Operation::kTimer, 0, 0).answer;
  }
  const auto deadline = effects_.timer
                            ? static_cast<std::uint32_t>(*effects_.timer)
                            : source_->answer({ObservationKind::kTimer, input_.canister, {}, 0});
  append(Operation::kTimer, 0, 0, deadline);
  return deadline;
}

std::uint32_t View::consult(const Observation& question) {
  return source_->answer(question);
}

void View::reply(ValueId value) {
  if (trapped_ || phase_ == Phase::kDisposal) {
    return;
  }
  responded_ = true;
  effects_.end = PieceEnd::kReplied;
  effects_.response = {true, RejectCode::kNone, value};
}

void View::reject(std::string_view text, bool from_failed_send) {
  if (trapped_ || phase_ == Phase::kDisposal) {
    return;
  }
  responded_ = true;
  effects_.end = PieceEnd::kRejected;
  // Whatever code the canister threw, its caller sees CANISTER_REJECT [M10, K6].
  effects_.response = {false, RejectCode::kCanisterReject, tables_->values.intern(text)};
  effects_.send_failure_unhandled = from_failed_send;
}

void View::mark_trapped(std::string text, bool expected) {
  if (trapped_ || phase_ == Phase::kDisposal || phase_ == Phase::kPredicate) {
    return;
  }
  trapped_ = true;
  effects_.trap_expected = expected;
  effects_.response = {false, RejectCode::kCanisterError, tables_->values.intern(text)};
}

void View::trap(std::string text, bool expected) {
  if (phase_ == Phase::kPredicate) {
    misuse(
        fmt::format("a property trapped (\"{}\"): it must have a value in every state. Where "
                    "numbers may go below zero, compute with Int.",
                    text));
  }
  if (phase_ == Phase::kReplaying) {
    misuse(fmt::format(
        "this method is not deterministic: run again with the same answers, it now traps "
        "(\"{}\") where it did not before.",
        text));
  }
  mark_trapped(text, expected);
  throw Trap{std::move(text)};
}

void View::continue_as(MethodId method, ValueId arguments) {
  if (trapped_ || phase_ == Phase::kDisposal) {
    return;
  }
  if (phase_ == Phase::kReplaying) {
    misuse(
        "this method is not deterministic: run again with the same answers, it went on as another "
        "method before it reached the await at which it was suspended.");
  }
  effects_.method = method;
  effects_.arguments = arguments;
  // Numbers start anew after those of calls that stay open, so that a loop that goes on as itself
  // comes back to states that it has been in.
  CallIndex next = source_->answer({ObservationKind::kOpenCalls, input_.canister, {}, 0});
  for (const Send& send : effects_.sends) {
    if (send.accepted && send.index != kHelperCall) {
      next = std::max(next, send.index + 1);
    }
  }
  effects_.next_call = next;
  effects_.continued = true;
  std::erase_if(effects_.released, [next](CallIndex call) { return call >= next; });
  for (const Send& send : effects_.sends) {
    if (send.accepted && send.index != kHelperCall) {
      effects_.released.push_back(send.index);
    }
  }
  records_.clear();
  log_base_ = 0;
  known_.clear();
  responded_ = false;
}

void View::note(std::string text) {
  if (phase_ != Phase::kReplaying) {
    effects_.notes.push_back(std::move(text));
  }
}

void View::begin_cleanup() {
  phase_ = Phase::kCleanup;
  known_.clear();
}

void View::begin_disposal() {
  phase_ = Phase::kDisposal;
}

void View::begin_callbacks() {
  callbacks_ = true;
  phase_ = input_.mode == PieceInput::Mode::kCleanup ? Phase::kCleanup : Phase::kRunning;
}

std::string_view View::continuation() const {
  return input_.log == 0 ? std::string_view() : tables_->logs[input_.log].substr(sizeof(LogId));
}

ValueId View::look(Subject subject) {
  access(Access::Kind::kTold, subject, nullptr);
  const auto written = overlay_.find(subject);
  return written != overlay_.end()
             ? written->second
             : source_->answer({ObservationKind::kVariable, input_.canister, subject, 0});
}

void View::wait_for_each(std::vector<CallIndex> calls, std::string_view continuation) {
  std::string log(sizeof(LogId), '\0');
  log += continuation;
  effects_.log = tables_->logs.intern(log);
  effects_.await = {Await::Kind::kEach, std::move(calls), false};
  suspended_ = true;
}

LogId View::suspended_log() {
  if (effects_.log == 0) {
    // A new segment begins at each await, also at one that did not suspend: equal records are an
    // equal log, whatever the pieces were in which they were told.
    LogId log = log_base_;
    std::size_t at = 0;
    do {
      std::size_t end = at + 1;
      while (end < records_.size() && records_[end].operation != Operation::kAwait) {
        ++end;
      }
      end = std::min(end, records_.size());
      std::string bytes(sizeof log + (end - at) * sizeof(Record), '\0');
      std::memcpy(bytes.data(), &log, sizeof log);
      if (end > at) {
        std::memcpy(bytes.data() + sizeof log, &records_[at], (end - at) * sizeof(Record));
      }
      log = tables_->logs.intern(bytes);
      at = end;
    } while (at < records_.size());
    effects_.log = log;
  }
  return effects_.log;
}

Effects View::finish() {
  if (phase_ == Phase::kReplaying) {
    misuse(
        "this method is not deterministic: run again with the same answers, it ended before it "
        "reached the await at which it was suspended.");
  }
  if (trapped_) {
    // Nothing of a trapped execution remains but the fact and what it had looked at [P5, C7]; where
    // that guarantee is given up (G5), what it had written as well.
    effects_.end = PieceEnd::kTrapped;
    if (input_.trap_keeps_writes && !input_.query) {
      effects_.writes.assign(overlay_.begin(), overlay_.end());
    }
    effects_.sends.clear();
    effects_.taken.clear();
    effects_.released.clear();
    effects_.resolutions.clear();
    effects_.timer.reset();
    return std::move(effects_);
  }
  if (input_.query && !overlay_.empty()) {
    effects_.notes.push_back("a query wrote to its canister's variables; the writes are discarded");
    overlay_.clear();
  }
  effects_.writes.assign(overlay_.begin(), overlay_.end());
  if (input_.mode == PieceInput::Mode::kCleanup) {
    effects_.end = PieceEnd::kCleanedUp;
    return std::move(effects_);
  }
  if (callbacks_) {
    if (suspended_) {
      effects_.end = PieceEnd::kSuspended;
      effects_.answered = responded_;
    } else if (!responded_) {
      effects_.end = PieceEnd::kEnded;
    }
    return std::move(effects_);
  }
  if (suspended_ && !responded_) {
    effects_.end = PieceEnd::kSuspended;
    suspended_log();
  }
  return std::move(effects_);
}

}  // namespace heddle
