// expect: a property runs queries only; an update would change the state
// sees: properties
#include <heddle/properties/scenario.h>

class Bank : public heddle::Canister {
 public:
  heddle::Update<heddle::Nat> take() { co_return heddle::Nat(1); }

  HEDDLE_CANISTER(Bank, take)
};

void describe(heddle::Scenario& s) {
  const auto bank = s.install<Bank>("bank");
  s.always("one", [=](const heddle::State& now) { return now.query(bank, &Bank::take) == 1; });
}
