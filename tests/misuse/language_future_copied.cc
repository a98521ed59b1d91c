// expect: (deleted (copy )?constructor|use of deleted function)
// sees: model
// A future is awaited once.
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Update<> ping() { co_return; }

  Update<> run() {
    Future<> one = call(self(), &Bank::ping);
    Future<> two = one;
    co_await two;
  }
  HEDDLE_CANISTER(Bank, ping, run)
};
