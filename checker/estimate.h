// Estimate: how many states an unfinished search will meet.
//
// Breadth-first: the levels of most systems grow by a factor that falls steadily from level to
// level, first above one, then below. So the logarithm of the factor is continued as a straight
// line, once for each of several stretches of the levels seen; the spread of what comes out is the
// range that is given. Where the factor does not fall there is no estimate, and none is made up.
//
// Depth-first: if what is left of each state on the stack led to as much as what has been done, the
// search would take that much. Meeting states again makes it less, so this is an upper bound of a
// kind, and a coarse one (after Donald Knuth, 'Estimating the Efficiency of Backtrack Programs',
// Mathematics of Computation 29, 1975, for trees).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace heddle {

/// How many states in all, from `low` to `high`; `high` may be infinite.
struct Estimate {
  double low = 0;
  double high = 0;
};

/// From the sizes of the levels that are complete, the first level first. Nothing when they are too
/// few or do not slow down.
std::optional<Estimate> estimate_from_levels(std::span<const std::uint64_t> levels);

/// One state on the stack of a depth-first search.
struct Branching {
  std::size_t done = 0;  ///< enabled events that were gone into, without the one that is under way
  std::size_t all = 0;
};

/// `stack` from the initial state on; `states` met until now.
std::optional<Estimate> estimate_from_stack(std::span<const Branching> stack, std::uint64_t states);

/// "about 1.2 to 2.5 million", "at least 300000". Powers of ten in words from a million on.
std::string to_string(const Estimate& estimate);

}  // namespace heddle
