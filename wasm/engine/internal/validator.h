// The validation of a function body: the algorithm of the specification's appendix.
#pragma once

#include <cstdint>
#include <vector>

#include <heddle/wasm/engine/internal/module_parts.h>
#include <heddle/wasm/engine/internal/reader.h>
#include <heddle/wasm/engine/module_limits.h>
#include <heddle/wasm/engine/types.h>

namespace heddle::wasm::internal {

/// Reads the body of a function that is not imported.
Reader body_reader(const ModuleParts& parts, std::uint32_t function);

/// The declarations at the start of a body, after the parameters.
std::vector<ValueType> read_locals(Reader& reader, const FunctionType& type,
                                   const ModuleLimits& limits);

/// Throws WasmError unless the body of that function (an index among all) is valid. Notes in
/// `writes_tables` if it can change a table.
void validate_function(const ModuleParts& parts, std::uint32_t function, const ModuleLimits& limits,
                       bool& writes_tables);

}  // namespace heddle::wasm::internal
