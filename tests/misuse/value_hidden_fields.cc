// expect: cannot be a canister variable, argument or reply: it hides its fields
// sees: model
#include <heddle/model/value.h>

class Purse {
 public:
  explicit Purse(heddle::Nat amount) : amount_(amount) {}

 private:
  heddle::Nat amount_;
};

std::string use(const Purse& purse) {
  return heddle::to_bytes(purse);
}
