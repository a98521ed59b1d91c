// Symmetry against the search without it: the same answers, fewer states.
#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/internal/footprint.h>
#include <heddle/checker/internal/renamer.h>
#include <heddle/checker/replay.h>
#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>

#include "checker/symmetric.h"
#include "checker/systems.h"

namespace heddle {
namespace {

using namespace symmetric;

// ---- What is reduced.

TEST(Symmetry, NamesInKeysValuesQueuesAndLogsAreRenamed) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(2));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::withdraw);
    }
    s.outcomes("last", [=](const State& end) { return end[bank].last.get(); });
    s.outcomes("owners", [=](const State& end) { return end[bank].coins.keys(); });
    s.always("few", [=](const State& now) { return now[bank].coins.size() <= 2; });
    s.measure("asked", [=](const State& now) { return now[bank].coins.size(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.outcomes.at("last").size(), 3);
  EXPECT_EQ(verdict.outcomes.at("owners").size(), 3);
}

/// What a state says, as lines in which users are u1 to u4. Of logs nothing: only for canisters
/// whose logs say nothing that the rest does not say.
std::vector<std::string> lines_of(const Kernel& kernel, const StateVector& state) {
  std::vector<std::string> lines;
  const auto value = [&](ValueId id) {
    return id == 0 ? std::string() : std::string(kernel.tables().values[id]);
  };
  const auto answer = [&](std::uint32_t id) { return value(kernel.tables().answer(id).value); };
  for (LeafPosition at = 0; at < state.size(); ++at) {
    if (state[at] == 0) {
      continue;
    }
    const LeafKey key = kernel.key(at);
    std::string line = fmt::format("{} {} ", static_cast<int>(key.kind), key.a);
    switch (key.kind) {
      case LeafKind::kVariable:
        if (key.c == Subject::kKeySet) {
          continue;  // each key has a leaf of its own
        }
        line += fmt::format("{} {} {}", key.b, value(key.c), value(state[at]));
        break;
      case LeafKind::kContext: {
        const ContextState context = kernel.context_state(state[at]);
        line += fmt::format("{} {} {} {}", kernel.name(key.b), static_cast<int>(context.phase),
                            context.method, context.result == 0 ? "" : answer(context.result - 1));
        break;
      }
      case LeafKind::kOpenCalls:
        for (const OpenCall& call : kernel.open_calls(state[at])) {
          line += fmt::format("{} {} {} {};", kernel.name(key.b), call.index,
                              static_cast<int>(call.status),
                              call.status == OpenCall::Status::kWaiting ? "" : answer(call.answer));
        }
        break;
      case LeafKind::kQueue:
        for (const std::uint32_t request : kernel.list(state[at])) {
          line += kernel.name(kernel.request(request).caller) + ";";
        }
        break;
      default:
        line += fmt::format("{} {}", key.b, state[at]);
        break;
    }
    lines.push_back(line);
  }
  return lines;
}

/// How many states there are that differ whatever u1 to u4 are called, found by renaming texts in
/// a search of all states; and how many there are in all.
std::pair<std::size_t, std::size_t> orbits_of(const Setup& setup) {
  Kernel kernel(setup.system);
  Stepper stepper(kernel);
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
    std::vector<unsigned> names{0, 1, 2, 3};
    std::vector<std::string> least;
    do {
      std::vector<std::string> lines = lines_of(kernel, state);
      for (std::string& line : lines) {
        for (std::size_t at = 0; at + 1 < line.size(); ++at) {
          if (line[at] == 'u' && line[at + 1] >= '1' && line[at + 1] <= '4') {
            line[at + 1] =
                static_cast<char>('1' + names[static_cast<std::size_t>(line[at + 1] - '1')]);
          }
        }
      }
      std::ranges::sort(lines);
      least = least.empty() ? lines : std::min(least, lines);
    } while (std::ranges::next_permutation(names).found);
    orbits.insert(least);
    std::vector<Event> events;
    stepper.enabled(state, events);
    for (const Event& event : events) {
      frontier.push_back(stepper.next(state, event));
    }
  }
  return {orbits.size(), known.size()};
}

