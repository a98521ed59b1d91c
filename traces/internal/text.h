// Text measured in terminal columns: how wide it is, where it breaks, what stands for what cannot
// be printed.
//
// Widths are those of the C library for Unicode (wcwidth in the C.UTF-8 locale, whatever the
// process's own locale is): 2 for East Asian wide characters, 0 for combining marks. Columns of a
// view line up wherever the terminal agrees, which is everywhere but in emoji sequences.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::internal {

/// `text` without what would disturb a terminal: control characters are escaped (`\n`, `\u{1b}`),
/// bytes that are not UTF-8 are replaced; with `ascii`, so is everything beyond ASCII.
std::string printable(std::string_view text, bool ascii);

/// In double quotes, escaped, as values of texts are shown.
std::string in_quotes(std::string_view text);

/// Printable text that is text anywhere in HTML and XML, in attributes too.
std::string in_markup(std::string_view text);

/// Columns that printable text takes.
std::size_t display_width(std::string_view text);

/// Printable text followed by as many spaces as `width` needs.
std::string padded(std::string_view text, std::size_t width);

/// Printable text cut to `width` columns, with `ellipsis` at the end where something is missing.
std::string elided(std::string_view text, std::size_t width, std::string_view ellipsis);

/// Printable text in lines of at most `width` columns (at least one character each), broken at
/// spaces where there is one. The lines after the first are indented by `indent`.
std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace heddle::internal
