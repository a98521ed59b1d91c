#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include <heddle/suite/internal/pattern.h>

namespace heddle::internal {
namespace {

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

bool matches(std::string_view pattern, std::string_view name) {
  std::size_t at = 0;
  std::size_t seen = 0;
  // The last star, and what it has swallowed so far: the only place where a mismatch can be mended.
  std::size_t star = std::string_view::npos;
  std::size_t swallowed = 0;
  while (seen < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      swallowed = seen;
    } else if (at < pattern.size() && pattern[at] == name[seen]) {
      ++at;
      ++seen;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      seen = ++swallowed;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

std::vector<std::string> nearest(std::string_view text,
                                 const std::vector<std::string>& candidates) {
  constexpr std::size_t kShownMax = 3;
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(text, candidate);
    const bool contained = text.size() >= 3 && candidate.find(text) != std::string::npos;
    if (contained || distance <= std::max<std::size_t>(1, text.size() / 3)) {
      near.emplace_back(distance, candidate);
    }
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(near.size(), kShownMax); ++i) {
    names.push_back(std::move(near[i].second));
  }
  return names;
}

}  // namespace heddle::internal
