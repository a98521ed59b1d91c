// expect: canister code awaits futures
// sees: model
// Nothing else can resume a call context than a response.
#include <coroutine>

#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Update<> wait() { co_await std::suspend_always(); }
  HEDDLE_CANISTER(Bank, wait)
};
