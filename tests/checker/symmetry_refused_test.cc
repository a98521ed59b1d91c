// What is not reduced by symmetry, and the line that says why.
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

TEST(Symmetry, CodeThatKnowsAUserIsNotReduced) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::greet);
    }
    s.outcomes("first", [=](const State& end) { return end[clerk].first.get(); });
  });
  EXPECT_EQ(refusal(verdict), "clerk.greet does not treat alice and bob alike");
}

TEST(Symmetry, CodeThatMakesATextOfAUserIsNotReduced) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::sign);
    }
    s.outcomes("text", [=](const State& end) { return end[clerk].text.get(); });
  });
  EXPECT_EQ(refusal(verdict), "clerk.sign does not treat alice and bob alike");
}

TEST(Symmetry, CodeThatGoesByTheOrderOfUsersIsNotReduced) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::join);
    }
    s.outcomes("least", [=](const State& end) { return end[clerk].least.get(); });
  });
  EXPECT_EQ(refusal(verdict), "clerk.join does not treat alice and bob alike");
}

// Whatever two of them it is, and whichever representatives show.
TEST(Symmetry, CodeThatKnowsAPairOfUsersIsNotReduced) {
  for (const std::string& first : kUsers) {
    for (const std::string& second : kUsers) {
      const Verdict verdict = compared([&](Scenario& s) {
        auto partial = s.install<Partial>("partial", Principal(), Principal::named(first),
                                          Principal::named(second));
        for (const std::string& name : kUsers) {
          s.user(name).calls(partial, &Partial::come);
        }
        s.outcomes("seen", [=](const State& end) { return end[partial].seen.get(); });
      });
      // Nobody comes twice.
      EXPECT_EQ(is_reduced(verdict), first == second);
    }
  }
}

TEST(Symmetry, CodeThatNamesAUserIsNotReduced) {
  const Verdict verdict = compared([](Scenario& s) {
    auto partial = s.install<Partial>("partial", Principal::named("bob"), Principal(), Principal());
    for (const std::string& name : kUsers) {
      s.user(name).calls(partial, &Partial::crown);
    }
    s.outcomes("last", [=](const State& end) { return end[partial].last.get(); });
  });
  EXPECT_EQ(refusal(verdict), "partial.crown does not treat alice and bob alike");
}

TEST(Symmetry, APropertyThatIsNotRecordedIsAskedUnderAllNames) {
  for (const Property::When when : {Property::When::kEveryState, Property::When::kQuiescence}) {
    for (const std::string& name : kUsers) {
      const Verdict verdict = compared([&](Scenario& s) {
        auto ledger = s.install<Ledger>("ledger", Nat(9));
        auto bank = s.install<Bank>("bank", ledger);
        for (const std::string& each : kUsers) {
          s.user(each).calls(bank, &Bank::pass_on);
        }
        s.claims(std::make_shared<Unrecorded>(when, [=](const State& now) {
          return !(now[bank].last.get() == Principal::named(name));
        }));
      });
      EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
      EXPECT_EQ(verdict.answered, Answered::kViolated);
    }
  }
}

TEST(Symmetry, APropertyThatIsNotRecordedPutsPartialOrderReductionOff) {
  const heddle::Setup setup = built([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(9));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::pass_on);
    s.user("bob").calls(bank, &Bank::pass_on);
    s.claims(std::make_shared<Unrecorded>(Property::When::kEveryState,
                                          [](const State&) { return true; }));
  });
  CheckOptions options = options_of(true);
  options.reduction.partial_order = true;
  const Verdict verdict = check(setup.system, setup.claims, options);
  EXPECT_TRUE(is_reduced(verdict));
  EXPECT_EQ(verdict.notes,
            std::vector<std::string>{"partial-order reduction is off: what \"unrecorded\" reads is "
                                     "not recorded"});
}

