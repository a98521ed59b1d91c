#include <map>

#include "market.h"
#include "treasury.h"

namespace museum_a16_audit {
namespace {

Principal artist() {
  return Principal::named("artist");
}

Principal bob() {
  return Principal::named("bob");
}

Principal carol() {
  return Principal::named("carol");
}

std::map<Principal, Nat> ten_each() {
  return {{bob(), 10}, {carol(), 10}};
}

HEDDLE_SCENARIO(museum_a16_audit, buggy_read, "read before the call, used after it") {
  auto ledger = s.install<Ledger>("ledger", ten_each());
  auto market = s.install<ReadingMarket>("market", ledger, artist());
  s.user("bob").calls(market, &ReadingMarket::buy);
  s.user("carol").calls(market, &ReadingMarket::buy);
  s.atomic(market, &ReadingMarket::owner);
  s.expect(violated("atomic(market.owner)"));
}

HEDDLE_SCENARIO(museum_a16_audit, buggy_both_sides, "changed before the call and after it") {
  auto vendor = s.install<Vendor>("vendor");
  auto treasury = s.install<Treasury>("treasury", vendor, Nat{100});
  s.user("alice").calls(treasury, &Treasury::buy_back, Nat{30});
  s.user("bob").calls(treasury, &Treasury::donate, Nat{5});
  s.atomic(treasury, &Treasury::reserve);
  s.expect(violated("atomic(treasury.reserve)"));
}

HEDDLE_SCENARIO(museum_a16_audit, buggy_rollback, "put right by a handler that is rolled back") {
  auto ledger = s.install<Ledger>("ledger", ten_each());
  auto market = s.install<HopefulMarket>("market", ledger, artist());
  s.user("bob").calls(market, &HopefulMarket::buy);
  s.user("carol").calls(market, &HopefulMarket::buy);
  s.always("who has paid owns it", [=](const State& now) {
    return !now.open_contexts(market).empty() || now[ledger].balances.get_or(artist(), 0) == 0 ||
           now[market].owner != artist();
  });
  s.expect(violated("who has paid owns it"));
}

/// Both, in any state: the payment is there when the work is, and the work when the payment is, or
/// it is still written down.
bool gets_what_it_pays(const State& now, Ref<Ledger> ledger, Ref<JournalMarket> market,
                       const Principal& who) {
  const bool paid = now[ledger].balances.get_or(who, 0) == 0;
  const bool owns = now[market].owner == who;
  const bool buys = now[market].buyer == who;
  return owns ? paid : !paid || buys;
}

HEDDLE_SCENARIO(museum_a16_audit, fixed, "written down before, settled by whoever asks") {
  auto ledger = s.install<Ledger>("ledger", ten_each());
  auto market = s.install<JournalMarket>("market", ledger, artist());
  auto buyer = s.user("bob");
  buyer.calls(market, &JournalMarket::buy);
  buyer.calls(market, &JournalMarket::settle);
  s.user("carol").calls(market, &JournalMarket::buy);
  s.always("bob gets what he pays for",
           [=](const State& now) { return gets_what_it_pays(now, ledger, market, bob()); });
  s.always("carol gets what she pays for",
           [=](const State& now) { return gets_what_it_pays(now, ledger, market, carol()); });
  s.atomic(market, &JournalMarket::owner);
}

HEDDLE_SCENARIO(museum_a16_audit, fixed_both_sides, "changed by differences") {
  auto vendor = s.install<Vendor>("vendor");
  auto treasury = s.install<SteadyTreasury>("treasury", vendor, Nat{100});
  s.user("alice").calls(treasury, &SteadyTreasury::buy_back, Nat{30});
  s.user("bob").calls(treasury, &SteadyTreasury::donate, Nat{5});
  s.atomic(treasury, &SteadyTreasury::reserve);
  s.always("nothing is lost",
           [=](const State& now) { return now[treasury].reserve + now[vendor].sold <= 105; });
}

}  // namespace
}  // namespace museum_a16_audit
