// A trace as trace events, for Perfetto (https://ui.perfetto.dev), chrome://tracing and others that
// read them.
//
// "Trace Event Format", JSON object form. A canister or user is a thread, a step a slice on it: the
// n-th step begins at n milliseconds, whatever it takes. A call is an asynchronous span from its
// start to its end, with a span inside wherever it is suspended; messages are flows.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

std::string to_chrome(const Trace& trace);

}  // namespace heddle
