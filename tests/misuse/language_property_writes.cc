// expect: (no viable overloaded|discards qualifiers)
// sees: model
// A property sees a canister that cannot be changed.
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Var<Nat> balance{this, "balance"};
  HEDDLE_CANISTER(Bank)
};

void claim(const Bank& now) {
  now.balance = 0;
}
