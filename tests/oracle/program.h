// Systems of canisters as data: what the oracle interprets, what the generator invents, and what
// one interpreting coroutine canister runs through Heddle's language. Nothing here has a meaning of
// its own: a Statement says what a canister author wrote, `oracle.h` and the adapter each say
// independently what that does.
//
// Every system is well formed whatever is cut out of it, so that shrinking needs no repair: a
// future slot that holds nothing gives "no future" when awaited, a call may name a canister or a
// method that does not exist.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::oracle {

enum class Dialect : std::uint8_t { kMotoko, kRust };

/// A sum of small things, modulo the system's modulus. A local that holds a reject counts as 0.
struct Expr {
  int constant = 0;
  bool argument = false;  ///< adds the method's argument
  int local = -1;         ///< adds the value of this local
  int ok_of = -1;         ///< adds 1 when this local holds a value, 0 when it holds a reject

  friend bool operator==(const Expr&, const Expr&) = default;
};

Expr constant(int value);
Expr argument(int plus = 0);
Expr local(int index, int plus = 0);
/// The local `sum` plus one if the local `outcome` holds a reply.
Expr counted(int sum, int outcome);

enum class Op : std::uint8_t {
  kSet,      ///< local := expr
  kRead,     ///< local := var
  kWrite,    ///< var := expr
  kCompare,  ///< local := (var < expr)
  kDelta,    ///< var += amount, without looking; below zero it traps
  kCall,     ///< slot := call(callee, method, expr); a failed send is thrown, or goes to `local`
  kAwait,  ///< local := await slot; a reject is thrown, or goes to `local`; `now`: Motoko's await?
  kAwaitAll,    ///< locals[i] := outcome of slots[i], when all are complete
  kAwaitAny,    ///< local := outcome of the first complete of `slots`, second_local := its position
                ///< in `slots`
  kThrow,       ///< throw a Reject with text number `amount`
  kTrap,        ///< trap
  kTrapIf,      ///< trap if the local passes the test
  kIf,          ///< body if the local passes the test, else otherwise
  kLoop,        ///< body, `amount` times
  kScope,       ///< body, with `otherwise` (writes and deltas only) as its `finally` or drop guard
  kSetTimer,    ///< arm the canister's timer
  kReturn,      ///< reply expr
  kContinueAs,  ///< go on as `method` of the same canister, with argument expr, in the same call
                ///< context
  kDefer,  ///< slot := a Deferred, whose handle goes to the canister's handle `var`; fails as kCall
           ///< does
  kResolve,  ///< resolve the Deferred in handle `var` with expr and forget the handle; `keep`:
             ///< remember it
  // Only in flat code:
  kJump,       ///< go to target
  kUnless,     ///< go to target unless the local passes the test
  kLoopStart,  ///< local := amount
  kLoopNext,   ///< local -= 1; go to target if it is positive
  kEnter,      ///< the scope begins
  kLeave,      ///< the scope ends: run `otherwise`
};

struct Statement {
  Op op = Op::kTrap;
  int var = 0;
  int local = -1;
  int second_local = -1;
  int slot = -1;
  int callee = 0;
  int method = 0;
  int amount = 0;
  int target = 0;
  bool throws = false;   ///< kCall, kAwait, kDefer: a reject is thrown instead of stored in `local`
  bool now = false;      ///< kAwait
  bool test_ok = false;  ///< kIf, kTrapIf: test "holds a reply" instead of "is positive"
  bool keep = false;     ///< kResolve
  bool bounded = false;  ///< kCall: with a timeout
  Expr expr;
  std::vector<int> slots;
  std::vector<int> locals;
  std::vector<Statement> body;
  std::vector<Statement> otherwise;

  friend bool operator==(const Statement&, const Statement&) = default;
};

using Block = std::vector<Statement>;

Statement set(int local, Expr value);
Statement read(int var, int local);
Statement write(int var, Expr value);
Statement compare(int var, Expr bound, int local);
Statement delta(int var, int amount);
/// A call whose failed send is thrown.
Statement call(int slot, int callee, int method, Expr argument);
/// A call whose failed send goes to `local` (0 if it was accepted).
Statement try_call(int slot, int callee, int method, Expr argument, int local);
/// An await that throws the reject.
Statement await(int slot, int local);
Statement await_now(int slot, int local);
/// An await that stores the reject.
Statement outcome(int slot, int local);
Statement outcome_now(int slot, int local);
Statement await_all(std::vector<int> slots, std::vector<int> locals);
Statement await_any(std::vector<int> slots, int local, int which);
Statement throw_reject(int text);
Statement trap();
Statement trap_if(int local);
Statement if_positive(int local, Block body, Block otherwise = {});
Statement if_ok(int local, Block body, Block otherwise = {});
Statement loop(int times, Block body);
Statement scope(Block body, Block finally);
Statement set_timer();
Statement reply(Expr value);
Statement continue_as(int method, Expr argument);
Statement defer(int slot, int handle);
Statement resolve(int handle, Expr value);

struct Method {
  bool query = false;
  Block body;

  friend bool operator==(const Method&, const Method&) = default;
};

/// What an environment canister may answer to any request.
struct Answer {
  enum class Kind : std::uint8_t { kReply, kReject, kError, kNever };
  Kind kind = Kind::kReply;
  int value = 0;

