#include <cstddef>
#include <cstdint>
#include <utility>

#include <heddle/properties/state.h>
#include <heddle/traces/internal/judgements.h>

namespace heddle::internal {
namespace {

constexpr const char* kHolds = "holds";
constexpr const char* kViolated = "violated";

}  // namespace

Judgements::Judgements(Stepper& stepper, const Claims& claims)
    : stepper_(stepper), claims_(claims), now_(claims.properties.size()) {
  for (const auto& property : claims.properties) {
    told_.push_back({property->name(), property->kind(), {}});
  }
  for (Now& now : now_) {
    now.is = kHolds;
  }
}

void Judgements::follow(const Step& step) {
  const StepView view{stepper_.kernel(), step};
  for (std::size_t i = 0; i < now_.size(); ++i) {
    const Property& property = *claims_.properties[i];
    Now& now = now_[i];
    // What a schedule has violated once, it has violated.
    if (property.when() != Property::When::kEveryStep || now.is == kViolated) {
      continue;
    }
    if (const auto next = property.after(now.memory, view)) {
      now.memory = *next;
    } else {
      now.is = kViolated;
      now.why = property.explain(now.memory, view);
    }
  }
}

void Judgements::judge_state(std::size_t index, const StateVector& now, bool quiescent) {
  const Property& property = *claims_.properties[index];
  Now& told = now_[index];
  told.why.clear();
  if (property.when() == Property::When::kEveryRun ||
      (property.when() == Property::When::kQuiescence && !quiescent)) {
    told.is = "not judged";
    return;
  }
  StateSource source(stepper_.kernel(), now);
  const State state(source, stepper_.kernel(), now);
  const bool holds = property.holds(state);
  if (property.is_wanted()) {
    // Reached once is enough.
    told.is = holds || told.is == "reached" ? "reached" : "not reached";
  } else {
    told.is = holds ? kHolds : kViolated;
    if (!holds) {
      told.why = property.explain(state);
    }
  }
}

void Judgements::judge(const StateVector& now, std::uint64_t number) {
  const bool quiescent = stepper_.quiescent(now);
  for (std::size_t i = 0; i < now_.size(); ++i) {
    if (claims_.properties[i]->when() != Property::When::kEveryStep) {
      judge_state(i, now, quiescent);
    }
    std::vector<TraceJudgement>& changes = told_[i].changes;
    if (changes.empty() || changes.back().is != now_[i].is || changes.back().why != now_[i].why) {
      changes.push_back({number, now_[i].is, now_[i].why});
    }
  }
}

std::vector<TraceProperty> Judgements::take() {
  return std::move(told_);
}

}  // namespace heddle::internal
