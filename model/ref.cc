#include <algorithm>

#include <fmt/format.h>

#include <heddle/model/ref.h>

namespace heddle {

CanisterId Directory::find(const Principal& principal) const {
  const auto found = std::ranges::find(principals, principal);
  return found == principals.end() ? kNoCanister
                                   : static_cast<CanisterId>(found - principals.begin());
}

namespace internal {

namespace {

constexpr std::string_view kRefPrefix = "canister#";

}  // namespace

Shown show_ref(CanisterId id) {
  return {Shown::Kind::kName,
          id == kNoCanister ? "no canister" : fmt::format("{}{}", kRefPrefix, id)};
}

void name_refs(Shown& shown, const Directory& directory) {
  const auto rename = [&directory](std::string& text) {
    if (!text.starts_with(kRefPrefix)) {
      return;
    }
    std::size_t id = 0;
    for (const char digit : text.substr(kRefPrefix.size())) {
      if (digit < '0' || digit > '9') {
        return;
      }
      id = 10 * id + static_cast<std::size_t>(digit - '0');
    }
    if (id < directory.names.size()) {
      text = directory.names[id];
    }
  };
  if (shown.kind == Shown::Kind::kName) {
    rename(shown.text);
  }
  for (auto& [name, child] : shown.children) {
    if (shown.kind == Shown::Kind::kMap) {
      rename(name);
    }
    name_refs(child, directory);
  }
}

}  // namespace internal
}  // namespace heddle
