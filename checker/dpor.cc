// Stateless search of one schedule of each kind: schedules that differ in the order of events that
// commute only are of one kind (a Mazurkiewicz trace), and one of them stands for all.
//
// Optimal dynamic partial-order reduction with source sets and wakeup trees, algorithm 2 of Parosh
// Abdulla, Stavros Aronis, Bengt Jonsson, Konstantinos Sagonas, 'Optimal Dynamic Partial Order
// Reduction' (POPL 2014) and 'Source Sets: A Foundation for Optimal Dynamic Partial Order
// Reduction' (JACM 64, 2017). Nothing is stored but the schedule that is under way with what is
// still to be tried beside it, so a system may have any number of states. What depends on what, and
// which responses nobody can tell apart, is in internal/dependence.h.
//
// Where we differ:
//   - There are no processes: each choice is its own, enabled or not. A race is one that the later
//     event can win: it is performed without the earlier one, and left alone when it is not enabled
//     then.
//   - Choices prevent each other: a message starts or is dropped, a fault uses up the budget of
//     another. No event is left that could be seen to race. So what was enabled before an event and
//     is not afterwards is tried in its place, with as much of the schedule behind it as is still
//     possible; and what would be enabled had the last of a budget not been spent is looked for by
//     performing the schedule without the event that spent it.
//   - Where nothing is obligatory and the environment may go on, stopping is a choice that
//     depends on everything. So each set of heartbeats has its own schedules.
// Whatever is tried goes through the test of the sleep set and the wakeup tree first, so no two
// complete schedules are of one kind and none ends asleep, however much is proposed.
//
// Predicates are evaluated in the states of the schedules that are performed. Events that write
// what one of them reads do not commute, so it reads there what it would read in any state.
#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <heddle/checker/checkpoint.h>
#include <heddle/checker/internal/dependence.h>
#include <heddle/checker/strategy.h>
#include <heddle/model/memo.h>

namespace heddle {

namespace {

using internal::Choice;
using internal::Dependence;
using internal::ExactFootprint;

/// How long a schedule may get when nothing is said: a system may go on for ever.
constexpr std::size_t kDepthMax = 2000;
/// Choices between two looks at the clock.
constexpr std::uint64_t kGlance = 64;

/// A choice, and what it touched where it was made.
struct Made {
  Choice choice;
  ExactFootprint footprint;

  template <class Archive>
  void archive(Archive& archive) {
    archive(choice, footprint);
  }
};

/// A wakeup tree: what is to be tried, in order.
struct Wake {
  Made made;
  std::deque<std::unique_ptr<Wake>> after;

  template <class Archive>
  void archive(Archive& archive) {
    archive(made);
    archive_all(archive, after);
  }

  template <class Archive>
  static void archive_all(Archive& archive, std::deque<std::unique_ptr<Wake>>& tree) {
    std::size_t count = tree.size();
    archive(count);
    while (tree.size() < count) {
      tree.push_back(std::make_unique<Wake>());
    }
    for (const std::unique_ptr<Wake>& wake : tree) {
      archive(*wake);
    }
  }
};

/// Positions in a schedule.
class Positions {
 public:
  void add(std::size_t position) {
    if (words_.size() <= position / kBits) {
      words_.resize(position / kBits + 1, 0);
    }
    words_[position / kBits] |= std::uint64_t{1} << (position % kBits);
  }

  void add(const Positions& others) {
    words_.resize(std::max(words_.size(), others.words_.size()), 0);
    for (std::size_t i = 0; i < others.words_.size(); ++i) {
      words_[i] |= others.words_[i];
    }
  }

  [[nodiscard]] bool contains(std::size_t position) const {
    return position / kBits < words_.size() &&
           (words_[position / kBits] >> (position % kBits) & 1U) != 0;
  }

  template <class Archive>
  void archive(Archive& archive) {
    archive(words_);
  }

 private:
  static constexpr std::size_t kBits = 64;
  std::vector<std::uint64_t> words_;
};

/// A state of the schedule that is under way, and the choice that leads on from it.
struct Frame {
  StateVector state;
  std::vector<Choice> enabled;
  std::vector<Made> asleep;  ///< whatever begins with one of these is known
  std::deque<std::unique_ptr<Wake>> waking;
  std::uint64_t done = 0;
  // What is under way.
  bool is_under_way = false;
  Made made;
  Schedule events;
  Positions before;                ///< choices that happened before, by dependence
  std::vector<std::size_t> races;  ///< those of them that do so directly
  std::vector<Choice> prevented;   ///< enabled here, and no longer afterwards
  Dependence::Asked asked;

