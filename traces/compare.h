// Two traces side by side: a counterexample and the schedule that passes, or one scenario before
// and after a change.
//
// Steps are the same when they are about the same: the same call has run as often before, and gets
// the answer of the same call of its own. What is the same in both is aligned as far as its order
// allows; what is in both but elsewhere has moved.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/traces/text_options.h>
#include <heddle/traces/trace.h>

namespace heddle {

/// One line of a comparison: a step of the left trace, of the right one, or of both.
struct ComparedSteps {
  enum class Kind : std::uint8_t {
    kSame,     ///< in both, with the same effects
    kChanged,  ///< in both, with other effects
    kMoved,    ///< in the other trace too, but not here: at step `other`
    kOnly,     ///< in this trace only
  };
  Kind kind = Kind::kSame;
  std::uint64_t left = 0;   ///< number of the step; 0: none
  std::uint64_t right = 0;  ///< likewise
  std::uint64_t other = 0;
};

struct Comparison {
  std::vector<ComparedSteps> rows;
  /// Variables that end otherwise, and users' calls with another answer ("answer to alice#1").
  /// `before`: at the end of the left trace, `after`: of the right.
  std::vector<VariableDiff> ends;

  /// Whether the traces tell the same.
  [[nodiscard]] bool same() const;
};

/// O(n * m) in the steps between the first and the last difference.
Comparison compare(const Trace& left, const Trace& right);

/// What is moved or left out on the right, in a part of a sentence: `"bank: bob#1 withdraw(30)"
/// comes after "bank: alice#1 resumes"`. Empty when nothing is.
std::string to_sentence(const Trace& left, const Trace& right, const Comparison& comparison,
                        bool ascii);

/// The comparison in two columns, a line or more for each row; no line wider than the options say.
/// Runs of equal steps that are longer than a few are one line.
std::string to_terminal(const Trace& left, const Trace& right, const Comparison& comparison,
                        std::string_view left_title, std::string_view right_title,
                        const TextOptions& options);

}  // namespace heddle
