// expect: cannot be a canister variable, argument or reply: a union does not say what it holds
// sees: model
#include <heddle/model/value.h>

union Either {
  int number;
  float fraction;
};

std::string use(const Either& either) {
  return heddle::to_bytes(either);
}
