// Transitions: one thread's knowledge of what events do, learnt while it searches.
//
// What the kernel says about a step is a function of the answers to the questions that the step
// asks of single leaves (leaf.h). So it is remembered as a decision tree for each event: a node
// asks one leaf, its branches are answers, and at the end stand the operations on leaves that the
// step performs. Each operation is a table from a leaf's value to the value after it. The same is
// done for what a leaf enables and for what predicates say. Once learnt, an event costs a few
// look-ups in small arrays; canister code runs once for each distinct thing that it can observe.
//
// What trees say of states that are two plain words is remembered once more, by the bits of all
// leaves that they look at (internal/masked_table.h): one look-up for what several neighbouring
// leaves enable, and one for an event. Where an event looks at too much for that, there is a
// look-up for its outcome and one for each leaf that the outcome changes.
//
// An event may look at a leaf that has very many values: the memory of a compiled canister. A
// branch for each of them would be nearly a tree for each state, and they hardly differ. So where
// the values of a variable come to be many, those that go on alike share what follows, and the end
// of a tree says by the value what becomes of it (internal/value_table.h). A value is not taken to
// go on as others do: it is found there once the kernel has said so.
//
// The idea of caching transitions by what they read comes from the language-independent interface
// of LTSmin (Stefan Blom, Jaco van de Pol, Michael Weber, 'LTSmin: Distributed and Symbolic
// Reachability', CAV 2010); there the dependencies are given, here they are found.
//
// Not thread-safe; each thread has its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include <heddle/checker/internal/answer_table.h>
#include <heddle/checker/internal/bit_place.h>
#include <heddle/checker/internal/masked_table.h>
#include <heddle/checker/internal/run_list.h>
#include <heddle/checker/internal/value_table.h>
#include <heddle/checker/judge.h>
#include <heddle/checker/packing.h>
#include <heddle/checker/partial_order.h>
#include <heddle/checker/search_coverage.h>
#include <heddle/checker/symmetry.h>

namespace heddle {

/// A number for each event, by this Transitions.
using EventNumber = std::uint32_t;

class Transitions {
 public:
  struct Options {
    /// Remember nothing: every step is the kernel's.
    bool memo = true;
    /// One step in this many is performed by the kernel as well and compared; 0: none.
    std::uint32_t recheck_every = 4096;
  };

  /// What an event did to the loaded state.
  struct Taken {
    Root root;
    std::optional<std::size_t> violated;  ///< a property; then the root means nothing
  };

  /// Remembers and rechecks as pieces are remembered and rechecked, less often: a look-up is cheap.
  static Options options_for(const Stepper::Options& options);

  /// `representatives`: what events lead to is renamed to what stands for it. Null: it is not.
  Transitions(Stepper& stepper, Judge& judge, Packing& packing, Options options,
              Representatives* representatives = nullptr);

  /// Works on the state of this root from now on.
  void load(Root root) {
    state_.load(root);
    if (fields_ != state_.fields() || representatives_ != nullptr) {
      loaded();
    }
  }

  Root load(const StateVector& state);

  /// The loaded state's enabled events, in canonical order. Valid until the next call.
  std::span<const EventNumber> enabled();

  /// Whether the loaded state is quiescent. After `enabled`.
  [[nodiscard]] bool is_quiescent() const { return obligatory_ == 0; }

  /// How many of the enabled events are obligatory; they come first. After `enabled`.
  [[nodiscard]] std::size_t obligatory() const { return obligatory_; }

  /// The search is reduced: `to_take` leaves out what it can, and all that is learnt is told.
  void reduce(PartialOrder& order) { selector_.emplace(order, stepper_); }

  /// Those of the enabled events by which the search goes on. Valid until the next call. After
  /// `enabled`.
  std::span<const EventNumber> to_take();

  /// Of states that differ in which of equal answers are delivered (equal_answers.h), events lead
  /// to the one that stands for them.
  void align_answers() { aligns_answers_ = true; }

  /// Every step is the kernel's from now on, and is told.
  void watch(StepCoverage& coverage) {
    coverage_ = &coverage;
    looks_up_plain_ = false;
  }

