#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/checker/arrival_order.h>
#include <heddle/checker/counterexamples.h>
#include <heddle/checker/critical_step.h>
#include <heddle/checker/replay.h>
#include <heddle/checker/shrink.h>
#include <heddle/model/numbers.h>
#include <heddle/model/view.h>
#include <heddle/suite/internal/gone_on_with.h>
#include <heddle/suite/internal/smaller.h>
#include <heddle/traces/internal/names.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/kind.h>

namespace heddle::internal {
namespace {

using Kind = TraceTried::Kind;
using Came = TraceTried::Came;

/// How often each fault happens, by the names of fault_names().
using Budgets = std::map<std::string, int>;

void add_fault(const System& system, const Event& event, Budgets& used) {
  const auto add = [&](int Faults::*budget, bool happens) {
    const auto known = std::ranges::find(fault_names(), budget, &FaultName::budget);
    used[std::string(known->name)] += happens ? 1 : 0;
  };
  const bool is_free =
      event.kind == EventKind::kDropIngress && system.canisters[event.to].inspect_may_drop;
  add(&Faults::send_failures, event.failing_send != 0);
  add(&Faults::rejects, event.kind == EventKind::kRejectRequest && !event.fatal);
  add(&Faults::fatal_rejects, event.kind == EventKind::kRejectRequest && event.fatal);
  add(&Faults::first_traps, event.trap && event.kind != EventKind::kDeliver);
  add(&Faults::callback_traps, event.trap && event.kind == EventKind::kDeliver);
  add(&Faults::cleanup_traps, event.cleanup_trap);
  add(&Faults::undecodable_replies, event.kind == EventKind::kGarbleReply);
  // Without G3 only bounded-wait calls expire.
  add(&Faults::expiries,
      event.kind == EventKind::kExpireCall && system.weakened.expired_answers == 0);
  add(&Faults::heartbeats, event.kind == EventKind::kHeartbeat);
  add(&Faults::dropped_ingress, event.kind == EventKind::kDropIngress && !is_free);
  add(&Faults::resubmissions, event.kind == EventKind::kResubmit);
  add(&Faults::environment_silence, event.silent);
}

Budgets faults_of(const System& system, const Schedule& schedule) {
  Budgets used;
  for (const FaultName& fault : fault_names()) {
    used[std::string(fault.name)] = 0;
  }
  for (const Event& event : schedule) {
    add_fault(system, event, used);
  }
  return used;
}

/// Values from `least` up to the one before `value`, each half as far from it as the one before.
std::vector<Int> between(const Int& least, const Int& value) {
  std::vector<Int> values;
  for (Int distance = value - least; distance > 0; distance = distance / 2) {
    values.push_back(value - distance);
  }
  return values;
}

std::string listed(const std::vector<std::string>& names) {
  return names.size() < 2
             ? fmt::format("{}", fmt::join(names, ""))
             : fmt::format("{} and {}", fmt::join(names.begin(), names.end() - 1, ", "),
                           names.back());
}

/// A system in which the property is looked for, and nothing else claimed.
struct Candidate {
  PreparedScenario scenario;

  [[nodiscard]] Kernel& kernel() const { return *scenario.kernel; }

  [[nodiscard]] const Claims& claims() const { return scenario.setup.claims; }
};

class Shrinking {
 public:
  Shrinking(const RegisteredScenario& scenario, const ScenarioOverrides& overrides,
            const Trace& found, const CheckRequest& request, const SmallerOptions& options)
      : registered_(scenario),
        found_(found),
        request_(request),
        options_(options),
        race_(race_kind_of(found)),
        overrides_(overrides),
        schedule_(found.schedule()) {
    request_.compares = false;
  }

  Trace run() {
    std::optional<Candidate> whole = candidate(overrides_, {});
    std::optional<Schedule> failing = whole ? what_is_left(*whole) : std::nullopt;
    if (!failing) {
      return found_;
    }
    used_ = faults_of(whole->kernel().system(), *failing);
    do {
      neighbours_.clear();
      changed_ = false;
      parameters();
      users();
      calls();
      faults();
      numbers();
      is_smaller_ = is_smaller_ || changed_;
    } while (changed_);
    return finished();
  }

 private:
  /// What came of a smaller scenario, and the schedule that fails in it.
  struct Result {
    Came came = Came::kNotEstablished;
    ScheduleText schedule{};
    Budgets used{};
    bool asks_for_answer = false;
  };

  [[nodiscard]] bool over() const {
    const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - started_;
    return gone.count() > options_.seconds_max || (options_.stop && options_.stop());
  }

  // ---- One smaller scenario.

