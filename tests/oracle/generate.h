// Random systems, and how to make one that shows a disagreement small.
//
// A generated system is what the differential suite explores twice. Random programs tend to be
// either trivial or too big to explore, and to miss what is interesting; so bodies are put together
// from shapes that protocols have (a guard around an await, a read written back after one, parallel
// calls, a callee that calls back), sizes are bounded by exploring with the oracle and trying
// again, and `Distribution` says what a set of systems came across, so that a test can insist.
//
// No call graph has a cycle of methods, so nothing recurses without end; it has cycles of
// canisters. Each statement that stores an outcome or an observation outside a loop has a local of
// its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "oracle.h"
#include "program.h"

namespace heddle::oracle {

/// SplitMix64 (Steele, Lea, Flood 2014): a seed means the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next();

  /// Uniform enough in [0, bound).
  int below(int bound) { return static_cast<int>(next() % static_cast<std::uint64_t>(bound)); }

  /// In [low, high].
  int between(int low, int high) { return low + below(high - low + 1); }

  bool percent(int chance) { return below(100) < chance; }

 private:
  std::uint64_t state_;
};

/// States of a generated system, by the oracle with dead locals cleared.
constexpr std::size_t kMinStates = 60;
constexpr std::size_t kMaxStates = 4000;

/// The same system for the same seed. `deferred`: systems may use Deferreds.
System generate(std::uint64_t seed, bool deferred = true);

/// The same system with a timeout for some of its calls, one of which may expire [D13].
System with_bounded_waits(System system, std::uint64_t seed);

/// The same system with a user who stops, upgrades and removes canisters, or an environment that
/// does, with variables that are transient and code that runs in upgrades [X1-X7].
System with_lifecycles(System system, std::uint64_t seed);

/// What a set of systems came across.
struct Distribution {
  std::vector<std::size_t> states;
  std::size_t two_suspended = 0;
  std::size_t full_queue = 0;
  std::size_t trap_with_sibling = 0;
  std::size_t cleanup_writes = 0;
  std::size_t call_cycle = 0;
  std::size_t natural_trap = 0;
  std::size_t helper_call = 0;
  std::size_t two_in_flight = 0;
  std::size_t deferred_resolved = 0;
  std::size_t violated = 0;
  std::size_t deadlocked = 0;
  std::size_t motoko = 0;
  std::size_t rust = 0;
  std::size_t several_outcomes = 0;

  void add(const System& system, const Report& report);
  std::size_t median_states() const;
  double percent(std::size_t count) const;
  std::string to_string() const;
};

/// Greedily drops users, calls, statements, faults, limits and properties as long as `still_fails`.
/// A system that the predicate refuses with InvalidSystem does not fail.
System shrink(System system, const std::function<bool(const System&)>& still_fails);

}  // namespace heddle::oracle
