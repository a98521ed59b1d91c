// The oracle's state: names, liveness, serialisation, and who gets a response.
#include "oracle/machine.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace heddle::oracle {

namespace {

int last_index_bit(Name name) {
  int bit = 0;
  while (bit < kRootBit && ((name >> bit) & 0xff) == 0) {
    bit += 8;
  }
  return bit;
}

}  // namespace

bool is_root(Name name) {
  return last_index_bit(name) == kRootBit;
}

Name child_of(Name name, int index) {
  const int bit = last_index_bit(name) - 8;
  if (bit < 0 || index > kHelperIndex) {
    throw InvalidSystem("calls nest too deeply");
  }
  return name | static_cast<Name>(index + 1) << bit;
}

Name parent_of(Name name) {
  return name & ~(Name{0xff} << last_index_bit(name));
}

int index_in_parent(Name name) {
  const int index = static_cast<int>((name >> last_index_bit(name)) & 0xff) - 1;
  return is_second(name) ? index - kSecond : index;
}

Name second_of(Name name) {
  if (index_in_parent(name) >= kHelperIndex - kSecond) {
    throw InvalidSystem("a call's number is too high for a second execution");
  }
  return name | Name{kSecond} << last_index_bit(name);
}

bool is_second(Name name) {
  const int byte = static_cast<int>((name >> last_index_bit(name)) & 0xff);
  return !is_root(name) && byte > kSecond && byte - 1 != kHelperIndex;
}

bool descends(Name name, Name ancestor) {
  while (name != ancestor && !is_root(name)) {
    name = parent_of(name);
  }
  return name == ancestor;
}

namespace {

char canister_letter(int canister) {
  return static_cast<char>('A' + canister);
}

std::string print_index(int index) {
  return index == kHelperIndex ? "h" : fmt::format("{}", index + 1);
}

std::string print(Name name, const System& system) {
  if (!is_root(name)) {
    return fmt::format("{}/{}{}", print(parent_of(name), system),
                       print_index(index_in_parent(name)), is_second(name) ? "~2" : "");
  }
  const int root = static_cast<int>(name >> kRootBit);
  if (root >= kTaskRoot) {
    return fmt::format("{}!{}", canister_letter((root - kTaskRoot) / 64), root % 64 + 1);
  }
  const int user = (root - 1) / 64;
  const int calls = static_cast<int>(system.users[static_cast<std::size_t>(user)].calls.size());
  const int copy = (root - 1) % 4;
  return fmt::format("u{}#{}", user, (root - 1) / 4 % 16 + calls * copy + 1);
}

}  // namespace

