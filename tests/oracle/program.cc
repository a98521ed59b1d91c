#include "program.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace heddle::oracle {

namespace {

Statement make(Op op) {
  Statement statement;
  statement.op = op;
  return statement;
}

std::string canister_name(int index) {
  return std::string(1, static_cast<char>('A' + index));
}

std::string print(const Expr& expr) {
  std::string text;
  const auto add = [&](std::string_view part) {
    if (!text.empty()) {
      text += " + ";
    }
    text += part;
  };
  if (expr.argument) {
    add("arg");
  }
  if (expr.local >= 0) {
    add(fmt::format("l{}", expr.local));
  }
  if (expr.ok_of >= 0) {
    add(fmt::format("ok(l{})", expr.ok_of));
  }
  if (expr.constant != 0 || text.empty()) {
    add(fmt::format("{}", expr.constant));
  }
  return text;
}

std::string print_list(const char* prefix, const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) {
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", prefix, number);
  }
  return text;
}

std::string print_block(const Block& block, int indent) {
  std::string text;
  for (const Statement& statement : block) {
    text += to_string(statement, indent);
  }
  return text;
}

std::string print_test(const Statement& statement) {
  return statement.test_ok ? fmt::format("ok(l{})", statement.local)
                           : fmt::format("l{} > 0", statement.local);
}

const char* print(Order order) {
  switch (order) {
    case Order::kAny:
      return "any";
    case Order::kInOrder:
      return "in_order";
    case Order::kThen:
      return "then";
  }
  return "";
}

std::string print(const Answer& answer) {
  switch (answer.kind) {
    case Answer::Kind::kReply:
      return fmt::format("reply {}", answer.value);
    case Answer::Kind::kReject:
      return "reject";
    case Answer::Kind::kError:
      return "error";
    case Answer::Kind::kNever:
      return "never";
  }
  return "";
}

std::string print(const Property& property) {
  if (property.terms.empty()) {
    return "true";
  }
  std::string text = property.at_quiescence ? "finally" : "always";
  const char* plus = " ";
  for (const Property::Term& term : property.terms) {
    text +=
        fmt::format("{}{}*{}.x{}", plus, term.coefficient, canister_name(term.canister), term.var);
    plus = " + ";
  }
  constexpr const char* kRelations[] = {"==", "!=", "<=", ">="};
  return text +
         fmt::format(" {} {}", kRelations[static_cast<int>(property.relation)], property.constant);
}

class Flattener {
 public:
  explicit Flattener(const Block& body) {
    for_each_statement(body, [&](const Statement& statement) { count(statement); });
    add(body);
    code_.open_scopes.push_back({});
  }

  Code take() { return std::move(code_); }

 private:
  void count(const Statement& statement) {
    const auto saw_local = [&](int index) { code_.locals = std::max(code_.locals, index + 1); };
    const auto saw_slot = [&](int index) { code_.slots = std::max(code_.slots, index + 1); };
    saw_local(statement.local);
    saw_local(statement.second_local);
    saw_local(statement.expr.local);
    saw_local(statement.expr.ok_of);
    std::for_each(statement.locals.begin(), statement.locals.end(), saw_local);
    saw_slot(statement.slot);
    std::for_each(statement.slots.begin(), statement.slots.end(), saw_slot);
  }

  int here() const { return static_cast<int>(code_.instructions.size()); }

  int emit(Statement statement) {
    code_.instructions.push_back(std::move(statement));
    code_.open_scopes.push_back(scopes_);
    return here() - 1;
  }

  Statement& at(int index) { return code_.instructions[static_cast<std::size_t>(index)]; }

  void add(const Block& block) {
    for (const Statement& statement : block) {
      add(statement);
    }
  }

  void add(const Statement& statement) {
    switch (statement.op) {
      case Op::kIf:
        add_if(statement);
        break;
      case Op::kLoop:
        add_loop(statement);
        break;
      case Op::kScope:
        add_scope(statement);
        break;
      default:
        emit(statement);
    }
  }

  void add_if(const Statement& statement) {
    Statement unless = make(Op::kUnless);
    unless.local = statement.local;
    unless.test_ok = statement.test_ok;
    const int test = emit(unless);
    add(statement.body);
    if (statement.otherwise.empty()) {
      at(test).target = here();
      return;
    }
    const int skip = emit(make(Op::kJump));
    at(test).target = here();
    add(statement.otherwise);
    at(skip).target = here();
  }

