#include <algorithm>

#include <fmt/format.h>

#include <heddle/checker/equal_answers.h>

namespace heddle {

namespace {

/// The call of a state whose answer is delivered where `event` delivers one of the aligned state.
CallIndex delivered_instead(Kernel& kernel, const StateVector& aligned, const StateVector& state,
                            const Event& event) {
  const auto calls_in = [&](const StateVector& of) {
    return kernel.open_calls(of[kernel.open_calls_leaf(event.context)]);
  };
  const auto calls = calls_in(aligned);
  const auto call = std::ranges::find(calls, event.index, &OpenCall::index);
  const auto real = calls_in(state);
  const auto same = std::ranges::find(real, event.index, &OpenCall::index);
  if (call == calls.end() || same == real.end()) {
    throw BrokenInvariant("a response is delivered to a call that is not open");
  }
  if (same->status == OpenCall::Status::kAnswered) {
    return event.index;
  }
  const Await await =
      kernel.context_state(state[kernel.position({LeafKind::kContext, 0, event.context, 0})]).await;
  const auto other = std::ranges::find_if(real, [&](const OpenCall& one) {
    return one.status == OpenCall::Status::kAnswered && one.callee == call->callee &&
           one.answer == call->answer &&
           std::ranges::find(await.calls, one.index) != await.calls.end();
  });
  if (other == real.end()) {
    throw BrokenInvariant("no answer is on its way that equals one that is delivered");
  }
  return other->index;
}

}  // namespace

std::string tells_answers_apart(const Claims& claims) {
  for (const auto& property : claims.properties) {
    if (property->when() == Property::When::kEveryStep && !property->looks_at_one_context()) {
      return fmt::format("property \"{}\" looks at steps of several calls", property->name());
    }
  }
  return {};
}

bool awaits_several(const ContextState& context) {
  return context.phase == ContextState::Phase::kSuspended &&
         context.await.kind == Await::Kind::kAll && !context.await.via_helper &&
         context.await.calls.size() > 1;
}

void align_answers(Kernel& kernel, StateVector& state) {
  for (LeafPosition at = 0; at < state.size(); ++at) {
    const LeafKey key = kernel.key(at);
    if (state[at] == 0 || key.kind != LeafKind::kOpenCalls) {
      continue;
    }
    const LeafValue own = state[kernel.position({LeafKind::kContext, 0, key.b, 0})];
    if (awaits_several(kernel.context_state(own))) {
      state.set(at, kernel.apply({LeafOperation::Kind::kAlign, 0, own}, state[at]));
    }
  }
}

Schedule with_answers_unfolded(Stepper& stepper, const Schedule& schedule) {
  Kernel& kernel = stepper.kernel();
  Schedule events;
  StateVector aligned = kernel.initial();
  StateVector state = kernel.initial();
  for (const Event& event : schedule) {
    Event own = event;
    if (event.kind == EventKind::kDeliver) {
      own.index = delivered_instead(kernel, aligned, state, event);
    }
    events.push_back(own);
    if (events.size() == schedule.size()) {
      break;
    }
    Stepper::apply(aligned, stepper.step(aligned, event));
    align_answers(kernel, aligned);
    Stepper::apply(state, stepper.step(state, own));
  }
  return events;
}

}  // namespace heddle
