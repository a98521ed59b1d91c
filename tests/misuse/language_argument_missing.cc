// expect: no matching function for call to
// sees: model
// The arguments are those of the method.
#include <heddle/model/language.h>

using namespace heddle;

class Ledger : public Canister {
 public:
  Update<> transfer(Nat, Nat) { co_return; }
  HEDDLE_CANISTER(Ledger, transfer)
};

class Bank : public Canister {
 public:
  Update<> run(Ref<Ledger> ledger) { co_await call(ledger, &Ledger::transfer, 1); }
  HEDDLE_CANISTER(Bank, run)
};
