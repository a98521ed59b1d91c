// The printed figures of the sample that docs/simulation.md compares with the simulation's.
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/simulation/round_simulation.h>
#include <heddle/suite/check_scenario.h>

namespace heddle {
namespace {

/// A figure that was printed somewhere, in seconds.
struct Printed {
  const char* what;
  const char* scenario;
  int calls;
  const char* network;
  bool apart;
  double seconds;
  bool is_fit;
};

constexpr Printed kPrinted[] = {
    {"90 calls one after the other, two subnets", "sequential_n", 90, "pocketic", true, 0.599863583,
     true},
    {"90 calls in parallel, two subnets", "parallel_n", 90, "pocketic", true, 0.296402, true},
    {"100 calls one after the other, one subnet", "sequential_n", 100, "local", false, 1.848,
     false},
    {"100 calls in parallel, one subnet", "parallel_n", 100, "local", false, 1.728, true},
    {"2000 calls one after the other, one subnet", "sequential_n", 2000, "local", false, 15.587,
     true},
    {"2000 calls in parallel, one subnet, 500 of them sent", "parallel_n", 2000, "local", false,
     3.524, false},
};

Simulated simulated(const Printed& printed) {
  ScenarioOverrides overrides;
  overrides.parameters["calls"] = std::to_string(printed.calls);
  const RegisteredScenario* registered = nullptr;
  for (const RegisteredScenario* one : Registry::instance().all()) {
    if (one->name() == std::string("parallel_calls/") + printed.scenario) {
      registered = one;
    }
  }
  PreparedScenario scenario = prepare(*registered, overrides);
  Placement placement;
  if (printed.apart) {
    placement[scenario.setup.system.canister("callee")] = 1;
  }
  return simulate(*scenario.kernel, placement, *network_named(printed.network));
}

std::string row(const Printed& printed, const Simulated& run) {
  const double error = (run.seconds / printed.seconds - 1) * 100;
  return fmt::format("| {} | {} | {:.3f} s | {} | {} | {:.3f} s | {} |", printed.what,
                     printed.network, printed.seconds, run.rounds, run.executions, run.seconds,
                     printed.is_fit ? "fitted" : fmt::format("{:+.0f} %", error));
}

TEST(SimulatedFigures, AreThoseOfTheDocument) {
  std::ifstream file("docs/simulation.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const Printed& printed : kPrinted) {
    const std::string line = row(printed, simulated(printed));
    EXPECT_NE(text.str().find(line), std::string::npos) << "docs/simulation.md lacks:\n" << line;
  }
}

TEST(SimulatedFigures, AFittedFigureIsMetExactly) {
  for (const Printed& printed : kPrinted) {
    if (printed.is_fit) {
      EXPECT_NEAR(simulated(printed).seconds, printed.seconds, 0.0005) << printed.what;
    }
  }
}

// Of 2000 in parallel 500 are sent, of 2000 one after the other all.
TEST(SimulatedFigures, ComeFromRunsThatReturnWhatTheSampleReturns) {
  EXPECT_EQ(simulated(kPrinted[4]).executions, 4001U);
  EXPECT_EQ(simulated(kPrinted[5]).executions, 1001U);
}

}  // namespace
}  // namespace heddle
