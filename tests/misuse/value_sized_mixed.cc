// expect: invalid operands to binary expression|no match for .operator\+
// sees: model
// Numbers of different sizes are added only after a conversion that is written out.
#include <heddle/model/sized.h>

heddle::Nat64 use(heddle::Nat64 total, heddle::Nat8 part) {
  return total + part;
}
