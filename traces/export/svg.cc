#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <heddle/traces/export/svg.h>
#include <heddle/traces/internal/happens_before.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/internal/text.h>

namespace heddle {
namespace {

using internal::Precedence;
using internal::StoryLine;
using internal::StoryStep;
using internal::Tone;

// Pixels. Text is monospaced, 12 high; the width is that of a wide such font.
constexpr double kCharacter = 7.3;
constexpr double kLine = 16;
constexpr double kRowPadding = 10;
/// Above the text of a row to which an arrow comes.
constexpr double kArrival = 9;
constexpr double kBar = 12;
constexpr double kSlot = 17;
constexpr double kMargin = 14;
constexpr double kGutter = 34;
/// Columns of text after which a line is broken.
constexpr std::size_t kTextColumns = 48;
constexpr std::size_t kHeadColumns = 110;

constexpr std::string_view kLegend =
    "filled bar: runs; hatched: suspended; arrow: from where it is sent to where it is delivered";

/// Bars of calls that are open together differ; the colours come round.
constexpr std::array<std::string_view, 6> kColours = {"#1d5fa6", "#8a4b00", "#2e6b34",
                                                      "#7b3b8c", "#00686b", "#7a2f45"};

std::string_view colour(Tone tone) {
  switch (tone) {
    case Tone::kQuiet:
      return "#5a5a5a";
    case Tone::kChange:
      return "#0b4a85";
    case Tone::kGood:
      return "#1d5a27";
    case Tone::kBad:
      return "#a8201a";
    case Tone::kFault:
      return "#8a4b00";
    case Tone::kPlain:
    case Tone::kTitle:
      break;
  }
  return "#1b1b1b";
}

double width_of(std::string_view text) {
  return kCharacter * static_cast<double>(internal::display_width(text));
}

/// A piece of a step's text, one line high.
struct TextLine {
  std::string text;
  Tone tone = Tone::kPlain;
  std::string place;
  std::string mark;
  std::string user;

  [[nodiscard]] double width() const {
    return width_of(text) + (place.empty() ? 0 : width_of(place) + 8) +
           (mark.empty() ? 0 : width_of(mark) + 8);
  }
};

struct Row {
  double top = 0;
  double height = 0;
  double text_top = 0;
  std::vector<TextLine> lines;

  [[nodiscard]] double bottom() const { return top + height; }

  /// The middle of a line of its text.
  [[nodiscard]] double middle(std::size_t line) const {
    return text_top + kLine * static_cast<double>(line) + kLine / 2 - 1;
  }
};

/// A call from its start to its end, in its canister's column.
struct Bar {
  std::size_t lane = 0;
  std::size_t slot = 0;
  std::size_t first = 0;  ///< rows
  std::size_t last = 0;
  bool ends = false;
  std::vector<std::size_t> runs{};  ///< rows in which code runs
};

struct Lane {
  std::string name;
  double left = 0;
  double width = 0;
  std::vector<std::optional<std::string>> slots{};  ///< the open call in each, while it is laid out
  double text_width = 0;

  [[nodiscard]] double text_left() const {
    return left + 8 + kSlot * static_cast<double>(slots.size());
  }
};

class Picture {
 public:
  explicit Picture(const Trace& trace)
      : trace_(trace), story_(trace, false), order_(internal::happens_before(trace)) {}

  std::string draw() {
    lay_out_head();
    lay_out_lanes();
    lay_out_rows();
    place_lanes();
    draw_rows();
    draw_bars();
    draw_messages();
    draw_texts();
    return document();
  }

 private:
  // ---- Where things are.

  void lay_out_head() {
    const std::string what =
        trace_.property.empty()
            ? trace_.scenario
            : fmt::format("{} {} in {}", trace_.verdict, trace_.property, trace_.scenario);
    head_ = internal::wrapped(internal::printable(what, false), kHeadColumns, 2);
    std::istringstream why(trace_.why);
    for (std::string line; std::getline(why, line);) {
      for (std::string& part :
           internal::wrapped(internal::printable(line, false), kHeadColumns, 2)) {
        head_.push_back(std::move(part));
      }
    }
    rows_top_ = kMargin + kLine * static_cast<double>(head_.size() + 2) + kRowPadding;
  }

