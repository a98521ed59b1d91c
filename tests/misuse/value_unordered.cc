// expect: cannot be a canister variable, argument or reply: the order of an unordered container
// sees: model
// Iterating an unordered map is not deterministic across platforms, so it is refused and std::map
// named.
#include <string>
#include <unordered_map>

#include <heddle/model/value.h>

const heddle::TypeOps& use() {
  return heddle::type_ops<std::unordered_map<std::string, int>>();
}
