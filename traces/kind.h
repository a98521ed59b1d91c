// What kind of counterexample a trace is: two of one kind are the same bug told twice.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

/// The race that decides, by pattern, variable and methods, and the faults that it needs, in words:
/// "stale write on bank.balance, withdraw by withdraw; a trap". Names of users and keys do not
/// count. "" when there is neither race nor fault.
std::string kind_of(const Trace& trace);

/// The race alone; "" when there is none.
std::string race_kind_of(const Trace& trace);

/// Whether any of the races is of that kind.
bool has_race_of_kind(const Trace& trace, const std::string& kind);

}  // namespace heddle
