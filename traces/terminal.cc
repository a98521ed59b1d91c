#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <heddle/traces/internal/explanation.h>
#include <heddle/traces/internal/painter.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/internal/text.h>
#include <heddle/traces/terminal.h>

namespace heddle {
namespace {

using internal::display_width;
using internal::elided;
using internal::padded;
using internal::Painter;
using internal::Story;
using internal::StoryLine;
using internal::StoryStep;
using internal::Symbols;
using internal::Tone;
using internal::wrapped;

/// Columns for text below which a canister's column is no longer worth having.
constexpr std::size_t kLaneTextMin = 22;
/// Bars side by side in one column; more calls than that are open only in runs of alike calls.
constexpr std::size_t kBarsMax = 6;
/// Lines that one line of the story may be wrapped into; the rest of a long value is cut.
constexpr std::size_t kWrapMax = 3;
constexpr std::size_t kUsersMin = 5;
constexpr std::size_t kUsersMax = 18;

/// The calls that are open at a canister, each in a bar of its own.
class Bars {
 public:
  /// The bar of `call`, which it gets when it has none.
  std::size_t slot(const std::string& call) {
    std::size_t free = calls_.size();
    for (std::size_t i = calls_.size(); i-- > 0;) {
      if (calls_[i] == call) {
        return i;
      }
      if (calls_[i].empty()) {
        free = i;
      }
    }
    if (free == calls_.size()) {
      calls_.emplace_back();
    }
    calls_[free] = call;
    return free;
  }

  void release(const std::string& call) {
    std::replace(calls_.begin(), calls_.end(), call, std::string());
  }

  [[nodiscard]] const std::vector<std::string>& calls() const { return calls_; }

 private:
  std::vector<std::string> calls_;
};

/// One canister's column.
struct Lane {
  std::string name;
  Bars bars;
  std::size_t bar_columns = 0;   ///< the most bars at once
  std::size_t text_natural = 0;  ///< columns that its widest text would take
  std::size_t width = 0;
};

class Columns {
 public:
  Columns(const Trace& trace, const TextOptions& options)
      : trace_(trace),
        width_(text_width(options)),
        lines_max_(options.lines_max),
        symbols_(internal::symbols(options.ascii)),
        painter_(options.color),
        story_(trace, options.ascii) {}

  std::string render() {
    std::vector<std::string> head = internal::header(trace_, width_, symbols_, painter_);
    const std::vector<std::string> tail =
        internal::explanation(trace_, story_, width_, symbols_, painter_);
    for (std::string& line : legend()) {
      head.push_back(std::move(line));
    }
    steps_ = story_.steps();
    std::vector<std::string> body;
    if (!steps_.empty()) {
      head.emplace_back();
      const std::size_t others = head.size() + tail.size();
      body = lay_out();
      if (lines_max_ != 0 && body.size() + others > lines_max_) {
        join_lines();
        body = lay_out();
        if (body.size() + others > lines_max_) {
          leave_out(body.size() + others - lines_max_);
          body = lay_out();
        }
      }
    }
    std::string text;
    for (const std::vector<std::string>* part :
         {&std::as_const(head), &std::as_const(body), &tail}) {
      for (const std::string& line : *part) {
        text += line;
        text += '\n';
      }
    }
    return text;
  }

 private:
  /// What the signs stand for, of those that occur.
  std::vector<std::string> legend() const {
    std::vector<std::string> lines;
    std::string line;
    const auto explain = [&](std::string_view sign, std::string_view meaning, auto occurs) {
      if (std::none_of(trace_.steps.begin(), trace_.steps.end(), occurs)) {
        return;
      }
      const std::string text = fmt::format("  {} {}", sign, meaning);
      if (display_width(line) + 1 + display_width(text) > width_) {
        lines.push_back(painter_.paint(line, Tone::kQuiet));
        line.clear();
      }
      line += (line.empty() ? "" : " ") + text;
    };
    using Step = TraceStep;
    explain(symbols_.runs, "runs", [](const Step& s) { return s.ran == "code"; });
    explain(symbols_.suspended, "suspended", [](const Step& s) { return s.ended == "suspended"; });
    explain(symbols_.sends, "sends", [](const Step& s) { return !s.sends.empty(); });
    explain(symbols_.receives, "answered",
            [](const Step& s) { return s.kind == EventKind::kDeliver; });
    explain(symbols_.commits, "commits", [](const Step& s) { return s.committed; });
    explain(symbols_.rolls_back, "rolls back", [](const Step& s) { return s.rolled_back; });
    if (!line.empty()) {
      lines.push_back(painter_.paint(line, Tone::kQuiet));
    }
    return lines;
  }