  template <class Archive>
  void archive(Archive& archive) {
    std::vector<LeafValue> leaves(state.leaves().begin(), state.leaves().end());
    archive(leaves);
    for (LeafPosition at = 0; Archive::kReads && at < leaves.size(); ++at) {
      state.set(at, leaves[at]);
    }
    archive(enabled, asleep, done, is_under_way, made, events, before, races, prevented, asked);
    Wake::archive_all(archive, waking);
  }
};

class Dpor {
 public:
  explicit Dpor(const Search& search)
      : search_(search),
        stepper_(search.kernel, search.options.stepper),
        judge_(stepper_, search.claims, search.options.stepper.memo),
        dependence_(stepper_, search.claims) {}

  Findings run() {
    bool resumed = search_.checkpoint != nullptr && search_.checkpoint->resume(*this);
    while (!pass(resumed)) {
      resumed = false;
      ++passes_;
      dependence_.start_again();
      start_again();
    }
    return result();
  }

  void settle() {}

  [[nodiscard]] Usage usage() const {
    Usage usage;
    usage.progress.states = findings_.states;
    usage.progress.transitions = findings_.transitions;
    usage.progress.depth = findings_.depth;
    usage.progress.executions = findings_.executions;
    usage.progress.estimate = estimate();
    for (const Frame& frame : stack_) {
      usage.memory_bytes += sizeof frame + frame.state.size() * sizeof(LeafValue) +
                            frame.enabled.size() * sizeof(Choice);
    }
    return usage;
  }

  /// For checkpoints: everything between two choices. What predicates say is found out again.
  template <class Archive>
  void archive(Archive& archive) {
    dependence_.archive(archive);
    std::size_t depth = stack_.size();
    archive(depth);
    stack_.resize(depth);
    for (Frame& frame : stack_) {
      archive(frame);
    }
    archive(events_under_way_, grew_at_, cut_, has_alternatives_, passes_);
    Findings gathered = findings_;
    gathered.take_peaks(judge_.peaks());
    gathered.count(stepper_.statistics());
    archive(gathered.states, gathered.transitions, gathered.depth, gathered.quiescent,
            gathered.executions, gathered.blocked, gathered.pieces_run, gathered.pieces_recalled,
            gathered.witnesses, gathered.peaks);
    if constexpr (Archive::kReads) {
      findings_ = std::move(gathered);
    }
  }

 private:
  // True when that was all: the search has come to its end, or must end.
  bool pass(bool resumed) {
    try {
      if (!resumed) {
        enter(search_.kernel.initial(), {}, {}, false);
        judge(~std::uint64_t{0});
      }
      while (!stack_.empty() && !findings_.failure && !search_.budget.ended()) {
        search_.budget.look([this] { return usage(); });
        if (search_.options.states_max != 0 && findings_.states > search_.options.states_max) {
          search_.budget.end("max-states");
        }
        if (go_on() && is_outgrown()) {
          return false;
        }
        store();
      }
    } catch (...) {
      rethrow_after(search_.kernel, schedule(), std::current_exception());
    }
    return findings_.failure || search_.budget.ended() || !dependence_.grew();
  }

  void store() {
    if (search_.checkpoint == nullptr || findings_.failure) {
      return;
    }
    if (search_.budget.ended()) {
      search_.checkpoint->save_last(*this);
    } else if (++steps_ % kGlance == 0 && search_.checkpoint->is_due()) {
      search_.checkpoint->save(*this);
    }
  }

  // What else there is to learn is waited for as long as it took to learn the first of it.
  bool is_outgrown() {
    if (!dependence_.grew()) {
      return false;
    }
    if (grew_at_ == 0) {
      grew_at_ = findings_.transitions;
    }
    return findings_.transitions >= 2 * grew_at_;
  }

  void start_again() {
    Findings kept;
    kept.notes = std::move(findings_.notes);
    kept.pieces_run = findings_.pieces_run;
    kept.pieces_recalled = findings_.pieces_recalled;
    findings_ = std::move(kept);
    stack_.clear();
    grew_at_ = 0;
    cut_ = 0;
    judge_.forget_peaks();
  }

