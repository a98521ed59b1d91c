// Statements in the language for canisters, as a user would write them: Vars, calls, awaits,
// combinators, guards, Deferreds. The program is data, so what a user writes as blocks are Stars
// here.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <heddle/model/language.h>

#include "oracle/runner.h"

namespace heddle::oracle {

namespace {

constexpr std::size_t kMethods = 10;

/// What becomes of a method after a statement.
enum class Flow : std::uint8_t { kNext, kReplied, kContinues };

/// The locals of one call of a method.
struct Activation {
  const Method* method = nullptr;
  int argument = 0;
  Locals locals;
  std::vector<std::optional<Future<Nat>>> futures;
  int result = 0;        ///< kReplied
  int continuation = 0;  ///< kContinues: the method, whose argument is `result`
};

Activation activation(const Method& method, int argument) {
  const Code code = flatten(method.body);
  Activation made;
  made.method = &method;
  made.argument = argument;
  made.locals.resize(static_cast<std::size_t>(code.locals));
  made.futures.resize(static_cast<std::size_t>(code.slots));
  return made;
}

Held held(const Outcome<Nat>& outcome) {
  return outcome.replied() ? Held{static_cast<int>(*outcome), RejectCode::kNone, ""}
                           : Held{-1, outcome.reject().code, outcome.reject().text};
}

void store(Activation& run, int local, Held value) {
  if (local >= 0) {
    run.locals[static_cast<std::size_t>(local)] = std::move(value);
  }
}

void store(Activation& run, int local, int number) {
  store(run, local, Held{number, RejectCode::kNone, ""});
}

/// The code of a canister, which is no value: it does not count as what the canister is made from.
class InstalledCode {
 public:
  InstalledCode(std::shared_ptr<const System> system, std::size_t index)
      : system_(std::move(system)), index_(index) {}

  [[nodiscard]] const std::shared_ptr<const System>& system() const { return system_; }

  [[nodiscard]] const Canister& canister() const { return system_->canisters[index_]; }

 private:
  std::shared_ptr<const System> system_;
  std::size_t index_;
};

/// Whom a canister's code calls, as it would be given handles of them.
std::vector<AnyRef> callees(const Canister& canister) {
  std::vector<AnyRef> called;
  for (const Method& method : canister.methods) {
    for_each_statement(method.body, [&](const Statement& statement) {
      if (statement.op == Op::kCall) {
        called.emplace_back(static_cast<CanisterId>(statement.callee));
      }
    });
  }
  return called;
}

/// The canister in the dialect of `Base`.
template <class Base>
class Interpreter : public Base {
 public:
  Interpreter(const InstalledCode& code, const std::vector<AnyRef>& /*callees*/)
      : system_(code.system()), canister_(code.canister()) {
    for (std::size_t v = 0; v < canister_.variables.size(); ++v) {
      variables_.push_back(std::make_unique<Var<Nat>>(
          this, fmt::format("x{}", v), Nat(canister_.variables[v]),
          std::ranges::find(canister_.transient, static_cast<int>(v)) == canister_.transient.end()
              ? stable
              : transient));
    }
    for (int h = 0; h < canister_.handles; ++h) {
      handles_.push_back(std::make_unique<Var<Deferred<Nat>>>(this, fmt::format("h{}", h)));
    }
  }

  Update<Nat> m0(Nat argument) { return update(0, std::move(argument)); }

  Update<Nat> m1(Nat argument) { return update(1, std::move(argument)); }

  Update<Nat> m2(Nat argument) { return update(2, std::move(argument)); }

  Update<Nat> m3(Nat argument) { return update(3, std::move(argument)); }

  Update<Nat> m4(Nat argument) { return update(4, std::move(argument)); }

  Update<Nat> m5(Nat argument) { return update(5, std::move(argument)); }

  Update<Nat> m6(Nat argument) { return update(6, std::move(argument)); }

  Update<Nat> m7(Nat argument) { return update(7, std::move(argument)); }

  Update<Nat> m8(Nat argument) { return update(8, std::move(argument)); }

  Update<Nat> m9(Nat argument) { return update(9, std::move(argument)); }

