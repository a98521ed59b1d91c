// Partial-order reduction: what it saves, and the provisos. Each test of a proviso has a system in
// which the reduced search loses an outcome, or misses a violation, without it.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/replay.h>
#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>

#include "checker/systems.h"

namespace heddle {
namespace {

using testing::add;
using testing::always;
using testing::argument;
using testing::at_most_requests;
using testing::calls;
using testing::Functions;
using testing::install;
using testing::read;
using testing::reply;
using testing::user;
using testing::value;
using testing::write;

CheckOptions with(Strategy strategy, unsigned threads, bool reduced) {
  CheckOptions options;
  options.strategy = strategy;
  options.threads = threads;
  options.reduction.partial_order = reduced;
  return options;
}

// ---- Canisters 0 and 3 call, 1 and 2 are called.

constexpr CanisterId kHub = 0;
constexpr CanisterId kLeft = 1;
constexpr CanisterId kRight = 2;
constexpr CanisterId kOther = 3;

constexpr MethodId kPing = 0;
constexpr MethodId kSet = 1;
constexpr MethodId kWithdraw = 2;
constexpr MethodId kDeposit = 3;

std::shared_ptr<Functions> leaf() {
  auto leaf =
      std::make_shared<Functions>(std::vector<std::pair<std::string, std::uint64_t>>{{"value", 0}});
  leaf->method("ping", [](View& view) { reply(view); })
      .method("set",
              [](View& view) {
                write(view, 0, argument(view));
                reply(view);
              })
      .method("withdraw",
              [](View& view) {
                const std::uint64_t balance = read(view, 0);
                if (balance < argument(view)) {
                  view.trap("too little", true);
                }
                write(view, 0, balance - argument(view));
                reply(view);
              })
      .method("deposit", [](View& view) {
        add(view, 0, argument(view));
        reply(view);
      });
  return leaf;
}

/// Two variables and these methods.
std::shared_ptr<Functions> hub(const std::vector<Functions::Method>& methods) {
  auto hub = std::make_shared<Functions>(
      std::vector<std::pair<std::string, std::uint64_t>>{{"first", 0}, {"second", 0}});
  for (std::size_t i = 0; i < methods.size(); ++i) {
    hub->method(fmt::format("m{}", i), methods[i]);
  }
  return hub;
}

/// The hub with a left and a right leaf; user i calls its method i.
System hub_with_leaves(const std::vector<Functions::Method>& methods) {
  System system;
  install(system, "hub", hub(methods));
  install(system, "left", leaf());
  install(system, "right", leaf());
  for (MethodId i = 0; i < methods.size(); ++i) {
    user(system, fmt::format("user{}", i), {calls(kHub, i)});
  }
  return system;
}

std::optional<CallIndex> send(View& view, CanisterId callee, MethodId method = kPing,
                              std::uint64_t argument = 0) {
  Send send;
  send.callee = callee;
  send.method = method;
  send.arguments = view.tables().values.intern(to_bytes(argument));
  return view.send(send);
}

bool await(View& view, std::vector<CallIndex> sent, Await::Kind kind = Await::Kind::kOne,
           AwaitMode mode = AwaitMode::kNow) {
  return view.await(kind, std::move(sent), mode, std::source_location::current());
}

/// Sends a ping and writes 1, or 2 when there is no slot.
Functions::Method tries(CanisterId callee) {
  return [callee](View& view) {
    const auto sent = send(view, callee);
    write(view, 1, sent ? 1 : 2);
    if (!sent || await(view, {*sent})) {
      reply(view);
    }
  };
}

Functions::Method sets(std::uint64_t to) {
  return [to](View& view) {
    write(view, 0, to);
    reply(view);
  };
}

/// All variables at the end.
Claims ends(const System& system) {
  std::vector<std::pair<CanisterId, std::uint32_t>> variables;
  for (CanisterId canister = 0; canister < system.canisters.size(); ++canister) {
    if (!system.canisters[canister].environment) {
      const auto& info = system.canisters[canister].program->info();
      for (std::uint32_t variable = 0; variable < info.variables.size(); ++variable) {
        variables.emplace_back(canister, variable);
      }
    }
  }
  Claims claims;
  claims.outcome_sets.push_back({"end", [variables](const State& end) {
                                   std::string text;
                                   for (const auto& [canister, variable] : variables) {
                                     text += std::to_string(value(end, canister, variable));
                                   }
                                   return text;
                                 }});
  return claims;
}

std::set<std::string> outcomes(const Verdict& verdict) {
  std::set<std::string> values;
  for (const OutcomeWitness& witness : verdict.outcomes.at("end")) {
    values.insert(witness.value);
  }
  return values;
}

/// Reduced searches end as the unreduced one does, in all these ways.
void expect_ends(const System& system, const std::set<std::string>& wanted) {
  const Claims claims = ends(system);
  const Verdict all = check(system, claims, with(Strategy::kBreadthFirst, 1, false));
  EXPECT_EQ(outcomes(all), wanted);
  for (const CheckOptions& options :
       {with(Strategy::kBreadthFirst, 1, true), with(Strategy::kBreadthFirst, 4, true),
        with(Strategy::kDepthFirst, 1, true)}) {
    const Verdict reduced = check(system, claims, options);
    EXPECT_EQ(reduced.answered, Answered::kVerified);
    EXPECT_EQ(outcomes(reduced), wanted);
    EXPECT_EQ(reduced.quiescent, all.quiescent);
    EXPECT_LE(reduced.states, all.states);
  }
}

/// A predicate that does not hold in every state is found out.
void expect_violated(const System& system, const std::function<bool(const State&)>& holds) {
  Claims claims;
  claims.properties = {always("claim", holds)};
  for (const bool reduced : {false, true}) {
    EXPECT_EQ(check(system, claims, with(Strategy::kBreadthFirst, 1, reduced)).answered,
              Answered::kViolated)
        << (reduced ? "reduced" : "unreduced");
  }
}

std::uint32_t asked(const State& now, ObservationKind kind, CanisterId from, std::uint32_t to) {
  return now.source().answer({kind, from, {}, to});
}

// ---- What is saved.

class Callee : public Canister {
 public:
  Update<> ping() { co_return; }

