// expect: these are not the method's arguments: their number and types are those of its declaration
// sees: properties
#include <heddle/model/var.h>
#include <heddle/properties/scenario.h>

class Bank : public heddle::Canister {
 public:
  heddle::Update<> withdraw(heddle::Nat amount) {
    balance -= amount;
    co_return;
  }

  heddle::Var<heddle::Nat> balance{this, "balance", 100};
  HEDDLE_CANISTER(Bank, withdraw)
};

void describe(heddle::Scenario& s) {
  const auto bank = s.install<Bank>("bank");
  s.user("alice").calls(bank, &Bank::withdraw, heddle::Nat(1), heddle::Nat(2));
}
