// expect: cannot be a canister variable, argument or reply: a function is not data
// sees: model
// Motoko can keep shared functions; a model keeps what the function would need.
#include <functional>
#include <vector>

#include <heddle/model/value.h>

std::string use(const std::vector<std::function<void()>>& callbacks) {
  return heddle::to_bytes(callbacks);
}