  /// Hands what a reduced search has seen to its threads' common object; while none of them runs.
  void report() {
    if (selector_) {
      selector_->report();
    }
  }

  /// Performs an enabled event. The loaded state stays.
  Taken take(EventNumber event) {
    return looks_up_plain_ && state_.is_plain() ? take_plain(event) : take_otherwise(event);
  }

  // Following one state on its way. Between `start` and the next `load` there is no `take`.

  /// Works on this state from now on.
  void start(const StateVector& state);
  /// Performs an enabled event on the loaded state itself. The property that this violates, if it
  /// does; then the state is void.
  std::optional<std::size_t> go(EventNumber event);

  /// What `go` did.
  struct Gone {
    const Step& step;
    std::optional<std::size_t> violated;
  };

  /// `go` by the kernel, for those who want to see the step.
  Gone go_slowly(EventNumber event);

  /// Judges the loaded state: what `Judge::judge` says. After `enabled`.
  Judge::Judged judge();

  [[nodiscard]] const Event& event(EventNumber number) const { return events_[number]; }

  [[nodiscard]] const StateVector& vector() { return state_.vector(); }

  /// What a leaf of the loaded state holds.
  [[nodiscard]] LeafValue leaf(LeafPosition position) {
    state_.unpack();
    return state_.value(position, state_[position]);
  }

  /// How many steps were looked up, and how many were the kernel's.
  [[nodiscard]] std::uint64_t looked_up() const { return looked_up_; }

  [[nodiscard]] std::uint64_t learnt() const { return learnt_; }

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  /// Where a branch leads: 0 not known yet, else a node or an end, by number.
  class Branch {
   public:
    Branch() = default;

    static Branch node(std::uint32_t number) { return Branch(number << 1U | 1U << 31U); }

    static Branch end(std::uint32_t number) { return Branch(number << 1U | 1U); }

    [[nodiscard]] bool is_known() const { return code_ != 0; }

    [[nodiscard]] bool is_end() const { return (code_ & 1U) != 0; }

    [[nodiscard]] std::uint32_t number() const { return (code_ & 0x7fffffffU) >> 1U; }

   private:
    explicit Branch(std::uint32_t code) : code_(code) {}

    std::uint32_t code_ = 0;
  };

  /// What is known for a leaf's values: a row for each, a column for each node or table. A state
  /// needs one row of each leaf for all its events, so rows lie together.
  template <class T>
  class Matrix {
   public:
    /// `none` where nothing is known.
    explicit Matrix(T none) : none_(none) {}

    std::uint32_t add_column() {
      if (columns_ == width_) {
        const std::uint32_t wider = std::max(4U, width_ * 2);
        std::vector<T> cells(std::size_t{rows_} * wider, none_);
        for (std::size_t row = 0; row < rows_; ++row) {
          std::copy_n(cells_.begin() + static_cast<std::ptrdiff_t>(row * width_), width_,
                      cells.begin() + static_cast<std::ptrdiff_t>(row * wider));
        }
        cells_ = std::move(cells);
        width_ = wider;
      }
      return columns_++;
    }

    [[nodiscard]] T get(LocalValue row, std::uint32_t column) const {
      return row < rows_ ? cells_[std::size_t{row} * width_ + column] : none_;
    }

    void set(LocalValue row, std::uint32_t column, T value) {
      if (row >= rows_) {
        rows_ = std::max(row + 1, rows_ * 2);
        cells_.resize(std::size_t{rows_} * width_, none_);
      }
      cells_[std::size_t{row} * width_ + column] = value;
    }

    void clear() { std::ranges::fill(cells_, none_); }

    [[nodiscard]] std::size_t memory_bytes() const { return cells_.capacity() * sizeof(T); }

   private:
    T none_;
    std::vector<T> cells_;
    std::uint32_t rows_ = 0;
    std::uint32_t width_ = 0;
    std::uint32_t columns_ = 0;
  };

  struct Node {
    LeafPosition leaf = 0;
    std::uint32_t column = 0;  ///< in the leaf's `branches_`
  };

