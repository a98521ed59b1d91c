// Undefined use of the language: caught where it happens, with canister, method, place and cause.
#include <stdexcept>

#include <gtest/gtest.h>

#include "model/bench.h"

namespace heddle {
namespace {

testing::AssertionResult says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos
             ? testing::AssertionSuccess()
             : testing::AssertionFailure() << "\"" << text << "\" does not say \"" << part << "\"";
}

testing::AssertionResult begins(const std::string& text, const std::string& part) {
  return text.starts_with(part) ? testing::AssertionSuccess()
                                : testing::AssertionFailure()
                                      << "\"" << text << "\" does not begin \"" << part << "\"";
}

class Ledger : public Canister {
 public:
  Update<Nat> transfer(Nat amount) { co_return amount; }

  Update<Nat> hidden() { co_return 0; }
  HEDDLE_CANISTER(Ledger, transfer)
};

class Book : public Canister {
 public:
  Update<Nat> read() { co_return 1; }

  Var<Nat> pages{this, "pages", 12};
  HEDDLE_CANISTER(Book, read)
};

const Ref<Ledger> kLedger{1};
const Ref<Book> kBook{2};

class Bank : public Canister {
 public:
  Query<> query_calls() {
    ignore(call(kLedger, &Ledger::transfer, 1));
    co_return;
  }

  Query<> query_arms() {
    set_timer();
    co_return;
  }

  Query<> query_defers() {
    static_cast<void>(make_deferred<Nat>());
    co_return;
  }

  Query<Nat> query_writes() {
    scratch = balance + 1;
    co_return scratch;
  }

  Query<> query_traps() {
    trap("no");
    co_return;
  }

  Update<> await_twice() {
    Future<Nat> once = call(kLedger, &Ledger::transfer, 1);
    co_await once;
    co_await once;
  }

  Update<> await_moved() {
    Future<Nat> one = call(kLedger, &Ledger::transfer, 1);
    const Future<Nat> two = std::move(one);
    co_await one;  // NOLINT(bugprone-use-after-move)
  }

  Update<> lend() {
    lent = std::make_shared<Future<Nat>>(call(kLedger, &Ledger::transfer, 1));
    co_await call(kBook, &Book::read);
  }

  Update<> borrow() { co_await *lent; }

  Update<> call_hidden() { co_await call(kLedger, &Ledger::hidden); }

  Update<> star_twice() {
    Star<> star = nothing();
    co_await std::move(star);
    co_await std::move(star);  // NOLINT(bugprone-use-after-move)
  }

  Star<> nothing() { co_return; }

  Update<> any_of_nothing() {
    std::vector<Future<>> none;
    static_cast<void>(co_await any(none));
  }

  Update<> continue_twice() {
    continue_as(&Bank::continue_twice);
    co_return continue_as(&Bank::continue_twice);
  }

  Update<> continue_and_go_on() {
    continue_as(&Bank::continue_twice);
    co_await call(kBook, &Book::read);
  }

  Update<> remember(Nat amount) {
    plain = static_cast<int>(amount);
    co_return;
  }

  Update<> lose() {
    throw std::out_of_range("index 7");
    co_return;
  }

  Update<> lose_an_int() {
    throw 7;
    co_return;
  }

  Update<> touch_another() {
    other->pages += 1;
    co_return;
  }

  Update<> swallow() {
    try {
      other->pages += 1;
    } catch (...) {
    }
    co_return;
  }

  Update<> make_var_late() {
    const Var<Nat> late(this, "late");
    co_return;
  }

  // Not deterministic: `run` counts how often the code ran.
  Update<> calls_one_or_the_other() {
    if (run++ == 0) {
      co_await call(kLedger, &Ledger::transfer, 1);
    } else {
      co_await call(kBook, &Book::read);
    }
  }

  Update<> other_argument() { co_await call(kLedger, &Ledger::transfer, run++); }

