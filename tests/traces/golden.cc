#include "traces/golden.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace heddle::test {

testing::AssertionResult matches_golden(std::string_view name, std::string_view text) {
  const std::string path = fmt::format("tests/golden/{}", name);
  if (const char* update = std::getenv("HEDDLE_UPDATE_GOLDEN"); update != nullptr) {
    std::ofstream out(path, std::ios::binary);
    out << text;
    if (!out) {
      return testing::AssertionFailure() << "cannot write " << path << "; run from the source root";
    }
    return testing::AssertionSuccess();
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return testing::AssertionFailure()
           << "cannot read " << path
           << "; run from the source root, or make it with HEDDLE_UPDATE_GOLDEN=1";
  }
  const std::string golden{std::istreambuf_iterator<char>(in), {}};
  if (golden == text) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << path << " is\n"
                                     << golden << "\nbut this was printed\n"
                                     << text << "\nif it is meant: HEDDLE_UPDATE_GOLDEN=1";
}

}  // namespace heddle::test