  HEDDLE_CANISTER(Callee, ping)
};

class Caller : public RustCanister {
 public:
  explicit Caller(Ref<Callee> whom) : callee(whom) {}

  Update<Nat64> join(Nat64 calls) {
    std::vector<Future<>> pings;
    for (Nat64 i = 0; i < calls; ++i) {
      pings.push_back(call(callee, &Callee::ping));
    }
    const std::vector<Outcome<>> answers = co_await join_all(pings);
    co_return Nat64(answers.size());
  }

  const Ref<Callee> callee;
  HEDDLE_CANISTER(Caller, join)
};

Verdict join_all_of(std::uint64_t count, Strategy strategy, bool reduced) {
  Scenario s("join", {});
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller", callee);
  s.user("alice").calls(caller, &Caller::join, Nat64(count));
  s.profile(happy);
  const auto setup = s.build();
  return check(setup.system, setup.claims, with(strategy, 1, reduced));
}

// Of n calls each is queued, served, answered, and put aside: in one order. The default properties
// of a scenario are judged as well.
TEST(PartialOrder, JoinAllOfManyCallsGrowsLinearly) {
  const bool is_full = std::getenv("HEDDLE_FULL") != nullptr;
  for (std::uint64_t n = 1; n <= 500; n += is_full || n < 40 ? 1 : 115) {
    const Verdict verdict = join_all_of(n, Strategy::kBreadthFirst, true);
    EXPECT_EQ(verdict.answered, Answered::kVerified);
    EXPECT_EQ(verdict.states, 2 * n + 2);
    EXPECT_EQ(verdict.transitions, 2 * n + 1);
    EXPECT_EQ(verdict.quiescent, 1);
  }
  EXPECT_EQ(join_all_of(500, Strategy::kDepthFirst, true).states, 1002);
}

// Any part of those that were served, which are the first ones, is put aside: the sum of 2^k over k
// from 0 to n, and the states before and after.
TEST(PartialOrder, JoinAllOfManyCallsGrowsExponentiallyWithoutIt) {
  for (std::uint64_t n = 1; n <= 14; ++n) {
    const Verdict verdict = join_all_of(n, Strategy::kBreadthFirst, false);
    EXPECT_EQ(verdict.answered, Answered::kVerified);
    EXPECT_EQ(verdict.states, std::uint64_t{1} << (n + 1));
  }
}

TEST(PartialOrder, CountsAreTheSameOnAnyNumberOfThreads) {
  Faults faults;
  faults.rejects = 1;
  faults.callback_traps = 1;
  const System system = testing::withdrawals(3, faults);
  const Claims claims = ends(system);
  const Verdict one = check(system, claims, with(Strategy::kBreadthFirst, 1, true));
  EXPECT_LT(one.states, check(system, claims, with(Strategy::kBreadthFirst, 1, false)).states);
  for (const unsigned threads : {2U, 4U}) {
    testing::expect_equal(one, check(system, claims, with(Strategy::kBreadthFirst, threads, true)));
  }
}

// ---- A response that is only put aside.

TEST(PutAside, NotBeforeACodeThatTheFirstOfSeveralResponsesResumes) {
  expect_ends(hub_with_leaves({[](View& view) {
                const CallIndex left = *send(view, kLeft);
                const CallIndex right = *send(view, kRight);
                if (await(view, {left, right}, Await::Kind::kAny)) {
                  write(view, 0, 1 + view.resumed_call());
                  reply(view);
                }
              }}),
              {"1000", "2000"});
}

TEST(PutAside, OnlyWhatTheContextWaitsFor) {
  // What is there already is not waited for, so that nobody sees the 1.
  const auto joins_two_of_three = [](View& view) {
    const CallIndex left = *send(view, kLeft);
    const CallIndex right = *send(view, kRight);
    const CallIndex later = *send(view, kLeft);
    if (!await(view, {left, right}, Await::Kind::kAll)) {
      return;
    }
    write(view, 0, 1);
    if (!await(view, {later})) {
      return;
    }
    write(view, 0, 2);
    reply(view);
  };
  const auto looks = [](View& view) {
    write(view, 1, 1 + read(view, 0));
    reply(view);
  };
  expect_ends(hub_with_leaves({joins_two_of_three, looks}), {"2100", "2200", "2300"});
}

Functions::Method joins_and_sets(std::uint64_t to) {
  return [to](View& view) {
    const CallIndex left = *send(view, kLeft);
    const CallIndex right = *send(view, kRight);
    if (await(view, {left, right}, Await::Kind::kAll)) {
      write(view, 0, to);
      reply(view);
    }
  };
}

TEST(PutAside, NotTheLastWhichResumesTheCode) {
  expect_ends(hub_with_leaves({joins_and_sets(1), joins_and_sets(2)}), {"1000", "2000"});
}

TEST(PutAside, TheLastResponseMayStillBeMadeToTrap) {
  System system = hub_with_leaves({joins_and_sets(1)});
  system.faults.callback_traps = 1;
  expect_ends(system, {"0000", "1000"});
}

TEST(PutAside, NotWhileAnotherMayLackTheSlotThatItFrees) {
  System system =
      hub_with_leaves({[](View& view) {
                         const auto first = send(view, kRight);
                         const auto second = send(view, kRight);
                         if (!second || await(view, {*first, *second}, Await::Kind::kAll)) {
                           reply(view);
                         }
                       },
                       tries(kRight)});
  system.limits[{kHub, kRight}] = 2;
  expect_ends(system, {"0100", "0200"});
}

TEST(PutAside, NotWhileAnotherMayLackTheSlotOfAResponseToTheSameAwait) {
  // The second user finds a slot after the response from the right and before the one from the
  // left.
  System system = hub_with_leaves({[](View& view) {
                                     if (read(view, 1) != 0) {
                                       write(view, 0, 9);
                                       reply(view);
                                       return;
                                     }
                                     const CallIndex left = *send(view, kLeft);
                                     const CallIndex right = *send(view, kRight);
                                     if (await(view, {left, right}, Await::Kind::kAll)) {
                                       write(view, 0, 1 + read(view, 1));
                                       reply(view);
                                     }
                                   },
                                   tries(kRight)});
  system.limits[{kHub, kRight}] = 1;
  expect_ends(system, {"1100", "2100", "3200", "9100"});
}

/// Answers at once and leaves two calls to the right open.
void holds(View& view) {
  for (int i = 0; i < 2; ++i) {
    if (const auto sent = send(view, kRight)) {
      view.release(*sent);
    }
  }
  reply(view);
}

TEST(PutAside, NotOfAContextWithoutCodeWhileAnotherMayLackTheSlot) {
  System system = hub_with_leaves({holds, tries(kRight)});
  system.limits[{kHub, kRight}] = 2;
  expect_ends(system, {"0100", "0200"});
}

TEST(PutAside, NotWhenAPredicateSeesTheSlotsOrTheCalls) {
  const auto joins = [](View& view) {
    const CallIndex first = *send(view, kRight);
    const CallIndex second = *send(view, kRight);
    if (await(view, {first, second}, Await::Kind::kAll)) {
      reply(view);
    }
  };
  for (const auto& method : {Functions::Method(joins), Functions::Method(holds)}) {
    const System system = hub_with_leaves({method});
    expect_violated(system, [](const State& now) {
      return asked(now, ObservationKind::kInFlight, kHub, kRight) < 2 ||
             asked(now, ObservationKind::kRequests, kHub, kRight) != 0;
    });
    expect_violated(system, [](const State& now) {
      const ContextId user =
          now.kernel().context({ContextOrigin::Kind::kIngress, kHub, 0, 0, 0, 0});
      const LeafValue leaf = asked(now, ObservationKind::kCallsLeaf, kHub, user);
      return std::ranges::count(now.kernel().open_calls(leaf), OpenCall::Status::kAnswered,
                                &OpenCall::status) < 2;
    });
  }
}

// ---- One context.

TEST(OneContext, NotIfAnotherCallMayTouchTheSame) {
  expect_ends(hub_with_leaves({sets(1), sets(2)}), {"1000", "2000"});
}

TEST(OneContext, NotIfASuspendedContextMayTouchTheSame) {
  expect_ends(hub_with_leaves({[](View& view) {
                                 if (await(view, {*send(view, kLeft)})) {
                                   write(view, 0, 1);
                                   reply(view);
                                 }
                               },
                               sets(2)}),
              {"1000", "2000"});
}

Functions::Method sets_left(std::uint64_t to) {
  return [to](View& view) {
    if (await(view, {*send(view, kLeft, kSet, to)})) {
      reply(view);
    }
  };
}

System two_hubs(const Functions::Method& first, const Functions::Method& second) {
  System system = hub_with_leaves({first});
  install(system, "other", hub({second}));
  user(system, "other user", {calls(kOther, 0)});
  return system;
}

TEST(OneContext, NotIfARequestOfAnotherCanisterMayTouchTheSame) {
  expect_ends(two_hubs(sets_left(1), sets_left(2)), {"001000", "002000"});
}

TEST(OneContext, ATrapMayHaveLookedAtAnything) {
  System system = hub_with_leaves({});
  user(system, "alice", {calls(kLeft, kWithdraw, 5)});
  user(system, "bob", {calls(kLeft, kDeposit, 5)});
  expect_ends(system, {"0000", "0050"});
}

TEST(OneContext, NotWhileAnotherResponseMayComeFirst) {
  // An await of what is there already needs a slot for the self-call [M4], and there is none.
  System system = hub_with_leaves({[](View& view) {
    const CallIndex left = *send(view, kLeft, kSet);
    const CallIndex right = *send(view, kRight, kSet);
    if (!await(view, {left}, Await::Kind::kOne, AwaitMode::kCommit) ||
        !await(view, {right}, Await::Kind::kOne, AwaitMode::kCommit)) {
      return;
    }
    write(view, 0, view.answers()[0].replied ? 1 : 2);
    reply(view);
  }});
  system.limits[{kHub, kHub}] = 0;
  expect_ends(system, {"1000", "2000"});
}

TEST(OneContext, NotIfItSetsATimerThatAnotherLooksAt) {
  expect_ends(hub_with_leaves({[](View& view) {
                                 view.set_timer(1);
                                 reply(view);
                               },
                               [](View& view) {
                                 write(view, 1, 1 + view.timer());
                                 reply(view);
                               }}),
              {"0100", "0200"});
}

TEST(OneContext, NotIfItSettlesADeferredThatAnotherSettles) {
  const auto settles = [](std::uint64_t to) {
    return [to](View& view) {
      const ValueId handle = view.read(kHub, {1, 0}, nullptr);
      const ValueId settled = view.tables().values.intern(to_bytes(to));
      if (view.tables().values[handle] != to_bytes(std::uint64_t{0})) {
        view.resolve(handle, {true, RejectCode::kNone, settled});
      }
      reply(view);
    };
  };
  System system = hub_with_leaves(
      {[](View& view) {
         const auto made = view.defer(std::source_location::current());
         view.write(kHub, {1, 0}, view.tables().values.intern(made->to_bytes()), nullptr);
         if (await(view, {made->index})) {
           view.write(kHub, {0, 0}, view.answers()[0].value, nullptr);
           write(view, 1, 0);
           reply(view);
         }
       },
       settles(1), settles(2)});
  Claims claims;
  claims.outcome_sets.push_back(
      {"end", [](const State& end) { return std::to_string(value(end, kHub, 0)); }});
  const std::set<std::string> wanted{"0", "1", "2"};
  EXPECT_EQ(outcomes(check(system, claims, with(Strategy::kBreadthFirst, 1, false))), wanted);
  EXPECT_EQ(outcomes(check(system, claims, with(Strategy::kBreadthFirst, 1, true))), wanted);
}

TEST(OneContext, NotIfItFreesOrTakesASlotThatAnotherMayLack) {
  System system = hub_with_leaves({[](View& view) {
                                     const auto sent = send(view, kRight);
                                     if (!sent) {
                                       reply(view);
                                       return;
                                     }
                                     write(view, 0, 1);
                                     if (await(view, {*sent})) {
                                       reply(view);
                                     }
                                   },
                                   [](View& view) {
                                     const auto sent = send(view, kRight);
                                     write(view, 1, (sent ? 2 : 4) + read(view, 0));
                                     if (!sent || await(view, {*sent})) {
                                       reply(view);
                                     }
                                   }});
  system.limits[{kHub, kRight}] = 1;
  expect_ends(system, {"0200", "1200", "1300", "1500"});
}

TEST(OneContext, NotIfACallThatIsSentAgainMayTouchTheSame) {
  System system = hub_with_leaves({[](View& view) {
                                     write(view, 1, read(view, 0));
                                     reply(view);
                                   },
                                   [](View& view) {
                                     add(view, 0, 1);
                                     if (await(view, {*send(view, kRight)})) {
                                       reply(view);
                                     }
                                   }});
  system.faults.resubmissions = 1;
  expect_ends(system, {"1000", "1100", "2000", "2100", "2200"});
}

TEST(OneContext, NotIfItFreesASlotThatACallThatIsSentAgainMayLack) {
  System system = hub_with_leaves({tries(kRight)});
  system.limits[{kHub, kRight}] = 2;
  system.faults.resubmissions = 2;
  expect_ends(system, {"0100", "0200"});
}

TEST(OneContext, NotTogetherWithSendingItsCallAgain) {
  // Of two equal calls that were sent again the first comes first, whichever was sent again first.
  System system = hub_with_leaves({});
  system.canisters[kHub].program = hub({[](View& view) {
    const std::string_view name = view.tables().values[view.context_name()];
    write(view, 0, 10 * read(view, 0) + static_cast<std::uint64_t>(name.back() - '0'));
    if (await(view, {*send(view, kRight)})) {
      reply(view);
    }
  }});
  user(system, "alice", {calls(kHub, 0), calls(kHub, 0)});
  system.faults.resubmissions = 2;
  expect_ends(system, {"12000", "123000", "1234000", "1235000", "124000", "1243000", "1246000",
                       "132000", "1324000", "1325000", "1352000"});
}

TEST(OneContext, ItsFaultsAreAmongItsEvents) {
  System system = hub_with_leaves({[](View& view) {
    if (await(view, {*send(view, kRight)})) {
      write(view, 0, view.answers()[0].replied ? 1 : 2);
      reply(view);
    }
  }});
  system.faults.rejects = 1;
  expect_ends(system, {"1000", "2000"});
  system.faults = {};
  system.faults.callback_traps = 1;
  expect_ends(system, {"0000", "1000"});
}

TEST(OneContext, AFaultIsNoKey) {
  // The one reject there is hits the other hub's request while the left leaf is not served yet.
  System system = two_hubs(sets_left(1), [](View& view) {
    if (await(view, {*send(view, 4, kSet)})) {
      write(view, 0, view.answers()[0].replied ? 1 : 2);
      reply(view);
    }
  });
  install(system, "far", leaf());
  user(system, "bob", {calls(kRight, kSet, 1)});
  system.faults.rejects = 1;
  expect_violated(system, [](const State& now) {
    return value(now, kOther, 0) != 2 || value(now, kRight, 0) != 1 || value(now, kLeft, 0) != 0;
  });
}

TEST(OneContext, SilenceOfAnEnvironmentCanisterIsNoKey) {
  System system = two_hubs(tries(4), tries(5));
  for (const char* name : {"fourth", "fifth"}) {
    install(system, name, leaf());
    system.canisters.back().environment = true;
    system.canisters.back().answers[kPing] = {
        {EnvironmentAnswer::Kind::kReply, to_bytes(std::uint64_t{0})}};
  }
  system.faults.environment_silence = 1;
  // The second is silent while the first has not answered yet.
  Claims claims;
  claims.properties = {always("claim", [](const State& now) {
    return asked(now, ObservationKind::kInFlight, kHub, 4) != 1 ||
           asked(now, ObservationKind::kReplies, kHub, 4) != 0 ||
           asked(now, ObservationKind::kInFlight, kOther, 5) != 1 ||
           asked(now, ObservationKind::kReplies, kOther, 5) != 0 ||
           asked(now, ObservationKind::kRequests, kOther, 5) != 0;
  })};
  for (const bool reduced : {false, true}) {
    EXPECT_EQ(check(system, claims, with(Strategy::kBreadthFirst, 1, reduced)).answered,
              Answered::kViolated);
  }
}

TEST(OneContext, NotIfAPredicateSeesIt) {
  System system = hub_with_leaves({});
  user(system, "alice", {calls(kLeft, kSet, 1)});
  user(system, "bob", {calls(kRight, kSet, 1)});
  expect_violated(system, [](const State& now) {
    return value(now, kLeft, 0) == 0 || value(now, kRight, 0) == 1;
  });
  expect_violated(system, [](const State& now) {
    return value(now, kLeft, 0) == 1 || value(now, kRight, 0) == 0;
  });
}

// ---- Some canisters.

// In these, each start at another canister meets something there, so that no context goes alone.

TEST(SomeCanisters, WhoMaySendToThemIsAmongThem) {
  System system = two_hubs(sets_left(1), [](View& view) {
    if (argument(view) == 0) {
      write(view, 0, 1);
      reply(view);
    } else if (read(view, 0) == 1) {
      write(view, 1, 1);
      reply(view);
    } else if (await(view, {*send(view, kLeft, kSet, 2)})) {
      reply(view);
    }
  });
  user(system, "third user", {calls(kOther, 0, 1)});
  expect_ends(system, {"001010", "001011", "002010"});
}

TEST(SomeCanisters, WhomTheyWaitForIsAmongThem) {
  expect_ends(hub_with_leaves({[](View& view) {
                                 if (await(view, {*send(view, kLeft, kSet, 3)})) {
                                   write(view, 0, 1);
                                   reply(view);
                                 }
                               },
                               sets(2)}),
              {"1030", "2030"});
}

TEST(SomeCanisters, WhereAScriptGoesOnIsAmongThem) {
  System system = hub_with_leaves({});
  user(system, "bob", {calls(kRight, kSet, 2)});
  user(system, "alice", {calls(kLeft, kSet, 5), calls(kRight, kSet, 1)}, ScriptOrder::kThen);
  user(system, "dave", {calls(kLeft, kSet, 6)});
  expect_ends(system, {"0051", "0052", "0061", "0062"});
}

// ---- Nothing is put off for ever.

/// A method that goes on for ever, at a canister that nobody else calls.
System with_endless(const std::function<void(Functions&)>& add_methods) {
  System system;
  auto endless =
      std::make_shared<Functions>(std::vector<std::pair<std::string, std::uint64_t>>{{"ticks", 0}});
  add_methods(*endless);
  install(system, "endless", endless);
  install(system, "leaf", leaf());
  user(system, "alice", {calls(0, 0)});
  user(system, "bob", {calls(1, kSet, 1)});
  return system;
}

bool leaf_is_untouched(const State& now) {
  return value(now, 1, 0) == 0;
}

TEST(Ignoring, ATimerThatIsSetForEverPutsNothingOff) {
  expect_violated(with_endless([](Functions& endless) {
                    endless
                        .method("start",
                                [](View& view) {
                                  view.set_timer(1);
                                  reply(view);
                                })
                        .method(
                            "tick",
                            [](View& view) {
                              view.set_timer(1);
                              reply(view);
                            },
                            MethodKind::kTimer);
                  }),
                  leaf_is_untouched);
}

TEST(Ignoring, AMethodThatGoesOnForEverPutsNothingOff) {
  expect_violated(with_endless([](Functions& endless) {
                    endless
                        .method("start",
                                [](View& view) {
                                  if (await(view, {*send(view, 0, 1)})) {
                                    view.continue_as(0, view.input().arguments);
                                    if (await(view, {*send(view, 0, 1)})) {
                                      reply(view);
                                    }
                                  }
                                })
                        .method("ping", [](View& view) { reply(view); });
                  }),
                  leaf_is_untouched);
}

// Whether the first task's context is still there when the second starts shows in its name.
TEST(Ignoring, ATaskIsNamedAfterWhatIsOpen) {
  for (const bool waits : {false, true}) {
    System system;
    auto tasks = hub({});
    tasks->method(
        "beat",
        [waits](View& view) {
          if (read(view, 0) != 0) {
            const std::string_view name = view.tables().values[view.context_name()];
            write(view, 1, name.ends_with('1') ? 1 : 2);
            reply(view);
            return;
          }
          write(view, 0, 1);
          const CallIndex ping = *send(view, kRight);
          if (!waits) {
            view.release(ping);
          }
          if (!waits || await(view, {ping})) {
            reply(view);
          }
        },
        MethodKind::kHeartbeat);
    install(system, "hub", tasks);
    install(system, "left", leaf());
    install(system, "right", leaf());
    system.faults.heartbeats = 2;
    expect_ends(system, {"0000", "1000", "1100", "1200"});
  }
}

// ---- When it is off, and what it says.

std::vector<std::string> notes_of(const System& system, const Claims& claims) {
  return check(system, claims, with(Strategy::kBreadthFirst, 1, true)).notes;
}

TEST(PartialOrder, IsOffWithALineThatSaysWhy) {
  const System plain = testing::subsets(2);
  Claims claims;
  claims.properties = {at_most_requests(100)};
  EXPECT_EQ(notes_of(plain, claims),
            (std::vector<std::string>{"partial-order reduction is off: \"few requests\" depends on "
                                      "the order of events of several calls"}));
  System overtaking = plain;
  overtaking.weakened.overtaking = true;
  EXPECT_EQ(notes_of(overtaking, {}),
            (std::vector<std::string>{
                "partial-order reduction is off: requests may overtake each other"}));
  System twice = plain;
  twice.weakened.repeated_requests = 1;
  EXPECT_EQ(notes_of(twice, {}), (std::vector<std::string>{"partial-order reduction is off: "
                                                           "requests may be executed twice"}));
  System clock = plain;
  clock.clock = true;
  EXPECT_EQ(notes_of(clock, {}),
            (std::vector<std::string>{"partial-order reduction is off: the scenario models a "
                                      "clock, on which all timers depend"}));
}

TEST(PartialOrder, TheCounterexampleIsMadeAsShortAsThereIs) {
  const System system = testing::withdrawals(3);
  Claims claims;
  claims.properties = {testing::conserved()};
  const Verdict all = check(system, claims, with(Strategy::kBreadthFirst, 1, false));
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
    const Verdict reduced = check(system, claims, with(strategy, 1, true));
    ASSERT_EQ(reduced.answered, Answered::kViolated);
    EXPECT_EQ(reduced.minimality, "shortest");
    EXPECT_EQ(reduced.schedule.size(), all.schedule.size());
    Kernel kernel(system);
    Stepper stepper(kernel);
    EXPECT_NO_THROW(replay(stepper, reduced.schedule, ReplayMode::kStrict));
  }
}

TEST(PartialOrder, MaximaOverAllStatesAreThoseOfTheWholeSearch) {
  const System system = testing::withdrawals(3);
  Claims claims;
  claims.measures = {
      {"in flight", [](const State& now) { return asked(now, ObservationKind::kInFlight, 0, 1); }}};
  EXPECT_EQ(check(system, claims, with(Strategy::kBreadthFirst, 1, true)).peaks,
            check(system, claims, with(Strategy::kBreadthFirst, 1, false)).peaks);
}

}  // namespace
}  // namespace heddle
