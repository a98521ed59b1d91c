#include <vector>

#include "swap.h"

namespace museum_a08_finalization {
namespace {

HEDDLE_SCENARIO(museum_a08_finalization, buggy, "three neurons are too many for one message") {
  auto icp = s.install<IcpLedger>("icp");
  auto governance = s.install<Governance>("governance");
  auto swap = s.install<Swap>("swap", icp, governance, std::vector<Nat>{1, 2, 3}, Nat{100});
  s.user("alice").calls(swap, &Swap::finalize);
  s.user("bob").calls(swap, &Swap::finalize);
  s.expect(violated("no unexpected trap"));
}

HEDDLE_SCENARIO(museum_a08_finalization, buggy_stages, "done again, a stage is done twice") {
  auto icp = s.install<IcpLedger>("icp");
  auto governance = s.install<Governance>("governance");
  auto swap = s.install<Swap>("swap", icp, governance, std::vector<Nat>{1, 2, 3}, Nat{100});
  s.user("alice").calls(swap, &Swap::finalize);
  s.user("bob").calls(swap, &Swap::finalize);
  s.expects_trap(governance, &Governance::claim_swap_neurons);
  s.always("the treasury gets what was raised",
           [=](const State& now) { return now[icp].treasury <= 100; });
  s.profile(happy);  // the trap of the stage that is too large suffices
  s.expect(violated("the treasury gets what was raised"));
}

// At most one reject and one trap after an await: the third attempt meets neither.

HEDDLE_SCENARIO(museum_a08_finalization, fixed, "batches, and stages that can be done again") {
  auto icp = s.install<IdempotentIcpLedger>("icp");
  auto governance = s.install<Governance>("governance");
  auto swap =
      s.install<ResumableSwap>("swap", icp, governance, std::vector<Nat>{1, 2, 3}, Nat{100});
  auto alice = s.user("alice");
  alice.then();
  alice.calls(swap, &ResumableSwap::finalize);
  alice.calls(swap, &ResumableSwap::finalize);
  alice.calls(swap, &ResumableSwap::finalize);
  s.user("bob").calls(swap, &ResumableSwap::finalize);
  s.always("the treasury gets what was raised",
           [=](const State& now) { return now[icp].treasury <= 100; });
  s.finally("a sale that is over is done", [=](const State& end) {
    return !end[swap].over || (end[icp].treasury == 100 && end[governance].normal &&
                               end[governance].neurons.size() == 3);
  });
  s.finally("it is not busy for ever", [=](const State& end) { return !end[swap].busy; });
}

HEDDLE_SCENARIO(museum_a08_finalization, fixed_again, "the third attempt is the last one needed") {
  auto icp = s.install<IdempotentIcpLedger>("icp");
  auto governance = s.install<Governance>("governance");
  auto swap =
      s.install<ResumableSwap>("swap", icp, governance, std::vector<Nat>{1, 2, 3}, Nat{100});
  auto alice = s.user("alice");
  alice.then();
  alice.calls(swap, &ResumableSwap::finalize);
  alice.calls(swap, &ResumableSwap::finalize);
  alice.calls(swap, &ResumableSwap::finalize);
  s.finally("the sale is over", [=](const State& end) { return end[swap].over.get(); });
}

}  // namespace
}  // namespace museum_a08_finalization
