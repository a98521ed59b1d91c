// diff: two traces side by side as they were stored, whatever the canisters have become; or a
// stored one beside its schedule today.
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/compare.h>
#include <heddle/traces/json.h>

namespace heddle::internal {
namespace {

std::string title(const std::string& name, const Trace& trace) {
  return trace.property.empty() ? fmt::format("{}: nothing fails", name)
                                : fmt::format("{}: {} fails", name, trace.property);
}

Trace stored(const CommandLine& line, const std::string& file) {
  if (!std::filesystem::is_regular_file(file)) {
    throw WrongUsage(fmt::format("there is no file {}; '{} check NAME --trace FILE' writes a trace",
                                 shell_word(file), line.program));
  }
  return read_whole_trace(read_file(file), file);
}

}  // namespace

int run_diff(const CommandLine& line, const Console& console) {
  const std::string& first = line.names.front();
  const Trace left = stored(line, first);
  const bool today = line.names.size() == 1;
  const Trace right = today ? replay_file(line, first, ReplayMode::kLenient).trace
                            : stored(line, line.names.back());
  const Comparison comparison = compare(left, right);
  console.out << to_terminal(left, right, comparison, title(today ? "then" : first, left),
                             title(today ? "now" : line.names.back(), right),
                             text_options(line, console));
  for (const std::string& divergence : right.divergences) {
    console.out << fmt::format("diverged, {}\n", divergence);
  }
  if (comparison.same()) {
    console.out << "\nThe two tell the same.\n";
  } else if (const std::string words = to_sentence(left, right, comparison, line.view.ascii);
             !words.empty()) {
    console.out << fmt::format("\nOn the right {}.\n", words);
  }
  return comparison.same() ? kVerifiedCode : kViolatedCode;
}

}  // namespace heddle::internal