  // A state is entered, with what is asleep and what is to be tried there.
  void enter(StateVector state, std::vector<Made> asleep, std::deque<std::unique_ptr<Wake>> waking,
             bool is_stopped) {
    Frame& frame = stack_.emplace_back();
    frame.state = std::move(state);
    frame.asleep = std::move(asleep);
    frame.waking = std::move(waking);
    ++findings_.states;
    findings_.depth = std::max<std::uint64_t>(findings_.depth, events_under_way_);
    if (!is_stopped) {
      dependence_.enabled(frame.state, frame.enabled);
    }
  }

  // Makes the next choice in the last state, or leaves it. True when a schedule was completed.
  bool go_on() {
    Frame& frame = stack_.back();
    if (frame.is_under_way) {
      // Gone into and come back.
      frame.asleep.push_back(std::move(frame.made));
      frame.is_under_way = false;
      events_under_way_ -= frame.events.size();
      ++frame.done;
    }
    if (frame.done == 0 && frame.waking.empty()) {
      if (frame.enabled.empty() || is_too_deep()) {
        complete();
        stack_.pop_back();
        return true;
      }
      const Choice* const first = first_awake(frame);
      if (first == nullptr) {
        ++findings_.blocked;
        stack_.pop_back();
        return true;
      }
      frame.waking.push_back(std::make_unique<Wake>());
      frame.waking.back()->made.choice = *first;
    }
    if (frame.waking.empty()) {
      stack_.pop_back();
      return false;
    }
    std::unique_ptr<Wake> next = std::move(frame.waking.front());
    frame.waking.pop_front();
    make(std::move(next->made.choice), std::move(next->after));
    return false;
  }

  bool is_too_deep() {
    const bool asked = search_.options.depth_max != 0;
    if (events_under_way_ < (asked ? search_.options.depth_max : kDepthMax)) {
      return false;
    }
    ++cut_;
    if (!asked) {
      search_.budget.end("max-depth");
      findings_.notes.push_back(fmt::format(
          "a schedule has more than {} events, and may go on for ever; say how deep to go "
          "(--max-depth)",
          kDepthMax));
    }
    return true;
  }

  static const Choice* first_awake(const Frame& frame) {
    const auto first = std::ranges::find_if(frame.enabled, [&](const Choice& choice) {
      return std::ranges::none_of(frame.asleep,
                                  [&](const Made& asleep) { return asleep.choice == choice; });
    });
    return first == frame.enabled.end() ? nullptr : &*first;
  }

  // Performs a choice in the last state.
  void make(Choice choice, std::deque<std::unique_ptr<Wake>> waking) {
    Frame& frame = stack_.back();
    frame.made.choice = std::move(choice);
    frame.made.footprint = {};
    frame.before = {};
    frame.races.clear();
    frame.prevented.clear();
    frame.asked.clear();
    const Schedule events = dependence_.events(frame.state, frame.made.choice);
    frame.events.clear();
    frame.is_under_way = true;
    const bool is_stop = frame.made.choice.kind == Choice::Kind::kStop;
    if (events.empty() && !is_stop) {
      throw BrokenInvariant("a schedule was proposed that the system does not have");
    }
    StateVector state = frame.state;
    std::uint64_t changed = 0;
    for (const Event& event : events) {
      frame.events.push_back(event);
      ++events_under_way_;
      ++findings_.transitions;
      const Step& step = stepper_.step(state, event);
      changed |= dependence_.readers(step);
      dependence_.touch(state, step, frame.made.footprint);
      for (const auto& slots : dependence_.asked(step)) {
        frame.asked.push_back(slots);
      }
      const Judge::Followed followed = judge_.follow(state, step);
      if (followed.violated) {
        findings_.failure = Failure{*followed.violated, schedule()};
        return;
      }
      for (const LeafChange& change : followed.changes) {
        state.set(change.position, change.after);
        note_memory(change);
      }
    }
    Dependence::seal(frame.made.choice, frame.made.footprint);
    order();
    std::vector<Made> asleep;
    for (const Made& made : frame.asleep) {
      if (!dependence_.meet(made.footprint, frame.made.footprint)) {
        asleep.push_back(made);
      }
    }
    enter(std::move(state), std::move(asleep), std::move(waking), is_stop);
    judge(changed);
    Frame& from = stack_[stack_.size() - 2];
    for (const Choice& other : from.enabled) {
      if (other != from.made.choice &&
          std::ranges::find(stack_.back().enabled, other) == stack_.back().enabled.end()) {
        from.prevented.push_back(other);
        has_alternatives_ = true;
      }
    }
  }

