// The View's calls: sends, awaits and Deferreds, in a first run and in a replay.
#include <algorithm>

#include <heddle/model/internal/debugger_stop.h>
#include <heddle/model/trap.h>
#include <heddle/model/view.h>

namespace heddle {

namespace {

/// Callee and method in one word of a log record.
std::uint32_t pack(const Send& send) {
  return (std::uint32_t{send.callee} << 16U) | send.method;
}

/// How many outcomes an await's log entry is followed by; of `any` only the first counts.
std::uint32_t await_width(Await::Kind kind, const std::vector<CallIndex>& calls) {
  return kind == Await::Kind::kAny ? 0 : static_cast<std::uint32_t>(calls.size());
}

}  // namespace

std::optional<CallIndex> View::send(Send send) {
  last_place_ = send.where;
  if (phase_ == Phase::kPredicate || input_.query) {
    misuse(
        "a query called another canister: plain queries make no calls [L1]. Declare the method as "
        "Update, or pass the value in as an argument.");
  }
  if (drop()) {
    return std::nullopt;
  }
  return send_now(send);
}

std::optional<CallIndex> View::send_now(Send send) {
  if (phase_ == Phase::kCleanup) {
    trap("a call from cleanup: cleanup may neither call, reply nor await [C9]");
  }
  if (phase_ == Phase::kReplaying) {
    const std::uint32_t answer = expect(Operation::kSend, pack(send), send.arguments).answer;
    return answer == 0 ? std::nullopt : std::optional<CallIndex>(answer - 1);
  }
  send.accepted = source_->answer({ObservationKind::kSend, send.callee, {}, sends_tried_++}) != 0;
  send.index = effects_.next_call;
  append(Operation::kSend, pack(send), send.arguments, send.accepted ? send.index + 1 : 0);
  if (send.accepted) {
    ++effects_.next_call;
    effects_.accesses.push_back({Access::Kind::kSent, {}, send.index, nullptr, send.where});
  }
  effects_.sends.push_back(send);
  return send.accepted ? std::optional<CallIndex>(send.index) : std::nullopt;
}

std::optional<DeferredHandle> View::defer(std::source_location where,
                                          Shown (*show_value)(std::string_view)) {
  last_place_ = where;
  if (phase_ == Phase::kPredicate || input_.query) {
    misuse("a query made a Deferred: a query's effects are discarded [L1]");
  }
  if (drop()) {
    return DeferredHandle{};
  }
  const std::string context(tables_->values[context_name()]);
  Send send;
  send.callee = input_.canister;
  send.method = Send::kNoMethod;
  send.deferred = true;
  send.show_value = show_value;
  send.where = where;
  const auto index = send_now(send);
  if (!index) {
    return std::nullopt;
  }
  DeferredHandle handle{context, *index};
  deferred_here_.insert(tables_->values.intern(handle.to_bytes()));
  return handle;
}

void View::settle(Await::Kind kind, const std::vector<CallIndex>& calls) {
  append(Operation::kAwait, static_cast<std::uint32_t>(kind), await_width(kind, calls),
         resumed_call_);
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    const CallIndex call = kind == Await::Kind::kAny ? resumed_call_ : calls[i];
    append(Operation::kAnswer, call, static_cast<std::uint32_t>(answers_[i].code),
           answers_[i].value);
  }
  known_.clear();
}

bool View::replay_await(Await::Kind kind, const std::vector<CallIndex>& calls) {
  const Record awaited =
      expect(Operation::kAwait, static_cast<std::uint32_t>(kind), await_width(kind, calls));
  resumed_call_ = awaited.answer;
  answers_.clear();
  const std::size_t count = kind == Await::Kind::kAny ? 1 : calls.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Record& record = replay_[replay_at_];
    if (record.operation != Operation::kAnswer ||
        (kind != Await::Kind::kAny && record.first != calls[i])) {
      diverged({Operation::kAnswer, calls[i], 0, 0});
    }
    ++replay_at_;
    const auto code = static_cast<RejectCode>(record.second);
    answers_.push_back({code == RejectCode::kNone, code, record.answer});
  }
  known_.clear();
  return true;
}

bool View::resume_point(Await::Kind kind, const std::vector<CallIndex>& calls) {
  const bool same =
      kind == input_.await.kind &&
      (kind == Await::Kind::kAny ? std::ranges::find(calls, input_.resumed_call) != calls.end() ||
                                       input_.mode == PieceInput::Mode::kCleanup
                                 : calls == input_.await.calls);
  if (!same) {
    diverged({Operation::kAwait, static_cast<std::uint32_t>(kind),
              static_cast<std::uint32_t>(calls.size()), 0});
  }
  resume();
  return !suspended_;
}

void View::resume() {
  if (input_.mode == PieceInput::Mode::kCleanup) {
    suspended_ = true;
    return;
  }
  internal::DebuggerStop::raise(nullptr);
  phase_ = Phase::kRunning;
  answers_ = input_.answers;
  resumed_call_ = input_.await.kind == Await::Kind::kAny ? input_.resumed_call : 0;
  settle(input_.await.kind, input_.await.calls);
}