  /// What is needed of a node when a value is met for the first time. The branch for an answer to
  /// kValue is where the value's is.
  struct NodeQuestion {
    LeafQuestion question;
    std::uint32_t count = 0;  ///< of its branches
    std::uint64_t answer = 0;
    Branch branch;           ///< for that answer; those for others are in `further_`
    std::uint32_t wide = 0;  ///< 1 + place in `wide_`, once it has too many
  };

  struct Write {
    LeafPosition leaf = 0;
    std::uint32_t table = 0;  ///< of the values after it; 0: always `constant`
    LocalValue constant = 0;
  };

  /// Of an outcome, or of what a ValueTable says.
  using OutcomeNumber = std::uint32_t;
  /// Of a branch: the end says by a leaf's value which outcome it is. Of an outcome: it is the
  /// ValueTable's entry of that number, which says what that leaf holds afterwards.
  static constexpr std::uint32_t kByValue = 1U << 29U;

  /// The end of an event's tree.
  struct Outcome {
    std::uint32_t first = 0;  ///< in `writes_`
    std::uint32_t count = 0;
    std::uint32_t violated = 0;  ///< 1 + property
  };

  struct Table;

  /// An outcome for plain states.
  struct alignas(64) Patch {
    Root keep;                   ///< the bits of leaves that are not written
    Root set;                    ///< the bits of those that are always written the same
    std::uint32_t fields = 0;    ///< Packed::fields that it is for
    std::vector<Table*> tables;  ///< of the others
  };

  static constexpr std::size_t kRememberedWhole = 1024;
  static constexpr std::size_t kRemembered = 4096;
  static constexpr std::size_t kRememberedLists = 16384;
  static constexpr std::size_t kRememberedAnswers = 65536;
  static constexpr unsigned kTimesFullMax = 3;

  /// How far an event in a plain state is remembered as a whole.
  struct Remembered {
    internal::MaskedTable after{kRememberedWhole};  ///< the bits of its mask afterwards
    internal::MaskedTable outcome{kRemembered};
    bool as_a_whole = true;
  };

  /// The end of an event source's tree: a place in `lists_`, where the number of events stands
  /// before them. Behind them there is room for RunList::append.
  using Listed = std::uint32_t;

  /// What some operations in a row make of a leaf. What look-ups need is in one cache line.
  struct alignas(64) Table {
    std::vector<LocalValue> after;  ///< 1 + local value, by local value; 0 not known yet
    internal::BitPlace place;       ///< the leaf's in plain states, for patches of today's fields
    LeafPosition leaf = 0;
    bool is_given = false;  ///< a ValueTable says what is after it
    std::vector<LeafOperation> operations;
  };

  struct TableKey {
    LeafPosition leaf;
    std::vector<std::uint32_t> operations;
    friend auto operator<=>(const TableKey&, const TableKey&) = default;
  };

  struct EventHash {
    std::size_t operator()(const Event& event) const;
  };

  /// One source, with its tree.
  struct Source {
    EventSource source;
    Branch root;
    bool always_asks_kernel = false;
    std::vector<LeafPosition> looked_at;  ///< for what plain states enable, in order
  };

  /// Neighbouring sources of obligatory events, and what they enable in plain states.
  struct Group {
    std::size_t first = 0;  ///< in `sources_`
    std::size_t count = 0;
    internal::MaskedTable table{kRememberedLists};
  };

  /// A source of optional events, and what it enables in plain states.
  struct Optional {
    Source source;
    internal::MaskedTable table{kRememberedLists};
  };

  /// One predicate or measure, with its tree.
  struct Predicate {
    std::size_t index = 0;
    Branch root;
    bool asks_always = false;                           ///< what it looks at cannot be said
    internal::MaskedTable table{kRemembered};           ///< places in `results_`
    internal::AnswerTable answers{kRememberedAnswers};  ///< the same, where the table is of no use
    // Of plain states: what was said last. It holds for all that differ from that state only where
    // the tree never looks.
    std::vector<LeafPosition> leaves;  ///< at which it looks
    Root mask;
    Root last_words;
    std::uint64_t last = 0;
    std::uint32_t last_fields = 0;  ///< Packed::fields at that time; 0: nothing was said yet
  };

