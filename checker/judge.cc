#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include <heddle/checker/judge.h>
#include <heddle/model/trap.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

/// Runs a user's predicate: whatever it throws is misuse and names it.
template <class Compute>
auto named(std::string_view what, const std::string& name, const Compute& compute) {
  try {
    return compute();
  } catch (const BrokenInvariant&) {
    throw;
  } catch (const Misuse& misuse) {
    if (std::string_view(misuse.what()).find(fmt::format("\"{}\"", name)) !=
        std::string_view::npos) {
      throw;  // it says so itself
    }
    throw Misuse(fmt::format("{} \"{}\": {}", what, name, misuse.what()), misuse.site());
  } catch (const std::exception& thrown) {
    throw Misuse(fmt::format("{} \"{}\": {}", what, name, thrown.what()));
  } catch (const Trap& trap) {
    throw Misuse(fmt::format(
        "{} \"{}\" trapped: {}. A property must have a value in every state; compare before "
        "subtracting, or look whether a key is there.",
        what, name, trap.text()));
  } catch (const Reject& reject) {
    throw Misuse(fmt::format("{} \"{}\" threw a reject: {}", what, name, reject.text));
  } catch (...) {
    throw Misuse(fmt::format("{} \"{}\" threw something that is no exception", what, name));
  }
}

}  // namespace

Judge::Judge(Stepper& stepper, const Claims& claims, bool memo)
    : stepper_(stepper), claims_(claims), memo_(memo), peaks_(claims.measures.size(), 0) {
  Kernel& kernel = stepper.kernel();
  for (std::size_t index = 0; index < claims.properties.size(); ++index) {
    switch (claims.properties[index]->when()) {
      case Property::When::kEveryState:
        always_.push_back(index);
        break;
      case Property::When::kQuiescence:
        at_quiescence_.push_back(index);
        break;
      case Property::When::kEveryStep:
        automata_.push_back({index, kernel.position({LeafKind::kAutomaton,
                                                     static_cast<std::uint32_t>(index), 0, 0})});
        memories_.push_back(automata_.back().memory);
        break;
    }
  }
}

Judge::Followed Judge::follow(const StateVector& before, const Step& step) {
  changes_ = step.changes;
  const StepView view{stepper_.kernel(), step};
  for (const Automaton& automaton : automata_) {
    const Property& property = *claims_.properties[automaton.index];
    const LeafValue memory = before[automaton.memory];
    const std::optional<LeafValue> after =
        named("property", property.name(), [&] { return property.after(memory, view); });
    if (!after) {
      return {changes_, automaton.index};
    }
    if (*after != memory) {
      changes_.push_back({automaton.memory, memory, *after});
    }
  }
  return {changes_, std::nullopt};
}

Judge::Judged Judge::judge(const StateVector& now) {
  begin();
  for (const std::size_t index : always_) {
    judge_property(index, now);
  }
  for (std::size_t index = 0; index < claims_.measures.size(); ++index) {
    note_measure(index, evaluate(memo_ ? &measures_ : nullptr, index, now, [&](const State& state) {
                   return compute_measure(claims_.measures[index], state);
                 }));
  }
  const bool quiescent = stepper_.quiescent(now);
  if (quiescent) {
    judge_at_quiescence(now);
  }
  return end(quiescent);
}

void Judge::begin() {
  sightings_.clear();
  violated_.reset();
}

void Judge::note_property(std::size_t index, bool holds) {
  if (claims_.properties[index]->is_wanted()) {
    if (holds) {
      sightings_.push_back({Sighting::Kind::kReached, index, {}});
    }
  } else if (!holds && (!violated_ || index < *violated_)) {
    violated_ = index;
  }
}

void Judge::note_measure(std::size_t index, std::uint64_t value) {
  peaks_[index] = std::max(peaks_[index], value);
}

void Judge::judge_at_quiescence(const StateVector& now) {
  for (const std::size_t index : at_quiescence_) {
    judge_property(index, now);
  }
  for (std::size_t index = 0; index < claims_.outcome_sets.size(); ++index) {
    const OutcomeSet& outcomes = claims_.outcome_sets[index];
    const auto observe = [&](const State& state) {
      return named("outcome set", outcomes.name, [&] { return outcomes.observe(state); });
    };
    sightings_.push_back({Sighting::Kind::kOutcome, index,
                          evaluate(memo_ ? &outcomes_ : nullptr, index, now, observe)});
  }
}

Judge::Judged Judge::end(bool quiescent) {
  if (violated_) {
    sightings_.push_back({Sighting::Kind::kViolated, *violated_, {}});
  }
  return {quiescent, sightings_};
}

bool Judge::compute_holds(const Property& property, const State& state) const {
  return named("property", property.name(), [&] { return property.holds(state); });
}

std::uint64_t Judge::compute_measure(const Measure& measure, const State& state) const {
  return named("measure", measure.name, [&] { return measure.observe(state); });
}

bool Judge::holds(std::size_t property, const StateVector& now, Consulted& consulted) {
  StateSource source(stepper_.kernel(), now);
  RecordingSource recording(source);
  const bool holds =
      compute_holds(*claims_.properties[property], State(recording, stepper_.kernel(), now));
  consulted = recording.consulted();
  return holds;
}

std::uint64_t Judge::measure(std::size_t index, const StateVector& now, Consulted& consulted) {
  StateSource source(stepper_.kernel(), now);
  RecordingSource recording(source);
  const std::uint64_t value =
      compute_measure(claims_.measures[index], State(recording, stepper_.kernel(), now));
  consulted = recording.consulted();
  return value;
}

void Judge::forget_peaks() {
  std::ranges::fill(peaks_, 0);
}

template <class Result, class Compute>
Result Judge::evaluate(Memo<Result>* memo, std::size_t index, const StateVector& now,
                       const Compute& compute) {
  Kernel& kernel = stepper_.kernel();
  StateSource source(kernel, now);
  if (memo == nullptr) {
    const State state(source, kernel, now);
    return compute(state);
  }
  if (const Result* known = memo->find({index, 0}, source)) {
    return *known;
  }
  RecordingSource recording(source);
  const State state(recording, kernel, now);
  return memo->insert({index, 0}, recording.consulted(), compute(state));
}

void Judge::judge_property(std::size_t index, const StateVector& now) {
  const Property& property = *claims_.properties[index];
  const auto compute = [&](const State& state) { return compute_holds(property, state); };
  note_property(index,
                evaluate(memo_ && property.is_memoised() ? &holds_ : nullptr, index, now, compute));
}

}  // namespace heddle