  /// Nothing where it makes no sense, as one in which nothing can happen.
  std::optional<Candidate> candidate(ScenarioOverrides overrides, const Budgets& budgets) const {
    for (const auto& [fault, budget] : budgets) {
      overrides.allowed[fault] = budget;
    }
    try {
      Candidate made{prepare(registered_, overrides)};
      const auto properties = std::move(made.scenario.setup.claims.properties);
      made.scenario.setup.claims = {};
      for (const auto& property : properties) {
        if (property->name() == found_.property && !property->is_wanted()) {
          made.scenario.setup.claims.properties.push_back(property);
          return made;
        }
      }
    } catch (const Misuse&) {
    }
    return std::nullopt;
  }

  /// The schedule as far as it is possible there, if it fails.
  std::optional<Schedule> what_is_left(const Candidate& there) const {
    Stepper stepper(there.kernel());
    const Schedule possible = replay(stepper, schedule_, ReplayMode::kLenient).schedule;
    return failing_part(there.kernel(), there.claims(), 0, possible);
  }

  Trace trace_of(Candidate& there, const Schedule& schedule) const {
    Verdict verdict;
    verdict.answered = Answered::kViolated;
    verdict.property = found_.property;
    verdict.property_kind = found_.property_kind;
    verdict.schedule = to_text(there.kernel(), schedule);
    return replay_prepared(there.scenario, verdict.schedule, verdict, ReplayMode::kStrict,
                           request_);
  }

  [[nodiscard]] bool is_of_the_kind(Candidate& there, const Schedule& schedule) const {
    return race_.empty() || has_race_of_kind(trace_of(there, schedule), race_);
  }

  /// Whether what is left of the passing schedule that is nearest to the first one passes still.
  [[nodiscard]] bool passes_beside(const Candidate& there) const {
    if (!found_.sibling) {
      return false;
    }
    Kernel& kernel = there.kernel();
    Stepper stepper(kernel);
    const Schedule possible =
        replay(stepper, found_.sibling->trace->schedule(), ReplayMode::kLenient).schedule;
    const ScheduleText whole = gone_on_with(to_text(kernel, possible), kernel);
    return !failing_part(kernel, there.claims(), 0,
                         replay(stepper, whole, ReplayMode::kStrict).schedule);
  }

  /// Where some order passed, one must pass still: else it is the workload that is wrong.
  [[nodiscard]] bool some_order_passes(const Candidate& there, const Schedule& schedule) const {
    if (found_.critical_step == 0 || passes_beside(there)) {
      return true;
    }
    Failure failure;
    failure.schedule = schedule;
    CriticalOptions options;
    options.work_max = 200'000;
    options.states_max = options_.states_max;
    return critical_step(there.kernel(), there.claims(), failure, options).known !=
           CriticalStep::Known::kNever;
  }

  Result accepted(Candidate& there, const Schedule& schedule) const {
    if (!some_order_passes(there, schedule)) {
      return {Came::kFailsOtherwise};
    }
    return {Came::kLeftOut, to_text(there.kernel(), schedule),
            faults_of(there.kernel().system(), schedule)};
  }

  std::optional<Result> replayed(Candidate& there) const {
    std::optional<Schedule> failing = what_is_left(there);
    if (!failing || there.kernel().asked_for_left_out() || !is_of_the_kind(there, *failing)) {
      return std::nullopt;
    }
    Failure failure;
    failure.schedule = std::move(*failing);
    ShrinkOptions options;
    options.work_max = 1'000'000;
    options.stop = [this] { return over(); };
    Schedule shorter = shrink(there.kernel(), there.claims(), failure, options).schedule;
    Result result = accepted(there, is_of_the_kind(there, shorter) ? shorter : failure.schedule);
    return result.came == Came::kLeftOut ? std::optional<Result>(std::move(result)) : std::nullopt;
  }

  /// Looks for the shortest schedule that fails, and is of the kind.
  Result searched(Candidate& there) const {
    if (over()) {
      return {Came::kNotEstablished};
    }
    constexpr std::size_t kCandidatesMax = 200;
    constexpr std::string_view kSame = "the same";
    bool is_found = false;
    CounterexamplesOptions options;
    options.count_max = kCandidatesMax;
    options.candidates_max = kCandidatesMax;
    options.states_max = options_.states_max;
    options.stop = [&] { return is_found || over(); };
    const Counterexamples all = counterexamples(
        there.kernel(), there.claims(),
        [&](const Failure& failure) {
          const bool is_of_it = is_of_the_kind(there, failure.schedule);
          is_found = is_found || is_of_it;
          return is_of_it ? std::string(kSame) : std::string("another");
        },
        options);
    if (there.kernel().asked_for_left_out()) {
      Result result{Came::kNeeded};
      result.asks_for_answer = true;
      return result;
    }
    for (const Counterexample& one : all.found) {
      if (one.kind == kSame) {
        return accepted(there, one.failure.schedule);
      }
    }
    return {!all.finished       ? Came::kNotEstablished
            : all.found.empty() ? Came::kNeeded
                                : Came::kFailsOtherwise};
  }