std::string print(const Event& event, const System& system) {
  const char from = canister_letter(event.from);
  const char to = canister_letter(event.to);
  std::string text;
  switch (event.kind) {
    case EventKind::kStartIngress:
      text = fmt::format("start {}", print(event.name, system));
      break;
    case EventKind::kStartRequest:
      text = fmt::format("start {}>{}", from, to);
      if (event.position > 0) {
        text += fmt::format("@{}", event.position + 1);
      }
      break;
    case EventKind::kDeliver:
      text = fmt::format("deliver {}/{}", print(event.name, system), print_index(event.position));
      break;
    case EventKind::kFireTimer:
      text = fmt::format("timer {}", from);
      break;
    case EventKind::kHeartbeat:
      text = fmt::format("heartbeat {}", from);
      break;
    case EventKind::kStartTask:
      text = fmt::format("task {}", from);
      break;
    case EventKind::kReject:
      text = fmt::format("reject {}>{}@{}", from, to, event.position + 1);
      break;
    case EventKind::kDrop:
      text = fmt::format("drop {}", print(event.name, system));
      break;
    case EventKind::kResubmit:
      text = fmt::format("resubmit {}", print(event.name, system));
      break;
    case EventKind::kVanish:
      text = fmt::format("drop {}>{}@{}", from, to, event.position + 1);
      break;
    case EventKind::kStopped:
      text = fmt::format("stopped {}", from);
      break;
    case EventKind::kManage: {
      constexpr std::array kVerbs = {"stop",      "restart",       "upgrade",       "reinstall",
                                     "uninstall", "take-snapshot", "load-snapshot", "time-out"};
      text = fmt::format(
          "{} {}", kVerbs.at(static_cast<std::size_t>(event.action)),
          event.action == Manage::kTimeOut ? print(event.name, system) : std::string(1, from));
      break;
    }
    case EventKind::kExpire:
      text = fmt::format("expire {}/{}", print(event.name, system), print_index(event.position));
      break;
    case EventKind::kGarble:
      text = fmt::format("garble {}/{}", print(event.name, system), print_index(event.position));
      break;
  }
  if (event.answer >= 0) {
    text += fmt::format(" answer {}", event.answer + 1);
  }
  if (event.failing_send >= 0) {
    text += fmt::format(" fail-send {}", event.failing_send + 1);
  }
  if (event.trap) {
    text += event.trap_after == 0 ? " trap" : fmt::format(" trap-after {}", event.trap_after);
  }
  if (event.cleanup_trap) {
    text += " cleanup-trap";
  }
  if (event.fatal) {
    text += " fatal";
  }
  if (event.twice) {
    text += " twice";
  }
  if (event.again) {
    text += " again";
  }
  return text;
}

namespace {

LiveSet used_by(const Expr& expr) {
  return local_bit(expr.local) | local_bit(expr.ok_of) | (expr.argument ? kArgumentBit : 0);
}

LiveSet used_by(const Statement& s) {
  LiveSet used = 0;
  switch (s.op) {
    case Op::kSet:
    case Op::kWrite:
    case Op::kCompare:
    case Op::kCall:
    case Op::kReturn:
    case Op::kContinueAs:
    case Op::kResolve:
      used = used_by(s.expr);
      break;
    case Op::kTrapIf:
    case Op::kUnless:
    case Op::kLoopNext:
      used = local_bit(s.local);
      break;
    case Op::kAwait:
      used = slot_bit(s.slot);
      break;
    case Op::kAwaitAll:
    case Op::kAwaitAny:
      for (const int slot : s.slots) {
        used |= slot_bit(slot);
      }
      break;
    default:
      break;
  }
  for (const Statement& inner : s.otherwise) {
    used |= used_by(inner);
  }
  return used;
}

LiveSet set_by(const Statement& s) {
  switch (s.op) {
    case Op::kSet:
    case Op::kRead:
    case Op::kCompare:
    case Op::kLoopStart:
      return local_bit(s.local);
    case Op::kCall:
    case Op::kDefer:
      return slot_bit(s.slot) | local_bit(s.local);
    case Op::kAwait:
      return local_bit(s.local);
    case Op::kAwaitAny:
      return local_bit(s.local) | local_bit(s.second_local);
    default:
      return 0;  // kAwaitAll sets one after the other and may suspend in between
  }
}

}  // namespace

Compiled compile(const Method& method) {
  Compiled result{flatten(method.body), {}};
  const auto& code = result.code.instructions;
  if (result.code.locals > kMaxLocals || result.code.slots > kMaxSlots) {
    throw InvalidSystem("too many locals or futures in a method");
  }
  const std::size_t size = code.size();
  result.live.assign(size + 1, 0);
  const auto live_before = [&](std::size_t pc) {
    const Statement& s = code[pc];
    LiveSet after = 0;
    if (s.op == Op::kJump) {
      after = result.live[static_cast<std::size_t>(s.target)];
    } else if (s.op != Op::kReturn && s.op != Op::kContinueAs && s.op != Op::kTrap &&
               s.op != Op::kThrow) {
      after = result.live[pc + 1];
      if (s.op == Op::kUnless || s.op == Op::kLoopNext) {
        after |= result.live[static_cast<std::size_t>(s.target)];
      }
    }
    LiveSet before = (after & ~set_by(s)) | used_by(s);
    for (const int enter : result.code.open_scopes[pc]) {
      before |= used_by(code[static_cast<std::size_t>(enter)]);
    }
    return before;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t pc = size; pc-- > 0;) {
      const LiveSet before = live_before(pc);
      changed |= before != result.live[pc];
      result.live[pc] = before;
    }
  }
  return result;
}