  EventNumber number_of(const Event& event);
  Branch walk(Branch at);
  void set_branch(std::uint32_t node, LocalValue local, Branch to);
  Branch chain(std::span<const LeafRead> reads, Branch end);
  void grow(Branch& root, std::span<const LeafRead> reads, Branch end);
  /// Of a node, for an answer that the loaded state gives.
  [[nodiscard]] Branch branch(std::uint32_t node, std::uint64_t answer) const;
  void add_branch(std::uint32_t node, std::uint64_t answer, Branch to);

  /// How far a tree and what a step has read agree.
  struct Agreed {
    Branch at;                 ///< the node or end reached
    std::size_t reads = 0;     ///< that were gone along
    bool conflicts = false;    ///< the step asked something else, or less, or more
    bool is_complete = false;  ///< all were gone along, and `at` is an end
  };

  /// Goes along, with `to_wide` no further than to a node that has too many branches.
  [[nodiscard]] Agreed agree(Branch at, std::span<const LeafRead> reads, bool to_wide) const;
  /// The end, by the value of the node's leaf, to which what was read at it and behind it leads.
  std::uint32_t value_end(std::uint32_t node, std::span<const LeafRead> reads);
  void widen(std::uint32_t node);
  void find_sources();
  void form_groups();
  void loaded();
  void move_tables();
  void list(Source& source);
  void list_group(Group& group);
  void list_optional(EventSource::Kind kind, std::uint32_t number, LeafPosition leaf,
                     const Event& event);
  void add(Listed listed);
  Listed listed_from(std::size_t first);
  void look_along(Branch root);
  std::optional<OutcomeNumber> find_outcome(EventNumber event);
  /// Where a tree ends; none: what it says of the leaf's value is not known.
  [[nodiscard]] std::optional<OutcomeNumber> outcome_at(Branch end) const;

  /// An outcome, and what a ValueTable says of the leaf by whose value it was found.
  struct Found {
    std::uint32_t outcome = 0;
    LocalValue given = 0;
  };

  [[nodiscard]] Found found(OutcomeNumber number) const {
    if ((number & kByValue) == 0) {
      return {number, 0};
    }
    const internal::ValueTable::Entry& entry = by_value_[number & ~kByValue];
    return {entry.outcome, entry.after};
  }

  /// What the write leaves in its leaf.
  LocalValue after(const Write& write, LocalValue given);
  [[noreturn]] void not_what_the_kernel_says(EventNumber event) const;
  /// The root of the loaded state with these changes, or of what stands for it.
  Root root_of(std::span<const LeafChange> changes);
  std::optional<OutcomeNumber> learn(EventNumber event);
  using Operations = std::vector<std::pair<LeafPosition, std::vector<LeafOperation>>>;
  static Operations operations_of(const Step& step, const Judge::Followed& followed);
  OutcomeNumber learn_by_value(std::uint32_t node, std::span<const LeafRead> reads,
                               const Operations& by_leaf, std::uint32_t violated);
  std::uint32_t add_outcome(std::span<const Write> writes, std::uint32_t violated);
  Write write_of(LeafPosition leaf, const std::vector<LeafOperation>& operations);
  void align(Operations& by_leaf, std::vector<LeafRead>& reads);
  Taken take_slowly(EventNumber event);
  Taken taken(EventNumber event, Root root);
  void recheck(EventNumber event, Root root);
  Taken take_plain(EventNumber event);
  Taken take_plain_anew(EventNumber event);
  Taken take_otherwise(EventNumber event);
  void remember(EventNumber event, OutcomeNumber number, Root root);
  Root written(OutcomeNumber number);
  Taken perform(EventNumber event);
  Root represented(OutcomeNumber number);
  EventNumber twin_of(EventNumber event);
  Root patched(OutcomeNumber number);
  void make_patch(std::uint32_t outcome);
  LocalValue after(Table& table);
  std::uint32_t table_for(LeafPosition leaf, const std::vector<LeafOperation>& operations);
  std::uint64_t evaluate(Predicate& predicate, bool measure);
  std::uint64_t said(Predicate& predicate, std::uint64_t result);
  void forget_predicates();

