#include <algorithm>
#include <cctype>

#include <heddle/suite/internal/file_name.h>

namespace heddle::internal {

std::string file_name(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return std::isalnum(c) == 0 && c != '_' && c != '-'; }, '-');
  return text;
}

std::uint32_t hash(const std::string& text) {
  std::uint32_t hash = 2166136261U;
  for (const char byte : text) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619U;
  }
  return hash;
}

}  // namespace heddle::internal
