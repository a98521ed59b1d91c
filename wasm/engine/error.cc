#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/engine/error.h>

namespace heddle::wasm {
namespace {

std::string whole_text(std::size_t offset, const std::string& section, const std::string& cause) {
  if (section.empty()) {
    return fmt::format("offset {:#x}: {}", offset, cause);
  }
  return fmt::format("offset {:#x} in the {} section: {}", offset, section, cause);
}

}  // namespace

WasmError::WasmError(Kind kind, std::size_t offset, std::string section, std::string cause)
    : std::runtime_error(whole_text(offset, section, cause)),
      kind_(kind),
      offset_(offset),
      section_(std::move(section)),
      cause_(std::move(cause)) {}

}  // namespace heddle::wasm
