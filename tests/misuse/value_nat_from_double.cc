// expect: no viable conversion|conversion from .double. to non-scalar
// sees: model
// Fractions do not become natural numbers without a word.
#include <heddle/model/nat.h>

const heddle::Nat kHalf = 0.5;
