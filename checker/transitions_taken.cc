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
  const Branch end = find_outcome(event);
  if (!end.is_known()) {
    return take_slowly(event);
  }
  const Outcome outcome = outcomes_[end.number()];
  if (outcome.violated != 0) {
    return {{}, outcome.violated - 1};
  }
  return taken(event, representatives_ != nullptr ? represented(end.number()) : written(outcome));
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
  const Branch end = find_outcome(event);
  if (!end.is_known()) {
    return take_slowly(event);
  }
  if (const std::uint32_t violated = outcomes_[end.number()].violated; violated != 0) {
    return {{}, violated - 1};
  }
  const Root root = state_.is_plain() ? patched(end.number()) : written(outcomes_[end.number()]);
  if (state_.is_plain()) {
    remember(event, end.number(), root);
  }
  return taken(event, root);
}

void Transitions::remember(EventNumber event, std::uint32_t number, Root root) {
  Remembered& remembered = remembered_[event];
  if (remembered.outcome.times_full() >= kTimesFullMax) {
    return;
  }
  looked_at_.clear();
  look_along(event_roots_[event]);
  if (remembered.as_a_whole) {
    const std::size_t read = looked_at_.size();
    const Outcome& outcome = outcomes_[number];
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

Root Transitions::represented(std::uint32_t number) {
  const Outcome outcome = outcomes_[number];
  written_.clear();
  for (std::uint32_t i = outcome.first; i < outcome.first + outcome.count; ++i) {
    const Write& write = writes_[i];
    written_.push_back(
        {write.leaf, write.table == 0 ? write.constant : after(tables_[write.table])});
  }
  const bool moves = representatives_->represent(state_, written_);
  if (state_.is_plain()) {
    const Root root = patched(number);
    return moves ? representatives_->moved(state_, root) : root;
  }
  if (!moves) {
    return written(outcome);
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
    members_[event] = representatives_->members_of(events_[event].context);
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
    const auto [known, fresh] = twins_.try_emplace(std::uint64_t{event} << 8U | twin);
    if (fresh) {
      Event other = events_[event];
      other.context = representatives_->context_of_twin(other.context, member, twin);
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

Root Transitions::patched(std::uint32_t outcome) {
  if (outcome >= patches_.size() || patches_[outcome].fields != state_.fields()) {
    make_patch(outcome);
  }
  const Patch& patch = patches_[outcome];
  const Root before = state_.words();
  Root root{(before.low & patch.keep.low) | patch.set.low,
            (before.high & patch.keep.high) | patch.set.high};
  for (Table* table : patch.tables) {
    const std::uint64_t local = table->place.gather(before);
    LocalValue known = local < table->after.size() ? table->after[local] : 0;
    if (known == 0) {
      state_.unpack();
      known = 1 + after(*table);
      if (patches_[outcome].fields != state_.fields()) {
        return written(outcomes_[outcome]);  // its value needed more bits
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

Root Transitions::written(const Outcome& outcome) {
  state_.begin();
  for (std::uint32_t i = outcome.first; i < outcome.first + outcome.count; ++i) {
    const Write& write = writes_[i];
    state_.set(write.leaf, write.table == 0 ? write.constant : after(tables_[write.table]));
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
  const Branch end = find_outcome(event);
  if (!end.is_known()) {
    return go_slowly(event).violated;
  }
  const Outcome outcome = outcomes_[end.number()];
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
    const Write write = writes_[i];
    state_.assign(write.leaf, write.table == 0 ? write.constant : after(tables_[write.table]));
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

/// Not known: only the kernel can say.
Transitions::Branch Transitions::find_outcome(EventNumber event) {
  if (!options_.memo || asks_kernel_[event] != 0) {
    return {};
  }
  const Branch known = walk(event_roots_[event]);
  if (!known.is_known()) {
    return learn(event);
  }
  ++looked_up_;
  return known;
}

Transitions::Branch Transitions::learn(EventNumber event) {
  const StateVector& before = state_.vector();
  const Step& step = stepper_.step(before, events_[event]);
  if (step.looked_everywhere) {
    asks_kernel_[event] = 1;
    return {};
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
  Outcome outcome;
  outcome.first = static_cast<std::uint32_t>(writes_.size());
  if (followed.violated) {
    outcome.violated = 1 + static_cast<std::uint32_t>(*followed.violated);
  } else {
    Operations by_leaf;
    const auto add = [&](LeafPosition leaf, const LeafOperation& operation) {
      auto at = std::ranges::find(by_leaf, leaf,
                                  &std::pair<LeafPosition, std::vector<LeafOperation>>::first);
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
    if (aligns_answers_) {
      align(by_leaf, reads);
    }
    for (const auto& [leaf, operations] : by_leaf) {
      if (operations.size() == 1 && operations.front().kind == LeafOperation::Kind::kSet) {
        writes_.push_back({leaf, 0, state_.local(leaf, operations.front().a)});
      } else {
        writes_.push_back({leaf, table_for(leaf, operations), 0});
      }
    }
    outcome.count = static_cast<std::uint32_t>(writes_.size()) - outcome.first;
  }
  outcomes_.push_back(outcome);
  const Branch end = Branch::end(static_cast<std::uint32_t>(outcomes_.size() - 1));
  grow(event_roots_[event], reads, end);
  return end;
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
  }
  return at->second;
}

}  // namespace heddle
