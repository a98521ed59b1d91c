// expect: cannot be a canister variable, argument or reply: C arrays are not copied. Use std::array
// sees: model
#include <heddle/model/value.h>

struct Board {
  int squares[9];
  HEDDLE_FIELDS(Board, squares)
};

Board use(heddle::Decoder& in) {
  return heddle::decode<Board>(in);
}
