#include "ledger.h"

namespace museum_a07_stopping {
namespace {

HEDDLE_SCENARIO(museum_a07_stopping, buggy,
                "a receiver that is silent, and the ledger cannot stop") {
  auto receiver = s.install_environment<Receiver>("receiver");
  receiver.replies(&Receiver::notify).never(&Receiver::notify);
  auto ledger = s.install<Ledger>("ledger", receiver);
  s.user("alice").calls(ledger, &Ledger::transfer);
  auto stop = s.user("ops").stops(ledger);
  s.answered(stop);
  s.expect(violated("ops#1 is answered"));
}

HEDDLE_SCENARIO(museum_a07_stopping, fixed, "a ledger that calls nobody can always be stopped") {
  auto ledger = s.install<AskedLedger>("ledger");
  s.user("alice").calls(ledger, &AskedLedger::transfer);
  s.user("bob").calls(ledger, &AskedLedger::last_block);
  auto stop = s.user("ops").stops(ledger);
  s.answered(stop);
}

}  // namespace
}  // namespace museum_a07_stopping
