/// What is wrong with bytes, texts and types that should be Candid.
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace heddle::candid {

/// Thrown where something is not the Candid that it should be: misuse, never behaviour. `what()`
/// says it all in one or a few lines; the parts are there for those who print them differently.
class CandidError : public std::runtime_error {
 public:
  /// A line and a column of a text, both counted from 1; columns count code points.
  struct Place {
    std::size_t line = 1;
    std::size_t column = 1;
  };

  struct Details {
    std::string problem;                ///< "expected nat, found text"
    std::string path;                   ///< "argument 2, field owner"; may be empty
    std::string likely_cause;           ///< a full clause, or empty
    std::optional<std::size_t> offset;  ///< in bytes, counted from 0
    std::optional<Place> place;
    std::string source;  ///< the name of the file, if the text came from one
    std::string caret;   ///< the line of the text and, below it, a caret; empty for bytes
  };

  explicit CandidError(Details details);

  const Details& details() const { return details_; }

 private:
  Details details_;
};

namespace internal {

/// Where byte `offset` of `text` is.
CandidError::Place place_of(std::string_view text, std::size_t offset);
/// An error at byte `offset` of `text`, with a caret below it.
CandidError error_in_text(std::string_view text, std::size_t offset, std::string problem,
                          std::string likely_cause = {}, std::string source = {});

}  // namespace internal
}  // namespace heddle::candid
