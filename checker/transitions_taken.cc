// Transitions: what events do, looked up or learnt.
#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <heddle/checker/equal_answers.h>
#include <heddle/checker/transitions.h>

namespace heddle {

namespace {

/// An event is remembered as a whole while what it looks at and writes are so many bits or fewer.
constexpr unsigned kWholeBits = 31;

}  // namespace

// What the event leads to; now and then the kernel is asked as well.
inline Transitions::Taken Transitions::taken(EventNumber event, Root root) {
  if (options_.recheck_every != 0 && --until_recheck_ == 0) {
    recheck(event, root);
  }
  return {root, std::nullopt};
}

Transitions::Taken Transitions::perform(EventNumber event) {
  const std::optional<OutcomeNumber> number = find_outcome(event);
  if (!number) {
    return take_slowly(event);
  }
  if (const std::uint32_t violated = outcomes_[found(*number).outcome].violated; violated != 0) {
    return {{}, violated - 1};
  }
  return taken(event, representatives_ != nullptr ? represented(*number) : written(*number));
}

Transitions::Taken Transitions::take_plain(EventNumber event) {
  const Remembered& remembered = remembered_[event];
  const Root before = state_.words();
  Root root;
  if (remembered.as_a_whole) {
    const std::uint32_t bits = remembered.after.find(before);
    if (bits == 0) {
      return take_plain_anew(event);
    }
    const Root mask = remembered.after.place().mask();
    const Root after = remembered.after.place().scatter(bits - 1);
    root = {(before.low & ~mask.low) | after.low, (before.high & ~mask.high) | after.high};
  } else {
    const std::uint32_t outcome = remembered.outcome.find(before);
    if (outcome == 0) {
      return take_plain_anew(event);
    }
    root = patched(outcome - 1);
  }
  ++looked_up_;
  return taken(event, root);
}

// What is not remembered of a plain state is from now on.
Transitions::Taken Transitions::take_plain_anew(EventNumber event) {
  state_.unpack();
  const std::optional<OutcomeNumber> number = find_outcome(event);
  if (!number) {
    return take_slowly(event);
  }
  if (const std::uint32_t violated = outcomes_[found(*number).outcome].violated; violated != 0) {
    return {{}, violated - 1};
  }
  const Root root = state_.is_plain() ? patched(*number) : written(*number);
  if (state_.is_plain()) {
    remember(event, *number, root);
  }
  return taken(event, root);
}

void Transitions::remember(EventNumber event, OutcomeNumber number, Root root) {
  Remembered& remembered = remembered_[event];
  if (remembered.outcome.times_full() >= kTimesFullMax) {
    return;
  }
  looked_at_.clear();
  look_along(event_roots_[event]);
  if (remembered.as_a_whole) {
    const std::size_t read = looked_at_.size();
    const Outcome& outcome = outcomes_[found(number).outcome];
    for (std::uint32_t i = outcome.first; i < outcome.first + outcome.count; ++i) {
      looked_at_.push_back(writes_[i].leaf);
    }
    remembered.after.look_at(state_, looked_at_);
    if (remembered.after.place().count() <= kWholeBits) {
      remembered.after.add(state_.words(),
                           static_cast<std::uint32_t>(remembered.after.place().gather(root)));
    }
    if (remembered.after.place().count() > kWholeBits || remembered.after.times_full() != 0) {
      remembered.as_a_whole = false;
      remembered.after.drop();
    }
    looked_at_.resize(read);
  }
  if (!remembered.as_a_whole) {
    remembered.outcome.look_at(state_, looked_at_);
    remembered.outcome.add(state_.words(), number);
    if (remembered.outcome.times_full() >= kTimesFullMax) {
      remembered.outcome.drop();
    }
  }
}

void Transitions::recheck(EventNumber event, Root root) {
  until_recheck_ = options_.recheck_every;
  stepper_.recheck_next();
  if (const Taken again = take_slowly(event); again.violated || again.root != root) {
    not_what_the_kernel_says(event);
  }
}

Root Transitions::represented(OutcomeNumber number) {
  const Found what = found(number);
  const Outcome outcome = outcomes_[what.outcome];
  written_.clear();
  for (std::uint32_t i = outcome.first; i < outcome.first + outcome.count; ++i) {
    written_.push_back({writes_[i].leaf, after(writes_[i], what.given)});
  }
  const bool moves = representatives_->represent(state_, written_);
  if (state_.is_plain()) {
    const Root root = patched(number);
    return moves ? representatives_->moved(state_, root) : root;
  }
  if (!moves) {
    return written(number);
  }
  state_.begin();
  for (const Representatives::Written& write : written_) {
    state_.set(write.position, write.local);
  }
  representatives_->move(state_);
  return state_.root();
}

/// The event by which the one's twin does the same; the event itself when there is none.
EventNumber Transitions::twin_of(EventNumber event) {
  if (event >= members_.size()) {
    members_.resize(events_.size(), kNotLooked);
  }
  if (members_[event] == kNotLooked) {
    members_[event] = representatives_->members_of(events_[event]);
  }
  internal::MemberMask members = members_[event];
  while (members != 0) {
    // The call first, and then its user, who takes it along.
    const auto member = static_cast<unsigned>(std::bit_width(members)) - 1;
    members &= ~(internal::MemberMask{1} << member);
    const unsigned twin = representatives_->twin(state_, member);
    if (twin == member) {
      continue;
    }
    const auto [known, fresh] =
        twins_.try_emplace(std::uint64_t{event} << 8U | member << 4U | twin);
    if (fresh) {
      const Event other = representatives_->event_of_twin(events_[event], member, twin);
      const EventNumber number = number_of(other);  // the map may not change meanwhile
      known->second = number;
    }
    event = known->second;
  }
  return event;
}

Transitions::Taken Transitions::take_otherwise(EventNumber event) {
  if (coverage_ != nullptr) {
    return take_slowly(event);
  }
  if (representatives_ == nullptr || !options_.memo) {
    return perform(event);
  }
  if (const EventNumber twin = twin_of(event);
      twin != event && twin < taken_.size() && taken_[twin].load == load_) {
    ++looked_up_;
    return taken_[twin].what;
  }
  const Taken what = perform(event);
  if (event >= taken_.size()) {
    taken_.resize(events_.size());
  }
  taken_[event] = {load_, what};
  return what;
}

Root Transitions::patched(OutcomeNumber number) {
  const auto [outcome, given] = found(number);
  if (outcome >= patches_.size() || patches_[outcome].fields != state_.fields()) {
    make_patch(outcome);
  }
  const Patch& patch = patches_[outcome];
  const Root before = state_.words();
  Root root{(before.low & patch.keep.low) | patch.set.low,
            (before.high & patch.keep.high) | patch.set.high};
  for (Table* table : patch.tables) {
    LocalValue known = 1 + given;
    if (!table->is_given) {
      const std::uint64_t local = table->place.gather(before);
      known = local < table->after.size() ? table->after[local] : 0;
    }
    if (known == 0) {
      state_.unpack();
      known = 1 + after(*table);
      if (patches_[outcome].fields != state_.fields()) {
        return written(number);  // its value needed more bits
      }
    }
    const Root bits = table->place.scatter(known - 1);
    root.low |= bits.low;
    root.high |= bits.high;
  }
  return root;
}

void Transitions::make_patch(std::uint32_t number) {
  if (patches_.size() <= number) {
    patches_.resize(outcomes_.size());
  }
  Patch& patch = patches_[number];
  patch = {};
  patch.fields = state_.fields();
  patch.keep = {~std::uint64_t{0}, ~std::uint64_t{0}};
  const Outcome& outcome = outcomes_[number];
  for (std::uint32_t i = outcome.first; i < outcome.first + outcome.count; ++i) {
    const Write& write = writes_[i];
    const Root mask = state_.mask_of(write.leaf);
    patch.keep.low &= ~mask.low;
    patch.keep.high &= ~mask.high;
    if (write.table == 0) {
      const Root bits = state_.bits_of(write.leaf, write.constant);
      patch.set.low |= bits.low;
      patch.set.high |= bits.high;
    } else {
      tables_[write.table].place = internal::BitPlace(mask);
      patch.tables.push_back(&tables_[write.table]);
    }
  }
}

Root Transitions::written(OutcomeNumber number) {
  const auto [which, given] = found(number);
  const Outcome outcome = outcomes_[which];
  state_.begin();
  for (std::uint32_t i = outcome.first; i < outcome.first + outcome.count; ++i) {
    state_.set(writes_[i].leaf, after(writes_[i], given));
  }
  return state_.root();
}

void Transitions::start(const StateVector& state) {
  // Roots stay valid until fields are laid out anew.
  if (start_layout_ == state_.layout() && state_.is_plain() && state == start_) {
    load(start_root_);
    if (start_layout_ == state_.layout() && state_.is_plain()) {
      return;
    }
  }
  start_ = state;
  start_root_ = load(state);
  start_layout_ = state_.layout();
}

std::optional<std::size_t> Transitions::go(EventNumber event) {
  if (state_.is_plain()) {
    const Taken taken = take(event);
    if (!taken.violated) {
      load(taken.root);
    }
    return taken.violated;
  }
  const std::optional<OutcomeNumber> number = find_outcome(event);
  if (!number) {
    return go_slowly(event).violated;
  }
  const auto [which, given] = found(*number);
  const Outcome outcome = outcomes_[which];
  if (outcome.violated != 0) {
    return outcome.violated - 1;
  }
  const bool rechecks = options_.recheck_every != 0 && --until_recheck_ == 0;
  StateVector expected;
  if (rechecks) {
    until_recheck_ = options_.recheck_every;
    stepper_.recheck_next();
    expected = state_.vector();
    const Step& step = stepper_.step(expected, events_[event]);
    // The step looks at the state before it.
    const Judge::Followed followed = judge_.follow(state_.vector(), step);
    for (const LeafChange& change : followed.changes) {
      expected.set(change.position, change.after);
    }
  }
  for (std::uint32_t i = outcome.first; i < outcome.first + outcome.count; ++i) {
    state_.assign(writes_[i].leaf, after(writes_[i], given));
  }
  if (rechecks) {
    StateVector now = state_.vector();
    now.normalise();
    expected.normalise();
    if (now != expected) {
      not_what_the_kernel_says(event);
    }
  }
  return std::nullopt;
}

Transitions::Gone Transitions::go_slowly(EventNumber event) {
  const StateVector& before = state_.vector();
  const Step& step = stepper_.step(before, events_[event]);
  const Judge::Followed followed = judge_.follow(before, step);
  ++learnt_;
  if (followed.violated) {
    return {step, followed.violated};
  }
  if (state_.is_plain()) {
    state_.begin();
    for (const LeafChange& change : followed.changes) {
      state_.set(change.position, state_.local(change.position, change.after));
    }
    load(state_.root());
  } else {
    for (const LeafChange& change : followed.changes) {
      state_.assign(change.position, state_.local(change.position, change.after));
    }
  }
  return {step, followed.violated};
}

std::span<const EventNumber> Transitions::to_take() {
  if (!selector_ || enabled_.size() < 2) {
    return enabled_.all();
  }
  enabled_events_.clear();
  for (const EventNumber number : enabled_.all()) {
    enabled_events_.push_back(events_[number]);
  }
  to_take_.clear();
  for (const std::size_t chosen : selector_->select(state_.vector(), enabled_events_)) {
    to_take_.push_back(enabled_[chosen]);
  }
  return to_take_;
}

Transitions::Taken Transitions::take_slowly(EventNumber event) {
  const StateVector& before = state_.vector();
  const Step& step = stepper_.step(before, events_[event]);
  if (coverage_ != nullptr) {
    coverage_->performed(before, step);
  }
  if (selector_) {
    selector_->performed(before, step);
  }
  const Judge::Followed followed = judge_.follow(before, step);
  ++learnt_;
  if (followed.violated) {
    return {{}, followed.violated};
  }
  return {root_of(followed.changes), std::nullopt};
}

Root Transitions::root_of(std::span<const LeafChange> changes) {
  if (representatives_ == nullptr && !aligns_answers_) {
    state_.begin();
    for (const LeafChange& change : changes) {
      state_.set(change.position, state_.local(change.position, change.after));
    }
    return state_.root();
  }
  const StateVector& before = state_.vector();
  after_ = before;
  for (const LeafChange& change : changes) {
    after_.set(change.position, change.after);
  }
  if (aligns_answers_) {
    heddle::align_answers(kernel_, after_);
  }
  if (representatives_ != nullptr) {
    representatives_->canonicalise(after_);
  }
  state_.begin();
  for (LeafPosition at = 0; at < std::max(before.size(), after_.size()); ++at) {
    if (after_[at] != before[at]) {
      state_.set(at, state_.local(at, after_[at]));
    }
  }
  return state_.root();
}

void Transitions::not_what_the_kernel_says(EventNumber event) const {
  throw BrokenInvariant(
      "a step that was looked up is not what the kernel makes of it; with user code that "
      "depends on nothing but what it observes, this is a bug in Heddle: " +
      kernel_.to_text(events_[event]));
}

/// None: only the kernel can say.
std::optional<Transitions::OutcomeNumber> Transitions::find_outcome(EventNumber event) {
  if (!options_.memo || asks_kernel_[event] != 0) {
    return std::nullopt;
  }
  const Branch end = walk(event_roots_[event]);
  const std::optional<OutcomeNumber> known = end.is_known() ? outcome_at(end) : std::nullopt;
  if (!known) {
    return learn(event);
  }
  ++looked_up_;
  return known;
}

std::optional<Transitions::OutcomeNumber> Transitions::outcome_at(Branch end) const {
  const std::uint32_t number = end.number();
  if ((number & kByValue) == 0) {
    return number;
  }
  const std::uint32_t value_end = number & ~kByValue;
  const std::uint32_t entry = by_value_.find(value_end, state_[value_ends_[value_end]]);
  return entry == internal::ValueTable::kNone ? std::nullopt : std::optional(kByValue | entry);
}

std::optional<Transitions::OutcomeNumber> Transitions::learn(EventNumber event) {
  const StateVector& before = state_.vector();
  const Step& step = stepper_.step(before, events_[event]);
  if (step.looked_everywhere) {
    asks_kernel_[event] = 1;
    return std::nullopt;
  }
  if (selector_) {
    selector_->performed(before, step);
  }
  const Judge::Followed followed = judge_.follow(before, step);
  ++learnt_;
  std::vector<LeafRead> reads = step.reads;
  for (const LeafPosition memory : judge_.memories()) {
    reads.push_back({memory, {}, before[memory]});
  }
  Operations by_leaf;
  if (!followed.violated) {
    by_leaf = operations_of(step, followed);
    if (aligns_answers_) {
      align(by_leaf, reads);
    }
  }
  const std::uint32_t violated =
      followed.violated ? 1 + static_cast<std::uint32_t>(*followed.violated) : 0;
  Branch& root = event_roots_[event];
  const Agreed agreed = root.is_known() ? agree(root, reads, true) : Agreed();
  if (root.is_known() && !agreed.at.is_end() && questions_[agreed.at.number()].wide != 0) {
    return learn_by_value(agreed.at.number(), std::span(reads).subspan(agreed.reads), by_leaf,
                          violated);
  }
  std::vector<Write> writes;
  for (const auto& [leaf, operations] : by_leaf) {
    writes.push_back(write_of(leaf, operations));
  }
  const std::uint32_t outcome = add_outcome(writes, violated);
  grow(root, reads, Branch::end(outcome));
  if (agreed.at.is_known() && !agreed.is_complete) {
    widen(agreed.at.number());
  }
  return outcome;
}

// `reads`: at the node, and behind it.
Transitions::OutcomeNumber Transitions::learn_by_value(std::uint32_t node,
                                                       std::span<const LeafRead> reads,
                                                       const Operations& by_leaf,
                                                       std::uint32_t violated) {
  internal::ValueTable::Entry entry;
  entry.end = value_end(node, reads);
  const LeafPosition wide = nodes_[node].leaf;
  entry.local = state_[wide];
  std::vector<Write> writes;
  std::vector<std::uint32_t> known_by{violated};
  for (const auto& [leaf, operations] : by_leaf) {
    Write write = write_of(leaf, operations);
    if (leaf == wide && write.table == 0) {
      entry.after = write.constant;
      write = {leaf, table_for(leaf, {}), 0};
    }
    writes.push_back(write);
    known_by.insert(known_by.end(), {write.leaf, write.table, write.constant});
  }
  const auto [known, fresh] = outcomes_known_.try_emplace(std::move(known_by));
  if (fresh) {
    known->second = add_outcome(writes, violated);
  }
  entry.outcome = known->second;
  return kByValue | by_value_.add(entry);
}

std::uint32_t Transitions::add_outcome(std::span<const Write> writes, std::uint32_t violated) {
  outcomes_.push_back({static_cast<std::uint32_t>(writes_.size()),
                       static_cast<std::uint32_t>(writes.size()), violated});
  writes_.insert(writes_.end(), writes.begin(), writes.end());
  return static_cast<std::uint32_t>(outcomes_.size() - 1);
}

Transitions::Write Transitions::write_of(LeafPosition leaf,
                                         const std::vector<LeafOperation>& operations) {
  if (operations.size() == 1 && operations.front().kind == LeafOperation::Kind::kSet) {
    return {leaf, 0, state_.local(leaf, operations.front().a)};
  }
  return {leaf, table_for(leaf, operations), 0};
}

// All that a step does to each leaf, and what the properties' automata do.
Transitions::Operations Transitions::operations_of(const Step& step,
                                                   const Judge::Followed& followed) {
  Operations by_leaf;
  const auto add = [&](LeafPosition leaf, const LeafOperation& operation) {
    auto at = std::ranges::find(by_leaf, leaf, &Operations::value_type::first);
    if (at == by_leaf.end()) {
      by_leaf.emplace_back(leaf, std::vector<LeafOperation>{});
      at = by_leaf.end() - 1;
    }
    if (operation.kind == LeafOperation::Kind::kSet) {
      at->second.clear();
    }
    at->second.push_back(operation);
  };
  for (const LeafWrite& write : step.writes) {
    add(write.position, write.operation);
  }
  for (const LeafChange& change : followed.changes.subspan(step.changes.size())) {
    add(change.position, {LeafOperation::Kind::kSet, change.after, 0});
  }
  return by_leaf;
}

// Of each context of which something is written: its equal answers are put in order last, which
// hangs on what it awaits.
void Transitions::align(Operations& by_leaf, std::vector<LeafRead>& reads) {
  std::vector<ContextId> contexts;
  for (const auto& [leaf, operations] : by_leaf) {
    const LeafKey key = kernel_.key(leaf);
    if ((key.kind == LeafKind::kContext || key.kind == LeafKind::kOpenCalls) &&
        std::ranges::find(contexts, key.b) == contexts.end()) {
      contexts.push_back(key.b);
    }
  }
  const StateVector& before = state_.vector();
  for (const ContextId context : contexts) {
    const LeafPosition own = kernel_.position({LeafKind::kContext, 0, context, 0});
    LeafValue after = before[own];
    reads.push_back({own, {}, after});
    if (const auto written = std::ranges::find(by_leaf, own, &Operations::value_type::first);
        written != by_leaf.end()) {
      for (const LeafOperation& operation : written->second) {
        after = kernel_.apply(operation, after);
      }
    }
    if (!awaits_several(kernel_.context_state(after))) {
      continue;
    }
    const LeafPosition calls = kernel_.open_calls_leaf(context);
    const LeafOperation operation{LeafOperation::Kind::kAlign, 0, after};
    const auto written = std::ranges::find(by_leaf, calls, &Operations::value_type::first);
    if (written != by_leaf.end()) {
      written->second.push_back(operation);
    } else {
      by_leaf.push_back({calls, {operation}});
    }
  }
}

LocalValue Transitions::after(const Write& write, LocalValue given) {
  if (write.table == 0) {
    return write.constant;
  }
  Table& table = tables_[write.table];
  return table.is_given ? given : after(table);
}

LocalValue Transitions::after(Table& table) {
  const LocalValue local = state_[table.leaf];
  if (local < table.after.size() && table.after[local] != 0) {
    return table.after[local] - 1;
  }
  LeafValue value = state_.value(table.leaf, local);
  for (const LeafOperation& operation : table.operations) {
    value = kernel_.apply(operation, value);
  }
  if (local >= table.after.size()) {
    table.after.resize(std::max<std::size_t>(local + 1, table.after.size() * 2), 0);
  }
  const LocalValue result = state_.local(table.leaf, value);
  table.after[local] = 1 + result;
  return result;
}

std::uint32_t Transitions::table_for(LeafPosition leaf,
                                     const std::vector<LeafOperation>& operations) {
  TableKey key{leaf, {}};
  for (const LeafOperation& operation : operations) {
    key.operations.insert(key.operations.end(),
                          {static_cast<std::uint32_t>(operation.kind), operation.a, operation.b});
  }
  const auto [at, fresh] =
      table_numbers_.try_emplace(std::move(key), static_cast<std::uint32_t>(tables_.size()));
  if (fresh) {
    tables_.emplace_back();
    tables_.back().leaf = leaf;
    tables_.back().operations = operations;
    tables_.back().is_given = operations.empty();
  }
  return at->second;
}

}  // namespace heddle
