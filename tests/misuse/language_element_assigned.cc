// expect: (no viable overloaded|discards qualifiers)
// sees: model
// An element that was read is a copy; changing the list is update(...).
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Update<> change() {
    list[0] = 1;
    co_return;
  }

  Var<std::vector<Nat>> list{this, "list"};
  HEDDLE_CANISTER(Bank, change)
};