  /// Nothing where the smaller scenario makes no sense.
  std::optional<Result> attempt(const ScenarioOverrides& overrides, const Budgets& budgets,
                                bool searches = true) const {
    std::optional<Candidate> there = candidate(overrides, budgets);
    if (!there) {
      return std::nullopt;
    }
    if (over()) {
      return Result{};
    }
    try {
      if (std::optional<Result> result = replayed(*there)) {
        return result;
      }
      return searches ? searched(*there) : Result{};
    } catch (const Misuse&) {
      // A claim that cannot be asked there.
      return Result{};
    }
  }

  /// True when the smaller scenario is that of from now on; else it is a neighbour.
  bool take(const std::optional<Result>& result, const ScenarioOverrides& overrides, Kind kind,
            const std::string& neighbour) {
    if (!result) {
      return false;
    }
    if (result->came == Came::kLeftOut) {
      overrides_ = overrides;
      schedule_ = result->schedule;
      used_ = result->used;
      changed_ = true;
      return true;
    }
    neighbours_.push_back(
        {kind, result->came,
         neighbour + (result->asks_for_answer ? " (the property asks for its answer)" : "")});
    return false;
  }

  void leave_out(const std::optional<Result>& result, const ScenarioOverrides& overrides, Kind kind,
                 const std::string& what) {
    if (take(result, overrides, kind, what)) {
      left_out_.push_back({kind, Came::kLeftOut, what});
    }
  }

  // ---- What can be smaller.

  /// Of a number that is smaller than it was: what it was at first.
  using Firsts = std::map<std::string, Int>;

  // Smaller values, the smallest first, for as long as it fails. `with` makes the scenario of a
  // value; `what` tells what it is. Where `searches` is false only the neighbour is searched for: a
  // schedule usually fits other numbers.
  template <class With>
  Int make_smaller(Int now, const Int& least, Kind kind, const Int& first, const std::string& what,
                   With with, bool searches) {
    for (bool is_taken = true; is_taken && now > least;) {
      is_taken = false;
      const std::vector<Int> values = between(least, now);
      for (const Int& smaller : values) {
        const bool is_neighbour = &smaller == &values.back();
        const ScenarioOverrides overrides = with(smaller);
        const std::optional<Result> result = attempt(overrides, used_, searches || is_neighbour);
        is_taken = result && result->came == Came::kLeftOut;
        if (is_taken || is_neighbour) {
          take(result, overrides, kind,
               fmt::format("{}{} {}, not {}", now,
                           first == now ? "" : fmt::format(" (for {})", first), what, smaller));
        }
        if (is_taken) {
          now = smaller;
          break;
        }
      }
    }
    return now;
  }

  void parameters() {
    constexpr std::int64_t kLargest = 1'000;
    const std::optional<Candidate> whole = candidate(overrides_, {});
    for (const auto& [name, value] : whole->scenario.setup.parameters) {
      if (value <= kLargest) {
        const auto with = [&, parameter = name](const Int& smaller) {
          ScenarioOverrides overrides = overrides_;
          overrides.parameters[parameter] = fmt::format("{}", smaller);
          return overrides;
        };
        const Int& first = first_parameters_.try_emplace(name, value).first->second;
        make_smaller(Int(value), 1, Kind::kParameter, first, fmt::format("as {}", name), with,
                     true);
      }
    }
  }

  [[nodiscard]] std::string call_text(const Kernel& kernel, const UserCall& call) const {
    const Names names(kernel);
    const Callee callee{call.canister, call.method};
    return names.method(callee) + names.arguments(callee, call.arguments);
  }

  [[nodiscard]] static std::string name_of(const User& user, std::size_t call) {
    return fmt::format("{}#{}", user.name, call + 1);
  }

  /// Of a user, how many are not left out.
  [[nodiscard]] static std::size_t calls_of(const User& user) {
    return static_cast<std::size_t>(
        std::ranges::count_if(user.calls, [](const UserCall& call) { return !call.left_out; }));
  }