  void note_memory(const LeafChange& change) {
    const auto memories = judge_.memories();
    if (std::ranges::find(memories, change.position) != memories.end()) {
      dependence_.was_remembered(search_.kernel.key(change.position).a, change.after);
    }
  }

  // What happened before the choice under way, by dependence.
  void order() {
    Frame& frame = stack_.back();
    for (std::size_t i = stack_.size() - 1; i > 0;) {
      --i;
      const Frame& earlier = stack_[i];
      if (!frame.before.contains(i) &&
          dependence_.meet(earlier.made.footprint, frame.made.footprint)) {
        frame.races.push_back(i);
        frame.before.add(i);
        frame.before.add(earlier.before);
      }
    }
  }

  // Properties.

  // Judges the last state; `changed`: who reads what has changed since the state before.
  void judge(std::uint64_t changed) {
    if (findings_.failure) {
      return;
    }
    const Frame& frame = stack_.back();
    const bool quiescent = frame.enabled.empty();
    // As long as the search learns, what is known of readers does not say all.
    const auto is_to_judge = [&](std::size_t observer) {
      return (changed & Dependence::bit_of_observer(observer)) != 0 || dependence_.grew();
    };
    judge_.begin();
    for (const std::size_t index : judge_.always()) {
      if (is_to_judge(index)) {
        judge_.note_property(index, holds(index, frame.state));
      }
    }
    const std::size_t properties = search_.claims.properties.size();
    for (std::size_t i = 0; i < search_.claims.measures.size(); ++i) {
      if (is_to_judge(properties + i)) {
        judge_.note_measure(i, measure(i, frame.state));
      }
    }
    if (quiescent) {
      ++findings_.quiescent;
      judge_.judge_at_quiescence(frame.state);
    }
    for (const Sighting& sighting : judge_.end(quiescent).sightings) {
      if (sighting.kind == Sighting::Kind::kViolated) {
        findings_.failure = Failure{sighting.index, schedule()};
      } else if (!findings_.witnesses.contains(sighting)) {
        findings_.witnesses.emplace(sighting, schedule());
      }
    }
  }

  bool holds(std::size_t index, const StateVector& now) {
    StateSource source(search_.kernel, now);
    const bool memoised =
        search_.options.stepper.memo && search_.claims.properties[index]->is_memoised();
    if (memoised) {
      if (const bool* known = holds_.find({index, 0}, source)) {
        return *known;
      }
    }
    const bool holds = judge_.holds(index, now, consulted_);
    was_read(index);
    if (memoised) {
      holds_.insert({index, 0}, consulted_, holds);
    }
    return holds;
  }

  std::uint64_t measure(std::size_t index, const StateVector& now) {
    StateSource source(search_.kernel, now);
    if (search_.options.stepper.memo) {
      if (const std::uint64_t* known = measures_.find({index, 0}, source)) {
        return *known;
      }
    }
    const std::uint64_t value = judge_.measure(index, now, consulted_);
    was_read(search_.claims.properties.size() + index);
    if (search_.options.stepper.memo) {
      measures_.insert({index, 0}, consulted_, value);
    }
    return value;
  }

  void was_read(std::size_t observer) {
    for (const auto& [observation, answer] : consulted_) {
      dependence_.was_read(observer, observation);
    }
  }

  // Complete schedules.

  // The schedule under way is complete, or as deep as may be: what else is to be tried follows from
  // its races and from what its choices have prevented.
  void complete() {
    ++findings_.executions;
    std::map<LeafPosition, std::uint64_t> slots;
    for (const Frame& frame : stack_) {
      for (const auto& [pair, count] : frame.asked) {
        std::uint64_t& sum = slots[pair];
        sum = sum + count < sum ? ~std::uint64_t{0} : sum + count;
      }
    }
    if (dependence_.were_asked(slots)) {
      grew_at_ = 1;  // what follows from races may not be possible: begin anew at once
      return;
    }
    const std::size_t length = stack_.size() - 1;
    for (std::size_t later = 0; later < length; ++later) {
      for (const std::size_t earlier : stack_[later].races) {
        reverse(earlier, later, length);
      }
      for (const Choice& other : stack_[later].prevented) {
        put_in_place(later, other, length);
      }
    }
    without_what_spent(length);
  }

