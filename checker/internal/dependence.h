/// Dependence: which events of a system commute, in which words they are recognised after others
/// have changed places, and what each has touched. What searches that go from schedule to schedule
/// stand on (dpor.cc); they need more than stubborn sets do: what holds of two events must hold
/// wherever the two meet.
///
/// A `Choice` is an event in words that do not change when events that commute change places: a
/// request is named by the call that sent it, not by its place in a queue. Two kinds are more than
/// one event. Responses that are only put aside by a context that waits for all of several can be
/// told apart by nobody. They are withheld until the last of them is there and delivered together
/// then, in the order of the calls (as messages whose order no receive observes: Aronis, Jonsson,
/// Lång, Sagonas, 'Optimal Dynamic Partial Order Reduction with Observers', TACAS 2018). And where
/// the environment may go on or stop (heartbeats, calls sent again), stopping is a choice too; it
/// ends the schedule.
///
/// An `ExactFootprint` says what a choice touched, leaf by leaf and in which way. Two choices that
/// do not meet commute in every state: whatever they ask is answered alike after the other. So it
/// never depends on values whether two meet, but for those that are in both footprints: which
/// request was queued and which was taken, which call was answered and which response was
/// delivered.
///
/// Three things are learned on the way, and a search that has learned something begins anew:
///
///   which pairs of canisters can run out of slots. As long as all calls of a pair in a schedule
///     fit its limit together, no order of them can fill it, and nobody depends on slots.
///   which leaves predicates read. Choices that write what one of them reads do not commute.
///   what automata remember. Those that look at one context at a time need nothing; of the others
///     choices are told that would change one of the memories seen, and those do not commute.
///
/// Each is sound for the search that ends without having learned more: of the schedules that would
/// teach it something take a shortest; all before its last event keeps to what is known, so the
/// search has performed an equivalent of it, and has seen the same.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <heddle/checker/internal/footprint.h>
#include <heddle/model/kernel.h>
#include <heddle/properties/property.h>

namespace heddle::internal {

struct Choice {
  enum class Kind : std::uint8_t {
    kEvent,
    kTogether,  ///< all withheld responses to `event.context`; `event` says how the last is
                ///< delivered
    kStop,      ///< nothing more happens but that withheld responses are delivered
  };
  Kind kind = Kind::kEvent;
  /// Starts and rejects of requests: `context` and `index` are those of the call that sent it.
  Event event;
  friend bool operator==(const Choice&, const Choice&) = default;
};

/// One way in which a choice touched one leaf.
struct Touch {
  enum class Kind : std::uint8_t {
    kRead,
    kReadPresence,  ///< whether there is anything
    kWrite,         ///< something that was there, and still is
    kWritePresence,
    kAdd,      ///< to a number
    kKey,      ///< key `detail` came into a key set or went out
    kEnqueue,  ///< request `detail`
    kTake,     ///< request `detail`, from the head of its queue
    kTakeAny,  ///< request `detail`, from anywhere
    kAnswer,   ///< call `detail` of a context was answered
    kDeliver,  ///< the response to call `detail` was delivered
    kOpen,     ///< call `detail` was made
    kOwn,      ///< something else that only the context itself does to its calls
    kFamily,   ///< a context came into a family of contexts or went out
    kFamilyRead,
  };
  LeafPosition position = 0;
  Kind kind{};
  std::uint32_t detail = 0;
  friend auto operator<=>(const Touch&, const Touch&) = default;
};

struct ExactFootprint {
  std::vector<Touch> touches;  ///< sorted
  /// Predicates and automata that can tell: one bit each, or one for several.
  std::uint64_t seen_by = 0;
  bool everything = false;

  template <class Archive>
  void archive(Archive& archive) {
    archive(touches, seen_by, everything);
  }

  friend bool operator==(const ExactFootprint&, const ExactFootprint&) = default;
};

class Dependence {
 public:
  /// A pair of canisters, and how many of its slots were asked for.
  using Asked = std::vector<std::pair<LeafPosition, std::uint64_t>>;

  /// `stepper` outlives it. Of the claims those count that are judged in every state or step.
  Dependence(Stepper& stepper, const Claims& claims);

