// Micro-benchmarks of what steps of a search are made of: interning, looking up what a piece does,
// packing a state, and asking whether it has been met. ./dev bench --micro runs them.
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include <heddle/checker/packing.h>
#include <heddle/checker/state_store.h>
#include <heddle/model/interner.h>
#include <heddle/model/kernel.h>
#include <heddle/model/memo.h>
#include <heddle/properties/scenario.h>

#include "bench/models/models.h"

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

/// Steps over so many leaves of 16 values each: a step changes two of them.
void pack_step(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  Scenario s("one swap");
  describe(s, TokenSwaps{1, 1, 1}, Checked::kNothing);
  Kernel kernel(s.build().system);
  std::vector<LeafPosition> leaves;
  StateVector first;
  for (std::uint32_t i = 0; i < count; ++i) {
    leaves.push_back(kernel.position({LeafKind::kVariable, 0, 100 + i, 0}));
    first.set(leaves.back(), 15);
  }
  Packing packing(kernel);
  Packed packed(packing);
  packed.load(first);
  packed.begin();
  packing.lay_out();
  packed.refresh();
  packed.load(first);
  std::uint64_t step = 0;
  for (auto _ : state) {
    ++step;
    packed.begin();
    for (const LeafPosition leaf : {leaves[step % count], leaves[(step + count / 2) % count]}) {
      packed.set(leaf, packed.local(leaf, static_cast<LeafValue>(step * 2654435761U >> 28U) % 16));
    }
    const Root root = packed.root();
    benchmark::DoNotOptimize(root);
    packed.load(root);
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(pack_step)->Arg(16)->Arg(64)->Arg(256);

constexpr std::size_t kBatch = 4096;

/// Offers the batch of roots that begins with `number`; all of one level, from one state.
void offer(StateStore& store, std::uint64_t number) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    store.push({++number * 0x9fb21c651e98df25ULL, 0}, 0, 0);
  }
  store.end_pushes(1);
}

void store_new(benchmark::State& state) {
  StateStore store;
  store.start({});
  std::uint64_t number = 0;
  for (auto _ : state) {
    offer(store, number);
    number += kBatch;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
  state.counters["bytes_per_state"] =
      static_cast<double>(store.memory_bytes()) / static_cast<double>(store.size());
}

BENCHMARK(store_new)->Iterations(2048)->Unit(benchmark::kMicrosecond);

/// States met before, in a store of four million.
void store_known(benchmark::State& state) {
  constexpr std::uint64_t kBatches = 1024;
  StateStore store;
  store.start({});
  for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
    offer(store, batch * kBatch);
  }
  std::uint64_t batch = 0;
  for (auto _ : state) {
    offer(store, batch++ % kBatches * kBatch);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

BENCHMARK(store_known)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bench

BENCHMARK_MAIN();
