// Rejects: the negative responses of the Internet Computer, thrown, caught and held as one type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace heddle {

/// Reject codes [K, HI]. kCallError is no code of the protocol: it says that the send itself failed
/// synchronously (`call_perform` returned 2) and nothing was sent [K3, M2, U2]. Nor is
/// kDecodeFailed: a Rust canister cannot read the reply (CandidDecodeFailed); Motoko's trap [M16].
enum class RejectCode : std::uint8_t {
  kNone = 0,
  kSysFatal = 1,
  kSysTransient = 2,
  kDestinationInvalid = 3,
  kCanisterReject = 4,
  kCanisterError = 5,
  kSysUnknown = 6,
  kCallError = 7,
  kDecodeFailed = 8,
};

/// "CANISTER_REJECT" and so on.
std::string_view to_string(RejectCode code);

/// A negative answer to a call. Thrown by `co_await` of a rejected call and by a send that fails;
/// thrown by a method to answer its own caller, who then sees CANISTER_REJECT whatever the code
/// [M10].
struct Reject {
  RejectCode code = RejectCode::kCanisterReject;
  std::string text;

  Reject() = default;

  explicit Reject(std::string reason) : text(std::move(reason)) {}

  Reject(RejectCode reject_code, std::string reason) : code(reject_code), text(std::move(reason)) {}

  friend auto operator<=>(const Reject&, const Reject&) = default;
};

/// True when the callee has surely not executed: codes 1 to 3, and a failed send [K6].
bool is_clean(RejectCode code);

}  // namespace heddle
