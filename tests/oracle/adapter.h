// The bridge between the oracle's systems and Heddle: the same data as a `heddle::System`, and its
// state space as the model has it, to be compared with the oracle's.
//
// A program can be run in two ways that share no code. `Runner::kView` interprets its statements
// straight against the View, from the start for each piece, which tests the kernel alone.
// `Runner::kCoroutines` interprets them in one coroutine canister for each dialect, written as a
// user would write it, which tests the language as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <heddle/model/kernel.h>
#include <heddle/model/system.h>
#include <heddle/properties/state.h>

#include "oracle/oracle.h"
#include "oracle/program.h"

namespace heddle::oracle {

enum class Runner : std::uint8_t {
  kView,
  kCoroutines,
  kReplayedCoroutines,  ///< no frame is kept: every resumption grows its context again
};

/// The same system for Heddle. Throws InvalidSystem for what Heddle refuses.
heddle::System adapt(const System& system, Runner runner);

/// What an outcome set is made of: final variables, then results of the users' calls, as in
/// Report::outcomes.
std::vector<int> outcome(const heddle::State& now, const System& system);

/// The value of the system's claim in a state.
bool holds(const heddle::State& now, const System& system);

/// A state space as the model has it. Names are those of `Report`.
struct ModelReport {
  std::size_t states = 0;
  std::size_t transitions = 0;
  std::size_t quiescent = 0;
  std::size_t terminal = 0;
  std::size_t depth = 0;
  bool violated = false;
  std::size_t violation_depth = 0;
  std::vector<std::string> violation_schedule;
  std::map<std::vector<int>, std::vector<std::string>> outcomes;
};

/// Explores naively, breadth first, up to `states_max`. Throws InvalidSystem.
ModelReport explore_model(const System& system, Runner runner, Stepper::Options options = {},
                          std::size_t states_max = 200'000);

/// How the model's report differs from the oracle's, in words; empty if it does not. The oracle's
/// is made with Keep::kHistory, so that counts compare.
std::string difference(const Report& expected, const ModelReport& found);

/// Walks through both state spaces at once, event by event: the first schedule after which other
/// events are enabled, the outcomes are others, or states are told apart that are one for the
/// other. Empty when the two are the same graph. Slow; for part of the systems, and to explain a
/// difference.
std::string first_divergence(const System& system, Runner runner);

}  // namespace heddle::oracle
