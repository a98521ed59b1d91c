// What comes of each alternative of a schedule: the event that could have happened instead, and
// then the rest of the schedule as far as it is possible.
//
// It tells a reader at which steps something could still be decided, and how. Where the rest of the
// schedule fails after an alternative, other continuations are searched for one that passes, within
// bounds. So an alternative
//   passes        as the schedule goes on
//   can pass      in another way
//   never passes  unless with further faults: all continuations were looked at
//   fails         as the schedule goes on, and of the others nothing is known
#pragma once

#include <cstddef>
#include <cstdint>

#include <heddle/model/kernel.h>
#include <heddle/properties/property.h>
#include <heddle/traces/trace.h>

namespace heddle {

struct OutlookOptions {
  /// Events performed, over all alternatives; of those that are left nothing is said.
  std::uint64_t work_max = 50'000;
  /// Events performed in search of a continuation that passes, over all alternatives.
  std::uint64_t search_max = 100'000;
  /// Events that one alternative goes on for.
  std::uint64_t events_max = 1'000;
  /// Longer traces are left alone.
  std::size_t steps_max = 1'000;
};

/// Fills `TraceStep::alternatives` and `Trace::next` of a trace of this kernel. After an
/// alternative come the schedule's later events in their order, then what is enabled first, without
/// further faults, until nothing is. Behind the step at which a property fails nothing is said.
/// Deterministic.
void add_outlooks(Kernel& kernel, const Claims& claims, Trace& trace,
                  const OutlookOptions& options = {});

}  // namespace heddle