void View::skip_replay() {
  resume();
}

std::uint32_t View::complete_answer(CallIndex call) {
  for (const Send& send : effects_.sends) {
    if (send.accepted && send.index == call && send.index != kHelperCall) {
      return 0;
    }
  }
  return source_->answer({ObservationKind::kComplete, input_.canister, {}, call});
}

bool View::is_complete(CallIndex call) {
  if (drop() || phase_ == Phase::kPredicate) {
    return false;
  }
  if (phase_ == Phase::kReplaying) {
    return expect(Operation::kComplete, call, 0).answer != 0;
  }
  const bool complete = complete_answer(call) != 0;
  append(Operation::kComplete, call, 0, complete ? 1 : 0);
  return complete;
}

bool View::await(Await::Kind kind, std::vector<CallIndex> calls, AwaitMode mode,
                 std::source_location where) {
  last_place_ = where;
  if (phase_ == Phase::kPredicate || input_.query) {
    misuse("a query awaited: plain queries make no calls [L1]. Declare the method as Update.");
  }
  if (drop()) {
    return true;
  }
  if (phase_ == Phase::kCleanup) {
    trap("an await in cleanup: cleanup may neither call, reply nor await [C9]");
  }
  if (phase_ == Phase::kReplaying) {
    load_log();
    return replay_at_ < replay_.size() ? replay_await(kind, calls) : resume_point(kind, calls);
  }
  std::vector<Answer> complete;
  resumed_call_ = 0;
  for (const CallIndex call : calls) {
    const std::uint32_t answer = complete_answer(call);
    if (answer != 0) {
      complete.push_back(tables_->answer(answer - 1));
      if (kind == Await::Kind::kAny) {
        resumed_call_ = call;
        break;
      }
    } else if (kind != Await::Kind::kAny) {
      break;
    }
  }
  const bool ready =
      kind == Await::Kind::kAny ? !complete.empty() : complete.size() == calls.size();
  effects_.await_where = where;
  if (!ready) {
    effects_.await = {kind, std::move(calls), false};
    suspended_ = true;
    return false;
  }
  const std::vector<CallIndex> taken =
      kind == Await::Kind::kAny ? std::vector<CallIndex>{resumed_call_} : calls;
  if (mode == AwaitMode::kCommit) {
    Send helper;
    helper.callee = input_.canister;
    helper.method = Send::kHelperMethod;
    helper.index = kHelperCall;
    helper.where = where;
    helper.accepted =
        source_->answer({ObservationKind::kSend, input_.canister, {}, sends_tried_++}) != 0;
    effects_.sends.push_back(helper);
    if (helper.accepted) {
      effects_.await = {kind, taken, true};
      suspended_ = true;
      return false;
    }
    // The await throws at once, nothing was committed [M4].
    const ValueId text = tables_->values.intern("await: no free slot for the self-call");
    complete.assign(kind == Await::Kind::kAny ? 1 : calls.size(),
                    Answer{false, RejectCode::kCallError, text});
  }
  answers_ = std::move(complete);
  effects_.taken.insert(effects_.taken.end(), taken.begin(), taken.end());
  effects_.accesses.push_back({Access::Kind::kAwaitReady, {}, 0, nullptr, where});
  settle(kind, calls);
  return true;
}

void View::release(CallIndex call) {
  // In a replay, destructors run at the same places again; nothing is told, nothing to compare.
  if (phase_ != Phase::kRunning || is_disposing()) {
    return;
  }
  // A future of the method before `continue_as`, whose number may be given again: only stored
  // answers have such numbers, and those are dropped.
  if (effects_.continued && call >= effects_.next_call) {
    return;
  }
  effects_.released.push_back(call);
}

ValueId View::context_name() {
  if (drop() || phase_ == Phase::kPredicate) {
    return 0;
  }
  if (phase_ == Phase::kReplaying) {
    return expect(Operation::kContextName, 0, 0).answer;
  }
  const ValueId name = source_->answer({ObservationKind::kContext, input_.canister, {}, 0});
  append(Operation::kContextName, 0, 0, name);
  return name;
}

void View::resolve(ValueId handle, const Answer& answer) {
  if (phase_ == Phase::kPredicate || input_.query) {
    misuse("a query resolved a Deferred: a query's effects are discarded [L1]");
  }
  if (drop()) {
    return;
  }
  const Record record{Operation::kResolve, handle, 0, tables_->intern(answer)};
  if (phase_ == Phase::kReplaying) {
    expect_same(record);
    return;
  }
  append(record);
  const bool open =
      !resolved_here_.contains(handle) &&
      (deferred_here_.contains(handle) ||
       source_->answer({ObservationKind::kDeferred, input_.canister, {}, handle}) != 0);
  if (!open) {
    trap("a Deferred was resolved that is not open: it was resolved before, or its context ended");
  }
  resolved_here_.insert(handle);
  effects_.resolutions.push_back({handle, answer});
}

}  // namespace heddle
