// Symmetry of canisters that differ in nothing but their names, against the search without it.
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>

#include "checker/symmetric.h"
#include "checker/systems.h"

namespace heddle {
namespace {

using namespace symmetric;

std::string numbered(const char* name, int number) {
  return fmt::format("{}{}", name, number + 1);
}

/// How many sets of n with repetition there are of k.
std::uint64_t sets_of(std::uint64_t n, std::uint64_t k) {
  std::uint64_t count = 1;
  for (std::uint64_t i = 1; i <= n; ++i) {
    count = count * (k + i - 1) / i;
  }
  return count;
}

Verdict reduced(const Describe& describe) {
  const heddle::Setup setup = built(describe);
  return check(setup.system, setup.claims, options_of(true));
}

Verdict whole(const Describe& describe) {
  const heddle::Setup setup = built(describe);
  return check(setup.system, setup.claims, options_of(false));
}

/// Hands out one coin to each of whom it is told, and remembers whom.
class Mint : public Canister {
 public:
  Update<Nat> coin() {
    given[caller()] = Nat(1);
    last = caller();
    co_return Nat(given.size());
  }

  VarMap<Principal, Nat> given{this, "given"};
  Var<Principal> last{this, "last", Principal()};
  HEDDLE_CANISTER(Mint, coin)
};

class Wallet : public Canister {
 public:
  explicit Wallet(Ref<Mint> its_mint) : mint(its_mint) {}

  Update<Nat> fill() {
    Future<Nat> asked = call(mint, &Mint::coin);
    const Nat rank = co_await asked;
    place = rank;
    co_return rank;
  }

  Update<> touch() {
    touched += 1;
    Future<> again = call(self(), &Wallet::settle);
    co_await again;
    touched += 1;
  }

  Update<> settle() { co_return; }

