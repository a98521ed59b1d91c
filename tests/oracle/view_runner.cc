// Statements straight against the View: the runner that tests the kernel without the coroutine
// language. Each piece is interpreted from the start of its method; until the await at which the
// context is suspended, the View gives the recorded answers.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <heddle/model/trap.h>
#include <heddle/model/value.h>

#include "oracle/runner.h"

namespace heddle::oracle {

namespace {

constexpr int kSteps = 4000;

struct Thrown {
  Held reject;
};

struct Slot {
  enum class Kind : std::uint8_t { kEmpty, kPrepared, kSent, kFailed };
  Kind kind = Kind::kEmpty;
  CallIndex index = 0;
  Send prepared;
};

Held send_failed() {
  return {-1, RejectCode::kCallError, "the send failed"};
}

Held defer_failed() {
  return {-1, RejectCode::kCallError, "no slot for the Deferred"};
}

class Interpreter {
 public:
  Interpreter(const System& system, int canister, const std::vector<Code>& methods,
              const std::vector<int>& extra, View& view)
      : system_(system),
        canister_(system.canisters[static_cast<std::size_t>(canister)]),
        methods_(methods),
        extra_(extra),
        view_(view) {}

  void run() {
    const PieceInput& input = view_.input();
    enter(static_cast<int>(input.method), decoded(bytes(input.arguments)));
    try {
      while (interpret()) {
      }
      if (view_.suspended() && input.mode == PieceInput::Mode::kCleanup) {
        view_.begin_cleanup();
        run_scopes();
      }
    } catch (const heddle::Trap&) {
      // The view knows.
    }
  }

 private:
  enum class Flow : std::uint8_t { kNext, kJumped, kSuspend, kReplied, kContinue };

  void enter(int method, int argument) {
    if (method >= static_cast<int>(methods_.size())) {
      method = extra_[static_cast<std::size_t>(method) - methods_.size()];
    }
    code_ = &methods_[static_cast<std::size_t>(method)];
    argument_ = argument;
    pc_ = 0;
    locals_.assign(static_cast<std::size_t>(code_->locals), {});
    slots_.assign(static_cast<std::size_t>(code_->slots), {});
  }

  /// True: goes on as another method.
  bool interpret() {
    try {
      for (;;) {
        if (++steps_ > kSteps) {
          throw InvalidSystem("an execution does not end");
        }
        if (pc_ == code_->instructions.size()) {
          view_.reply(intern(0));
          return false;
        }
        switch (execute(code_->instructions[pc_])) {
          case Flow::kNext:
            ++pc_;
            break;
          case Flow::kJumped:
            break;
          case Flow::kContinue:
            return true;
          case Flow::kSuspend:
          case Flow::kReplied:
            return false;
        }
      }
    } catch (const Thrown& thrown) {
      run_scopes();
      view_.reject(thrown.reject.text, thrown.reject.code == RejectCode::kCallError);
      return false;
    }
  }

  std::string_view bytes(ValueId value) { return view_.tables().values[value]; }

  ValueId intern(int value) { return view_.tables().values.intern(encoded(value)); }

  int evaluated(const Expr& expr) const {
    return evaluate(expr, argument_, locals_, system_.modulus);
  }

  void store(int local, Held value) {
    if (local >= 0) {
      locals_[static_cast<std::size_t>(local)] = std::move(value);
    }
  }

  void store(int local, int number) { store(local, Held{number, RejectCode::kNone, ""}); }

  Slot& slot(int index) { return slots_[static_cast<std::size_t>(index)]; }

  Subject variable(int var) const { return {static_cast<std::uint32_t>(var), 0}; }

  Subject handle(int var) const {
    return {
        static_cast<std::uint32_t>(canister_.variables.size()) + static_cast<std::uint32_t>(var),
        0};
  }

  Flow execute(const Statement& s);
  void change(const Statement& s);
  void call(const Statement& s);
  bool send(Slot& target, const Send& request);
  void poll(Slot& target);
  void lose(Slot& target);
  std::optional<Held> await_one(int index, bool now);
  bool await_all(const Statement& s);
  bool await_any(const Statement& s);
  void store_or_throw(const Statement& s, Held value);
  void defer(const Statement& s);
  void resolve(const Statement& s);
  Flow continue_as(const Statement& s);
  Held held(const heddle::Answer& answer);
  void run_scopes();
  void run_scope(const Block& body);

  bool is_motoko() const { return canister_.dialect == Dialect::kMotoko; }

  AwaitMode mode(bool now) const {
    return is_motoko() && !now ? AwaitMode::kCommit : AwaitMode::kNow;
  }

