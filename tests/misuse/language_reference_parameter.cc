// expect: takes its parameters by value
// sees: model
// Arguments come in a message; a reference to them would dangle after the first await.
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Update<> withdraw(const Nat& amount) {
    static_cast<void>(amount);
    co_return;
  }
  HEDDLE_CANISTER(Bank, withdraw)
};
