// A trace as lines of text, before any layout: what each step says, in the order in which it
// happened, and which of it belongs to a race.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <heddle/traces/trace.h>

namespace heddle::internal {

/// The signs that views are made of.
struct Symbols {
  std::string_view runs, suspended;
  std::string_view sends, receives;
  std::string_view commits, rolls_back;
  std::string_view column, rule, crossing;
  std::string_view ellipsis, dot, more;
  bool ascii = false;
};

const Symbols& symbols(bool ascii);

/// What a line is about; becomes a colour where there are colours.
enum class Tone : std::uint8_t { kPlain, kQuiet, kTitle, kChange, kGood, kBad, kFault };

struct StoryLine {
  std::string text{};
  Tone tone = Tone::kPlain;
  std::string mark{};   ///< "(a)": part of a race
  std::string place{};  ///< "bank.cc:14"
  std::string user{};   ///< what the users' column says beside it: "alice#1 →"
};

struct StoryStep {
  const TraceStep* step = nullptr;
  std::vector<StoryLine> lines;
  bool runs = false;       ///< code of the call ran
  bool essential = false;  ///< part of a race, a fault or a trap: never left out
};

/// One of the three moments of a race, with the letter that marks it.
struct RaceMoment {
  std::string mark;
  std::uint64_t step = 0;
  std::string said;  ///< "bob#1 reads bank.balance"
  SourcePlace place;
};

/// The story of a whole trace.
class Story {
 public:
  Story(const Trace& trace, bool ascii);

  [[nodiscard]] const std::vector<StoryStep>& steps() const { return steps_; }

  /// Of the i-th race of the trace, in the order in which they happened.
  [[nodiscard]] std::vector<RaceMoment> moments(std::size_t race) const;

  /// Races that are marked, from the first on; the others are only counted.
  static constexpr std::size_t kRacesShown = 3;

 private:
  /// What of a step a mark stands at.
  enum class Part : std::uint8_t { kTold, kWritten, kSent, kStart };
  using Moment = std::tuple<std::uint64_t, Part, std::string>;

  void mark_races();
  std::string mark_at(const Moment& moment) const;
  StoryStep tell(const TraceStep& step) const;
  void tell_event(const TraceStep& step, std::vector<StoryLine>& lines) const;
  void tell_code(const TraceStep& step, std::vector<StoryLine>& lines) const;
  void tell_sends(const TraceStep& step, std::vector<StoryLine>& lines) const;
  void tell_change(const TraceStep& step, const std::string& variable, const SourcePlace& place,
                   std::vector<StoryLine>& lines) const;
  void tell_end(const TraceStep& step, std::vector<StoryLine>& lines) const;
  void tell_responses(const TraceStep& step, std::vector<StoryLine>& lines) const;
  Moment moment_of(const Race& race, int which) const;
  const TraceStep* step_at(std::uint64_t number) const;

  const Trace& trace_;
  const Symbols& symbols_;
  std::set<std::string> deferreds_;  ///< calls that are no messages
  std::map<Moment, std::string> marks_;
  std::vector<StoryStep> steps_;
};

/// "bank.cc:14", "" when unknown. With `whole_path` the folder too.
std::string to_text(const SourcePlace& place, bool whole_path);

/// "bank.balance" of canister bank is "balance" in bank's own column.
std::string without_canister(std::string_view variable, std::string_view canister);

}  // namespace heddle::internal
