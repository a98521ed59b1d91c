// Modules that were valid until some bytes were changed: each ends in an error, a trap or a result,
// soon. (tests/fuzz/ does the same for as long as one likes.)

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/wasm/engine/error.h>
#include <heddle/wasm/engine/instance.h>
#include <heddle/wasm/engine/module.h>
#include <heddle/wasm/engine/trap.h>

#include "wasm/module_generator.h"
#include "wasm/mutants.h"
#include "wasm/short_run.h"

namespace heddle::wasm {
namespace {

TEST(Mutation, AGeneratedModuleIsValid) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    EXPECT_NO_THROW(Module::decode(random_module(seed))) << "seed " << seed;
  }
}

TEST(Mutation, NoChangeOfAValidModuleCrashesOrHangs) {
  constexpr std::uint64_t kSeed = 20'260'101;
  constexpr int kModules = 40;
  constexpr int kMutationsEach = 150;
  std::mt19937_64 random(kSeed);
  std::size_t refused = 0;
  std::size_t run = 0;
  for (int i = 0; i < kModules; ++i) {
    const Bytes original = random_module(random());
    for (int k = 0; k < kMutationsEach; ++k) {
      ++(short_run(mutant(original, random)) ? run : refused);
    }
  }
  fmt::print("seed {}: {} mutants refused, {} run\n", kSeed, refused, run);
  EXPECT_GT(refused, 1'000U);
  EXPECT_GT(run, 100U);
}

}  // namespace
}  // namespace heddle::wasm
