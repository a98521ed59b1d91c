#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/checker/budget.h>
#include <heddle/checker/check.h>
#include <heddle/checker/equal_answers.h>
#include <heddle/checker/judge.h>
#include <heddle/checker/liveness.h>
#include <heddle/checker/one_schedule.h>
#include <heddle/checker/partial_order.h>
#include <heddle/checker/replay.h>
#include <heddle/checker/search_coverage.h>
#include <heddle/checker/shrink.h>
#include <heddle/checker/strategy.h>
#include <heddle/checker/symmetry.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

struct StrategyInfo {
  Strategy strategy;
  std::string_view name;
  Findings (*search)(const Search&);
  bool exhaustive;
  bool stores_states = false;  ///< may be reduced
  bool stored = false;         ///< in checkpoints
};

constexpr std::array kStrategies{
    StrategyInfo{Strategy::kBreadthFirst, "breadth-first", breadth_first, true, true, true},
    StrategyInfo{Strategy::kDepthFirst, "depth-first", depth_first, true, true, true},
    StrategyInfo{Strategy::kDpor, "dpor", dpor, true, false, true},
    StrategyInfo{Strategy::kRandom, "random", random_walk, false, false, true},
    StrategyInfo{Strategy::kPct, "pct", pct, false, false, true},
    StrategyInfo{Strategy::kPos, "pos", partial_order_sampling, false, false, true},
    StrategyInfo{Strategy::kUrw, "urw", urw, false, false, true},
    StrategyInfo{Strategy::kSurw, "surw", surw, false, false, true},
    StrategyInfo{Strategy::kDelay, "delay", delay_bounding, false, false, true},
    StrategyInfo{Strategy::kPortfolio, "portfolio", portfolio, false, false, true},
    StrategyInfo{Strategy::kInOrder, "in-order", serve_in_order, false},
    StrategyInfo{Strategy::kReplica, "replica", follow_given, false},
};

bool is_one_schedule(Strategy strategy) {
  return strategy == Strategy::kInOrder || strategy == Strategy::kReplica;
}

struct NamedReduction {
  std::string_view name;
  Reduction reduction;
};

constexpr std::array<std::string_view, 3> kStorages{"lossless", "hash-compaction", "bitstate"};
constexpr std::array<std::string_view, 2> kOnMemoryFull{"stop", "hash-compaction"};

/// The position of a name in its list. Throws Misuse that lists them.
template <std::size_t kSize>
std::size_t position_of(std::string_view name, const std::array<std::string_view, kSize>& names,
                        std::string_view what) {
  const auto at = std::ranges::find(names, name);
  if (at == names.end()) {
    throw Misuse(
        fmt::format("there is no {} \"{}\"; there are {}", what, name, fmt::join(names, ", ")));
  }
  return static_cast<std::size_t>(at - names.begin());
}

constexpr std::array kReductions{
    NamedReduction{"none", {false, false}},
    NamedReduction{"partial-order", {true, false}},
    NamedReduction{"symmetry", {false, true}},
    NamedReduction{"all", {true, true}},
};

const StrategyInfo& info_of(Strategy strategy) {
  return kStrategies[static_cast<std::size_t>(strategy)];
}

/// Performs a failing schedule again to ask the property why.
std::string why(Kernel& kernel, const Claims& claims, const Failure& failure) {
  if (claims.properties[failure.property]->when() == Property::When::kEveryRun) {
    return why_of_run(kernel, claims, failure);
  }
  Claims one;
  one.properties.push_back(claims.properties[failure.property]);
  const Property& property = *one.properties[0];
  Stepper stepper(kernel);
  Judge judge(stepper, one, false);
  StateVector state = kernel.initial();
  for (const Event& event : failure.schedule) {
    const Step& step = stepper.step(state, event);
    const Judge::Followed followed = judge.follow(state, step);
    if (followed.violated) {
      const LeafValue memory = state[kernel.position({LeafKind::kAutomaton, 0, 0, 0})];
      return property.explain(memory, StepView{kernel, step});
    }
    for (const LeafChange& change : followed.changes) {
      state.set(change.position, change.after);
    }
  }
  StateSource source(kernel, state);
  return property.explain(State(source, kernel, state));
}