  using Items = std::vector<const Made*>;

  // What happened after `position` and not because of it.
  [[nodiscard]] std::vector<std::size_t> unaffected(std::size_t position,
                                                    std::size_t length) const {
    std::vector<std::size_t> unaffected;
    for (std::size_t i = position + 1; i < length; ++i) {
      if (!stack_[i].before.contains(position)) {
        unaffected.push_back(i);
      }
    }
    return unaffected;
  }

  // Lets the later of two choices that race come first.
  void reverse(std::size_t earlier, std::size_t later, std::size_t length) {
    const Frame& from = stack_[earlier];
    const Choice& wanted = stack_[later].made.choice;
    if (wanted.kind == Choice::Kind::kStop) {
      return;  // nothing that must happen can be left out
    }
    const std::vector<std::size_t> others = unaffected(earlier, length);
    const bool is_alone = std::ranges::none_of(
        others, [&](std::size_t i) { return stack_[later].before.contains(i); });
    const auto is_enabled_before = [&] {
      return std::ranges::find(from.enabled, wanted) != from.enabled.end();
    };
    if (is_alone && !is_enabled_before()) {
      return;  // it is the earlier one that makes it possible
    }
    Items known;
    for (const std::size_t i : others) {
      known.push_back(&stack_[i].made);
    }
    // Most of it is known without performing it. What the later event touches without the earlier
    // one may be something else, so that it commutes with the others no longer.
    const auto begins = [&](const Made& first) {
      return first.choice == wanted ? meets_none(first, known) : is_first(first.choice, known);
    };
    if (std::ranges::any_of(from.asleep, begins) ||
        std::ranges::any_of(from.waking, [&](const std::unique_ptr<Wake>& wake) {
          return wake->after.empty() && begins(wake->made);
        })) {
      return;
    }
    std::vector<Made> proposed;
    StateVector state = from.state;
    for (const std::size_t i : others) {
      if (!perform(stack_[i].made.choice, state, proposed)) {
        throw BrokenInvariant(
            fmt::format("{} was not enabled, which depends on nothing that was left out",
                        search_.kernel.to_text(stack_[i].events.front())));
      }
    }
    if (is_enabled(wanted, state) && perform(wanted, state, proposed)) {
      if (has_alternatives_) {
        go_on_to_the_end(earlier, length, state, proposed);
      }
      propose(earlier, proposed);
    }
  }

  // Makes another choice than that at `position`, which prevented it.
  void put_in_place(std::size_t position, const Choice& other, std::size_t length) {
    const Frame& from = stack_[position];
    if (is_known(from, other)) {
      return;
    }
    std::vector<Made> proposed;
    StateVector state = from.state;
    if (!perform(other, state, proposed)) {
      return;
    }
    go_on_to_the_end(position, length, state, proposed);
    propose(position, proposed);
  }

  // Adds what of the schedule from `position` on is still possible, then whatever is. What is
  // proposed where choices prevent each other must say how each message goes: else it would be
  // taken for known when another way of one of them is.
  void go_on_to_the_end(std::size_t position, std::size_t length, StateVector& state,
                        std::vector<Made>& proposed) {
    std::vector<Choice> enabled;
    std::size_t next = position;
    while (proposed.back().choice.kind != Choice::Kind::kStop) {
      dependence_.enabled(state, enabled);
      const auto is_enabled_now = [&](const Choice& choice) {
        return std::ranges::find(enabled, choice) != enabled.end();
      };
      while (next < length && !is_enabled_now(stack_[next].made.choice)) {
        ++next;
      }
      if (enabled.empty() || (next == length && proposed.size() > length)) {
        return;
      }
      perform(next < length ? stack_[next++].made.choice : Choice(enabled.front()), state,
              proposed);
    }
  }