  void add_loop(const Statement& statement) {
    if (statement.amount <= 0) {
      return;
    }
    Statement start = make(Op::kLoopStart);
    start.local = code_.locals++;
    start.amount = statement.amount;
    Statement next = make(Op::kLoopNext);
    next.local = start.local;
    emit(start);
    next.target = here();
    add(statement.body);
    emit(next);
  }

  void add_scope(const Statement& statement) {
    Statement enter = make(Op::kEnter);
    enter.otherwise = statement.otherwise;
    scopes_.push_back(emit(enter));
    add(statement.body);
    scopes_.pop_back();
    Statement leave = make(Op::kLeave);
    leave.otherwise = statement.otherwise;
    emit(leave);
  }

  Code code_;
  std::vector<int> scopes_;
};

}  // namespace

Expr constant(int value) {
  return {.constant = value};
}

Expr argument(int plus) {
  return {.constant = plus, .argument = true};
}

Expr local(int index, int plus) {
  return {.constant = plus, .local = index};
}

Expr counted(int sum, int outcome) {
  return {.local = sum, .ok_of = outcome};
}

Statement set(int local, Expr value) {
  Statement statement = make(Op::kSet);
  statement.local = local;
  statement.expr = value;
  return statement;
}

Statement read(int var, int local) {
  Statement statement = make(Op::kRead);
  statement.var = var;
  statement.local = local;
  return statement;
}

Statement write(int var, Expr value) {
  Statement statement = make(Op::kWrite);
  statement.var = var;
  statement.expr = value;
  return statement;
}

Statement compare(int var, Expr bound, int local) {
  Statement statement = make(Op::kCompare);
  statement.var = var;
  statement.expr = bound;
  statement.local = local;
  return statement;
}

Statement delta(int var, int amount) {
  Statement statement = make(Op::kDelta);
  statement.var = var;
  statement.amount = amount;
  return statement;
}

Statement call(int slot, int callee, int method, Expr argument) {
  Statement statement = make(Op::kCall);
  statement.slot = slot;
  statement.callee = callee;
  statement.method = method;
  statement.expr = argument;
  statement.throws = true;
  return statement;
}

Statement try_call(int slot, int callee, int method, Expr argument, int local) {
  Statement statement = call(slot, callee, method, argument);
  statement.throws = false;
  statement.local = local;
  return statement;
}

Statement await(int slot, int local) {
  Statement statement = outcome(slot, local);
  statement.throws = true;
  return statement;
}

Statement await_now(int slot, int local) {
  Statement statement = await(slot, local);
  statement.now = true;
  return statement;
}

Statement outcome(int slot, int local) {
  Statement statement = make(Op::kAwait);
  statement.slot = slot;
  statement.local = local;
  return statement;
}

Statement outcome_now(int slot, int local) {
  Statement statement = outcome(slot, local);
  statement.now = true;
  return statement;
}

Statement await_all(std::vector<int> slots, std::vector<int> locals) {
  Statement statement = make(Op::kAwaitAll);
  statement.slots = std::move(slots);
  statement.locals = std::move(locals);
  return statement;
}

Statement await_any(std::vector<int> slots, int local, int which) {
  Statement statement = make(Op::kAwaitAny);
  statement.slots = std::move(slots);
  statement.local = local;
  statement.second_local = which;
  return statement;
}

Statement throw_reject(int text) {
  Statement statement = make(Op::kThrow);
  statement.amount = text;
  return statement;
}

Statement trap() {
  return make(Op::kTrap);
}

Statement trap_if(int local) {
  Statement statement = make(Op::kTrapIf);
  statement.local = local;
  return statement;
}

Statement if_positive(int local, Block body, Block otherwise) {
  Statement statement = make(Op::kIf);
  statement.local = local;
  statement.body = std::move(body);
  statement.otherwise = std::move(otherwise);
  return statement;
}

Statement if_ok(int local, Block body, Block otherwise) {
  Statement statement = if_positive(local, std::move(body), std::move(otherwise));
  statement.test_ok = true;
  return statement;
}