  Query<Nat> q0(Nat argument) { return query(0, std::move(argument)); }

  Query<Nat> q1(Nat argument) { return query(1, std::move(argument)); }

  Query<Nat> q2(Nat argument) { return query(2, std::move(argument)); }

  Query<Nat> q3(Nat argument) { return query(3, std::move(argument)); }

  Query<Nat> q4(Nat argument) { return query(4, std::move(argument)); }

  Query<Nat> q5(Nat argument) { return query(5, std::move(argument)); }

  Query<Nat> q6(Nat argument) { return query(6, std::move(argument)); }

  Query<Nat> q7(Nat argument) { return query(7, std::move(argument)); }

  Query<Nat> q8(Nat argument) { return query(8, std::move(argument)); }

  Query<Nat> q9(Nat argument) { return query(9, std::move(argument)); }

  TimerTask timer() {
    Activation run = activation(at(canister_.timer_method), 0);
    co_await block(run, run.method->body);
  }

  HeartbeatTask heartbeat() {
    Activation run = activation(at(canister_.heartbeat_method), 0);
    co_await block(run, run.method->body);
  }

  PreUpgrade before_upgrade() {
    Activation run =
        activation(canister_.pre_upgrade < 0 ? nothing_ : at(canister_.pre_upgrade), 0);
    co_await block(run, run.method->body);
  }

  PostUpgrade after_upgrade() {
    Activation run =
        activation(canister_.post_upgrade < 0 ? nothing_ : at(canister_.post_upgrade), 0);
    co_await block(run, run.method->body);
  }

 private:
  using Sendable = Update<Nat> (Interpreter::*)(Nat);

  static constexpr bool kIsMotoko = std::is_same_v<Base, heddle::Canister>;

  static constexpr std::array<Sendable, kMethods> kUpdates = {
      &Interpreter::m0, &Interpreter::m1, &Interpreter::m2, &Interpreter::m3, &Interpreter::m4,
      &Interpreter::m5, &Interpreter::m6, &Interpreter::m7, &Interpreter::m8, &Interpreter::m9};

  const Method& at(int method) const { return canister_.methods[static_cast<std::size_t>(method)]; }

  Update<Nat> update(int method, Nat argument) {
    Activation run = activation(at(method), static_cast<int>(argument));
    const Flow end = co_await block(run, run.method->body);
    if (end == Flow::kContinues) {
      const Sendable target = kUpdates[static_cast<std::size_t>(run.continuation)];
      co_return continue_as(target, Nat(run.result));
    }
    co_return Nat(run.result);
  }

  Query<Nat> query(int method, Nat argument) {
    Activation run = activation(at(method), static_cast<int>(argument));
    co_await block(run, run.method->body);
    co_return Nat(run.result);
  }

  int value(const Activation& run, const Expr& expr) const {
    return evaluate(expr, run.argument, run.locals, system_->modulus);
  }

  Star<Flow> block(Activation& run, const Block& statements) {
    for (const Statement& s : statements) {
      Flow flow = Flow::kNext;
      switch (s.op) {
        case Op::kAwait:
          co_await await_one(run, s);
          break;
        case Op::kAwaitAll:
          co_await await_all(run, s);
          break;
        case Op::kAwaitAny:
          co_await await_any(run, s);
          break;
        case Op::kIf: {
          const Block& branch = passes(s, run.locals) ? s.body : s.otherwise;
          flow = co_await block(run, branch);
          break;
        }
        case Op::kLoop:
          for (int i = 0; i < s.amount && flow == Flow::kNext; ++i) {
            flow = co_await block(run, s.body);
          }
          break;
        case Op::kScope:
          flow = co_await scope(run, s);
          break;
        default:
          flow = at_once(run, s);
      }
      if (flow != Flow::kNext) {
        co_return flow;
      }
    }
    co_return Flow::kNext;
  }

  /// In Rust a guard is a destructor [U8].
  class Guard {
   public:
    Guard(Interpreter& canister, const Activation& run, const Block& body)
        : canister_(canister), run_(run), body_(body) {}

    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    ~Guard() noexcept(false) { canister_.change_all(run_, body_); }