const std::vector<std::string> kFour{"u1", "u2", "u3", "u4"};

void expect_one_for_all(const Describe& describe) {
  const heddle::Setup setup = built(describe);
  const auto [orbits, states] = orbits_of(setup);
  EXPECT_GT(states, 10 * orbits);
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
    const Verdict reduced = check(setup.system, setup.claims, options_of(true, strategy));
    EXPECT_TRUE(is_reduced(reduced)) << refusal(reduced);
    EXPECT_EQ(reduced.states, orbits);
  }
}

TEST(Symmetry, OneStateStandsForAllThatDifferByNamesInQueues) {
  expect_one_for_all([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(9));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kFour) {
      s.user(name).calls(bank, &Bank::pass_on);
    }
  });
}

TEST(Symmetry, OneStateStandsForAllThatDifferByNamesInKeys) {
  expect_one_for_all([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(9));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kFour) {
      s.user(name).calls(bank, &Bank::hold);
    }
  });
}

TEST(Symmetry, OneStateStandsForAllThatDifferByNamesInAnswers) {
  expect_one_for_all([](Scenario& s) {
    auto desk = s.install<Desk>("desk");
    auto asker = s.install<Names>("names", desk);
    for (const std::string& name : kFour) {
      s.user(name).calls(asker, &Names::ask);
    }
    s.keep_results();
  });
}

TEST(Symmetry, OneStateStandsForAllThatDifferByWhoCameAfterWhom) {
  expect_one_for_all([](Scenario& s) {
    auto chain = s.install<Chain>("chain");
    for (const std::string& name : kFour) {
      s.user(name).calls(chain, &Chain::come);
      s.user(name).calls(chain, &Chain::mark);
    }
  });
}

// Those in the middle of a chain look alike from where they stand, and yet are not.
TEST(Symmetry, UsersWhoLookAlikeAreTwinsOnlyIfTheyMayChangePlaces) {
  const Verdict verdict = compared([](Scenario& s) {
    auto chain = s.install<Chain>("chain");
    for (const std::string& name : kFour) {
      auto user = s.user(name).then();
      user.calls(chain, &Chain::come);
      user.calls(chain, &Chain::mark);
    }
    s.outcomes("before and after", [=](const State& end) {
      std::size_t after = 0;
      for (Principal at = end[chain].marked.get(); end[chain].next.contains(at); ++after) {
        at = end[chain].next.at(at);
      }
      return fmt::format("{} {}", end[chain].when.get(), after);
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  // The one who marks when n have come may be any of them, and there are 4 - n to come.
  EXPECT_EQ(verdict.outcomes.at("before and after").size(), 1 + 2 + 3 + 4);
}

TEST(Symmetry, APropertyOfOneUserIsAskedOfAllWhomItMayStandFor) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::withdraw);
    s.user("bob").calls(bank, &Bank::withdraw);
    const auto call = s.user("caroline").calls(bank, &Bank::withdraw);
    s.always("caroline gets nothing", [=](const State& now) {
      const auto result = now.result(call);
      return !result || !result->value();
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.answered, Answered::kViolated);
}

TEST(Symmetry, WitnessesOfOneUserAreFound) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    std::vector<UserCallRef<bool>> calls;
    for (const std::string& name : kUsers) {
      calls.push_back(s.user(name).calls(bank, &Bank::withdraw));
    }
    s.sometimes("caroline has a coin", [=](const State& now) {
      return now[bank].coins.contains(Principal::named("caroline"));
    });
    s.outcomes("who got it", [=](const State& end) {
      std::string who;
      for (std::size_t i = 0; i < calls.size(); ++i) {
        who += end.result(calls[i])->value() ? kUsers[i] : "";
      }
      return who;
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(values_of(verdict.outcomes.at("who got it")),
            std::set<std::string>(kUsers.begin(), kUsers.end()));
}

TEST(Symmetry, FaultsAreReducedToo) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::withdraw);
    }
    s.profile(safety);
    s.faults().dropped_ingress = 1;
    s.faults().resubmissions = 1;
    s.outcomes("last", [=](const State& end) { return end[bank].last.get(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
}

TEST(Symmetry, CopiesOfCallsAreThoseOfTheirUsers) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::name, Principal::named(name));
    }
    s.faults().resubmissions = 3;
    s.outcomes("owner", [=](const State& end) { return end[clerk].owner.get(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
}

// Whose trap is excused is remembered by a default property, under his name.
TEST(Symmetry, TrapsThatLeaveCallsOpenAreExcusedUnderAllNames) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(9));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::twice);
    }
    s.faults().callback_traps = 1;
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
}

