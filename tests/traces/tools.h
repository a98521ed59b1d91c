// Programs that read what is exported, where they are installed: the judges of whether it is what
// they read.
#pragma once

#include <string>
#include <string_view>

namespace heddle::test {

/// Whether the shell finds `program`.
bool has_program(std::string_view program);

/// What a shell command says of `text`, which it gets as a file whose name replaces each `{}`; ""
/// when it exits with 0. Its output goes with what it says only when it fails.
std::string complaint_of(std::string_view command, std::string_view text,
                         std::string_view suffix = ".txt");

/// Skips the rest of a test whose judge is missing. `package` is Debian's.
#define HEDDLE_NEEDS_PROGRAM(program, package)                                       \
  if (!::heddle::test::has_program(program)) {                                       \
    GTEST_SKIP() << (program) << " is missing; on Debian: apt-get install " package; \
  }                                                                                  \
  static_assert(true)

}  // namespace heddle::test
