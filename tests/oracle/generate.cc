#include "generate.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace heddle::oracle {

std::uint64_t Random::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

namespace {

/// Where a method stands: it calls only what is ranked below it.
struct Ranked {
  int canister;
  int method;
};

/// Makes the body of one method.
class MethodMaker {
 public:
  MethodMaker(Random& random, const System& system, int canister, std::vector<Ranked> callees)
      : random_(random), system_(system), canister_(canister), callees_(std::move(callees)) {}

  Block leaf() {
    Block body;
    const int shape = random_.below(6);
    if (shape == 0) {  // a ledger: enough there, or a reject
      const int variable = var();
      const int amount = random_.between(1, 2);
      const int enough = fresh();
      body = {compare(variable, constant(amount), enough),
              if_positive(enough, {random_.percent(70) ? throw_reject(random_.below(3)) : trap()}),
              delta(variable, -amount)};
    } else if (shape == 1) {
      body = {delta(var(), random_.percent(60) ? 1 : -1)};
    } else if (shape == 2) {
      body = {write(var(), expr())};
    } else {
      add_local_statements(body, random_.between(1, 3));
    }
    maybe_return(body, 60);
    return body;
  }

  Block caller() {
    Block body;
    add_local_statements(body, random_.below(2));
    switch (random_.below(8)) {
      case 0:
      case 7:
        guarded(body);
        break;
      case 1:
        write_back(body);
        break;
      case 2:
      case 3:
        parallel(body);
        break;
      case 4:
        combined(body);
        break;
      case 5:
        sequential(body);
        break;
      default:
        looped(body);
        break;
    }
    if (random_.percent(15)) {
      body.push_back(make_call(fresh_slot()));  // nobody awaits it
    }
    add_local_statements(body, random_.below(2));
    maybe_return(body, 70);
    return body;
  }

  /// Waits for a Deferred that another method resolves.
  Block waiter(int handle) {
    const int slot = fresh_slot();
    Block body = {defer(slot, handle)};
    if (random_.percent(60)) {
      sequential(body);
    }
    body.push_back(make_await(slot));
    add_local_statements(body, random_.between(1, 2));
    maybe_return(body, 70);
    return body;
  }

  Block resolver(int handle) {
    Block body = {resolve(handle, expr())};
    body[0].keep = random_.percent(30);
    if (random_.percent(30)) {
      body.push_back(trap_if(look(body)));
    }
    return body;
  }

  Block query() {
    Block body;
    look(body);
    if (random_.percent(30)) {
      body.push_back(delta(var(), 1));  // discarded
    }
    maybe_return(body, 100);
    return body;
  }

 private:
  int fresh() { return locals_ < 16 ? locals_++ : random_.below(16); }

  int fresh_slot() { return slots_ < 8 ? slots_++ : random_.below(8); }

  int var() {
    const auto& variables = system_.canisters[static_cast<std::size_t>(canister_)].variables;
    return random_.below(static_cast<int>(variables.size()));
  }

  Expr expr() {
    switch (random_.below(4)) {
      case 0:
        return argument(random_.below(2));
      case 1:
        return locals_ > 0 ? local(random_.below(locals_), random_.below(2)) : argument();
      case 2:
        return locals_ > 0 ? counted(random_.below(locals_), random_.below(locals_)) : constant(2);
      default:
        return constant(random_.below(4));
    }
  }

  /// Observes a variable; the local.
  int look(Block& body) {
    const int target = fresh();
    body.push_back(random_.percent(50) ? read(var(), target)
                                       : compare(var(), constant(random_.between(1, 3)), target));
    return target;
  }

  void add_local_statements(Block& body, int count) {
    for (int i = 0; i < count; ++i) {
      switch (random_.below(7)) {
        case 0:
          look(body);
          break;
        case 1:
        case 2:
          body.push_back(write(var(), expr()));
          break;
        case 3:
        case 4:
          body.push_back(delta(var(), random_.percent(65) ? 1 : -1));
          break;
        case 5: {
          const int tested = look(body);
          Block inner;
          inner.push_back(random_.percent(30)   ? throw_reject(random_.below(3))
                          : random_.percent(20) ? trap()
                                                : delta(var(), 1));
          Block otherwise;
          if (random_.percent(40)) {
            otherwise.push_back(write(var(), expr()));
          }
          body.push_back(if_positive(tested, inner, otherwise));
          break;
        }
        default:
          if (random_.percent(30)) {
            body.push_back(trap_if(look(body)));
          } else {
            body.push_back(delta(var(), 1));
          }
      }
    }
  }