  // The columns.

  Lane* lane_of(const StoryStep& step) {
    const auto found = std::find_if(lanes_.begin(), lanes_.end(),
                                    [&](const Lane& lane) { return lane.name == step.step->lane; });
    return found == lanes_.end() ? nullptr : &*found;
  }

  /// A lane for each canister where something happens, as wide as its text would like.
  void make_lanes() {
    lanes_.clear();
    std::set<std::string> active;
    for (const StoryStep& step : steps_) {
      active.insert(step.step->lane);
    }
    for (const std::string& canister : trace_.canisters) {
      if (active.contains(canister)) {
        lanes_.emplace_back().name = canister;
      }
    }
    users_width_ = kUsersMin;
    for (const StoryStep& step : steps_) {
      if (Lane* lane = lane_of(step); lane != nullptr) {
        for (const StoryLine& line : step.lines) {
          lane->text_natural = std::max(lane->text_natural, display_width(full_text(line, true)));
          users_width_ = std::max(users_width_, display_width(line.user));
        }
        open_bar(*lane, step);
        lane->bar_columns =
            std::max(lane->bar_columns, std::min(lane->bars.calls().size(), kBarsMax));
        close_bar(*lane, step);
      }
    }
    users_width_ = std::min(users_width_, kUsersMax);
    number_width_ = std::max<std::size_t>(2, std::to_string(steps_.size()).size());
    share_width();
    for (Lane& lane : lanes_) {
      lane.bars = {};
    }
  }

  /// Gives each lane what it would like, or, where that is too much, cuts the widest to one size.
  void share_width() {
    const std::size_t gap = 3;
    const std::size_t fixed = 1 + number_width_ + gap + users_width_ + gap * lanes_.size();
    std::vector<std::size_t> wishes;
    for (const Lane& lane : lanes_) {
      wishes.push_back(std::max(display_width(lane.name), bars_width(lane) + lane.text_natural));
    }
    const auto taken = [&](std::size_t cap) {
      std::size_t sum = fixed;
      for (const std::size_t wish : wishes) {
        sum += std::min(wish, cap);
      }
      return sum;
    };
    std::size_t cap = width_;
    while (cap > 0 && taken(cap) > width_) {
      --cap;
    }
    in_columns_ = true;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      lanes_[i].width = std::min(wishes[i], cap);
      in_columns_ = in_columns_ && (lanes_[i].width == wishes[i] ||
                                    lanes_[i].width >= bars_width(lanes_[i]) + kLaneTextMin);
    }
    if (!in_columns_) {
      share_beside();
    }
  }

  /// Lanes as wide as their bars and, as far as that goes, names; all else is for the text.
  void share_beside() {
    constexpr std::size_t kGap = 3;
    in_columns_ = false;
    std::size_t used = 1 + number_width_ + kGap;
    const std::size_t names_max =
        std::max<std::size_t>(1, (width_ / 2 - used) / std::max<std::size_t>(1, lanes_.size()));
    for (Lane& lane : lanes_) {
      const std::size_t name =
          std::min(display_width(lane.name), names_max > kGap ? names_max - kGap : std::size_t{1});
      lane.width = std::max(name, lane.bar_columns);
      used += lane.width + kGap;
    }
    text_width_ = width_ > used + kLaneTextMin ? width_ - used : kLaneTextMin;
    std::size_t natural = kLaneTextMin;
    for (const StoryStep& step : steps_) {
      for (std::size_t i = 0; i < step.lines.size(); ++i) {
        natural = std::max(natural, display_width(full_text(beside(step, i), true)));
      }
    }
    text_width_ = std::min(text_width_, natural);
  }

