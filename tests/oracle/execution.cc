// One message execution: statements, sends, awaits, scopes, commit.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "oracle/machine.h"

namespace heddle::oracle {

std::int16_t Execution::evaluate(const Expr& expr) const {
  int value = expr.constant;
  if (expr.argument) {
    value += context_.argument;
  }
  if (expr.local >= 0) {
    value += std::max<int>(0, context_.locals[static_cast<std::size_t>(expr.local)]);
  }
  if (expr.ok_of >= 0) {
    value += context_.locals[static_cast<std::size_t>(expr.ok_of)] >= 0 ? 1 : 0;
  }
  return static_cast<std::int16_t>(value % oracle_.system_.modulus);
}

Ending Execution::run() {
  return interpret();
}

Ending Execution::interpret() {
  try {
    try {
      for (int steps = 0; !reply_; ++steps) {
        if (steps > kMaxSteps) {
          throw InvalidSystem("an execution does not end");
        }
        if (context_.pc == static_cast<int>(method().code.instructions.size())) {
          reply_ = 0;
          break;
        }
        if (execute(here()) == Flow::kSuspend) {
          return {Ending::Kind::kSuspended, 0};
        }
      }
      return {Ending::Kind::kAnswered, *reply_};
    } catch (const Thrown& thrown) {
      // Leaves the method through every scope, and answers with an explicit reject [M10].
      run_scopes(method().code.open_scopes[static_cast<std::size_t>(context_.pc)]);
      return {Ending::Kind::kAnswered, reject(4, text_of(thrown.reject))};
    }
  } catch (const Trap& trap) {
    return {Ending::Kind::kTrapped, reject(5, trap.text)};
  }
}

Ending Execution::resume_with(Outcome outcome) {
  const Statement& s = here();
  try {
    if (s.op == Op::kAwaitAll) {  // Motoko: one future after the other
      store(s.locals[static_cast<std::size_t>(context_.step)], outcome);
      ++context_.step;
      return interpret();
    }
    store_or_throw(s, outcome);
  } catch (const Thrown& thrown) {
    try {
      run_scopes(method().code.open_scopes[static_cast<std::size_t>(context_.pc)]);
    } catch (const Trap& trap) {
      return {Ending::Kind::kTrapped, reject(5, trap.text)};
    }
    return {Ending::Kind::kAnswered, reject(4, text_of(thrown.reject))};
  }
  ++context_.pc;
  return interpret();
}

Ending Execution::resume_all() {
  return interpret();
}

Ending Execution::resume_any(int index, Outcome outcome) {
  const Statement& s = here();
  for (std::size_t i = 0; i < s.slots.size(); ++i) {
    Slot& candidate = slot(s.slots[i]);
    if (candidate.kind == Slot::Kind::kSent && candidate.index == index) {
      candidate = {};
      store(s.local, outcome);
      store(s.second_local, static_cast<Outcome>(i));
      break;
    }
  }
  ++context_.pc;
  return interpret();
}

Execution::Flow Execution::execute(const Statement& s) {
  switch (s.op) {
    case Op::kSet:
      local(s.local) = evaluate(s.expr);
      break;
    case Op::kRead:
      store(s.local, variable(s.var));
      break;
    case Op::kCompare:
      store(s.local, variable(s.var) < evaluate(s.expr) ? 1 : 0);
      break;
    case Op::kWrite:
    case Op::kDelta:
      write(s);
      break;
    case Op::kCall:
      call(s);
      break;
    case Op::kAwait: {
      Outcome outcome = 0;
      if (await_one(s, s.slot, s.now, outcome) == Flow::kSuspend) {
        return Flow::kSuspend;
      }
      store_or_throw(s, outcome);
      break;
    }
    case Op::kAwaitAll:
      if (await_all(s) == Flow::kSuspend) {
        return Flow::kSuspend;
      }
      break;
    case Op::kAwaitAny:
      if (await_any(s) == Flow::kSuspend) {
        return Flow::kSuspend;
      }
      break;
    case Op::kThrow:
      throw Thrown{reject(4, kThrown + s.amount)};
    case Op::kTrap:
      throw Trap{kTrapped};
    case Op::kTrapIf:
      if (passes(s)) {
        throw Trap{kTrapped};
      }
      break;
    case Op::kSetTimer:
      next_.armed[static_cast<std::size_t>(context_.canister)] = 1;
      break;
    case Op::kReturn: {
      const Outcome value = evaluate(s.expr);
      run_scopes(method().code.open_scopes[static_cast<std::size_t>(context_.pc)]);
      reply_ = value;
      return Flow::kNext;
    }
    case Op::kContinueAs:
      continue_as(s);
      return Flow::kNext;
    case Op::kDefer:
      defer(s);
      break;
    case Op::kResolve:
      resolve(s);
      break;
    case Op::kJump:
      context_.pc = static_cast<std::int16_t>(s.target);
      return Flow::kNext;
    case Op::kUnless:
      if (!passes(s)) {
        context_.pc = static_cast<std::int16_t>(s.target);
        return Flow::kNext;
      }
      break;
    case Op::kLoopStart:
      local(s.local) = static_cast<std::int16_t>(s.amount);
      break;
    case Op::kLoopNext:
      if (--local(s.local) > 0) {
        context_.pc = static_cast<std::int16_t>(s.target);
        return Flow::kNext;
      }
      break;
    case Op::kEnter:
      break;
    case Op::kLeave:
      run_scope(s.otherwise);
      break;
    case Op::kIf:
    case Op::kLoop:
    case Op::kScope:
      std::abort();  // not in flat code
  }
  ++context_.pc;
  return Flow::kNext;
}

void Execution::count_write() {
  if (++writes_ == trap_after_) {
    throw Trap{kInjectedTrap};
  }
}

void Execution::write(const Statement& s) {
  std::int16_t& value = variable(s.var);
  if (s.op == Op::kWrite) {
    value = evaluate(s.expr);
    count_write();
    return;
  }
  if (value + s.amount < 0) {
    throw Trap{kBelowZero};
  }
  if (value + s.amount > 30'000) {
    throw InvalidSystem("a variable grows without bound");
  }
  value = static_cast<std::int16_t>(value + s.amount);
  count_write();
}

/// A call index for a send to `callee` if a slot of the pair is free [Q3]. Nothing but this
/// execution changes the canister's open calls while it runs, so looking now is looking at its
/// start and subtracting its own sends.
std::optional<int> Execution::reserve(int callee) {
  int used = 0;
  const auto add = [&](const Context& context) {
    used += static_cast<int>(std::count_if(
        context.calls.begin(), context.calls.end(),
        [&](const OpenCall& call) { return call.callee == callee && call.takes_slot(); }));
  };
  for (const Context& context : next_.contexts) {
    if (context.canister == context_.canister) {
      add(context);
    }
  }
  add(context_);
  if (used >= oracle_.system_.limit(context_.canister, callee)) {
    oracle_.coverage_.full_queue = true;
    return std::nullopt;
  }
  if (sends_++ == failing_send_) {
    return std::nullopt;  // injected [D7]
  }
  OpenCall open;
  open.index = context_.next_index++;
  open.callee = static_cast<std::int8_t>(callee);
  context_.calls.push_back(open);
  return open.index;
}

void Execution::stage(int index, int callee, int method, int argument) {
  Request request;
  request.from = context_.canister;
  request.to = static_cast<std::int8_t>(callee);
  request.method = static_cast<std::int8_t>(method);
  request.argument = static_cast<std::int16_t>(argument);
  request.name = child_of(context_.name, index);
  staged_.push_back(request);
}

/// The self-call of an await on a complete future [M4]. Its code is not told of it.
std::optional<int> Execution::send_helper() {
  oracle_.coverage_.helper_call = true;
  const std::uint8_t next_index = context_.next_index;
  const bool has_slot = reserve(context_.canister).has_value();
  context_.next_index = next_index;
  if (!has_slot) {
    return std::nullopt;
  }
  context_.calls.back().index = kHelperIndex;
  stage(kHelperIndex, context_.canister, kHelperMethod, 0);
  return kHelperIndex;
}

/// No variable holds this future any more.
void Execution::lose(Slot& slot) {
  if (slot.kind == Slot::Kind::kSent) {
    OpenCall* open = context_.find(slot.index);
    open->lost = true;
    if (open->status == CallStatus::kStored) {
      context_.erase(slot.index);
    }
  }
  slot = {};
}

std::optional<int> Execution::send(int callee, int method, int argument) {
  const std::optional<int> index = reserve(callee);
  tell(index ? 1 : 0);
  if (index) {
    stage(*index, callee, method, argument);
  }
  return index;
}

void Execution::call(const Statement& s) {
  if (oracle_.canister(context_.canister)
          .methods[static_cast<std::size_t>(context_.method)]
          .query) {
    throw InvalidSystem("a query calls");
  }
  Slot& target = slot(s.slot);
  lose(target);
  if (!is_motoko()) {  // sent at the first poll [U1]
    target.kind = Slot::Kind::kPrepared;
    target.callee = static_cast<std::int8_t>(s.callee);
    target.method = static_cast<std::int8_t>(s.method);
    target.argument = evaluate(s.expr);
    target.bounded = s.bounded;
    if (!s.throws) {
      local(s.local) = 0;
    }
    return;
  }
  const std::optional<int> index = send(s.callee, s.method, evaluate(s.expr));  // sent now [M1]
  if (index) {
    context_.find(*index)->bounded = s.bounded;
    target.kind = Slot::Kind::kSent;
    target.index = static_cast<std::uint8_t>(*index);
  } else if (s.throws) {
    throw Thrown{reject(2, kSendFailed)};  // [M2]
  }
  if (!s.throws) {
    local(s.local) = index ? Outcome{0} : reject(2, kSendFailed);
  }
}

void Execution::poll(Slot& target) {
  if (target.kind != Slot::Kind::kPrepared) {
    return;
  }
  const Slot prepared = target;
  const std::optional<int> index = send(prepared.callee, prepared.method, prepared.argument);
  target = {};
  if (index) {
    context_.find(*index)->bounded = prepared.bounded;
    target.kind = Slot::Kind::kSent;
    target.index = static_cast<std::uint8_t>(*index);
  } else {
    target.kind = Slot::Kind::kFailed;  // [U2]
    target.outcome = reject(2, kSendFailed);
  }
}

bool Execution::is_complete(const Slot& candidate) const {
  switch (candidate.kind) {
    case Slot::Kind::kSent:
      return context_.find(candidate.index)->status == CallStatus::kStored;
    case Slot::Kind::kFailed:
      return true;
    default:
      return false;
  }
}

/// The outcome of a complete future, which is used up by that.
Outcome Execution::take(Slot& source) {
  const Slot taken = std::exchange(source, {});
  switch (taken.kind) {
    case Slot::Kind::kFailed:
      return taken.outcome;
    case Slot::Kind::kSent: {
      const Outcome outcome = context_.find(taken.index)->outcome;
      context_.erase(taken.index);
      if (outcome == kGarbled && is_motoko()) {
        throw Trap{kUndecodable};  // [M16]
      }
      return outcome == kGarbled ? reject(8, kUndecodable) : outcome;
    }
    default:
      return reject(0, kNoFuture);
  }
}

void Execution::store_or_throw(const Statement& s, Outcome outcome) {
  store(s.local, outcome);
  if (s.throws && is_reject(outcome) && code_of(outcome) != 0) {
    throw Thrown{outcome};
  }
}

/// Either yields the outcome now, or leaves the context waiting.
Execution::Flow Execution::await_one(const Statement&, int slot_index, bool now, Outcome& outcome) {
  Slot& source = slot(slot_index);
  poll(source);
  if (source.kind == Slot::Kind::kSent && !is_complete(source)) {  // [M3]
    context_.awaits = context_.takes = source.index;
    source = {};
    return Flow::kSuspend;
  }
  if (source.kind == Slot::Kind::kSent && is_motoko() && !now) {  // [M4]
    const int completed = source.index;
    const std::optional<int> helper = send_helper();
    if (!helper) {
      lose(source);
      outcome = reject(2, kHelperFailed);
      return Flow::kNext;
    }
    source = {};
    context_.awaits = static_cast<std::int16_t>(*helper);
    context_.takes = static_cast<std::int16_t>(completed);
    return Flow::kSuspend;
  }
  outcome = take(source);  // [M5, U3]
  return Flow::kNext;
}

Execution::Flow Execution::await_all(const Statement& s) {
  const std::size_t count = std::min(s.slots.size(), s.locals.size());
  if (is_motoko()) {
    for (; context_.step < static_cast<int>(count); ++context_.step) {
      const auto i = static_cast<std::size_t>(context_.step);
      Outcome outcome = 0;
      if (await_one(s, s.slots[i], s.now, outcome) == Flow::kSuspend) {
        return Flow::kSuspend;
      }
      store(s.locals[i], outcome);
    }
    context_.step = 0;
    return Flow::kNext;
  }
  // Rust polls all, and goes on when none is pending [U5]; after a resumption nothing is left to
  // send.
  bool pending = false;
  for (std::size_t i = 0; i < count; ++i) {
    Slot& source = slot(s.slots[i]);
    poll(source);
    pending |= source.kind == Slot::Kind::kSent && !is_complete(source);
  }
  if (pending) {
    context_.awaits = context_.takes = -1;
    return Flow::kSuspend;
  }
  for (std::size_t i = 0; i < count; ++i) {
    store(s.locals[i], take(slot(s.slots[i])));
  }
  return Flow::kNext;
}

Execution::Flow Execution::await_any(const Statement& s) {
  bool pending = false;
  int first = -1;
  for (std::size_t i = 0; i < s.slots.size(); ++i) {
    Slot& source = slot(s.slots[i]);
    poll(source);
    if (is_complete(source)) {
      first = first < 0 ? static_cast<int>(i) : first;
    } else {
      pending |= source.kind == Slot::Kind::kSent;
    }
  }
  if (first < 0 && pending) {
    context_.awaits = context_.takes = -1;
    return Flow::kSuspend;
  }
  Outcome outcome = reject(0, kNoFuture);
  if (first >= 0) {
    Slot& source = slot(s.slots[static_cast<std::size_t>(first)]);
    if (is_motoko() && !s.now) {
      const int completed = source.index;
      const std::optional<int> helper = send_helper();
      if (helper) {
        context_.awaits = static_cast<std::int16_t>(*helper);
        context_.takes = static_cast<std::int16_t>(completed);
        return Flow::kSuspend;
      }
      lose(source);
      outcome = reject(2, kHelperFailed);
    } else {
      outcome = take(source);
    }
  }
  store(s.local, outcome);
  store(s.second_local, static_cast<Outcome>(std::max(first, 0)));
  return Flow::kNext;
}

void Execution::defer(const Statement& s) {
  Slot& target = slot(s.slot);
  lose(target);
  const std::optional<int> index =
      reserve(context_.canister);  // a self-call that only `resolve` answers
  tell(index ? 1 : 0);
  if (index) {
    context_.calls.back().deferred = true;
    target.kind = Slot::Kind::kSent;
    target.index = static_cast<std::uint8_t>(*index);
    handle(s.var) = {context_.name, target.index};
    count_write();
  } else if (s.throws) {
    throw Thrown{reject(2, kDeferFailed)};
  }
  if (!s.throws) {
    local(s.local) = index ? Outcome{0} : reject(2, kDeferFailed);
  }
}

void Execution::resolve(const Statement& s) {
  const Handle target = handle(s.var);
  for (int part = 0; part < 4; ++part) {
    tell(static_cast<int>(target.name >> (16 * part) & 0xffff));
  }
  tell(target.index);
  if (target.name == 0) {
    return;
  }
  const Context* holder =
      target.name == context_.name ? &context_ : Oracle::find(next_, target.name);
  const OpenCall* open = holder == nullptr ? nullptr : holder->find(target.index);
  const bool again = std::any_of(resolved_.begin(), resolved_.end(),
                                 [&](const auto& entry) { return entry.first == target; });
  if (open == nullptr || !open->deferred || open->status != CallStatus::kWaiting || again) {
    throw Trap{kSecondResolve};
  }
  resolved_.emplace_back(target, evaluate(s.expr));
  if (!s.keep) {
    handle(s.var) = {};
    count_write();
  }
}

void Execution::continue_as(const Statement& s) {
  const std::int16_t argument = evaluate(s.expr);
  run_scopes(method().code.open_scopes[static_cast<std::size_t>(context_.pc)]);
  if (!oracle_.has_method(context_.canister, s.method)) {
    throw Trap{kNoMethod};
  }
  context_.method = static_cast<std::int8_t>(s.method);
  context_.argument = argument;
  context_.pc = 0;
  context_.locals = {};
  for (Slot& held : context_.slots) {
    lose(held);
  }
  context_.history.clear();
  std::erase_if(context_.calls, [](const OpenCall& call) { return !call.takes_slot(); });
  int next = context_.calls.empty() ? 0 : context_.calls.back().index + 1;
  const auto is_used = [&](Name name) {
    while (!is_root(name) && parent_of(name) != context_.name) {
      name = parent_of(name);
    }
    next = is_root(name) ? next : std::max(next, index_in_parent(name) + 1);
  };
  for (const Context& open : next_.contexts) {  // a callee may have answered and live on
    is_used(open.name);
  }
  for (const auto& requests : {next_.requests, next_.copies}) {
    for (const Request& request : requests) {
      is_used(request.name);
    }
  }
  context_.next_index = static_cast<std::uint8_t>(next);
}

void Execution::run_scopes(const std::vector<int>& scopes) {
  for (auto enter = scopes.rbegin(); enter != scopes.rend(); ++enter) {
    run_scope(method().code.instructions[static_cast<std::size_t>(*enter)].otherwise);
  }
}

void Execution::run_scope(const Block& body) {
  for (const Statement& s : body) {
    if (s.op == Op::kWrite || s.op == Op::kDelta) {
      write(s);
    }
  }
}

bool Execution::clean_up() {
  try {
    run_scopes(method().code.open_scopes[static_cast<std::size_t>(context_.pc)]);
    return true;
  } catch (const Trap&) {
    return false;
  }
}

void Execution::commit(const Ending& ending) {
  for (const Request& request : staged_) {
    if (oracle_.exists(request.to)) {
      oracle_.enqueue(next_.requests, request);
    } else {
      OpenCall* open = context_.find(index_in_parent(request.name));
      open->status = CallStatus::kInFlight;  // [K4, D10]
      open->outcome = reject(3, kNoCanister);
    }
  }
  const Name name = context_.name;
  if (ending.kind == Ending::Kind::kSuspended) {
    Oracle::insert(next_, std::move(context_));
  } else {
    oracle_.end(next_, std::move(context_), true);
  }
  for (const auto& [target, value] : resolved_) {
    oracle_.coverage_.deferred_resolved = true;
    OpenCall* open = Oracle::find(next_, target.name)->find(target.index);
    open->status = CallStatus::kInFlight;
    open->outcome = value;
  }
  if (ending.kind == Ending::Kind::kAnswered) {
    oracle_.answer(next_, name, ending.outcome);
  }
}

}  // namespace heddle::oracle
