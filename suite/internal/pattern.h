// Patterns over names, and the names that somebody probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace heddle::internal {

/// Whether `name` matches `pattern`: `*` stands for any characters, `/` too, and for none; every
/// other character for itself. Linear in practice, quadratic at worst.
bool matches(std::string_view pattern, std::string_view name);

/// Those of `candidates` that differ little from `text`, the nearest first, at most three: for "did
/// you mean". By edit distance; a name that contains the text counts as near.
std::vector<std::string> nearest(std::string_view text, const std::vector<std::string>& candidates);

}  // namespace heddle::internal
