// expect: a method is called by message, not as a function
// sees: model
// In Motoko `await withdraw(1)` sends a message to oneself; here the call says so.
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Update<> withdraw(Nat) { co_return; }

  Update<> twice() { co_await withdraw(1); }
  HEDDLE_CANISTER(Bank, withdraw, twice)
};
