#include <algorithm>
#include <optional>

#include <heddle/checker/internal/one_property.h>
#include <heddle/checker/shrink.h>

namespace heddle {

namespace {

/// A schedule that fails, and whose each event is: the user's call or task that it goes back to.
struct Failing {
  Schedule schedule;
  std::vector<ContextId> owners;

  /// How often the schedule goes from one owner to another.
  [[nodiscard]] std::size_t switches() const {
    std::size_t count = 0;
    for (std::size_t i = 1; i < owners.size(); ++i) {
      count += owners[i] != owners[i - 1] ? 1 : 0;
    }
    return count;
  }
};

class Shrinker {
 public:
  Shrinker(Kernel& kernel, const Claims& claims, const Failure& failure,
           const ShrinkOptions& options)
      : kernel_(kernel), property_(kernel, claims, failure.property), options_(options) {}

  Shrunk run(const Schedule& schedule) {
    const auto failing = perform(schedule, schedule.size());
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
  [[nodiscard]] bool over() const { return stopped_ || work_ > options_.work_max; }

  std::optional<Failing> attempt(const Schedule& wanted, std::size_t length_max) {
    stopped_ = stopped_ || (options_.stop && options_.stop());
    return over() ? std::nullopt : perform(wanted, length_max);
  }

  // Performs what is enabled of `wanted`, goes on to quiescence where the property is judged there,
  // and returns what was performed up to the failure, if there is one within `length_max` events.
  std::optional<Failing> perform(const Schedule& wanted, std::size_t length_max) {
    Failing performed;
    StateVector state = kernel_.initial();
    if (property_.violated_in(state)) {
      return performed;
    }
    std::size_t next = 0;
    while (performed.schedule.size() < length_max) {
      property_.stepper().enabled(state, enabled_);
      while (next < wanted.size() && std::ranges::find(enabled_, wanted[next]) == enabled_.end()) {
        ++next;
      }
      std::optional<Event> event;
      if (next < wanted.size()) {
        event = wanted[next++];
      } else if (property_.judged_at_quiescence() && !enabled_.empty() &&
                 !enabled_.front().is_optional()) {
        event = enabled_.front();
      }
      if (!event) {
        return std::nullopt;
      }
      work_ += 1 + enabled_.size();
      const internal::OneProperty::Performed done = property_.perform(state, *event);
      performed.schedule.push_back(*event);
      performed.owners.push_back(internal::root_of(kernel_, done.context));
      if (done.violated) {
        return performed;
      }
    }
    return std::nullopt;
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
    if (!event.trap && !event.silent && !event.twice && event.failing_send == 0) {
      return false;
    }
    event.answer = event.silent ? 1 : event.answer;
    event.silent = false;
    event.trap = false;
    event.trap_after = 0;
    event.twice = false;
    event.failing_send = 0;
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

  Kernel& kernel_;
  internal::OneProperty property_;
  const ShrinkOptions& options_;
  std::uint64_t work_ = 0;
  bool stopped_ = false;
  std::vector<Event> enabled_;
  Failing best_;
};

}  // namespace

Shrunk shrink(Kernel& kernel, const Claims& claims, const Failure& failure,
              const ShrinkOptions& options) {
  return Shrinker(kernel, claims, failure, options).run(failure.schedule);
}

}  // namespace heddle