  Stepper& stepper_;
  Kernel& kernel_;
  Judge& judge_;
  Options options_;
  Representatives* representatives_;
  StepCoverage* coverage_ = nullptr;
  bool aligns_answers_ = false;
  bool looks_up_plain_;  ///< what events do in plain states can be looked up
  Packed state_;

  std::vector<Node> nodes_;
  std::vector<Matrix<Branch>> branches_;  ///< by leaf
  std::deque<NodeQuestion> questions_;    ///< by node
  /// By node and answer.
  std::map<std::pair<std::uint32_t, std::uint64_t>, Branch> further_;
  /// Of a node with too many branches: what values share.
  std::vector<std::vector<Branch>> wide_;
  std::vector<LeafPosition> value_ends_;  ///< by number: whose value counts
  internal::ValueTable by_value_;
  /// Of those that a ValueTable knows, by what they write.
  std::map<std::vector<std::uint32_t>, std::uint32_t> outcomes_known_;
  std::vector<Outcome> outcomes_;
  std::vector<Write> writes_;
  std::vector<Patch> patches_;  ///< by outcome
  std::deque<Table> tables_;
  std::map<TableKey, std::uint32_t> table_numbers_;
  std::vector<EventNumber> lists_;
  std::map<std::vector<EventNumber>, Listed> lists_known_;

  std::vector<Event> events_;
  std::unordered_map<Event, EventNumber, EventHash> event_numbers_;
  std::vector<Branch> event_roots_;
  std::vector<std::uint8_t> asks_kernel_;  ///< by event: it looks through all leaves
  std::vector<Remembered> remembered_;     ///< by event

  std::vector<Source> sources_;  ///< of obligatory events, in canonical order
  std::vector<Group> groups_;    ///< of all of them
  bool groups_are_due_ = false;
  std::size_t leaves_seen_ = 0;
  std::vector<EventSource::Kind> optional_kinds_;
  std::array<std::vector<std::optional<Optional>>, EventSource::kKinds> optional_;  ///< by number
  std::uint32_t fields_ = 0;             ///< Packed::fields that the masked tables are for
  std::vector<LeafPosition> looked_at_;  ///< by what is under way

  std::vector<Predicate> predicates_;
  std::vector<Predicate> measures_;
  std::vector<std::uint64_t> results_;  ///< ends of predicate trees
  std::size_t predicate_leaves_ = 0;    ///< how many leaves there were when they were learnt
  bool looked_through_ = false;         ///< some predicate looks through all leaves of a kind

  StateVector after_;
  // Where states on their way began last.
  StateVector start_;
  Root start_root_;
  std::uint64_t start_layout_ = 0;
  // Of a search of representatives.
  static constexpr internal::MemberMask kNotLooked = ~internal::MemberMask{0};

  /// What an event did, to the state that was loaded so many loads after the first.
  struct TakenBefore {
    std::uint64_t load = 0;
    Taken what;
  };

  std::vector<Representatives::Written> written_;
  std::uint64_t load_ = 0;
  std::vector<TakenBefore> taken_;             ///< by event
  std::vector<internal::MemberMask> members_;  ///< by event: whose it is
  /// By event and member: the same event of that member.
  std::unordered_map<std::uint64_t, EventNumber> twins_;
  internal::RunList enabled_;
  std::optional<PartialOrder::Selector> selector_;  ///< of a reduced search
  std::vector<Event> enabled_events_;
  std::vector<EventNumber> to_take_;
  std::vector<Event> new_events_;
  std::vector<LeafRead> new_reads_;
  std::size_t obligatory_ = 0;
  std::uint32_t until_recheck_ = 0;
  std::uint64_t looked_up_ = 0;
  std::uint64_t learnt_ = 0;
};

}  // namespace heddle
