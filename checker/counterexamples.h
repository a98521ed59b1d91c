// Several counterexamples instead of the first alone: one of each kind, the shortest of it.
//
// A search that ends at the first violation shows one bug of perhaps several. This one looks for
// the violations of one property after the other, goes on past those it has found (but not from
// states that violate the property already), and asks of each what kind it is. Breadth-first, one
// thread, without reductions: for reading, after a verdict, not for verdicts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <heddle/checker/strategy.h>

namespace heddle {

struct Counterexample {
  Failure failure;
  std::string kind;  ///< what `kind_of` said
};

struct Counterexamples {
  /// By property as in Claims::properties, then by length; no two of one property and one kind.
  std::vector<Counterexample> found;
  /// Every reachable state was looked at: of these properties there are no other kinds.
  bool finished = false;
};

struct CounterexamplesOptions {
  std::size_t count_max = 10;
  /// States stored for each property.
  std::size_t states_max = 200'000;
  /// Violations of each property that are asked for their kind.
  std::size_t candidates_max = 2'000;
  /// Asked now and then: true ends the search with what there is.
  std::function<bool()> stop;
};

/// `kind_of` is asked once for each violation that is met. Deterministic, unless `stop` says so at
/// some other time.
Counterexamples counterexamples(Kernel& kernel, const Claims& claims,
                                const std::function<std::string(const Failure&)>& kind_of,
                                const CounterexamplesOptions& options = {});

}  // namespace heddle
