// Failing: schedules performed as far as they can be, to see whether a property fails on them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <heddle/checker/internal/one_property.h>

namespace heddle::internal {

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

class Performer {
 public:
  /// `property`: in Claims::properties.
  Performer(Kernel& kernel, const Claims& claims, std::size_t property)
      : kernel_(kernel), property_(kernel, claims, property) {}

  /// Performs what is enabled of `wanted`, goes on to quiescence where the property is judged
  /// there, and returns what was performed up to the failure, if there is one within `length_max`
  /// events. `look(state, enabled, event)` is called before each event.
  template <class Look>
  std::optional<Failing> perform(const Schedule& wanted, std::size_t length_max, Look look) {
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
      look(state, std::span<const Event>(enabled_), *event);
      const OneProperty::Performed done = property_.perform(state, *event);
      performed.schedule.push_back(*event);
      performed.owners.push_back(root_of(kernel_, done.context));
      if (done.violated) {
        return performed;
      }
    }
    return std::nullopt;
  }

  std::optional<Failing> perform(const Schedule& wanted, std::size_t length_max) {
    return perform(wanted, length_max,
                   [](const StateVector&, std::span<const Event>, const Event&) {});
  }

  /// Steps performed, and events enumerated before them.
  [[nodiscard]] std::uint64_t work() const { return work_; }

 private:
  Kernel& kernel_;
  OneProperty property_;
  std::uint64_t work_ = 0;
  std::vector<Event> enabled_;
};

}  // namespace heddle::internal
