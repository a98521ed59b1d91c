#include "shop.h"

namespace museum_a01_refund {
namespace {

// An invoice of 1, of which alice asks for a refund twice. The till holds another customer's 1 too.

HEDDLE_SCENARIO(museum_a01_refund, buggy, "one invoice is paid back twice") {
  auto ledger = s.install<Ledger>("ledger", Nat{2});
  auto shop = s.install<Shop>("shop", ledger, Nat{1});
  auto alice = s.user("alice");
  alice.calls(shop, &Shop::refund);
  alice.calls(shop, &Shop::refund);
  s.always("no more is paid back than was paid",
           [=](const State& now) { return now[ledger].paid_back <= now[shop].amount; });
  s.expect(violated("no more is paid back than was paid"));
}

HEDDLE_SCENARIO(museum_a01_refund, buggy_flag, "the same by the name of the variable") {
  auto ledger = s.install<Ledger>("ledger", Nat{2});
  auto shop = s.install<Shop>("shop", ledger, Nat{1});
  auto alice = s.user("alice");
  alice.calls(shop, &Shop::refund);
  alice.calls(shop, &Shop::refund);
  s.atomic(shop, &Shop::refunded);
  s.expect(violated("atomic(shop.refunded)"));
}

HEDDLE_SCENARIO(museum_a01_refund, fixed, "the flag is set before the transfer") {
  auto ledger = s.install<Ledger>("ledger", Nat{2});
  auto shop = s.install<CarefulShop>("shop", ledger, Nat{1});
  auto alice = s.user("alice");
  alice.calls(shop, &CarefulShop::refund);
  alice.calls(shop, &CarefulShop::refund);
  s.always("no more is paid back than was paid",
           [=](const State& now) { return now[ledger].paid_back <= now[shop].amount; });
  s.atomic(shop, &CarefulShop::refunded);
}

}  // namespace
}  // namespace museum_a01_refund
