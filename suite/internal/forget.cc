// forget: removes failing schedules that earlier runs have stored.
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/suite/internal/regressions.h>
#include <heddle/suite/internal/verbs.h>

namespace heddle::internal {

int run_forget(const CommandLine& line, const Console& console) {
  const std::vector<std::string> patterns =
      line.names.empty() ? std::vector<std::string>{"*"} : line.names;
  std::size_t removed = 0;
  for (const std::string& pattern : patterns) {
    for (const Regression& regression : Regressions(pattern).list(pattern)) {
      if (regression.state == Regression::State::kDamaged) {
        console.err << fmt::format("{}: {}: {}\n", message_prefix(line.program, line.verb),
                                   regression.file, regression.sentence);
        continue;
      }
      std::error_code failed;
      if (!std::filesystem::remove(regression.file, failed) && failed) {
        throw WrongUsage(
            fmt::format("cannot remove {}: {}", shell_word(regression.file), failed.message()));
      }
      console.out << fmt::format("Removed {}: \"{}\" in {}\n", regression.file, regression.property,
                                 regression.scenario);
      ++removed;
    }
  }
  if (removed == 0) {
    console.out << fmt::format("No stored schedule is of {}.\n",
                               line.names.empty() ? std::string("any scenario")
                                                  : fmt::format("{}", fmt::join(patterns, ", ")));
  }
  return kVerifiedCode;
}

}  // namespace heddle::internal
