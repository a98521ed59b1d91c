#include <algorithm>
#include <vector>

#include "ledger.h"

namespace museum_a11_dedup_window {
namespace {

// Alice's clock is a minute ahead. She does not hear of the first answer, and submits the same
// transaction once more, at any time.

void submit_twice(Scenario& s, Forgets forgets) {
  auto ledger = s.install<Ledger>("ledger", forgets);
  auto alice = s.user("alice");
  alice.calls(ledger, &Ledger::transfer, Nat{5}, kPermittedDrift);
  alice.calls(ledger, &Ledger::transfer, Nat{5}, kPermittedDrift);
  s.clock();
  s.always("no duplicate transactions", [=](const State& now) {
    std::vector<Transaction> blocks = now[ledger].blocks;
    std::sort(blocks.begin(), blocks.end());
    return std::adjacent_find(blocks.begin(), blocks.end()) == blocks.end();
  });
}

HEDDLE_SCENARIO(museum_a11_dedup_window, buggy, "a day later the transaction is made again") {
  submit_twice(s, after_window);
  s.expect(violated("no duplicate transactions"));
}

HEDDLE_SCENARIO(museum_a11_dedup_window, buggy_drift,
                "with the drift, it is one second too early") {
  submit_twice(s, after_window_and_drift);
  s.expect(violated("no duplicate transactions"));
}

HEDDLE_SCENARIO(museum_a11_dedup_window, fixed, "forgotten is what would be refused as too old") {
  submit_twice(s, when_too_old);
}

}  // namespace
}  // namespace museum_a11_dedup_window
