#include "kinds_of_schedules.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <heddle/checker/internal/dependence.h>
#include <heddle/model/kernel.h>

#include "generate.h"

namespace heddle::oracle {

namespace {

using internal::Choice;
using internal::Dependence;
using internal::ExactFootprint;

constexpr std::uint64_t kMany = 1'000'000;
constexpr std::uint64_t kSmallLimit = 100;

std::string name_of(const Kernel& kernel, const Choice& choice) {
  const Event& event = choice.event;
  return fmt::format("{} {} {} {}>{} {} {} {} {} {} {} {} {} {}", static_cast<int>(choice.kind),
                     static_cast<int>(event.kind),
                     event.context == 0 ? "-" : kernel.name(event.context), event.from, event.to,
                     event.index, event.trap, event.failing_send, event.answer, event.silent,
                     event.context, event.trap_after, event.twice, event.again);
}

struct Happened {
  std::string name;
  ExactFootprint footprint;
};

class Naive {
 public:
  Naive(const heddle::System& system, std::size_t schedules_max)
      : kernel_(system), stepper_(kernel_), dependence_(stepper_, claims_), max_(schedules_max) {}

  std::optional<std::size_t> count() {
    do {
      dependence_.start_again();
      kinds_.clear();
      schedules_ = 0;
      explore(kernel_.initial(), false);
    } while (dependence_.grew() && !too_many_);
    return too_many_ ? std::nullopt : std::optional(kinds_.size());
  }

  StateVector perform(StateVector state, const Choice& choice, ExactFootprint& footprint) {
    for (const Event& event : dependence_.events(state, choice)) {
      const Step& step = stepper_.step(state, event);
      dependence_.touch(state, step, footprint);
      for (const auto& [pair, count] : dependence_.asked(step)) {
        slots_[pair] += std::min<std::uint64_t>(count, kMany);
      }
      Stepper::apply(state, step);
    }
    Dependence::seal(choice, footprint);
    return state;
  }

  std::string walk(Random& random, std::size_t& pairs) {
    StateVector state = kernel_.initial();
    std::vector<Choice> choices;
    for (int depth = 0; depth < 60; ++depth) {
      dependence_.enabled(state, choices);
      if (choices.empty()) {
        return {};
      }
      for (const Choice& first : choices) {
        for (const Choice& second : choices) {
          if (first.kind == Choice::Kind::kStop || second.kind == Choice::Kind::kStop) {
            continue;
          }
          const std::string difference = compare(state, first, second, pairs);
          if (!difference.empty()) {
            return difference;
          }
        }
      }
      const Choice& next =
          choices[static_cast<std::size_t>(random.below(static_cast<int>(choices.size())))];
      if (next.kind == Choice::Kind::kStop) {
        return {};
      }
      ExactFootprint footprint;
      state = perform(state, next, footprint);
    }
    return {};
  }

 private:
  bool is_enabled(const StateVector& state, const Choice& choice) {
    std::vector<Choice> choices;
    dependence_.enabled(state, choices);
    return std::ranges::find(choices, choice) != choices.end();
  }

  // Of the pairs of which one comes after the other: do they commute if they do not meet?
  std::string compare(const StateVector& state, const Choice& first, const Choice& second,
                      std::size_t& pairs) {
    ExactFootprint of_first;
    const StateVector between = perform(state, first, of_first);
    ExactFootprint of_second_alone;
    const StateVector other = perform(state, second, of_second_alone);
    // A walk is no whole schedule: small limits are taken to be reached.
    for (auto& [pair, count] : slots_) {
      count = std::min<std::uint64_t>(count, 1) * kSmallLimit;
    }
    dependence_.were_asked(slots_);
    if (dependence_.grew()) {
      dependence_.start_again();
      return compare(state, first, second, pairs);
    }
    if (dependence_.meet(of_first, of_second_alone)) {
      return {};
    }
    ++pairs;
    const auto complaint = [&](const char* what) {
      return fmt::format("{}:\n  {}\n  {}\n", what, name_of(kernel_, first),
                         name_of(kernel_, second));
    };
    if (!is_enabled(between, second) || !is_enabled(other, first)) {
      return complaint("one prevents the other");
    }
    ExactFootprint of_second;
    ExactFootprint of_first_later;
    if (perform(between, second, of_second) != perform(other, first, of_first_later)) {
      return complaint("the order matters");
    }
    if (of_second != of_second_alone || of_first_later != of_first) {
      return complaint("the footprint depends on the order");
    }
    return {};
  }

  void explore(const StateVector& state, bool is_stopped) {
    std::vector<Choice> choices;
    if (!is_stopped) {
      dependence_.enabled(state, choices);
    }
    if (choices.empty()) {
      ++schedules_;
      dependence_.were_asked(slots_);
      too_many_ = too_many_ || schedules_ > max_;
      kinds_.insert(kind());
      return;
    }
    too_many_ = too_many_ || happened_.size() > 60;
    for (const Choice& choice : choices) {
      if (too_many_) {
        return;
      }
      ExactFootprint footprint;
      const auto slots = slots_;
      const StateVector next = perform(state, choice, footprint);
      happened_.push_back({name_of(kernel_, choice), std::move(footprint)});
      explore(next, choice.kind == Choice::Kind::kStop);
      happened_.pop_back();
      slots_ = slots;
    }
  }

  // Foata's normal form: each event as early as what it depends on lets it be.
  [[nodiscard]] std::string kind() const {
    std::vector<std::size_t> levels;
    std::vector<std::string> words;
    for (const Happened& now : happened_) {
      std::size_t level = 0;
      for (std::size_t i = 0; i < levels.size(); ++i) {
        if (levels[i] >= level && dependence_.meet(happened_[i].footprint, now.footprint)) {
          level = levels[i] + 1;
        }
      }
      levels.push_back(level);
      words.push_back(fmt::format("{:03} {}", level, now.name));
    }
    std::ranges::sort(words);
    std::string kind;
    for (const std::string& word : words) {
      kind += word + "\n";
    }
    return kind;
  }

  Kernel kernel_;
  Stepper stepper_;
  Claims claims_;
  Dependence dependence_;
  std::size_t max_;
  std::size_t schedules_ = 0;
  bool too_many_ = false;
  std::map<LeafPosition, std::uint64_t> slots_;  ///< asked for
  std::vector<Happened> happened_;
  std::set<std::string> kinds_;
};

}  // namespace

std::optional<std::size_t> kinds_of_schedules(const heddle::System& system,
                                              std::size_t schedules_max) {
  return Naive(system, schedules_max).count();
}

std::string first_that_do_not_commute(const heddle::System& system, std::size_t walks,
                                      std::size_t& pairs) {
  Random random(1);
  Naive naive(system, 0);
  for (std::size_t i = 0; i < walks; ++i) {
    const std::string difference = naive.walk(random, pairs);
    if (!difference.empty()) {
      return difference;
    }
  }
  return {};
}

}  // namespace heddle::oracle
