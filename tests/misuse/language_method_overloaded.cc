// expect: (no matching function for call to|unresolved overloaded function)
// sees: model
// A name stands for one method.
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Update<> withdraw() { co_return; }

  Update<> withdraw(Nat) { co_return; }
  HEDDLE_CANISTER(Bank, withdraw)
};
