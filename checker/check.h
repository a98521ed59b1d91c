// check: explores a system and answers with a verdict.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/checker/estimate.h>
#include <heddle/checker/verdict.h>
#include <heddle/model/kernel.h>
#include <heddle/properties/property.h>

namespace heddle {

enum class Strategy : std::uint8_t {
  kBreadthFirst,  ///< exhaustive, shortest counterexample
  kDepthFirst,    ///< exhaustive, little memory for the frontier
  kDpor,          ///< exhaustive, stateless: one schedule for all orders of events that commute
  kRandom,        ///< sampled: uniform over the enabled events at each step
  kPct,           ///< sampled: probabilistic concurrency testing
  kPos,           ///< sampled: partial-order sampling
  kUrw,           ///< sampled: uniform over interleavings, as far as they can be foreseen
  kSurw,          ///< sampled: the same for what happens at one canister
  kDelay,         ///< sampled: in the order of arrival, but for a few delays
  kPortfolio,     ///< sampled: the six above in turns
  kInOrder,       ///< the one schedule in which every queue is served in arrival order
  kReplica,       ///< the one schedule of a replica that has all canisters: CheckOptions::given
};
std::string_view to_string(Strategy strategy);
/// Throws Misuse that lists the names.
Strategy strategy_from(std::string_view name);

/// What an exhaustive search may leave out because something else stands for it. Verdicts and
/// outcome sets stay what they are; counts are those of what was gone through. A reduction that
/// would be unsound for what is claimed is not made, and a note says so.
struct Reduction {
  /// Of events that commute, one order stands for all.
  bool partial_order = false;
  /// States that differ by a renaming of interchangeable users or canisters are one (symmetry.h).
  bool symmetry = false;
  friend bool operator==(const Reduction&, const Reduction&) = default;
};

/// "none", "partial-order", "symmetry", "all".
std::string_view to_string(Reduction reduction);
/// Throws Misuse that lists the names.
Reduction reduction_from(std::string_view name);

/// How exhaustive searches that store states tell visited ones apart.
enum class Storage : std::uint8_t {
  kLossless,
  kHashCompaction,  ///< by a fingerprint of each
  kBitstate,        ///< by a few bits of each in one array
};
std::string_view to_string(Storage storage);
/// Throws Misuse that lists the names.
Storage storage_from(std::string_view name);

/// What a lossless search does when the memory is used up.
enum class OnMemoryFull : std::uint8_t {
  kStop,            ///< it ends, INCOMPLETE
  kHashCompaction,  ///< it goes on in hash compaction, from where it is
};
std::string_view to_string(OnMemoryFull choice);
/// Throws Misuse that lists the names.
OnMemoryFull on_memory_full_from(std::string_view name);

/// A search that is not lossless may take a new state for a visited one (lossy_set.h). What it
/// finds is true; when it finds nothing, it answers INCOMPLETE, with the probability that it has
/// missed a state. It is not stored in checkpoints.
struct StorageOptions {
  Storage kind = Storage::kLossless;
  OnMemoryFull on_memory_full = OnMemoryFull::kStop;
  /// Hash compaction: fewer bits of a hash than there is room for, for tests; 0: all.
  unsigned fingerprint_bits = 0;
  /// Bitstate: size of the array; 0: up to three quarters of the memory budget, less where the rest
  /// would be too small for the search, or 128 MB without one.
  std::uint64_t filter_bytes = 0;

  /// Whether a state may come to be missed.
  [[nodiscard]] bool may_lose() const {
    return kind != Storage::kLossless || on_memory_full != OnMemoryFull::kStop;
  }
};

/// Counts of a search that is under way.
struct Progress {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t frontier = 0;
  std::uint64_t depth = 0;
  std::uint64_t schedules = 0;
  std::uint64_t executions = 0;  ///< kDpor: complete schedules
  double seconds = 0;
  /// Of exhaustive searches, of their states in all; kDpor: of executions.
  std::optional<Estimate> estimate;
};

/// Where a search is stored from time to time, so that it can be gone on with when the process was
/// killed (checkpoint.h). Breadth-first, depth-first and sampled searches are.
struct CheckpointOptions {
  std::string file;           ///< empty: nowhere
  double every_seconds = 60;  ///< and not before so long
  /// What the caller knows of the system, by name: a file that says otherwise does not fit.
  std::vector<std::pair<std::string, std::string>> about;
  /// A file that does not fit is a Misuse; else it is told and replaced.
  bool must_fit = false;
  /// Called with one line for the reader: that a search is gone on with, or why it cannot be, or
  /// cannot be stored.
  std::function<void(const std::string&)> tell;
};

struct CheckOptions {
  Strategy strategy = Strategy::kBreadthFirst;
  unsigned threads = 0;          ///< 0: all cores
  std::uint64_t states_max = 0;  ///< 0: no bound (also below)
  std::uint64_t depth_max = 0;   ///< events
  double seconds_max = 0;
  /// The process never holds more; 0: than seven eighths of what is available (memory_limit.h).
  std::uint64_t memory_bytes_max = 0;
  std::uint64_t schedules = 10'000;  ///< sampled strategies
  std::uint64_t seed = 1;
  std::uint32_t pct_depth = 3;   ///< kPct: number of ordering constraints aimed at
  std::uint32_t delays_max = 4;  ///< kDelay: delays (or faults) in a schedule
  /// kReplica: the schedule, each event as `Kernel::to_text` says it.
  std::vector<std::string> given;
  Stepper::Options stepper;
  /// Exhaustive searches fill Verdict::covered as well. Every step is then the kernel's, which is
  /// slower, and nothing is reduced.
  bool coverage = false;
  StorageOptions storage;  ///< breadth-first and depth-first
  Reduction reduction;     ///< breadth-first and depth-first; sampled schedules are never reduced
  /// Set by another thread or a signal handler to end the search with INCOMPLETE.
  const std::atomic<bool>* interrupted = nullptr;
  CheckpointOptions checkpoint;
  /// Called about ten times a second from one thread.
  std::function<void(const Progress&)> progress;
};

/// Explores `system` and judges `claims`. `scope` is completed with counts; the caller says the
/// first half ("users alice, bob; canisters ..."). Throws Misuse for undefined use in canister code
/// or in a claim, the same whatever the number of threads.
Verdict check(const System& system, const Claims& claims, const CheckOptions& options);
/// The same of a kernel that is kept: claims whose predicates hold names of its contexts, repeated
/// checks of one system.
Verdict check(Kernel& kernel, const Claims& claims, const CheckOptions& options);

}  // namespace heddle
