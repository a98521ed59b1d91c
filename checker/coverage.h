// Coverage: what schedules have brought about, in terms of the code: which pieces ran, which met at
// a canister, which method ran while a call was suspended at which await, which rejects came back
// to which call.
//
// Collected along a schedule, from what its steps did. Of use where schedules are drawn (feedback:
// who still shows new things) and as a report.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <mutex>
#include <set>
#include <source_location>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <heddle/checker/verdict.h>
#include <heddle/model/kernel.h>

namespace heddle {

/// A place in canister code: the start of a method (line 0), one of its awaits, or one of its
/// calls. A piece is named by where it starts: there, or at the await at which it is resumed.
struct CoveragePoint {
  CanisterId canister = 0;
  MethodId method = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string_view file;  ///< of a string literal
  friend bool operator==(const CoveragePoint&, const CoveragePoint&) = default;
};

/// Points by number, from 0. Thread-safe.
class CoveragePoints {
 public:
  std::uint32_t id(const CoveragePoint& point);
  [[nodiscard]] CoveragePoint point(std::uint32_t id) const;

  /// For checkpoints: all points, into or out of an empty table.
  template <class Archive>
  void archive(Archive& archive);

 private:
  struct Hash {
    std::size_t operator()(const CoveragePoint& point) const;
  };

  mutable std::mutex mutex_;
  std::unordered_map<CoveragePoint, std::uint32_t, Hash> ids_;
  std::vector<CoveragePoint> points_;
  std::deque<std::string> files_;  ///< names of files that come from a checkpoint
};

template <class Archive>
void CoveragePoints::archive(Archive& archive) {
  std::uint64_t count = points_.size();
  archive(count);
  for (std::uint32_t id = 0; id < count; ++id) {
    CoveragePoint point = Archive::kReads ? CoveragePoint{} : points_[id];
    std::string file(point.file);
    archive(point.canister, point.method, point.line, point.column, file);
    if constexpr (Archive::kReads) {
      point.file = files_.emplace_back(std::move(file));
      this->id(point);
    }
  }
}

/// One thing that a schedule brought about.
struct CoverageItem {
  enum class Kind : std::uint8_t {
    kPiece,        ///< the piece `first` ran
    kMet,          ///< `second` was the next piece at its canister after `first`, of another call
    kInterrupted,  ///< method `second` ran while another call was suspended at the await `first`
    kRejected,     ///< the call at `first` was answered by a reject with code `second`
    kSuspended,    ///< a call was suspended at the await `first`
    kCalled,       ///< a call whose answer can be taken was made at `first`
  };
  Kind kind{};
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  friend auto operator<=>(const CoverageItem&, const CoverageItem&) = default;

  /// Whether it speaks for who shows it: the others come with pieces that ran.
  [[nodiscard]] bool counts() const { return kind < Kind::kSuspended; }
};

/// What has been covered. The numbers of points depend on the order of their first sight, what is
/// reported does not.
class Coverage {
 public:
  /// Whether it is new.
  bool add(const CoverageItem& item);

  [[nodiscard]] std::size_t size() const { return items_.size(); }

  /// For checkpoints.
  template <class Archive>
  void archive(Archive& archive) {
    std::set<CoverageItem> items(items_.begin(), items_.end());
    archive(items);
    items_ = std::unordered_set<CoverageItem, Hash>(items.begin(), items.end());
  }

  /// In words, sorted.
  [[nodiscard]] CoverageReport report(const Kernel& kernel, const CoveragePoints& points) const;

 private:
  struct Hash {
    std::size_t operator()(const CoverageItem& item) const;
  };

  std::unordered_set<CoverageItem, Hash> items_;
};

/// The places in the code that pieces ran. Not thread-safe; the points are.
class CoveragePlaces {
 public:
  /// What is to be known of effects: where they end, and the places of the calls in them.
  struct Ends {
    std::uint32_t awaits = 0;  ///< 1 + the point of the await; 0: the call does not wait
    std::vector<std::pair<CallIndex, std::uint32_t>> calls;
    std::vector<std::uint32_t> answerable;  ///< the points of those whose answer can be taken
  };

  /// `effects_stay`: what steps point to outlives the step (Stepper::Options::memo).
  CoveragePlaces(const Kernel& kernel, CoveragePoints& points, bool effects_stay);

  std::uint32_t start_of(CanisterId canister, MethodId method);
  /// Of canister code that ran. Valid until the next call.
  const Ends& ends_of(const Execution& execution);

 private:
  std::uint32_t point_of(CanisterId canister, MethodId method, const std::source_location& where);
  Ends find_ends(const Execution& execution);

  CoveragePoints& points_;
  bool effects_stay_;
  std::vector<std::vector<std::uint32_t>> starts_;  ///< by canister and method: 1 + the point
  std::unordered_map<const Effects*, Ends> ends_;
  Ends ends_now_;
};

/// One thread's watch over its schedules. It says once what is new to it, apart for each of up to
/// 16 parts: of schedules that one thread ran, the first that shows an item says so.
class CoverageProbe {
 public:
  /// `effects_stay`: what steps point to outlives the step (Stepper::Options::memo).
  CoverageProbe(const Kernel& kernel, CoveragePoints& points, bool effects_stay);

  /// A schedule of this part begins.
  void begin(unsigned part);
  void performed(const Step& step);

  /// What this schedule has shown that none of its part on this thread had.
  [[nodiscard]] std::span<const CoverageItem> fresh() const { return fresh_; }

 private:
  using Kind = CoverageItem::Kind;
  /// By two points: the parts that have shown it.
  using Shown = std::vector<std::vector<std::uint16_t>>;

  struct Site {
    ContextId context;
    CallIndex index;
    std::uint32_t point;
  };

  struct Canister {
    ContextId last_context = 0;
    std::uint32_t last_piece = 0;
    /// Points at which calls are suspended here, with how many.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> suspended;
  };

  void executed(const Execution& execution);
  void rejected(const Event& event, RejectCode code);
  void show(Kind kind, Shown& shown, std::uint32_t first, std::uint32_t second);
  void suspend(Canister& canister, ContextId context, std::uint32_t awaits);
  std::uint32_t& suspended_at(ContextId context);

  CoveragePlaces places_;
  std::uint16_t part_ = 0;
  std::vector<Canister> canisters_;
  /// By context: 1 + the point of the await at which it is suspended.
  std::vector<std::uint32_t> suspended_;
  std::vector<ContextId> were_suspended_;
  std::vector<Site> sites_;
  Shown pieces_;
  Shown met_;
  Shown interrupted_;
  Shown rejected_;
  Shown awaits_;
  Shown calls_;
  std::vector<CoverageItem> fresh_;
};

}  // namespace heddle