  const Ref<Mint> mint;
  Var<Nat> place{this, "place", 0};
  Var<Nat> touched{this, "touched", 0};
  HEDDLE_CANISTER(Wallet, fill, touch, settle)
};

// ---- How many states are left.

TEST(Clones, WhoHaveNothingInCommonAreASetOfTheirLocalStates) {
  const auto with = [](int count) {
    return [count](Scenario& s) {
      auto mint = s.install<Mint>("mint");
      for (int i = 0; i < count; ++i) {
        auto wallet = s.install<Wallet>(numbered("wallet", i), mint);
        s.user(numbered("user", i)).calls(wallet, &Wallet::touch);
      }
    };
  };
  const std::uint64_t local = whole(with(1)).states;
  ASSERT_GT(local, 3U);
  std::uint64_t all = local;
  for (int count = 2; count <= 4; ++count) {
    all *= local;
    EXPECT_EQ(whole(with(count)).states, all);
    EXPECT_EQ(reduced(with(count)).states, sets_of(static_cast<std::uint64_t>(count), local));
  }
}

TEST(Clones, OfACallerOfAllAreASetOfTheirLocalStates) {
  const auto with = [](int count) {
    return [count](Scenario& s) {
      auto mint = s.install<Mint>("mint");
      for (int i = 0; i < count; ++i) {
        auto wallet = s.install<Wallet>(numbered("wallet", i), mint);
        s.user("alice").calls(wallet, &Wallet::touch);
      }
    };
  };
  const std::uint64_t local = whole(with(1)).states;
  for (int count = 2; count <= 4; ++count) {
    EXPECT_EQ(reduced(with(count)).states, sets_of(static_cast<std::uint64_t>(count), local));
  }
}

TEST(Clones, GoWithTheCanistersThatTheyWereGiven) {
  const auto with = [](int count) {
    return [count](Scenario& s) {
      for (int i = 0; i < count; ++i) {
        auto mint = s.install<Mint>(numbered("mint", i));
        auto wallet = s.install<Wallet>(numbered("wallet", i), mint);
        s.user(numbered("user", i)).calls(wallet, &Wallet::fill);
      }
    };
  };
  const std::uint64_t local = whole(with(1)).states;
  for (int count = 2; count <= 4; ++count) {
    const Verdict verdict = reduced(with(count));
    EXPECT_EQ(verdict.states, sets_of(static_cast<std::uint64_t>(count), local));
    EXPECT_NE(verdict.scope.find("mint1 with wallet1 and user1, mint2 with wallet2 and user2"),
              std::string::npos)
        << verdict.scope;
  }
}

/// How many states there are of `count` wallets that have nothing in common when each of two users
/// calls all of them, up to the names of the users and of the wallets: by Burnside's lemma, from
/// how many a wallet has and how many of these stay what they are when the users change names.
std::uint64_t orbits_of_wallets(int count, std::uint64_t all, std::uint64_t stay) {
  return count == 2 ? (all * all + all + stay * stay + all) / 4
                    : (all * all * all + 3 * all * all + 2 * all + stay * stay * stay +
                       3 * stay * all + 2 * stay) /
                          12;
}

TEST(Clones, OfUsersWhoCallAllAreRenamedApartFromThese) {
  const auto with = [](int count) {
    return [count](Scenario& s) {
      auto mint = s.install<Mint>("mint");
      for (int i = 0; i < count; ++i) {
        auto wallet = s.install<Wallet>(numbered("wallet", i), mint);
        s.user("alice").calls(wallet, &Wallet::touch);
        s.user("bob").calls(wallet, &Wallet::touch);
      }
    };
  };
  const std::uint64_t local = whole(with(1)).states;
  const std::uint64_t up_to_users = reduced(with(1)).states;
  const std::uint64_t stay = 2 * up_to_users - local;
  EXPECT_EQ(whole(with(2)).states, local * local);
  for (const int count : {2, 3}) {
    const Verdict verdict = reduced(with(count));
    EXPECT_EQ(verdict.states, orbits_of_wallets(count, local, stay));
    EXPECT_NE(verdict.scope.find("alice, bob and of wallet1 with alice#1 and bob#1"),
              std::string::npos)
        << verdict.scope;
  }
}

/// All states, each as lines in which the i-th wallet and its user are called i; and how many are
/// left when these numbers are put in all orders.
std::pair<std::uint64_t, std::uint64_t> orbits_of(const heddle::Setup& setup, int count) {
  Kernel kernel(setup.system);
  Stepper stepper(kernel);
  const auto value = [&](ValueId id) {
    return id == 0 ? std::string() : std::string(kernel.tables().values[id]);
  };
  const auto canister = [&](std::uint32_t id) { return kernel.system().canisters[id].name; };
  const auto lines_of = [&](const StateVector& state) {
    std::vector<std::string> lines;
    for (LeafPosition at = 0; at < state.size(); ++at) {
      const LeafKey key = kernel.key(at);
      if (state[at] == 0 || (key.kind == LeafKind::kVariable && key.c == Subject::kKeySet)) {
        continue;
      }
      std::string line = fmt::format("{} ", static_cast<int>(key.kind));
      switch (key.kind) {
        case LeafKind::kVariable:
          line +=
              fmt::format("{} {} {} {}", canister(key.a), key.b, value(key.c), value(state[at]));
          break;
        case LeafKind::kContext:
          line += fmt::format("{} {}", kernel.name(key.b),
                              static_cast<int>(kernel.context_state(state[at]).phase));
          break;
        case LeafKind::kOpenCalls:
          line += kernel.name(key.b);
          for (const OpenCall& call : kernel.open_calls(state[at])) {
            const bool waits = call.status == OpenCall::Status::kWaiting;
            line += fmt::format(
                " {} {}", static_cast<int>(call.status),
                waits ? std::string() : value(kernel.tables().answer(call.answer).value));
          }
          break;
        case LeafKind::kQueue:
          line += canister(key.a) + canister(key.b);
          for (const std::uint32_t request : kernel.list(state[at])) {
            line += " " + kernel.name(kernel.request(request).caller);
          }
          break;
        default:
          line += fmt::format("{} {} {}", canister(key.a), canister(key.b), state[at]);
          break;
      }
      lines.push_back(line);
    }
    return lines;
  };
  std::vector<StateVector> frontier{kernel.initial()};
  std::set<std::vector<LeafValue>> known;
  std::set<std::vector<std::string>> orbits;
  while (!frontier.empty()) {
    StateVector state = frontier.back();
    frontier.pop_back();
    state.normalise();
    if (!known.emplace(state.leaves().begin(), state.leaves().end()).second) {
      continue;
    }
    std::string digits;
    for (int i = 0; i < count; ++i) {
      digits += static_cast<char>('1' + i);
    }
    std::vector<std::string> least;
    do {
      std::vector<std::string> lines = lines_of(state);
      for (std::string& line : lines) {
        for (const std::string name : {"wallet", "user"}) {
          for (std::size_t at = line.find(name); at != std::string::npos;
               at = line.find(name, at + 1)) {
            char& digit = line[at + name.size()];
            digit = digits[static_cast<std::size_t>(digit - '1')];
          }
        }
      }
      std::ranges::sort(lines);
      least = least.empty() ? lines : std::min(least, lines);
    } while (std::ranges::next_permutation(digits).found);
    orbits.insert(least);
    std::vector<Event> events;
    stepper.enabled(state, events);
    for (const Event& event : events) {
      frontier.push_back(stepper.next(state, event));
    }
  }
  return {orbits.size(), known.size()};
}

TEST(Clones, OneStateStandsForAllThatDifferByNamesOfClonesAndUsers) {
  for (int count = 2; count <= 4; ++count) {
    const Describe describe = [count](Scenario& s) {
      auto mint = s.install<Mint>("mint");
      for (int i = 0; i < count; ++i) {
        auto wallet = s.install<Wallet>(numbered("wallet", i), mint);
        s.user(numbered("user", i)).calls(wallet, &Wallet::fill);
      }
    };
    const heddle::Setup setup = built(describe);
    const auto [orbits, states] = orbits_of(setup, count);
    EXPECT_LT(orbits, states);
    EXPECT_EQ(whole(describe).states, states);
    for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
      const Verdict verdict = check(setup.system, setup.claims, options_of(true, strategy));
      EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
      EXPECT_EQ(verdict.states, orbits);
    }
  }
}

// ---- What is asked of them.

TEST(Clones, APropertyOfOneIsAskedOfAllWhomItMayStandFor) {
  const Verdict verdict = compared([](Scenario& s) {
    auto mint = s.install<Mint>("mint");
    std::vector<Ref<Wallet>> wallets;
    for (int i = 0; i < 3; ++i) {
      wallets.push_back(s.install<Wallet>(numbered("wallet", i), mint));
      s.user(numbered("user", i)).calls(wallets.back(), &Wallet::fill);
    }
    s.always("the second is not the third",
             [=](const State& now) { return now[wallets[1]].place != 3; });
    s.sometimes("the third is the last",
                [=](const State& now) { return now[mint].last == Principal::named("wallet3"); });
    s.outcomes("places", [=](const State& end) {
      return fmt::format("{} {} {}", end[wallets[0]].place.get(), end[wallets[1]].place.get(),
                         end[wallets[2]].place.get());
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.answered, Answered::kViolated);
}

TEST(Clones, OutcomeSetsHoldAllNames) {
  const Verdict verdict = compared([](Scenario& s) {
    auto mint = s.install<Mint>("mint");
    for (int i = 0; i < 3; ++i) {
      auto wallet = s.install<Wallet>(numbered("wallet", i), mint);
      s.user(numbered("user", i)).calls(wallet, &Wallet::fill);
    }
    s.outcomes("last", [=](const State& end) { return end[mint].last.get(); });
    s.measure("to the first", [=](const State& now) -> std::uint64_t {
      return now.in_flight(Ref<Wallet>(1), mint);
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.outcomes.at("last").size(), 3);
}

TEST(Clones, WhatIsAskedOfOnesQueuesCallsAndContextsIsAskedUnderAllNames) {
  const Verdict verdict = compared([](Scenario& s) {
    auto mint = s.install<Mint>("mint");
    std::vector<Ref<Wallet>> wallets;
    for (int i = 0; i < 2; ++i) {
      wallets.push_back(s.install<Wallet>(numbered("wallet", i), mint));
      s.user(numbered("user", i)).calls(wallets.back(), &Wallet::fill);
    }
    for (std::size_t i = 0; i < 2; ++i) {
      const Ref<Wallet> one = wallets[i];
      const Ref<Wallet> other = wallets[1 - i];
      const auto first = [=](const State& now) { return now[one].place == 1; };
      s.measure(fmt::format("{} queued", i), [=](const State& now) -> std::uint64_t {
        return first(now) ? now.requests(other, mint, &Mint::coin).size() : 0;
      });
      s.measure(fmt::format("{} answered", i), [=](const State& now) -> std::uint64_t {
        return first(now) ? now.replies(other, mint, &Mint::coin).size() : 0;
      });
      s.measure(fmt::format("{} open", i), [=](const State& now) -> std::uint64_t {
        return first(now) ? now.open_contexts(other).size() : 0;
      });
      s.measure(fmt::format("{} in flight", i), [=](const State& now) -> std::uint64_t {
        return first(now) ? now.in_flight(other, mint) : 0;
      });
    }
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.peaks.size(), 8U);
  for (const auto& [name, peak] : verdict.peaks) {
    EXPECT_EQ(peak, 1U) << name;
  }
}

TEST(Clones, WhatNamesNobodyButOneIsAskedUnderAllNames) {
  const Verdict verdict = compared([](Scenario& s) {
    auto mint = s.install<Mint>("mint");
    std::vector<Ref<Wallet>> wallets;
    for (int i = 0; i < 2; ++i) {
      wallets.push_back(s.install<Wallet>(numbered("wallet", i), mint));
      s.user(numbered("user", i)).calls(wallets.back(), &Wallet::fill);
    }
    for (std::size_t i = 0; i < 2; ++i) {
      const Ref<Wallet> one = wallets[i];
      const Ref<Wallet> other = wallets[1 - i];
      const auto none_given = [=](const State& now) { return now[mint].given.size() == 0; };
      s.sometimes(fmt::format("{} alone calls", i), [=](const State& now) {
        return none_given(now) && now.in_flight(one, mint) == 1 && now.in_flight(other, mint) == 0;
      });
      s.sometimes(fmt::format("{} alone is queued", i), [=](const State& now) {
        return none_given(now) && now.requests(one, mint, &Mint::coin).size() == 1 &&
               now.requests(other, mint, &Mint::coin).empty();
      });
      s.sometimes(fmt::format("{} alone is open", i), [=](const State& now) {
        return none_given(now) && now.open_contexts(one).size() == 1 &&
               now.open_contexts(other).empty();
      });
    }
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.answered, Answered::kVerified);
}

TEST(Clones, FaultsAreReducedToo) {
  const Verdict verdict = compared([](Scenario& s) {
    auto mint = s.install<Mint>("mint");
    for (int i = 0; i < 2; ++i) {
      auto wallet = s.install<Wallet>(numbered("wallet", i), mint);
      s.user(numbered("user", i)).calls(wallet, &Wallet::fill);
    }
    s.profile(safety);
    s.faults().dropped_ingress = 1;
    s.faults().resubmissions = 1;
    s.outcomes("last", [=](const State& end) { return end[mint].last.get(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
}

TEST(Clones, OfSeveralKindsChangeNamesApart) {
  const Verdict verdict = compared([](Scenario& s) {
    std::vector<Ref<Mint>> mints;
    for (int i = 0; i < 2; ++i) {
      mints.push_back(s.install<Mint>(numbered("mint", i)));
      s.user("alice").calls(mints.back(), &Mint::coin);
    }
    auto bank = s.install<Mint>("bank");
    for (int i = 0; i < 2; ++i) {
      auto wallet = s.install<Wallet>(numbered("wallet", i), bank);
      s.user(numbered("user", i)).calls(wallet, &Wallet::fill);
    }
    s.always("the first never alone", [=](const State& now) {
      return now[mints[0]].given.size() <= now[mints[1]].given.size();
    });
    s.outcomes("last", [=](const State& end) { return end[bank].last.get(); });
  });
  EXPECT_NE(verdict.scope.find("up to symmetry of mint1 with alice#1, mint2 with alice#2 and of "
                               "wallet1 with user1, wallet2 with user2"),
            std::string::npos)
      << verdict.scope;
  EXPECT_EQ(verdict.answered, Answered::kViolated);
}

TEST(Clones, OfWhichSeveralShareACanisterStayTogether) {
  const Verdict verdict = compared([](Scenario& s) {
    std::vector<Ref<Mint>> mints;
    for (int i = 0; i < 2; ++i) {
      mints.push_back(s.install<Mint>(numbered("mint", i)));
    }
    for (int i = 0; i < 4; ++i) {
      auto wallet =
          s.install<Wallet>(numbered("wallet", i), mints[static_cast<std::size_t>(i) % 2]);
      s.user(numbered("user", i)).calls(wallet, &Wallet::fill);
    }
    s.outcomes("last", [=](const State& end) {
      return fmt::format("{} {}", end[mints[0]].last.get(), end[mints[1]].last.get());
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.outcomes.at("last").size(), 4);
}

TEST(Clones, OfTheEnvironmentGoWithThoseWhoAskThem) {
  const auto with = [](int second) {
    return compared([=](Scenario& s) {
      std::vector<Ref<Wallet>> wallets;
      for (int i = 0; i < 2; ++i) {
        auto mint = s.install_environment<Mint>(numbered("mint", i));
        mint.replies(&Mint::coin, Nat(1));
        mint.replies(&Mint::coin, Nat(i == 0 ? 2 : second));
        wallets.push_back(s.install<Wallet>(numbered("wallet", i), mint));
        s.user(numbered("user", i)).calls(wallets.back(), &Wallet::fill);
      }
      s.outcomes("places", [=](const State& end) {
        return fmt::format("{} {}", end[wallets[0]].place.get(), end[wallets[1]].place.get());
      });
    });
  };
  EXPECT_TRUE(is_reduced(with(2)));
  EXPECT_EQ(refusal(with(3)), "wallet1 and wallet2 are told apart by what mint1 starts with");
}

// ---- Where their names are.

TEST(Clones, NamesMayBeOfSeveralLengths) {
  const Verdict verdict = compared([](Scenario& s) {
    auto mint = s.install<Mint>("mint");
    for (int i = 8; i < 10; ++i) {
      auto wallet = s.install<Wallet>(numbered("wallet", i), mint);
      s.user(numbered("user", i)).calls(wallet, &Wallet::fill);
    }
    s.outcomes("last", [=](const State& end) { return end[mint].last.get(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.outcomes.at("last").size(), 2);
}

/// Remembers who reports, by handle and by principal, and calls back.
class Boss : public Canister {
 public:
  Update<> report();

  VarMap<AnyRef, Nat> known{this, "known"};
  Var<std::vector<AnyRef>> order{this, "order", {}};
  HEDDLE_CANISTER(Boss, report)
};

class Worker : public Canister {
 public:
  explicit Worker(Ref<Boss> its_boss) : boss(its_boss) {}

  Update<> go() {
    Future<> reported = call(boss, &Boss::report);
    co_await reported;
  }

  Update<> work() {
    done += 1;
    co_return;
  }

  const Ref<Boss> boss;
  Var<Nat> done{this, "done", 0};
  HEDDLE_CANISTER(Worker, go, work)
};

Update<> Boss::report() {
  const AnyRef who = canister_of(caller());
  known[who] = Nat(1);
  order.update([&](auto& list) { list.push_back(who); });
  const Ref<Worker> worker(who);
  Future<> worked = call(worker, &Worker::work);
  co_await worked;
  known.erase(who);
}

TEST(Clones, HandlesInKeysListsLogsAndArgumentsAreRenamed) {
  const Verdict verdict = compared([](Scenario& s) {
    auto boss = s.install<Boss>("boss");
    for (int i = 0; i < 3; ++i) {
      auto worker = s.install<Worker>(numbered("worker", i), boss);
      s.user("alice").calls(worker, &Worker::go);
    }
    s.outcomes("order", [=](const State& end) {
      std::string text;
      for (const AnyRef who : end[boss].order.get()) {
        text += fmt::format("{} ", who.id());
      }
      return text;
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.outcomes.at("order").size(), 6);
}

class Peer;

/// Tells who comes who has come before.
class Registry : public Canister {
 public:
  Update<std::vector<AnyRef>> join() {
    const std::vector<AnyRef> before = joined.get();
    joined.update([&](auto& list) { list.push_back(canister_of(caller())); });
    co_return before;
  }

  Var<std::vector<AnyRef>> joined{this, "joined", {}};
  HEDDLE_CANISTER(Registry, join)
};

class Peer : public Canister {
 public:
  explicit Peer(Ref<Registry> its_registry) : registry(its_registry) {}

  Update<> go() {
    Future<std::vector<AnyRef>> joined = call(registry, &Registry::join);
    const std::vector<AnyRef> others = co_await joined;
    std::vector<Future<>> greeted;
    for (const AnyRef other : others) {
      const Ref<Peer> peer(other);
      greeted.push_back(call(peer, &Peer::greet));
    }
    for (Future<>& each : greeted) {
      co_await each;
    }
  }

  Update<> greet() {
    greeted_by[caller()] = Nat(1);
    co_return;
  }

  const Ref<Registry> registry;
  VarMap<Principal, Nat> greeted_by{this, "greeted_by"};
  HEDDLE_CANISTER(Peer, go, greet)
};

TEST(Clones, WhoCallEachOtherAreRenamedAtBothEnds) {
  const Verdict verdict = compared([](Scenario& s) {
    auto registry = s.install<Registry>("registry");
    std::vector<Ref<Peer>> peers;
    for (int i = 0; i < 3; ++i) {
      peers.push_back(s.install<Peer>(numbered("peer", i), registry));
      s.user(numbered("user", i)).calls(peers.back(), &Peer::go);
    }
    s.faults().rejects = 1;
    s.without("every call answered");
    s.outcomes("greeted", [=](const State& end) {
      return fmt::format("{} {} {}", end[peers[0]].greeted_by.size(),
                         end[peers[1]].greeted_by.size(), end[peers[2]].greeted_by.size());
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
}

/// Its timer makes a Deferred, whose name is that of a task.
class Clock : public Canister {
 public:
  TimerTask timer() {
    const Deferred<Nat> made = make_deferred<Nat>();
    ticket = made;
    const Nat got = co_await made.future();
    rung += got;
  }

  Update<> settle() {
    const Deferred<Nat> made = ticket.get();
    ticket = Deferred<Nat>();
    if (!(made == Deferred<Nat>())) {
      made.resolve(Nat(1));
    }
    co_return;
  }

  Update<> arm() {
    set_timer(1);
    co_return;
  }

  Var<Deferred<Nat>> ticket{this, "ticket", Deferred<Nat>()};
  Var<Nat> rung{this, "rung", 0};
  HEDDLE_CANISTER(Clock, timer, settle, arm)
};

TEST(Clones, TimersTasksAndTheirDeferredsAreRenamed) {
  const Verdict verdict = compared([](Scenario& s) {
    std::vector<Ref<Clock>> clocks;
    for (int i = 0; i < 2; ++i) {
      clocks.push_back(s.install<Clock>(numbered("clock", i)));
      s.user(numbered("user", i)).calls(clocks.back(), &Clock::arm);
      s.user(numbered("user", i)).calls(clocks.back(), &Clock::settle);
    }
    s.without("every call answered");
    s.outcomes("rung", [=](const State& end) {
      return fmt::format("{} {}", end[clocks[0]].rung.get(), end[clocks[1]].rung.get());
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.outcomes.at("rung").size(), 4);
}

// ---- What tells them apart.

/// Calls all that it was given, one after the other.
class Head : public Canister {
 public:
  explicit Head(std::vector<Ref<Mint>> given) : mints(std::move(given)) {}

  Update<> run() {
    for (const Ref<Mint>& mint : mints) {
      Future<Nat> coin = call(mint, &Mint::coin);
      co_await coin;
    }
  }

  const std::vector<Ref<Mint>> mints;
  HEDDLE_CANISTER(Head, run)
};

TEST(Clones, ThatAnotherIsGivenInAListAreToldApart) {
  const Verdict verdict = compared([](Scenario& s) {
    std::vector<Ref<Mint>> mints;
    for (int i = 0; i < 2; ++i) {
      mints.push_back(s.install<Mint>(numbered("mint", i)));
    }
    auto head = s.install<Head>("head", mints);
    s.user("alice").calls(head, &Head::run);
  });
  EXPECT_EQ(refusal(verdict), "mint1 and mint2 are told apart by what head starts with");
}

/// Whom it calls is not seen from outside.
class Secretive : public Canister {
 public:
  struct Secret {
    explicit Secret(Ref<Mint> whom) : mint(whom) {}

    Ref<Mint> mint;
  };

  explicit Secretive(const std::shared_ptr<Secret>& secret) : mint(secret->mint) {}

  Update<> run() {
    Future<Nat> coin = call(mint, &Mint::coin);
    co_await coin;
  }

  const Ref<Mint> mint;
  HEDDLE_CANISTER(Secretive, run)
};

TEST(Clones, ThatCodeNamesAreToldApartWhenItRuns) {
  const Verdict verdict = compared([](Scenario& s) {
    std::vector<Ref<Mint>> mints;
    for (int i = 0; i < 2; ++i) {
      mints.push_back(s.install<Mint>(numbered("mint", i)));
    }
    auto secretive =
        s.install<Secretive>("secretive", std::make_shared<Secretive::Secret>(mints[0]));
    s.user("alice").calls(secretive, &Secretive::run);
    s.outcomes("given", [=](const State& end) {
      return fmt::format("{} {}", end[mints[0]].given.size(), end[mints[1]].given.size());
    });
  });
  EXPECT_EQ(refusal(verdict), "secretive.run does not treat mint1 and mint2 alike");
}

/// Looks at its own name.
class Vain : public Canister {
 public:
  Update<> look() {
    if (principal_of(self()) == Principal::named("vain2")) {
      seen = Nat(1);
    }
    co_return;
  }

  Var<Nat> seen{this, "seen", 0};
  HEDDLE_CANISTER(Vain, look)
};

TEST(Clones, WhoseCodeGoesByItsOwnNameAreToldApartWhenItRuns) {
  const Verdict verdict = compared([](Scenario& s) {
    std::vector<Ref<Vain>> all;
    for (int i = 0; i < 2; ++i) {
      all.push_back(s.install<Vain>(numbered("vain", i)));
      s.user(numbered("user", i)).calls(all.back(), &Vain::look);
    }
    s.outcomes("seen", [=](const State& end) {
      return fmt::format("{}{}", end[all[0]].seen.get(), end[all[1]].seen.get());
    });
  });
  EXPECT_EQ(refusal(verdict),
            "vain1.look does not treat vain1 with user1 and vain2 with user2 alike");
}

/// Two wallets with a user each, of whom `more` tells something apart.
template <class More>
Verdict two_wallets(const More& more) {
  return compared([&](Scenario& s) {
    auto mint = s.install<Mint>("mint");
    std::vector<Ref<Wallet>> wallets;
    for (int i = 0; i < 2; ++i) {
      wallets.push_back(s.install<Wallet>(numbered("wallet", i), mint));
      s.user(numbered("user", i)).calls(wallets.back(), &Wallet::fill);
    }
    more(s, mint, wallets);
  });
}

TEST(Clones, WithoutAnythingMoreTheyAreAlike) {
  EXPECT_TRUE(is_reduced(two_wallets([](Scenario&, const auto&, const auto&) {})));
}

TEST(Clones, WithLimitsOfTheirOwnAreToldApart) {
  const Verdict verdict = two_wallets(
      [](Scenario& s, const auto& mint, const auto& wallets) { s.limit(wallets[0], mint, 0); });
  EXPECT_EQ(refusal(verdict), "wallet1 and wallet2 are told apart by the limits of wallet1");
}

TEST(Clones, OfOneOfWhichAnOrderOfEventsIsClaimedAreToldApart) {
  const Verdict verdict = two_wallets([](Scenario& s, const auto& mint, const auto& wallets) {
    s.before(starts(wallets[0], &Wallet::fill), replies(mint, &Mint::coin));
  });
  EXPECT_TRUE(refusal(verdict).starts_with("wallet1 and wallet2 are told apart by property"))
      << refusal(verdict);
}

TEST(Clones, OfOneOfWhichATrapIsExpectedAreToldApart) {
  const Verdict verdict = two_wallets([](Scenario& s, const auto&, const auto& wallets) {
    s.expects_trap(wallets[0], &Wallet::fill);
  });
  EXPECT_TRUE(refusal(verdict).starts_with("wallet1 and wallet2 are told apart by property"))
      << refusal(verdict);
}

TEST(Clones, OneOfWhichAnotherUserCallsAreToldApart) {
  const Verdict verdict = two_wallets([](Scenario& s, const auto&, const auto& wallets) {
    s.user("dave").calls(wallets[0], &Wallet::touch);
  });
  EXPECT_EQ(refusal(verdict), "wallet1 and wallet2 are told apart by the calls of dave");
}

TEST(Clones, ThatStartOtherwiseAreNoClones) {
  const Verdict verdict = compared([](Scenario& s) {
    for (int i = 0; i < 2; ++i) {
      auto ledger = s.install<Ledger>(numbered("ledger", i), Nat(i));
      s.user(numbered("user", i)).calls(ledger, &Ledger::take);
    }
  });
  EXPECT_EQ(refusal(verdict), "no two users do the same");
}

/// What it starts with is not seen in what it is made from.
class Hoard : public Canister {
 public:
  explicit Hoard(const std::shared_ptr<int>& secret) : coins(this, "coins", Nat(*secret)) {}

  Update<> take() {
    if (coins > 0) {
      coins -= 1;
    }
    co_return;
  }

  Var<Nat> coins;
  HEDDLE_CANISTER(Hoard, take)
};

TEST(Clones, ThatSecretlyStartOtherwiseAreNoClones) {
  const auto with = [](int second) {
    return compared([=](Scenario& s) {
      std::vector<Ref<Hoard>> hoards;
      for (int i = 0; i < 2; ++i) {
        hoards.push_back(
            s.install<Hoard>(numbered("hoard", i), std::make_shared<int>(i == 0 ? 2 : second)));
        s.user(numbered("user", i)).calls(hoards.back(), &Hoard::take);
      }
      s.outcomes("left", [=](const State& end) {
        return fmt::format("{} {}", end[hoards[0]].coins.get(), end[hoards[1]].coins.get());
      });
    });
  };
  EXPECT_TRUE(is_reduced(with(2)));
  EXPECT_EQ(refusal(with(3)), "no two users do the same");
}

TEST(Clones, OneWhoseMessagesMayBeDroppedIsNone) {
  const Verdict verdict = two_wallets(
      [](Scenario& s, const auto&, const auto& wallets) { s.inspect_may_drop(wallets[0]); });
  EXPECT_EQ(refusal(verdict), "no two users do the same");
}

TEST(Clones, OneThatHasAPrincipalOfItsOwnIsNone) {
  const Verdict verdict = compared([](Scenario& s) {
    auto mint = s.install<Mint>("mint");
    for (int i = 0; i < 2; ++i) {
      const std::string name = numbered("wallet", i);
      const auto principal =
          i == 0 ? std::optional<Principal>() : std::optional(Principal::named("zoe"));
      const AnyRef wallet = s.install_program(
          name, make_program<Wallet>(s.next_canister(name), name, mint), principal);
      s.user(numbered("user", i)).calls(Ref<Wallet>(wallet), &Wallet::fill);
    }
    s.outcomes("last", [=](const State& end) { return end[mint].last.get(); });
  });
  EXPECT_EQ(refusal(verdict), "no two users do the same");
  EXPECT_EQ(verdict.outcomes.at("last").size(), 2);
}

TEST(Clones, ThatHaveSeveralInterchangeableUsersEachAreToldApart) {
  const Verdict verdict = compared([](Scenario& s) {
    auto mint = s.install<Mint>("mint");
    for (int i = 0; i < 2; ++i) {
      auto wallet = s.install<Wallet>(numbered("wallet", i), mint);
      s.user(numbered("user", i)).calls(wallet, &Wallet::fill);
      s.user(numbered("guest", i)).calls(wallet, &Wallet::fill);
    }
    s.outcomes("last", [=](const State& end) { return end[mint].last.get(); });
  });
  EXPECT_NE(verdict.scope.find("up to symmetry of user1, guest1 and of user2, guest2"),
            std::string::npos)
      << verdict.scope;
  EXPECT_EQ(verdict.scope.find("wallet1 with"), std::string::npos) << verdict.scope;
}

TEST(Clones, WhomUsersCallWhoGoWithOthersAreToldApart) {
  const Verdict verdict = compared([](Scenario& s) {
    std::vector<Ref<Mint>> mints;
    for (int i = 0; i < 2; ++i) {
      mints.push_back(s.install<Mint>(numbered("mint", i)));
    }
    auto bank = s.install<Mint>("bank");
    for (int i = 0; i < 2; ++i) {
      auto wallet = s.install<Wallet>(numbered("wallet", i), bank);
      s.user("alice").calls(wallet, &Wallet::settle);
      s.user("bob").calls(wallet, &Wallet::settle);
    }
    s.user("alice").calls(mints[0], &Mint::coin);
    s.user("bob").calls(mints[1], &Mint::coin);
  });
  EXPECT_NE(verdict.scope.find("up to symmetry of mint1 with alice, mint2 with bob"),
            std::string::npos)
      << verdict.scope;
  EXPECT_EQ(verdict.scope.find("wallet1 with"), std::string::npos) << verdict.scope;
  EXPECT_EQ(std::ranges::count(verdict.notes,
                               "less symmetry reduction: wallet1 and wallet2 go with others who do "
                               "not stay together"),
            1);
}

TEST(Clones, WhoseCallsAreSentAgainByOneUserAreToldApart) {
  const auto with = [](int resubmissions) {
    return compared([=](Scenario& s) {
      auto mint = s.install<Mint>("mint");
      for (int i = 0; i < 2; ++i) {
        auto wallet = s.install<Wallet>(numbered("wallet", i), mint);
        s.user("alice").calls(wallet, &Wallet::fill);
      }
      s.faults().resubmissions = resubmissions;
    });
  };
  EXPECT_TRUE(is_reduced(with(0)));
  EXPECT_EQ(refusal(with(1)), "wallet1 and wallet2 are told apart by the calls of alice");
}

TEST(Clones, OfOneUserWhoCallsOneAfterTheOtherAreToldApart) {
  const Verdict verdict = compared([](Scenario& s) {
    auto mint = s.install<Mint>("mint");
    auto alice = s.user("alice").then();
    for (int i = 0; i < 2; ++i) {
      auto wallet = s.install<Wallet>(numbered("wallet", i), mint);
      alice.calls(wallet, &Wallet::fill);
    }
  });
  EXPECT_EQ(refusal(verdict), "wallet1 and wallet2 are told apart by the calls of alice");
}

/// A property of one's own that says of users that it treats them alike, and nothing of canisters.
class OfUsers : public Property {
 public:
  [[nodiscard]] std::string name() const override { return "of users"; }

  [[nodiscard]] std::string kind() const override { return "of users"; }

  [[nodiscard]] When when() const override { return When::kEveryStep; }

  [[nodiscard]] std::optional<LeafValue> after(LeafValue memory, const StepView&) const override {
    return memory;
  }

  [[nodiscard]] std::optional<LeafValue> renamed(LeafValue memory, Kernel&,
                                                 const Renaming&) const override {
    return memory;
  }
};

TEST(Clones, OfWhichAPropertyHasNotThoughtAreToldApart) {
  const Verdict verdict = two_wallets(
      [](Scenario& s, const auto&, const auto&) { s.claims(std::make_shared<OfUsers>()); });
  EXPECT_EQ(refusal(verdict), "wallet1 and wallet2 are told apart by property \"of users\"");
}

TEST(Clones, AreToldApartByPartialOrderReduction) {
  const heddle::Setup setup = built([](Scenario& s) {
    auto mint = s.install<Mint>("mint");
    for (int i = 0; i < 2; ++i) {
      auto wallet = s.install<Wallet>(numbered("wallet", i), mint);
      s.user(numbered("user", i)).calls(wallet, &Wallet::fill);
    }
  });
  CheckOptions options = options_of(true);
  options.reduction.partial_order = true;
  const Verdict verdict = check(setup.system, setup.claims, options);
  EXPECT_FALSE(is_reduced(verdict));
  EXPECT_EQ(std::ranges::count(verdict.notes,
                               "symmetry reduction is off: wallet1 with user1, wallet2 with user2 "
                               "are told apart by partial-order reduction"),
            1);
}

}  // namespace
}  // namespace heddle
