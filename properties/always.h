// Always: an invariant of every committed state.
#pragma once

#include <memory>
#include <string>

#include <heddle/properties/judged.h>

namespace heddle {

/// Violated by the first state in which the predicate does not hold.
std::shared_ptr<const Property> make_always(std::string name, Predicate predicate);

}  // namespace heddle
