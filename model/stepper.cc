// What each event does. The order of the cases and the treatment of each ending follow
// ic-semantics.md sections 2 (table C5) and 15.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <heddle/model/internal/stepper_body.h>

namespace heddle {

namespace {

using internal::Fault;
using internal::resumes;
using Phase = ContextState::Phase;
using internal::kOfBounded;
using internal::kWaits;

bool same_effects(const Effects& a, const Effects& b) {
  const auto sends = [](const Send& x, const Send& y) {
    return x.callee == y.callee && x.method == y.method && x.arguments == y.arguments &&
           x.index == y.index && x.accepted == y.accepted && x.deferred == y.deferred &&
           x.timeout == y.timeout;
  };
  const auto resolutions = [](const Resolution& x, const Resolution& y) {
    return x.handle == y.handle && x.answer == y.answer;
  };
  return a.end == b.end && a.response == b.response && a.method == b.method &&
         a.answered == b.answered && a.arguments == b.arguments && a.log == b.log &&
         a.await == b.await && a.next_call == b.next_call && a.writes == b.writes &&
         std::ranges::equal(a.sends, b.sends, sends) && a.taken == b.taken &&
         a.released == b.released && a.continued == b.continued &&
         std::ranges::equal(a.resolutions, b.resolutions, resolutions) && a.timer == b.timer;
}

}  // namespace

void Stepper::Body::begin(const StateVector& state) {
  before_ = &state;
  step_.executions.clear();
  step_.responses.clear();
  step_.dropped.clear();
  step_.changes.clear();
  step_.reads.clear();
  step_.writes.clear();
  step_.looked_everywhere = false;
  step_.requests.clear();
  step_.delivered.reset();
  step_.callbacks_cut_off = 0;
  deadline_ = 0;
  code_ = 0;
}

void Stepper::Body::note(LeafPosition position, const LeafQuestion& question,
                         std::uint64_t answer) {
  for (const LeafRead& read : step_.reads) {
    if (read.position == position &&
        (read.question == question || read.question.kind == LeafQuestion::Kind::kValue)) {
      return;
    }
  }
  step_.reads.push_back({position, question, answer});
}

std::uint64_t Stepper::Body::ask(LeafPosition position, const LeafQuestion& question) {
  const LeafValue value = current(position);
  // About a leaf that this step has changed, what counts is the value of before. Only sums keep the
  // question simple: a bound moves along.
  bool changed = false;
  bool added = question.kind == LeafQuestion::Kind::kAtMost;
  std::uint32_t sum = 0;
  for (const LeafWrite& write : step_.writes) {
    if (write.position == position) {
      changed = true;
      added = added && write.operation.kind == LeafOperation::Kind::kAdd;
      sum += write.operation.a;
    }
  }
  if (!changed) {
    const std::uint64_t answer = kernel_.ask(question, value);
    note(position, question, answer);
    return answer;
  }
  if (added) {
    const LeafQuestion moved{question.kind, question.a - sum, 0};
    const std::uint64_t answer = kernel_.ask(moved, (*before_)[position]);
    note(position, moved, answer);
    return answer;
  }
  return kernel_.ask(question, get(position));
}

void Stepper::Body::operate(LeafPosition position, const LeafOperation& operation) {
  const LeafValue after = kernel_.apply(operation, current(position));
  step_.writes.push_back({position, operation});
  for (LeafChange& change : step_.changes) {
    if (change.position == position) {
      change.after = after;
      return;
    }
  }
  step_.changes.push_back({position, (*before_)[position], after});
}

const Step& Stepper::Body::step(const StateVector& state, const Event& event) {
  begin(state);
  step_.event = event;
  step_.context = event.context;
  unremembered_.clear();
  perform(event);
  std::erase_if(step_.changes,
                [](const LeafChange& change) { return change.before == change.after; });
  return step_;
}

void Stepper::Body::perform(const Event& event) {
  switch (event.kind) {
    case EventKind::kStartIngress: {
      const ContextOrigin origin = kernel_.origin(event.context);
      const UserCall& call = kernel_.user_call(origin);
      if (kernel_.is_managed(origin.canister) && kernel_.management(call) != Management::kNone) {
        ask_management(event.context, call);
        break;
      }
      const ValueId arguments = kernel_.tables().values.intern(call.arguments);
      if (!refuse(event.context, origin.canister, call.method, arguments)) {
        start_code(event.context, origin.canister, call.method, arguments);
      }
      break;
    }
    case EventKind::kStartRequest:
      start_request(event);
      break;
    case EventKind::kDeliver:
      deliver(event);
      break;
    case EventKind::kStartTask:
      start_task(event);
      break;
    case EventKind::kFireTimer: {
      // Disarmed first, then queued: what runs in between may set it anew [T1].
      set(leaf({LeafKind::kTimer, event.to, 0, 0}), 0);
      operate(leaf({LeafKind::kTasks, event.to, 0, 0}),
              {LeafOperation::Kind::kAppend,
               kernel_.intern(std::vector<std::uint32_t>{
                   info(event.to, lifecycle_of(event.to).code).task(MethodKind::kTimer)}),
               0});
      break;
    }
    case EventKind::kAdvanceTime: {
      const LeafPosition clock = leaf({LeafKind::kClock, 0, 0, 0});
      LeafValue next = std::numeric_limits<LeafValue>::max();
      for (CanisterId c = 0; c < canisters_; ++c) {
        const LeafValue timer = get(leaf({LeafKind::kTimer, c, 0, 0}));
        if (timer != 0 && timer - 1 > get(clock)) {
          next = std::min(next, timer - 1);
        }
      }
      set(clock, next);
      break;
    }
    case EventKind::kHeartbeat: {
      spend(Fault::kHeartbeat);
      operate(leaf({LeafKind::kTasks, event.to, 0, 0}),
              {LeafOperation::Kind::kAppend,
               kernel_.intern(std::vector<std::uint32_t>{
                   info(event.to, lifecycle_of(event.to).code).task(MethodKind::kHeartbeat)}),
               0});
      break;
    }
    case EventKind::kStopped:
      has_stopped(event.to);
      break;
    case EventKind::kManage:
      manage(event);
      break;
    case EventKind::kRejectRequest:
      reject_request(event);
      break;
    case EventKind::kExpireCall:
      expire_call(event);
      break;
    case EventKind::kDropRequest:
      drop_request(event);
      break;
    case EventKind::kGarbleReply:
      garble_reply(event);
      break;
    case EventKind::kDropIngress: {
      if (!canister(event.to).inspect_may_drop ||
          kernel_.management(kernel_.user_call(kernel_.origin(event.context))) !=
              Management::kNone) {
        spend(Fault::kDrop);
      }
      ContextState dropped;
      dropped.phase = Phase::kDropped;
      set(context_leaf(event.context), kernel_.intern(dropped));
      break;
    }
    case EventKind::kResubmit: {
      spend(Fault::kResubmit);
      const LeafPosition copies = leaf({LeafKind::kResubmitted, 0, event.context, 0});
      add(copies, 1);
      // The copy gets its name here, under which `Kernel::startable` finds it.
      ContextOrigin copy = kernel_.origin(event.context);
      const auto calls = kernel_.system().users[copy.user].calls.size();
      copy.number += static_cast<std::uint32_t>(calls) * get(copies);
      context_leaf(kernel_.context(copy));
      break;
    }
  }
}

Effects Stepper::Body::run_program(const PieceInput& input, ObservationSource& source) {
  const Installed& where = canister(input.canister);
  View view(kernel_.tables(), source, info(input.canister).dialect, input);
  try {
    where.code(input.code)->run(view);
    return view.finish();
  } catch (const Misuse& misuse) {
    const auto& methods = info(input.canister).methods;
    const std::string method =
        input.method < methods.size() ? methods[input.method].name : std::string("?");
    const std::string place = where.name + "." + method;
    if (std::string_view(misuse.what()).starts_with(place)) {
      throw;
    }
    throw Misuse(place + ": " + misuse.what());
  }
}

const Effects& Stepper::Body::run(const PieceInput& input, ContextId context, const MemoKey& key) {
  const bool is_cleanup = input.mode == PieceInput::Mode::kCleanup;
  source_.begin(input.canister, context, is_cleanup ? 0 : step_.event.failing_send);
  if (!is_cleanup && step_.event.failing_send != 0) {
    spend(Fault::kSend);
  }
  const Effects& effects = recall_or_run(input, key);
  if (!is_cleanup) {
    slots_found_ = source_.slots_found();
    writes_done_ = effects.write_count;
  }
  return effects;
}

const Effects& Stepper::Body::recall_or_run(const PieceInput& input, const MemoKey& key) {
  if (!options_.memo) {
    ++statistics_.pieces_run;
    return unremembered_.emplace_back(run_program(input, source_));
  }
  PieceMemo::Claim claim = pieces_.find(key, source_);
  if (const Effects* known = claim.known()) {
    ++statistics_.pieces_recalled;
    const bool due =
        options_.recheck_every != 0 && statistics_.pieces_recalled % options_.recheck_every == 0;
    if (due || recheck_next_) {
      recheck_next_ = false;
      source_.restart();
      if (!same_effects(*known, run_program(input, source_))) {
        not_deterministic(input);
      }
    }
    return *known;
  }
  source_.restart();
  RecordingSource recording(source_);
  Effects effects = run_program(input, recording);
  ++statistics_.pieces_run;
  if (options_.watcher != nullptr) {
    options_.watcher->ran(input, recording.consulted(), effects);
  }
  const Effects* remembered = claim.remember(recording.consulted(), std::move(effects));
  if (remembered == nullptr) {
    not_deterministic(input);
  }
  return *remembered;
}

void Stepper::Body::not_deterministic(const PieceInput& input) const {
  throw Misuse(fmt::format(
      "{}.{}: this method is not deterministic: with the same answers it now does something else "
      "than before. Look for clocks, random numbers, addresses, or objects outside the canister "
      "that it reads or changes.",
      canister(input.canister).name, info(input.canister).methods[input.method].name));
}

void Stepper::Body::start_code(ContextId context, CanisterId where, MethodId method,
                               ValueId arguments) {
  PieceInput input;
  input.canister = where;
  input.method = method;
  input.arguments = arguments;
  input.query = info(where).methods[method].kind == MethodKind::kQuery;
  input.trap_keeps_writes = kernel_.system().weakened.traps_keep_writes;
  input.code = code_ = lifecycle_of(where).code;
  step_.context = context;
  if (step_.event.trap) {
    spend(Fault::kFirstTrap);
    step_.executions.push_back(
        {Execution::Kind::kCode, context, where, method, arguments, true, true, nullptr});
    answer(context, context, error("injected trap"), false);
    return;
  }
  const Effects& effects = run(
      input, context,
      {std::uint64_t{1} << 62U | std::uint64_t{code_} << 48U | std::uint64_t{where} << 32U | method,
       arguments});
  step_.executions.push_back(
      {Execution::Kind::kCode, context, where, method, arguments, true, false, &effects});
  if (effects.end == PieceEnd::kTrapped) {
    // The context never came to be; its caller is told at once [C6, C7, U9].
    write_variables(where, effects);  // what the trap keeps, if anything (G5)
    answer(context, context, effects.response, false);
    return;
  }
  commit(context, effects, input.query);
}

/// A canister that is not running takes no new calls, nor does one without code [X1, X6].
bool Stepper::Body::refuse(ContextId context, CanisterId where, MethodId method,
                           ValueId arguments) {
  const Lifecycle lifecycle = lifecycle_of(where);
  if (!lifecycle.refuses()) {
    return false;
  }
  step_.executions.push_back(
      {Execution::Kind::kRefused, context, where, method, arguments, true, false, nullptr});
  const Answer refused =
      error(lifecycle.is_empty                                 ? "the canister has no code"
            : lifecycle.status == Lifecycle::Status::kStopping ? "the canister is stopping"
                                                               : "the canister is stopped");
  const ContextOrigin origin = kernel_.origin(context);
  if (origin.kind == ContextOrigin::Kind::kCall) {
    answer_call(context, origin.parent, origin.index, refused, false);
  } else {
    answer(context, context, refused, false);
  }
  return true;
}

void Stepper::Body::start_request(const Event& event) {
  const Request request = pop(event);
  const ContextId context =
      kernel_.context({ContextOrigin::Kind::kCall, event.to, 0, request.again ? 1U : 0U,
                       request.caller, request.index});
  step_.context = context;
  deadline_ = request.deadline;
  if (deadline_ != 0 && kernel_.system().faults.expiries > 0) {
    // What starts cannot vanish any more: to have started is not the same before and after expiry.
    waits(request.caller, request.index);
  }
  if (event.twice) {
    spend(Fault::kRepeat);
    Request copy = request;
    copy.again = true;
    operate(leaf({LeafKind::kQueue, event.from, event.to, 1}),
            {LeafOperation::Kind::kEnqueue,
             kernel_.intern(std::vector<std::uint32_t>{kernel_.intern(copy)}), 0});
  }
  if (refuse(context, event.to, request.method, request.arguments)) {
    return;  // [K7]
  }
  const auto without_code = [&](Execution::Kind kind, const Answer& response) {
    step_.executions.push_back(
        {kind, context, event.to, request.method, request.arguments, true, false, nullptr});
    answer_call(context, request.caller, request.index, response, false);
  };
  if (request.method == Send::kHelperMethod) {
    without_code(Execution::Kind::kHelper, {true, RejectCode::kNone, Tables::kUnit});
    return;
  }
  const Installed& callee = canister(event.to);
  if (environment_answers(event.to, request.method)) {
    const auto& answers = callee.answers.at(request.method);
    step_.executions.push_back({Execution::Kind::kEnvironment, context, event.to, request.method,
                                request.arguments, true, false, nullptr});
    if (event.silent) {
      spend(Fault::kSilence);
      return;
    }
    const EnvironmentAnswer& given = answers[event.answer - 1U];
    const ValueId value = kernel_.tables().values.intern(given.value);
    switch (given.kind) {
      case EnvironmentAnswer::Kind::kReply:
        answer_call(context, request.caller, request.index, {true, RejectCode::kNone, value},
                    false);
        break;
      case EnvironmentAnswer::Kind::kReject:
        answer_call(context, request.caller, request.index,
                    {false, RejectCode::kCanisterReject, value}, false);
        break;
      case EnvironmentAnswer::Kind::kError:
        answer_call(context, request.caller, request.index,
                    {false, RejectCode::kCanisterError, value}, false);
        break;
      case EnvironmentAnswer::Kind::kNever:
        break;  // the call stays open for ever [P7, D12]
    }
    return;
  }
  if (!is_callable(event, request.method)) {
    without_code(Execution::Kind::kRefused, error("the canister has no such method"));
    return;
  }
  start_code(context, event.to, request.method, request.arguments);
}

bool Stepper::Body::is_callable(const Event& event, MethodId method) {
  const auto& methods = info(event.to, lifecycle_of(event.to).code).methods;
  return method < methods.size() && !methods[method].is_absent &&
         (methods[method].kind == MethodKind::kUpdate ||
          methods[method].kind == MethodKind::kQuery ||
          (methods[method].kind == MethodKind::kPrivate && event.from == event.to));
}

bool Stepper::Body::name_in_use(ContextId name) {
  step_.looked_everywhere = true;
  for (LeafPosition at = 0; at < before_->size(); ++at) {
    if ((*before_)[at] != 0 && key(at).kind == LeafKind::kContext &&
        kernel_.descends(key(at).b, name)) {
      return true;
    }
  }
  return std::ranges::any_of(
      orphans(), [&](const Request& orphan) { return kernel_.descends(orphan.caller, name); });
}

std::vector<Request> Stepper::Body::orphans() {
  std::vector<Request> found;
  if (kernel_.system().weakened.repeated_requests == 0 && !has_expiries()) {
    return found;
  }
  for (LeafPosition at = 0; at < before_->size(); ++at) {
    if ((*before_)[at] == 0 || key(at).kind != LeafKind::kQueue) {
      continue;
    }
    for (const std::uint32_t id : kernel_.list((*before_)[at])) {
      const Request request = kernel_.request(id);
      const LeafValue calls = (*before_)[calls_leaf(request.caller)];
      if (request.again ||
          (request.deadline != 0 &&
           kernel_.ask({LeafQuestion::Kind::kStatus, request.index, 0}, calls) != kWaits)) {
        found.push_back(request);
      }
    }
  }
  return found;
}

void Stepper::Body::start_task(const Event& event) {
  const LeafPosition at = leaf({LeafKind::kTasks, event.to, 0, 0});
  const auto method = static_cast<MethodId>(ask(at, {LeafQuestion::Kind::kElement, 0, 0}));
  operate(at, {LeafOperation::Kind::kErase, 0, 0});
  ContextOrigin origin{ContextOrigin::Kind::kTask, event.to, 0, 0, 0, 0};
  while (name_in_use(kernel_.context(origin))) {
    ++origin.number;
  }
  if (method == Send::kNoMethod) {
    return;  // the canister exports no such entry point: nothing runs
  }
  start_code(kernel_.context(origin), event.to, method, Tables::kUnit);
}

void Stepper::Body::deliver(const Event& event) {
  const ContextId context = event.context;
  const LeafValue record = get(context_leaf(context));
  const ContextState state = kernel_.context_state(record);
  const DeliveryAnswer delivered = DeliveryAnswer::from_number(
      ask(calls_leaf(context), {LeafQuestion::Kind::kDelivery, event.index, record}));
  if (!delivered.possible) {
    throw Misuse(fmt::format("event {} is not enabled", kernel_.to_text(event)));
  }
  const CanisterId where = kernel_.origin(context).canister;
  deadline_ = state.deadline;
  step_.delivered = kernel_.tables().answer(delivered.answer);
  // The callback is unregistered and its slot is free before any code runs [Q4, C8].
  add(leaf({LeafKind::kInFlight, where, delivered.callee, 0}), -1);
  if (delivered.resumes) {
    resume(context, state, record, event.index, delivered.answer);
    return;
  }
  const bool keep = state.phase == Phase::kSuspended && !delivered.released;
  operate_calls(context, keep ? LeafOperation::Kind::kStore : LeafOperation::Kind::kDrop,
                event.index);
  step_.executions.push_back({keep ? Execution::Kind::kStore : Execution::Kind::kConsume, context,
                              where, state.method, state.arguments, false, false, nullptr});
  if (state.phase == Phase::kEnded && delivered.last) {
    end_context(context, state.responded, state.result,
                error(state.is_cut_off ? "the code that the response is for is gone"
                      : info(where).dialect == Dialect::kRust ? "call already trapped"
                                                              : "canister did not reply"));
  }
}

void Stepper::Body::resume(ContextId context, const ContextState& suspended, LeafValue record,
                           CallIndex delivered, std::uint32_t answer) {
  const CanisterId where = kernel_.origin(context).canister;
  PieceInput input;
  input.mode = PieceInput::Mode::kResume;
  input.canister = where;
  input.method = suspended.method;
  input.arguments = suspended.arguments;
  input.log = suspended.log;
  input.await = suspended.await;
  input.next_call = suspended.next_call;
  input.code = suspended.code;
  input.trap_keeps_writes = kernel_.system().weakened.traps_keep_writes;
  input.trap_after = step_.event.trap_after;
  code_ = suspended.code;
  const Tables& tables = kernel_.tables();
  const Await& await = suspended.await;
  const LeafPosition calls = calls_leaf(context);
  std::vector<std::uint32_t> answer_ids;
  if (await.via_helper && !tables.answer(answer).replied) {
    // The helper itself was rejected: that is what the await throws. The futures are used up.
    answer_ids.assign(await.kind == Await::Kind::kAny ? 1 : await.calls.size(), answer);
  } else {
    answer_ids = kernel_.list(
        static_cast<LeafValue>(ask(calls, {LeafQuestion::Kind::kAnswers, delivered, record})));
  }
  operate(calls, {LeafOperation::Kind::kResume, delivered, record});
  for (const std::uint32_t id : answer_ids) {
    input.answers.push_back(tables.answer(id));
  }
  if (await.kind == Await::Kind::kAny || await.kind == Await::Kind::kEach) {
    input.resumed_call = await.via_helper ? await.calls.front() : delivered;
  }
  Execution execution{
      Execution::Kind::kCode, context, where, suspended.method, suspended.arguments, false,
      step_.event.trap,       nullptr};
  if (step_.event.trap) {
    spend(Fault::kTrap);
  }
  if (step_.event.trap && step_.event.trap_after == 0) {
    step_.executions.push_back(execution);
    end_by_trap(context, suspended, {delivered, answer},
                kernel_.tables().values.intern("injected trap"));
    return;
  }
  const std::uint64_t answers =
      answer_ids.size() == 1 ? answer_ids.front()
                             : std::uint64_t{kernel_.intern(answer_ids)} | std::uint64_t{1} << 31U;
  const Effects& effects = run(input, context,
                               {std::uint64_t{2} << 62U | std::uint64_t{input.trap_after} << 48U |
                                    std::uint64_t{where} << 32U | std::uint64_t{record},
                                answers << 32U | input.resumed_call});
  if (effects.write_count < input.trap_after) {
    throw Misuse(fmt::format("event {} is not enabled: it writes {} times only",
                             kernel_.to_text(step_.event), effects.write_count));
  }
  execution.effects = &effects;
  step_.executions.push_back(execution);
  if (effects.end == PieceEnd::kTrapped) {
    write_variables(where, effects);  // what the trap keeps, if anything (G5)
    end_by_trap(context, suspended, {delivered, answer}, effects.response.value);
    return;
  }
  commit(context, effects, false);
}

void Stepper::Body::end_by_trap(ContextId context, const ContextState& suspended,
                                const Delivered& delivered, ValueId text) {
  const Effects& cleaned = cleanup(context, suspended, delivered);
  if (cleaned.await.kind == Await::Kind::kEach && !cleaned.await.calls.empty()) {
    // The other callbacks are still to come, and one of them may answer [C6].
    ContextState next = suspended;
    next.log = cleaned.log;
    next.await = cleaned.await;
    set(context_leaf(context), kernel_.intern(next));
    return;
  }
  keep_open_calls_only(context);
  const Answer last_words{false, RejectCode::kCanisterError, text};
  end_context(context, suspended.responded, suspended.result, last_words);
}

const Effects& Stepper::Body::cleanup(ContextId context, const ContextState& suspended,
                                      const Delivered& delivered) {
  PieceInput input;
  input.mode = PieceInput::Mode::kCleanup;
  input.canister = kernel_.origin(context).canister;
  input.method = suspended.method;
  input.arguments = suspended.arguments;
  input.log = suspended.log;
  input.await = suspended.await;
  input.next_call = suspended.next_call;
  input.code = suspended.code;
  input.trap_keeps_writes = kernel_.system().weakened.traps_keep_writes;
  std::uint64_t of = 0;
  if (suspended.await.kind == Await::Kind::kEach) {
    input.resumed_call = delivered.call;
    input.answers = {kernel_.tables().answer(delivered.answer)};
    of = std::uint64_t{delivered.answer} << 32U | delivered.call;
  }
  // Cleanup looks at the state before the callback, to which what the callback's trap keeps has
  // been written (G5).
  const std::uint64_t record = get(context_leaf(context));
  const Effects& effects =
      run(input, context,
          {std::uint64_t{3} << 62U | std::uint64_t{input.canister} << 32U | record, of});
  cleanup_leaves_something_ =
      effects.end != PieceEnd::kTrapped && (!effects.writes.empty() || effects.timer.has_value());
  const bool trap = step_.event.cleanup_trap;
  step_.executions.push_back({Execution::Kind::kCleanup, context, input.canister, input.method,
                              input.arguments, false, trap, trap ? nullptr : &effects});
  if (trap) {
    spend(Fault::kCleanupTrap);
    return effects;
  }
  // If it trapped its changes are undone too [C9], those apart that the trap keeps (G5), and
  // nothing further happens.
  write_variables(input.canister, effects);
  set_timer(input.canister, effects);
  return effects;
}

/// The context has no code any more. It disappears with its last open call; until then it is
/// `ended`, and if it owes an answer still, that answer comes with the last call [C5, C6, C12].
void Stepper::Body::end_context(ContextId context, bool responded, std::uint32_t result,
                                const Answer& last_words) {
  const bool open = ask(calls_leaf(context), {LeafQuestion::Kind::kPresent, 0, 0}) != 0;
  ContextState next;
  if (open) {
    next.phase = Phase::kEnded;
    next.responded = responded;
    next.result = result;
    next.deadline = responded ? 0 : deadline_;
    set(context_leaf(context), kernel_.intern(next));
    return;
  }
  if (!responded) {
    answer(context, context, last_words, false);
    return;
  }
  if (kernel_.origin(context).kind == ContextOrigin::Kind::kIngress) {
    next.phase = Phase::kFinished;
    next.result = result;
  }
  set(context_leaf(context), kernel_.intern(next));
}

void Stepper::Body::reject_request(const Event& event) {
  spend(event.fatal ? Fault::kFatalReject : Fault::kReject);
  const Request request = pop(event);
  const Answer rejected{false, event.fatal ? RejectCode::kSysFatal : RejectCode::kSysTransient,
                        kernel_.tables().values.intern("rejected before execution")};
  step_.context = request.caller;
  answer_call(0, request.caller, request.index, rejected, true);
}

void Stepper::Body::expire_call(const Event& event) {
  const LeafPosition calls = calls_leaf(event.context);
  const std::uint64_t expiry = ask(calls, {LeafQuestion::Kind::kExpiry, event.index, 0});
  if (expiry == 0) {
    throw Misuse(fmt::format("event {} is not enabled", kernel_.to_text(event)));
  }
  spend(expiry == kOfBounded ? Fault::kBoundedExpiry : Fault::kExpiry);
  const Answer unknown{false, RejectCode::kSysUnknown,
                       kernel_.tables().values.intern("the outcome is unknown")};
  operate(calls, {LeafOperation::Kind::kExpire, event.index, kernel_.tables().intern(unknown)});
  step_.responses.push_back({0, event.context, event.index, unknown, true});
}

void Stepper::Body::garble_reply(const Event& event) {
  const LeafPosition calls = calls_leaf(event.context);
  if (ask(calls, {LeafQuestion::Kind::kReadable, event.index, event.to}) == 0) {
    throw Misuse(fmt::format("event {} is not enabled", kernel_.to_text(event)));
  }
  spend(Fault::kUndecodable);
  const Answer garbled{true, RejectCode::kNone, kernel_.tables().values.intern(kUndecodable)};
  operate(calls, {LeafOperation::Kind::kExpire, event.index, kernel_.tables().intern(garbled)});
  step_.responses.push_back({0, event.context, event.index, garbled, true});
}

void Stepper::Body::drop_request(const Event& event) {
  const Request request = pop(event);
  if (request.deadline == 0 || waits(request.caller, request.index)) {
    throw Misuse(fmt::format("event {} is not enabled", kernel_.to_text(event)));
  }
  step_.context =
      kernel_.context({ContextOrigin::Kind::kCall, event.to, 0, 0, request.caller, request.index});
}

bool Stepper::Body::waits(ContextId caller, CallIndex index) {
  return ask(calls_leaf(caller), {LeafQuestion::Kind::kStatus, index, 0}) == kWaits;
}

// The public face.

Stepper::Stepper(Kernel& kernel, Options options)
    : kernel_(kernel), body_(std::make_unique<Body>(kernel, options)) {}

Stepper::~Stepper() = default;

void Stepper::enabled(const StateVector& state, std::vector<Event>& events) {
  body_->enabled(state, events);
}

bool Stepper::enabled_by(const StateVector& state, const EventSource& source,
                         std::vector<Event>& events, std::vector<LeafRead>& reads) {
  return body_->enabled_by(state, source, events, reads);
}

std::optional<EventSource> Stepper::source_of(LeafPosition leaf) {
  return body_->source_of(leaf);
}

bool Stepper::before(const EventSource& left, const EventSource& right) {
  return body_->before(left, right);
}

std::vector<EventSource::Kind> Stepper::optional_kinds() const {
  return body_->optional_kinds();
}

const Step& Stepper::step(const StateVector& state, const Event& event) {
  return body_->step(state, event);
}

StateVector Stepper::next(const StateVector& state, const Event& event) {
  StateVector after = state;
  apply(after, step(state, event));
  return after;
}

void Stepper::apply(StateVector& state, const Step& step) {
  for (const LeafChange& change : step.changes) {
    state.set(change.position, change.after);
  }
  state.normalise();
}

bool Stepper::quiescent(const StateVector& state) {
  return body_->quiescent(state);
}

void Stepper::recheck_next() {
  body_->recheck_next();
}

const Stepper::Statistics& Stepper::statistics() const {
  return body_->statistics();
}

}  // namespace heddle
