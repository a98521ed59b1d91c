// expect: users call updates and queries; the others are the canister's own
// sees: properties
#include <heddle/properties/scenario.h>

class Bank : public heddle::Canister {
 public:
  heddle::Async<> body() { co_return; }

  HEDDLE_CANISTER(Bank, body)
};

void describe(heddle::Scenario& s) {
  const auto bank = s.install<Bank>("bank");
  s.user("alice").calls(bank, &Bank::body);
}