  /// What may be chosen in this state, what the environment need not do last. Nothing is enabled
  /// after kStop.
  void enabled(const StateVector& state, std::vector<Choice>& choices);
  /// The events of a choice, in order; empty when it is not enabled.
  Schedule events(const StateVector& state, const Choice& choice);
  /// Adds what a step touched, one of those of a choice; `before` is the state before it.
  void touch(const StateVector& before, const Step& step, ExactFootprint& footprint);
  /// Sorts. To be called when all steps of the choice are added.
  static void seal(const Choice& choice, ExactFootprint& footprint);
  /// Whether two choices do not commute.
  [[nodiscard]] bool meet(const ExactFootprint& left, const ExactFootprint& right) const;
  /// Two choices of which one prevents the other: the same message, in two ways.
  [[nodiscard]] static bool same_message(const Choice& left, const Choice& right);

  // What is learned.

  /// Property or measure `observer` (measures are numbered after properties) has read this.
  void was_read(std::size_t observer, const Observation& read);
  /// The automaton of this property remembers that.
  void was_remembered(std::size_t property, LeafValue memory);
  /// Slots that all choices of one schedule have asked for. True when a pair can run out of them,
  /// which was not known.
  bool were_asked(const std::map<LeafPosition, std::uint64_t>& slots);
  /// The slots that this step asked for; ~0 of a pair that had none.
  [[nodiscard]] Asked asked(const Step& step) const;

  [[nodiscard]] bool grew() const { return grew_; }

  void start_again();

  /// Which properties and measures read a leaf that the step wrote, as `seen_by` has it.
  [[nodiscard]] std::uint64_t readers(const Step& step);
  static std::uint64_t bit_of_observer(std::size_t observer);

  /// Lines for the reader.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  /// For checkpoints.
  template <class Archive>
  void archive(Archive& archive) {
    for (Learned* const learned : {&known_, &seen_}) {
      for (Known& read : learned->read) {
        archive(read);
      }
      archive(learned->remembered, learned->scarce, learned->calls_are_read);
    }
    archive(grew_);
    readers_.clear();
  }

 private:
  /// What predicates read, what automata remember, which pairs run out of slots.
  struct Learned {
    std::vector<Known> read;  ///< by observer
    std::vector<std::set<LeafValue>> remembered;
    std::set<LeafPosition> scarce;
    bool calls_are_read = false;
  };

  struct Withheld {
    ContextId context = 0;
    std::vector<CallIndex> calls;
  };

  [[nodiscard]] Choice choice_of(const StateVector& state, const Event& event) const;
  /// The responses to this context that are in flight and are put aside; `complete` when it waits
  /// for no other.
  std::optional<Withheld> withheld(const StateVector& state, ContextId context, bool& complete);
  [[nodiscard]] std::optional<std::uint32_t> place_of(const StateVector& state,
                                                      const Event& event) const;
  void together(const StateVector& state, const Withheld& all, std::vector<Choice>& choices);
  void touch_calls(const StateVector& before, const Step& step, ExactFootprint& footprint);
  void touch_enabling(const Step& step, ExactFootprint& footprint);
  void touch_families(const Step& step, ExactFootprint& footprint);
  [[nodiscard]] std::uint64_t interested(const Step& step);
  std::uint64_t readers_of(LeafPosition position);
  const LeafKey& key(LeafPosition position);
  [[nodiscard]] LeafPosition family(ContextId context) const;

  Stepper& stepper_;
  Kernel& kernel_;
  const Claims& claims_;
  bool overtaking_ = false;
  bool clock_ = false;
  bool faults_ = false;
  bool may_stop_ = false;              ///< something can happen in a quiescent state
  std::vector<std::size_t> automata_;  ///< that look at several contexts
  std::uint64_t unrecorded_ = 0;       ///< observers of which it is not known what they read
  Learned known_;                      ///< in force
  Learned seen_;
  bool grew_ = false;
  std::vector<std::string> notes_;
  std::vector<LeafKey> keys_;
  std::vector<std::uint64_t> readers_;  ///< by position
  std::vector<Event> events_;
  std::vector<Event> variants_;
};

}  // namespace heddle::internal