  friend bool operator==(const Answer&, const Answer&) = default;
};

struct Canister {
  Dialect dialect = Dialect::kMotoko;
  std::vector<int> variables;  ///< initial values
  int handles = 0;             ///< variables that hold a Deferred's handle, empty at first
  std::vector<Method> methods;
  int timer_method = -1;
  int heartbeat_method = -1;
  std::vector<int> transient;  ///< variables that an upgrade makes anew
  int pre_upgrade = -1;        ///< methods that run before and after an upgrade
  int post_upgrade = -1;
  std::vector<Answer> answers;  ///< not empty: an environment canister, without code

  bool is_environment() const { return !answers.empty(); }

  friend bool operator==(const Canister&, const Canister&) = default;
};

enum class Order : std::uint8_t { kAny, kInOrder, kThen };

/// What a user may ask the management canister to do to a canister, as a number to be added to
/// `kManagement` for a method.
enum class Manage : std::uint8_t {
  kStop,
  kStart,
  kUpgrade,
  kReinstall,
  kUninstall,
  kTakeSnapshot,
  kLoadSnapshot,
  kTimeOut,  ///< by the environment only
};

constexpr int kManagement = 100;

constexpr int method_of(Manage action) {
  return kManagement + static_cast<int>(action);
}

struct UserCall {
  int canister = 0;
  int method = 0;
  int argument = 0;
  /// Order::kThen: submitted together with the call before, as by a client's Promise.all. The user
  /// goes on when all of the group are answered, or at the first reject.
  bool together = false;

  friend bool operator==(const UserCall&, const UserCall&) = default;
};

struct User {
  Order order = Order::kAny;
  std::vector<UserCall> calls;

  friend bool operator==(const User&, const User&) = default;
};

/// How often each fault may be injected on one schedule (the numbers are those of ic-semantics.md
/// section 19).
struct Budgets {
  int d7 = 0;         ///< a send fails though a slot is free
  int d8 = 0;         ///< a queued request is rejected with code 2
  int d9 = 0;         ///< the same with code 1
  int d13 = 0;        ///< a bounded-wait call expires
  int d15 = 0;        ///< a first execution traps
  int d16 = 0;        ///< a resumed execution traps
  int d17 = 0;        ///< a cleanup that writes traps
  int d18 = 0;        ///< a reply becomes one that cannot be decoded
  int d20 = 0;        ///< a heartbeat
  int d23 = 0;        ///< an ingress message is dropped
  int d24 = 0;        ///< a user submits a call again
  int d28 = 0;        ///< a canister is stopped; and a user's stop times out
  int d29 = 0;        ///< a stopped canister is upgraded
  int d30 = 0;        ///< one that is not stopped is
  int d31 = 0;        ///< a canister is uninstalled
  int snapshots = 0;  ///< a snapshot is taken, and one is loaded
  int g2 = 0;         ///< a delivered request is executed a second time
  int g3 = 0;         ///< an answer is replaced by SYS_UNKNOWN

  friend bool operator==(const Budgets&, const Budgets&) = default;
};

struct PairLimit {
  int caller = 0;
  int callee = 0;
  int limit = 500;

  friend bool operator==(const PairLimit&, const PairLimit&) = default;
};

/// A claim about the variables: sum of coefficient * variable, compared with a constant.
struct Property {
  enum class Relation : std::uint8_t { kEqual, kNotEqual, kAtMost, kAtLeast };

  struct Term {
    int canister = 0;
    int var = 0;
    int coefficient = 1;

    friend bool operator==(const Term&, const Term&) = default;
  };

  bool at_quiescence = false;  ///< judged in quiescent states only, else in every state
  std::vector<Term> terms;
  Relation relation = Relation::kAtLeast;
  int constant = 0;

  friend bool operator==(const Property&, const Property&) = default;
};

struct System {
  std::vector<Canister> canisters;
  std::vector<User> users;
  std::vector<PairLimit> limits;
  int default_limit = 500;
  Budgets budgets;
  bool weaken_g1 = false;  ///< requests of a pair overtake
  bool weaken_g5 = false;  ///< a trap keeps the writes of its execution
  int modulus = 8;         ///< of every Expr
  Property property;

  int limit(int caller, int callee) const;
  /// Whether canisters are stopped, upgraded or removed.
  bool has_lifecycles() const;
  friend bool operator==(const System&, const System&) = default;
};

/// Readable pseudo code, complete: two systems that print the same are the same.
std::string to_string(const System& system);
std::string to_string(const Statement& statement, int indent = 0);

/// A method as one list of instructions with jumps; purely syntactic.
struct Code {
  std::vector<Statement> instructions;  ///< falls off the end: reply 0
  std::vector<std::vector<int>>
      open_scopes;  ///< per instruction: the kEnter of each scope around it, innermost last
  int locals = 0;   ///< including the hidden loop counters
  int slots = 0;
};

Code flatten(const Block& body);

/// Calls `visit` on every statement of a block, nested ones included.
template <typename Visit>
void for_each_statement(const Block& block, Visit&& visit) {
  for (const Statement& statement : block) {
    visit(statement);
    for_each_statement(statement.body, visit);
    for_each_statement(statement.otherwise, visit);
  }
}

}  // namespace heddle::oracle
