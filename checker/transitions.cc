#include <heddle/checker/transitions.h>

namespace heddle {

namespace {

constexpr std::uint32_t kRecheckLess = 16;

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

}  // namespace heddle