  /// A lane for each canister in which something happens, and a first one for what is in none.
  void lay_out_lanes() {
    std::map<std::string, bool> active;
    for (const TraceStep& step : trace_.steps) {
      active[step.lane] = true;
    }
    lanes_.push_back({.name = ""});
    for (const std::string& canister : trace_.canisters) {
      if (active.contains(canister) && lane_numbers_.try_emplace(canister, lanes_.size()).second) {
        lanes_.push_back({.name = internal::printable(canister, false)});
      }
    }
  }

  std::size_t lane_of(const TraceStep& step) const {
    const auto found = lane_numbers_.find(step.lane);
    return found == lane_numbers_.end() ? 0 : found->second;
  }

  static bool is_message(const Precedence& precedence) {
    return precedence.why == Precedence::Why::kRequest ||
           precedence.why == Precedence::Why::kResponse;
  }

  void lay_out_rows() {
    std::vector<bool> receives(trace_.steps.size(), false);
    for (const Precedence& precedence : order_) {
      receives[precedence.to] = receives[precedence.to] || is_message(precedence);
    }
    double top = rows_top_;
    for (std::size_t i = 0; i < story_.steps().size(); ++i) {
      const StoryStep& told = story_.steps()[i];
      Row row;
      row.top = top;
      for (const StoryLine& line : told.lines) {
        add_lines(line, row);
      }
      Lane& lane = lanes_[lane_of(*told.step)];
      for (const TextLine& line : row.lines) {
        lane.text_width = std::max(lane.text_width, line.width());
        users_width_ = std::max(users_width_, width_of(line.user));
      }
      row.text_top = top + kRowPadding / 2 + (receives[i] ? kArrival : 0);
      row.height = row.text_top - top + kRowPadding / 2 +
                   kLine * static_cast<double>(std::max<std::size_t>(row.lines.size(), 1));
      top = row.bottom();
      rows_.push_back(std::move(row));
      lay_out_bar(*told.step, i);
    }
    bottom_ = top + kRowPadding;
  }

  static void add_lines(const StoryLine& line, Row& row) {
    std::vector<std::string> parts = internal::wrapped(line.text, kTextColumns, 2);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool is_last = i + 1 == parts.size();
      row.lines.push_back({.text = std::move(parts[i]),
                           .tone = line.tone,
                           .place = is_last ? line.place : "",
                           .mark = is_last ? line.mark : "",
                           .user = i == 0 ? line.user : ""});
    }
  }

  /// The bar of the step's call goes on to this row, or begins there.
  void lay_out_bar(const TraceStep& step, std::size_t row) {
    if (step.ran != "code" || step.call.empty()) {
      return;
    }
    const auto [open, starts] = open_.try_emplace(step.call, bars_.size());
    if (starts) {
      std::vector<std::optional<std::string>>& slots = lanes_[lane_of(step)].slots;
      auto slot = std::find(slots.begin(), slots.end(), std::nullopt);
      if (slot == slots.end()) {
        slot = slots.insert(slots.end(), std::nullopt);
      }
      *slot = step.call;
      bars_.push_back({.lane = lane_of(step),
                       .slot = static_cast<std::size_t>(slot - slots.begin()),
                       .first = row,
                       .last = row});
    }
    Bar& bar = bars_[open->second];
    bar.last = row;
    bar.runs.push_back(row);
    bar_of_row_[row] = open->second;
    if (step.ended != "suspended") {
      bar.ends = true;
      lanes_[bar.lane].slots[bar.slot].reset();
      open_.erase(open);
    }
  }

  void place_lanes() {
    double left = kMargin + kGutter + users_width_ + (users_width_ > 0 ? 30 : 0);
    users_right_ = kMargin + kGutter + users_width_ + 6;
    for (Lane& lane : lanes_) {
      lane.left = left;
      const double name_width = width_of(lane.name) + 8;
      const double text_width =
          8 + kSlot * static_cast<double>(lane.slots.size()) + lane.text_width + 24;
      const bool is_empty = lane.name.empty() && lane.text_width == 0;
      lane.width = is_empty ? 0 : std::max(name_width, text_width);
      left += lane.width;
    }
    double head_width = 0;
    for (const std::string& line : head_) {
      head_width = std::max(head_width, width_of(line) * 1.1);
    }
    width_ = std::max({left, head_width + kMargin, width_of(kLegend) + kMargin}) + kMargin;
  }