TEST(Symmetry, AUserThatACanisterStartsWithIsNotRenamed) {
  const auto describe = [](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk", Principal::named("alice"));
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::claim);
    }
    s.outcomes("first", [=](const State& end) { return end[clerk].first.get(); });
  };
  const Verdict verdict = compared(describe);
  EXPECT_NE(verdict.scope.find("up to symmetry of bob, caroline"), std::string::npos)
      << verdict.scope;
  EXPECT_EQ(verdict.notes,
            std::vector<std::string>{"less symmetry reduction: alice and bob are told apart by "
                                     "what clerk starts with"});
}

TEST(Symmetry, AUserWhomAnotherNamesIsNotRenamed) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    s.user("alice").calls(clerk, &Clerk::claim);
    s.user("bob").calls(clerk, &Clerk::claim);
    s.user("dave").calls(clerk, &Clerk::name, Principal::named("alice"));
    s.outcomes("first", [=](const State& end) { return end[clerk].first.get(); });
  });
  EXPECT_EQ(refusal(verdict), "alice and bob are told apart by the calls of dave");
}

TEST(Symmetry, UsersWhoNameThemselvesAreRenamedInTheirCalls) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::name, Principal::named(name));
    }
    s.outcomes("owner", [=](const State& end) { return end[clerk].owner.get(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
}

TEST(Symmetry, AUserWhomTheEnvironmentNamesIsNotRenamed) {
  const Verdict verdict = compared([](Scenario& s) {
    auto oracle = s.install_environment<Oracle>("oracle");
    oracle.replies(&Oracle::winner, Principal::named("alice"));
    auto asker = s.install<Asker>("asker", oracle);
    s.user("alice").calls(asker, &Asker::ask);
    s.user("bob").calls(asker, &Asker::ask);
    s.outcomes("won", [=](const State& end) { return end[asker].won.get(); });
  });
  EXPECT_EQ(refusal(verdict), "alice and bob are told apart by the answers of oracle");
}

TEST(Symmetry, AUserWhoseAnswerIsClaimedIsNotRenamed) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::withdraw);
    s.answers(s.user("bob").calls(bank, &Bank::withdraw), true);
  });
  EXPECT_EQ(refusal(verdict), "alice and bob are told apart by property \"bob#1 answers true\"");
  EXPECT_EQ(verdict.answered, Answered::kViolated);
}

TEST(Symmetry, AnAnswerThatNamesUsersMayTellThemApart) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::name, Principal::named(name));
    }
    const auto asked = s.user("dave").calls(clerk, &Clerk::who);
    s.answers("not caroline", asked, [](const Outcome<Principal>& got) {
      return got.value() != Principal::named("caroline");
    });
  });
  EXPECT_EQ(refusal(verdict), "property \"not caroline\" looks at an answer that names users");
  EXPECT_EQ(verdict.answered, Answered::kViolated);
}

TEST(Symmetry, AnAutomatonThatSaysNothingOfNamesIsRefused) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::withdraw);
    s.user("bob").calls(bank, &Bank::withdraw);
    s.atomic(bank, &Bank::asked);
  });
  EXPECT_EQ(refusal(verdict), "alice and bob are told apart by property \"atomic(bank.asked)\"");
}

TEST(Symmetry, TooManyNamesForAPredicateThatNeedsThemAllAreRefused) {
  const auto describe = [](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (int i = 0; i < 8; ++i) {
      const std::string name = fmt::format("u{}", i);
      s.user(name).calls(clerk, &Clerk::name, Principal::named(name));
    }
    s.outcomes("owner", [=](const State& end) { return end[clerk].owner.get(); });
  };
  const heddle::Setup setup = built(describe);
  const Verdict verdict = check(setup.system, setup.claims, options_of(true));
  EXPECT_EQ(refusal(verdict),
            "outcome set \"owner\" looks at who is who, and there are too many to be renamed");
  EXPECT_EQ(verdict.outcomes.at("owner").size(), 8);
}

TEST(Symmetry, UsersWhoDoOtherThingsAreNotInterchangeable) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::withdraw);
    s.user("bob").calls(bank, &Bank::pass_on);
    s.outcomes("last", [=](const State& end) { return end[bank].last.get(); });
  });
  EXPECT_EQ(refusal(verdict), "no two users do the same");
}

