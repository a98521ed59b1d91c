#include "wallet.h"

namespace museum_a06_self_upgrade {
namespace {

HEDDLE_SCENARIO(museum_a06_self_upgrade, buggy, "the answer finds other code") {
  auto installer = s.install<Installer>("installer");
  auto wallet = s.install<Wallet>("wallet", installer);
  s.user("alice").calls(wallet, &Wallet::update_yourself);
  s.user("ops").upgrades(wallet);
  s.expect(violated("no unsafe upgrade"));
}

HEDDLE_SCENARIO(museum_a06_self_upgrade, fixed, "stopped first, it has no callbacks left") {
  auto installer = s.install<Installer>("installer");
  auto wallet = s.install<Wallet>("wallet", installer);
  s.user("alice").calls(wallet, &Wallet::update_yourself);
  auto ops = s.user("ops");
  ops.then();
  ops.stops(wallet);
  ops.upgrades(wallet);
  ops.starts(wallet);
  s.always("no more updates than were asked for",
           [=](const State& now) { return now[wallet].updates <= now[installer].asked; });
}

}  // namespace
}  // namespace museum_a06_self_upgrade