   private:
    Interpreter& canister_;
    const Activation& run_;
    const Block& body_;
  };

  Star<Flow> scope(Activation& run, const Statement& s) {
    if constexpr (kIsMotoko) {
      const auto guard = finally([&] { change_all(run, s.otherwise); });
      const Flow flow = co_await block(run, s.body);
      co_return flow;
    } else {
      const Guard guard(*this, run, s.otherwise);
      const Flow flow = co_await block(run, s.body);
      co_return flow;
    }
  }

  void change_all(const Activation& run, const Block& body) {
    for (const Statement& s : body) {
      if (s.op == Op::kWrite || s.op == Op::kDelta) {
        change(run, s);
      }
    }
  }

  void change(const Activation& run, const Statement& s) {
    Var<Nat>& variable = *variables_[static_cast<std::size_t>(s.var)];
    if (s.op == Op::kWrite) {
      variable = Nat(value(run, s.expr));
    } else if (s.amount >= 0) {
      variable += Nat(s.amount);
    } else {
      variable -= Nat(-s.amount);
    }
  }

  Flow at_once(Activation& run, const Statement& s) {
    switch (s.op) {
      case Op::kSet:
        store(run, s.local, value(run, s.expr));
        break;
      case Op::kRead: {
        const Nat now = *variables_[static_cast<std::size_t>(s.var)];
        store(run, s.local, static_cast<int>(now));
        break;
      }
      case Op::kCompare: {
        const bool less = *variables_[static_cast<std::size_t>(s.var)] < Nat(value(run, s.expr));
        store(run, s.local, less ? 1 : 0);
        break;
      }
      case Op::kWrite:
      case Op::kDelta:
        change(run, s);
        break;
      case Op::kCall:
        send(run, s);
        break;
      case Op::kThrow:
        throw Reject(fmt::format("r{}", s.amount));
      case Op::kTrap:
        heddle::trap("trapped");
      case Op::kTrapIf:
        if (passes(s, run.locals)) {
          heddle::trap("trapped");
        }
        break;
      case Op::kSetTimer:
        Base::set_timer();
        break;
      case Op::kReturn:
        run.result = value(run, s.expr);
        return Flow::kReplied;
      case Op::kContinueAs:
        run.result = value(run, s.expr);
        run.continuation = s.method;
        return Flow::kContinues;
      case Op::kDefer:
        defer(run, s);
        break;
      case Op::kResolve:
        resolve(run, s);
        break;
      default:
        break;  // flat code only
    }
    return Flow::kNext;
  }

  std::optional<Future<Nat>>& future(Activation& run, int slot) {
    return run.futures[static_cast<std::size_t>(slot)];
  }

  Future<Nat> call_method(const Statement& s, int argument) {
    const auto c = static_cast<std::size_t>(s.callee);
    const auto m = static_cast<std::size_t>(s.method);
    const bool exists = c < system_->canisters.size() && m < system_->canisters[c].methods.size();
    if (exists && !system_->canisters[c].methods[m].query) {
      return call_typed(c, kUpdates[m], argument, s.bounded);
    }
    // By name: queries, and what does not exist.
    const std::string name = exists ? fmt::format("q{}", m) : "nothing";
    return s.bounded ? call<Nat>(with_timeout(canister_principal(c), kTimeout), name, Nat(argument))
                     : call<Nat>(canister_principal(c), name, Nat(argument));
  }

  /// By the table of one of the classes below; the names are the same in all.
  Future<Nat> call_typed(std::size_t callee, Sendable method, int argument, bool bounded);

  void send(Activation& run, const Statement& s) {
    std::optional<Future<Nat>>& target = future(run, s.slot);
    target.reset();
    const int argument = value(run, s.expr);
    if (s.throws) {
      target = call_method(s, argument);
      return;
    }
    try {
      target = call_method(s, argument);
      store(run, s.local, 0);
    } catch (const Reject& failed) {
      store(run, s.local, held(failed));
    }
  }

