// A Motoko actor in a scenario: compiled with the npm package `motoko` where Node.js is, and kept
// by the content of its sources, so that the compiler runs again only when these have changed.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <heddle/model/view.h>

namespace heddle::internal {

/// An actor that cannot be compiled: its mistakes, or what is missing on this machine.
class MotokoError : public Misuse {
 public:
  MotokoError(std::string problem, std::string next)
      : Misuse(problem + "\n" + next), problem_(std::move(problem)), next_(std::move(next)) {}

  [[nodiscard]] const std::string& problem() const { return problem_; }

  [[nodiscard]] const std::string& next() const { return next_; }

 private:
  std::string problem_;
  std::string next_;
};

/// The module that the compiler makes of `file` and what it imports by relative names: the default
/// output, its Candid interface public. It is kept in $XDG_CACHE_HOME/heddle/motoko (~/.cache
/// unless set), where that can be written. Throws MotokoError.
std::string compile_motoko(const std::filesystem::path& file);

}  // namespace heddle::internal