  const System& system_;
  const Canister& canister_;
  const std::vector<Code>& methods_;
  const std::vector<int>& extra_;
  View& view_;
  const Code* code_ = nullptr;
  int argument_ = 0;
  int steps_ = 0;
  std::size_t pc_ = 0;
  Locals locals_;
  std::vector<Slot> slots_;
};

Interpreter::Flow Interpreter::execute(const Statement& s) {
  const CanisterId self = view_.canister();
  switch (s.op) {
    case Op::kSet:
      store(s.local, evaluated(s.expr));
      break;
    case Op::kRead:
      store(s.local, decoded(bytes(view_.read(self, variable(s.var), nullptr))));
      break;
    case Op::kCompare: {
      const int bound = evaluated(s.expr);
      const ValueId told = view_.ask(
          self, variable(s.var),
          [&](ValueId value) {
            return decoded(bytes(value)) < bound ? Tables::kTrue : Tables::kFalse;
          },
          nullptr);
      store(s.local, told == Tables::kTrue ? 1 : 0);
      break;
    }
    case Op::kWrite:
    case Op::kDelta:
      change(s);
      break;
    case Op::kCall:
      call(s);
      break;
    case Op::kAwait: {
      std::optional<Held> outcome = await_one(s.slot, s.now);
      if (!outcome) {
        return Flow::kSuspend;
      }
      store_or_throw(s, *std::move(outcome));
      break;
    }
    case Op::kAwaitAll:
      return await_all(s) ? Flow::kNext : Flow::kSuspend;
    case Op::kAwaitAny:
      return await_any(s) ? Flow::kNext : Flow::kSuspend;
    case Op::kThrow:
      throw Thrown{{-1, RejectCode::kCanisterReject, fmt::format("r{}", s.amount)}};
    case Op::kTrap:
      view_.trap("trapped");
    case Op::kTrapIf:
      if (passes(s, locals_)) {
        view_.trap("trapped");
      }
      break;
    case Op::kSetTimer:
      view_.set_timer(1);
      break;
    case Op::kReturn: {
      const int value = evaluated(s.expr);
      run_scopes();
      view_.reply(intern(value));
      return Flow::kReplied;
    }
    case Op::kContinueAs:
      return continue_as(s);
    case Op::kDefer:
      defer(s);
      break;
    case Op::kResolve:
      resolve(s);
      break;
    case Op::kJump:
      pc_ = static_cast<std::size_t>(s.target);
      return Flow::kJumped;
    case Op::kUnless:
      if (!passes(s, locals_)) {
        pc_ = static_cast<std::size_t>(s.target);
        return Flow::kJumped;
      }
      break;
    case Op::kLoopStart:
      store(s.local, s.amount);
      break;
    case Op::kLoopNext:
      if (--locals_[static_cast<std::size_t>(s.local)].number > 0) {
        pc_ = static_cast<std::size_t>(s.target);
        return Flow::kJumped;
      }
      break;
    case Op::kLeave:
      run_scope(s.otherwise);
      break;
    case Op::kEnter:
    case Op::kIf:
    case Op::kLoop:
    case Op::kScope:
      break;
  }
  return Flow::kNext;
}

void Interpreter::change(const Statement& s) {
  const CanisterId self = view_.canister();
  if (s.op == Op::kWrite) {
    view_.write(self, variable(s.var), intern(evaluated(s.expr)), nullptr);
    return;
  }
  view_.modify(
      self, variable(s.var),
      [&](ValueId before) {
        const int after = decoded(bytes(before)) + s.amount;
        if (after < 0) {
          throw heddle::Trap("below zero");
        }
        if (after > 30'000) {
          throw InvalidSystem("a variable grows without bound");
        }
        return intern(after);
      },
      nullptr);
}

bool Interpreter::send(Slot& target, const Send& request) {
  target = {};
  const std::optional<CallIndex> index = view_.send(request);
  if (index) {
    target.kind = Slot::Kind::kSent;
    target.index = *index;
  }
  return index.has_value();
}

void Interpreter::call(const Statement& s) {
  Send request;
  const auto count = static_cast<int>(system_.canisters.size());
  if (s.callee < count) {
    request.callee = static_cast<CanisterId>(s.callee);
    const Canister& callee = system_.canisters[static_cast<std::size_t>(s.callee)];
    const auto methods = callee.is_environment() ? 1 : static_cast<int>(callee.methods.size());
    request.method = s.method < methods ? static_cast<MethodId>(s.method) : Send::kNoMethod;
  }
  request.arguments = intern(evaluated(s.expr));
  if (s.bounded) {
    request.timeout = kTimeout;
  }
  Slot& target = slot(s.slot);
  lose(target);
  if (!is_motoko()) {  // sent at the first poll [U1]
    target.kind = Slot::Kind::kPrepared;
    target.prepared = request;
    if (!s.throws) {
      store(s.local, 0);
    }
    return;
  }
  const bool sent = send(target, request);  // [M1]
  if (!sent && s.throws) {
    throw Thrown{send_failed()};  // [M2]
  }
  if (!s.throws) {
    store(s.local, sent ? Held{} : send_failed());
  }
}

void Interpreter::poll(Slot& target) {
  if (target.kind == Slot::Kind::kPrepared && !send(target, Send(target.prepared))) {
    target.kind = Slot::Kind::kFailed;  // [U2]
  }
}

/// What the slot holds can no longer be awaited.
void Interpreter::lose(Slot& target) {
  if (target.kind == Slot::Kind::kSent) {
    view_.release(target.index);
  }
  target = {};
}

Held Interpreter::held(const heddle::Answer& answer) {
  const std::string_view content = bytes(answer.value);
  if (answer.replied && content == kUndecodable) {
    if (view_.dialect() == heddle::Dialect::kMotoko) {
      view_.trap("the reply cannot be decoded", true);
    }
    return Held{-1, RejectCode::kDecodeFailed, "the reply cannot be decoded"};
  }
  return answer.replied ? Held{decoded(content), RejectCode::kNone, ""}
                        : Held{-1, answer.code, std::string(content)};
}

/// Nothing: the code suspends.
std::optional<Held> Interpreter::await_one(int index, bool now) {
  Slot& source = slot(index);
  poll(source);
  const Slot awaited = std::exchange(source, {});
  switch (awaited.kind) {
    case Slot::Kind::kSent:
      if (!view_.await(Await::Kind::kOne, {awaited.index}, mode(now), {})) {
        return std::nullopt;
      }
      return held(view_.answers().front());
    case Slot::Kind::kFailed:
      return send_failed();
    default:
      return nothing_there();
  }
}

bool Interpreter::await_all(const Statement& s) {
  const std::size_t count = std::min(s.slots.size(), s.locals.size());
  if (is_motoko()) {
    for (std::size_t i = 0; i < count; ++i) {
      std::optional<Held> outcome = await_one(s.slots[i], s.now);
      if (!outcome) {
        return false;
      }
      store(s.locals[i], *std::move(outcome));
    }
    return true;
  }
  std::vector<CallIndex> calls;
  for (std::size_t i = 0; i < count; ++i) {
    Slot& source = slot(s.slots[i]);
    poll(source);
    if (source.kind == Slot::Kind::kSent && std::ranges::count(calls, source.index) == 0) {
      calls.push_back(source.index);
    }
  }
  if (!calls.empty() && !view_.await(Await::Kind::kAll, calls, AwaitMode::kNow, {})) {
    return false;
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Slot source = std::exchange(slot(s.slots[i]), {});
    store(s.locals[i], source.kind == Slot::Kind::kSent     ? held(view_.answers()[next++])
                       : source.kind == Slot::Kind::kFailed ? send_failed()
                                                            : nothing_there());
  }
  return true;
}

bool Interpreter::await_any(const Statement& s) {
  std::vector<CallIndex> calls;
  std::optional<std::size_t> failed;
  for (std::size_t i = 0; i < s.slots.size(); ++i) {
    Slot& source = slot(s.slots[i]);
    poll(source);
    if (source.kind == Slot::Kind::kSent && !failed) {
      calls.push_back(source.index);
    } else if (source.kind == Slot::Kind::kFailed && !failed) {
      failed = i;
    }
  }
  if (failed) {  // complete from the start, so only what stands before it could come first
    std::erase_if(calls, [&](CallIndex call) { return !view_.is_complete(call); });
  }
  if (calls.empty()) {
    store(s.local, failed ? send_failed() : nothing_there());
    store(s.second_local, static_cast<int>(failed.value_or(0)));
    if (failed) {
      slot(s.slots[*failed]) = {};
    }
    return true;
  }
  if (!view_.await(Await::Kind::kAny, calls, mode(s.now), {})) {
    return false;
  }
  for (std::size_t i = 0; i < s.slots.size(); ++i) {
    Slot& source = slot(s.slots[i]);
    if (source.kind == Slot::Kind::kSent && source.index == view_.resumed_call()) {
      source = {};
      store(s.local, held(view_.answers().front()));
      store(s.second_local, static_cast<int>(i));
      break;
    }
  }
  return true;
}

void Interpreter::store_or_throw(const Statement& s, Held value) {
  store(s.local, value);
  if (s.throws && value.code != RejectCode::kNone) {
    throw Thrown{std::move(value)};
  }
}

void Interpreter::defer(const Statement& s) {
  Slot& target = slot(s.slot);
  lose(target);
  const std::optional<DeferredHandle> made = view_.defer({});
  if (made) {
    target.kind = Slot::Kind::kSent;
    target.index = made->index;
    view_.write(view_.canister(), handle(s.var), view_.tables().values.intern(made->to_bytes()),
                nullptr);
  } else if (s.throws) {
    throw Thrown{defer_failed()};
  }
  if (!s.throws) {
    store(s.local, made ? Held{} : defer_failed());
  }
}

void Interpreter::resolve(const Statement& s) {
  const CanisterId self = view_.canister();
  const ValueId target = view_.read(self, handle(s.var), nullptr);
  if (DeferredHandle::from_bytes(bytes(target)).context.empty()) {
    return;
  }
  view_.resolve(target, {true, RejectCode::kNone, intern(evaluated(s.expr))});
  if (!s.keep) {
    view_.write(self, handle(s.var), view_.tables().values.intern(DeferredHandle{}.to_bytes()),
                nullptr);
  }
}

Interpreter::Flow Interpreter::continue_as(const Statement& s) {
  const int argument = evaluated(s.expr);
  run_scopes();
  if (s.method >= static_cast<int>(methods_.size())) {
    view_.trap("no such method");
  }
  view_.continue_as(static_cast<MethodId>(s.method), intern(argument));
  enter(s.method, argument);
  return Flow::kContinue;
}

/// The finally bodies around the program counter, innermost first.
void Interpreter::run_scopes() {
  const std::vector<int>& scopes = code_->open_scopes[pc_];
  for (auto enter = scopes.rbegin(); enter != scopes.rend(); ++enter) {
    run_scope(code_->instructions[static_cast<std::size_t>(*enter)].otherwise);
  }
}

void Interpreter::run_scope(const Block& body) {
  for (const Statement& s : body) {
    if (s.op == Op::kWrite || s.op == Op::kDelta) {
      change(s);
    }
  }
}

class ViewProgram : public Program {
 public:
  ViewProgram(const System& system, int canister) : system_(system), canister_(canister) {
    const Canister& source = system_.canisters[static_cast<std::size_t>(canister)];
    info_.type_name = "ViewProgram";
    info_.dialect =
        source.dialect == Dialect::kMotoko ? heddle::Dialect::kMotoko : heddle::Dialect::kRust;
    for (std::size_t m = 0; m < source.methods.size(); ++m) {
      methods_.push_back(flatten(source.methods[m].body));
      info_.methods.push_back({fmt::format("{}{}", source.methods[m].query ? 'q' : 'm', m),
                               source.methods[m].query ? MethodKind::kQuery : MethodKind::kUpdate,
                               {},
                               {}});
    }
    if (source.is_environment()) {
      info_.methods.push_back({"m0", MethodKind::kUpdate, {}, {}});
    }
    const auto add = [this](int method, const char* name, MethodKind kind) {
      if (method >= 0) {
        info_.methods.push_back({name, kind, {}, {}});
        extra_.push_back(method);
      }
    };
    add(source.timer_method, "timer", MethodKind::kTimer);
    add(source.heartbeat_method, "heartbeat", MethodKind::kHeartbeat);
    add(source.pre_upgrade, "before_upgrade", MethodKind::kPreUpgrade);
    add(source.post_upgrade, "after_upgrade", MethodKind::kPostUpgrade);
    for (std::size_t v = 0; v < source.variables.size(); ++v) {
      info_.variables.push_back(
          {fmt::format("x{}", v), false, encoded(source.variables[v]), {}, {}, {}});
      info_.variables.back().is_stable =
          std::ranges::find(source.transient, static_cast<int>(v)) == source.transient.end();
    }
    for (int h = 0; h < source.handles; ++h) {
      info_.variables.push_back(
          {fmt::format("h{}", h), false, DeferredHandle{}.to_bytes(), {}, {}, {}});
    }
  }

  const ProgramInfo& info() const override { return info_; }

  void run(View& view) override {
    const View::Scope scope(&view);
    Interpreter(system_, canister_, methods_, extra_, view).run();
  }

  void grant_management() override { add_management(info_); }

 private:
  System system_;
  int canister_;
  std::vector<Code> methods_;
  std::vector<int> extra_;  ///< methods that run as tasks or in upgrades, by what they are there
  ProgramInfo info_;
};

}  // namespace

std::vector<std::shared_ptr<Program>> make_view_programs(const System& system) {
  std::vector<std::shared_ptr<Program>> programs;
  for (std::size_t c = 0; c < system.canisters.size(); ++c) {
    programs.push_back(std::make_shared<ViewProgram>(system, static_cast<int>(c)));
  }
  return programs;
}

}  // namespace heddle::oracle