  Statement make_call(int slot) {
    const Ranked& callee =
        callees_[static_cast<std::size_t>(random_.below(static_cast<int>(callees_.size())))];
    int target = callee.canister;
    int method = callee.method;
    if (random_.percent(2)) {
      target = 9;
    } else if (random_.percent(2)) {
      method = 20;
    }
    if (random_.percent(70)) {
      return call(slot, target, method, expr());
    }
    const Expr sent = expr();
    return try_call(slot, target, method, sent, fresh());
  }

  Statement make_await(int slot) {
    Statement statement = random_.percent(50) ? await(slot, fresh()) : outcome(slot, fresh());
    statement.now = random_.percent(20);
    return statement;
  }

  void after_await(Block& body) {
    if (random_.percent(18)) {
      body.push_back(random_.percent(50) ? trap_if(look(body)) : delta(var(), -1));
    } else if (random_.percent(5)) {
      body.push_back(trap());
    } else if (random_.percent(50)) {
      add_local_statements(body, 1);
    }
  }

  void guarded(Block& body) {
    const int lock = var();
    if (random_.percent(60)) {
      const int free = fresh();
      body.push_back(compare(lock, constant(1), free));
      body.push_back(if_positive(free, {}, {throw_reject(0)}));
    }
    body.push_back(write(lock, constant(1)));
    Block inner;
    switch (random_.below(3)) {
      case 0:
        sequential(inner);
        break;
      case 1:
        parallel(inner);
        break;
      default:
        write_back(inner);
    }
    Block finally = {write(lock, constant(0))};
    if (random_.percent(30)) {
      finally.push_back(delta(var(), random_.percent(80) ? 1 : -1));
    }
    body.push_back(scope(inner, finally));
  }

  void write_back(Block& body) {
    const int variable = var();
    const int before = fresh();
    const int slot = fresh_slot();
    body.push_back(read(variable, before));
    body.push_back(make_call(slot));
    const Statement awaited = make_await(slot);
    body.push_back(awaited);
    const Statement store = write(variable, local(before, 1));
    if (random_.percent(50)) {
      body.push_back(if_ok(awaited.local, {store}));
    } else {
      body.push_back(store);
    }
  }

  void parallel(Block& body) {
    const int count = random_.percent(75) ? 2 : 3;
    std::vector<int> slots;
    for (int i = 0; i < count; ++i) {
      slots.push_back(fresh_slot());
      body.push_back(make_call(slots.back()));
    }
    if (is_rust()) {  // sent together only when polled together
      std::vector<int> locals;
      for (int i = 0; i < count; ++i) {
        locals.push_back(fresh());
      }
      if (random_.percent(50)) {
        body.push_back(await_all(slots, locals));
        after_await(body);
        return;
      }
      const int winner = fresh();
      body.push_back(await_any(slots, winner, fresh()));
      after_await(body);
    }
    if (random_.percent(30)) {
      std::swap(slots[0], slots[1]);
    }
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (i > 0 && random_.percent(20)) {
        continue;
      }
      const Statement awaited = make_await(slots[i]);
      body.push_back(awaited);
      if (random_.percent(30)) {
        body.push_back(if_ok(awaited.local, {delta(var(), 1)}, {delta(var(), -1)}));
      } else {
        after_await(body);
      }
    }
  }

  void combined(Block& body) {
    const std::vector<int> slots = {fresh_slot(), fresh_slot()};
    for (const int slot : slots) {
      body.push_back(make_call(slot));
    }
    if (random_.percent(40)) {
      add_local_statements(body, 1);
    }
    const int first = fresh();
    const int second = fresh();
    const bool any = random_.percent(50);
    body.push_back(any ? await_any(slots, first, second) : await_all(slots, {first, second}));
    body.push_back(if_positive(second, {delta(var(), 1)}, {write(var(), local(first))}));
    if (any && random_.percent(40)) {
      body.push_back(make_await(slots[static_cast<std::size_t>(random_.below(2))]));
      after_await(body);
    }
  }

