// A trace as a log for ShiViz (https://bestchai.bitbucket.io/shiviz/), which draws it as a
// space-time diagram and searches it for patterns.
//
// The first two lines are what ShiViz reads the rest with: the regular expression of an entry, and
// the (empty) one between executions. An entry is a line of text, then its host and its vector
// clock in JSON. Hosts are canisters and users, and "time" where it passes.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

std::string to_shiviz(const Trace& trace);

}  // namespace heddle
