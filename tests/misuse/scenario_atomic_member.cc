// expect: atomicity is a claim about a Var or VarMap of the canister
// sees: properties
#include <heddle/properties/scenario.h>

class Bank : public heddle::Canister {
 public:
  heddle::Update<> touch() { co_return; }

  int plain = 0;
  HEDDLE_CANISTER(Bank, touch)
};

void describe(heddle::Scenario& s) {
  const auto bank = s.install<Bank>("bank");
  s.atomic(bank, &Bank::plain);
}
