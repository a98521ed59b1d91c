// Traps, guards and cleanup: what a frame may still do, and when it may not.
#include <gtest/gtest.h>

#include "model/bench.h"

namespace heddle {
namespace {

class Vault : public Canister {
 public:
  Update<> pause() { co_return; }

  Update<> swallow() {
    try {
      trap("first");
    } catch (...) {
    }
    try {
      count = 1;
    } catch (...) {
    }
    try {
      const Nat now = count;
      static_cast<void>(now);
    } catch (...) {
    }
    try {
      ignore(call(self(), &Vault::pause));
    } catch (...) {
    }
    try {
      co_await call(self(), &Vault::pause);
    } catch (...) {
    }
    co_return;
  }

  Update<Nat> catch_reject_only() {
    try {
      count -= 1;
    } catch (const Reject&) {
      co_return 1;
    }
    co_return 2;
  }

  Update<> expected() {
    expected_trap("as stated");
    co_return;
  }

  Update<> throw_by_hand() {
    throw Trap("by hand");
    co_return;
  }

  Update<> guarded(Nat after) {
    count = 1;
    const auto release = finally([this] { released += 1; });
    co_await call(self(), &Vault::pause);
    count = 2;
    if (after == 1) {
      trap("after the await");
    }
    if (after == 2) {
      throw Reject{"after the await"};
    }
    co_return;
  }

  Update<> trap_at_once() {
    const auto release = finally([this] { released += 1; });
    count = 1;
    trap("at once");
    co_return;
  }

  Update<> nested() {
    Nat local = 5;
    const auto outer = finally([&] { order.update([&](auto& list) { list.push_back(local); }); });
    local = 6;
    co_await inner();
    local = 9;
    trap("too late to count");
  }

  Star<> inner() {
    Nat local = 1;
    const auto release = finally([&] { order.update([&](auto& list) { list.push_back(local); }); });
    co_await call(self(), &Vault::pause);
    local = 2;
    co_await call(self(), &Vault::pause);
    local = 3;
  }

  Update<> finally_traps() {
    const auto release = finally([this] { released -= 1; });
    co_return;
  }

  Update<> finally_traps_in_unwinding() {
    try {
      const auto release = finally([this] { released -= 1; });
      throw Reject{"on the way"};
    } catch (const Reject&) {
    }
    count = 7;
    co_return;
  }

  Update<> finally_throws() {
    const auto release = finally([] { throw Reject{"from finally"}; });
    co_return;
  }

  Update<> finally_calls() {
    const auto release = finally([this] { ignore(call(self(), &Vault::pause)); });
    co_await call(self(), &Vault::pause);
    trap("after the await");
  }

  Update<> finally_traps_in_cleanup() {
    const auto release = finally([this] {
      count = 5;
      trap("in cleanup");
    });
    co_await call(self(), &Vault::pause);
    trap("after the await");
  }

