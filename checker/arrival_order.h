// Arrival order: which events of a failing schedule must come before older ones.
//
// Of what can happen next, the oldest came into being first; serving it first is what a reader
// expects (internal/arrivals.h says what is older). A failing schedule leaves that order where it
// must to fail, and elsewhere by accident: this puts neighbours back in order for as long as the
// schedule fails, and where that makes no difference saves changes from one user's call to another.
#pragma once

#include <cstddef>
#include <vector>

#include <heddle/checker/shrink.h>
#include <heddle/checker/strategy.h>

namespace heddle {

struct ArrivalOrder {
  /// Fails, is no longer than the one that was given, and no further from the order of arrival.
  Schedule schedule;
  /// Events, from 0, each of which comes directly before an older one. With the two swapped the
  /// property holds: each of these pairs was tried.
  std::vector<std::size_t> early;
  /// In each state the oldest obligatory event happens, but for faults.
  bool in_order = false;
  /// False when the work became too much; `early` is then not known.
  bool finished = false;
};

/// `failure` must fail. Deterministic, unless `options.stop` says so at some other time.
ArrivalOrder by_arrival(Kernel& kernel, const Claims& claims, const Failure& failure,
                        const ShrinkOptions& options = {});

}  // namespace heddle