  /// Those in the arguments of a call that is left out.
  static void forget_numbers(ScenarioOverrides& overrides, const std::string& call) {
    std::erase_if(overrides.numbers,
                  [&](const auto& number) { return number.first.starts_with(call + "."); });
  }

  void users() {
    const std::optional<Candidate> now = candidate(overrides_, {});
    const Kernel& kernel = now->kernel();
    for (const User& user : kernel.system().users) {
      if (calls_of(user) == 0) {
        continue;
      }
      std::vector<std::string> calls;
      for (const UserCall& call : user.calls) {
        if (!call.left_out) {
          calls.push_back(call_text(kernel, call));
        }
      }
      ScenarioOverrides overrides = overrides_;
      for (std::size_t i = 0; i < user.calls.size(); ++i) {
        overrides.without.erase(name_of(user, i));
        forget_numbers(overrides, name_of(user, i));
      }
      overrides.without.insert(user.name);
      const std::string what = fmt::format("user {}: {}", user.name, fmt::join(calls, ", "));
      leave_out(attempt(overrides, used_), overrides, Kind::kUser, what);
    }
  }

  void calls() {
    const std::optional<Candidate> now = candidate(overrides_, {});
    const Kernel& kernel = now->kernel();
    for (const User& user : kernel.system().users) {
      std::size_t left = calls_of(user);
      for (std::size_t i = 0; i < user.calls.size() && left > 1; ++i) {
        if (user.calls[i].left_out) {
          continue;
        }
        ScenarioOverrides overrides = overrides_;
        overrides.without.insert(name_of(user, i));
        forget_numbers(overrides, name_of(user, i));
        const std::string what =
            fmt::format("{} {}", name_of(user, i), call_text(kernel, user.calls[i]));
        const std::size_t before = left_out_.size();
        leave_out(attempt(overrides, used_), overrides, Kind::kCall, what);
        left -= left_out_.size() - before;
      }
    }
  }

  void faults() {
    for (const FaultName& fault : fault_names()) {
      const std::string name(fault.name);
      while (used_[name] > 0) {
        Budgets fewer = used_;
        --fewer[name];
        const std::string what = fmt::format("fault {}: {}", fault.rule, fault.what);
        const std::size_t before = left_out_.size();
        leave_out(attempt(overrides_, fewer), overrides_, Kind::kFault, what);
        if (left_out_.size() == before) {
          break;
        }
      }
    }
  }

  /// A number in the arguments of calls, equal in all of them.
  struct Number {
    std::vector<std::string> places;  ///< of --number
    std::vector<std::string> texts;   ///< "alice#1", or "alice#1.2" where there are several
  };

  [[nodiscard]] static std::map<Int, Number> numbers_of(const System& system) {
    std::map<Int, Number> numbers;
    for (const User& user : system.users) {
      for (std::size_t i = 0; i < user.calls.size(); ++i) {
        const UserCall& call = user.calls[i];
        if (call.left_out) {
          continue;
        }
        const ProgramInfo& info = system.canisters[call.canister].program->info();
        const std::vector<Int> values = numbers_in(info, call.method, call.arguments);
        for (std::size_t k = 0; k < values.size(); ++k) {
          Number& number = numbers[values[k]];
          const std::string name = name_of(user, i);
          number.places.push_back(fmt::format("{}.{}", name, k + 1));
          number.texts.push_back(values.size() == 1 ? name : number.places.back());
        }
      }
    }
    return numbers;
  }

  // What tells amounts apart is their order, seldom how large they are: equal numbers stay equal,
  // and larger ones larger. None becomes 0, which usually is another case.
  void numbers() {
    constexpr std::size_t kNumbersMax = 20;
    const std::optional<Candidate> whole = candidate(overrides_, {});
    Int least = 1;
    std::size_t count = 0;
    for (const auto& [value, number] : numbers_of(whole->kernel().system())) {
      if (value < 1 || ++count > kNumbersMax) {
        continue;
      }
      const auto with = [&, places = number.places](const Int& smaller) {
        ScenarioOverrides overrides = overrides_;
        for (const std::string& place : places) {
          overrides.numbers[place] = fmt::format("{}", smaller);
        }
        return overrides;
      };
      for (const std::string& place : number.places) {
        first_numbers_.try_emplace(place, value);
      }
      least = make_smaller(value, least, Kind::kNumber, first_numbers_.at(number.places.front()),
                           "in " + listed(number.texts), with, false) +
              1;
    }
  }