void Oracle::end(State& next, Context context, bool answered) const {
  if (!context.has_unanswered_calls()) {
    return;
  }
  Context rest;
  rest.name = context.name;
  rest.canister = context.canister;
  rest.ended = true;
  rest.answered = answered;
  std::erase_if(context.calls, [](const OpenCall& call) { return !call.takes_slot(); });
  rest.calls = std::move(context.calls);
  insert(next, std::move(rest));
}

void Oracle::answer(State& next, Name name, Outcome outcome) const {
  if (std::erase(next.expired, name) > 0) {
    return;  // late: its caller has been told SYS_UNKNOWN [K8, P9]
  }
  if (!is_root(name)) {
    Context* caller = find(next, parent_of(name));
    OpenCall* open = caller == nullptr ? nullptr : caller->find(index_in_parent(name));
    if (system_.budgets.g2 > 0 && (open == nullptr || open->status != CallStatus::kWaiting)) {
      return;  // the other execution answered
    }
    open->status = CallStatus::kInFlight;
    open->outcome = outcome;
    return;
  }
  for (Submission& s : next.submissions) {
    if (user_name(s.user, s.call, s.copy) == name) {
      s.status = Script::kAnswered;
      s.rejected = is_reject(outcome);
      s.result = options_.results ? outcome : Outcome{0};
    }
  }
}

State Oracle::initial() const {
  State state;
  for (const Canister& c : system_.canisters) {
    for (const int value : c.variables) {
      state.variables.push_back(static_cast<std::int16_t>(value));
    }
  }
  state.handles.resize(static_cast<std::size_t>(handles_));
  state.armed.resize(system_.canisters.size());
  state.tasks.resize(system_.canisters.size());
  state.lives.resize(system_.canisters.size());
  state.budgets = system_.budgets;
  state.loads = system_.budgets.snapshots;
  state.time_outs = system_.budgets.d28;
  for (std::size_t u = 0; u < system_.users.size(); ++u) {
    for (std::size_t i = 0; i < system_.users[u].calls.size(); ++i) {
      Submission s;
      s.user = static_cast<std::uint8_t>(u);
      s.call = static_cast<std::uint8_t>(i);
      state.submissions.push_back(s);
    }
  }
  return state;
}