Statement loop(int times, Block body) {
  Statement statement = make(Op::kLoop);
  statement.amount = times;
  statement.body = std::move(body);
  return statement;
}

Statement scope(Block body, Block finally) {
  Statement statement = make(Op::kScope);
  statement.body = std::move(body);
  statement.otherwise = std::move(finally);
  return statement;
}

Statement set_timer() {
  return make(Op::kSetTimer);
}

Statement reply(Expr value) {
  Statement statement = make(Op::kReturn);
  statement.expr = value;
  return statement;
}

Statement continue_as(int method, Expr argument) {
  Statement statement = make(Op::kContinueAs);
  statement.method = method;
  statement.expr = argument;
  return statement;
}

Statement defer(int slot, int handle) {
  Statement statement = make(Op::kDefer);
  statement.slot = slot;
  statement.var = handle;
  statement.throws = true;
  return statement;
}

Statement resolve(int handle, Expr value) {
  Statement statement = make(Op::kResolve);
  statement.var = handle;
  statement.expr = value;
  return statement;
}

int System::limit(int caller, int callee) const {
  for (const PairLimit& entry : limits) {
    if (entry.caller == caller && entry.callee == callee) {
      return entry.limit;
    }
  }
  return default_limit;
}

bool System::has_lifecycles() const {
  bool asked = false;
  for (const User& user : users) {
    for (const UserCall& call : user.calls) {
      asked |= call.method >= kManagement;
    }
  }
  return asked || budgets.d28 + budgets.d29 + budgets.d30 + budgets.d31 + budgets.snapshots > 0;
}

std::string to_string(const Statement& s, int indent) {
  const std::string pad(static_cast<std::size_t>(indent), ' ');
  const auto line = [&](const std::string& text) { return pad + text + "\n"; };
  const std::string on_failure = s.throws ? "" : fmt::format(" else l{}", s.local);
  switch (s.op) {
    case Op::kSet:
      return line(fmt::format("l{} := {}", s.local, print(s.expr)));
    case Op::kRead:
      return line(fmt::format("l{} := x{}", s.local, s.var));
    case Op::kWrite:
      return line(fmt::format("x{} := {}", s.var, print(s.expr)));
    case Op::kCompare:
      return line(fmt::format("l{} := x{} < {}", s.local, s.var, print(s.expr)));
    case Op::kDelta:
      return line(fmt::format("x{} {}= {}", s.var, s.amount < 0 ? '-' : '+', std::abs(s.amount)));
    case Op::kCall:
      return line(fmt::format("f{} := {}call {}.m{}({}){}", s.slot, s.bounded ? "bounded " : "",
                              canister_name(s.callee), s.method, print(s.expr), on_failure));
    case Op::kAwait:
      return line(fmt::format("l{} := {}{} f{}", s.local, s.throws ? "" : "outcome ",
                              s.now ? "await?" : "await", s.slot));
    case Op::kAwaitAll:
      return line(fmt::format("[{}] := await all [{}]", print_list("l", s.locals),
                              print_list("f", s.slots)));
    case Op::kAwaitAny:
      return line(fmt::format("l{}, l{} := await any [{}]", s.local, s.second_local,
                              print_list("f", s.slots)));
    case Op::kThrow:
      return line(fmt::format("throw \"r{}\"", s.amount));
    case Op::kTrap:
      return line("trap");
    case Op::kTrapIf:
      return line(fmt::format("trap if {}", print_test(s)));
    case Op::kIf: {
      std::string text =
          line(fmt::format("if {} {{", print_test(s))) + print_block(s.body, indent + 2);
      if (!s.otherwise.empty()) {
        text += line("} else {") + print_block(s.otherwise, indent + 2);
      }
      return text + line("}");
    }
    case Op::kLoop:
      return line(fmt::format("loop {} {{", s.amount)) + print_block(s.body, indent + 2) +
             line("}");
    case Op::kScope:
      return line("try {") + print_block(s.body, indent + 2) + line("} finally {") +
             print_block(s.otherwise, indent + 2) + line("}");
    case Op::kSetTimer:
      return line("set timer");
    case Op::kReturn:
      return line(fmt::format("return {}", print(s.expr)));
    case Op::kContinueAs:
      return line(fmt::format("continue as m{}({})", s.method, print(s.expr)));
    case Op::kDefer:
      return line(fmt::format("f{} := deferred h{}{}", s.slot, s.var, on_failure));
    case Op::kResolve:
      return line(
          fmt::format("resolve h{} with {}{}", s.var, print(s.expr), s.keep ? " (keeping h)" : ""));
    case Op::kJump:
      return line(fmt::format("go to {}", s.target));
    case Op::kUnless:
      return line(fmt::format("unless {} go to {}", print_test(s), s.target));
    case Op::kLoopStart:
      return line(fmt::format("l{} := {}", s.local, s.amount));
    case Op::kLoopNext:
      return line(fmt::format("if --l{} > 0 go to {}", s.local, s.target));
    case Op::kEnter:
      return line("enter scope");
    case Op::kLeave:
      return line("leave scope");
  }
  return "";
}