  Var<Nat> count{this, "count"};
  Var<Nat> released{this, "released"};
  Var<std::vector<Nat>> order{this, "order"};
  HEDDLE_CANISTER(Vault, pause, swallow, catch_reject_only, expected, throw_by_hand, guarded,
                  trap_at_once, nested, finally_traps, finally_traps_in_unwinding, finally_throws,
                  finally_calls, finally_traps_in_cleanup)
};

TEST(Trap, CatchAllDoesNotSwallowIt) {
  Bench<Vault> bench;
  const Effects effects = bench.start("swallow");
  EXPECT_EQ(effects.end, PieceEnd::kTrapped);
  EXPECT_EQ(bench.text(effects), "first");
  EXPECT_TRUE(effects.writes.empty());
  EXPECT_TRUE(effects.sends.empty());
}

TEST(Trap, IsNoReject) {
  Bench<Vault> bench;
  const Effects effects = bench.start("catch_reject_only");
  EXPECT_EQ(effects.end, PieceEnd::kTrapped);
  EXPECT_FALSE(effects.trap_expected);
}

TEST(Trap, CanBeStatedAsExpected) {
  Bench<Vault> bench;
  const Effects effects = bench.start("expected");
  EXPECT_EQ(effects.end, PieceEnd::kTrapped);
  EXPECT_TRUE(effects.trap_expected);
  EXPECT_EQ(bench.text(effects), "as stated");
}

TEST(Trap, ThrownByHandIsATrap) {
  Bench<Vault> bench;
  const Effects effects = bench.start("throw_by_hand");
  EXPECT_EQ(effects.end, PieceEnd::kTrapped);
  EXPECT_EQ(bench.text(effects), "by hand");
}

TEST(Finally, RunsOnNormalExitAndOnThrow) {
  for (const Nat& after : {Nat(0), Nat(2)}) {
    Bench<Vault> bench;
    const Effects first = bench.start("guarded", after);
    EXPECT_FALSE(bench.written<Nat>(first, "released"));
    bench.commit(first);
    const Effects second = bench.resume(first, {bench.reply()});
    EXPECT_EQ(bench.written<Nat>(second, "released"), Nat(1));
    EXPECT_EQ(second.end, after == 0 ? PieceEnd::kReplied : PieceEnd::kRejected);
  }
}

TEST(Finally, DoesNotRunWhenTheFirstExecutionTraps) {
  Bench<Vault> bench;
  const Effects effects = bench.start("trap_at_once");
  EXPECT_EQ(effects.end, PieceEnd::kTrapped);
  EXPECT_TRUE(effects.writes.empty());
}

TEST(Finally, RunsInCleanupOnTheRolledBackVariables) {
  for (const bool replay : {false, true}) {
    Bench<Vault> bench;
    if (replay) {
      bench.always_replay();
    }
    const Effects first = bench.start("guarded", Nat(1));
    bench.commit(first);
    const Effects second = bench.resume(first, {bench.reply()});
    EXPECT_EQ(second.end, PieceEnd::kTrapped);
    EXPECT_TRUE(second.writes.empty());
    const Effects cleanup = bench.clean_up(first);
    EXPECT_EQ(cleanup.end, PieceEnd::kCleanedUp);
    EXPECT_EQ(bench.written<Nat>(cleanup, "released"), Nat(1));
    EXPECT_FALSE(bench.written<Nat>(cleanup, "count"));
  }
}

TEST(Cleanup, SeesLocalsOfTheSuspendedAwait) {
  for (const bool replay : {false, true}) {
    Bench<Vault> bench;
    if (replay) {
      bench.always_replay();
    }
    const Effects first = bench.start("nested");
    const Effects second = bench.resume(first, {bench.reply()});
    ASSERT_EQ(second.end, PieceEnd::kSuspended);
    const Effects trapped = bench.resume(second, {bench.reply()});
    ASSERT_EQ(trapped.end, PieceEnd::kTrapped);
    // Innermost first; the local of `inner` is what it was at the second await.
    const Effects cleanup = bench.clean_up(second);
    EXPECT_EQ(bench.written<std::vector<Nat>>(cleanup, "order"),
              (std::vector<Nat>{Nat(2), Nat(6)}));
    const Effects earlier = bench.clean_up(first);
    EXPECT_EQ(bench.written<std::vector<Nat>>(earlier, "order"),
              (std::vector<Nat>{Nat(1), Nat(6)}));
  }
}

TEST(Finally, TrapInItTrapsTheExecution) {
  Bench<Vault> bench;
  EXPECT_EQ(bench.start("finally_traps").end, PieceEnd::kTrapped);
  const Effects unwinding = bench.start("finally_traps_in_unwinding");
  EXPECT_EQ(unwinding.end, PieceEnd::kTrapped);
  EXPECT_TRUE(unwinding.writes.empty());
}

TEST(Finally, RejectOutOfItTrapsTheExecution) {
  Bench<Vault> bench;
  const Effects effects = bench.start("finally_throws");
  EXPECT_EQ(effects.end, PieceEnd::kTrapped);
  EXPECT_EQ(bench.text(effects), "a Reject left a finally: \"from finally\"");
}

TEST(Cleanup, MayNotCall) {
  Bench<Vault> bench;
  const Effects first = bench.start("finally_calls");
  const Effects cleanup = bench.clean_up(first);
  EXPECT_EQ(cleanup.end, PieceEnd::kTrapped);
  EXPECT_EQ(bench.text(cleanup),
            "a call from cleanup: cleanup may neither call, reply nor await [C9]");
  EXPECT_TRUE(cleanup.sends.empty());
}

TEST(Cleanup, TrapInItUndoesIt) {
  Bench<Vault> bench;
  const Effects first = bench.start("finally_traps_in_cleanup");
  const Effects cleanup = bench.clean_up(first);
  EXPECT_EQ(cleanup.end, PieceEnd::kTrapped);
  EXPECT_TRUE(cleanup.writes.empty());
}

/// A Rust canister's guard: a destructor that writes.
class Lock {
 public:
  explicit Lock(Var<Nat>& locks) : locks_(locks) { locks_ += 1; }

  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  ~Lock() { locks_ -= 1; }

 private:
  Var<Nat>& locks_;
};

class Guarded : public RustCanister {
 public:
  Update<> pause() { co_return; }

  Update<> work() {
    const Lock lock(locks);
    co_await call(self(), &Guarded::pause);
    trap("after the await");
  }

  Update<> finish() {
    const Lock lock(locks);
    co_await call(self(), &Guarded::pause);
  }

  Update<> trap_at_once() {
    const Lock lock(locks);
    trap("at once");
    co_return;
  }

