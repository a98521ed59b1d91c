// expect: a pointer names a place in memory
// sees: model
// What cannot be encoded canonically cannot be canister state.
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Var<int*> last{this, "last"};
  HEDDLE_CANISTER(Bank)
};

Bank bank;
