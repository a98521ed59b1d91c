// A suite binary's main(), in parts that tests can call.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace heddle {

/// Where a command writes, and what is at the other end.
struct Console {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
};

/// Runs one command line, `arguments[0]` being the program as it was called. Returns the exit code:
/// 0 verified, 1 violated, 2 incomplete, 64 wrong usage, 65 misuse or bad input, 70 internal; of
/// several scenarios the first of 70, 65, 64, 1, 2, 0. Throws nothing. Sees no --gtest_ flags.
int run(const std::vector<std::string>& arguments, const Console& console);

/// What main() of a suite is: GoogleTest when there is a --gtest_ flag (one test a scenario, named
/// Story.scenario, besides all others in the binary; --no-regressions goes together with it), else
/// `run` on the standard streams.
int run_suite(int argc, char** argv);

}  // namespace heddle
