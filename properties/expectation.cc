#include <heddle/properties/expectation.h>

namespace heddle {

std::string_view to_string(ExpectedVerdict verdict) {
  switch (verdict) {
    case ExpectedVerdict::kVerified:
      return "VERIFIED";
    case ExpectedVerdict::kViolated:
      return "VIOLATED";
    case ExpectedVerdict::kIncomplete:
      return "INCOMPLETE";
  }
  return "?";
}

Expectation verified() {
  return {ExpectedVerdict::kVerified, {}, {}, true};
}

Expectation violated(std::string property) {
  return {ExpectedVerdict::kViolated, std::move(property), {}, true};
}

Expectation incomplete() {
  return {ExpectedVerdict::kIncomplete, {}, {}, true};
}

}  // namespace heddle