  // Whether all that begins with this choice is known or will be.
  static bool is_known(const Frame& frame, const Choice& choice) {
    return std::ranges::any_of(frame.asleep,
                               [&](const Made& made) { return made.choice == choice; }) ||
           std::ranges::any_of(frame.waking, [&](const std::unique_ptr<Wake>& wake) {
             return wake->after.empty() && wake->made.choice == choice;
           });
  }

  static std::optional<LeafPosition> budget_of(const Frame& frame, Kernel& kernel) {
    for (const internal::Touch& touch : frame.made.footprint.touches) {
      if (touch.kind == internal::Touch::Kind::kAdd && touch.position < kernel.leaf_count() &&
          kernel.key(touch.position).kind == LeafKind::kBudget) {
        return touch.position;
      }
    }
    return std::nullopt;
  }

  // What could have happened had the last of a budget not been spent.
  void without_what_spent(std::size_t length) {
    std::set<LeafPosition> budgets;
    for (std::size_t i = length; i > 0;) {
      --i;
      const Choice& choice = stack_[i].made.choice;
      if (!choice.event.is_optional()) {
        continue;
      }
      const auto budget = budget_of(stack_[i], search_.kernel);
      const bool is_last = budget && budgets.insert(*budget).second;
      const bool is_unprompted =
          choice.event.kind == EventKind::kHeartbeat || choice.event.kind == EventKind::kResubmit;
      if (is_last || is_unprompted) {
        without(i, length);
      }
    }
  }

  // Performs the schedule without one choice, and looks for what else there would be to choose.
  void without(std::size_t position, std::size_t length) {
    const Frame& from = stack_[position];
    std::vector<std::size_t> others = unaffected(position, length);
    std::vector<Made> proposed;
    StateVector state = from.state;
    std::vector<Choice> enabled;
    std::vector<Choice> enabled_next;
    dependence_.enabled(state, enabled);
    for (std::size_t at = 0;; ++at) {
      const bool is_end = at == others.size();
      StateVector after = state;
      std::vector<Made> next;
      if (!is_end) {
        perform(stack_[others[at]].made.choice, after, next);
        dependence_.enabled(after, enabled_next);
      }
      for (const Choice& other : enabled) {
        const bool is_stop = other.kind == Choice::Kind::kStop;
        if (!other.event.is_optional() && !is_stop) {
          continue;
        }
        const bool is_its_turn =
            is_end ||
            (!is_stop && (Dependence::same_message(other, stack_[others[at]].made.choice) ||
                          std::ranges::find(enabled_next, other) == enabled_next.end()));
        if (!is_its_turn || (proposed.empty() && is_known(from, other))) {
          continue;
        }
        std::vector<Made> with = proposed;
        StateVector then = state;
        perform(other, then, with);
        go_on_to_the_end(position, length, then, with);
        propose(position, with);
      }
      if (is_end) {
        return;
      }
      state = std::move(after);
      enabled = enabled_next;
      proposed.push_back(std::move(next.front()));
    }
  }

  bool is_enabled(const Choice& choice, const StateVector& state) {
    dependence_.enabled(state, enabled_);
    return std::ranges::find(enabled_, choice) != enabled_.end();
  }

  // Performs a choice that is no part of the schedule under way. False when it is not enabled.
  bool perform(const Choice& choice, StateVector& state, std::vector<Made>& made) {
    const Schedule events = dependence_.events(state, choice);
    if (events.empty() && choice.kind != Choice::Kind::kStop) {
      return false;
    }
    Made& now = made.emplace_back();
    now.choice = choice;
    for (const Event& event : events) {
      const Step& step = stepper_.step(state, event);
      dependence_.touch(state, step, now.footprint);
      Stepper::apply(state, step);
    }
    Dependence::seal(choice, now.footprint);
    return true;
  }

