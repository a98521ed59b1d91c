// Delay bounding: Michael Emmi, Shaz Qadeer, Zvonimir Rakamaric, 'Delay-Bounded Scheduling', POPL
// 2011.
//
// A deterministic scheduler runs, and at most K times the task that it would run next is delayed:
// it has to wait until all others had their turn. Few delays reach most bugs, and with K fixed the
// schedules are polynomially many.
//
// Where we differ:
//   - The deterministic scheduler serves everything in the order of its arrival (in_order.cc), as
//     the Internet Computer mostly does. The head of a queue holds up what stands behind it [P3].
//   - What is delayed goes to the end of that order or, with probability 1/2, further: behind as
//     many things that are yet to come as are drawn, below k. Where few messages are on their way,
//     the end of the order is only one step off.
//   - The delays are drawn, not enumerated: each schedule draws their number from 1 to K and, for
//     each, one of the k steps that the undelayed schedule has; two may fall together.
//   - A fault or another optional event stands for a delay: where one is enabled, a delay is with
//     probability 1/2 spent on one of them, drawn uniformly. So a schedule has at most K faults.
//   - Where an environment canister may answer in several ways, the answer is drawn uniformly; that
//     costs no delay.
#include <algorithm>
#include <functional>

#include <heddle/checker/internal/arrivals.h>
#include <heddle/checker/sample.h>

namespace heddle {

namespace {

class Delayed : public Scheduler {
 public:
  Delayed(Kernel& kernel, std::uint64_t steps, std::uint32_t delays_max)
      : arrivals_(kernel),
        steps_(std::max<std::uint64_t>(1, steps)),
        delays_max_(std::max(1U, delays_max)) {}

  void begin(Random random) override {
    random_ = random;
    arrivals_.begin();
    step_ = 0;
    delays_.clear();
    for (std::uint64_t count = 1 + random_.below(delays_max_); count > 0; --count) {
      delays_.push_back(1 + random_.below(steps_));
    }
  }

  std::optional<std::size_t> choose(const CurrentState& now,
                                    std::span<const Event> enabled) override {
    arrivals_.look(now, enabled);
    ++step_;
    for (auto delays = std::ranges::count(delays_, step_); delays > 0; --delays) {
      if (const auto optional = optional_instead(enabled)) {
        arrivals_.chosen(now, enabled, *optional);
        return optional;
      }
      if (arrivals_.oldest() != enabled.size()) {
        const std::uint64_t later = random_.below(2) == 0 ? 0 : random_.below(steps_);
        arrivals_.put_last(now, enabled, arrivals_.oldest(), later);
      }
    }
    const std::optional<std::size_t> chosen = oldest(enabled);
    if (chosen) {
      arrivals_.chosen(now, enabled, *chosen);
    }
    return chosen;
  }

 private:
  std::optional<std::size_t> optional_instead(std::span<const Event> enabled) {
    const auto count =
        static_cast<std::uint64_t>(std::ranges::count_if(enabled, &Event::is_optional));
    if (count == 0 || random_.below(2) == 0) {
      return std::nullopt;
    }
    return nth(enabled, random_.below(count), &Event::is_optional);
  }

  /// One of the ways in which the oldest thing may happen.
  std::optional<std::size_t> oldest(std::span<const Event> enabled) {
    const std::size_t first = arrivals_.oldest();
    if (first == enabled.size()) {
      return std::nullopt;
    }
    const Event& event = enabled[first];
    if (event.answer == 0) {
      return first;
    }
    const auto is_alternative = [&](const Event& other) {
      return other.kind == event.kind && other.from == event.from && other.to == event.to &&
             other.index == event.index && other.again == event.again && !other.is_optional();
    };
    const auto count = static_cast<std::uint64_t>(std::ranges::count_if(enabled, is_alternative));
    return nth(enabled, random_.below(count), is_alternative);
  }

  /// The event number `number`, from 0, of those that `is_meant`.
  template <class IsMeant>
  static std::size_t nth(std::span<const Event> enabled, std::uint64_t number,
                         const IsMeant& is_meant) {
    std::size_t at = 0;
    while (!std::invoke(is_meant, enabled[at]) || number-- > 0) {
      ++at;
    }
    return at;
  }

  internal::Arrivals arrivals_;
  std::uint64_t steps_;
  std::uint32_t delays_max_;
  Random random_{0, 0};
  std::uint64_t step_ = 0;
  /// The steps at which something is delayed.
  std::vector<std::uint64_t> delays_;
};

}  // namespace

SchedulerMaker delay_maker(const Search& search) {
  const auto undelayed = make_in_order(search.kernel);
  const std::vector<std::uint64_t> lengths = pilot(search, 1, 0, *undelayed);
  const std::uint64_t steps = lengths.empty() ? 1 : lengths.front();
  const std::uint32_t delays_max = search.options.delays_max;
  return [=](Kernel& kernel) { return std::make_unique<Delayed>(kernel, steps, delays_max); };
}

Findings delay_bounding(const Search& search) {
  return sample(search, search.options.schedules, {{Strategy::kDelay, delay_maker(search)}});
}

}  // namespace heddle