  Update<> unlock_too_much() {
    const Lock lock(locks);
    co_await call(self(), &Guarded::pause);
    locks = 0;
    throw Reject{"the destructor traps now"};
  }

  Var<Nat> locks{this, "locks"};
  HEDDLE_CANISTER(Guarded, pause, work, finish, trap_at_once, unlock_too_much)
};

TEST(Guard, DiscardedFrameWritesNothing) {
  Bench<Guarded> bench;
  const Effects first = bench.start("work");
  EXPECT_EQ(bench.written<Nat>(first, "locks"), Nat(1));
  // The kept frame is thrown away while nothing runs, and while something else does.
  bench.program->set_options({.frames_max = 0});
  bench.program->set_options({.frames_max = 1});
  const Effects again = bench.start("work");
  EXPECT_EQ(again.log, first.log);
  const Effects other = bench.start("finish");
  EXPECT_EQ(bench.written<Nat>(other, "locks"), Nat(1));
  EXPECT_EQ(other.end, PieceEnd::kSuspended);
}

TEST(Guard, OfATrappedFrameWritesNothing) {
  Bench<Guarded> bench;
  const Effects at_once = bench.start("trap_at_once");
  EXPECT_EQ(at_once.end, PieceEnd::kTrapped);
  EXPECT_TRUE(at_once.writes.empty());
  const Effects first = bench.start("work");
  bench.commit(first);
  const Effects trapped = bench.resume(first, {bench.reply()});
  EXPECT_EQ(trapped.end, PieceEnd::kTrapped);
  EXPECT_EQ(bench.text(trapped), "after the await");
  EXPECT_TRUE(trapped.writes.empty());
}

TEST(Guard, RunsInCleanup) {
  Bench<Guarded> bench;
  const Effects first = bench.start("work");
  bench.commit(first);
  const Effects cleanup = bench.clean_up(first);
  EXPECT_EQ(cleanup.end, PieceEnd::kCleanedUp);
  EXPECT_EQ(bench.written<Nat>(cleanup, "locks"), Nat(0));
}

TEST(Guard, TrapInItsDestructorTrapsCleanupAndUnwinding) {
  Bench<Guarded> bench;
  const Effects first = bench.start("work");
  // Not committed: the variable is still 0, so unlocking goes below it.
  EXPECT_EQ(bench.clean_up(first).end, PieceEnd::kTrapped);
  const Effects second = bench.start("unlock_too_much");
  EXPECT_EQ(bench.resume(second, {bench.reply()}).end, PieceEnd::kTrapped);
}

TEST(Guard, ProgramCanBeDestroyedWithFramesKept) {
  Bench<Guarded> bench;
  EXPECT_EQ(bench.start("work").end, PieceEnd::kSuspended);
  bench.program.reset();
}

/// What cannot be reported by an exception ends the run and says who it was.
class Wild : public Canister {
 public:
  Update<> spin(Nat n) {
    spin_while(n != 0);
    co_return;
  }

  Update<> recurse(Nat n) {
    count = deeper(static_cast<std::uint64_t>(n));
    co_return;
  }

  Update<> trap_in_destructor() {
    {
      const Lock lock(count);
      count = 0;
    }
    co_return;
  }

  Var<Nat> count{this, "count"};
  HEDDLE_CANISTER(Wild, spin, recurse, trap_in_destructor)

 private:
  static void spin_while(bool asked) {
    volatile bool on = asked;
    while (on) {
    }
  }

  std::uint64_t deeper(std::uint64_t n) const {
    volatile char page[4096];
    page[0] = static_cast<char>(n);
    if (n == 0) {
      return 0;  // as good as never
    }
    return deeper(n + 1) + static_cast<std::uint64_t>(page[0]);
  }
};

TEST(WildDeathTest, PieceThatDoesNotComeBackEndsTheRun) {
  EXPECT_EXIT(
      {
        Bench<Wild> bench;
        bench.program->set_options({.piece_ms_max = 50});
        bench.start("spin", Nat(7));
      },
      testing::ExitedWithCode(65), "bank\\.spin\\(7\\) has run for more than 50 ms");
}

TEST(WildDeathTest, TrapOutOfADestructorEndsTheRun) {
  EXPECT_EXIT(Bench<Wild>().start("trap_in_destructor"), testing::ExitedWithCode(65),
              "bank\\.trap_in_destructor\\(\\) let a trap .* out of a destructor");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
#define __has_feature(feature) 0  // NOLINT
#endif
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
TEST(WildDeathTest, StackOverflowEndsTheRun) {
  EXPECT_EXIT(Bench<Wild>().start("recurse", Nat(3)), testing::ExitedWithCode(65),
              "bank\\.recurse\\(3\\) overflowed the stack");
}
#endif
#endif

}  // namespace
}  // namespace heddle
