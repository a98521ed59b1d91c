// expect: (no matching function|no viable conversion|could not convert)
// sees: model
// A Ref knows the class of its canister.
#include <heddle/model/language.h>

using namespace heddle;

class Ledger : public Canister {
 public:
  Update<> transfer() { co_return; }
  HEDDLE_CANISTER(Ledger, transfer)
};

class Bank : public Canister {
 public:
  Update<> run(Ref<Bank> other) { co_await call(other, &Ledger::transfer); }
  HEDDLE_CANISTER(Bank, run)
};