TEST(Symmetry, UsersWhoseScriptsGoOnOtherwiseAreNotInterchangeable) {
  using Script = std::function<void(Scenario&, const Ref<Bank>&, const std::string&)>;
  const Script any = [](Scenario& s, const Ref<Bank>& bank, const std::string& name) {
    s.user(name).calls(bank, &Bank::draw);
    s.user(name).calls(bank, &Bank::withdraw);
  };
  const Script then = [](Scenario& s, const Ref<Bank>& bank, const std::string& name) {
    auto user = s.user(name).then();
    user.calls(bank, &Bank::draw);
    user.calls(bank, &Bank::withdraw);
  };
  const Script at_once = [](Scenario& s, const Ref<Bank>& bank, const std::string& name) {
    s.user(name).all(asks(bank, &Bank::draw), asks(bank, &Bank::withdraw));
  };
  const Script of_others = [](Scenario& s, const Ref<Bank>& bank, const std::string& name) {
    s.user(name).calls(bank, &Bank::note, Principal::named("somebody" + name));
  };
  const Script of_one = [](Scenario& s, const Ref<Bank>& bank, const std::string& name) {
    s.user(name).calls(bank, &Bank::note, Principal::named("somebody"));
  };
  const auto are_interchangeable = [](const Script& one, const Script& other) {
    const heddle::Setup setup = built([&](Scenario& s) {
      auto ledger = s.install<Ledger>("ledger", Nat(1));
      auto bank = s.install<Bank>("bank", ledger);
      one(s, bank, "alice");
      other(s, bank, "bob");
    });
    return is_reduced(check(setup.system, setup.claims, options_of(true)));
  };
  EXPECT_TRUE(are_interchangeable(any, any));
  EXPECT_TRUE(are_interchangeable(then, then));
  EXPECT_TRUE(are_interchangeable(at_once, at_once));
  EXPECT_TRUE(are_interchangeable(of_one, of_one));
  EXPECT_FALSE(are_interchangeable(any, then));
  EXPECT_FALSE(are_interchangeable(then, at_once));
  EXPECT_FALSE(are_interchangeable(of_others, of_others));
  EXPECT_FALSE(are_interchangeable(of_one, of_others));
}

TEST(Symmetry, NamesThatCannotBeToldFromOthersAreNotRenamed) {
  const auto is_reduced_with = [](const std::string& name) {
    heddle::Setup setup = built([](Scenario& s) {
      auto ledger = s.install<Ledger>("ledger", Nat(1));
      auto bank = s.install<Bank>("bank", ledger);
      s.user("alice").calls(bank, &Bank::withdraw);
      s.user("bob").calls(bank, &Bank::withdraw);
    });
    setup.system.users[1].name = name;
    return is_reduced(check(setup.system, setup.claims, options_of(true)));
  };
  EXPECT_TRUE(is_reduced_with("carl"));
  EXPECT_FALSE(is_reduced_with("alice"));   // another user's
  EXPECT_FALSE(is_reduced_with("ledger"));  // a canister's
  EXPECT_FALSE(is_reduced_with("a#1"));     // looks like a call's
  EXPECT_FALSE(is_reduced_with("a/1"));
}

TEST(Symmetry, SampledSchedulesAndForgetfulSteppersSayThatTheyDoNotReduce) {
  const heddle::Setup setup = built([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::withdraw);
    s.user("bob").calls(bank, &Bank::withdraw);
  });
  EXPECT_EQ(refusal(check(setup.system, setup.claims, options_of(true, Strategy::kRandom))),
            "sampled schedules are what they are");
  CheckOptions both = options_of(true, Strategy::kPct);
  both.reduction.partial_order = true;
  EXPECT_EQ(check(setup.system, setup.claims, both).notes.size(), 2U);
  CheckOptions forgetful = options_of(true);
  forgetful.stepper.memo = false;
  EXPECT_EQ(refusal(check(setup.system, setup.claims, forgetful)),
            "canister code is compared under other names where it is remembered");
}

}  // namespace
}  // namespace heddle