  Update<> other_variable() {
    if (run++ == 0) {
      const Nat now = balance;
      static_cast<void>(now);
    } else {
      scratch = 1;
    }
    co_await call(kBook, &Book::read);
  }

  Update<> other_value() {
    scratch = run++;
    co_await call(kBook, &Book::read);
  }

  Update<> traps_later() {
    if (run++ != 0) {
      trap("this time");
    }
    co_await call(kBook, &Book::read);
  }

  Update<> ends_early() {
    if (run++ == 0) {
      co_await call(kBook, &Book::read);
    }
  }

  Update<> goes_on_early() {
    if (run++ != 0) {
      co_return continue_as(&Bank::goes_on_early);
    }
    co_await call(kBook, &Book::read);
  }

  Update<> awaits_another() {
    Future<Nat> a = call(kBook, &Book::read);
    Future<Nat> b = call(kBook, &Book::read);
    if (run++ == 0) {
      co_await a;
    } else {
      co_await b;
    }
  }

  static inline std::shared_ptr<Future<Nat>> lent;  // NOLINT: what must not be
  static inline int run = 0;                        // NOLINT

  explicit Bank(Book* book) : other(book) {}

  Book* const other;
  int plain = 0;
  Var<Nat> balance{this, "balance", 5};
  Var<Nat> scratch{this, "scratch"};
  HEDDLE_CANISTER(Bank, query_calls, query_arms, query_defers, query_writes, query_traps,
                  await_twice, await_moved, lend, borrow, call_hidden, star_twice, any_of_nothing,
                  continue_twice, continue_and_go_on, remember, lose, lose_an_int, touch_another,
                  swallow, make_var_late, calls_one_or_the_other, other_argument, other_variable,
                  other_value, traps_later, ends_early, goes_on_early, awaits_another)
};

/// A bank, a ledger and a book that know each other; the bank's pieces run.
class Town {
 public:
  Town() {
    Bank::run = 0;
    Bank::lent.reset();
    bench.program->connect(std::make_shared<const Directory>(
        Directory{{"bank", "ledger", "book"},
                  {Principal::named("bank"), Principal::named("ledger"), Principal::named("book")},
                  {&bench.program->info(), &ledger->info(), &book->info()}}));
    bench.always_replay();
  }

  template <class... A>
  std::string misuse(const std::string& method, const A&... arguments) {
    return misuse_of([&] { bench.start(method, arguments...); });
  }

  /// Of a method that suspends at first and is grown again then.
  std::string misuse_at_replay(const std::string& method) {
    const Effects first = bench.start(method);
    EXPECT_EQ(first.end, PieceEnd::kSuspended);
    return misuse_of([&] { bench.resume(first, {bench.reply(Nat(1))}); });
  }

