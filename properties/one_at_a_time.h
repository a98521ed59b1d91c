// One at a time: mutual exclusion of calls while they await something.
//
// Between two awaits a canister runs one call anyway, so who is inside shows at commit points: the
// calls that are suspended in these methods. A lock keeps the others out by rejecting them before
// their first await; one that is taken later, in the callback, does not [S3, S5].
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <heddle/model/ref.h>
#include <heddle/properties/internal/method_traits.h>
#include <heddle/properties/property.h>
#include <heddle/properties/text.h>

namespace heddle {

/// The calls that are suspended in one method, told apart by a key.
struct Section {
  CanisterId canister = 0;
  MethodId method = 0;
  /// By caller and encoded arguments; calls of different keys may be inside together.
  std::function<std::string(const Principal& caller, std::string_view arguments)> key{};
};

/// `method` as a section in which one call may be, whoever it is for. For
/// Scenario::one_at_a_time.
template <class C, class Pointer>

requires internal::MethodOf<Pointer, C> Section inside(const Ref<C>& canister, Pointer method) {
  return {
      canister.id(), internal::method_id<C>(method),
      [](const Principal& /*caller*/, std::string_view /*arguments*/) { return std::string(); }};
}

/// `method` as a section in which one call of each key may be: `key(caller, arguments...)`.
template <class C, class Pointer, class Key>

requires internal::MethodOf<Pointer, C> Section inside(const Ref<C>& canister, Pointer method,
                                                       Key key) {
  return {canister.id(), internal::method_id<C>(method),
          [key = std::move(key)](const Principal& caller, std::string_view encoded) {
            return std::apply(
                [&](const auto&... arguments) { return text_of(key(caller, arguments...)); },
                from_bytes<internal::ArgumentsOf<Pointer>>(encoded));
          }};
}

/// Violated by a state in which two calls of one key are suspended in any of these sections.
std::shared_ptr<const Property> make_one_at_a_time(std::string name, std::vector<Section> sections);

}  // namespace heddle
