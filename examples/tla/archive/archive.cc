#include <string>
#include <vector>

#include "ledger.h"

namespace tla_archive {
namespace {

// The invariants of the model, by its names. Four transfers of 1; archives of one block each.

constexpr int kTransfers = 4;
constexpr int kArchives = 4;

template <class A>
std::vector<Ref<A>> install_archives(Scenario& s) {
  std::vector<Ref<A>> archives;
  for (int i = 1; i <= kArchives; ++i) {
    archives.push_back(s.install<A>("archive" + std::to_string(i)));
  }
  return archives;
}

template <class L, class A>
void check_ledger(Scenario& s, Ref<L> ledger, const std::vector<Ref<A>>& archives) {
  auto alice = s.user("alice");
  for (int i = 0; i < kTransfers; ++i) {
    alice.calls(ledger, &L::send, Nat{1});
  }
  s.always("Blockchain_Is_A_Chain", [=](const State& now) {
    Nat index = 0;
    for (const Ref<A>& archive : archives) {
      for (const Block& block : now[archive].blocks) {
        if (block.index != index) {
          return false;
        }
        index += 1;
      }
    }
    return true;
  });
  s.always("Archive_Nodes_Not_Overflowing", [=](const State& now) {
    for (const Ref<A>& archive : archives) {
      if (now[archive].blocks.size() > kArchiveCapacity) {
        return false;
      }
    }
    return true;
  });
  s.conserved("Constant_Balance_Sum",
              [=](const State& now) { return Int(now[ledger].from + now[ledger].to); });
  s.finally("no archiving is under way for ever",
            [=](const State& end) { return !end[ledger].archiving; });
}

HEDDLE_SCENARIO(tla_archive, buggy, "two transfers archive the same blocks") {
  auto archives = install_archives<Archive>(s);
  auto ledger = s.install<Ledger>("ledger", Nat{kTransfers}, archives, false);
  s.profile(happy);  // as the model has it: archives do not fail
  check_ledger(s, ledger, archives);
  s.expect(violated("Blockchain_Is_A_Chain"));
}

HEDDLE_SCENARIO(tla_archive, fixed_guard,
                "as the model has it: a guard, and archives do not fail") {
  auto archives = install_archives<Archive>(s);
  auto ledger = s.install<Ledger>("ledger", Nat{kTransfers}, archives, true);
  s.profile(happy);
  check_ledger(s, ledger, archives);
}

HEDDLE_SCENARIO(tla_archive, buggy_error, "what the model has left to do: a call fails") {
  auto archives = install_archives<Archive>(s);
  auto ledger = s.install<Ledger>("ledger", Nat{kTransfers}, archives, true);
  check_ledger(s, ledger, archives);
  s.expect(violated("Blockchain_Is_A_Chain"));
}

HEDDLE_SCENARIO(tla_archive, fixed, "asks the archive what it has") {
  auto archives = install_archives<KnowingArchive>(s);
  auto ledger = s.install<AskingLedger>("ledger", Nat{kTransfers}, archives);
  check_ledger(s, ledger, archives);
}

}  // namespace
}  // namespace tla_archive
