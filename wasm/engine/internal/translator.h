// From a valid function body to the interpreter's instructions.
#pragma once

#include <cstdint>

#include <heddle/wasm/engine/internal/code.h>
#include <heddle/wasm/engine/internal/module_parts.h>
#include <heddle/wasm/engine/module_limits.h>

namespace heddle::wasm::internal {

/// Of a function of the module's own, an index among all. Throws WasmError when the result is
/// larger than `ModuleLimits::instructions`.
Code translate_function(const ModuleParts& parts, std::uint32_t function,
                        const ModuleLimits& limits);

}  // namespace heddle::wasm::internal
