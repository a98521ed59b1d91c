// WasmError: why a module cannot be used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace heddle::wasm {

/// A module is malformed, invalid, beyond a limit, uses something that is not supported, or cannot
/// be linked. `what()` says all of it: "offset 0x2f in the code section: type mismatch: ...".
class WasmError : public std::runtime_error {
 public:
  enum class Kind : std::uint8_t {
    kMalformed,    ///< the bytes are no module
    kInvalid,      ///< a module, but it breaks a rule of validation
    kUnsupported,  ///< valid perhaps, with a feature that this engine lacks
    kLimit,        ///< beyond one of `ModuleLimits`
    kLink,         ///< an import is missing or has another type
  };

  WasmError(Kind kind, std::size_t offset, std::string section, std::string cause);

  [[nodiscard]] Kind kind() const { return kind_; }

  /// In bytes from the start of the module.
  [[nodiscard]] std::size_t offset() const { return offset_; }

  /// "code", "import", ...; empty outside of all sections.
  [[nodiscard]] const std::string& section() const { return section_; }

  [[nodiscard]] const std::string& cause() const { return cause_; }

 private:
  Kind kind_;
  std::size_t offset_;
  std::string section_;
  std::string cause_;
};

}  // namespace heddle::wasm