  static std::size_t bars_width(const Lane& lane) {
    return lane.bar_columns == 0 ? 0 : lane.bar_columns + 1;
  }

  /// Gives the step's call a bar, if it has not one already, before the step is shown ...
  static void open_bar(Lane& lane, const StoryStep& step) {
    if (step.runs) {
      lane.bars.slot(step.step->call);
    }
  }

  /// ... and takes it away behind the step when no code of the call is left.
  static void close_bar(Lane& lane, const StoryStep& step) {
    if (step.runs && step.step->ended != "suspended") {
      lane.bars.release(step.step->call);
    }
  }

  // The text.

  static std::string full_text(const StoryLine& line, bool with_place) {
    std::string text = line.text;
    if (!line.mark.empty()) {
      text += " " + line.mark;
    }
    if (with_place && !line.place.empty()) {
      text += "  " + line.place;
    }
    return text;
  }

  /// A line as it reads outside its column: with the canister where the step begins, and with the
  /// user where one is answered.
  StoryLine beside(const StoryStep& step, std::size_t number) const {
    StoryLine line = step.lines[number];
    if (number == 0 && !step.step->lane.empty() && lanes_.size() > 1) {
      line.text =
          fmt::format("{}: {}", internal::printable(step.step->lane, symbols_.ascii), line.text);
    } else if (number > 0 && !line.user.empty()) {
      const std::size_t name = line.user.find(' ') + 1;
      line.text += fmt::format(" to {}", line.user.substr(name, line.user.find('#') - name));
    }
    return line;
  }

  /// One line a step.
  void join_lines() {
    for (StoryStep& step : steps_) {
      StoryLine joined = step.lines.front();
      joined.text = full_text(joined, false);
      joined.mark.clear();
      joined.place.clear();
      for (std::size_t i = 1; i < step.lines.size(); ++i) {
        joined.text += "; " + full_text(step.lines[i], false);
        if (joined.user.empty()) {
          joined.user = step.lines[i].user;
        }
      }
      step.lines = {joined};
    }
  }

  /// Leaves out steps in the middle, those of races and faults never: as many as save `excess`
  /// lines, and where that is most of them, all.
  void leave_out(std::size_t excess) {
    constexpr std::size_t kFirst = 6;
    constexpr std::size_t kLast = 10;
    const bool all = 2 * excess > steps_.size();
    std::size_t saved = 0;
    left_out_.assign(steps_.size(), false);
    for (std::size_t i = kFirst; i + kLast < steps_.size() && (all || saved < excess); ++i) {
      if (!steps_[i].essential) {
        left_out_[i] = true;
        saved += lines_of_[i];
        // Each gap costs a line that says so.
        excess += left_out_[i - 1] ? 0 : 1;
      }
    }
  }

  /// The steps in columns of text; with only bars in columns and the text beside them where columns
  /// are too narrow for it, or would make the view much longer.
  std::vector<std::string> lay_out() {
    constexpr double kMuchLonger = 1.3;
    make_lanes();
    if (!in_columns_) {
      return draw();
    }
    std::vector<std::string> columns = draw();
    const std::vector<std::size_t> lines_of = lines_of_;
    share_beside();
    std::vector<std::string> beside = draw();
    if (static_cast<double>(columns.size()) > kMuchLonger * static_cast<double>(beside.size())) {
      return beside;
    }
    lines_of_ = lines_of;
    return columns;
  }

