// Outcome sets as a report for a person: each value in which the system can end, whether it was
// expected, how it comes about, and which step decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <heddle/traces/text_options.h>
#include <heddle/traces/trace.h>

namespace heddle {

/// One value of a set.
struct ToldOutcome {
  std::string value;
  std::uint64_t final_states = 0;
  bool is_expected = true;  ///< where the set's values are declared
  Trace witness;
  std::uint64_t decides = 0;  ///< step of the witness; 0: none does, or it is not known
  /// Has another step in its place, and ends in the value `otherwise`.
  std::optional<Trace> other;
  std::string otherwise;
  std::string command;  ///< shows the whole witness; may be empty
};

struct ToldOutcomes {
  std::string set;
  bool is_declared = false;
  std::vector<ToldOutcome> outcomes;
  std::vector<std::string> never_reached;  ///< of the declared values
};

struct OutcomesReport {
  std::string scenario;
  std::string description;
  std::string profile;
  std::vector<ToldOutcomes> sets;
  std::uint64_t states = 0;
  std::uint64_t final_states = 0;
  bool finished = false;  ///< there are no other values
};

/// No line is wider than the options say.
std::string to_terminal(const OutcomesReport& report, const TextOptions& options);

}  // namespace heddle
