#include <heddle/model/reject.h>

namespace heddle {

std::string_view to_string(RejectCode code) {
  switch (code) {
    case RejectCode::kNone:
      return "OK";
    case RejectCode::kSysFatal:
      return "SYS_FATAL";
    case RejectCode::kSysTransient:
      return "SYS_TRANSIENT";
    case RejectCode::kDestinationInvalid:
      return "DESTINATION_INVALID";
    case RejectCode::kCanisterReject:
      return "CANISTER_REJECT";
    case RejectCode::kCanisterError:
      return "CANISTER_ERROR";
    case RejectCode::kSysUnknown:
      return "SYS_UNKNOWN";
    case RejectCode::kCallError:
      return "CALL_ERROR";
    case RejectCode::kDecodeFailed:
      return "CANDID_DECODE_FAILED";
  }
  return "?";
}

bool is_clean(RejectCode code) {
  return code == RejectCode::kSysFatal || code == RejectCode::kSysTransient ||
         code == RejectCode::kDestinationInvalid || code == RejectCode::kCallError;
}

}  // namespace heddle
