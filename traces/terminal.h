// The terminal view of a trace: one column a canister, time downwards, as Lincheck shows it.
//
// A call that executes is a solid bar in its canister's column, a suspended one a hatched bar, so
// that two calls which are open at the same canister stand side by side. Below the steps: why the
// property failed, with the values; each race in terms of variable, calls, await and source lines;
// and the command that replays it all. What a race consists of is marked (a), (b), (c) in the
// steps.
//
// Where columns would become too narrow to read, the bars of all canisters stay side by side and
// the text goes into one column to their right. A trace that is longer than `lines_max` is told in
// one line a step, and if that is still too long, steps that are no part of a race or fault are
// left out, which is said where it happens.
#pragma once

#include <string>

#include <heddle/traces/text_options.h>
#include <heddle/traces/trace.h>

namespace heddle {

/// The whole view, each line ended by a newline. No line is wider than the options say, except the
/// replay command where it cannot be broken without changing it.
std::string to_terminal(const Trace& trace, const TextOptions& options);

}  // namespace heddle
