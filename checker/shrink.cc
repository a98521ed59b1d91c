#include <algorithm>
#include <optional>
#include <utility>

#include <heddle/checker/internal/failing.h>
#include <heddle/checker/shrink.h>

namespace heddle {

namespace {

using internal::Failing;

class Shrinker {
 public:
  Shrinker(Kernel& kernel, const Claims& claims, const Failure& failure,
           const ShrinkOptions& options)
      : performer_(kernel, claims, failure.property), options_(options) {}

  Shrunk run(const Schedule& schedule) {
    const auto failing = performer_.perform(schedule, schedule.size());
    if (!failing) {
      throw BrokenInvariant("a counterexample does not fail when it is performed again");
    }
    best_ = *failing;
    while (!over()) {
      drop_blocks();
      const bool dropped = drop_faults() || drop_events();
      if (!dropped && !move_together()) {
        return {best_.schedule, !over()};
      }
    }
    return {best_.schedule, false};
  }

 private:
  [[nodiscard]] bool over() const { return stopped_ || performer_.work() > options_.work_max; }

  std::optional<Failing> attempt(const Schedule& wanted, std::size_t length_max) {
    stopped_ = stopped_ || (options_.stop && options_.stop());
    return over() ? std::nullopt : performer_.perform(wanted, length_max);
  }

  // Without the events from `begin` to `end`; taken when shorter.
  bool drop(std::size_t begin, std::size_t end) {
    Schedule wanted = best_.schedule;
    wanted.erase(wanted.begin() + static_cast<std::ptrdiff_t>(begin),
                 wanted.begin() + static_cast<std::ptrdiff_t>(end));
    if (auto shorter = attempt(wanted, best_.schedule.size() - 1)) {
      best_ = std::move(*shorter);
      return true;
    }
    return false;
  }

  // Halves, quarters and so on: long schedules get short before each event is tried.
  void drop_blocks() {
    for (std::size_t size = best_.schedule.size() / 2; size > 1; size /= 2) {
      for (std::size_t begin = 0; begin + size <= best_.schedule.size();) {
        if (!drop(begin, begin + size)) {
          begin += size;
        }
      }
    }
  }

  bool drop_faults() {
    bool dropped = false;
    for (std::size_t i = best_.schedule.size(); i-- > 0;) {
      if (i < best_.schedule.size() && best_.schedule[i].is_optional()) {
        dropped |= drop(i, i + 1) || undo_fault(i);
      }
    }
    return dropped;
  }

  // The event without its fault: the same delivery, but it does not trap; the same request,
  // answered.
  bool undo_fault(std::size_t at) {
    Schedule wanted = best_.schedule;
    Event& event = wanted[at];
    if (event == event.without_faults()) {
      return false;
    }
    event.answer = event.silent ? 1 : event.answer;
    event = event.without_faults();
    auto milder = attempt(wanted, wanted.size());
    if (!milder) {
      return false;
    }
    best_ = std::move(*milder);
    return true;
  }

  // From the end: what nothing else depends on goes first.
  bool drop_events() {
    bool dropped = false;
    for (std::size_t i = best_.schedule.size(); i-- > 0;) {
      if (i < best_.schedule.size()) {
        dropped |= drop(i, i + 1);
      }
    }
    return dropped;
  }

  // Puts an event next to the one of the same owner before it, where that saves a switch.
  bool move_together() {
    bool moved = false;
    for (std::size_t i = 1; i < best_.schedule.size(); ++i) {
      std::size_t to = i;
      while (to > 0 && best_.owners[to - 1] != best_.owners[i]) {
        --to;
      }
      if (to > 0 && to < i) {
        moved |= move(i, to);
      }
    }
    return moved;
  }

  bool move(std::size_t from, std::size_t to) {
    Schedule wanted = best_.schedule;
    std::rotate(wanted.begin() + static_cast<std::ptrdiff_t>(to),
                wanted.begin() + static_cast<std::ptrdiff_t>(from),
                wanted.begin() + static_cast<std::ptrdiff_t>(from) + 1);
    auto tidier = attempt(wanted, wanted.size());
    if (!tidier || tidier->switches() >= best_.switches()) {
      return false;
    }
    best_ = std::move(*tidier);
    return true;
  }

  internal::Performer performer_;
  const ShrinkOptions& options_;
  bool stopped_ = false;
  Failing best_;
};

}  // namespace

Shrunk shrink(Kernel& kernel, const Claims& claims, const Failure& failure,
              const ShrinkOptions& options) {
  return Shrinker(kernel, claims, failure, options).run(failure.schedule);
}

std::optional<Schedule> failing_part(Kernel& kernel, const Claims& claims, std::size_t property,
                                     const Schedule& schedule) {
  // Beyond its end a schedule goes on to quiescence, which some systems never reach.
  const std::size_t length_max = 2 * schedule.size() + 1000;
  auto failing = internal::Performer(kernel, claims, property).perform(schedule, length_max);
  return failing ? std::optional<Schedule>(std::move(failing->schedule)) : std::nullopt;
}

}  // namespace heddle
