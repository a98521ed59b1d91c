// Finally: a claim about every quiescent state, where nothing but faults and heartbeats can happen.
#pragma once

#include <memory>
#include <string>

#include <heddle/properties/judged.h>

namespace heddle {

/// Violated by the first quiescent state in which the predicate does not hold.
std::shared_ptr<const Property> make_finally(std::string name, Predicate predicate);

}  // namespace heddle