  void sequential(Block& body) {
    const int count = random_.percent(60) ? 1 : 2;
    for (int i = 0; i < count; ++i) {
      const int slot = fresh_slot();
      body.push_back(make_call(slot));
      body.push_back(make_await(slot));
      after_await(body);
    }
  }

  void looped(Block& body) {
    Block inner;
    const int slot = fresh_slot();
    inner.push_back(make_call(slot));
    if (random_.percent(50)) {
      inner.push_back(make_await(slot));
      after_await(inner);
      body.push_back(loop(2, inner));
    } else {  // all but the last are never awaited
      body.push_back(loop(2, inner));
      body.push_back(make_await(slot));
      after_await(body);
    }
  }

  void maybe_return(Block& body, int chance) {
    if (random_.percent(chance)) {
      body.push_back(reply(expr()));
    }
  }

  bool is_rust() const {
    return system_.canisters[static_cast<std::size_t>(canister_)].dialect == Dialect::kRust;
  }

  Random& random_;
  const System& system_;
  int canister_;
  std::vector<Ranked> callees_;
  int locals_ = 0;
  int slots_ = 0;
};

class SystemMaker {
 public:
  SystemMaker(std::uint64_t seed, bool deferred) : random_(seed), deferred_(deferred) {}

  System make() {
    canisters();
    methods();
    users();
    environment_choices();
    property();
    return std::move(system_);
  }

 private:
  Canister& at(int canister) { return system_.canisters[static_cast<std::size_t>(canister)]; }

  void canisters() {
    const int count = random_.percent(65) ? 2 : random_.percent(80) ? 3 : 1;
    const int dialect = random_.below(10);
    for (int c = 0; c < count; ++c) {
      Canister canister;
      const bool motoko = dialect < 5 || (dialect < 7 && random_.percent(50));
      canister.dialect = motoko ? Dialect::kMotoko : Dialect::kRust;
      for (int v = random_.percent(40) ? 1 : 2; v > 0; --v) {
        canister.variables.push_back(random_.below(3));
      }
      system_.canisters.push_back(canister);
    }
    code_canisters_ = count;
    if (random_.percent(12)) {
      Canister environment;
      for (int i = random_.between(1, 2); i > 0; --i) {
        environment.answers.push_back(
            {static_cast<Answer::Kind>(random_.percent(20) ? 3 : random_.below(3)),
             random_.below(4)});
      }
      system_.canisters.push_back(environment);
      below_.push_back({count, 0});
    }
  }

  int add_method(int canister, Block body, bool query = false) {
    at(canister).methods.push_back({query, std::move(body)});
    return static_cast<int>(at(canister).methods.size()) - 1;
  }

  MethodMaker maker(int canister) { return {random_, system_, canister, below_}; }

