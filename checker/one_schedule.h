// One schedule: whether a system leaves any choice at all. A check of one that does not has
// compared no interleavings, and says no more than a test that runs the canisters once.
#pragma once

#include <cstdint>

#include <heddle/model/kernel.h>

namespace heddle {

/// What there is to choose along the first events of a system.
enum class Choice : std::uint8_t {
  kSome,     ///< in some state two events are enabled, faults that the environment may inject too
  kNone,     ///< in each state there is one event, until there is none
  kNoneYet,  ///< in each state there was one event, as far as was looked
};

/// Performs the one event that is enabled, state after state, at most `events_max` times. As long
/// as the schedule that it goes along, however wide the system is: it stops where two are enabled.
/// Throws Misuse from user code.
Choice choice_in(Kernel& kernel, std::uint64_t events_max);

}  // namespace heddle
