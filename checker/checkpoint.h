// Checkpoint: a search in a file, from which another process goes on after the first was killed.
//
// What is stored are the states and everything that their ids refer to: the kernel's tables in the
// order of ids, the packing, the roots of all states with how each was met (StateStore), and counts
// and witnesses. Nothing of canister code is stored: call contexts are kept as what they were told
// and grown again by replay, and what events do is learnt again. A resumed search therefore has the
// same ids, the same numbers of states and the same layout as the one before, and goes on as if
// nothing had happened; its result is the same to the last witness. (The other way would be to
// store for each state by which event it was met, an eighth of the size, and to perform all these
// events again. But a search would have to remember the event of each state for this alone, in its
// innermost loop, and the tables would come out in another order, with other statistics.)
//
// A file holds for one program, one system with its claims, and one way to search: it says for
// which, and is refused elsewhere. It is written under another name, synced and then renamed, and
// ends with a checksum, so that what is found under its name is whole. The search stands still
// while the bytes are handed to the operating system; syncing is done meanwhile. Checkpoints are
// made at least fifty times as far apart as one of them takes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <heddle/checker/budget.h>
#include <heddle/checker/check.h>
#include <heddle/checker/internal/archive.h>
#include <heddle/model/kernel.h>

namespace heddle {

class PartialOrder;
struct ToldApart;

/// The checkpoint file of one check.
class Checkpoint {
 public:
  /// Takes up the file if there is one that fits: then the kernel is what it was. Throws Misuse for
  /// one that does not fit, if the options say so; else it is told and will be replaced.
  Checkpoint(Kernel& kernel, const Claims& claims, const CheckOptions& options, Budget& budget);
  ~Checkpoint();
  Checkpoint(const Checkpoint&) = delete;
  Checkpoint& operator=(const Checkpoint&) = delete;

  // What a reduction has learnt is stored as well, and restored at once. Of symmetry it is what was
  // found to be told apart; what it has compared of canister code under other names is compared
  // again, as canister code is run again. In this order.
  void include(std::vector<ToldApart>& told_apart);
  void include(PartialOrder& order);

  /// For a strategy: `search.archive(reader)` makes it what it was when the file was written. True
  /// once at most.
  template <class Saved>
  bool resume(Saved& search) {
    const std::unique_ptr<internal::ArchiveReader> reader = std::move(reader_);
    if (reader) {
      search.archive(*reader);
    }
    return reader != nullptr;
  }

  /// Whether it is time. Reads the clock: ask every few thousand states.
  [[nodiscard]] bool is_due() const;

  /// Stores `search.archive(writer)`, after `search.settle()`, which hands what its threads know to
  /// what they share. No other thread of the search may be at work.
  template <class Saved>
  void save(Saved& search) {
    search.settle();
    if (internal::ArchiveWriter* const writer = begin(search.usage().progress)) {
      search.archive(*writer);
      end();
    }
  }

  /// The same when a bound has ended the search, if it has gone on for so long that there would be
  /// one anyway.
  template <class Saved>
  void save_last(Saved& search) {
    if (is_worth_keeping()) {
      wait();
      save(search);
    }
  }

  /// The search has found its answer: there is nothing to go on with.
  void remove();
  /// It has not: says where it can be taken up.
  void keep();

 private:
  using Clock = std::chrono::steady_clock;
  using Identity = std::vector<std::pair<std::string, std::string>>;

  /// How far a stored search was.
  struct Counts {
    std::uint64_t states = 0;
    std::uint64_t schedules = 0;
    double seconds = 0;
  };

  void take_up(std::unique_ptr<internal::ArchiveReader> reader);
  void refuse(const std::string& why);
  const Identity& identity();
  internal::ArchiveWriter* begin(const Progress& progress);
  void end();
  void wait();
  void failed(int error);
  void tell(const std::string& text) const;
  [[nodiscard]] bool is_worth_keeping() const;

  Kernel& kernel_;
  const Claims& claims_;
  const CheckOptions& check_options_;
  const CheckpointOptions& options_;
  Budget& budget_;
  Identity identity_;  ///< empty until it is needed
  std::vector<ToldApart>* told_apart_ = nullptr;
  PartialOrder* order_ = nullptr;
  std::unique_ptr<internal::ArchiveReader> reader_;
  Clock::time_point due_;
  bool exists_ = false;  ///< a file of this search
  bool told_of_failure_ = false;
  // The one that is written.
  int file_ = -1;
  Clock::time_point begun_;
  std::unique_ptr<internal::ArchiveWriter> writer_;
  std::atomic<bool> synced_{true};
  std::atomic<int> sync_error_{0};
  std::jthread syncing_;
};

}  // namespace heddle