  /// From the bottom: leaves, then callers of leaves, then callers of those.
  void methods() {
    std::vector<Ranked> leaves;
    for (int c = 0; c < code_canisters_; ++c) {
      leaves.push_back({c, add_method(c, maker(c).leaf())});
    }
    if (random_.percent(15)) {
      const int c = random_.below(code_canisters_);
      leaves.push_back({c, add_method(c, maker(c).query(), true)});
    }
    below_.insert(below_.end(), leaves.begin(), leaves.end());
    const bool timer = random_.percent(12);
    if (timer || random_.percent(10)) {
      const int c = 0;
      const int method =
          random_.percent(50) ? add_method(c, maker(c).caller()) : add_method(c, maker(c).leaf());
      (timer ? at(c).timer_method : at(c).heartbeat_method) = method;
      system_.budgets.d20 = timer ? 0 : 1;
    } else if (deferred_ && random_.percent(16)) {
      at(0).handles = 1;
      const Ranked waiter = {0, add_method(0, maker(0).waiter(0))};
      top_.push_back(waiter);
      const Ranked resolver = {0, add_method(0, maker(0).resolver(0))};
      top_.push_back(resolver);
      below_.push_back(resolver);
      if (random_.percent(30)) {
        below_.push_back(waiter);
      }
    }
    if (code_canisters_ > 1 && random_.percent(45)) {  // callers of leaves, called themselves
      const int c = random_.between(1, code_canisters_ - 1);
      const Ranked middle = {c, add_method(c, maker(c).caller())};
      if (random_.percent(70)) {
        below_ = {middle, middle, leaves[0]};
      } else {
        below_.push_back(middle);
      }
    }
    for (int i = random_.percent(top_.empty() ? 60 : 100) ? 1 : 2; i > 0; --i) {
      Block body = maker(0).caller();
      if (timer && random_.percent(70)) {
        body.insert(body.begin() + random_.below(static_cast<int>(body.size()) + 1), set_timer());
      }
      if (random_.percent(12)) {
        body.push_back(
            continue_as(top_.empty() ? leaves[0].method : top_.back().method, argument()));
      }
      top_.push_back({0, add_method(0, std::move(body))});
    }
    top_.push_back(top_.back());
    top_.push_back(
        leaves[static_cast<std::size_t>(random_.below(static_cast<int>(leaves.size())))]);
  }

  /// What is called as call `call` of user `user`, who may be `alone`. Where there is a Deferred,
  /// one call waits for it and another resolves it.
  const Ranked& called(int user, int call, bool alone) {
    const int place = alone ? call : call == 0 ? user : 2;  // of the calls that are always made
    if (place < 2 && at(0).handles > 0) {
      return top_[static_cast<std::size_t>(place)];
    }
    return place == 0
               ? top_[top_.size() - 2]
               : top_[static_cast<std::size_t>(random_.below(static_cast<int>(top_.size())))];
  }

  void users() {
    const int count = random_.percent(25) ? 1 : random_.percent(75) ? 2 : 3;
    for (int u = 0; u < count; ++u) {
      User user;
      user.order = random_.percent(60)   ? Order::kAny
                   : random_.percent(50) ? Order::kInOrder
                                         : Order::kThen;
      const int calls = count == 1 ? random_.between(2, 3) : random_.percent(70) ? 1 : 2;
      for (int i = 0; i < calls; ++i) {
        const Ranked& method = called(u, i, count == 1);
        user.calls.push_back({method.canister, method.method, random_.below(3), false});
        user.calls.back().together = i > 0 && user.order == Order::kThen && random_.percent(35);
      }
      system_.users.push_back(std::move(user));
    }
  }

  int once_or_twice() { return random_.percent(85) ? 1 : 2; }

  void environment_choices() {
    if (random_.percent(40)) {
      system_.default_limit = random_.percent(65) ? 1 : 2;
    }
    if (random_.percent(20)) {
      system_.limits.push_back({0, random_.below(code_canisters_), random_.below(3)});
    }
    Budgets& budgets = system_.budgets;
    budgets.d7 = random_.percent(15) ? 1 : 0;
    budgets.d8 = random_.percent(35) ? once_or_twice() : 0;
    budgets.d16 = random_.percent(60) ? once_or_twice() : 0;
    budgets.d23 = random_.percent(6) ? 1 : 0;
    budgets.d24 = random_.percent(5) ? 1 : 0;
    system_.weaken_g1 = random_.percent(5);
  }

  void property() {
    Property& claim = system_.property;
    claim.at_quiescence = random_.percent(50);
    for (int i = random_.between(1, 2); i > 0; --i) {
      const int c = random_.below(code_canisters_);
      claim.terms.push_back({c, random_.below(static_cast<int>(at(c).variables.size())),
                             random_.percent(75) ? 1 : -1});
    }
    claim.relation = static_cast<Property::Relation>(random_.below(4));
    claim.constant = random_.below(4);
  }

  Random random_;
  bool deferred_;
  System system_;
  int code_canisters_ = 0;
  std::vector<Ranked> below_;
  std::vector<Ranked> top_;
};

