#include <algorithm>
#include <exception>
#include <set>

#include <fmt/format.h>

#include <heddle/checker/judge.h>
#include <heddle/checker/symmetry.h>
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

Judge::Judge(Stepper& stepper, const Claims& claims, bool memo, Representatives* representatives)
    : stepper_(stepper),
      claims_(claims),
      memo_(memo),
      representatives_(representatives),
      peaks_(claims.measures.size(), 0) {
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
      case Property::When::kEveryRun:
        break;  // judged when all states are known (liveness.h)
    }
  }
}

Judge::Followed Judge::follow(const StateVector& before, const Step& step) {
  changes_ = step.changes;
  const StepView view{stepper_.kernel(), step};
  for (const Automaton& automaton : automata_) {
    const Property& property = *claims_.properties[automaton.index];
    if (representatives_ != nullptr && property.looks_at_answers()) {
      check_answers(property, step);
    }
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
    const Seen<std::uint64_t> seen = measure(index, now);
    note_measure(index, seen.blind ? seen.result : measure_renamed(index, now, seen.result));
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
    const Seen<std::string> seen = outcome(index, now);
    std::set<std::string> values{seen.result};
    if (!seen.blind) {
      const std::string claim = fmt::format("outcome set \"{}\"", claims_.outcome_sets[index].name);
      const auto observed = [&](const StateVector& state) { return outcome(index, state).result; };
      agreed(claim, now, seen.result, observed);
      for (const internal::Permutation renaming : representatives_->renamings(claim)) {
        const StateVector other = representatives_->renamed(now, renaming);
        values.insert(agreed(claim, other, observed(other), observed));
      }
    }
    for (const std::string& value : values) {
      sightings_.push_back({Sighting::Kind::kOutcome, index, value});
    }
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

bool Judge::is_blind(const Consulted& consulted) {
  return representatives_ == nullptr || std::ranges::all_of(consulted, [this](const auto& asked) {
           return representatives_->is_blind(asked.first, asked.second);
         });
}

template <class Result, class Compute>
Judge::Seen<Result> Judge::evaluate(Memo<Seen<Result>>* memo, std::size_t index,
                                    const StateVector& now, const Compute& compute) {
  Kernel& kernel = stepper_.kernel();
  StateSource source(kernel, now);
  if (memo == nullptr) {
    const State state(source, kernel, now);
    return {compute(state), representatives_ == nullptr};
  }
  if (const Seen<Result>* known = memo->find({index, 0}, source)) {
    return *known;
  }
  RecordingSource recording(source);
  const State state(recording, kernel, now);
  Result result = compute(state);
  return memo->insert({index, 0}, recording.consulted(),
                      {std::move(result), is_blind(recording.consulted())});
}

Judge::Seen<bool> Judge::holds(std::size_t index, const StateVector& now) {
  const Property& property = *claims_.properties[index];
  Seen<bool> seen = evaluate(memo_ && property.is_memoised() ? &holds_ : nullptr, index, now,
                             [&](const State& state) { return compute_holds(property, state); });
  seen.blind = seen.blind || property.is_symmetric();
  return seen;
}

Judge::Seen<std::uint64_t> Judge::measure(std::size_t index, const StateVector& now) {
  return evaluate(memo_ ? &measures_ : nullptr, index, now, [&](const State& state) {
    return compute_measure(claims_.measures[index], state);
  });
}

Judge::Seen<std::string> Judge::outcome(std::size_t index, const StateVector& now) {
  const OutcomeSet& outcomes = claims_.outcome_sets[index];
  return evaluate(memo_ ? &outcomes_ : nullptr, index, now, [&](const State& state) {
    return named("outcome set", outcomes.name, [&] { return outcomes.observe(state); });
  });
}

bool Judge::holds_renamed(std::size_t index, const StateVector& now, bool result) {
  const Property& property = *claims_.properties[index];
  if (property.is_symmetric()) {
    return result;
  }
  const std::string claim = fmt::format("property \"{}\"", property.name());
  const auto judged = [&](const StateVector& state) { return holds(index, state).result; };
  agreed(claim, now, result, judged);
  for (const internal::Permutation renaming : representatives_->renamings(claim)) {
    if (result == property.is_wanted()) {
      break;  // decided
    }
    const StateVector other = representatives_->renamed(now, renaming);
    result = agreed(claim, other, judged(other), judged);
  }
  return result;
}

std::uint64_t Judge::measure_renamed(std::size_t index, const StateVector& now,
                                     std::uint64_t value) {
  const std::string claim = fmt::format("measure \"{}\"", claims_.measures[index].name);
  const auto measured = [&](const StateVector& state) { return measure(index, state).result; };
  agreed(claim, now, value, measured);
  for (const internal::Permutation renaming : representatives_->renamings(claim)) {
    const StateVector other = representatives_->renamed(now, renaming);
    value = std::max(value, agreed(claim, other, measured(other), measured));
  }
  return value;
}

template <class Result, class Evaluate>
Result Judge::agreed(std::string_view claim, const StateVector& now, Result result,
                     const Evaluate& evaluate) {
  for (const internal::Permutation renaming : representatives_->call_renamings(claim)) {
    if (evaluate(representatives_->renamed(now, renaming)) != result) {
      throw NotSymmetric(fmt::format("{} tells equal calls apart", claim),
                         NotSymmetric::Of::kCalls);
    }
  }
  return result;
}

void Judge::judge_property(std::size_t index, const StateVector& now) {
  const Seen<bool> seen = holds(index, now);
  note_property(index, seen.blind ? seen.result : holds_renamed(index, now, seen.result));
}

internal::Permutation Judge::renaming_for(const Sighting& sighting,
                                          const StateVector& representative) {
  const auto is_true = [&](const StateVector& state) {
    switch (sighting.kind) {
      case Sighting::Kind::kViolated:
        return !holds(sighting.index, state).result;
      case Sighting::Kind::kReached:
        return holds(sighting.index, state).result;
      case Sighting::Kind::kOutcome:
        return outcome(sighting.index, state).result == sighting.value;
    }
    return false;
  };
  if (!is_true(representative)) {
    for (const internal::Permutation renaming : representatives_->renamings("a witness")) {
      if (is_true(representatives_->renamed(representative, renaming))) {
        return renaming;
      }
    }
  }
  return {};
}

/// Throws NotSymmetric where the property may see names in what the step answers users.
void Judge::check_answers(const Property& property, const Step& step) {
  for (const Response& response : step.responses) {
    if (response.to == 0 && representatives_->names_users(response.answer.value)) {
      throw NotSymmetric(
          fmt::format("property \"{}\" looks at an answer that names users", property.name()),
          representatives_->given_up_first());
    }
  }
}

}  // namespace heddle
