// expect: a Star function is called directly and not listed
// sees: model
// An async* function has no message of its own.
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Star<> helper() { co_return; }
  HEDDLE_CANISTER(Bank, helper)
};
