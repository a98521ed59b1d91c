// The oracle's lifecycles: stop, start, upgrade, reinstall, uninstall, snapshots [X1-X7, C11].
#include <algorithm>

#include "oracle/machine.h"

namespace heddle::oracle {

bool Oracle::runs(const State& state, int c) const {
  const Life& life = state.lives[static_cast<std::size_t>(c)];
  return !life.empty && life.status == Status::kRunning;
}

/// Whether a context is open at the canister, or a callback of the code that it has.
bool Oracle::is_open(const State& state, int c, bool callbacks) const {
  return std::any_of(state.contexts.begin(), state.contexts.end(), [&](const Context& context) {
    return context.canister == c &&
           (!callbacks || (!context.cut_off && context.has_unanswered_calls()));
  });
}

void Oracle::lifecycle_events(const State& state, const Emit& emit) {
  if (!system_.has_lifecycles()) {
    return;
  }
  for (int c = 0; c < static_cast<int>(system_.canisters.size()); ++c) {
    const Life& life = state.lives[static_cast<std::size_t>(c)];
    if (canister(c).is_environment()) {
      continue;
    }
    Event event;
    event.from = static_cast<std::int8_t>(c);
    if (life.status == Status::kStopping && !is_open(state, c, false)) {  // [X2]
      State next = state;
      next.lives[static_cast<std::size_t>(c)].status = Status::kStopped;
      finish_stops(next, c, 0);
      event.kind = EventKind::kStopped;
      emit(std::move(next), event);
    }
    event.kind = EventKind::kManage;
    const auto may = [&](Manage action, bool possible, int Budgets::*budget, auto change) {
      if (!possible || (budget != nullptr && state.budgets.*budget == 0)) {
        return;
      }
      State next = state;
      if (budget != nullptr) {
        --(next.budgets.*budget);
      }
      change(next);
      event.action = action;
      emit(std::move(next), event);
    };
    may(Manage::kStop, life.status == Status::kRunning && !life.empty, &Budgets::d28,
        [&](State& next) { next.lives[static_cast<std::size_t>(c)].status = Status::kStopping; });
    may(Manage::kStart, life.status != Status::kRunning && system_.budgets.d28 > 0, nullptr,
        [&](State& next) { ask(next, c, Manage::kStart, 0); });
    const bool stopped = life.status == Status::kStopped;
    const bool refuses =
        !stopped && canister(c).dialect == Dialect::kMotoko && is_open(state, c, true);
    may(Manage::kUpgrade, !life.empty && !refuses, stopped ? &Budgets::d29 : &Budgets::d30,
        [&](State& next) { upgrade(next, c, 0); });
    may(Manage::kUninstall, !life.empty, &Budgets::d31, [&](State& next) { uninstall(next, c); });
    may(Manage::kTakeSnapshot, !life.empty, &Budgets::snapshots,
        [&](State& next) { take_snapshot(next, c); });
    may(Manage::kLoadSnapshot, life.has_snapshot && state.loads > 0, nullptr, [&](State& next) {
      --next.loads;
      load_snapshot(next, c);
    });
    for (const Submission& s : state.submissions) {
      if (s.status == Script::kStopping && script(s).canister == c && state.time_outs > 0) {
        event.name = user_name(s.user, s.call, s.copy);
        may(Manage::kTimeOut, true, nullptr, [&](State& next) {
          --next.time_outs;
          answer(next, event.name, reject(2, kStopTimedOut));
        });
        event.name = 0;
      }
    }
  }
}

/// What a user asks, or with 0 for a name the environment; answered when it is done.
void Oracle::ask(State& next, int c, Manage action, Name user) {
  Life& life = next.lives[static_cast<std::size_t>(c)];
  Outcome outcome = 0;
  switch (action) {
    case Manage::kStop:
      if (life.status != Status::kStopped) {
        life.status = Status::kStopping;
        for (Submission& s : next.submissions) {
          if (user_name(s.user, s.call, s.copy) == user) {
            s.status = Script::kStopping;
          }
        }
        return;
      }
      break;
    case Manage::kStart:
      life.status = Status::kRunning;
      finish_stops(next, c, reject(5, kStartedAgain));
      break;
    case Manage::kUpgrade:
      if (life.empty) {
        outcome = reject(5, kNoCode);
      } else if (life.status != Status::kStopped && canister(c).dialect == Dialect::kMotoko &&
                 is_open(next, c, true)) {
        outcome = reject(5, kRefusesUpgrade);  // [X5]
      } else {
        outcome = upgrade(next, c, user);
      }
      break;
    case Manage::kReinstall:
      cut_off(next, c);
      make_variables(next, c, false);
      life.empty = false;
      break;
    case Manage::kUninstall:
      if (!life.empty) {
        uninstall(next, c);
      }
      break;
    case Manage::kTakeSnapshot:
      if (life.empty) {
        outcome = reject(5, kNoCode);
      } else {
        take_snapshot(next, c);
      }
      break;
    case Manage::kLoadSnapshot:
      if (life.has_snapshot) {
        load_snapshot(next, c);
      } else {
        outcome = reject(3, kNoSnapshot);
      }
      break;
    case Manage::kTimeOut:
      break;
  }
  if (user != 0) {
    answer(next, user, outcome);
  }
}

void Oracle::finish_stops(State& next, int c, Outcome outcome) const {
  for (std::size_t i = 0; i < next.submissions.size(); ++i) {
    const Submission s = next.submissions[i];
    if (s.status == Script::kStopping && script(s).canister == c) {
      answer(next, user_name(s.user, s.call, s.copy), outcome);
    }
  }
}

/// False: it trapped, and `outcome` is what the controller is told.
bool Oracle::run_hook(State& next, int c, int method, Name name, Outcome& outcome) {
  if (method < 0) {
    return true;
  }
  Context context;
  context.name = name;
  context.canister = static_cast<std::int8_t>(c);
  context.method = static_cast<std::int8_t>(method);
  Execution execution(*this, next, context, -1);
  const Ending ending = execution.run();
  if (ending.kind == Ending::Kind::kSuspended || execution.sends() > 0) {
    throw InvalidSystem("an upgrade's code calls");
  }
  outcome = ending.outcome;
  return ending.kind == Ending::Kind::kAnswered;
}

/// All or nothing [X4].
Outcome Oracle::upgrade(State& next, int c, Name user) {
  const State before = next;
  Outcome outcome = 0;
  bool done = run_hook(next, c, canister(c).pre_upgrade, user, outcome);
  if (done) {
    next.armed[static_cast<std::size_t>(c)] = 0;
    next.tasks[static_cast<std::size_t>(c)].clear();
    make_variables(next, c, true);
    done = run_hook(next, c, canister(c).post_upgrade, user, outcome);
  }
  if (!done) {
    next = before;
    return outcome;
  }
  cut_off(next, c);
  return 0;
}

void Oracle::make_variables(State& next, int c, bool keep_stable) const {
  const Canister& code = canister(c);
  for (std::size_t v = 0; v < code.variables.size(); ++v) {
    const bool transient = std::find(code.transient.begin(), code.transient.end(),
                                     static_cast<int>(v)) != code.transient.end();
    if (transient || !keep_stable) {
      next.variables[static_cast<std::size_t>(first_variable_[static_cast<std::size_t>(c)]) + v] =
          static_cast<std::int16_t>(code.variables[v]);
    }
  }
  next.armed[static_cast<std::size_t>(c)] = 0;
  next.tasks[static_cast<std::size_t>(c)].clear();
}

/// No callback of an open context will find its code.
void Oracle::cut_off(State& next, int c) const {
  const std::vector<Context> contexts = next.contexts;
  for (const Context& context : contexts) {
    if (context.canister != c) {
      continue;
    }
    if (!context.ended) {
      erase(next, context.name);
      end(next, context, false);
    }
    find(next, context.name)->cut_off = true;
  }
}

void Oracle::uninstall(State& next, int c) const {
  const std::vector<Context> contexts = next.contexts;
  for (const Context& context : contexts) {
    if (context.canister != c) {
      continue;
    }
    erase(next, context.name);
    end(next, context, true);
    if (Context* rest = find(next, context.name); rest != nullptr) {
      rest->cut_off = true;
    }
    if (!context.answered) {
      answer(next, context.name, reject(4, kUninstalled));
    }
  }
  make_variables(next, c, false);
  for (std::size_t v = 0; v < canister(c).variables.size(); ++v) {
    next.variables[static_cast<std::size_t>(first_variable_[static_cast<std::size_t>(c)]) + v] = 0;
  }
  next.lives[static_cast<std::size_t>(c)].empty = true;
}

void Oracle::take_snapshot(State& next, int c) const {
  Life& life = next.lives[static_cast<std::size_t>(c)];
  const auto first = next.variables.begin() + first_variable_[static_cast<std::size_t>(c)];
  life.has_snapshot = true;
  life.snapshot.assign(first, first + static_cast<std::ptrdiff_t>(canister(c).variables.size()));
}

void Oracle::load_snapshot(State& next, int c) const {
  Life& life = next.lives[static_cast<std::size_t>(c)];
  std::copy(life.snapshot.begin(), life.snapshot.end(),
            next.variables.begin() + first_variable_[static_cast<std::size_t>(c)]);
  life.empty = false;
  cut_off(next, c);
}

}  // namespace heddle::oracle
