// Random valid modules, for comparisons with other engines and as material for mutations.
#pragma once

#include <cstdint>

#include "wasm/module_bytes.h"

namespace heddle::wasm {

/// Functions that call each other, directly and through a table, over one memory (of either index
/// type) and some globals, exported as "f0", "f1", ... Every numeric operator, load, store and bulk
/// operation can occur. Each call ends soon: loops are counted and calls go to earlier functions
/// only. A float that may be NaN is made the canonical NaN by the code itself, so that results do
/// not depend on what an engine does with a NaN's bits. The same seed makes the same module.
Bytes random_module(std::uint64_t seed);

}  // namespace heddle::wasm
