// export: a trace in another format.
#include <string>

#include <fmt/format.h>

#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/export/formats.h>

namespace heddle::internal {
namespace {

std::string exported(const Trace& trace, const CommandLine& line, const Console& console) {
  TextOptions options = text_options(line, console);
  options.lines_max = 0;
  if (line.output && line.view.color == ColorChoice::kAuto) {
    options.color = false;
  }
  return find_export_format(line.format)->write(trace, options);
}

}  // namespace

int run_export(const CommandLine& line, const Console& console) {
  const Found found = find_trace(line, console);
  if (!found.trace) {
    const Verdict& verdict = found.report->verdict;
    const std::string why =
        verdict.answered == Answered::kViolated
            ? fmt::format(
                  "{} is VIOLATED because \"{}\" never happens, which no one schedule shows",
                  found.report->name, verdict.property)
            : fmt::format("{} is {}, so there is no counterexample to export", found.report->name,
                          to_string(verdict.answered));
    throw WrongUsage(fmt::format("{}; --outcome VALUE exports how an outcome comes about", why));
  }
  const std::string text = exported(*found.trace, line, console);
  if (line.output) {
    write_file(*line.output, text);
  } else {
    console.out << text;
  }
  return kVerifiedCode;
}

}  // namespace heddle::internal
