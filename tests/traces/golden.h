// Golden files: what is printed today is what was looked at and found good. After a change that is
// meant, HEDDLE_UPDATE_GOLDEN=1 writes them anew (run the test from the source root), and the
// difference is read in git.
#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace heddle::test {

/// Whether `text` is what tests/golden/`name` holds; writes it there when asked to.
testing::AssertionResult matches_golden(std::string_view name, std::string_view text);

}  // namespace heddle::test
