// Sometimes: reachability. The search answers with a witness, and its absence is the violation.
#pragma once

#include <memory>
#include <string>

#include <heddle/properties/judged.h>

namespace heddle {

/// Fulfilled by the first state in which the predicate holds; violated when the whole search finds
/// none.
std::shared_ptr<const Property> make_sometimes(std::string name, Predicate predicate);

}  // namespace heddle