  std::shared_ptr<CoroutineProgram> ledger = make_program<Ledger>(1, "ledger");
  std::shared_ptr<CoroutineProgram> book = make_program<Book>(2, "book");
  Bench<Bank> bench{const_cast<Book*>(&book->as<Book>())};
};

TEST(Misuse, VarOutsideAnExecution) {
  const Town town;
  const std::string text =
      misuse_of([&] { static_cast<void>(town.bench.program->as<Bank>().balance.get()); });
  EXPECT_TRUE(begins(text, "balance was read outside an execution"));
  EXPECT_TRUE(says(text, "now[bank].balance"));
}

TEST(Misuse, VarOfAnotherCanister) {
  Town town;
  EXPECT_TRUE(begins(town.misuse("touch_another"),
                     "bank.touch_another: book.pages was changed while bank executes: "
                     "canisters share no state. Send a message with call(...) instead."));
}

TEST(Misuse, CarriesTheReturnAddressOfAVariablesUse) {
  Town town;
  try {
    town.bench.start("touch_another");
    FAIL();
  } catch (const Misuse& misuse) {
    EXPECT_NE(misuse.site(), nullptr);
  }
}

TEST(Misuse, SwallowedIsReportedAllTheSame) {
  Town town;
  EXPECT_TRUE(says(town.misuse("swallow"), "book.pages was changed while bank executes"));
}

TEST(Misuse, QueryThatCallsArmsOrDefers) {
  Town town;
  const std::string call = town.misuse("query_calls");
  EXPECT_TRUE(begins(call, "bank.query_calls, at or after tests/model/misuse_test.cc:"));
  EXPECT_TRUE(says(call, "a query called another canister: plain queries make no calls"));
  EXPECT_TRUE(says(town.misuse("query_arms"), "a query set the timer"));
  EXPECT_TRUE(says(town.misuse("query_defers"), "a query made a Deferred"));
}

TEST(Misuse, FutureAwaitedTwice) {
  Town town;
  const Effects first = town.bench.start("await_twice");
  EXPECT_TRUE(says(misuse_of([&] { town.bench.resume(first, {town.bench.reply(Nat(1))}); }),
                   "a future was awaited twice: keep the value that the first await gave"));
}

TEST(Misuse, EmptyFutureAwaited) {
  Town town;
  EXPECT_TRUE(says(town.misuse("await_moved"), "an empty future was awaited"));
}

TEST(Misuse, FutureAwaitedByAForeignContext) {
  Town town;
  EXPECT_EQ(town.bench.start("lend").end, PieceEnd::kSuspended);
  EXPECT_TRUE(
      says(town.misuse("borrow"), "a future was awaited by a context that did not make the call"));
}

TEST(Misuse, MethodThatIsNotListed) {
  Town town;
  EXPECT_TRUE(says(town.misuse("call_hidden"),
                   "a method of Ledger was named that its HEDDLE_CANISTER(Ledger, ...) does "
                   "not list: add it there"));
}

TEST(Misuse, StarAwaitedTwiceAndAnyOfNothing) {
  Town town;
  EXPECT_TRUE(says(town.misuse("star_twice"), "a Star was awaited twice"));
  EXPECT_TRUE(says(town.misuse("any_of_nothing"), "any() of no futures"));
}

TEST(Misuse, ContinueAsWithoutReturn) {
  Town town;
  EXPECT_TRUE(says(town.misuse("continue_twice"), "continue_as() was called twice"));
  EXPECT_TRUE(says(town.misuse("continue_and_go_on"),
                   "a method went on after continue_as(): write co_return continue_as(...)"));
}

TEST(Misuse, MemberThatIsNotAVarChanged) {
  Town town;
  EXPECT_TRUE(says(town.misuse("remember", Nat(7)), "bank changed a member that is not a Var"));
}

TEST(Misuse, OtherExceptionsNameTheMethod) {
  Town town;
  EXPECT_TRUE(begins(town.misuse("lose"), "bank.lose: an exception left the method: \"index 7\""));
  EXPECT_TRUE(
      begins(town.misuse("lose_an_int"), "bank.lose_an_int: an exception of an unknown type"));
}

TEST(Misuse, VarMadeAfterInstallation) {
  Town town;
  EXPECT_TRUE(says(town.misuse("make_var_late"),
                   "the Var \"late\" was made after its canister was installed"));
}

TEST(Nondeterminism, NamesBothCalls) {
  Town town;
  EXPECT_TRUE(says(town.misuse_at_replay("calls_one_or_the_other"),
                   "this method is not deterministic: run again with the same answers, it "
                   "first called ledger.transfer, now called book.read"));
}

TEST(Nondeterminism, OfArgumentsAndValues) {
  Town town;
  EXPECT_TRUE(says(town.misuse_at_replay("other_argument"),
                   "it first called ledger.transfer in one way, now called ledger.transfer "
                   "in another"));
  Town another;
  EXPECT_TRUE(says(another.misuse_at_replay("other_value"),
                   "it first wrote scratch in one way, now wrote scratch in another"));
}

TEST(Nondeterminism, OfVariables) {
  Town town;
  EXPECT_TRUE(
      says(town.misuse_at_replay("other_variable"), "it first read balance, now wrote scratch"));
}

TEST(Nondeterminism, OfHowItEnds) {
  Town traps;
  EXPECT_TRUE(says(traps.misuse_at_replay("traps_later"),
                   "it now traps (\"this time\") where it did not before"));
  Town ends;
  EXPECT_TRUE(says(ends.misuse_at_replay("ends_early"), "it ended before it reached the await"));
  Town goes_on;
  EXPECT_TRUE(says(goes_on.misuse_at_replay("goes_on_early"),
                   "it went on as another method before it reached the await"));
  Town awaits;
  EXPECT_TRUE(says(awaits.misuse_at_replay("awaits_another"), "not deterministic"));
}

class TwiceNamed : public Canister {
 public:
  Var<Nat> a{this, "same"};
  Var<Nat> b{this, "same"};
  HEDDLE_CANISTER(TwiceNamed)
};

class TwiceListed : public Canister {
 public:
  Update<> go() { co_return; }
  HEDDLE_CANISTER(TwiceListed, go, go)
};

TEST(Misuse, CanisterThatCannotBeInstalled) {
  EXPECT_TRUE(
      says(misuse_of([] { make_program<TwiceNamed>(0, "twice"); }), "two Vars are named \"same\""));
  EXPECT_TRUE(says(misuse_of([] { make_program<TwiceListed>(0, "twice"); }),
                   "go is listed twice in HEDDLE_CANISTER(TwiceListed, ...)"));
  EXPECT_TRUE(
      says(misuse_of([] { Var<Nat>(nullptr, "lost"); }), "the Var \"lost\" has no canister"));
}

TEST(Misuse, CanisterAskedForAsAnotherClass) {
  const Town town;
  EXPECT_TRUE(says(misuse_of([&] { static_cast<void>(town.bench.program->as<Book>()); }),
                   "which it is not"));
}

TEST(Predicate, ReadsVariablesOfAllCanisters) {
  Town town;
  town.bench.source.variables[{2, {0, 0}}] = town.bench.tables.values.intern(to_bytes(Nat(5)));
  View view(town.bench.tables, town.bench.source);
  const View::Scope scope(&view);
  const Bank& bank = town.bench.program->as<Bank>();
  const Book& book = town.book->as<Book>();
  EXPECT_EQ(bank.balance.get(), 5U);
  EXPECT_TRUE(bank.balance == book.pages);
  EXPECT_TRUE(bank.balance + book.pages == 10);
  EXPECT_FALSE(bank.balance < book.pages);
}

TEST(Predicate, CannotWriteAndHasAValueInEveryState) {
  Town town;
  View view(town.bench.tables, town.bench.source);
  const View::Scope scope(&view);
  auto& bank = const_cast<Bank&>(town.bench.program->as<Bank>());
  EXPECT_TRUE(says(misuse_of([&] { bank.balance = 1; }), "a property wrote a Var"));
  EXPECT_TRUE(
      says(misuse_of([&] { static_cast<void>(bank.balance - 100); }), "a property trapped"));
}

TEST(Predicate, RunsAQueryWhoseWritesAreDiscarded) {
  Town town;
  View view(town.bench.tables, town.bench.source);
  const View::Scope scope(&view);
  const CoroutineProgram& program = *town.bench.program;
  EXPECT_EQ(run_query(view, program, &Bank::query_writes), 6U);
  EXPECT_EQ(program.as<Bank>().scratch.get(), 0U);
}

TEST(Predicate, QueryThatTrapsIsMisuse) {
  Town town;
  View view(town.bench.tables, town.bench.source);
  const View::Scope scope(&view);
  EXPECT_TRUE(says(misuse_of([&] {
                     run_query(view, *town.bench.program, internal::MethodKey(&Bank::query_traps),
                               to_bytes(std::tuple<>()));
                   }),
                   "the query Bank.query_traps did not reply but trapped (\"no\")"));
}

}  // namespace
}  // namespace heddle