/// Whether there was but one schedule to go through, by whatever strategy.
bool was_one_schedule(Kernel& kernel, const Findings& findings, const StrategyInfo& strategy) {
  if (findings.failure || (strategy.exhaustive && !findings.finished)) {
    return false;
  }
  // No schedule is longer than what was gone through, but for one that comes round to where it has
  // been: with one event in each of `depth + 1` states there is nothing else.
  const Choice choice = choice_in(kernel, findings.depth + 1);
  return choice == Choice::kNone || (choice == Choice::kNoneYet && findings.finished);
}

/// The search, and again as long as partial-order reduction has taken too little for granted.
Findings searched(const Search& search, const StrategyInfo& strategy) {
  Findings findings = strategy.search(search);
  if (PartialOrder* const order = search.partial_order; order != nullptr) {
    while (order->is_outgrown() && !findings.failure && !search.budget.ended()) {
      order->start_again();
      findings = strategy.search(search);
    }
    findings.notes.push_back(
        fmt::format("partial-order reduction: counts are those of the reduced search, the last of "
                    "{}; the others showed what methods touch",
                    order->restarts() + 1));
  }
  return findings;
}

/// Claims about runs need every state and every event: what does not have them is refused, or if it
/// proves nothing anyway, told.
void refuse_claims_about_runs(const Claims& claims, const CheckOptions& options,
                              const StrategyInfo& strategy) {
  if (!claims_runs(claims) || !strategy.exhaustive) {
    return;
  }
  const std::string name = first_claim_about_runs(claims).name();
  if (!strategy.stores_states) {
    throw Misuse(fmt::format(
        "\"{}\" is a claim about runs, and the strategy {} does not see that a run comes round to "
        "where it has been: use breadth-first.",
        name, strategy.name));
  }
  if (options.storage.may_lose()) {
    throw Misuse(fmt::format(
        "\"{}\" is a claim about runs, which needs every state: use lossless storage, and stop "
        "when the memory is full.",
        name));
  }
}

const Installed* compiled_canister(const System& system) {
  const auto found = std::ranges::find_if(system.canisters, [](const Installed& canister) {
    return canister.program != nullptr && canister.program->info().candid;
  });
  return found == system.canisters.end() ? nullptr : &*found;
}

/// What a search leaves out of what was asked for, and the lines that say what it does not.
class Reduced {
 public:
  Reduced(Kernel& kernel, const Claims& claims, const CheckOptions& options,
          const StrategyInfo& strategy)
      : kernel_(kernel), claims_(claims), strategy_(strategy) {
    const Reduction& asked = options.reduction;
    if (claims_runs(claims) && strategy.stores_states) {
      // Both take away runs that go round.
      const std::string why =
          fmt::format("\"{}\" is a claim about runs, for which each event counts",
                      first_claim_about_runs(claims).name());
      if (asked.partial_order) {
        no_partial_order(why);
      }
      if (asked.symmetry) {
        no_symmetry(why);
      }
      return;
    }
    if ((asked.partial_order || asked.symmetry) && (!strategy.stores_states || options.coverage)) {
      const std::string why = !strategy.exhaustive     ? "sampled schedules are what they are"
                              : strategy.stores_states ? "what is covered is asked of all schedules"
                                                       : "this strategy has a reduction of its own";
      if (asked.partial_order) {
        no_partial_order(why);
      }
      if (asked.symmetry) {
        no_symmetry(why);
      }
      return;
    }
    if (asked.symmetry) {
      find_symmetry(options);
      answers_told_apart_ = kernel_.system().is_managed()
                                ? "canisters are stopped, or their code is replaced"
                                : tells_answers_apart(claims);
      aligns_answers_ = answers_told_apart_.empty();
    }
    if (asked.partial_order) {
      find_order();
    }
  }

