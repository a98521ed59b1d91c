// Liveness: claims about whole runs (properties/liveness.h), judged on the graph of all states.
//
// When a search is done with everything that single states and steps decide, the graph is made anew
// with all of its edges, and for each claim a fair run is looked for of which it is not true. A
// counterexample is a schedule with a place from which on it repeats for ever, or after which
// nothing more happens; both are real events between real states.
//
// Every edge counts: a reduction may take a run away that goes round, and a search that stores no
// states, or forgets some, does not see that a run does.
#pragma once

#include <optional>
#include <string>

#include <heddle/checker/strategy.h>
#include <heddle/properties/property.h>

namespace heddle {

/// Whether anything is claimed of runs.
bool claims_runs(const Claims& claims);

/// The first property that is claimed of runs. To be called when there is one.
const Property& first_claim_about_runs(const Claims& claims);

/// Judges them, after a search that has found no failure. What that search says stays, but for the
/// failure of a claim, and for what was not done within the budget.
void judge_runs(const Search& search, Findings& findings);

/// Whether the schedule is the beginning of a fair run of which a claim about runs is not true: one
/// that ends where the schedule does, or comes back there to where it has been. The first such
/// claim, and the longest part that repeats. The events must be possible.
std::optional<Failure> failure_of_run(Kernel& kernel, const Claims& claims,
                                      const Schedule& schedule);

/// Performs a counterexample again: what the run does wrong, for a person. Throws BrokenInvariant
/// if the run is none that the system has, or not fair, or if the claim is true of it.
std::string why_of_run(Kernel& kernel, const Claims& claims, const Failure& failure);

}  // namespace heddle