TEST(Symmetry, OvertakingQueuesAreSortedAgain) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::withdraw);
    }
    s.weaken("G1");
    s.outcomes("last", [=](const State& end) { return end[bank].last.get(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
}

// Without FIFO the order of requests is that of the calls' names, so it tells names apart even
// where the requests themselves name nobody.
TEST(Symmetry, TheOrderOfOvertakingRequestsIsThatOfNames) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::draw);
    }
    s.weaken("G1");
    const auto first_is_less = [=](const State& now, bool less) -> std::uint64_t {
      const auto queued = now.requests(bank, bank, &Bank::serve);
      return now[bank].asked == 2 && queued.size() == 2 && (queued[0] < queued[1]) == less ? 1 : 0;
    };
    s.measure("ascending", [=](const State& now) { return first_is_less(now, true); });
    s.measure("descending", [=](const State& now) { return first_is_less(now, false); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.peaks.at("ascending"), 1U);
  EXPECT_EQ(verdict.peaks.at("descending"), 1U);
}

TEST(Symmetry, OpenCallsOfOneUserAreSeenAsThoseOfAnother) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::withdraw);
    }
    const auto only = [=](const State& now, std::string_view name) -> std::uint64_t {
      const auto open =
          now.kernel().list(now.source().answer({ObservationKind::kContexts, bank.id(), {}, 0}));
      return now[bank].asked == 1 && open.size() == 1 &&
                     now.kernel().name(open.front()).starts_with(name)
                 ? 1
                 : 0;
    };
    for (const std::string& name : kUsers) {
      s.measure(name + " alone", [=](const State& now) { return only(now, name); });
    }
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  for (const std::string& name : kUsers) {
    EXPECT_EQ(verdict.peaks.at(name + " alone"), 1U);
  }
}

TEST(Symmetry, RequestsThatNameUsersAreSeenUnderAllNames) {
  std::vector<std::string> order = kUsers;
  const Verdict verdict = compared([&](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::pass_on);
    }
    do {
      s.measure(fmt::format("{}", fmt::join(order, ", ")), [=](const State& now) -> std::uint64_t {
        const auto queued = now.requests(bank, bank, &Bank::note);
        return std::ranges::equal(queued, order, [](const auto& request, const std::string& name) {
          return std::get<0>(request) == Principal::named(name);
        });
      });
    } while (std::ranges::next_permutation(order).found);
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.peaks.size(), 6U);
  for (const auto& [names, peak] : verdict.peaks) {
    EXPECT_EQ(peak, 1U) << names;
  }
}