  Findings search(Search search) {
    while (true) {
      search.partial_order = order();
      search.symmetry = symmetry_ ? &*symmetry_ : nullptr;
      search.aligns_answers = aligns_answers_;
      try {
        Findings findings = searched(search, strategy_);
        say_symmetry(findings);
        return with_notes(std::move(findings));
      } catch (const NotSymmetric& told_apart) {
        told_apart_.push_back({told_apart.what(), told_apart.of()});
        do_without(told_apart_.back());
      }
    }
  }

  /// What the search knows, and must know when it is gone on with.
  void share_with(Checkpoint& checkpoint) {
    checkpoint.include(told_apart_);
    for (const ToldApart& each : told_apart_) {
      do_without(each);
    }
    if (order() != nullptr) {
      checkpoint.include(*order());
    }
  }

  /// What orders of events are left out; null: none.
  PartialOrder* order() { return order_ ? &*order_ : nullptr; }

 private:
  void find_symmetry(const CheckOptions& options) {
    if (!options.stepper.memo) {
      less_symmetry_.emplace_back(
          "canister code is compared under other names where it is remembered");
      return;
    }
    if (kernel_.system().is_managed()) {
      less_symmetry_.emplace_back("canisters are stopped, or their code is replaced");
      return;
    }
    if (const Installed* const compiled = compiled_canister(kernel_.system())) {
      less_symmetry_.push_back(fmt::format(
          "{} is compiled, and names within its memory cannot be exchanged", compiled->name));
      return;
    }
    symmetry_.emplace(kernel_, claims_);
    if (symmetry_->has_canisters() && options.reduction.partial_order &&
        PartialOrder(kernel_, claims_).off().empty()) {
      // What is learnt of a canister's methods is not learnt of its clones'.
      less_symmetry_.push_back(fmt::format("{} are told apart by partial-order reduction",
                                           symmetry_->text_of_canisters()));
      sought_.canisters = false;
      symmetry_.emplace(kernel_, claims_, sought_);
    }
    take_symmetry();
  }

  void say_symmetry(Findings& findings) const {
    std::string of = symmetry_ ? symmetry_->text() : "";
    if (aligns_answers_ && kernel_.any_context(awaits_several)) {
      of += of.empty() ? "" : " and of ";
      of += "equal answers that are awaited at once";
    }
    findings.reduced = of.empty() ? "" : "up to symmetry of " + of;
    for (const std::string& why : less_symmetry_) {
      findings.notes.push_back(
          (of.empty() ? "symmetry reduction is off: " : "less symmetry reduction: ") + why);
    }
    if (!answers_told_apart_.empty() && kernel_.any_context(awaits_several)) {
      findings.notes.push_back(
          "less symmetry reduction: equal answers that are awaited at once are told apart: " +
          answers_told_apart_);
    }
  }

  void do_without(const ToldApart& told_apart) {
    less_symmetry_.push_back(told_apart.why);
    symmetry_.reset();
    if (told_apart.of != NotSymmetric::Of::kUsers) {
      (told_apart.of == NotSymmetric::Of::kCalls ? sought_.calls : sought_.canisters) = false;
      symmetry_.emplace(kernel_, claims_, sought_);
      take_symmetry();
    }
    if (order() != nullptr) {
      find_order();  // it knows users by what they have in common
    }
  }

  /// If there is any.
  void take_symmetry() {
    const std::vector<std::string>& notes = symmetry_->notes();
    for (const std::string& note : notes) {
      if (std::ranges::find(less_symmetry_, note) == less_symmetry_.end()) {
        less_symmetry_.push_back(note);
      }
    }
    if (symmetry_->empty()) {
      symmetry_.reset();
    }
  }

  void find_order() {
    order_.emplace(kernel_, claims_, symmetry_ ? &*symmetry_ : nullptr);
    if (!order_->off().empty()) {
      no_partial_order(order_->off());
      order_.reset();
    }
  }

