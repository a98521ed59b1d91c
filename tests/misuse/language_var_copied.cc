// expect: (call to deleted constructor of|use of deleted function)
// sees: model
// A variable names a place; a copy would be neither the place nor its value. `const Nat b =
// balance;` reads it.
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Update<> look() {
    auto b = balance;
    co_return;
  }

  Var<Nat> balance{this, "balance"};
  HEDDLE_CANISTER(Bank, look)
};
