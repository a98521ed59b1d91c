// expect: cannot be a canister variable, argument or reply: a pointer names a place in memory
// sees: model
// A pointer is refused however deep it is hidden, and the compiler's note names it.
#include <map>
#include <string>
#include <vector>

#include <heddle/model/value.h>

struct Entry {
  std::string text;
  const Entry* next;
};

std::string use(const std::map<int, std::vector<Entry>>& entries) {
  return heddle::to_bytes(entries);
}
