// expect: cannot be a canister variable, argument or reply: its fields cannot be counted
// sees: model
// A record with a reference in it has no value of its own.
#include <heddle/model/value.h>

struct Cursor {
  heddle::Nat& position;
};

std::string use(const Cursor& cursor) {
  return heddle::to_bytes(cursor);
}
