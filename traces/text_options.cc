#include <algorithm>
#include <sys/ioctl.h>
#include <unistd.h>

#include <heddle/traces/text_options.h>

namespace heddle {

std::size_t text_width(const TextOptions& options) {
  std::size_t width = options.width;
  if (width == 0) {
    winsize size{};
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    width = known ? size.ws_col : TextOptions::kWidthDefault;
  }
  return std::max(width, TextOptions::kWidthMin);
}

}  // namespace heddle