/// Every system that is `block` with one thing less, put in its place by `rebuild`.
void smaller_blocks(const Block& block, const std::function<bool(Block)>& try_block) {
  for (std::size_t i = 0; i < block.size(); ++i) {
    Block without = block;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    if (try_block(std::move(without))) {
      return;
    }
    const Statement& statement = block[i];
    if (!statement.body.empty() || !statement.otherwise.empty()) {
      for (const Block* inner : {&statement.body, &statement.otherwise}) {
        Block unwrapped = block;
        unwrapped.erase(unwrapped.begin() + static_cast<std::ptrdiff_t>(i));
        unwrapped.insert(unwrapped.begin() + static_cast<std::ptrdiff_t>(i), inner->begin(),
                         inner->end());
        if (try_block(std::move(unwrapped))) {
          return;
        }
      }
    }
    bool done = false;
    for (const auto member : {&Statement::body, &Statement::otherwise}) {
      smaller_blocks(statement.*member, [&](Block inner) {
        Block changed = block;
        changed[i].*member = std::move(inner);
        done = try_block(std::move(changed));
        return done;
      });
      if (done) {
        return;
      }
    }
    Statement simpler = statement;
    simpler.expr = {};
    simpler.now = false;
    if (statement.op == Op::kLoop && statement.amount > 1) {
      simpler.amount = 1;
    }
    if (simpler != statement) {
      Block changed = block;
      changed[i] = simpler;
      if (try_block(std::move(changed))) {
        return;
      }
    }
  }
}

class Shrinker {
 public:
  Shrinker(System system, const std::function<bool(const System&)>& still_fails)
      : system_(std::move(system)), still_fails_(still_fails) {}

  System run() {
    while (step()) {
    }
    return system_;
  }

 private:
  bool accept(System candidate) {
    if (candidate == system_) {
      return false;
    }
    try {
      if (!still_fails_(candidate)) {
        return false;
      }
    } catch (const InvalidSystem&) {
      return false;
    }
    system_ = std::move(candidate);
    return true;
  }

  template <typename Change>
  bool change(Change&& apply) {
    System candidate = system_;
    apply(candidate);
    return accept(std::move(candidate));
  }

  bool step() { return drop_users() || drop_faults() || drop_code(); }

  bool drop_users() {
    for (std::size_t u = 0; u < system_.users.size(); ++u) {
      const auto user = static_cast<std::ptrdiff_t>(u);
      if (change([&](System& s) { s.users.erase(s.users.begin() + user); })) {
        return true;
      }
      for (std::size_t i = 0; i < system_.users[u].calls.size(); ++i) {
        const auto call = static_cast<std::ptrdiff_t>(i);
        if (change([&](System& s) { s.users[u].calls.erase(s.users[u].calls.begin() + call); }) ||
            change([&](System& s) { s.users[u].calls[i].argument = 0; }) ||
            change([&](System& s) { s.users[u].calls[i].together = false; })) {
          return true;
        }
      }
      if (change([&](System& s) { s.users[u].order = Order::kAny; })) {
        return true;
      }
    }
    return false;
  }

  bool drop_faults() {
    for (const auto budget :
         {&Budgets::d7, &Budgets::d8, &Budgets::d9, &Budgets::d13, &Budgets::d15, &Budgets::d16,
          &Budgets::d17, &Budgets::d18, &Budgets::d20, &Budgets::d23, &Budgets::d24, &Budgets::d28,
          &Budgets::d29, &Budgets::d30, &Budgets::d31, &Budgets::snapshots, &Budgets::g2,
          &Budgets::g3}) {
      if (change([&](System& s) { s.budgets.*budget = 0; })) {
        return true;
      }
    }
    return change([](System& s) { s.weaken_g1 = false; }) ||
           change([](System& s) { s.weaken_g5 = false; }) ||
           change([](System& s) { s.limits.clear(); }) ||
           change([](System& s) { s.default_limit = 500; }) ||
           change([](System& s) { s.property = {}; });
  }

