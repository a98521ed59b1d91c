#include <heddle/checker/verdict.h>

namespace heddle {

std::string_view to_string(Answered answered) {
  switch (answered) {
    case Answered::kVerified:
      return "VERIFIED";
    case Answered::kViolated:
      return "VIOLATED";
    case Answered::kIncomplete:
      break;
  }
  return "INCOMPLETE";
}

int exit_code(const Verdict& verdict) {
  switch (verdict.answered) {
    case Answered::kVerified:
      return 0;
    case Answered::kViolated:
      return 1;
    case Answered::kIncomplete:
      break;
  }
  return 2;
}

}  // namespace heddle
