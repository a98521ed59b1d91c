// A trace as a Rust test over `MessageOrdering`, as the replica's state machine tests take it: the
// same messages in the same order, one a round.
//
// Written for ic_state_machine_tests as of 2026 (dfinity/ic, rs/state_machine_tests, whose
// tests/flexible_ordering.rs is the reference). Marked as generated and unchecked: a trace knows
// neither modules nor init arguments, and faults that the environment injects have no counterpart.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

std::string to_rust_ordering(const Trace& trace);

}  // namespace heddle
