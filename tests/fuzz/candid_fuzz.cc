// Fuzzes Candid: messages, with and without expected types, and the two languages of text.

#include <cstddef>
#include <cstdint>
#include <span>

#include "wasm/candid_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  heddle::candid::candid_run(std::span(data, size));
  return 0;
}
