// What the fuzzers have kept (tests/fuzz/corpus, inputs that reach different code each), and
// mutants of it: every input ends in a result or an error that is ours, soon. ./dev fuzz goes on
// from here for as long as one likes.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "wasm/candid_run.h"
#include "wasm/mutants.h"
#include "wasm/short_run.h"

namespace heddle::wasm {
namespace {

struct Kept {
  std::string file;
  Bytes input;
};

std::vector<Kept> corpus(const std::string& fuzzer) {
  std::vector<Kept> kept;
  for (const auto& entry : std::filesystem::directory_iterator("tests/fuzz/corpus/" + fuzzer)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    kept.push_back({entry.path().string(), Bytes(std::istreambuf_iterator<char>(stream), {})});
  }
  std::ranges::sort(kept, {}, &Kept::file);
  return kept;
}

/// `run` says whether the input was accepted, and throws nothing.
void expect_ends(const std::string& fuzzer,
                 const std::function<bool(std::span<const std::uint8_t>)>& run, int mutants_each) {
  constexpr std::uint64_t kSeed = 20'260'101;
  std::mt19937_64 random(kSeed);
  std::size_t accepted = 0;
  std::size_t refused = 0;
  const std::vector<Kept> all = corpus(fuzzer);
  ASSERT_GE(all.size(), 20U);
  for (const Kept& kept : all) {
    EXPECT_NO_THROW(++(run(kept.input) ? accepted : refused)) << kept.file;
  }
  EXPECT_GT(accepted, 5U);
  EXPECT_GT(refused, 5U);
  for (const Kept& kept : all) {
    for (int i = 0; i < mutants_each; ++i) {
      const Bytes input = mutant(kept.input, random);
      EXPECT_NO_THROW(++(run(input) ? accepted : refused))
          << kept.file << ", mutant " << i << " of seed " << kSeed;
    }
  }
  fmt::print("seed {}: {} inputs kept; of them and their mutants {} were accepted, {} refused\n",
             kSeed, all.size(), accepted, refused);
}

TEST(FuzzCorpus, EveryModuleEndsInAResultOrAnError) {
  expect_ends("module_fuzz", short_run, 100);
}

TEST(FuzzCorpus, EveryCandidTextAndMessageEndsInAValueOrAnError) {
  expect_ends("candid_fuzz", candid::candid_run, 200);
}

}  // namespace
}  // namespace heddle::wasm
