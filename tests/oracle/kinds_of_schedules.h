// How many schedules a system has that differ in more than the order of events that commute: by
// going through all of them, one after the other.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <heddle/model/system.h>

namespace heddle::oracle {

/// The number of kinds (Mazurkiewicz traces). Nothing when there are more schedules than
/// `schedules_max`, or one is longer than 60 events.
std::optional<std::size_t> kinds_of_schedules(const heddle::System& system,
                                              std::size_t schedules_max);

/// Walks through the system and performs each two choices that do not meet in both orders. Returns
/// what differs, empty if nothing does; `pairs` counts what was tried.
std::string first_that_do_not_commute(const heddle::System& system, std::size_t walks,
                                      std::size_t& pairs);

}  // namespace heddle::oracle
