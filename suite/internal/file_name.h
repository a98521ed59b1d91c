// Names of the files that Heddle makes by itself.
#pragma once

#include <cstdint>
#include <string>

namespace heddle::internal {

/// Where they lie, below a folder of the user's.
inline constexpr const char* kFolder = ".heddle";

/// `text`, a scenario's name, as part of a file's name: letters, digits, `_` and `-` only.
std::string file_name(std::string text);

/// FNV-1a: tells files apart that would have one name.
std::uint32_t hash(const std::string& text);

}  // namespace heddle::internal