std::string Oracle::serialise(const State& state) const {
  std::string bytes;
  bytes.reserve(256);
  const auto put = [&](int value) { bytes.push_back(static_cast<char>(value)); };
  const auto put_short = [&](int value) {
    put(value & 0xff);
    put(value >> 8 & 0xff);
  };
  const auto put_name = [&](Name name) {
    for (int bit = 0; bit < 64; bit += 16) {
      put_short(static_cast<int>(name >> bit & 0xffff));
    }
  };
  for (const std::int16_t value : state.variables) {
    put_short(value);
  }
  for (const Handle& handle : state.handles) {
    put_name(handle.name);
    put(handle.index);
  }
  for (const std::uint8_t armed : state.armed) {
    put(armed);
  }
  for (const auto& tasks : state.tasks) {
    put(static_cast<int>(tasks.size()));
    for (const std::int8_t task : tasks) {
      put(task);
    }
  }
  put(static_cast<int>(state.submissions.size()));
  for (const Submission& s : state.submissions) {
    if (s.copy > 0) {
      put(100 + s.copy);
    }
    const bool may_matter = system_.users[s.user].order == Order::kThen && s.rejected;
    put(static_cast<int>(s.status) + (may_matter ? 8 : 0));
    put_short(s.result);
  }
  for (const auto& requests : {state.requests, state.copies}) {
    put(static_cast<int>(requests.size()));
    for (const Request& request : requests) {
      put(request.from);
      put(request.to);
      put(request.method);
      put_short(request.argument);
      put_name(request.name);
    }
  }
  put(static_cast<int>(state.expired.size()));
  for (const Name name : state.expired) {
    put_name(name);
  }
  for (const int budget :
       {state.budgets.d7,  state.budgets.d8,        state.budgets.d9,  state.budgets.d13,
        state.budgets.d15, state.budgets.d16,       state.budgets.d17, state.budgets.d18,
        state.budgets.d20, state.budgets.d23,       state.budgets.d24, state.budgets.g2,
        state.budgets.g3,  state.budgets.d28,       state.budgets.d29, state.budgets.d30,
        state.budgets.d31, state.budgets.snapshots, state.loads,       state.time_outs}) {
    put(budget);
  }
  for (const Life& life : state.lives) {
    put(static_cast<int>(life.status) + (life.empty ? 4 : 0) + (life.has_snapshot ? 8 : 0));
    for (const std::int16_t value : life.snapshot) {
      put_short(value);
    }
  }
  put_short(state.executions);
  for (const Context& context : state.contexts) {
    put_name(context.name);
    put(context.ended ? (context.answered ? 2 : 1) + (context.cut_off ? 4 : 0) : 0);
    LiveSet live = ~LiveSet{0};
    int locals = 0;
    int slots = 0;
    if (!context.ended) {
      const Compiled& method = compiled(context.canister, context.method);
      locals = method.code.locals;
      slots = method.code.slots;
      if (options_.keep == Keep::kLive) {
        live = method.live[static_cast<std::size_t>(context.pc)];
      }
      put(context.method);
      put_short(context.pc);
      put_short(context.awaits);
      put_short(context.takes);
      put(context.step);
      put(context.next_index);
      put_short((live & kArgumentBit) != 0 ? context.argument : 0);
      if (options_.keep == Keep::kHistory) {
        put_short(static_cast<int>(context.history.size()));
        bytes += context.history;
      }
    }
    for (int i = 0; i < locals; ++i) {
      if ((live & local_bit(i)) != 0) {
        put_short(context.locals[static_cast<std::size_t>(i)]);
      }
    }
    const auto is_used = [&](const OpenCall& call) {
      if (options_.keep != Keep::kLive || call.takes_slot() || call.index == context.takes) {
        return true;
      }
      for (int i = 0; i < slots; ++i) {
        const Slot& slot = context.slots[static_cast<std::size_t>(i)];
        if ((live & slot_bit(i)) != 0 && slot.kind == Slot::Kind::kSent &&
            slot.index == call.index) {
          return true;
        }
      }
      return false;
    };
    for (int i = 0; i < slots; ++i) {
      if ((live & slot_bit(i)) == 0) {
        continue;
      }
      const Slot& slot = context.slots[static_cast<std::size_t>(i)];
      put(static_cast<int>(slot.kind));
      put(slot.index);
      if (slot.kind == Slot::Kind::kPrepared) {
        put(slot.callee);
        put(slot.method);
        put_short(slot.argument);
        put(slot.bounded ? 1 : 0);
      }
      put_short(slot.outcome);
    }
    for (const OpenCall& call : context.calls) {
      if (!is_used(call)) {
        continue;
      }
      put(call.index);
      put(call.callee);
      put(static_cast<int>(call.status) + (call.silent ? 8 : 0) + (call.deferred ? 16 : 0) +
          (call.bounded ? 32 : 0));
      put_short(call.outcome);
    }
    put(255);
  }
  return bytes;
}

}  // namespace heddle::oracle
