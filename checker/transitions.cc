#include <algorithm>
#include <iterator>

#include <heddle/checker/transitions.h>

namespace heddle {

namespace {

constexpr std::uint32_t kRecheckLess = 16;
/// A variable with more values than this shares what they have in common.
constexpr std::uint32_t kBranchesMax = 64;
/// Of what its values share so many, the last ones, are tried.
constexpr std::ptrdiff_t kSharedTried = 16;

}  // namespace

std::size_t Transitions::EventHash::operator()(const Event& event) const {
  std::uint64_t hash = static_cast<std::uint64_t>(event.kind) << 1U | (event.trap ? 1U : 0U);
  hash = hash << 1U | (event.silent ? 1U : 0U);
  hash = hash << 2U | (event.cleanup_trap ? 2U : 0U) | (event.fatal ? 1U : 0U);
  hash = hash << 2U | (event.twice ? 2U : 0U) | (event.again ? 1U : 0U);
  for (const std::uint64_t part :
       {std::uint64_t{event.from}, std::uint64_t{event.to}, std::uint64_t{event.context},
        std::uint64_t{event.index}, std::uint64_t{event.failing_send}, std::uint64_t{event.answer},
        std::uint64_t{event.trap_after}, static_cast<std::uint64_t>(event.action)}) {
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
      looks_up_plain_(options.memo && representatives == nullptr),
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
  groups_are_due_ = true;
  for (auto* some : {&predicates_, &measures_}) {
    for (Predicate& predicate : *some) {
      predicate.table.follow(state_);
    }
  }
}

std::size_t Transitions::memory_bytes() const {
  std::size_t bytes = outcomes_.capacity() * sizeof(Outcome) + writes_.capacity() * sizeof(Write) +
                      events_.size() * (sizeof(Event) + 64) + results_.capacity() * 8;
  bytes += nodes_.capacity() * sizeof(Node) + questions_.size() * sizeof(NodeQuestion) +
           further_.size() * 64 + by_value_.memory_bytes() + outcomes_known_.size() * 128 +
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
    bytes += sizeof(Table) + table.after.capacity() * sizeof(LocalValue);
  }
  for (const auto* some : {&predicates_, &measures_}) {
    for (const Predicate& predicate : *some) {
      bytes += predicate.table.memory_bytes() + predicate.answers.memory_bytes();
    }
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
    const LeafQuestion& question = questions_[number].question;
    if (question.kind == LeafQuestion::Kind::kValue) {
      return {};
    }
    at = branch(number, kernel_.ask(question, state_.value(node.leaf, local)));
    if (at.is_known()) {
      set_branch(number, local, at);
    }
  }
  return at;
}

void Transitions::set_branch(std::uint32_t number, LocalValue local, Branch to) {
  branches_[nodes_[number].leaf].set(local, nodes_[number].column, to);
}

Transitions::Branch Transitions::branch(std::uint32_t number, std::uint64_t answer) const {
  const NodeQuestion& asked = questions_[number];
  if (asked.question.kind == LeafQuestion::Kind::kValue) {
    const Node& node = nodes_[number];
    return branches_[node.leaf].get(state_[node.leaf], node.column);
  }
  if (asked.answer == answer) {
    return asked.branch;
  }
  const auto known = further_.find({number, answer});
  return known == further_.end() ? Branch() : known->second;
}

void Transitions::add_branch(std::uint32_t number, std::uint64_t answer, Branch to) {
  NodeQuestion& asked = questions_[number];
  if (asked.count == 0) {
    asked.answer = answer;
    asked.branch = to;
  } else if (asked.question.kind != LeafQuestion::Kind::kValue) {
    further_.emplace(std::pair(number, answer), to);
  }
  ++asked.count;
  set_branch(number, state_[nodes_[number].leaf], to);
}

Transitions::Branch Transitions::chain(std::span<const LeafRead> reads, Branch end) {
  for (std::size_t i = reads.size(); i > 0; --i) {
    const LeafRead& read = reads[i - 1];
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    while (branches_.size() <= read.position) {
      branches_.emplace_back(Branch());
    }
    nodes_.push_back({read.position, branches_[read.position].add_column()});
    questions_.emplace_back().question = read.question;
    add_branch(number, read.answer, end);
    end = Branch::node(number);
  }
  return end;
}

Transitions::Agreed Transitions::agree(Branch at, std::span<const LeafRead> reads,
                                       bool to_wide) const {
  for (std::size_t i = 0; i < reads.size(); ++i) {
    const LeafRead& read = reads[i];
    const std::uint32_t number = at.number();
    if (at.is_end() || nodes_[number].leaf != read.position ||
        questions_[number].question != read.question) {
      return {at, i, true, false};
    }
    const Branch next =
        to_wide && questions_[number].wide != 0 ? Branch() : branch(number, read.answer);
    if (!next.is_known()) {
      return {at, i, false, false};
    }
    at = next;
  }
  return {at, reads.size(), !at.is_end(), at.is_end()};
}

void Transitions::grow(Branch& root, std::span<const LeafRead> reads, Branch end) {
  if (!root.is_known()) {
    root = chain(reads, end);
    return;
  }
  const Agreed agreed = agree(root, reads, false);
  if (agreed.conflicts) {
    throw BrokenInvariant("a step asked something else than before, with the same answers");
  }
  if (!agreed.is_complete) {
    const Branch more = chain(reads.subspan(agreed.reads + 1), end);
    add_branch(agreed.at.number(), reads[agreed.reads].answer, more);
  }
}

void Transitions::widen(std::uint32_t number) {
  NodeQuestion& asked = questions_[number];
  if (asked.question.kind == LeafQuestion::Kind::kValue && asked.count > kBranchesMax &&
      kernel_.key(nodes_[number].leaf).kind == LeafKind::kVariable) {
    wide_.emplace_back();
    asked.wide = static_cast<std::uint32_t>(wide_.size());
  }
}

std::uint32_t Transitions::value_end(std::uint32_t number, std::span<const LeafRead> reads) {
  const LeafPosition leaf = nodes_[number].leaf;
  const auto rest = reads.subspan(1);
  const auto fits = [&](Branch shared) {
    const Agreed agreed = agree(shared, rest, false);
    if (!agreed.is_complete) {
      return !agreed.conflicts;
    }
    // It may be one by the value of another leaf, or what is known of one value alone.
    const std::uint32_t end = agreed.at.number();
    return (end & kByValue) != 0 && value_ends_[end & ~kByValue] == leaf;
  };
  const auto new_end = [&] {
    value_ends_.push_back(leaf);
    return Branch::end(kByValue | static_cast<std::uint32_t>(value_ends_.size() - 1));
  };
  std::vector<Branch>& wide = wide_[questions_[number].wide - 1];
  Branch shared = branch(number, reads.front().answer);
  if (!shared.is_known() || !fits(shared)) {
    // Values met at the same time go on alike.
    const auto last = std::ssize(wide) > kSharedTried ? wide.end() - kSharedTried : wide.begin();
    const auto known = std::find_if(last, wide.end(), fits);
    shared = known == wide.end() ? Branch() : *known;
  }
  Branch end;
  if (!shared.is_known()) {
    end = new_end();
    shared = chain(rest, end);
    wide.push_back(shared);
  } else if (const Agreed agreed = agree(shared, rest, false); agreed.is_complete) {
    end = agreed.at;
  } else {
    end = new_end();
    const Branch more = chain(rest.subspan(agreed.reads + 1), end);
    add_branch(agreed.at.number(), rest[agreed.reads].answer, more);
  }
  set_branch(number, state_[leaf], shared);
  return end.number() & ~kByValue;
}

// The leaves at which the tree looks in the loaded state, as far as it is known there.
void Transitions::look_along(Branch at) {
  while (at.is_known() && !at.is_end()) {
    const Node& node = nodes_[at.number()];
    looked_at_.push_back(node.leaf);
    at = branches_[node.leaf].get(state_[node.leaf], node.column);
  }
}

}  // namespace heddle
