#include "wasm/candid_bytes.h"

#include <cstddef>
#include <cstdlib>

namespace heddle::candid {

std::string bytes_of(std::string_view bytes) {
  std::string result;
  bool quoted = false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\'') {
      quoted = !quoted;
    } else if (quoted) {
      result.push_back(bytes[i]);
    } else if (bytes[i] != ' ') {
      result.push_back(
          static_cast<char>(std::strtoul(std::string(bytes.substr(i, 2)).c_str(), nullptr, 16)));
      ++i;
    }
  }
  return result;
}

std::string message(std::string_view bytes) {
  return "DIDL" + bytes_of(bytes);
}

}  // namespace heddle::candid