  Star<> await_one(Activation& run, const Statement& s) {
    std::optional<Future<Nat>> awaited = std::exchange(future(run, s.slot), std::nullopt);
    if (!awaited) {
      store(run, s.local, nothing_there());
      co_return;
    }
    if (!s.throws) {
      if (s.now) {
        const Outcome<Nat> got = co_await outcome(await_now(*awaited));
        store(run, s.local, held(got));
      } else {
        const Outcome<Nat> got = co_await outcome(*awaited);
        store(run, s.local, held(got));
      }
      co_return;
    }
    try {
      if (s.now) {
        const Nat got = co_await await_now(*awaited);
        store(run, s.local, static_cast<int>(got));
      } else {
        const Nat got = co_await *awaited;
        store(run, s.local, static_cast<int>(got));
      }
    } catch (const Reject& reject) {
      store(run, s.local, held(reject));
      throw;
    }
  }

  /// Takes the futures that there are out of their variables; also which variables those were.
  std::pair<std::vector<Future<Nat>>, std::vector<std::size_t>> taken(Activation& run,
                                                                      const std::vector<int>& slots,
                                                                      std::size_t count) {
    std::pair<std::vector<Future<Nat>>, std::vector<std::size_t>> result;
    for (std::size_t i = 0; i < count; ++i) {
      std::optional<Future<Nat>>& source = future(run, slots[i]);
      if (source) {
        result.first.push_back(*std::move(source));
        result.second.push_back(i);
        source.reset();
      }
    }
    return result;
  }

