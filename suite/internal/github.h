// GitHub: what a run of Heddle shows in a pull request, when it is GitHub that runs it: annotations
// at lines of the source, and a summary of the job with a small diagram for each violation.
//
// Annotations are workflow commands, lines that begin with `::error`
// (https://docs.github.com/actions/reference/workflow-commands-for-github-actions); the summary is
// Markdown, added to the file that GITHUB_STEP_SUMMARY names.
#pragma once

#include <optional>
#include <ostream>
#include <span>
#include <string>

#include <heddle/suite/internal/attempt.h>

namespace heddle::internal {

class GitHub {
 public:
  /// Nothing unless the environment says that GitHub runs this (GITHUB_ACTIONS is `true`).
  static std::optional<GitHub> from_environment();

  /// Annotations to `out`, and the summary. Throws nothing; says in `out` what could not be
  /// written.
  void tell(std::span<const Attempt> attempts, std::ostream& out) const;

 private:
  std::string summary_file_;  ///< "": none
};

/// A workflow command, ended by a newline: `::error file=bank.h,line=45,title=...::...`.
std::string annotation(const Finding& finding);

/// A table of the verdicts, and each violation (ten at most) with its diagram, as Markdown.
std::string job_summary(std::span<const Attempt> attempts);

}  // namespace heddle::internal