  // Whether the choice is among these, and none of those before it meets it.
  bool is_first(const Choice& choice, const Items& items) const {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i]->choice == choice) {
        return std::all_of(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(i),
                           [&](const Made* earlier) {
                             return !dependence_.meet(earlier->footprint, items[i]->footprint);
                           });
      }
    }
    return false;
  }

  // Whether a schedule of the same kind as some continuation of `items` begins with `first`
  // ("weak initials"). `at`: where it is among them, if it is.
  bool may_begin(const Made& first, const Items& items, std::size_t& at) const {
    for (at = 0; at < items.size(); ++at) {
      if (items[at]->choice == first.choice) {
        return is_first(first.choice, items);
      }
    }
    return meets_none(first, items);
  }

  bool meets_none(const Made& made, const Items& items) const {
    return std::ranges::none_of(
        items, [&](const Made* item) { return dependence_.meet(made.footprint, item->footprint); });
  }

  // Puts a schedule into the wakeup tree of a state unless it is known, or will be.
  void propose(std::size_t position, const std::vector<Made>& proposed) {
    Items items;
    for (const Made& made : proposed) {
      items.push_back(&made);
    }
    std::size_t at = 0;
    Frame& frame = stack_[position];
    for (const Made& asleep : frame.asleep) {
      if (may_begin(asleep, items, at)) {
        return;
      }
    }
    if (may_begin(frame.made, items, at)) {
      return;  // it is under way
    }
    std::deque<std::unique_ptr<Wake>>* tree = &frame.waking;
    while (true) {
      Wake* way = nullptr;
      for (const std::unique_ptr<Wake>& wake : *tree) {
        if (may_begin(wake->made, items, at)) {
          way = wake.get();
          break;
        }
      }
      if (way == nullptr) {
        break;
      }
      if (way->after.empty()) {
        return;  // all that begins so will be gone through
      }
      if (at < items.size()) {
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(at));
      }
      tree = &way->after;
    }
    for (const Made* item : items) {
      tree->push_back(std::make_unique<Wake>());
      tree->back()->made = *item;
      tree = &tree->back()->after;
    }
  }

  // Reports.

  [[nodiscard]] Schedule schedule() const {
    Schedule schedule;
    for (const Frame& frame : stack_) {
      if (frame.is_under_way) {
        schedule.insert(schedule.end(), frame.events.begin(), frame.events.end());
      }
    }
    return schedule;
  }

  [[nodiscard]] std::optional<Estimate> estimate() const {
    std::vector<Branching> branchings;
    for (const Frame& frame : stack_) {
      const std::size_t under_way = frame.is_under_way ? 1 : 0;
      const std::size_t all = frame.done + under_way + frame.waking.size();
      if (all > 1) {
        branchings.push_back({frame.done, all});
      }
    }
    return estimate_from_stack(branchings, findings_.executions);
  }

  Findings result() {
    if (search_.options.threads > 1) {
      findings_.notes.push_back("the search by kinds of schedules ran on one thread");
    }
    if (passes_ > 1) {
      findings_.notes.push_back(
          fmt::format("counts are those of the last of {} searches; the others showed what "
                      "properties read and which calls can run out of slots",
                      passes_));
    }
    for (const std::string& note : dependence_.notes()) {
      findings_.notes.push_back(note);
    }
    const Usage now = usage();
    if (!findings_.failure && stack_.empty() && cut_ != 0) {
      search_.budget.end("max-depth");
    }
    search_.budget.look_closely(now);
    findings_.finished = !findings_.failure && stack_.empty() && cut_ == 0;
    const auto estimated = stack_.empty() ? std::nullopt : estimate();
    if (!findings_.failure && !findings_.finished) {
      findings_.executions_estimated = estimated;
    }
    findings_.coverage = fmt::format(
        "{} schedules gone through, no two of which differ only in the order of events that "
        "commute; {}",
        findings_.executions,
        estimated ? fmt::format("if all went on alike, {} of them in all", to_string(*estimated))
                  : "no estimate of the rest");
    findings_.take_peaks(judge_.peaks());
    findings_.count(stepper_.statistics());
    return std::move(findings_);
  }

  const Search& search_;
  Stepper stepper_;
  Judge judge_;
  Dependence dependence_;
  std::deque<Frame> stack_;
  std::uint64_t events_under_way_ = 0;
  std::uint64_t grew_at_ = 0;
  std::uint64_t cut_ = 0;
  std::uint64_t passes_ = 1;
  std::uint64_t steps_ = 0;
  bool has_alternatives_ = false;  ///< choices prevent each other
  Memo<bool> holds_;
  Memo<std::uint64_t> measures_;
  Judge::Consulted consulted_;
  std::vector<Choice> enabled_;
  Findings findings_;
};

}  // namespace

Findings dpor(const Search& search) {
  return Dpor(search).run();
}

}  // namespace heddle