  bool drop_code() {
    for (std::size_t c = 0; c < system_.canisters.size(); ++c) {
      if (change([&](System& s) { s.canisters[c].timer_method = -1; }) ||
          change([&](System& s) { s.canisters[c].pre_upgrade = -1; }) ||
          change([&](System& s) { s.canisters[c].post_upgrade = -1; }) ||
          change([&](System& s) { s.canisters[c].transient.clear(); }) ||
          change([&](System& s) { s.canisters[c].heartbeat_method = -1; }) ||
          (c + 1 == system_.canisters.size() && !is_mentioned(static_cast<int>(c)) &&
           change([](System& s) { s.canisters.pop_back(); }))) {
        return true;
      }
      for (std::size_t i = 0; i < system_.canisters[c].answers.size(); ++i) {
        const auto answer = static_cast<std::ptrdiff_t>(i);
        if (system_.canisters[c].answers.size() > 1 && change([&](System& s) {
              s.canisters[c].answers.erase(s.canisters[c].answers.begin() + answer);
            })) {
          return true;
        }
      }
      for (std::size_t m = 0; m < system_.canisters[c].methods.size(); ++m) {
        if (change([&](System& s) { s.canisters[c].methods[m].body.clear(); })) {
          return true;
        }
        bool done = false;
        smaller_blocks(system_.canisters[c].methods[m].body, [&](Block body) {
          done = change([&](System& s) { s.canisters[c].methods[m].body = std::move(body); });
          return done;
        });
        if (done) {
          return true;
        }
      }
      // The last method can go without renumbering when nothing is left in it that matters.
      if (!system_.canisters[c].methods.empty() &&
          system_.canisters[c].methods.back().body.empty() &&
          change([&](System& s) { s.canisters[c].methods.pop_back(); })) {
        return true;
      }
    }
    return false;
  }

  /// By the claim: variables of a canister that is gone have no value.
  bool is_mentioned(int canister) const {
    return std::any_of(system_.property.terms.begin(), system_.property.terms.end(),
                       [&](const Property::Term& term) { return term.canister == canister; });
  }

  System system_;
  const std::function<bool(const System&)>& still_fails_;
};

}  // namespace

System generate(std::uint64_t seed, bool deferred) {
  Random seeds(seed);
  for (;;) {
    System system = SystemMaker(seeds.next(), deferred).make();
    try {
      const Report report = explore(system, {.max_states = kMaxStates});
      if (report.complete && report.states >= kMinStates) {
        return system;
      }
    } catch (const InvalidSystem&) {
    }
  }
}

void Distribution::add(const System& system, const Report& report) {
  const Coverage& coverage = report.coverage;
  states.push_back(report.states);
  two_suspended += coverage.two_suspended ? 1 : 0;
  full_queue += coverage.full_queue ? 1 : 0;
  trap_with_sibling += coverage.trap_with_sibling ? 1 : 0;
  cleanup_writes += coverage.cleanup_writes ? 1 : 0;
  call_cycle += coverage.call_cycle ? 1 : 0;
  natural_trap += coverage.natural_trap ? 1 : 0;
  helper_call += coverage.helper_call ? 1 : 0;
  two_in_flight += coverage.two_in_flight ? 1 : 0;
  deferred_resolved += coverage.deferred_resolved ? 1 : 0;
  violated += report.violated ? 1 : 0;
  deadlocked += report.deadlocked > 0 ? 1 : 0;
  several_outcomes += report.outcomes.size() > 1 ? 1 : 0;
  const auto has = [&](Dialect dialect) {
    return std::any_of(system.canisters.begin(), system.canisters.end(),
                       [&](const Canister& canister) {
                         return !canister.is_environment() && canister.dialect == dialect;
                       });
  };
  motoko += has(Dialect::kMotoko) ? 1 : 0;
  rust += has(Dialect::kRust) ? 1 : 0;
}

std::size_t Distribution::median_states() const {
  std::vector<std::size_t> sorted = states;
  std::sort(sorted.begin(), sorted.end());
  return sorted.empty() ? 0 : sorted[sorted.size() / 2];
}

double Distribution::percent(std::size_t count) const {
  return states.empty() ? 0
                        : 100.0 * static_cast<double>(count) / static_cast<double>(states.size());
}

