// Values as text for outcome sets and reports: readable, and unique among the values of one type.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <heddle/model/outcome.h>
#include <heddle/model/reject.h>
#include <heddle/model/value.h>

namespace heddle {

inline std::string text_of(const Reject& reject) {
  return fmt::format("reject {} {}", to_string(reject.code), text_literal(reject.text));
}

/// `40`, `[1, 2]`, `{owner = alice}`. Text stands for itself.
template <class T>
std::string text_of(const T& value) {
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    return std::string(std::string_view(value));
  } else {
    return to_string(show(value));
  }
}

/// `reply 40`, `reject CANISTER_REJECT "too little"`.
template <class R>
std::string text_of(const Outcome<R>& outcome) {
  if (!outcome.replied()) {
    return text_of(outcome.reject());
  }
  if constexpr (std::is_void_v<R>) {
    return "reply ()";
  } else {
    return "reply " + text_of(outcome.value());
  }
}

/// The outcome, or `no answer`.
template <class R>
std::string text_of(const std::optional<Outcome<R>>& outcome) {
  return outcome ? text_of(*outcome) : "no answer";
}

}  // namespace heddle