  void no_symmetry(const std::string& why) {
    notes_.push_back("symmetry reduction is off: " + why);
  }

  void no_partial_order(const std::string& why) {
    notes_.push_back("partial-order reduction is off: " + why);
  }

  Findings with_notes(Findings findings) {
    findings.notes.insert(findings.notes.end(), notes_.begin(), notes_.end());
    return findings;
  }

  Kernel& kernel_;
  const Claims& claims_;
  const StrategyInfo& strategy_;
  std::optional<Symmetry> symmetry_;
  Symmetry::Sought sought_;
  bool aligns_answers_ = false;
  std::string answers_told_apart_;          ///< by what
  std::vector<std::string> less_symmetry_;  ///< why there is not more
  std::vector<ToldApart> told_apart_;
  std::optional<PartialOrder> order_;
  std::vector<std::string> notes_;
};

/// Findings turned into a verdict.
class Reporter {
 public:
  Reporter(const Search& search, const StrategyInfo& strategy, Findings findings)
      : search_(search), strategy_(strategy), findings_(std::move(findings)) {}

  Verdict report() {
    count();
    witness();
    if (findings_.failure) {
      report_failure();
    } else if (!findings_.finished) {
      report_incomplete();
    } else if (!report_never_reached()) {
      verdict_.answered = Answered::kVerified;
    }
    verdict_.scope = scope() + expiries() + fairness();
    verdict_.notes = std::move(findings_.notes);
    verdict_.seconds = search_.budget.seconds();
    return std::move(verdict_);
  }

 private:
  void count() {
    verdict_.strategy = strategy_.name;
    verdict_.states = findings_.states;
    verdict_.transitions = findings_.transitions;
    verdict_.depth = findings_.depth;
    verdict_.quiescent = findings_.quiescent;
    verdict_.schedules = findings_.schedules;
    verdict_.executions = findings_.executions;
    verdict_.blocked = findings_.blocked;
    verdict_.executions_estimated = findings_.executions_estimated;
    verdict_.seed = strategy_.exhaustive ? 0 : search_.options.seed;
    verdict_.strategies = std::move(findings_.strategies);
    verdict_.covered = std::move(findings_.covered);
    verdict_.pieces_run = findings_.pieces_run;
    verdict_.pieces_recalled = findings_.pieces_recalled;
    verdict_.storage = findings_.storage_text;
    verdict_.missed_expected = findings_.missed_expected;
    verdict_.memory_bytes = search_.budget.memory_bytes_peak();
    const Kernel::Counts counts = search_.kernel.counts();
    verdict_.distinct = {{"leaves", counts.leaves},
                         {"contexts", counts.contexts},
                         {"context states", counts.context_states},
                         {"call sets", counts.call_sets},
                         {"queues", counts.queues},
                         {"requests", counts.requests},
                         {"values", counts.values},
                         {"logs", counts.logs},
                         {"tree nodes", findings_.nodes}};
    verdict_.logs_by_method = search_.kernel.logs_by_method();
  }

  void witness() {
    const Claims& claims = search_.claims;
    for (const OutcomeSet& outcomes : claims.outcome_sets) {
      verdict_.outcomes[outcomes.name];
    }
    for (const auto& [sighting, schedule] : findings_.witnesses) {
      if (sighting.kind == Sighting::Kind::kOutcome) {
        verdict_.outcomes[claims.outcome_sets[sighting.index].name].push_back(
            {sighting.value, to_text(search_.kernel, schedule)});
      } else {
        verdict_.witnesses[claims.properties[sighting.index]->name()] =
            to_text(search_.kernel, schedule);
      }
    }
    for (std::size_t i = 0; i < claims.measures.size() && i < findings_.peaks.size(); ++i) {
      verdict_.peaks[claims.measures[i].name] = findings_.peaks[i];
    }
  }

