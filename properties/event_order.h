// Event order: `a` happens before `b`.
#pragma once

#include <cstdint>
#include <memory>

#include <heddle/properties/property.h>

namespace heddle {

/// Something that a step can contain: a method of a canister starts, replies, or rejects.
struct Moment {
  enum class Kind : std::uint8_t { kStarts, kReplies, kRejects };
  Kind kind = Kind::kStarts;
  CanisterId canister = 0;
  MethodId method = 0;
  friend bool operator==(const Moment&, const Moment&) = default;
};

/// Violated by a step in which `second` happens and `first` has not happened in an earlier
/// step. Starting counts also when the execution is rolled back; a
/// method replies or rejects when its response is produced (a trap is a reject).
std::shared_ptr<const Property> make_before(const System& system, Moment first, Moment second);

}  // namespace heddle
