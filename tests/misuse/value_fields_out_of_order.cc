// expect: cannot be a canister variable, argument or reply: it cannot be made and then filled
// sees: model
// With constant fields the initialisers must follow the declaration, or two fields of one type
// would change places.
#include <heddle/model/value.h>

struct Range {
  const heddle::Nat from;
  const heddle::Nat to;
  HEDDLE_FIELDS(Range, to, from)
};

std::string use(const Range& range) {
  return heddle::to_bytes(range);
}