  void report_failure() {
    Failure failure = *findings_.failure;
    verdict_.answered = Answered::kViolated;
    if (search_.claims.properties[failure.property]->when() == Property::When::kEveryRun) {
      verdict_.minimality = failure.repeats_from ? "as found" : "shortest";
      verdict_.repeats_from = failure.repeats_from;
      tell(failure);
      return;
    }
    // Where states are missed, or events are left out, what is found first need not be the
    // shortest.
    const bool may_be_longer = search_.partial_order != nullptr || !findings_.storage_text.empty();
    if (search_.options.strategy == Strategy::kBreadthFirst && !may_be_longer) {
      verdict_.minimality = "shortest";
    } else if (is_one_schedule(search_.options.strategy)) {
      verdict_.minimality = "as found";
    } else if ((may_be_longer || search_.options.strategy == Strategy::kDpor) && shorten(failure)) {
      verdict_.minimality = "shortest";
    } else {
      const std::size_t found = failure.schedule.size();
      ShrinkOptions options;
      options.stop = [this] {
        search_.budget.look([this] {
          Usage usage;
          usage.progress.states = findings_.states;
          usage.progress.transitions = findings_.transitions;
          usage.progress.depth = findings_.depth;
          usage.progress.schedules = findings_.schedules;
          return usage;
        });
        return search_.budget.ended();
      };
      Shrunk shrunk = shrink(search_.kernel, search_.claims, failure, options);
      failure.schedule = std::move(shrunk.schedule);
      verdict_.minimality = shrunk.locally_minimal ? "locally minimal" : "shrunk";
      findings_.notes.push_back(
          fmt::format("the schedule that failed had {} events, the shrunk one has {}", found,
                      failure.schedule.size()));
    }
    if (!strategy_.exhaustive) {
      findings_.notes.push_back(fmt::format("schedule {} of seed {} failed",
                                            findings_.schedules - 1, search_.options.seed));
    }
    tell(failure);
  }

  void tell(const Failure& failure) {
    const Property& property = *search_.claims.properties[failure.property];
    verdict_.property = property.name();
    verdict_.property_kind = property.kind();
    verdict_.why = why(search_.kernel, search_.claims, failure);
    verdict_.schedule = to_text(search_.kernel, failure.schedule);
  }

  // What a reduced search finds first need not be the shortest: all schedules with fewer events are
  // looked through, as far as a tenth of the time spent allows. False when it does not.
  bool shorten(Failure& failure) {
    if (failure.schedule.size() <= 1) {
      return true;
    }
    constexpr double kSecondsMin = 0.1;
    Claims one;
    one.properties.push_back(search_.claims.properties[failure.property]);
    CheckOptions options = search_.options;
    options.strategy = Strategy::kBreadthFirst;
    options.reduction = {};
    options.storage = {};
    options.progress = {};
    options.states_max = 0;
    options.depth_max = failure.schedule.size() - 1;
    options.seconds_max = std::max(kSecondsMin, search_.budget.seconds() / 10);
    Budget budget(options, search_.kernel);
    Findings shorter = breadth_first({search_.kernel, one, options, budget});
    if (shorter.failure) {
      failure.schedule = std::move(shorter.failure->schedule);
      return true;
    }
    return shorter.finished || budget.bound() == "max-depth";
  }

  void report_incomplete() {
    verdict_.answered = Answered::kIncomplete;
    verdict_.bound = search_.budget.bound();
    verdict_.coverage = findings_.coverage;
    if (verdict_.bound.empty() && !findings_.storage_text.empty()) {
      verdict_.bound = to_string(findings_.storage);
      verdict_.coverage =
          fmt::format("all states that were met were gone on from, {} of them; {}; not a proof",
                      findings_.states, loss());
    }
    if (verdict_.bound == Budget::kMemory) {
      findings_.notes.push_back(memory_note());
    }
    if (strategy_.exhaustive || search_.budget.ended()) {
      return;
    }
    if (is_one_schedule(search_.options.strategy)) {
      verdict_.bound = "one_schedule";
      verdict_.coverage =
          fmt::format("one schedule of {} events, {}; not a proof", findings_.transitions,
                      search_.options.strategy == Strategy::kInOrder
                          ? "first come, first served"
                          : "as a replica with all canisters runs them");
    } else {
      verdict_.bound = "sampled";
      verdict_.coverage =
          fmt::format("{} schedules, none failed; not a proof", findings_.schedules);
    }
  }

