// expect: a local async function is called with async
// sees: model
// Only the canister itself calls its local functions.
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Async<> body() { co_return; }

  Update<> run() { co_await call(self(), &Bank::body); }
  HEDDLE_CANISTER(Bank, body, run)
};
