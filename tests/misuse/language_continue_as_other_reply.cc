// expect: (no viable conversion|no matching|cannot convert|could not convert)
// sees: model
// The call that goes on as another method still owes its own reply.
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Update<bool> rest() { co_return true; }

  Update<Nat> run() { co_return continue_as(&Bank::rest); }
  HEDDLE_CANISTER(Bank, rest, run)
};
