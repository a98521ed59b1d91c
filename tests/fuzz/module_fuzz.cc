// Fuzzes the decoder, the validator, the translator and, for what they accept, the interpreter.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "wasm/module_generator.h"
#include "wasm/short_run.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

/// Now and then starts from a valid module, which bytes alone would hardly ever become.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned seed) {
  constexpr unsigned kAnew = 50;
  if (seed % kAnew == 0) {
    const heddle::wasm::Bytes module = heddle::wasm::random_module(seed);
    if (module.size() <= size_max) {
      std::memcpy(data, module.data(), module.size());
      return module.size();
    }
  }
  return LLVMFuzzerMutate(data, size, size_max);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  heddle::wasm::short_run(std::span(data, size));
  return 0;
}
