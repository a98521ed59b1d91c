#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include <heddle/model/view.h>
#include <heddle/suite/internal/table.h>

namespace heddle::internal {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kWordMin = 20;

/// Code points, which is what names and numbers of ours need; East Asian width is the trace views'.
std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string cell(const std::string& text, std::size_t width, Table::Align align) {
  const std::size_t used = columns_of(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return align == Table::Align::kLeft ? text + space : space + text;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> cells) {
  if (cells.size() != columns_.size()) {
    throw BrokenInvariant("a table's row has another number of cells than the table has columns");
  }
  rows_.push_back(std::move(cells));
}

std::string Table::to_text(std::size_t width) const {
  std::vector<std::vector<std::string>> lines;
  lines.emplace_back();
  for (const Column& column : columns_) {
    lines.front().push_back(column.heading);
  }
  lines.insert(lines.end(), rows_.begin(), rows_.end());

  std::vector<std::size_t> widths(columns_.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], columns_of(line[i]));
    }
  }
  std::size_t before_last = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    before_last += widths[i] + kGap;
  }
  const std::size_t room = std::max(kWordMin, width > before_last ? width - before_last : 0);

  std::string text;
  for (const auto& line : lines) {
    std::string row;
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
      row += cell(line[i], widths[i], columns_[i].align) + std::string(kGap, ' ');
    }
    const std::string last = columns_.back().align == Align::kRight
                                 ? cell(line.back(), widths.back(), Align::kRight)
                                 : line.back();
    row += last;
    if (columns_of(row) > width) {
      const std::string wrapped = wrapped_text(last, room, 0);
      row.resize(row.size() - last.size());
      for (const char c : wrapped) {
        row += c;
        if (c == '\n') {
          row += std::string(before_last, ' ');
        }
      }
    }
    while (!row.empty() && row.back() == ' ') {
      row.pop_back();
    }
    text += row + '\n';
  }
  return text;
}

std::string wrapped_text(const std::string& text, std::size_t width, std::size_t indent) {
  std::string lines;
  std::size_t used = 0;
  std::size_t at = 0;
  bool first = true;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
    const std::string word = text.substr(at, end - at);
    const bool broke = at > 0 && text[at - 1] == '\n';
    if (first) {
      lines += word;
      used = columns_of(word);
      first = false;
    } else if (broke || used + 1 + columns_of(word) > width) {
      lines += '\n' + std::string(indent, ' ') + word;
      used = indent + columns_of(word);
    } else {
      lines += ' ' + word;
      used += 1 + columns_of(word);
    }
    at = end + 1;
  }
  return lines;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) {
    digits.insert(i - 3, 1, ' ');
  }
  return digits;
}

std::string duration(double seconds) {
  constexpr double kMinute = 60;
  constexpr double kHour = 3600;
  constexpr double kDay = 86400;
  if (seconds < 10) {
    return fmt::format("{:.2f} s", seconds);
  }
  if (seconds < kMinute) {
    return fmt::format("{:.1f} s", seconds);
  }
  if (seconds < kHour) {
    const auto whole = static_cast<std::uint64_t>(seconds);
    return fmt::format("{} min {} s", whole / 60, whole % 60);
  }
  if (seconds < 2 * kDay) {
    const auto minutes = static_cast<std::uint64_t>(seconds / kMinute);
    return fmt::format("{} h {} min", minutes / 60, minutes % 60);
  }
  if (seconds < 1000 * kDay) {
    return fmt::format("{:.0f} days", seconds / kDay);
  }
  return "more than 1000 days";
}

std::string byte_size(std::uint64_t bytes) {
  constexpr double kUnit = 1024;
  double value = static_cast<double>(bytes);
  for (const char* unit : {"B", "KiB", "MiB"}) {
    if (value < kUnit) {
      return fmt::format("{:.{}f} {}", value, unit[0] == 'B' ? 0 : 1, unit);
    }
    value /= kUnit;
  }
  return fmt::format("{:.1f} GiB", value);
}

std::string count(std::uint64_t number, const std::string& noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

}  // namespace heddle::internal
