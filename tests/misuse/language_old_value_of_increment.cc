// expect: (no viable conversion|incomplete type|void value|from .void.)
// sees: model
// Incrementing tells nothing, so there is no old value to have. `const Nat before = count;
// ++count;`
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Update<> run() {
    const Nat before = count++;
    co_return;
  }

  Var<Nat> count{this, "count"};
  HEDDLE_CANISTER(Bank, run)
};
