// The museum and the systems after DFINITY's TLA+ models: every exhibit's bug is found at the
// settings that a scenario has by default, in so many events, and named; the mended form is
// verified, in so many states.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/suite/check_scenario.h>

namespace heddle {
namespace {

/// A bug, as a search that knows nothing of it reports it.
struct Bug {
  std::string scenario;
  std::string property;
  std::size_t events = 0;  ///< of the shortest schedule
  std::uint64_t states = 0;
  /// What the verdict says: of a claim the values that break it, of a race its pattern.
  std::string why;
  bool faults = true;  ///< checked with the default profile

  friend std::ostream& operator<<(std::ostream& out, const Bug& bug) { return out << bug.scenario; }
};

std::vector<Bug> bugs() {
  return {
      {"museum_a01_refund/buggy", "no more is paid back than was paid", 4, 22,
       "ledger.paid_back = 2"},
      {"museum_a01_refund/buggy_flag", "atomic(shop.refunded)", 6, 38, "stale write"},
      {"museum_a02_minter/buggy", "no unbacked ckBTC", 8, 55,
       "bitcoin.utxos = [1], ledger.supply = 2"},
      {"museum_a02_minter/buggy_forgotten", "no unbacked ckBTC", 9, 58,
       "bitcoin.utxos = [], ledger.supply = 1"},
      {"museum_a03_quarantine/buggy", "no ckBTC without bitcoin", 9, 50, "ledger.supply = 10"},
      {"museum_a04_guard_key/buggy", "nobody else is in account 2", 2, 8, "already processing"},
      {"museum_a04_guard_key/buggy_caller", "no unbacked ckBTC", 8, 69,
       "ledger.balances[{owner = alice; subaccount = 1}] = 2"},
      {"museum_a05_mint_reply/buggy", "a deposit is minted for once", 7, 45, "ledger.supply = 2"},
      {"museum_a05_mint_reply/buggy_bounded", "a deposit is minted for once", 6, 71,
       "ledger.supply = 2"},
      {"museum_a06_self_upgrade/buggy", "no unsafe upgrade", 2, 6,
       "wallet's code was replaced while 1 of its callbacks was open: the response of"},
      {"museum_a07_stopping/buggy", "ops#1 is answered", 3, 17,
       "alice#1 (ledger.transfer) waits for call alice#1/1 to receiver"},
      {"museum_a08_finalization/buggy", "no unexpected trap", 4, 34,
       "traps in governance.claim_swap_neurons: IC0522: exceeded the instruction limit"},
      {"museum_a08_finalization/buggy_stages", "the treasury gets what was raised", 7, 24,
       "icp.treasury = 200", false},
      {"museum_a09_placeholder/buggy", "no neuron is left behind", 3, 17,
       "governance.neurons[1] = 0"},
      {"museum_a09_placeholder/buggy_trap", "no neuron is left behind", 3, 21,
       "governance.neurons[1] = 0"},
      {"museum_a11_dedup_window/buggy", "no duplicate transactions", 3, 7,
       "ledger.blocks = [{amount = 5; created_at = 60}, {amount = 5; created_at = 60}]"},
      {"museum_a11_dedup_window/buggy_drift", "no duplicate transactions", 6, 13,
       "ledger.blocks = [{amount = 5; created_at = 60}, {amount = 5; created_at = 60}]"},
      {"museum_a12_timer_overlap/buggy", "no more is paid than was owed", 7, 37, "ledger.paid = 2"},
      {"museum_a13_multidex/buggy_cursor", "atomic(replay.cursor)", 6, 55, "stale write"},
      {"museum_a13_multidex/buggy_spawn", "an archive is known, or being asked for", 3, 21,
       "dex.archive = null, factory.created = 1"},
      {"museum_a13_multidex/buggy_admission", "charged is what was deposited", 5, 39,
       "exchange.charged = 20"},
      {"museum_a13_multidex/buggy_seal", "atomic(dex.unshipped)", 4, 17, "stale write"},
      {"museum_a14_leak/buggy", "no unexpected trap", 5, 64,
       "alice#2 traps in service.serve: the heap is out of memory"},
      {"museum_a15_stats/buggy", "no unexpected trap", 3, 19,
       "traps in bank.withdraw: no room for statistics"},
      {"museum_a15_stats/buggy_books", "the bank believes in no more than there is", 3, 17,
       "bank.balance = 100, ledger.balance = 40"},
      {"museum_a15_stats/buggy_lock", "busy is only who is at work", 3, 17, "bank.busy = true"},
      {"museum_a16_audit/buggy_read", "atomic(market.owner)", 6, 81, "stale write"},
      {"museum_a16_audit/buggy_both_sides", "atomic(treasury.reserve)", 4, 21, "stale write"},
      {"museum_a16_audit/buggy_rollback", "who has paid owns it", 3, 21,
       "ledger.balances[artist] = 10, market.owner = artist"},
      {"tla_archive/buggy", "Blockchain_Is_A_Chain", 9, 97,
       "archive1.blocks = [{index = 0; amount = 1}, {index = 0; amount = 1}]", false},
      {"tla_archive/buggy_error", "Blockchain_Is_A_Chain", 12, 206,
       "archive1.blocks = [{index = 0; amount = 1}], archive2.blocks = [{index = 0;"},
      {"tla_ckbtc/buggy", "Inv_No_Unbacked_Ck_BTC", 9, 10112,
       "bitcoin.network = {1 -> {owner = \"alice\"; amount = 2}},"},
      {"tla_ckbtc/buggy_forgotten", "Inv_No_Unbacked_Ck_BTC", 21, 43917,
       "bitcoin.network = {10 -> {owner = \"other\"; amount = 1}, 11 -> {owner ="},
      {"tla_governance/buggy_merge", "Cached_Stake_Capped_By_Balance_When_Not_Locked", 8, 20,
       "governance.locks[0] = (none), governance.neurons[0] = {account = \"g1\";", false},
      {"tla_governance/buggy_cleanup", "Cached_Stake_Capped_By_Balance_When_Not_Locked", 3, 21,
       "governance.locks[0] = (none), governance.neurons[0] = {account = \"g1\";"},
      {"tla_swap/buggy", "nobody gets more than their share", 11, 22113,
       "sns.balances[\"u1\"] = 4, swap.recipes[\"u1\"] = {amount = 2; transfer_started", false},
  };
}

/// A mended form.
struct Mended {
  std::string scenario;
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  bool faults = true;  ///< checked with the default profile

