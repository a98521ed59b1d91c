#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <heddle/suite/internal/progress_line.h>
#include <heddle/suite/internal/table.h>

namespace heddle::internal {
namespace {

constexpr const char* kWipe = "\r\x1b[2K";
/// A search that is over sooner needs no line.
constexpr double kQuietSeconds = 0.5;
/// Of a log, which keeps every line.
constexpr double kLogSeconds = 60;

}  // namespace

ProgressLine::ProgressLine(std::ostream& out, bool is_terminal, std::string what, std::size_t width)
    : out_(out), is_terminal_(is_terminal), what_(std::move(what)), width_(width) {}

ProgressLine::~ProgressLine() {
  if (dirty_) {
    out_ << kWipe << std::flush;
  }
}

void ProgressLine::show(const Progress& progress) {
  if (!is_terminal_) {
    if (progress.seconds - logged_seconds_ >= kLogSeconds) {
      logged_seconds_ = progress.seconds;
      say(fmt::format("{}: {}", what_, text(progress)));
    }
    return;
  }
  if (progress.seconds < kQuietSeconds) {
    return;
  }
  // A line that wraps could not be wiped.
  out_ << kWipe << fmt::format("{}: {}", what_, text(progress)).substr(0, width_ - 1) << std::flush;
  dirty_ = true;
}

void ProgressLine::say(const std::string& text) {
  out_ << (dirty_ ? kWipe : "") << text << '\n' << std::flush;
  dirty_ = false;
}

std::string ProgressLine::text(const Progress& progress) {
  const double seconds = progress.seconds > 0 ? progress.seconds : 1;
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(progress.states) / seconds);
  std::string line = progress.schedules > 0
                         ? fmt::format("{}, ", count(progress.schedules, "schedule"))
                         : std::string();
  if (progress.executions > 0) {
    line += fmt::format("{}, ", count(progress.executions, "execution"));
  }
  line += fmt::format("{}, {}/s", count(progress.states, "state"), grouped(rate));
  if (progress.frontier > 0) {
    line += fmt::format(", frontier {}", grouped(progress.frontier));
  }
  line += fmt::format(", depth {}, {}", grouped(progress.depth), duration(progress.seconds));
  if (progress.estimate && rate > 0) {
    line += fmt::format(", of {}", to_string(*progress.estimate));
    const std::uint64_t done = progress.executions > 0 ? progress.executions : progress.states;
    const auto left = [&](double all) {
      return duration(std::max(0.0, all - static_cast<double>(done)) * seconds /
                      static_cast<double>(done));
    };
    if (std::isfinite(progress.estimate->high)) {
      line += fmt::format(" ({} to {} left)", left(progress.estimate->low),
                          left(progress.estimate->high));
    }
  }
  return line;
}

}  // namespace heddle::internal
