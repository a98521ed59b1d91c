// Micro-benchmarks of what steps of a search are made of: interning, and looking up what a piece
// does. ./dev bench --micro runs them.
#include <cstdint>
#include <string_view>

#include <benchmark/benchmark.h>

#include <heddle/model/interner.h>
#include <heddle/model/memo.h>

namespace bench {
namespace {

using namespace heddle;

std::string_view bytes_of(const std::uint64_t& number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

/// What is met again and again: one of a few thousand messages.
void intern_known(benchmark::State& state) {
  constexpr std::uint64_t kContents = 4096;
  Interner interner;
  for (std::uint64_t i = 0; i < kContents; ++i) {
    interner.intern(bytes_of(i));
  }
  std::uint64_t next = 0;
  for (auto _ : state) {
    const std::uint64_t content = next++ * 2654435761U % kContents;
    benchmark::DoNotOptimize(interner.intern(bytes_of(content)));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(intern_known);

void intern_new(benchmark::State& state) {
  Interner interner;
  std::uint64_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(interner.intern(bytes_of(next)));
    ++next;
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(intern_new)->Iterations(2'000'000);

/// Answers question `detail` with the digit of a number at that place.
class Digits : public ObservationSource {
 public:
  explicit Digits(std::uint32_t base) : base_(base) {}

  void look_at(std::uint64_t number) { number_ = number; }

  std::uint32_t answer(const Observation& question) override {
    std::uint64_t number = number_;
    for (std::uint32_t i = 0; i < question.detail; ++i) {
      number /= base_;
    }
    return static_cast<std::uint32_t>(number % base_);
  }

 private:
  std::uint32_t base_;
  std::uint64_t number_ = 0;
};

/// A piece that makes so many observations, each with one of eight answers.
void memo_look_up(benchmark::State& state) {
  constexpr std::uint32_t kAnswers = 8;
  const auto observations = static_cast<std::uint32_t>(state.range(0));
  std::uint64_t paths = 1;
  for (std::uint32_t i = 0; i < observations; ++i) {
    paths *= kAnswers;
  }
  Memo<std::uint64_t> memo;
  Digits digits(kAnswers);
  const MemoKey key{1, 2};
  for (std::uint64_t path = 0; path < paths; ++path) {
    digits.look_at(path);
    RecordingSource recording(digits);
    for (std::uint32_t i = 0; i < observations; ++i) {
      recording.answer({ObservationKind::kVariable, 0, {}, i});
    }
    memo.insert(key, recording.consulted(), path);
  }
  std::uint64_t next = 0;
  for (auto _ : state) {
    digits.look_at(next++ * 2654435761U % paths);
    benchmark::DoNotOptimize(memo.find(key, digits));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(memo_look_up)->Arg(1)->Arg(2)->Arg(4);

}  // namespace
}  // namespace bench

BENCHMARK_MAIN();
