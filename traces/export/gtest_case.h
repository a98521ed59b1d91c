// A trace as a GoogleTest case, for a suite that has the scenario: it fails as long as a property
// fails on this schedule, and passes when none does any more.
//
// Compiles as it is in a source of a suite binary (heddle_add_suite); the assertion that it makes
// is `no_longer_fails` of <heddle/suite/gtest.h>.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

std::string to_gtest_case(const Trace& trace);

}  // namespace heddle
