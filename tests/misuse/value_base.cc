// expect: it has a base class. List the fields with HEDDLE_FIELDS
// sees: model
// A derived aggregate cannot be taken apart, and the fields that its base lists are not all of its
// own.
#include <heddle/model/value.h>

struct Request {
  heddle::Nat id;
  HEDDLE_FIELDS(Request, id)
};

struct Withdrawal : Request {
  heddle::Nat amount;
};

std::string use(const Withdrawal& withdrawal) {
  return heddle::to_bytes(withdrawal);
}
