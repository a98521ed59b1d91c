// expect: (selected deleted operator|use of deleted function)
// sees: model
// Assigning one variable to another reads and writes; `.get()` says so.
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Update<> reset() {
    balance = saved;
    co_return;
  }

  Var<Nat> balance{this, "balance"};
  Var<Nat> saved{this, "saved"};
  HEDDLE_CANISTER(Bank, reset)
};
