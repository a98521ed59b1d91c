// What controllers do to canisters, by calls to the management canister or as a choice of the
// environment: stop, start, upgrade, reinstall, uninstall, snapshots (ic-semantics.md section 9).
//
// Code that is replaced leaves callbacks behind: calls that it made and whose responses are still
// to come. On the Internet Computer such a response enters the new code at whatever stands at the
// number of the old callback: a trap, or the wrong continuation [X5]. What the wrong continuation
// would do cannot be known of a coroutine. So the context is *cut off*: each of its callbacks
// traps, and the step says how many there were, which is the violation to report.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <heddle/model/internal/stepper_body.h>

namespace heddle {

namespace {

using internal::Fault;
using internal::keeps_context_open;
using Phase = ContextState::Phase;
using Status = Lifecycle::Status;

}  // namespace

// Who is there.

/// The open contexts of a canister, or those of users' calls that ask to stop it and wait, in
/// canonical order.
std::vector<ContextId> Stepper::Body::contexts_at(CanisterId where, bool pending_stops) {
  step_.looked_everywhere = true;
  std::vector<ContextId> contexts;
  for (LeafPosition at = 0; at < before_->size(); ++at) {
    if (current(at) == 0 || key(at).kind != LeafKind::kContext ||
        kernel_.origin(key(at).b).canister != where) {
      continue;
    }
    const Phase phase = kernel_.context_state(current(at)).phase;
    if (pending_stops ? phase == Phase::kPending
                      : phase == Phase::kSuspended || phase == Phase::kEnded) {
      contexts.push_back(key(at).b);
    }
  }
  std::ranges::sort(contexts, [this](ContextId a, ContextId b) { return kernel_.before(a, b); });
  return contexts;
}

/// How many calls of the canister's code are still to be answered, or their answers to be
/// delivered. Those of code that is gone already are not its own.
std::uint32_t Stepper::Body::open_callbacks(CanisterId where) {
  std::uint32_t open = 0;
  for (const ContextId context : contexts_at(where, false)) {
    if (context_at(context).is_cut_off) {
      continue;
    }
    open +=
        static_cast<std::uint32_t>(std::ranges::count_if(calls_of(context), keeps_context_open));
  }
  return open;
}

// What the environment may do.

void Stepper::Body::controls(std::vector<Event>& events) {
  for (CanisterId where = 0; where < canisters_; ++where) {
    if (kernel_.is_managed(where)) {
      controls_of(where, events);
    }
  }
}

void Stepper::Body::controls_of(CanisterId where, std::vector<Event>& events) {
  const Faults& faults = kernel_.system().faults;
  const Lifecycle lifecycle = lifecycle_of(where);
  Event event;
  event.kind = EventKind::kManage;
  event.to = where;
  const auto may = [&](Management action, bool is_possible) {
    if (is_possible) {
      event.action = action;
      events.push_back(event);
    }
  };
  const bool stopped = lifecycle.status == Status::kStopped;
  may(Management::kStop, !lifecycle.is_empty && lifecycle.status == Status::kRunning &&
                             has_budget(Fault::kStop, faults.stops));
  may(Management::kStart, faults.stops > 0 && lifecycle.status != Status::kRunning);
  if (info(where).no_other_code.empty()) {
    // Motoko's code refuses an upgrade while callbacks are open [X5]: nothing would happen.
    const auto is_refused = [&] {
      return info(where).dialect == Dialect::kMotoko && open_callbacks(where) != 0;
    };
    may(Management::kUpgrade,
        !lifecycle.is_empty &&
            (stopped ? has_budget(Fault::kUpgrade, faults.upgrades)
                     : has_budget(Fault::kOpenUpgrade, faults.open_upgrades) && !is_refused()));
    may(Management::kUninstall,
        !lifecycle.is_empty && has_budget(Fault::kUninstall, faults.uninstalls));
    may(Management::kTakeSnapshot,
        !lifecycle.is_empty && has_budget(Fault::kTakeSnapshot, faults.snapshots));
    may(Management::kLoadSnapshot, has_budget(Fault::kLoadSnapshot, faults.snapshots) &&
                                       get(leaf({LeafKind::kSnapshot, where, 0, 0})) != 0);
  }
  if (lifecycle.status == Status::kStopping && has_budget(Fault::kTimeOut, faults.stops)) {
    event.action = Management::kTimeOut;
    for (const ContextId stop : contexts_at(where, true)) {
      event.context = stop;
      events.push_back(event);
    }
  }
}

// What is done.

void Stepper::Body::manage(const Event& event) {
  const CanisterId where = event.to;
  const ContextId by = kernel_.context({ContextOrigin::Kind::kUpgrade, where, 0, 0, 0, 0});
  const auto check = [&](bool is_enabled) {
    if (!is_enabled) {
      throw Misuse(fmt::format("event {} is not enabled", kernel_.to_text(event)));
    }
  };
  const Lifecycle lifecycle = lifecycle_of(where);
  switch (event.action) {
    case Management::kStop:
      check(lifecycle.status == Status::kRunning);
      spend(Fault::kStop);
      stop(where, 0);
      break;
    case Management::kStart:
      check(lifecycle.status != Status::kRunning);
      start(where);
      break;
    case Management::kUpgrade:
      check(!lifecycle.is_empty);
      spend(lifecycle.status == Status::kStopped ? Fault::kUpgrade : Fault::kOpenUpgrade);
      replace_code(event.action, where, lifecycle.code, by);
      break;
    case Management::kUninstall:
      check(!lifecycle.is_empty);
      spend(Fault::kUninstall);
      uninstall(where);
      break;
    case Management::kTakeSnapshot:
      check(!lifecycle.is_empty);
      spend(Fault::kTakeSnapshot);
      take_snapshot(where);
      break;
    case Management::kLoadSnapshot:
      check(get(leaf({LeafKind::kSnapshot, where, 0, 0})) != 0);
      spend(Fault::kLoadSnapshot);
      load_snapshot(where);
      break;
    case Management::kTimeOut: {
      check(context_at(event.context).phase == Phase::kPending);
      spend(Fault::kTimeOut);
      answer(event.context, event.context,
             {false, RejectCode::kSysTransient,
              kernel_.tables().values.intern("the canister has not stopped in time")},
             true);
      break;
    }
    case Management::kNone:
    case Management::kReinstall:
      check(false);
  }
}

/// A user's call to the management canister.
void Stepper::Body::ask_management(ContextId user, const UserCall& call) {
  const CanisterId where = call.canister;
  const Management action = kernel_.management(call);
  step_.executions.push_back({Execution::Kind::kManagement, user, where, call.method,
                              kernel_.tables().values.intern(call.arguments), true, false,
                              nullptr});
  const Lifecycle lifecycle = lifecycle_of(where);
  std::optional<Answer> response = done();
  const auto needs_code = [&](auto act) {
    if (lifecycle.is_empty) {
      response = error("the canister has no code");
    } else {
      act();
    }
  };
  switch (action) {
    case Management::kStop:
      if (lifecycle.status != Status::kStopped) {
        stop(where, user);
        response.reset();  // when it is stopped [X2]
      }
      break;
    case Management::kStart:
      start(where);
      break;
    case Management::kUpgrade:
    case Management::kReinstall: {
      const std::uint32_t code =
          kernel_.code_named(where, call.arguments, lifecycle.is_empty ? 0 : lifecycle.code);
      if (const auto refused = replace_code(action, where, code, user)) {
        response = refused;
      }
      break;
    }
    case Management::kUninstall:
      uninstall(where);
      break;
    case Management::kTakeSnapshot:
      needs_code([&] { take_snapshot(where); });
      break;
    case Management::kLoadSnapshot:
      if (get(leaf({LeafKind::kSnapshot, where, 0, 0})) == 0) {
        response = Answer{false, RejectCode::kDestinationInvalid,
                          kernel_.tables().values.intern("there is no snapshot")};
      } else {
        load_snapshot(where);
      }
      break;
    case Management::kNone:
    case Management::kTimeOut:
      break;
  }
  if (response) {
    answer(user, user, *response, false);
  }
}

void Stepper::Body::set_lifecycle(CanisterId where, const Lifecycle& lifecycle) {
  set(leaf({LeafKind::kLifecycle, where, 0, 0}), lifecycle.to_leaf());
}

/// Callbacks still run and may call; new calls are refused. Whether no context is left is found out
/// by an event of its own [X1, X2].
void Stepper::Body::stop(CanisterId where, ContextId user) {
  Lifecycle lifecycle = lifecycle_of(where);
  lifecycle.status = Status::kStopping;
  set_lifecycle(where, lifecycle);
  if (user != 0) {
    ContextState waits;
    waits.phase = Phase::kPending;
    waits.canister = where;
    set(context_leaf(user), kernel_.intern(waits));
  }
}

void Stepper::Body::start(CanisterId where) {
  Lifecycle lifecycle = lifecycle_of(where);
  if (lifecycle.status == Status::kStopping) {
    for (const ContextId stop : contexts_at(where, true)) {
      answer(stop, stop, error("the canister was started again"), false);
    }
  }
  lifecycle.status = Status::kRunning;
  set_lifecycle(where, lifecycle);
}

void Stepper::Body::has_stopped(CanisterId where) {
  Lifecycle lifecycle = lifecycle_of(where);
  if (lifecycle.status != Status::kStopping || !contexts_at(where, false).empty()) {
    throw Misuse(fmt::format("event {} is not enabled", kernel_.to_text(step_.event)));
  }
  lifecycle.status = Status::kStopped;
  set_lifecycle(where, lifecycle);
  for (const ContextId stop : contexts_at(where, true)) {
    answer(stop, stop, done(), false);
  }
}

// Code and memory.

/// Why not, if it is not done.
std::optional<Answer> Stepper::Body::replace_code(Management action, CanisterId where,
                                                  std::uint32_t code, ContextId by) {
  Lifecycle lifecycle = lifecycle_of(where);
  if (action == Management::kUpgrade) {
    if (lifecycle.is_empty) {
      return error("the canister has no code");
    }
    if (info(where).dialect == Dialect::kMotoko && lifecycle.status != Status::kStopped &&
        open_callbacks(where) != 0) {
      return error("pre_upgrade: the canister has callbacks open; stop it first");  // [X5]
    }
    return upgrade(where, code, by);
  }
  make_variables(where, lifecycle, code, false);
  drop_tasks(where, code, true);
  if (!lifecycle.is_empty) {
    cut_off(where);  // [X6]
  }
  lifecycle.is_empty = false;
  lifecycle.code = code;
  set_lifecycle(where, lifecycle);
  return std::nullopt;
}

/// What runs before in the old code and after it in the new one decides together: a trap of either,
/// and nothing has happened [X4].
std::optional<Answer> Stepper::Body::upgrade(CanisterId where, std::uint32_t code, ContextId by) {
  Lifecycle lifecycle = lifecycle_of(where);
  const std::vector<LeafChange> changes = step_.changes;
  const std::vector<LeafWrite> writes = step_.writes;
  if (const Effects* before = run_hook(MethodKind::kPreUpgrade, where, lifecycle.code, by)) {
    if (before->end != PieceEnd::kReplied) {
      return Answer{false, RejectCode::kCanisterError, before->response.value};
    }
    write_variables(where, *before);
  }
  make_variables(where, lifecycle, code, true);
  drop_tasks(where, code, false);
  lifecycle.code = code;
  set_lifecycle(where, lifecycle);
  if (const Effects* after = run_hook(MethodKind::kPostUpgrade, where, code, by)) {
    if (after->end != PieceEnd::kReplied) {
      step_.changes = changes;
      step_.writes = writes;
      return Answer{false, RejectCode::kCanisterError, after->response.value};
    }
    write_variables(where, *after);
    set_timer(where, *after);
  }
  cut_off(where);
  return std::nullopt;
}

/// Null: the code has no such method.
const Effects* Stepper::Body::run_hook(MethodKind kind, CanisterId where, std::uint32_t code,
                                       ContextId by) {
  const MethodId method = info(where, code).task(kind);
  if (method == Send::kNoMethod) {
    return nullptr;
  }
  PieceInput input;
  input.canister = where;
  input.method = method;
  input.arguments = Tables::kUnit;
  input.code = code;
  const Effects& effects = run(
      input, by,
      {std::uint64_t{1} << 62U | std::uint64_t{code} << 48U | std::uint64_t{where} << 32U | method,
       Tables::kUnit});
  if (effects.end == PieceEnd::kSuspended || !effects.sends.empty() ||
      !effects.resolutions.empty()) {
    throw Misuse(fmt::format(
        "{}.{}: what runs before or after an upgrade neither calls nor awaits: on the Internet "
        "Computer it would trap.",
        canister(where).name, info(where, code).methods[method].name));
  }
  step_.executions.push_back(
      {Execution::Kind::kCode, by, where, method, Tables::kUnit, true, false, &effects});
  return &effects;
}

/// Its contexts are deleted: who waits for them is told, and what they wait for comes to nothing.
void Stepper::Body::uninstall(CanisterId where) {
  Lifecycle lifecycle = lifecycle_of(where);
  if (lifecycle.is_empty) {
    return;
  }
  const Answer gone{false, RejectCode::kCanisterReject,
                    kernel_.tables().values.intern("the canister was uninstalled")};
  for (const ContextId context : contexts_at(where, false)) {
    const ContextState state = context_at(context);
    for (const OpenCall& call : calls_of(context)) {
      if (call.deferred) {
        // A message to itself, whose context goes with the others.
        operate_calls(context, LeafOperation::Kind::kDrop, call.index);
        if (keeps_context_open(call)) {
          add(leaf({LeafKind::kInFlight, where, call.callee, 0}), -1);
        }
      }
    }
    deadline_ = state.deadline;
    const bool open = keep_open_calls_only(context);
    ContextState next;
    next.phase = Phase::kEnded;
    next.responded = true;
    next.is_cut_off = true;
    next.result = state.result;
    const ContextOrigin origin = kernel_.origin(context);
    if (!state.responded) {
      answer(context, context, gone, false);
      next.result = origin.kind == ContextOrigin::Kind::kIngress ? kept(origin, gone) : 0;
    } else if (!open) {
      next.phase = origin.kind == ContextOrigin::Kind::kIngress ? Phase::kFinished : Phase::kAbsent;
    }
    if (open || state.responded) {
      set(context_leaf(context), kernel_.intern(next));
    }
  }
  deadline_ = 0;
  for (std::uint32_t v = 0; const VariableInfo& variable : info(where).variables) {
    clear(where, v++, variable.keyed);
  }
  drop_tasks(where, lifecycle.code, false);
  lifecycle.is_empty = true;
  lifecycle.code = 0;
  set_lifecycle(where, lifecycle);
}

/// The timer is disarmed, or armed as by a first installation [T1], and tasks that have not started
/// are gone.
void Stepper::Body::drop_tasks(CanisterId where, std::uint32_t code, bool installs) {
  const auto clear_leaf = [&](LeafKind kind) {
    if (const auto known = kernel_.find({kind, where, 0, 0}); known && get(*known) != 0) {
      set(*known, 0);
    }
  };
  clear_leaf(LeafKind::kTimer);
  clear_leaf(LeafKind::kTasks);
  if (installs) {
    Effects first;
    first.timer = info(where, code).initial_timer;
    set_timer(where, first);
  }
}

std::vector<std::uint32_t> Stepper::Body::keys_of(CanisterId where, std::uint32_t variable) {
  const LeafValue key_set = get(leaf({LeafKind::kVariable, where, variable, Subject::kKeySet}));
  std::vector<std::uint32_t> keys;
  if (key_set != 0) {
    const std::string_view bytes = kernel_.tables().values[key_set];
    keys.resize(bytes.size() / sizeof(std::uint32_t));
    std::memcpy(keys.data(), bytes.data(), bytes.size());
  }
  return keys;
}

void Stepper::Body::clear(CanisterId where, std::uint32_t variable, bool keyed) {
  if (!keyed) {
    set(leaf({LeafKind::kVariable, where, variable, 0}), 0);
    return;
  }
  for (const std::uint32_t key : keys_of(where, variable)) {
    write_key(where, {variable, key}, 0);
  }
}

/// Variables as the code makes them; in an upgrade what both codes have stable keeps its value.
void Stepper::Body::make_variables(CanisterId where, const Lifecycle& before, std::uint32_t code,
                                   bool upgrades) {
  const auto& old_variables = info(where, before.code).variables;
  const auto& variables = info(where, code).variables;
  const auto& all = info(where).variables;
  Interner& values = kernel_.tables().values;
  const auto has = [](const std::vector<VariableInfo>& list, std::size_t v) {
    return v < list.size() && !list[v].is_absent;
  };
  for (std::uint32_t v = 0; v < all.size(); ++v) {
    const bool is_kept = upgrades && has(old_variables, v) && has(variables, v) &&
                         old_variables[v].is_stable && variables[v].is_stable;
    if (is_kept) {
      continue;
    }
    if (all[v].keyed || !has(variables, v)) {
      clear(where, v, all[v].keyed);
    }
    if (!has(variables, v)) {
      continue;
    }
    if (!all[v].keyed) {
      set(leaf({LeafKind::kVariable, where, v, 0}), values.intern(variables[v].initial));
    }
    for (const auto& [key, value] : variables[v].initial_entries) {
      write_key(where, {v, values.intern(key)}, values.intern(value));
    }
  }
}

/// Of variables and code; queues, contexts and the timer are no part of it [X7].
void Stepper::Body::take_snapshot(CanisterId where) {
  const Lifecycle lifecycle = lifecycle_of(where);
  std::vector<std::uint32_t> content{1 + lifecycle.code};
  const auto& variables = info(where).variables;
  for (std::uint32_t v = 0; v < variables.size(); ++v) {
    std::vector<std::uint32_t> keys{0};
    if (variables[v].keyed) {
      keys = keys_of(where, v);
    }
    for (const std::uint32_t key : keys) {
      content.insert(content.end(), {v, key, get(leaf({LeafKind::kVariable, where, v, key}))});
    }
  }
  set(leaf({LeafKind::kSnapshot, where, 0, 0}), kernel_.intern(content));
}

void Stepper::Body::load_snapshot(CanisterId where) {
  const std::vector<std::uint32_t> content =
      kernel_.list(get(leaf({LeafKind::kSnapshot, where, 0, 0})));
  Lifecycle lifecycle = lifecycle_of(where);
  const auto& variables = info(where).variables;
  for (std::uint32_t v = 0; v < variables.size(); ++v) {
    clear(where, v, variables[v].keyed);
  }
  for (std::size_t i = 1; i + 2 < content.size(); i += 3) {
    const Subject subject{content[i], content[i + 1]};
    if (subject.key != 0) {
      write_key(where, subject, content[i + 2]);
    } else {
      set(leaf({LeafKind::kVariable, where, subject.variable, 0}), content[i + 2]);
    }
  }
  cut_off(where);  // what goes on would go on in memory of before
  lifecycle.is_empty = false;
  lifecycle.code = content.front() - 1;
  set_lifecycle(where, lifecycle);
}

/// The callbacks of the canister's open contexts are no longer those of its code [X5, X6, C10].
void Stepper::Body::cut_off(CanisterId where) {
  step_.callbacks_cut_off = open_callbacks(where);
  for (const ContextId context : contexts_at(where, false)) {
    const ContextState state = context_at(context);
    if (state.phase == Phase::kSuspended) {
      keep_open_calls_only(context);
    }
    ContextState next;
    next.phase = Phase::kEnded;
    next.responded = state.responded;
    next.result = state.result;
    next.deadline = state.responded ? 0 : state.deadline;
    next.is_cut_off = true;
    set(context_leaf(context), kernel_.intern(next));
  }
}

}  // namespace heddle
