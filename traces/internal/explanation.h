// What stands above and below the steps of a trace: what was found, why it failed, the races, who
// waits for whom, and how to see it again.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/traces/internal/painter.h>
#include <heddle/traces/internal/story.h>

namespace heddle::internal {

std::vector<std::string> header(const Trace& trace, std::size_t width, const Symbols& symbols,
                                const Painter& painter);

std::vector<std::string> explanation(const Trace& trace, const Story& story, std::size_t width,
                                     const Symbols& symbols, const Painter& painter);

/// A shell command in lines of at most `width` columns that can be pasted as they are: broken at
/// spaces outside quotes, with a backslash. Words that are longer stay whole.
std::vector<std::string> wrapped_command(std::string_view command, std::size_t width);

}  // namespace heddle::internal