std::string Distribution::to_string() const {
  std::string text = fmt::format("{} systems, median {} states, largest {}\n", states.size(),
                                 median_states(), *std::max_element(states.begin(), states.end()));
  const auto line = [&](const char* what, std::size_t count) {
    text += fmt::format("  {:5.1f} %  {}\n", percent(count), what);
  };
  line("two contexts suspended at one canister", two_suspended);
  line("a send found its queue full", full_queue);
  line("a trap after an await with a sibling call open", trap_with_sibling);
  line("a cleanup that writes", cleanup_writes);
  line("a cycle of calls", call_cycle);
  line("a trap of the program's own after an await", natural_trap);
  line("an await on a complete future (Motoko)", helper_call);
  line("two responses in flight for one context", two_in_flight);
  line("a Deferred resolved", deferred_resolved);
  line("claim violated", violated);
  line("deadlock", deadlocked);
  line("several outcomes", several_outcomes);
  line("a Motoko canister", motoko);
  line("a Rust canister", rust);
  return text;
}

System shrink(System system, const std::function<bool(const System&)>& still_fails) {
  return Shrinker(std::move(system), still_fails).run();
}

namespace {

void bound_some(Block& body, Random& random) {
  for (Statement& statement : body) {
    statement.bounded = statement.op == Op::kCall && random.percent(60);
    bound_some(statement.body, random);
    bound_some(statement.otherwise, random);
  }
}

}  // namespace

System with_bounded_waits(System system, std::uint64_t seed) {
  Random random(seed);
  for (Canister& canister : system.canisters) {
    for (Method& method : canister.methods) {
      bound_some(method.body, random);
    }
  }
  system.budgets.d13 = 1;
  return system;
}

namespace {

/// What runs in an upgrade: it writes, and may trap.
Block upgrade_code(Random& random, int variables) {
  Block body;
  const int which = random.below(variables);
  body.push_back(random.percent(50) ? write(which, constant(random.below(4)))
                                    : delta(which, random.percent(50) ? 1 : -1));
  if (random.percent(40)) {
    body.push_back(compare(random.below(variables), constant(1), 0));
    body.push_back(trap_if(0));
  }
  return body;
}

void add_upgrade_code(Canister& canister, Random& random) {
  constexpr std::size_t kMethodsMax = 10;
  const int variables = static_cast<int>(canister.variables.size());
  for (int v = 0; v < variables; ++v) {
    if (random.percent(40)) {
      canister.transient.push_back(v);
    }
  }
  if (canister.timer_method >= 0 || canister.heartbeat_method >= 0 || variables == 0) {
    return;
  }
  for (int Canister::*hook : {&Canister::pre_upgrade, &Canister::post_upgrade}) {
    if (random.percent(45) && canister.methods.size() < kMethodsMax) {
      canister.*hook = static_cast<int>(canister.methods.size());
      canister.methods.push_back({false, upgrade_code(random, variables)});
    }
  }
}

}  // namespace

System with_lifecycles(System system, std::uint64_t seed) {
  Random random(seed);
  int coded = 0;
  for (Canister& canister : system.canisters) {
    if (!canister.is_environment()) {
      ++coded;
      add_upgrade_code(canister, random);
    }
  }
  if (random.percent(65)) {
    User controller;
    controller.order = random.percent(50) ? Order::kThen : Order::kAny;
    const int canister = random.below(coded);
    for (int i = random.between(1, 3); i > 0; --i) {
      constexpr int kActions = 7;
      // Stops and upgrades most often.
      const int action = random.percent(30) ? 0 : random.percent(45) ? 2 : random.below(kActions);
      controller.calls.push_back({canister, method_of(static_cast<Manage>(action)), 0, false});
    }
    system.users.push_back(std::move(controller));
  }
  if (random.percent(60) || !system.has_lifecycles()) {
    Budgets& budgets = system.budgets;
    budgets.d28 = random.percent(50) ? 1 : 0;
    budgets.d29 = random.percent(50) ? 1 : 0;
    budgets.d30 = random.percent(35) ? 1 : 0;
    budgets.d31 = random.percent(25) ? 1 : 0;
    budgets.snapshots = random.percent(20) ? 1 : 0;
  }
  return system;
}

}  // namespace heddle::oracle
