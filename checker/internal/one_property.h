// One property of a system, followed along schedules that are performed event by event.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <heddle/checker/judge.h>
#include <heddle/model/kernel.h>
#include <heddle/properties/property.h>

namespace heddle::internal {

class OneProperty {
 public:
  /// `property`: in Claims::properties.
  OneProperty(Kernel& kernel, const Claims& claims, std::size_t property)
      : claims_(only(claims, property)), stepper_(kernel), judge_(stepper_, claims_, true) {}

  OneProperty(const OneProperty&) = delete;
  OneProperty& operator=(const OneProperty&) = delete;

  [[nodiscard]] bool judged_at_quiescence() const {
    return claims_.properties.front()->when() == Property::When::kQuiescence;
  }

  Stepper& stepper() { return stepper_; }

  /// Whether the property does not hold of this state.
  bool violated_in(const StateVector& state) {
    return std::ranges::any_of(judge_.judge(state).sightings, [](const Sighting& sighting) {
      return sighting.kind == Sighting::Kind::kViolated;
    });
  }

  struct Performed {
    bool violated = false;  ///< by the event or in the state after it
    ContextId context = 0;  ///< which the event is about
  };

  /// `state` becomes the one after the enabled `event`.
  Performed perform(StateVector& state, const Event& event) {
    const Step& step = stepper_.step(state, event);
    Performed performed{false, step.context};
    const Judge::Followed followed = judge_.follow(state, step);
    for (const LeafChange& change : followed.changes) {
      state.set(change.position, change.after);
    }
    performed.violated = followed.violated || violated_in(state);
    return performed;
  }

 private:
  static Claims only(const Claims& claims, std::size_t property) {
    Claims one;
    one.properties.push_back(claims.properties[property]);
    return one;
  }

  Claims claims_;
  Stepper stepper_;
  Judge judge_;
};

/// The user's call or task that a context goes back to.
inline ContextId root_of(const Kernel& kernel, ContextId context) {
  while (context != 0 && kernel.origin(context).parent != 0) {
    context = kernel.origin(context).parent;
  }
  return context;
}

}  // namespace heddle::internal