std::string to_string(const System& system) {
  std::string text;
  for (std::size_t c = 0; c < system.canisters.size(); ++c) {
    const Canister& canister = system.canisters[c];
    const std::string name = canister_name(static_cast<int>(c));
    if (canister.is_environment()) {
      std::string answers;
      for (const Answer& answer : canister.answers) {
        answers += (answers.empty() ? "" : " | ") + print(answer);
      }
      text += fmt::format("environment {} answers {}\n", name, answers);
      continue;
    }
    text += fmt::format("canister {} ({})", name,
                        canister.dialect == Dialect::kMotoko ? "Motoko" : "Rust");
    for (std::size_t v = 0; v < canister.variables.size(); ++v) {
      text += fmt::format("{} x{} = {}", v == 0 ? ":" : ",", v, canister.variables[v]);
    }
    if (canister.handles > 0) {
      text += fmt::format("; {} handles", canister.handles);
    }
    if (!canister.transient.empty()) {
      text += "; transient " + print_list("x", canister.transient);
    }
    text += "\n";
    for (std::size_t m = 0; m < canister.methods.size(); ++m) {
      const bool timer = canister.timer_method == static_cast<int>(m);
      const bool heartbeat = canister.heartbeat_method == static_cast<int>(m);
      text += fmt::format("  m{}{}{}{}{}{} {{\n", m, canister.methods[m].query ? " (query)" : "",
                          timer ? " (timer)" : "", heartbeat ? " (heartbeat)" : "",
                          canister.pre_upgrade == static_cast<int>(m) ? " (before upgrades)" : "",
                          canister.post_upgrade == static_cast<int>(m) ? " (after upgrades)" : "");
      text += print_block(canister.methods[m].body, 4) + "  }\n";
    }
  }
  for (std::size_t u = 0; u < system.users.size(); ++u) {
    text += fmt::format("user u{} ({}):", u, print(system.users[u].order));
    for (const UserCall& call : system.users[u].calls) {
      const std::string canister = canister_name(call.canister);
      text += call.together ? " &" : "";
      text += call.method < kManagement
                  ? fmt::format(" {}.m{}({})", canister, call.method, call.argument)
                  : fmt::format(" management {} of {}", call.method - kManagement, canister);
    }
    text += "\n";
  }
  text += fmt::format("limits: {} each", system.default_limit);
  for (const PairLimit& entry : system.limits) {
    text += fmt::format(", {}->{} {}", canister_name(entry.caller), canister_name(entry.callee),
                        entry.limit);
  }
  const Budgets& b = system.budgets;
  text += fmt::format(
      "\nfaults: D7({}) D8({}) D9({}) D13({}) D15({}) D16({}) D17({}) D18({}) D20({}) D23({}) "
      "D24({}) "
      "D28({}) D29({}) D30({}) D31({}, {}) G2({}) G3({})",
      b.d7, b.d8, b.d9, b.d13, b.d15, b.d16, b.d17, b.d18, b.d20, b.d23, b.d24, b.d28, b.d29, b.d30,
      b.d31, b.snapshots, b.g2, b.g3);
  text += fmt::format("{}{}\nvalues modulo {}\nclaim: {}\n", system.weaken_g1 ? " weaken G1" : "",
                      system.weaken_g5 ? " weaken G5" : "", system.modulus, print(system.property));
  return text;
}

Code flatten(const Block& body) {
  return Flattener(body).take();
}

}  // namespace heddle::oracle
