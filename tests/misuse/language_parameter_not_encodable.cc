// expect: a function is not data
// sees: model
// What is sent is a value.
#include <functional>

#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Update<> notify(std::function<void()> callback) {
    static_cast<void>(callback);
    co_return;
  }
  HEDDLE_CANISTER(Bank, notify)
};
