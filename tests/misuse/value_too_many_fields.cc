// expect: cannot be a canister variable, argument or reply: it has more than 16 fields
// sees: model
#include <heddle/model/value.h>

struct Wide {
  int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q;
};

std::string use(const Wide& wide) {
  return heddle::to_bytes(wide);
}
