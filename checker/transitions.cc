#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <utility>

#include <heddle/checker/transitions.h>

namespace heddle {

namespace {

/// Predicates that can see more different things than this are not remembered any further.
constexpr std::size_t kPredicateEndsMax = std::size_t{1} << 20U;

constexpr std::uint32_t kRecheckLess = 16;

/// Sources of events are asked together while they look at so many bits of a state or fewer.
constexpr std::size_t kGroupBits = 10;

/// Up to this value, a leaf's next value is found in an array by the value before.
constexpr std::uint64_t kBitsMax = (std::uint64_t{1} << 14U) - 1;

bool is_of_leaf(const EventSource& source) {
  return source.kind != EventSource::Kind::kUser && source.kind != EventSource::Kind::kTime;
}

/// What an observation of a predicate asks of which leaves; false: that cannot be said.
/// `looked_through`: all leaves of a kind that there are by now.
bool questions_of(Kernel& kernel, const Observation& asked,
                  std::vector<std::pair<LeafKey, LeafQuestion>>& questions, bool& looked_through) {
  const auto all_at = [&](LeafKind kind, const LeafQuestion& question) {
    looked_through = true;
    const std::size_t count = kernel.leaf_count();
    for (LeafPosition at = 0; at < count; ++at) {
      const LeafKey key = kernel.key(at);
      if (key.kind == kind && kernel.origin(key.b).canister == asked.canister) {
        questions.emplace_back(key, question);
      }
    }
  };
  const auto one = [&](const LeafKey& key, const LeafQuestion& question = {}) {
    questions.emplace_back(key, question);
  };
  switch (asked.kind) {
    case ObservationKind::kVariable:
      one({LeafKind::kVariable, asked.canister, asked.subject.variable, asked.subject.key});
      return true;
    case ObservationKind::kInFlight:
      one({LeafKind::kInFlight, asked.canister, asked.detail, 0});
      return true;
    case ObservationKind::kRequests:
      one({LeafKind::kQueue, asked.canister, asked.detail, 0},
          {LeafQuestion::Kind::kArguments, asked.subject.variable, 0});
      return true;
    case ObservationKind::kResult:
    case ObservationKind::kContextLeaf:
      one({LeafKind::kContext, 0, asked.detail, 0});
      return true;
    case ObservationKind::kCallsLeaf:
      one({LeafKind::kOpenCalls, 0, asked.detail, 0});
      return true;
    case ObservationKind::kReplies:
      all_at(LeafKind::kOpenCalls, {LeafQuestion::Kind::kUntaken, asked.detail, 0});
      return true;
    case ObservationKind::kContexts:
      all_at(LeafKind::kContext, {});
      return true;
    case ObservationKind::kTimer:
      one({LeafKind::kTimer, asked.canister, 0, 0});
      one({LeafKind::kClock, 0, 0, 0});
      return true;
    case ObservationKind::kTime:
      one({LeafKind::kClock, 0, 0, 0});
      return true;
    case ObservationKind::kVersion:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::size_t Transitions::EventHash::operator()(const Event& event) const {
  std::uint64_t hash = static_cast<std::uint64_t>(event.kind) << 1U | (event.trap ? 1U : 0U);
  hash = hash << 1U | (event.silent ? 1U : 0U);
  for (const std::uint64_t part :
       {std::uint64_t{event.from}, std::uint64_t{event.to}, std::uint64_t{event.context},
        std::uint64_t{event.index}, std::uint64_t{event.failing_send},
        std::uint64_t{event.answer}}) {
    hash = internal::mix(hash ^ part);
  }
  return hash;
}

Transitions::Options Transitions::options_for(const Stepper::Options& options) {
  return {options.memo && options.recheck_every != 1, options.recheck_every * kRecheckLess};
}

Transitions::Transitions(Stepper& stepper, Judge& judge, Packing& packing, Options options,
                         Representatives* representatives)
    : stepper_(stepper),
      kernel_(stepper.kernel()),
      judge_(judge),
      options_(options),
      representatives_(representatives),
      state_(packing),
      until_recheck_(options.recheck_every) {
  for (std::uint32_t user = 0; user < kernel_.system().users.size(); ++user) {
    sources_.emplace_back().source = {EventSource::Kind::kUser, user, 0, {}};
  }
  if (kernel_.system().clock) {
    sources_.emplace_back().source = {EventSource::Kind::kTime, 0, 0, {}};
  }
  groups_are_due_ = true;
  optional_kinds_ = stepper_.optional_kinds();
  for (const std::size_t index : judge_.always()) {
    predicates_.emplace_back().index = index;
  }
  for (std::size_t index = 0; index < judge_.claims().measures.size(); ++index) {
    measures_.emplace_back().index = index;
  }
  // Numbers of tables begin with 1.
  tables_.emplace_back();
}

Root Transitions::load(const StateVector& state) {
  state_.load(state);
  loaded();
  state_.begin();
  return state_.root();
}

void Transitions::loaded() {
  if (fields_ != state_.fields()) {
    move_tables();
  }
  if (representatives_ != nullptr) {
    state_.unpack();
    representatives_->loaded();
    ++load_;
  }
}

void Transitions::move_tables() {
  fields_ = state_.fields();
  if (!state_.is_plain()) {
    return;  // the tables are of no use now
  }
  for (Remembered& remembered : remembered_) {
    remembered.after.follow(state_);
    remembered.outcome.follow(state_);
  }
  for (Group& group : groups_) {
    group.table.follow(state_);
  }
  for (auto& kind : optional_) {
    for (auto& source : kind) {
      if (source) {
        source->table.follow(state_);
      }
    }
  }
  for (auto* some : {&predicates_, &measures_}) {
    for (Predicate& predicate : *some) {
      predicate.table.follow(state_);
    }
  }
}

std::size_t Transitions::memory_bytes() const {
  std::size_t bytes = outcomes_.capacity() * sizeof(Outcome) + writes_.capacity() * sizeof(Write) +
                      events_.size() * (sizeof(Event) + 64) + results_.capacity() * 8;
  bytes += nodes_.size() * (sizeof(Node) + sizeof(NodeQuestion) + 64) +
           lists_.capacity() * sizeof(EventNumber) + lists_known_.size() * 128;
  for (const Matrix<Branch>& branches : branches_) {
    bytes += branches.memory_bytes();
  }
  for (const Remembered& remembered : remembered_) {
    bytes +=
        sizeof(Remembered) + remembered.after.memory_bytes() + remembered.outcome.memory_bytes();
  }
  for (const Patch& patch : patches_) {
    bytes += sizeof(Patch) + patch.tables.capacity() * sizeof(Table*);
  }
  for (const Group& group : groups_) {
    bytes += group.table.memory_bytes();
  }
  for (const auto& kind : optional_) {
    for (const auto& source : kind) {
      bytes += source ? sizeof(Optional) + source->table.memory_bytes() : 0;
    }
  }
  for (const Table& table : tables_) {
    bytes += sizeof(Table) + table.after.capacity() * sizeof(LocalValue) +
             table.bits.capacity() * sizeof(std::uint64_t) + table.elsewhere.memory_bytes();
  }
  if (representatives_ != nullptr) {
    bytes += representatives_->memory_bytes();
  }
  return bytes;
}

EventNumber Transitions::number_of(const Event& event) {
  const auto [at, fresh] =
      event_numbers_.try_emplace(event, static_cast<EventNumber>(events_.size()));
  if (fresh) {
    events_.push_back(event);
    event_roots_.emplace_back();
    asks_kernel_.push_back(0);
    remembered_.emplace_back();
  }
  return at->second;
}

// Trees.

Transitions::Branch Transitions::walk(Branch at) {
  while (at.is_known() && !at.is_end()) {
    const Node& node = nodes_[at.number()];
    const LocalValue local = state_[node.leaf];
    if (const Branch branch = branches_[node.leaf].get(local, node.column); branch.is_known()) {
      at = branch;
      continue;
    }
    // A new value; perhaps not a new answer.
    const std::uint32_t number = at.number();
    const std::uint64_t answer =
        kernel_.ask(questions_[number].question, state_.value(node.leaf, local));
    const auto known = questions_[number].branches.find(answer);
    if (known == questions_[number].branches.end()) {
      return {};
    }
    set_branch(number, local, known->second);
    at = known->second;
  }
  return at;
}

void Transitions::set_branch(std::uint32_t number, LocalValue local, Branch to) {
  branches_[nodes_[number].leaf].set(local, nodes_[number].column, to);
}

Transitions::Branch Transitions::chain(std::span<const LeafRead> reads, Branch end) {
  for (std::size_t i = reads.size(); i > 0; --i) {
    const LeafRead& read = reads[i - 1];
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    while (branches_.size() <= read.position) {
      branches_.emplace_back(Branch());
    }
    nodes_.push_back({read.position, branches_[read.position].add_column()});
    questions_.push_back({read.question, {{read.answer, end}}});
    set_branch(number, state_[read.position], end);
    end = Branch::node(number);
  }
  return end;
}

void Transitions::grow(Branch& root, std::span<const LeafRead> reads, Branch end) {
  if (!root.is_known()) {
    root = chain(reads, end);
    return;
  }
  Branch at = root;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    const LeafRead& read = reads[i];
    const std::uint32_t number = at.number();
    if (at.is_end() || nodes_[number].leaf != read.position ||
        questions_[number].question != read.question) {
      throw BrokenInvariant("a step asked something else than before, with the same answers");
    }
    const auto [branch, fresh] = questions_[number].branches.try_emplace(read.answer);
    if (fresh) {
      branch->second = chain(reads.subspan(i + 1), end);
    }
    at = branch->second;
    set_branch(number, state_[read.position], at);
    if (fresh) {
      return;
    }
  }
  if (!at.is_end()) {
    throw BrokenInvariant("a step asked less than before, with the same answers");
  }
}

// The leaves at which the tree looks in the loaded state, as far as it is known there.
void Transitions::look_along(Branch at) {
  while (at.is_known() && !at.is_end()) {
    const Node& node = nodes_[at.number()];
    looked_at_.push_back(node.leaf);
    at = branches_[node.leaf].get(state_[node.leaf], node.column);
  }
}

// What is enabled.

void Transitions::find_sources() {
  for (; leaves_seen_ < state_.size(); ++leaves_seen_) {
    const auto found = stepper_.source_of(static_cast<LeafPosition>(leaves_seen_));
    if (!found) {
      continue;
    }
    Source source;
    source.source = *found;
    // After the users and before the clock.
    const auto at =
        std::ranges::upper_bound(sources_, source, [this](const Source& left, const Source& right) {
          const auto rank = [](const EventSource& one) {
            return one.kind == EventSource::Kind::kUser   ? 0
                   : one.kind == EventSource::Kind::kTime ? 2
                                                          : 1;
          };
          const int left_rank = rank(left.source);
          const int right_rank = rank(right.source);
          return left_rank != right_rank
                     ? left_rank < right_rank
                     : left_rank == 1 && stepper_.before(left.source, right.source);
        });
    sources_.insert(at, std::move(source));
    groups_are_due_ = true;
  }
}

// As many neighbours in each group as look at few bits together.
void Transitions::form_groups() {
  groups_are_due_ = false;
  groups_.clear();
  std::vector<LeafPosition> leaves;
  for (std::size_t at = 0; at < sources_.size(); ++at) {
    std::size_t bits = 0;
    std::vector<LeafPosition> together = leaves;
    std::ranges::copy(sources_[at].looked_at, std::back_inserter(together));
    std::ranges::sort(together);
    together.erase(std::ranges::unique(together).begin(), together.end());
    for (const LeafPosition leaf : together) {
      if (!state_.is_plain()) {
        break;
      }
      const Root mask = state_.mask_of(leaf);
      bits += static_cast<std::size_t>(std::popcount(mask.low) + std::popcount(mask.high));
    }
    if (groups_.empty() || bits > kGroupBits) {
      groups_.emplace_back().first = at;
      together = sources_[at].looked_at;
    }
    ++groups_.back().count;
    leaves = std::move(together);
  }
}

void Transitions::list(Source& source) {
  if (options_.memo && !source.always_asks_kernel) {
    const Branch end = walk(source.root);
    if (end.is_known()) {
      add(listed_[end.number()]);
      return;
    }
  }
  new_events_.clear();
  const bool says_all =
      stepper_.enabled_by(state_.vector(), source.source, new_events_, new_reads_);
  const std::size_t first = enabled_.size();
  for (const Event& event : new_events_) {
    enabled_.push_back(number_of(event));
  }
  if (!options_.memo) {
    return;
  }
  if (!says_all) {
    source.always_asks_kernel = true;
    return;
  }
  listed_.push_back(listed_from(first));
  grow(source.root, new_reads_, Branch::end(static_cast<std::uint32_t>(listed_.size() - 1)));
}

void Transitions::add(const Listed& listed) {
  for (std::uint32_t i = listed.first; i < listed.first + listed.count; ++i) {
    enabled_.push_back(lists_[i]);
  }
}

// The list of what has been found enabled from there on.
Transitions::Listed Transitions::listed_from(std::size_t first) {
  const std::vector<EventNumber> events(enabled_.begin() + static_cast<std::ptrdiff_t>(first),
                                        enabled_.end());
  const auto [known, fresh] = lists_known_.try_emplace(
      events,
      Listed{static_cast<std::uint32_t>(lists_.size()), static_cast<std::uint32_t>(events.size())});
  if (fresh) {
    lists_.insert(lists_.end(), events.begin(), events.end());
  }
  return known->second;
}

void Transitions::list_group(Group& group) {
  if (!state_.is_plain() || !options_.memo || group.table.times_full() >= kTimesFullMax) {
    state_.unpack();
    for (std::size_t at = group.first; at < group.first + group.count; ++at) {
      const bool is_leaf = is_of_leaf(sources_[at].source);
      if (!is_leaf || state_[sources_[at].source.leaf] != 0) {
        list(sources_[at]);
      }
    }
    return;
  }
  if (const Listed* listed = group.table.find(state_.words())) {
    add(*listed);
    return;
  }
  state_.unpack();
  const std::size_t first = enabled_.size();
  bool is_known = true;
  std::vector<LeafPosition> looked_at;
  for (std::size_t at = group.first; at < group.first + group.count; ++at) {
    Source& source = sources_[at];
    looked_at_.clear();
    const bool is_leaf = is_of_leaf(source.source);
    if (is_leaf) {
      looked_at_.push_back(source.source.leaf);
    }
    if (!is_leaf || state_[source.source.leaf] != 0) {
      list(source);
      look_along(source.root);
    }
    is_known = is_known && !source.always_asks_kernel;
    for (const LeafPosition leaf : looked_at_) {
      const auto place = std::ranges::lower_bound(source.looked_at, leaf);
      if (place == source.looked_at.end() || *place != leaf) {
        source.looked_at.insert(place, leaf);
      }
    }
    looked_at.insert(looked_at.end(), looked_at_.begin(), looked_at_.end());
  }
  if (!is_known || !state_.is_plain()) {
    return;
  }
  const bool larger = group.table.add(state_, looked_at, [&](Root) { return listed_from(first); });
  if (larger && group.count > 1 && group.table.bits() > kGroupBits) {
    groups_are_due_ = true;
  }
}

void Transitions::list_optional(EventSource::Kind kind, std::uint32_t number, LeafPosition leaf,
                                const Event& event) {
  auto& of_kind = optional_[static_cast<std::size_t>(kind)];
  if (of_kind.size() <= number) {
    of_kind.resize(number + 1);
  }
  if (!of_kind[number]) {
    of_kind[number].emplace();
    of_kind[number]->source.source = {kind, 0, leaf, event};
  }
  Optional& optional = *of_kind[number];
  const bool plain = state_.is_plain() && options_.memo && !optional.source.always_asks_kernel &&
                     optional.table.times_full() < kTimesFullMax;
  if (plain) {
    if (const Listed* listed = optional.table.find(state_.words())) {
      add(*listed);
      return;
    }
    state_.unpack();
  }
  const std::size_t first = enabled_.size();
  list(optional.source);
  if (plain && !optional.source.always_asks_kernel && state_.is_plain()) {
    looked_at_.clear();
    look_along(optional.source.root);
    optional.table.add(state_, looked_at_, [&](Root) { return listed_from(first); });
  }
}

std::span<const EventNumber> Transitions::enabled() {
  if (leaves_seen_ != state_.size()) {
    find_sources();
  }
  if (groups_are_due_) {
    form_groups();
  }
  enabled_.clear();
  for (Group& group : groups_) {
    list_group(group);
  }
  obligatory_ = enabled_.size();
  for (const EventSource::Kind kind : optional_kinds_) {
    switch (kind) {
      case EventSource::Kind::kSendFailures:
      case EventSource::Kind::kTraps:
      case EventSource::Kind::kSilences:
      case EventSource::Kind::kDrops:
        for (std::size_t i = 0; i < obligatory_; ++i) {
          const EventNumber number = enabled_[i];
          list_optional(kind, number, 0, events_[number]);
        }
        break;
      case EventSource::Kind::kRejects:
        state_.unpack();
        for (const Source& source : sources_) {
          if (source.source.kind == EventSource::Kind::kQueue && state_[source.source.leaf] != 0) {
            list_optional(kind, source.source.leaf, source.source.leaf, {});
          }
        }
        break;
      default:
        list_optional(kind, 0, 0, {});
        break;
    }
  }
  return enabled_;
}

// What events do.

Transitions::Taken Transitions::perform(EventNumber event) {
  if (state_.is_plain() && options_.memo && representatives_ == nullptr) {
    return take_plain(event);
  }
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
  if (const Root* bits = remembered.after.find(before)) {
    const Root mask = remembered.after.mask();
    ++looked_up_;
    return taken(event,
                 {(before.low & ~mask.low) | bits->low, (before.high & ~mask.high) | bits->high});
  }
  if (const std::uint32_t* outcome = remembered.outcome.find(before)) {
    ++looked_up_;
    return taken(event, patched(*outcome));
  }
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
  if (!remembered.as_a_whole) {
    remembered.outcome.add(state_, looked_at_, [&](Root) { return number; });
    if (remembered.outcome.times_full() >= kTimesFullMax) {
      remembered.outcome.drop();
    }
    return;
  }
  const Outcome& outcome = outcomes_[number];
  for (std::uint32_t i = outcome.first; i < outcome.first + outcome.count; ++i) {
    looked_at_.push_back(writes_[i].leaf);
  }
  remembered.after.add(state_, looked_at_, [&](Root mask) {
    return Root{root.low & mask.low, root.high & mask.high};
  });
  if (remembered.after.times_full() != 0) {
    remembered.as_a_whole = false;
    remembered.after.drop();
  }
}

// What the event leads to; now and then the kernel is asked as well.
Transitions::Taken Transitions::taken(EventNumber event, Root root) {
  if (options_.recheck_every != 0 && --until_recheck_ == 0) {
    until_recheck_ = options_.recheck_every;
    stepper_.recheck_next();
    if (const Taken again = take_slowly(event); again.violated || again.root != root) {
      not_what_the_kernel_says(event);
    }
  }
  return {root, std::nullopt};
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
    const auto member = representatives_->member_of(events_[event].context);
    members_[event] = member ? *member : kNobody;
  }
  const unsigned member = members_[event];
  if (member == kNobody) {
    return event;
  }
  const unsigned twin = representatives_->twin(state_, member);
  if (twin == member) {
    return event;
  }
  const auto [known, fresh] = twins_.try_emplace(std::uint64_t{event} << 8U | twin);
  if (fresh) {
    Event other = events_[event];
    other.context = representatives_->context_of_twin(other.context, member, twin);
    const EventNumber number = number_of(other);  // the map may not change meanwhile
    known->second = number;
  }
  return known->second;
}

Transitions::Taken Transitions::take(EventNumber event) {
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
  const std::array<std::uint64_t, 2> words{before.low, before.high};
  std::array<std::uint64_t, 2> after{(before.low & patch.keep.low) | patch.set.low,
                                     (before.high & patch.keep.high) | patch.set.high};
  for (Table* table : patch.tables) {
    if (table->fields != patch.fields) {
      place(*table);
    }
    if (table->ones != 0) {
      const std::uint64_t bits = table->bits[words[table->word] >> table->shift & table->ones];
      if (bits != kNotKnown) {
        after[table->word] |= bits;
        continue;
      }
    } else if (const Root* bits = table->elsewhere.find(before)) {
      after[0] |= bits->low;
      after[1] |= bits->high;
      continue;
    }
    const Root bits = bits_after(*table);
    if (patch.fields != state_.fields()) {
      return written(outcomes_[outcome]);  // its value needed more bits
    }
    after[0] |= bits.low;
    after[1] |= bits.high;
  }
  return {after[0], after[1]};
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
      patch.tables.push_back(&tables_[write.table]);
    }
  }
}

