#include <algorithm>
#include <iostream>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/suite/gtest.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/suite/run.h>

namespace heddle {
namespace {

int dispatch(const internal::CommandLine& line, const Console& console) {
  switch (line.verb) {
    case internal::Verb::kHelp:
      console.out << line.text;
      return internal::kVerifiedCode;
    case internal::Verb::kList:
      return internal::run_list(line, console);
    case internal::Verb::kCheck:
    case internal::Verb::kSample:
      return internal::run_check(line, console);
    case internal::Verb::kReplay:
      return internal::run_replay(line, console);
    case internal::Verb::kExplain:
      return internal::run_explain(line, console);
    case internal::Verb::kExplore:
      return internal::run_explore(line, console);
    case internal::Verb::kExport:
      return internal::run_export(line, console);
    case internal::Verb::kDiff:
      return internal::run_diff(line, console);
    case internal::Verb::kRely:
      return internal::run_rely(line, console);
    case internal::Verb::kAudit:
      return internal::run_audit(line, console);
    case internal::Verb::kSimulate:
      return internal::run_simulate(line, console);
    case internal::Verb::kInit:
      return internal::run_init(line, console);
    case internal::Verb::kForget:
      return internal::run_forget(line, console);
  }
  return internal::kInternalCode;
}

int run_google_tests(int argc, char** argv) {
  CheckRequest request;
  char** const end = std::remove_if(argv, argv + argc, [](const char* word) {
    return std::string_view(word) == "--no-regressions";
  });
  request.regressions = end == argv + argc;
  argc = static_cast<int>(end - argv);
  register_google_tests(request);
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1) {
    std::cerr << fmt::format(
        "{}: '{}' does not go together with --gtest_ flags; verbs and GoogleTest are two ways to "
        "run this binary\n",
        argv[0], argv[1]);
    return internal::kUsageCode;
  }
  return RUN_ALL_TESTS();
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Console& console) {
  std::string prefix;  // what parse() says has one of its own
  try {
    const internal::CommandLine line = internal::parse(arguments);
    prefix = internal::message_prefix(line.program, line.verb) + ": ";
    return dispatch(line, console);
  } catch (...) {
    const internal::Failed failed = internal::failed_by_current_exception();
    console.err << prefix << failed.text << '\n';
    return failed.code;
  }
}

int run_suite(int argc, char** argv) {
  const std::vector<std::string> arguments(argv, argv + argc);
  const bool is_google_test =
      std::any_of(arguments.begin(), arguments.end(),
                  [](const std::string& word) { return word.starts_with("--gtest_"); });
  if (is_google_test) {
    try {
      return run_google_tests(argc, argv);
    } catch (...) {
      const internal::Failed failed = internal::failed_by_current_exception();
      std::cerr << failed.text << '\n';
      return failed.code;
    }
  }
  const Console console{std::cout, std::cerr, isatty(STDOUT_FILENO) != 0,
                        isatty(STDERR_FILENO) != 0};
  const int code = run(arguments, console);
  std::cout.flush();
  return code;
}

}  // namespace heddle
