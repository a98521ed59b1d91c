/// How the model's values reach fmt and streams without pulling either's large headers into the
/// model's.
#pragma once

#include <iosfwd>
#include <string_view>

#include <fmt/core.h>

namespace heddle::internal {

/// Writes text as fmt writes a string: width, fill and alignment are understood.
struct TextFormatter : fmt::formatter<std::string_view> {
  fmt::format_context::iterator format_text(std::string_view text,
                                            fmt::format_context& context) const;
};

/// Writes text to a stream.
std::ostream& print(std::ostream& out, std::string_view text);

}  // namespace heddle::internal