  /// How much a search that is not lossless may have missed.
  [[nodiscard]] std::string loss() const {
    const double expected = findings_.missed_expected;
    if (expected < 1) {
      return fmt::format("a state was missed with a probability of at most {:.2g}", expected);
    }
    return fmt::format("about {:.2g} states were taken for others, so states were missed",
                       expected);
  }

  [[nodiscard]] std::string memory_note() const {
    const MemoryLimit& memory = search_.budget.memory();
    const auto megabytes = [](std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; };
    return fmt::format(
        "the process may hold {:.0f} MB ({}); it held {:.0f} MB before the search, and {:.0f} MB "
        "are kept back for what grows without notice",
        megabytes(memory.bytes_max()),
        memory.is_given() ? "the bound that was given"
                          : "no bound was given: seven eighths of what was available",
        megabytes(memory.bytes_at_start()), megabytes(memory.bytes_kept_back()));
  }

  // A finished search that has not met what was looked for.
  bool report_never_reached() {
    for (const auto& property : search_.claims.properties) {
      if (property->is_wanted() && !verdict_.witnesses.contains(property->name())) {
        verdict_.answered = Answered::kViolated;
        verdict_.property = property->name();
        verdict_.property_kind = property->kind();
        verdict_.why = search_.options.strategy == Strategy::kDpor
                           ? fmt::format("never reached in any of {} schedules that stand for all",
                                         verdict_.executions)
                           : fmt::format("never reached in any of {} states", verdict_.states);
        return true;
      }
    }
    return false;
  }

  /// What was assumed of bounded-wait calls, where there are any.
  [[nodiscard]] std::string expiries() const {
    const Kernel& kernel = search_.kernel;
    if (!kernel.has_bounded_calls()) {
      return {};
    }
    const int budget = kernel.system().faults.expiries;
    return budget == 0   ? "; bounded-wait calls never expire"
           : budget == 1 ? "; bounded-wait calls expire at most once"
                         : fmt::format("; bounded-wait calls expire at most {} times", budget);
  }

  /// Which runs claims about runs are judged of, where there are any.
  [[nodiscard]] std::string fairness() const {
    return claims_runs(search_.claims) && strategy_.stores_states
               ? fmt::format("; runs with {}",
                             to_string(search_.claims.fairness, search_.kernel.system()))
               : std::string{};
  }

  [[nodiscard]] std::string scope() const {
    if (search_.options.strategy == Strategy::kDpor) {
      return fmt::format(
          "{} schedules that stand for all orders of events, {} transitions, depth {}",
          verdict_.executions, verdict_.transitions, verdict_.depth);
    }
    if (strategy_.exhaustive) {
      std::string text = fmt::format("{} states, {} transitions, depth {}{}{}", verdict_.states,
                                     verdict_.transitions, verdict_.depth,
                                     findings_.reduced.empty() ? "" : ", ", findings_.reduced);
      if (!findings_.storage_text.empty()) {
        text += fmt::format("; {}: {}", findings_.storage_text, loss());
      }
      return text;
    }
    return fmt::format("{} schedules, {} transitions, depth {}", verdict_.schedules,
                       verdict_.transitions, verdict_.depth);
  }

  const Search& search_;
  const StrategyInfo& strategy_;
  Findings findings_;
  Verdict verdict_;
};

}  // namespace

std::string_view to_string(Strategy strategy) {
  return info_of(strategy).name;
}

