// No deadlock [S12]: one of the defaults that any scenario gets.
#pragma once

#include <memory>

#include <heddle/properties/property.h>

namespace heddle {

/// "no deadlock". Violated by a quiescent state in which open contexts, calls and Deferreds wait
/// for each other in a cycle that nobody outside could break (wait_for.h says which count). What is
/// open then without a cycle is judged by `make_every_call_answered`.
std::shared_ptr<const Property> make_no_deadlock();

}  // namespace heddle
