// A trace as a Rust test over PocketIC (https://docs.rs/pocket-ic): the users' calls are submitted
// in the schedule's order, with a round wherever the schedule lets something else happen.
//
// PocketIC decides itself in which order a round executes what is queued, so the schedule is only
// likely. Marked as generated and unchecked.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

std::string to_pocketic(const Trace& trace);

}  // namespace heddle