  friend std::ostream& operator<<(std::ostream& out, const Mended& mended) {
    return out << mended.scenario;
  }
};

std::vector<Mended> mended() {
  return {
      {"museum_a01_refund/fixed", 19, 23},
      {"museum_a02_minter/fixed", 280, 573},
      {"museum_a03_quarantine/fixed", 53, 67},
      {"museum_a04_guard_key/fixed", 362, 842},
      {"museum_a05_mint_reply/fixed", 50, 63},
      {"museum_a05_mint_reply/fixed_bounded", 173, 322},
      {"museum_a06_self_upgrade/fixed", 38, 49},
      {"museum_a07_stopping/fixed", 16, 24},
      {"museum_a08_finalization/fixed", 703, 1205},
      {"museum_a08_finalization/fixed_again", 134, 162},
      {"museum_a09_placeholder/fixed", 48, 70},
      {"museum_a11_dedup_window/fixed", 23, 31},
      {"museum_a12_timer_overlap/fixed", 25, 43},
      {"museum_a13_multidex/fixed_cursor", 49, 70},
      {"museum_a13_multidex/fixed_spawn", 132, 254},
      {"museum_a13_multidex/fixed_admission", 49, 90},
      {"museum_a13_multidex/fixed_seal", 21, 22},
      {"museum_a14_leak/fixed", 232, 524},
      {"museum_a15_stats/fixed", 58, 70},
      {"museum_a16_audit/fixed", 102, 167},
      {"museum_a16_audit/fixed_both_sides", 19, 28},
      {"tla_archive/fixed_guard", 48, 66, false},
      {"tla_archive/fixed", 928, 1420},
      {"tla_ckbtc/fixed", 44553, 184256},
      {"tla_governance/fixed_claims", 420, 1076},
      {"tla_governance/fixed_disburse", 6296, 21838},
      {"tla_governance/fixed_merge", 1441, 3565},
      {"tla_swap/fixed", 31080, 101544, false},
      {"tla_swap/fixed_under_faults", 44986, 189081},
  };
}

std::string name_of(const std::string& scenario) {
  std::string name = scenario;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

Profile profile_of(const std::string& scenario) {
  const RegisteredScenario* registered = Registry::instance().find(scenario);
  return registered == nullptr ? Profile::kHappy : prepare(*registered).setup.profile;
}

class MuseumBugs : public testing::TestWithParam<Bug> {};

TEST_P(MuseumBugs, AreFoundInTheFewestEventsAndNamed) {
  const Bug& bug = GetParam();
  EXPECT_EQ(profile_of(bug.scenario), bug.faults ? Profile::kSafety : Profile::kHappy);
  const Report report = check_scenario(bug.scenario);
  const Verdict& verdict = report.verdict;
  EXPECT_EQ(verdict.answered, Answered::kViolated);
  EXPECT_EQ(verdict.property, bug.property);
  EXPECT_EQ(verdict.schedule.size(), bug.events);
  EXPECT_EQ(verdict.states, bug.states);
  EXPECT_NE(verdict.why.find(bug.why), std::string::npos) << verdict.why;
}

INSTANTIATE_TEST_SUITE_P(Exhibits, MuseumBugs, testing::ValuesIn(bugs()),
                         [](const auto& each) { return name_of(each.param.scenario); });

class MuseumRepairs : public testing::TestWithParam<Mended> {};

TEST_P(MuseumRepairs, AreVerifiedInSoManyStates) {
  const Mended& repair = GetParam();
  EXPECT_EQ(profile_of(repair.scenario), repair.faults ? Profile::kSafety : Profile::kHappy);
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
    CheckRequest request;
    request.strategy = strategy;
    const Verdict verdict = check_scenario(repair.scenario, {}, request).verdict;
    EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
    EXPECT_EQ(verdict.states, repair.states);
    EXPECT_EQ(verdict.transitions, repair.transitions);
  }
}

INSTANTIATE_TEST_SUITE_P(Exhibits, MuseumRepairs, testing::ValuesIn(mended()),
                         [](const auto& each) { return name_of(each.param.scenario); });

TEST(Museum, EachScenarioIsABugOrARepairHere) {
  std::set<std::string> here;
  for (const Bug& bug : bugs()) {
    here.insert(bug.scenario);
  }
  for (const Mended& repair : mended()) {
    here.insert(repair.scenario);
  }
  std::set<std::string> registered;
  for (const char* exhibits : {"museum_*", "tla_*"}) {
    for (const RegisteredScenario* scenario : Registry::instance().matching(exhibits)) {
      registered.insert(scenario->name());
    }
  }
  EXPECT_EQ(here, registered);
}

}  // namespace
}  // namespace heddle