Strategy strategy_from(std::string_view name) {
  std::vector<std::string_view> names;
  for (const StrategyInfo& known : kStrategies) {
    if (known.name == name) {
      return known.strategy;
    }
    names.push_back(known.name);
  }
  throw Misuse(
      fmt::format("there is no strategy \"{}\"; there are {}", name, fmt::join(names, ", ")));
}

std::string_view to_string(Reduction reduction) {
  return std::ranges::find(kReductions, reduction, &NamedReduction::reduction)->name;
}

Reduction reduction_from(std::string_view name) {
  const auto* const known = std::ranges::find(kReductions, name, &NamedReduction::name);
  if (known == kReductions.end()) {
    throw Misuse(fmt::format(
        "there is no reduction \"{}\"; there are none, partial-order, symmetry and all", name));
  }
  return known->reduction;
}

std::string_view to_string(Storage storage) {
  return kStorages[static_cast<std::size_t>(storage)];
}

Storage storage_from(std::string_view name) {
  return static_cast<Storage>(position_of(name, kStorages, "storage"));
}

std::string_view to_string(OnMemoryFull choice) {
  return kOnMemoryFull[static_cast<std::size_t>(choice)];
}

OnMemoryFull on_memory_full_from(std::string_view name) {
  return static_cast<OnMemoryFull>(position_of(name, kOnMemoryFull, "choice"));
}

Verdict check(const System& system, const Claims& claims, const CheckOptions& options) {
  Kernel kernel(system);
  return check(kernel, claims, options);
}

Verdict check(Kernel& kernel, const Claims& claims, const CheckOptions& options) {
  Budget budget(options, kernel);
  const StrategyInfo& strategy = info_of(options.strategy);
  refuse_claims_about_runs(claims, options, strategy);
  Reduced reduced(kernel, claims, options, strategy);
  Search search{kernel, claims, options, budget};
  std::optional<SearchCoverage> coverage;
  if (options.coverage && strategy.stores_states) {
    search.coverage = &coverage.emplace(kernel, options.stepper.memo);
  }
  std::optional<Checkpoint> checkpoint;
  const char* const not_stored = !strategy.stored ? "its strategy has no checkpoints"
                                 : options.storage.may_lose() && strategy.stores_states
                                     ? "its storage is not lossless, or may come to be so"
                                 : coverage ? "what it covers is asked for"
                                 : compiled_canister(kernel.system()) != nullptr
                                     ? "the images of compiled canisters are not stored"
                                     : nullptr;
  if (!options.checkpoint.file.empty() && not_stored == nullptr) {
    search.checkpoint = &checkpoint.emplace(kernel, claims, options, budget);
    reduced.share_with(*checkpoint);
  } else if (not_stored != nullptr && options.checkpoint.must_fit && options.checkpoint.tell) {
    options.checkpoint.tell(
        fmt::format("this search is not stored in {}: {}", options.checkpoint.file, not_stored));
  }
  Findings findings = reduced.search(search);
  if (claims_runs(claims) && strategy.stores_states) {
    judge_runs(search, findings);
  } else if (claims_runs(claims)) {
    findings.notes.push_back(fmt::format(
        "\"{}\" is not judged: it is a claim about runs, and a schedule is the beginning of one",
        first_claim_about_runs(claims).name()));
  }
  if (options.storage.may_lose() && !strategy.stores_states) {
    findings.notes.emplace_back("storage is that of no states: this strategy stores none");
  }
  if (coverage) {
    findings.covered = coverage->report();
  } else if (options.coverage && strategy.exhaustive) {
    findings.notes.emplace_back("this strategy does not say what it covers");
  }
  search.partial_order = reduced.order();
  const bool is_done = findings.failure || !budget.ended();
  const bool one_schedule = was_one_schedule(kernel, findings, strategy);
  Verdict verdict = Reporter(search, strategy, std::move(findings)).report();
  verdict.one_schedule = one_schedule;
  if (checkpoint) {
    is_done ? checkpoint->remove() : checkpoint->keep();
  }
  return verdict;
}

}  // namespace heddle