  /// Those that are smaller than they were.
  void tell_lessened(const Candidate& last) {
    for (const auto& [name, value] : last.scenario.setup.parameters) {
      const auto first = first_parameters_.find(name);
      if (first != first_parameters_.end() && first->second != Int(value)) {
        left_out_.push_back({Kind::kParameter, Came::kLeftOut,
                             fmt::format("{} as {}: {} will do", first->second, name, value)});
      }
    }
    for (const auto& [value, number] : numbers_of(last.kernel().system())) {
      std::map<Int, std::vector<std::string>> texts;  // by what it was
      for (std::size_t i = 0; i < number.places.size(); ++i) {
        const auto first = first_numbers_.find(number.places[i]);
        if (first != first_numbers_.end() && first->second != value) {
          texts[first->second].push_back(number.texts[i]);
        }
      }
      for (const auto& [first, names] : texts) {
        left_out_.push_back({Kind::kNumber, Came::kLeftOut,
                             fmt::format("{} in {}: {} will do", first, listed(names), value)});
      }
    }
  }

  // ---- The end.

  Trace finished() {
    std::string minimality = found_.minimality;
    if (is_smaller_) {
      minimality = "locally minimal";
      std::optional<Candidate> last = candidate(overrides_, used_);
      const Result shortest = searched(*last);
      if (shortest.came == Came::kLeftOut) {
        schedule_ = shortest.schedule;
        minimality = "shortest of its kind";
      }
    }
    std::optional<Candidate> last = candidate(overrides_, {});
    const ArrivalOrder order = in_order(*last);
    Verdict verdict;
    verdict.answered = Answered::kViolated;
    verdict.property = found_.property;
    verdict.property_kind = found_.property_kind;
    verdict.schedule = to_text(last->kernel(), order.schedule);
    verdict.strategy = found_.strategy;
    verdict.seed = found_.seed;
    verdict.minimality = minimality;
    request_.compares = true;
    PreparedScenario whole = prepare(registered_, overrides_);
    Trace trace = replay_prepared(whole, verdict.schedule, verdict, ReplayMode::kStrict, request_);
    tell_order(trace, order);
    tell_lessened(*last);
    trace.tried = std::move(left_out_);
    trace.tried.insert(trace.tried.end(), neighbours_.begin(), neighbours_.end());
    return trace;
  }

  /// Its schedule is the present one where putting events in order changes what goes wrong.
  ArrivalOrder in_order(Candidate& there) const {
    Failure failure;
    failure.schedule = *what_is_left(there);
    ShrinkOptions options;
    options.work_max = 1'000'000;
    options.stop = [this] { return over(); };
    ArrivalOrder order = by_arrival(there.kernel(), there.claims(), failure, options);
    if (!is_of_the_kind(there, order.schedule)) {
      order = {};
      order.schedule = failure.schedule;
    }
    return order;
  }

  void tell_order(const Trace& trace, const ArrivalOrder& order) {
    const Story story(trace, false);
    const auto told = [&](std::size_t step) {
      const StoryStep& shown = story.steps().at(step);
      const std::string& lane = shown.step->lane;
      return fmt::format("{}{}", lane.empty() ? "" : lane + ": ", shown.lines.front().text);
    };
    if (order.finished && order.in_order) {
      neighbours_.push_back({Kind::kOrder, Came::kLeftOut,
                             "any event out of order: served as everything arrives, it fails too"});
    }
    for (const std::size_t step : order.early) {
      neighbours_.push_back({Kind::kOrder, Came::kNeeded,
                             fmt::format("step {}, \"{}\", before \"{}\", which is older", step + 1,
                                         told(step), told(step + 1))});
    }
    if (!order.finished) {
      neighbours_.push_back({Kind::kOrder, Came::kNotEstablished, "the order of the events"});
    }
  }

  const RegisteredScenario& registered_;
  const Trace& found_;
  CheckRequest request_;
  const SmallerOptions& options_;
  std::string race_;  ///< its kind, which is kept
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  // What there is now.
  ScenarioOverrides overrides_;
  ScheduleText schedule_;
  Budgets used_;
  bool changed_ = false;     ///< in this round
  bool is_smaller_ = false;  ///< in any
  std::vector<TraceTried> left_out_;
  Firsts first_parameters_;
  Firsts first_numbers_;                ///< by place
  std::vector<TraceTried> neighbours_;  ///< of this round
};

}  // namespace

Trace made_smaller(const RegisteredScenario& scenario, const ScenarioOverrides& overrides,
                   const Trace& found, const CheckRequest& request, const SmallerOptions& options) {
  // Of a run that repeats itself nothing can be left out without looking for another.
  if (found.property.empty() || found.steps.empty() || found.repeats_from != 0) {
    return found;
  }
  return Shrinking(scenario, overrides, found, request, options).run();
}

}  // namespace heddle::internal
