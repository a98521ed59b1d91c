// expect: cannot be a canister variable, argument or reply: a pointer names a place in memory
// sees: model
// An owning pointer is a pointer.
#include <memory>

#include <heddle/model/value.h>

std::string use(const std::shared_ptr<int>& shared) {
  return heddle::to_bytes(shared);
}
