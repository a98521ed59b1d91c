// Liveness: claims about whole runs, which no single state and no finite schedule can violate.
//
// What is judged are the fair runs (fairness.h) from the first state on, those that end and those
// that never do. A violation is a run that goes round for ever, or after which nothing more happens
// though what was claimed is still to come.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <heddle/properties/formula.h>
#include <heddle/properties/property.h>

namespace heddle {

/// In every fair run the predicate holds at some time.
std::shared_ptr<const Property> make_eventually(std::string name, Predicate predicate);
/// In every fair run, whenever `cause` holds, `effect` holds then or later.
std::shared_ptr<const Property> make_leads_to(std::string name, Predicate cause, Predicate effect);
/// The formula is true of every fair run.
std::shared_ptr<const Property> make_ltl(std::string name, Formula formula);

/// From every state that is reached, some state in which the predicate holds can be reached without
/// a further fault. Fairness plays no part: it is about what can happen, not about what does.
std::shared_ptr<const Property> make_always_possible(std::string name, Predicate predicate);

/// Of such a claim, the predicate as a formula; null of others.
const Formula* possible_in(const Property& property);

/// What a run that violates a claim about runs does wrong, for a person. The run is of so many
/// states, the first one included, and repeats those from `repeats_from` on for ever.
std::string explain_run(const Property& property, std::size_t size, std::size_t repeats_from,
                        const HoldsAt& holds_at);

}  // namespace heddle