// Where the bits of its leaf are.
void Transitions::place(Table& table) {
  table.fields = state_.fields();
  const Root mask = state_.mask_of(table.leaf);
  table.word = mask.low != 0 ? 0 : 1;
  const std::uint64_t bits = mask.low != 0 ? mask.low : mask.high;
  table.shift = static_cast<std::uint8_t>(std::countr_zero(bits) % 64);
  table.ones = bits >> table.shift;
  const bool is_elsewhere = (mask.low != 0 && mask.high != 0) || table.ones > kBitsMax ||
                            (table.ones & (table.ones + 1)) != 0;
  table.ones = is_elsewhere ? 0 : table.ones;
  table.bits.assign(is_elsewhere ? 0 : table.ones + 1, kNotKnown);
  table.elsewhere.follow(state_);
}

Root Transitions::bits_after(Table& table) {
  state_.unpack();
  const LocalValue value = after(table);
  if (!state_.is_plain() || table.fields != state_.fields()) {
    return {};  // fields have moved, states have outgrown two words perhaps
  }
  const Root bits = state_.bits_of(table.leaf, value);
  if (table.ones != 0) {
    const Root before = state_.words();
    table.bits[(table.word == 0 ? before.low : before.high) >> table.shift & table.ones] =
        table.word == 0 ? bits.low : bits.high;
  } else {
    table.elsewhere.add(state_, std::span(&table.leaf, 1), [&](Root) { return bits; });
  }
  return bits;
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
    return enabled_;
  }
  enabled_events_.clear();
  for (const EventNumber number : enabled_) {
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
  if (representatives_ == nullptr) {
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
  representatives_->canonicalise(after_);
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
    std::vector<std::pair<LeafPosition, std::vector<LeafOperation>>> by_leaf;
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

// What is judged of a state.

Judge::Judged Transitions::judge() {
  if (options_.memo && looked_through_ && predicate_leaves_ != state_.size()) {
    forget_predicates();
  }
  judge_.begin();
  for (Predicate& predicate : predicates_) {
    judge_.note_property(predicate.index, evaluate(predicate, false) != 0);
  }
  for (Predicate& measure : measures_) {
    judge_.note_measure(measure.index, evaluate(measure, true));
  }
  if (is_quiescent()) {
    judge_.judge_at_quiescence(state_.vector());
  }
  return judge_.end(is_quiescent());
}

std::uint64_t Transitions::evaluate(Predicate& predicate, bool measure) {
  const bool memoised = measure || judge_.claims().properties[predicate.index]->is_memoised();
  const bool remembered = options_.memo && !predicate.asks_always && memoised;
  if (remembered && state_.is_plain()) {
    const Root words = state_.words();
    if (predicate.last_fields == state_.fields() &&
        ((words.low ^ predicate.last_words.low) & predicate.mask.low) == 0 &&
        ((words.high ^ predicate.last_words.high) & predicate.mask.high) == 0) {
      return predicate.last;
    }
    if (const std::uint64_t* result = predicate.table.find(words)) {
      return said(predicate, *result);
    }
    state_.unpack();
  }
  if (remembered) {
    const Branch end = walk(predicate.root);
    if (end.is_known()) {
      const std::uint64_t result = results_[end.number()];
      if (state_.is_plain() && predicate.table.times_full() < kTimesFullMax) {
        looked_at_.clear();
        look_along(predicate.root);
        predicate.table.add(state_, looked_at_, [&](Root) { return result; });
        if (predicate.table.times_full() >= kTimesFullMax) {
          predicate.table.drop();
        }
      }
      return said(predicate, result);
    }
  }
  Judge::Consulted consulted;
  const std::uint64_t result =
      measure ? judge_.measure(predicate.index, state_.vector(), consulted)
              : (judge_.holds(predicate.index, state_.vector(), consulted) ? 1U : 0U);
  const bool blind = judge_.is_blind(consulted) && (memoised || representatives_ == nullptr);
  if (selector_) {
    selector_->read(consulted);
  }
  if (!blind) {
    // What hangs on names is a function of more than what was consulted.
    if (selector_) {
      selector_->read_names();
    }
    return measure
               ? judge_.measure_renamed(predicate.index, state_.vector(), result)
               : (judge_.holds_renamed(predicate.index, state_.vector(), result != 0) ? 1U : 0U);
  }
  if (!remembered || results_.size() >= kPredicateEndsMax) {
    return result;
  }
  std::vector<std::pair<LeafKey, LeafQuestion>> questions;
  for (const auto& [asked, answer] : consulted) {
    if (!questions_of(kernel_, asked, questions, looked_through_)) {
      predicate.asks_always = true;
      return result;
    }
  }
  predicate_leaves_ = state_.size();
  std::vector<LeafRead> reads;
  for (const auto& [key, question] : questions) {
    const LeafPosition at = kernel_.position(key);
    const auto known = std::ranges::find_if(reads, [&](const LeafRead& read) {
      return read.position == at && read.question == question;
    });
    if (known == reads.end()) {
      reads.push_back({at, question, kernel_.ask(question, state_.vector()[at])});
      if (std::ranges::find(predicate.leaves, at) == predicate.leaves.end()) {
        predicate.leaves.push_back(at);
        predicate.last_fields = 0;
      }
    }
  }
  results_.push_back(result);
  grow(predicate.root, reads, Branch::end(static_cast<std::uint32_t>(results_.size() - 1)));
  return result;
}

std::uint64_t Transitions::said(Predicate& predicate, std::uint64_t result) {
  if (state_.is_plain()) {
    if (predicate.last_fields != state_.fields()) {
      predicate.last_fields = state_.fields();
      predicate.mask = {};
      for (const LeafPosition leaf : predicate.leaves) {
        const Root mask = state_.mask_of(leaf);
        predicate.mask.low |= mask.low;
        predicate.mask.high |= mask.high;
      }
    }
    predicate.last_words = state_.words();
    predicate.last = result;
  }
  return result;
}

void Transitions::forget_predicates() {
  // What was looked through has become more.
  for (auto* some : {&predicates_, &measures_}) {
    for (Predicate& predicate : *some) {
      predicate.root = {};
      predicate.table.drop();
      predicate.leaves.clear();
      predicate.last_fields = 0;
    }
  }
  predicate_leaves_ = state_.size();
}

}  // namespace heddle
