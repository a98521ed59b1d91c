// Traces as JSON, for other tools and for replaying later: format `heddle/trace/1`, described by
// trace.schema.json, which is installed with Heddle.
//
// The order of fields and lists is fixed, so that two traces can be compared line by line. A field
// that has nothing to say is left out. A reader ignores what it does not know; a change that would
// mislead an old reader gets a new number.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/traces/trace.h>

namespace heddle {

inline constexpr std::string_view kTraceSchema = "heddle/trace/1";

/// The whole trace, indented, ended by a newline.
std::string to_json(const Trace& trace);

/// The same document in one line, without a newline at its end.
std::string to_compact_json(const Trace& trace);

/// What of a stored trace is needed to replay it; all else comes out of the replay.
struct StoredTrace {
  std::string scenario;
  std::string profile;
  std::string verdict;
  std::string property;  ///< "" when none was violated
  std::string property_kind;
  std::string strategy;
  std::string minimality;
  std::uint64_t seed = 0;
  std::vector<std::pair<std::string, std::string>> settings;
  ScheduleText schedule;
};

/// Reads what `to_json` wrote. Throws Misuse that says where in `file` (its name) what was
/// expected, and, of a format that this version does not read, which one it is.
StoredTrace read_trace(std::string_view text, std::string_view file);

/// The document itself, as it was written: what happened then, whatever the canisters have become.
/// Fields that this version does not know are left out. Throws as `read_trace` does.
Trace read_whole_trace(std::string_view text, std::string_view file);

}  // namespace heddle