  double bar_left(const Bar& bar) const {
    return lanes_[bar.lane].left + 8 + kSlot * static_cast<double>(bar.slot);
  }

  /// What of a lane a message of this row leaves from or goes to: its left and right edge.
  std::pair<double, double> edges(std::size_t row) const {
    if (const auto bar = bar_of_row_.find(row); bar != bar_of_row_.end()) {
      const double left = bar_left(bars_[bar->second]);
      return {left, left + kBar};
    }
    const double left = lanes_[lane_of(trace_.steps[row])].left + 8;
    return {left, left};
  }

  // ---- What is drawn.

  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    out_ += fmt::format(format, std::forward<Arguments>(arguments)...);
    out_ += '\n';
  }

  void text(double x, double y, std::string_view words, std::string_view fill,
            std::string_view more = "") {
    if (!words.empty()) {
      add(R"(<text x="{:.1f}" y="{:.1f}" fill="{}"{}{}>{}</text>)", x, y, fill,
          more.empty() ? "" : " ", more, internal::in_markup(words));
    }
  }

  void draw_rows() {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const bool violates =
          !trace_.property.empty() && trace_.steps[i].number == trace_.violated_step;
      if (violates || trace_.steps[i].is_fault) {
        add(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>)", kMargin,
            rows_[i].top, width_ - 2 * kMargin, rows_[i].height, violates ? "#fdecea" : "#fdf3e3");
      }
      add(R"(<path class="rule" d="M{:.1f} {:.1f}H{:.1f}"/>)", kMargin, rows_[i].top,
          width_ - kMargin);
    }
    for (const Lane& lane : lanes_) {
      if (lane.width > 0 && !lane.name.empty()) {
        add(R"(<path class="lane" d="M{:.1f} {:.1f}V{:.1f}"/>)", lane.left, rows_top_ - kLine - 6,
            bottom_);
      }
    }
  }

  void draw_bars() {
    for (std::size_t i = 0; i < bars_.size(); ++i) {
      const Bar& bar = bars_[i];
      const std::size_t tint = i % kColours.size();
      const double left = bar_left(bar);
      const double top = rows_[bar.first].top + 3;
      const double end = bar.ends ? rows_[bar.last].bottom() - 3 : bottom_;
      add(R"-(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="url(#suspended{})" )-"
          R"(stroke="{}"/>)",
          left, top, kBar, end - top, tint, kColours.at(tint));
      for (const std::size_t row : bar.runs) {
        add(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>)", left,
            rows_[row].top + 3, kBar, rows_[row].height - 6, kColours.at(tint));
      }
    }
  }

  void draw_messages() {
    for (const Precedence& precedence : order_) {
      if (is_message(precedence)) {
        draw_arrow(precedence.from, precedence.to, precedence.why == Precedence::Why::kResponse);
      }
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      for (std::size_t line = 0; line < rows_[i].lines.size(); ++line) {
        if (!rows_[i].lines[line].user.empty()) {
          draw_user_arrow(i, line);
        }
      }
    }
  }

  /// Between a user and the bar of the call; only the first line can tell that it starts.
  void draw_user_arrow(std::size_t row, std::size_t line) {
    const double left = edges(row).first;
    const double y = rows_[row].middle(line);
    if (line == 0 && trace_.steps[row].kind == EventKind::kStartIngress) {
      add(R"(<path class="message" d="M{:.1f} {:.1f}H{:.1f}"/>)", users_right_, y, left - 2);
    } else {
      add(R"(<path class="message response" d="M{:.1f} {:.1f}H{:.1f}"/>)", left - 2, y,
          users_right_);
    }
  }

  void draw_arrow(std::size_t from, std::size_t to, bool is_response) {
    const auto [from_left, from_right] = edges(from);
    const auto [to_left, to_right] = edges(to);
    const double from_y = rows_[from].bottom() - 3;
    const double to_y = rows_[to].top + 8;
    const std::string_view kind = is_response ? "message response" : "message";
    if (lane_of(trace_.steps[from]) == lane_of(trace_.steps[to])) {
      // Around the bars, on their left.
      const double x = std::min(from_left, to_left) - 12;
      add(R"(<path class="{}" d="M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}"/>)",
          kind, from_left, from_y, x, from_y, x, to_y, to_left - 2, to_y);
      return;
    }
    const bool to_the_right = to_left > from_left;
    add(R"(<path class="{}" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>)", kind,
        to_the_right ? from_right : from_left, from_y, to_the_right ? to_left - 2 : to_right + 2,
        to_y);
  }

  void draw_texts() {
    double y = kMargin + kLine;
    for (std::size_t i = 0; i < head_.size(); ++i) {
      text(kMargin, y, head_[i],
           colour(i == 0 && !trace_.property.empty() ? Tone::kBad : Tone::kPlain),
           i == 0 ? R"(font-weight="bold")" : "");
      y += kLine;
    }
    const double names = rows_top_ - 8;
    if (users_width_ > 0) {
      text(kMargin + kGutter, names, "users", colour(Tone::kPlain), R"(font-weight="bold")");
    }
    for (const Lane& lane : lanes_) {
      text(lane.left + 8, names, lane.name, colour(Tone::kPlain), R"(font-weight="bold")");
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      draw_row_text(i);
    }
    if (!bars_.empty()) {
      text(kMargin, bottom_ + kLine, kLegend, colour(Tone::kQuiet));
    }
  }

  void draw_row_text(std::size_t i) {
    const Lane& lane = lanes_[lane_of(trace_.steps[i])];
    double y = rows_[i].text_top + 11;
    text(kMargin, y, std::to_string(trace_.steps[i].number), colour(Tone::kQuiet));
    for (const TextLine& line : rows_[i].lines) {
      text(kMargin + kGutter, y, line.user, colour(Tone::kPlain));
      text(lane.text_left(), y, line.text, colour(line.tone));
      double x = lane.text_left() + width_of(line.text) + 8;
      text(x, y, line.place, colour(Tone::kQuiet));
      x += line.place.empty() ? 0 : width_of(line.place) + 8;
      text(x, y, line.mark, colour(Tone::kBad), R"(font-weight="bold")");
      y += kLine;
    }
  }

  std::string document() const {
    const double height = bottom_ + kLine + kMargin;
    std::string hatches;
    for (std::size_t i = 0; i < std::min(kColours.size(), bars_.size()); ++i) {
      hatches += fmt::format(
          R"(<pattern id="suspended{0}" width="5" height="5" patternUnits="userSpaceOnUse" )"
          R"-(patternTransform="rotate(45)"><rect width="5" height="5" fill="white"/>)-"
          R"(<rect width="1.6" height="5" fill="{1}"/></pattern>)"
          "\n",
          i, kColours.at(i));
    }
    return fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}" )"
        R"(viewBox="0 0 {0:.0f} {1:.0f}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" )"
        R"(font-size="12" role="img" xml:space="preserve">)"
        "\n<title>{2}</title>\n<defs>\n{3}"
        R"(<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" )"
        R"(orient="auto"><path d="M0 0.5L8 4L0 7.5z" fill="#444"/></marker>)"
        "\n<style>.message {{fill: none; stroke: #444; stroke-width: 1.2; marker-end: url(#head)}} "
        ".response {{stroke-dasharray: 5 3}} .rule {{stroke: #ececec}} .lane {{stroke: #c8c8c8}} "
        "text {{paint-order: stroke; stroke: white; stroke-width: 3px; "
        "stroke-linejoin: round}}</style>\n</defs>\n"
        R"(<rect width="100%" height="100%" fill="white"/>)"
        "\n{4}</svg>\n",
        std::ceil(width_), std::ceil(height),
        internal::in_markup(head_.empty() ? std::string() : head_.front()), hatches, out_);
  }

  const Trace& trace_;
  internal::Story story_;
  std::vector<Precedence> order_;
  std::vector<std::string> head_;
  std::vector<Lane> lanes_;
  std::map<std::string, std::size_t> lane_numbers_;
  std::vector<Row> rows_;
  std::vector<Bar> bars_;
  std::map<std::string, std::size_t> open_;  ///< call to bar, while it is laid out
  std::map<std::size_t, std::size_t> bar_of_row_;
  double rows_top_ = 0;
  double bottom_ = 0;
  double width_ = 0;
  double users_width_ = 0;
  double users_right_ = 0;
  std::string out_;
};

}  // namespace

std::string to_svg(const Trace& trace) {
  return Picture(trace).draw();
}

}  // namespace heddle
