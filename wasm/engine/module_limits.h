// ModuleLimits: how large a module may be.
//
// The Internet Computer refuses modules beyond limits of its own; where those protect us too they
// are the defaults here. The others bound what a hostile module can make the decoder allocate.
#pragma once

#include <cstdint>

namespace heddle::wasm {

struct ModuleLimits {
  // Those of the Internet Computer.
  std::uint32_t functions = 50'000;
  std::uint32_t globals = 1'000;
  std::uint64_t code_bytes = std::uint64_t{12} << 20;
  std::uint64_t module_bytes = std::uint64_t{100} << 20;
  std::uint32_t public_custom_sections = 16;  ///< named "icp:public ..." or "icp:private ..."
  std::uint64_t public_custom_bytes = std::uint64_t{1} << 20;

  // Ours.
  std::uint32_t types = 100'000;
  std::uint32_t imports = 10'000;
  std::uint32_t exports = 100'000;
  std::uint32_t parameters = 1'000;
  std::uint32_t results = 1'000;
  std::uint32_t locals = 50'000;            ///< of one function, parameters included
  std::uint32_t instructions = 10'000'000;  ///< of one function, translated
  std::uint32_t operands = 100'000;         ///< on the operand stack of a function
  std::uint32_t nesting = 50'000;           ///< of blocks
  std::uint32_t tables = 100;
  std::uint32_t segments = 100'000;                     ///< data and element segments, each
  std::uint64_t table_elements = 10'000'000;            ///< initial size of one table
  std::uint64_t memory_pages = std::uint64_t{1} << 16;  ///< initial size; 4 GiB
};

}  // namespace heddle::wasm
