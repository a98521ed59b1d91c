// expect: cannot be a canister variable, argument or reply: it refers to something
// sees: model
// A string_view would outlive its text.
#include <string_view>

#include <heddle/model/value.h>

heddle::Shown use(std::string_view text) {
  return heddle::show(text);
}
