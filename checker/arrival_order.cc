#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include <heddle/checker/arrival_order.h>
#include <heddle/checker/internal/arrivals.h>
#include <heddle/checker/internal/failing.h>

namespace heddle {

namespace {

using internal::Arrivals;
using internal::Failing;

/// A schedule that fails, and how far it is from the order of arrival.
struct Placed {
  Failing failing;
  /// Obligatory events, summed up over all states, that are older than the one that happens.
  std::size_t overtaken = 0;
  /// For each event but the first: whether it was enabled before the one before it, and older.
  std::vector<bool> is_older_than_last;

  [[nodiscard]] std::pair<std::size_t, std::size_t> disorder() const {
    return {overtaken, failing.switches()};
  }
};

class Sorter {
 public:
  Sorter(Kernel& kernel, const Claims& claims, const Failure& failure, const ShrinkOptions& options)
      : performer_(kernel, claims, failure.property), arrivals_(kernel), options_(options) {}

  ArrivalOrder run(const Schedule& schedule) {
    std::optional<Placed> placed = perform(schedule, schedule.size());
    if (!placed) {
      throw BrokenInvariant("a counterexample does not fail when it is performed again");
    }
    best_ = std::move(*placed);
    while (improve()) {
    }
    ArrivalOrder result;
    result.schedule = best_.failing.schedule;
    result.in_order = best_.overtaken == 0;
    result.finished = !over();
    for (std::size_t i = 1; i < best_.is_older_than_last.size() && result.finished; ++i) {
      if (best_.is_older_than_last[i]) {
        result.early.push_back(i - 1);
      }
    }
    // What fails when it is swapped, but is in no better order for it, is not needed.
    std::erase_if(result.early, [&](std::size_t first) {
      return perform(swapped(first), best_.failing.schedule.size()).has_value();
    });
    return result;
  }

 private:
  [[nodiscard]] bool over() {
    stopped_ = stopped_ || (options_.stop && options_.stop());
    return stopped_ || performer_.work() > options_.work_max;
  }

  std::optional<Placed> perform(const Schedule& wanted, std::size_t length_max) {
    Placed placed;
    arrivals_.begin();
    std::vector<Event> enabled_before;
    Arrivals::Stamp last = Arrivals::kNever;
    std::optional<Failing> failing = performer_.perform(
        wanted, length_max,
        [&](const StateVector& state, std::span<const Event> enabled, const Event& event) {
          const CurrentState now(state);
          arrivals_.look(now, enabled);
          const auto index =
              static_cast<std::size_t>(std::ranges::find(enabled, event) - enabled.begin());
          const Arrivals::Stamp stamp = stamp_of(enabled, index);
          if (stamp != Arrivals::kNever) {
            for (std::size_t i = 0; i < enabled.size(); ++i) {
              placed.overtaken += arrivals_.stamp(i) < stamp ? 1 : 0;
            }
          }
          const bool was_there = std::ranges::find(enabled_before, event) != enabled_before.end();
          placed.is_older_than_last.push_back(was_there && last != Arrivals::kNever &&
                                              stamp < last);
          enabled_before.assign(enabled.begin(), enabled.end());
          last = stamp;
          arrivals_.chosen(now, enabled, index);
        });
    if (!failing) {
      return std::nullopt;
    }
    placed.failing = std::move(*failing);
    return placed;
  }

  /// A fault that an event brings with it is as old as the event without it.
  [[nodiscard]] Arrivals::Stamp stamp_of(std::span<const Event> enabled, std::size_t index) const {
    const Event plain = enabled[index].without_faults();
    for (std::size_t i = 0; i < enabled.size(); ++i) {
      Event other = enabled[i];
      other.answer = plain.answer;
      if (other == plain && !enabled[i].is_optional()) {
        return arrivals_.stamp(i);
      }
    }
    return Arrivals::kNever;
  }

  [[nodiscard]] Schedule swapped(std::size_t first) const {
    Schedule schedule = best_.failing.schedule;
    std::swap(schedule[first], schedule[first + 1]);
    return schedule;
  }

  // One swap of neighbours, or one event moved, that leaves less disorder; false when there is
  // none.
  bool improve() {
    for (std::size_t i = 0; i + 1 < best_.failing.schedule.size(); ++i) {
      const bool is_early = best_.is_older_than_last[i + 1];
      const bool is_switch = best_.failing.owners[i] != best_.failing.owners[i + 1];
      if ((is_early || is_switch) && (take(swapped(i)) || take(moved_together(i + 1)))) {
        return true;
      }
    }
    return false;
  }

  bool take(const Schedule& wanted) {
    if (wanted.empty() || over()) {
      return false;
    }
    std::optional<Placed> other = perform(wanted, best_.failing.schedule.size());
    if (!other || other->disorder() >= best_.disorder()) {
      return false;
    }
    best_ = std::move(*other);
    return true;
  }

  /// An event directly behind the one of the same owner before it; empty when there is none.
  [[nodiscard]] Schedule moved_together(std::size_t from) const {
    const std::vector<ContextId>& owners = best_.failing.owners;
    std::size_t to = from;
    while (to > 0 && owners[to - 1] != owners[from]) {
      --to;
    }
    if (to == 0 || to == from) {
      return {};
    }
    Schedule schedule = best_.failing.schedule;
    const auto at = [&](std::size_t i) {
      return schedule.begin() + static_cast<std::ptrdiff_t>(i);
    };
    std::rotate(at(to), at(from), at(from + 1));
    return schedule;
  }

  internal::Performer performer_;
  Arrivals arrivals_;
  const ShrinkOptions& options_;
  bool stopped_ = false;
  Placed best_;
};

}  // namespace

ArrivalOrder by_arrival(Kernel& kernel, const Claims& claims, const Failure& failure,
                        const ShrinkOptions& options) {
  return Sorter(kernel, claims, failure, options).run(failure.schedule);
}

}  // namespace heddle
