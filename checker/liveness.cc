#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/checker/internal/buchi.h>
#include <heddle/checker/internal/fair_runs.h>
#include <heddle/checker/internal/known_run.h>
#include <heddle/checker/internal/possible.h>
#include <heddle/checker/internal/state_graph.h>
#include <heddle/checker/liveness.h>
#include <heddle/model/trap.h>
#include <heddle/properties/liveness.h>
#include <heddle/properties/sometimes.h>

namespace heddle {

namespace {

using internal::BuchiAutomaton;
using internal::EndlessRun;
using internal::FairRuns;
using internal::KnownRun;
using internal::StateGraph;

bool is_about_runs(const std::shared_ptr<const Property>& property) {
  return property->when() == Property::When::kEveryRun;
}

/// The claims about runs, each with the first of its predicates among all of them.
struct RunClaim {
  std::size_t property = 0;
  std::size_t first_label = 0;
};

class RunJudge {
 public:
  RunJudge(const Search& search, Findings& findings) : search_(search), findings_(findings) {
    for (std::size_t i = 0; i < search.claims.properties.size(); ++i) {
      const Property& property = *search.claims.properties[i];
      if (property.when() != Property::When::kEveryRun) {
        continue;
      }
      claims_.push_back({i, labels_.properties.size()});
      const Formula* const possible = possible_in(property);
      const Formula& formula = possible != nullptr ? *possible : *property.formula();
      for (const Formula::Node* predicate : predicates_in(formula)) {
        labels_.properties.push_back(
            make_sometimes(predicate->name == property.name()
                               ? property.name()
                               : fmt::format("{}: {}", property.name(), predicate->name),
                           predicate->predicate));
      }
    }
    if (labels_.properties.size() > BuchiAutomaton::kPredicatesMax) {
      throw Misuse(fmt::format(
          "the claims about runs have {} predicates, and {} is the most: claim some of them in "
          "another scenario.",
          labels_.properties.size(), BuchiAutomaton::kPredicatesMax));
    }
  }

  void run() {
    StateGraph graph(search_, labels_);
    bool is_judged = graph.build();
    for (const RunClaim& claim : claims_) {
      const Formula* const formula = search_.claims.properties[claim.property]->formula();
      if (formula == nullptr) {
        if (const auto hopeless = internal::first_hopeless(graph, claim.first_label)) {
          findings_.failure = Failure{claim.property, graph.way_to(*hopeless)};
          return;
        }
        continue;
      }
      const BuchiAutomaton automaton(*formula, true);
      FairRuns runs(graph, automaton, {search_.claims.fairness.strength, claim.first_label, [this] {
                                         return stops();
                                       }});
      if (std::optional<EndlessRun> run = runs.find()) {
        findings_.failure = Failure{claim.property, std::move(run->schedule), run->repeats_from};
        return;
      }
      is_judged = is_judged && !runs.was_stopped();
    }
    findings_.finished = findings_.finished && is_judged && !search_.budget.ended();
    if (!findings_.finished) {
      findings_.coverage = fmt::format(
          "{}; of runs within {} states none fails, and {} more states were not gone on from",
          findings_.coverage.empty() ? "all states were judged" : findings_.coverage,
          graph.expanded(), graph.size() - graph.expanded());
    }
  }

 private:
  bool stops() {
    search_.budget.look([this] {
      Usage usage;
      usage.progress.states = findings_.states;
      usage.progress.transitions = findings_.transitions;
      usage.progress.depth = findings_.depth;
      return usage;
    });
    if (search_.budget.memory().is_used_up()) {
      search_.budget.end(Budget::kMemory);
    }
    // A bound on states is no reason not to look at those that there are.
    const std::string& bound = search_.budget.bound();
    return search_.budget.ended() && bound != "max-states" && bound != "max-depth";
  }

  const Search& search_;
  Findings& findings_;
  std::vector<RunClaim> claims_;
  Claims labels_;
};

}  // namespace

bool claims_runs(const Claims& claims) {
  return std::ranges::any_of(claims.properties, is_about_runs);
}

const Property& first_claim_about_runs(const Claims& claims) {
  return **std::ranges::find_if(claims.properties, is_about_runs);
}

void judge_runs(const Search& search, Findings& findings) {
  if (findings.failure) {
    return;
  }
  if (findings.finished) {
    RunJudge(search, findings).run();
    return;
  }
  // What a search has seen that was ended by its size may well have runs that go round.
  const std::string& bound = search.budget.bound();
  if (bound == "max-states" || bound == "max-depth") {
    Budget again(search.options, search.kernel);
    const Search graph{search.kernel, search.claims, search.options, again};
    RunJudge(graph, findings).run();
  } else {
    findings.notes.emplace_back("claims about runs were not judged: not all states are known");
  }
}

std::optional<Failure> failure_of_run(Kernel& kernel, const Claims& claims,
                                      const Schedule& schedule) {
  if (!claims_runs(claims)) {
    return std::nullopt;
  }
  const KnownRun run(kernel, claims.fairness, schedule);
  for (std::size_t property = 0; property < claims.properties.size(); ++property) {
    const Formula* const formula = claims.properties[property]->formula();
    const HoldsAt holds_at = formula == nullptr ? HoldsAt() : run.holds_at(*formula);
    for (std::size_t from = 0; formula != nullptr && from <= schedule.size(); ++from) {
      if (run.is_fair(from) && !is_true_of(*formula, run.size(from), from, holds_at)) {
        return Failure{property, schedule, from};
      }
    }
    const Formula* const possible = possible_in(*claims.properties[property]);
    if (possible != nullptr && run.is_hopeless(*possible)) {
      return Failure{property, schedule};
    }
  }
  return std::nullopt;
}

std::string why_of_run(Kernel& kernel, const Claims& claims, const Failure& failure) {
  const Property& property = *claims.properties[failure.property];
  const KnownRun run(kernel, claims.fairness, failure.schedule);
  if (!failure.repeats_from) {
    return fmt::format("{}, \"{}\" can never hold again without a further fault",
                       failure.schedule.empty()
                           ? "from the beginning"
                           : fmt::format("after step {}", failure.schedule.size()),
                       property.name());
  }
  const std::size_t from = *failure.repeats_from;
  if (!run.is_fair(from)) {
    throw BrokenInvariant("a run that is said to be a counterexample is none that is fair");
  }
  const HoldsAt holds_at = run.holds_at(*property.formula());
  if (is_true_of(*property.formula(), run.size(from), from, holds_at)) {
    throw BrokenInvariant("a claim is true of the run that is said to violate it");
  }
  const std::string wrong = explain_run(property, run.size(from), from, holds_at);
  if (from < failure.schedule.size()) {
    return from + 1 == failure.schedule.size()
               ? fmt::format("step {} repeats for ever: {}", from + 1, wrong)
               : fmt::format("steps {} to {} repeat for ever: {}", from + 1,
                             failure.schedule.size(), wrong);
  }
  std::vector<std::string> silent;
  for (const CanisterId canister : run.silent()) {
    silent.push_back(kernel.system().canisters[canister].name);
  }
  const std::string why =
      silent.empty() ? ""
                     : fmt::format(" ({} {} not assumed to answer)", fmt::join(silent, ", "),
                                   silent.size() == 1 ? "is" : "are");
  return from == 0 ? fmt::format("nothing need ever happen{}: {}", why, wrong)
                   : fmt::format("nothing more need happen after step {}{}: {}", from, why, wrong);
}

}  // namespace heddle
