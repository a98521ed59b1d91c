// Strategies: the ways to go through a system's schedules, as siblings. Each is one function in one
// file, named after it; what they share is here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <heddle/checker/budget.h>
#include <heddle/checker/check.h>
#include <heddle/checker/checkpoint.h>
#include <heddle/checker/judge.h>

namespace heddle {

class LossySet;
class PartialOrder;
class Representatives;
class SearchCoverage;
class Symmetry;

/// What is to be searched, for what, and with how much.
struct Search {
  Kernel& kernel;
  const Claims& claims;
  const CheckOptions& options;
  Budget& budget;
  PartialOrder* partial_order = nullptr;  ///< null: all events are performed
  /// Search representatives only; null: all states.
  const Symmetry* symmetry = nullptr;
  /// Of states that differ in which of equal answers are delivered, only one (equal_answers.h).
  bool aligns_answers = false;
  Checkpoint* checkpoint = nullptr;    ///< null: the search is not stored
  SearchCoverage* coverage = nullptr;  ///< of exhaustive strategies; null: nobody asks
};

/// A property that does not hold, and the schedule that shows it.
struct Failure {
  std::size_t property = 0;  ///< in Claims::properties
  Schedule schedule;
  /// Of a claim about runs: the events from this one on repeat for ever; past the last one: nothing
  /// more happens.
  std::optional<std::size_t> repeats_from{};
};

/// What a strategy found out.
struct Findings {
  std::optional<Failure> failure;
  /// Every reachable state was judged (and nothing failed).
  bool finished = false;
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t depth = 0;
  std::uint64_t quiescent = 0;
  std::uint64_t schedules = 0;
  std::uint64_t executions = 0;  ///< kDpor: complete schedules, no two of one kind
  std::uint64_t blocked = 0;     ///< kDpor: schedules given up half-way
  std::optional<Estimate> executions_estimated;
  std::uint64_t pieces_run = 0;
  std::uint64_t pieces_recalled = 0;
  std::uint64_t nodes = 0;  ///< tree nodes of the visited set
  /// Of kReached and kOutcome: the first schedule in the strategy's order that ends in it.
  std::map<Sighting, Schedule> witnesses;
  /// Maxima of Claims::measures.
  std::vector<std::uint64_t> peaks;
  /// Sampled: what each strategy that took part has done, and what all of them covered.
  std::vector<StrategyStatistics> strategies;
  CoverageReport covered;
  /// What the counts are up to: "up to symmetry of alice, bob"; empty when nothing was left out.
  std::string reduced;
  /// Not lossless: how states were stored, in words, and how many are expected to have been missed
  /// for that.
  Storage storage = Storage::kLossless;
  std::string storage_text;
  double missed_expected = 0;
  /// What a bound left out, with an estimate where there is one.
  std::string coverage;
  /// Lines for the reader.
  std::vector<std::string> notes;

  void take_peaks(const std::vector<std::uint64_t>& others);
  void count(const Stepper::Statistics& statistics);
  /// `certain`: so many states were stored without loss.
  void tell_loss(const LossySet& visited, std::uint64_t certain);
};

/// What a search that is not lossless from its beginning stores visited states in.
LossySet lossy_set(const Search& search);

/// For a thread's stepper: what it has in hand when the search is of representatives, else null.
std::unique_ptr<Representatives> hand_on(const Search& search);
Stepper::Options watched(Stepper::Options options, Representatives* representatives);
/// For the steppers of all threads: one memory of what pieces did.
Stepper::Options sharing(Stepper::Options options, PieceMemo& pieces);

/// What stands for several in a schedule of a search, as events of the system. `renaming`, when
/// there is symmetry: how the last state is to be named.
Schedule unfolded(const Search& search, Stepper& stepper, Representatives* representatives,
                  Schedule schedule, const internal::Permutation* renaming = nullptr);

/// Throws `thrown` again; misuse and broken invariants with the schedule after which they happened.
[[noreturn]] void rethrow_after(const Kernel& kernel, const Schedule& schedule,
                                const std::exception_ptr& thrown);

/// All states, level by level. The result is the same on any number of threads.
Findings breadth_first(const Search& search);
/// All states, always going on from the last that was new.
Findings depth_first(const Search& search);
/// One schedule of each kind: of those that differ in the order of events that commute only.
Findings dpor(const Search& search);
/// Schedules in which each event is drawn uniformly from the enabled ones.
Findings random_walk(const Search& search);
/// Schedules by priorities that change at few random moments.
Findings pct(const Search& search);
/// Schedules by priorities that are drawn again for what races with the last event.
Findings partial_order_sampling(const Search& search);
/// Schedules in which each interleaving is equally likely, as far as it can be foreseen.
Findings urw(const Search& search);
/// The same for what happens at one canister.
Findings surw(const Search& search);
/// Schedules in the order of arrival, but for a few delays.
Findings delay_bounding(const Search& search);
/// All of those that draw schedules in turns.
Findings portfolio(const Search& search);
/// The one schedule that serves everything in the order of its arrival.
Findings serve_in_order(const Search& search);
Findings follow_given(const Search& search);

}  // namespace heddle
