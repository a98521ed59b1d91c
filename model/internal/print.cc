#include <ostream>

#include <fmt/format.h>

#include <heddle/model/internal/print.h>

namespace heddle::internal {

fmt::format_context::iterator TextFormatter::format_text(std::string_view text,
                                                         fmt::format_context& context) const {
  return fmt::formatter<std::string_view>::format(text, context);
}

std::ostream& print(std::ostream& out, std::string_view text) {
  return out << text;
}

}  // namespace heddle::internal