  Star<> await_all(Activation& run, const Statement& s) {
    const std::size_t count = std::min(s.slots.size(), s.locals.size());
    auto [futures, places] = taken(run, s.slots, count);
    std::vector<Held> outcomes(count, nothing_there());
    if (!futures.empty()) {
      const std::vector<Outcome<Nat>> got = co_await all_settled(futures);
      for (std::size_t i = 0; i < got.size(); ++i) {
        outcomes[places[i]] = held(got[i]);
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      store(run, s.locals[i], outcomes[i]);
    }
  }

  Star<> await_any(Activation& run, const Statement& s) {
    auto [futures, places] = taken(run, s.slots, s.slots.size());
    if (futures.empty()) {
      store(run, s.local, nothing_there());
      store(run, s.second_local, 0);
      co_return;
    }
    const First<Outcome<Nat>> first = co_await any_settled(futures);
    for (std::size_t i = 0; i < futures.size(); ++i) {
      if (i != first.index) {
        future(run, s.slots[places[i]]) = std::move(futures[i]);
      }
    }
    store(run, s.local, held(first.value));
    store(run, s.second_local, static_cast<int>(places[first.index]));
  }

  void defer(Activation& run, const Statement& s) {
    std::optional<Future<Nat>>& target = future(run, s.slot);
    target.reset();
    try {
      const Deferred<Nat> made = make_deferred<Nat>();
      target = made.future();
      *handles_[static_cast<std::size_t>(s.var)] = made;
      if (!s.throws) {
        store(run, s.local, 0);
      }
    } catch (const Reject& failed) {
      if (s.throws) {
        throw;
      }
      store(run, s.local, held(failed));
    }
  }

  void resolve(Activation& run, const Statement& s) {
    Var<Deferred<Nat>>& variable = *handles_[static_cast<std::size_t>(s.var)];
    const Deferred<Nat> target = variable;
    if (target == Deferred<Nat>()) {
      return;
    }
    target.resolve(Nat(value(run, s.expr)));
    if (!s.keep) {
      variable = Deferred<Nat>();
    }
  }

  const std::shared_ptr<const System> system_;
  const Canister& canister_;
  const Method nothing_;
  std::vector<std::unique_ptr<Var<Nat>>> variables_;
  std::vector<std::unique_ptr<Var<Deferred<Nat>>>> handles_;
};

#define LISTED(Type, ...)                                                                       \
  HEDDLE_CANISTER(Type, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, q0, q1, q2, q3, q4, q5, q6, q7, \
                  q8, q9 __VA_OPT__(, ) __VA_ARGS__)

/// Which system tasks a canister exports is a matter of its class.
template <class Base>
class Plain : public Interpreter<Base> {
 public:
  using Interpreter<Base>::Interpreter;
  LISTED(Plain)
};

template <class Base>
class Timed : public Interpreter<Base> {
 public:
  using Interpreter<Base>::Interpreter;
  LISTED(Timed, timer)
};

template <class Base>
class Beating : public Interpreter<Base> {
 public:
  using Interpreter<Base>::Interpreter;
  LISTED(Beating, heartbeat)
};

template <class Base>
class Both : public Interpreter<Base> {
 public:
  using Interpreter<Base>::Interpreter;
  LISTED(Both, timer, heartbeat)
};

template <class Base>
class Upgraded : public Interpreter<Base> {
 public:
  using Interpreter<Base>::Interpreter;
  LISTED(Upgraded, before_upgrade, after_upgrade)
};

#undef LISTED

template <class Base>
Future<Nat> Interpreter<Base>::call_typed(std::size_t callee, Sendable method, int argument,
                                          bool bounded) {
  const Ref<Plain<Base>> whom(static_cast<CanisterId>(callee));
  return bounded ? call(with_timeout(whom, kTimeout), method, Nat(argument))
                 : call(whom, method, Nat(argument));
}

template <class Base>
std::shared_ptr<CoroutineProgram> make(const std::shared_ptr<const System>& system,
                                       std::size_t index) {
  const Canister& canister = system->canisters[index];
  const auto id = static_cast<CanisterId>(index);
  const std::string name = canister_name(index);
  const InstalledCode code(system, index);
  const std::vector<AnyRef> called = callees(canister);
  const bool timer = canister.timer_method >= 0;
  const bool heartbeat = canister.heartbeat_method >= 0;
  if (canister.pre_upgrade >= 0 || canister.post_upgrade >= 0) {
    if (timer || heartbeat) {
      throw InvalidSystem("tasks beside an upgrade's code have no class");
    }
    return make_program<Upgraded<Base>>(id, name, code, called);
  }
  return timer && heartbeat ? make_program<Both<Base>>(id, name, code, called)
         : timer            ? make_program<Timed<Base>>(id, name, code, called)
         : heartbeat        ? make_program<Beating<Base>>(id, name, code, called)
                            : make_program<Plain<Base>>(id, name, code, called);
}

/// Throws for what has no translation: too many methods, a task that goes on as a method (their
/// replies differ), a method that goes on as what does not exist.
void check(const Canister& canister) {
  if (canister.methods.size() > kMethods) {
    throw InvalidSystem("too many methods");
  }
  for (std::size_t m = 0; m < canister.methods.size(); ++m) {
    const bool is_task = static_cast<int>(m) == canister.timer_method ||
                         static_cast<int>(m) == canister.heartbeat_method;
    for_each_statement(canister.methods[m].body, [&](const Statement& s) {
      if (s.op == Op::kContinueAs &&
          (is_task || s.method >= static_cast<int>(canister.methods.size()))) {
        throw InvalidSystem("continue_as that would not compile");
      }
    });
  }
}

}  // namespace

std::vector<std::shared_ptr<Program>> make_coroutine_programs(const System& system, bool replayed) {
  const auto shared = std::make_shared<const System>(system);
  std::vector<std::shared_ptr<CoroutineProgram>> programs;
  Directory directory;
  for (std::size_t c = 0; c < system.canisters.size(); ++c) {
    check(system.canisters[c]);
    programs.push_back(system.canisters[c].dialect == Dialect::kMotoko
                           ? make<heddle::Canister>(shared, c)
                           : make<RustCanister>(shared, c));
    directory.names.push_back(canister_name(c));
    directory.principals.push_back(canister_principal(c));
    directory.infos.push_back(&programs.back()->info());
  }
  const auto known = std::make_shared<const Directory>(std::move(directory));
  for (const auto& program : programs) {
    program->connect(known);
    if (replayed) {
      program->set_options({.frames_max = 0});
    }
  }
  return {programs.begin(), programs.end()};
}

}  // namespace heddle::oracle