  std::vector<std::string> draw() {
    for (Lane& lane : lanes_) {
      lane.bars = {};
    }
    out_.clear();
    lines_of_.assign(steps_.size(), 0);
    head_row();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const StoryStep& step = steps_[i];
      const std::size_t before = out_.size();
      Lane* lane = lane_of(step);
      if (lane != nullptr) {
        open_bar(*lane, step);
      }
      if (i < left_out_.size() && left_out_[i]) {
        if (i == 0 || !left_out_[i - 1]) {
          gap_row(i);
        }
      } else {
        rows(step, lane);
      }
      lines_of_[i] = out_.size() - before;
      if (lane != nullptr) {
        close_bar(*lane, step);
      }
    }
    return std::move(out_);
  }

  // The rows.

  std::string separator() const {
    return painter_.paint(fmt::format(" {} ", symbols_.column), Tone::kQuiet);
  }

  void push(std::string row) {
    row.erase(row.find_last_not_of(' ') + 1);
    out_.push_back(std::move(row));
  }

  void head_row() {
    std::string names = std::string(1 + number_width_, ' ');
    std::string rule;
    const auto repeat = [&](std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) {
        rule += symbols_.rule;
      }
    };
    repeat(2 + number_width_);
    const auto column = [&](const std::string& name, std::size_t width) {
      names += separator() + painter_.paint(padded(elided(name, width, ""), width), Tone::kTitle);
      rule += symbols_.crossing;
      repeat(width + 2);
    };
    if (in_columns_) {
      column("users", users_width_);
    }
    const std::vector<std::string> titles = lane_titles();
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      column(titles[i], lanes_[i].width);
    }
    if (!in_columns_) {
      column("what happens", text_width_ > 2 ? text_width_ - 1 : text_width_);
    }
    push(std::move(names));
    while (display_width(rule) > width_) {
      rule.resize(rule.size() - symbols_.rule.size());
    }
    out_.push_back(painter_.paint(rule, Tone::kQuiet));
  }

  /// The canisters' names, cut to the lanes: at the end, or where that makes two alike, at the
  /// start.
  std::vector<std::string> lane_titles() const {
    std::vector<std::string> titles;
    std::set<std::string> different;
    for (const Lane& lane : lanes_) {
      titles.push_back(elided(internal::printable(lane.name, symbols_.ascii), lane.width, ""));
      different.insert(titles.back());
    }
    if (different.size() < lanes_.size()) {
      for (std::size_t i = 0; i < lanes_.size(); ++i) {
        const std::string name = internal::printable(lanes_[i].name, true);
        titles[i] = name.substr(name.size() - std::min(name.size(), lanes_[i].width));
      }
    }
    return titles;
  }

  /// The bars of a lane; the one of `running` is solid.
  std::string bars(const Lane& lane, const std::string& running) const {
    std::string text;
    const std::vector<std::string>& calls = lane.bars.calls();
    for (std::size_t i = 0; i < lane.bar_columns; ++i) {
      const bool more = i + 1 == kBarsMax && calls.size() > kBarsMax;
      if (more) {
        text += painter_.bar("+", i);
      } else if (i >= calls.size() || calls[i].empty()) {
        text += ' ';
      } else {
        text += painter_.bar(calls[i] == running ? symbols_.runs : symbols_.suspended, i);
      }
    }
    return text;
  }

  std::string row_start(const std::string& number) const {
    return fmt::format(" {:>{}}", number, number_width_);
  }

  void gap_row(std::size_t first) {
    std::size_t last = first;
    while (last + 1 < steps_.size() && left_out_[last + 1]) {
      ++last;
    }
    const std::string text = fmt::format("{} steps {} to {} are left out here; the JSON has them",
                                         symbols_.more, first + 1, last + 1);
    push(row_start("") + separator() +
         painter_.paint(elided(text, width_ - number_width_ - 4, symbols_.ellipsis), Tone::kQuiet));
  }

  void rows(const StoryStep& step, const Lane* lane) {
    std::string number = std::to_string(step.step->number);
    for (std::size_t i = 0; i < step.lines.size(); ++i) {
      const StoryLine line = in_columns_ ? step.lines[i] : beside(step, i);
      if (lane == nullptr) {
        // Nothing that happens at a canister: the whole row says it.
        for (const std::string& text : cut(full_text(line, false), width_ - number_width_ - 5)) {
          push(row_start(std::exchange(number, {})) + separator() +
               painter_.paint(text, line.tone));
        }
        continue;
      }
      const std::string running = step.runs ? step.step->call : std::string();
      const std::size_t room = in_columns_ ? lane->width - bars_width(*lane) : text_width_;
      std::string user = line.user;
      for (const std::string& text : cell(line, room)) {
        row(std::exchange(number, {}), std::exchange(user, {}), *lane, running, text);
      }
    }
  }

  void row(const std::string& number, const std::string& user, const Lane& active,
           const std::string& running, const std::string& text) {
    std::string line = row_start(number);
    if (in_columns_) {
      line += separator() + padded(elided(user, users_width_, symbols_.ellipsis), users_width_);
    }
    for (const Lane& lane : lanes_) {
      line += separator() + bars(lane, &lane == &active ? running : std::string());
      std::size_t used = lane.bar_columns;
      if (in_columns_ && &lane == &active) {
        line += (bars_width(lane) > 0 ? " " : "") + text;
        // Lanes to the right have to line up; the cell is padded already.
        used = lane.width;
      }
      line.append(lane.width - used, ' ');
    }
    if (!in_columns_) {
      line += separator() + text;
    }
    push(std::move(line));
  }

  /// At most `kWrapMax` lines of text.
  std::vector<std::string> cut(const std::string& text, std::size_t room) const {
    std::vector<std::string> lines = wrapped(text, room, 2);
    if (lines.size() > kWrapMax) {
      const std::string& next = lines[kWrapMax];
      std::string last = fmt::format("{} {}", lines[kWrapMax - 1],
                                     std::string_view(next).substr(next.find_first_not_of(' ')));
      lines.resize(kWrapMax);
      const std::string cut_mark(symbols_.ellipsis);
      last = elided(last, room - display_width(cut_mark), "");
      lines.back() = last + cut_mark;
    }
    return lines;
  }

  /// A line of the story in `room` columns: painted, padded, with its place at the right where that
  /// costs no line.
  std::vector<std::string> cell(const StoryLine& line, std::size_t room) const {
    std::vector<std::string> lines = cut(full_text(line, false), room);
    const std::size_t used = display_width(lines.back());
    const std::size_t place = display_width(line.place);
    const bool has_place = place > 0 && used + 2 + place <= room;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const bool last = i + 1 == lines.size();
      const std::size_t text_room = has_place && last ? room - place : room;
      std::string painted = paint_marked(padded(lines[i], text_room), line);
      if (has_place && last) {
        painted += painter_.paint(line.place, Tone::kQuiet);
      }
      lines[i] = std::move(painted);
    }
    return lines;
  }

  /// The text in its tone, its mark in that of an alarm.
  std::string paint_marked(const std::string& text, const StoryLine& line) const {
    const std::size_t at = line.mark.empty() ? std::string::npos : text.rfind(line.mark);
    if (at == std::string::npos) {
      return painter_.paint(text, line.tone);
    }
    return painter_.paint(text.substr(0, at), line.tone) + painter_.paint(line.mark, Tone::kBad) +
           text.substr(at + line.mark.size());
  }

  const Trace& trace_;
  std::size_t width_;
  std::size_t lines_max_;
  const Symbols& symbols_;
  Painter painter_;
  Story story_;
  std::vector<StoryStep> steps_;
  std::vector<Lane> lanes_;
  std::vector<bool> left_out_;
  std::vector<std::size_t> lines_of_;
  std::vector<std::string> out_;
  std::size_t users_width_ = 0;
  std::size_t number_width_ = 2;
  std::size_t text_width_ = 0;  ///< of the text column where lanes hold bars only
  bool in_columns_ = true;
};

}  // namespace

std::string to_terminal(const Trace& trace, const TextOptions& options) {
  return Columns(trace, options).render();
}

}  // namespace heddle
