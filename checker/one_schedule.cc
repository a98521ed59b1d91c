#include <vector>

#include <heddle/checker/one_schedule.h>
#include <heddle/model/event.h>

namespace heddle {

Choice choice_in(Kernel& kernel, std::uint64_t events_max) {
  Stepper stepper(kernel);
  StateVector state = kernel.initial();
  std::vector<Event> events;
  for (std::uint64_t performed = 0;; ++performed) {
    events.clear();
    stepper.enabled(state, events);
    if (events.size() != 1) {
      return events.empty() ? Choice::kNone : Choice::kSome;
    }
    if (performed == events_max) {
      return Choice::kNoneYet;
    }
    Stepper::apply(state, stepper.step(state, events.front()));
  }
}

}  // namespace heddle
