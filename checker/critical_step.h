// The critical step of a counterexample: before it some continuation still passes, after it none
// does. And the passing schedule that is nearest to the failing one: what a reader compares it with
// to see what decided.
//
// A schedule passes when it ends in a quiescent state and the property that the counterexample
// violates has held all along. Continuations are made of events that must happen; faults of the
// environment are nothing to hope for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include <heddle/checker/strategy.h>

namespace heddle {

/// A schedule that passes, beside one that fails.
struct Sibling {
  Schedule schedule;
  /// Pairs of events that the two schedules have in different orders, and events of the failing one
  /// that this one does without or does differently.
  std::size_t differences = 0;
  /// There is none with fewer; else none was found.
  bool nearest = false;
};

struct CriticalStep {
  enum class Known : std::uint8_t {
    kStep,     ///< `step` is it
    kNever,    ///< no schedule passes, whatever the order
    kUnknown,  ///< the work became too much, or the system goes on for ever
  };
  Known known = Known::kUnknown;
  /// kStep: the number of the event after which nothing passes, from 1.
  std::size_t step = 0;
  /// kStep. Where the work became too much, the nearest of those that were tried: events moved
  /// singly or with those of their call, then put back where they need not have been moved.
  std::optional<Sibling> sibling;
};

struct CriticalOptions {
  /// Steps performed, and events enumerated before them, for each of the two questions. A second or
  /// so, for models.
  std::uint64_t work_max = 2'000'000;
  /// States remembered.
  std::size_t states_max = 200'000;
  /// Asked now and then: true ends the work with what there is.
  std::function<bool()> stop;
};

/// kUnknown when `failure` does not fail after its first event. Deterministic, unless `stop` says
/// so at some other time.
CriticalStep critical_step(Kernel& kernel, const Claims& claims, const Failure& failure,
                           const CriticalOptions& options = {});

}  // namespace heddle