// While two have asked and the third has done nothing, representatives show one pair of names only.
TEST(Symmetry, RepliesThatNameUsersAreSeenUnderAllNames) {
  const Verdict verdict = compared([](Scenario& s) {
    auto desk = s.install<Desk>("desk");
    auto asker = s.install<Names>("names", desk);
    for (const std::string& name : kUsers) {
      s.user(name).calls(asker, &Names::ask);
    }
    for (const auto& [one, other] : {std::pair(0, 1), std::pair(0, 2), std::pair(1, 2)}) {
      const std::set<Principal> wanted{Principal::named(kUsers[static_cast<std::size_t>(one)]),
                                       Principal::named(kUsers[static_cast<std::size_t>(other)])};
      s.measure(fmt::format("{} and {}", one, other), [=](const State& now) -> std::uint64_t {
        std::set<Principal> named;
        for (const Outcome<Principal>& reply : now.replies(asker, desk, &Desk::echo)) {
          named.insert(reply.value());
        }
        return now[asker].asked == 2 && named == wanted ? 1 : 0;
      });
    }
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  for (const auto& [names, peak] : verdict.peaks) {
    EXPECT_EQ(peak, 1U) << names;
  }
}

TEST(Symmetry, RepliesAreInNoOrderOfNames) {
  const Verdict verdict = compared([](Scenario& s) {
    auto desk = s.install<Desk>("desk");
    auto asker = s.install<Names>("names", desk);
    for (const std::string& name : kUsers) {
      s.user(name).calls(asker, &Names::count);
    }
    s.always("ascending", [=](const State& now) {
      const auto replies = now.replies(asker, desk, &Desk::same);
      return std::ranges::is_sorted(replies, {},
                                    [](const Outcome<Nat>& got) { return got.value(); });
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.answered, Answered::kVerified);
}

// Handles are renamed where names are equally long. Where they are not, code that holds one is not
// the same under other names.
TEST(Symmetry, DeferredsAreNamedAfterTheirCalls) {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"amy", "bob", "cal"}, kUsers}) {
    const Verdict verdict = compared([&](Scenario& s) {
      auto desk = s.install<Desk>("desk");
      for (const std::string& name : names) {
        s.user(name).calls(desk, &Desk::wait);
      }
      s.user("dave").calls(desk, &Desk::settle);
      s.without("every call answered");
      s.outcomes("total", [=](const State& end) { return end[desk].total.get(); });
    });
    EXPECT_EQ(is_reduced(verdict), names.front().size() == names.back().size());
    EXPECT_EQ(values_of(verdict.outcomes.at("total")), (std::set<std::string>{"0", "1"}));
  }
}

// ---- Together with partial-order reduction.

// What one user's call was seen to touch must count for all users, or events of users that come
// later to be representatives would seem to touch nothing of theirs.
TEST(Symmetry, WhatOneUsersCallTouchesStandsForWhatAnothersTouches) {
  const heddle::Setup setup = built([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::hold);
    s.user("bob").calls(bank, &Bank::hold);
  });
  Kernel kernel(setup.system);
  Stepper stepper(kernel);
  const internal::Renamer renamer(kernel, setup.claims, {{{0}, {}, {}}, {{1}, {}, {}}});
  std::vector<Event> events;
  stepper.enabled(kernel.initial(), events);
  ASSERT_EQ(events.size(), 2U);
  const auto touched = [&](const Event& event, const internal::Renamer* names) {
    const Step& step = stepper.step(kernel.initial(), event);
    return internal::footprint_of(kernel, step.executions.at(0), names);
  };
  EXPECT_NE(touched(events[0], nullptr), touched(events[1], nullptr));
  EXPECT_EQ(touched(events[0], &renamer), touched(events[1], &renamer));
}

// Whoever it is that a predicate looks at, a representative may call him otherwise.
TEST(Symmetry, WhatIsOneUsersIsVisibleOfAll) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(9));
    auto bank = s.install<Bank>("bank", ledger);
    auto desk = s.install<Bank>("desk", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::hold);
    }
    s.user("dave").calls(desk, &Bank::hold);
    s.always("not both", [=](const State& now) {
      return !now[bank].coins.contains(Principal::named("caroline")) ||
             !now[desk].coins.contains(Principal::named("dave"));
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.answered, Answered::kViolated);
}

TEST(Symmetry, WithoutItPartialOrderReductionGoesOn) {
  const heddle::Setup setup = built([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::greet);
    }
    s.outcomes("first", [=](const State& end) { return end[clerk].first.get(); });
  });
  CheckOptions options = options_of(true);
  options.reduction.partial_order = true;
  const Verdict verdict = check(setup.system, setup.claims, options);
  ASSERT_EQ(verdict.notes.size(), 2U);
  EXPECT_TRUE(verdict.notes[0].starts_with("partial-order reduction: ")) << verdict.notes[0];
  EXPECT_TRUE(verdict.notes[1].starts_with("symmetry reduction is off: ")) << verdict.notes[1];
  EXPECT_EQ(values_of(verdict.outcomes.at("first")), (std::set<std::string>{"1", "2"}));
}

}  // namespace
}  // namespace heddle
