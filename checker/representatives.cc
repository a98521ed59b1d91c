// Symmetry: what stands for states that differ by a renaming, for one thread.
#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include <heddle/checker/equal_answers.h>
#include <heddle/checker/internal/piece_symmetry.h>
#include <heddle/checker/symmetry.h>

namespace heddle {

using internal::Content;
using internal::MemberMask;
using internal::Permutation;
using internal::Renamer;

namespace {

/// As many orders of users that look the same are tried, and no more.
constexpr std::size_t kOrdersMax = 720;

std::string_view text(NotSymmetric::Of whom) {
  switch (whom) {
    case NotSymmetric::Of::kUsers:
      return "users";
    case NotSymmetric::Of::kCalls:
      return "equal calls";
    case NotSymmetric::Of::kCanisters:
      return "canisters";
  }
  return {};
}

std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ hash >> 32U) * 0x9fb21c651e98df25ULL;
  return hash ^ hash >> 29U;
}

}  // namespace

/// A leaf that names members.
struct Representatives::Leaf {
  std::uint32_t number = 0;
  MemberMask members = 0;
  bool names_several = false;  ///< a call with its user is one
  Content content;
  /// What it says, seen from each member that it names.
  std::array<std::uint64_t, Permutation::kSizeMax> seen{};
  /// If it names one member only: the leaf that says the same of another.
  std::array<std::unique_ptr<Image>, Permutation::kSizeMax> images;
  /// The bits that it takes in words, as long as Packed::fields is this.
  Root mask;
  std::uint32_t fields = 0;
};

/// What becomes of a leaf when members are renamed.
struct Representatives::Image {
  Written written;
  Root bits;
  std::uint32_t fields = 0;
};

struct Representatives::Moved {
  LeafPosition position;
  LeafValue value;
  const Leaf* leaf;
};

class Representatives::Pieces : public internal::PieceSymmetry {
 public:
  using PieceSymmetry::PieceSymmetry;
};

Representatives::Representatives(const Symmetry& symmetry, bool aligns_answers)
    : symmetry_(symmetry),
      aligns_answers_(aligns_answers),
      renamer_(symmetry.names()),
      pieces_(std::make_unique<Pieces>(renamer_, symmetry.generators())) {}

Representatives::~Representatives() = default;

void Representatives::ran(const PieceInput& input,
                          std::span<const std::pair<Observation, std::uint32_t>> consulted,
                          const Effects& effects) {
  pieces_->check(input, consulted, effects);
}

Representatives::Leaf* Representatives::leaf(LeafPosition position, LeafValue value) {
  const std::uint64_t what = std::uint64_t{position} << 32U | value;
  if (const auto* known = leaves_.find(what, 0)) {
    return *known;
  }
  const LeafKey key = renamer_.kernel().key(position);
  auto leaf = std::make_unique<Leaf>();
  leaf->number = static_cast<std::uint32_t>(named_.size());
  leaf->content = renamer_.content(key, value);
  leaf->members = leaf->content.members();
  if (key.kind == LeafKind::kAutomaton) {
    // What its memory says is its own affair; but who is not changed by any renaming needs none.
    const auto stays = [&](Permutation how) { return renamer_.leaf(key, value, how) == value; };
    const auto all = static_cast<MemberMask>((std::uint64_t{1} << symmetry_.size()) - 1);
    leaf->members = std::ranges::all_of(symmetry_.generators(), stays) ? 0 : all;
  } else {
    // Members of one class count the same, apart from the one that looks.
    Content::Roles roles{};
    std::ranges::copy(symmetry_.roles(), roles.begin());
    for (unsigned member = 0; member < symmetry_.size(); ++member) {
      if ((leaf->members >> member & 1U) != 0) {
        const std::uint8_t role = std::exchange(roles[member], std::uint8_t{0});
        leaf->seen[member] = mixed(leaf->content.hash(roles));
        roles[member] = role;
      }
    }
  }
  MemberMask alone = leaf->members;
  for (const Symmetry::Block& block : symmetry_.blocks()) {
    for (const unsigned call : block.members) {
      if (block.user && (leaf->members >> call & 1U) != 0) {
        alone &= ~(MemberMask{1} << *block.user);
      }
    }
  }
  leaf->names_several = (alone & (alone - 1)) != 0;
  Leaf* named = nullptr;
  if (leaf->members != 0) {
    named = leaf.get();
    named_.push_back(std::move(leaf));
  }
  leaves_.insert(what, 0, named);
  return named;
}

bool Representatives::may_name(LeafPosition position) {
  while (kinds_.size() <= position) {
    const LeafKey key = renamer_.kernel().key(static_cast<LeafPosition>(kinds_.size()));
    const auto names = [&](std::uint32_t canister) {
      return renamer_.members_of_canister(canister) != 0;
    };
    switch (key.kind) {
      case LeafKind::kInFlight:
        kinds_.push_back(names(key.a) || names(key.b) ? 1 : 0);
        break;
      case LeafKind::kTimer:
      case LeafKind::kTasks:
        kinds_.push_back(names(key.a) ? 1 : 0);
        break;
      case LeafKind::kBudget:
      case LeafKind::kClock:
        kinds_.push_back(0);
        break;
      default:
        kinds_.push_back(1);
        break;
    }
  }
  return kinds_[position] != 0;
}

/// Finds the leaves that name members, and what is seen from each.
void Representatives::look(const StateVector& state) {
  moved_.clear();
  signatures_ = {};
  const std::span<const LeafValue> values = state.leaves();
  for (LeafPosition at = 0; at < values.size(); ++at) {
    if (values[at] == 0 || !may_name(at)) {
      continue;
    }
    Leaf* const named = leaf(at, values[at]);
    if (named == nullptr) {
      continue;
    }
    moved_.push_back({at, values[at], named});
    MemberMask members = named->members;
    for (unsigned member = 0; members != 0; ++member, members >>= 1U) {
      if ((members & 1U) != 0) {
        signatures_[member] += named->seen[member];
      }
    }
  }
}

/// Those who have done something come first, by what is seen from them.
Permutation Representatives::sorted() {
  for (const Symmetry::Block& block : symmetry_.blocks()) {
    for (std::size_t i = 0; block.user && i < block.members.size(); ++i) {
      const std::uint64_t seen = signatures_[block.members[i]];
      signatures_[*block.user] += seen == 0 ? 0 : mixed(seen);
    }
  }
  const auto before = [&](unsigned left, unsigned right) {
    const std::uint64_t a = signatures_[left] - 1;  // 0, nothing seen, is the last
    const std::uint64_t b = signatures_[right] - 1;
    return a != b ? a < b : left < right;
  };
  for_each_run([&](const std::vector<unsigned>& members, std::size_t first) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      // Few have changed: they are sorted but for these.
      std::size_t at = first + i;
      for (; at > first && before(members[i], order_[at - 1]); --at) {
        order_[at] = order_[at - 1];
      }
      order_[at] = members[i];
    }
  });
  return in_order();
}

/// Calls `act(members, first)` for each class and each block: its members are in `order_` from
/// there on.
template <class Act>
void Representatives::for_each_run(const Act& act) const {
  std::size_t first = 0;
  for (const auto& members : symmetry_.classes()) {
    act(members, first);
    first += members.size();
  }
  for (const Symmetry::Block& block : symmetry_.blocks()) {
    act(block.members, first);
    first += block.members.size();
  }
}

/// The renaming that `order_` says.
Permutation Representatives::in_order() const {
  Permutation how;
  std::size_t first = 0;
  for (const auto& members : symmetry_.classes()) {
    for (const unsigned member : members) {
      how.set(order_[first++], member);
    }
  }
  const auto& blocks = symmetry_.blocks();
  for (const Symmetry::Block& block : blocks) {
    for (const unsigned member :
         block.user ? blocks[block.images[how[*block.user]]].members : block.members) {
      how.set(order_[first++], member);
    }
  }
  return how;
}

/// Of all orders of members that look the same the one whose state has the least hash.
template <class ForEachLeaf>
Permutation Representatives::untied(Permutation sorted, const ForEachLeaf& for_each_leaf) {
  // Runs of the same signature, as places in order_.
  std::array<std::pair<std::size_t, std::size_t>, Permutation::kSizeMax> runs;
  std::size_t run_count = 0;
  MemberMask tied = 0;
  std::size_t count = 1;
  for_each_run([&](const std::vector<unsigned>& members, std::size_t first) {
    const std::size_t end = first + members.size();
    for (std::size_t at = first; at < end;) {
      std::size_t next = at + 1;
      const std::uint64_t signature = signatures_[order_[at]];
      while (next < end && signatures_[order_[next]] == signature) {
        ++next;
        count *= signature == 0 || count > kOrdersMax ? 1 : next - at;
      }
      if (next - at > 1 && signature != 0) {
        runs[run_count++] = {at, next};
        for (std::size_t i = at; i < next; ++i) {
          tied |= MemberMask{1} << order_[i];
        }
      }
      at = next;
    }
  });
  if (tied == 0 || count > kOrdersMax) {
    return sorted;
  }
  shared_.clear();
  for_each_leaf([&](const Leaf& leaf) {
    if (leaf.names_several && (leaf.content.members() & tied) != 0) {
      shared_.push_back(&leaf);
    }
  });
  if (shared_.empty()) {
    return sorted;
  }
  Permutation best = sorted;
  std::uint64_t least = ~std::uint64_t{0};
  const auto consider = [&] {
    const Permutation now = in_order();
    Content::Roles roles{};
    for (unsigned member = 0; member < symmetry_.size(); ++member) {
      roles[member] = static_cast<std::uint8_t>(now[member]);
    }
    std::uint64_t sum = 0;
    for (const Leaf* leaf : shared_) {
      sum += mixed(leaf->content.hash(roles));
    }
    if (sum < least) {
      least = sum;
      best = now;
    }
  };
  const auto try_runs = [&](const auto& self, std::size_t run) -> void {
    if (run == run_count) {
      consider();
      return;
    }
    const std::span<unsigned> places(order_.data() + runs[run].first,
                                     runs[run].second - runs[run].first);
    std::ranges::sort(places);
    do {
      self(self, run + 1);
    } while (std::ranges::next_permutation(places).found);
  };
  try_runs(try_runs, 0);
  return best;
}

std::pair<LeafPosition, LeafValue> Representatives::image(LeafPosition position, LeafValue value,
                                                          const Leaf& leaf, Permutation how) {
  const std::uint64_t what = how.code(leaf.members);
  if (what == 0) {
    return {position, value};
  }
  if (const auto* known = images_.find(leaf.number, what)) {
    return *known;
  }
  Kernel& kernel = renamer_.kernel();
  const LeafKey key = kernel.key(position);
  const auto renamed = renamer_.leaf(key, value, how);
  if (!renamed) {
    const NotSymmetric::Of whom = NotSymmetric::whom(renamer_, how);
    throw NotSymmetric(fmt::format("property \"{}\" tells {} apart",
                                   symmetry_.claims().properties[key.a]->name(), text(whom)),
                       whom);
  }
  const std::pair image{kernel.position(renamer_.key(key, how)), *renamed};
  images_.insert(leaf.number, what, image);
  return image;
}

/// After `look`.
void Representatives::rename(StateVector& state, Permutation how) {
  for (const Moved& moved : moved_) {
    state.set(moved.position, 0);
  }
  for (const Moved& moved : moved_) {
    const auto [position, value] = image(moved.position, moved.value, *moved.leaf, how);
    state.set(position, value);
  }
  state.normalise();
}

Permutation Representatives::canonicalise(StateVector& state) {
  look(state);
  const Permutation how = untied(sorted(), [this](const auto& act) {
    for (const Moved& moved : moved_) {
      act(*moved.leaf);
    }
  });
  if (!how.is_identity()) {
    rename(state, how);
  }
  return how;
}

Representatives::Leaf* Representatives::leaf_of(Packed& state, LeafPosition position,
                                                LocalValue local) {
  if (local == 0) {
    return nullptr;
  }
  if (position >= by_local_.size()) {
    by_local_.resize(position + std::size_t{1});
  }
  auto& leaves = by_local_[position];
  if (local >= leaves.size()) {
    leaves.resize(std::max<std::size_t>(local + std::size_t{1}, 2 * leaves.size()));
  }
  if (!leaves[local]) {
    leaves[local] = may_name(position) ? leaf(position, state.value(position, local)) : nullptr;
  }
  return *leaves[local];
}

template <class Do>
void Representatives::for_each_member(const Leaf& leaf, const Do& act) {
  for (MemberMask members = leaf.members; members != 0; members &= members - 1) {
    const auto member = static_cast<unsigned>(std::countr_zero(members));
    act(member, leaf.seen[member]);
  }
}

void Representatives::prepare(Packed& state) {
  is_prepared_ = true;
  twins_are_known_ = false;
  prepared_ = {};
  placed_.clear();
  for (LeafPosition at = 0; at < state.size(); ++at) {
    if (Leaf* const named = leaf_of(state, at, state[at])) {
      placed_.push_back({at, state[at], named});
      for_each_member(*named,
                      [&](unsigned member, std::uint64_t seen) { prepared_[member] += seen; });
    }
  }
}

Representatives::Image& Representatives::image(Packed& state, const Placed& placed,
                                               Permutation how) {
  Leaf& leaf = *placed.leaf;
  const bool is_of_one = (leaf.members & (leaf.members - 1)) == 0;
  std::unique_ptr<Image>* own = nullptr;
  if (is_of_one) {
    own = &leaf.images[how[static_cast<unsigned>(std::countr_zero(leaf.members))]];
    if (*own != nullptr) {
      return **own;
    }
  } else if (Image* const* known = local_images_.find(leaf.number, how.code(leaf.members))) {
    return **known;
  }
  const auto [position, value] =
      image(placed.position, state.value(placed.position, placed.local), leaf, how);
  auto made = std::make_unique<Image>();
  made->written = {position, state.local(position, value)};
  Image& image = *made;
  if (is_of_one) {
    *own = std::move(made);
  } else {
    shared_images_.push_back(std::move(made));
    local_images_.insert(leaf.number, how.code(leaf.members), &image);
  }
  return image;
}

bool Representatives::represent(Packed& state, std::span<const Written> writes) {
  if (!is_prepared_) {
    prepare(state);
  }
  ++round_;
  signatures_ = prepared_;
  fresh_.clear();
  bool any_named = false;
  for (const Written& write : writes) {
    if (write.position >= written_.size()) {
      written_.resize(std::max<std::size_t>(write.position + std::size_t{1}, state.size()));
    }
    written_[write.position] = round_;
    if (const Leaf* const before = leaf_of(state, write.position, state[write.position])) {
      any_named = true;
      for_each_member(*before,
                      [&](unsigned member, std::uint64_t seen) { signatures_[member] -= seen; });
    }
    if (Leaf* const now = leaf_of(state, write.position, write.local)) {
      any_named = true;
      fresh_.push_back({write.position, write.local, now});
      for_each_member(*now,
                      [&](unsigned member, std::uint64_t seen) { signatures_[member] += seen; });
    }
  }
  if (!any_named) {
    return false;
  }
  const auto for_each_placed = [this](const auto& act) {
    for (const Placed& placed : fresh_) {
      act(placed);
    }
    for (const Placed& placed : placed_) {
      if (!is_written(placed)) {
        act(placed);
      }
    }
  };
  const Permutation how = untied(sorted(), [&](const auto& act) {
    for_each_placed([&](const Placed& placed) { act(*placed.leaf); });
  });
  if (how.is_identity()) {
    return false;
  }
  MemberMask moving = 0;
  for (unsigned member = 0; member < symmetry_.size(); ++member) {
    moving |= how[member] == member ? 0 : MemberMask{1} << member;
  }
  moves_.clear();
  for_each_placed([&](const Placed& placed) {
    if ((placed.leaf->members & moving) != 0) {
      moves_.emplace_back(&placed, &image(state, placed, how));
    }
  });
  return true;
}

void Representatives::move(Packed& state) {
  for (const auto& [placed, image] : moves_) {
    state.set(placed->position, 0);
  }
  for (const auto& [placed, image] : moves_) {
    state.set(image->written.position, image->written.local);
  }
}

Root Representatives::moved(Packed& state, Root root) {
  Root clear;
  Root set;
  for (const auto& [placed, image] : moves_) {
    Leaf& leaf = *placed->leaf;
    if (leaf.fields != state.fields()) {
      leaf.mask = state.mask_of(placed->position);
      leaf.fields = state.fields();
    }
    if (image->fields != state.fields()) {
      image->bits = state.bits_of(image->written.position, image->written.local);
      image->fields = state.fields();
    }
    clear.low |= leaf.mask.low;
    clear.high |= leaf.mask.high;
    set.low |= image->bits.low;
    set.high |= image->bits.high;
  }
  return {(root.low & ~clear.low) | set.low, (root.high & ~clear.high) | set.high};
}

bool Representatives::are_twins(Packed& state, unsigned left, unsigned right) {
  const Permutation swap = symmetry_.transposition(left, right);
  return prepared_[left] == prepared_[right] &&
         std::ranges::all_of(placed_, [&](const Placed& placed) {
           if (swap.code(placed.leaf->members) == 0) {
             return true;
           }
           const Written& written = image(state, placed, swap).written;
           return state[written.position] == written.local;
         });
}

unsigned Representatives::twin(Packed& state, unsigned member) {
  if (!is_prepared_) {
    prepare(state);
  }
  if (!twins_are_known_) {
    twins_are_known_ = true;
    for_each_run([&](const std::vector<unsigned>& members, std::size_t) {
      twins_[members.front()] = members.front();
      for (std::size_t i = 1; i < members.size(); ++i) {
        // Those who look the same are neighbours.
        const bool same = are_twins(state, members[i - 1], members[i]);
        twins_[members[i]] = same ? twins_[members[i - 1]] : members[i];
      }
    });
  }
  return twins_[member];
}

MemberMask Representatives::members_of(const Event& event) const {
  if (event.context != 0) {
    return renamer_.members_of_context(event.context);
  }
  const bool by_name = symmetry_.kernel().system().weakened.overtaking;
  const bool in_queue = takes_request(event);
  if (event.kind == EventKind::kAdvanceTime || (in_queue && by_name)) {
    return 0;  // a position in a queue is one of names
  }
  return renamer_.members_of_canister(event.to) |
         (in_queue ? renamer_.members_of_canister(event.from) : 0);
}

Event Representatives::event_of_twin(const Event& event, unsigned member, unsigned twin) {
  return renamer_.event({}, event, symmetry_.transposition(member, twin));
}

StateVector Representatives::renamed(const StateVector& state, Permutation how) {
  StateVector other = state;
  look(other);
  rename(other, how);
  return other;
}

Event Representatives::renamed(const StateVector& state, const Event& event, Permutation how) {
  return renamer_.event(state, event, how);
}

void Representatives::need_renamings(std::string_view claim) const {
  if (!symmetry_.lists_renamings()) {
    throw NotSymmetric(
        fmt::format("{} looks at who is who, and there are too many to be renamed", claim),
        symmetry_.given_up_first());
  }
}

const std::vector<Permutation>& Representatives::renamings(std::string_view claim) const {
  need_renamings(claim);
  return symmetry_.renamings();
}

const std::vector<Permutation>& Representatives::call_renamings(std::string_view claim) const {
  need_renamings(claim);
  return symmetry_.call_renamings();
}

bool Representatives::names_users(ValueId value) {
  return renamer_.members_of_value(value) != 0;
}

bool Representatives::is_blind(const Observation& question, std::uint32_t answer) {
  Kernel& kernel = renamer_.kernel();
  const auto stays = [&](std::uint32_t canister) {
    return renamer_.members_of_canister(canister) == 0;
  };
  if (!stays(question.canister)) {
    return false;
  }
  const auto names_none = [&](LeafKey key) {
    return answer == 0 || leaf(kernel.position(key), answer) == nullptr;
  };
  switch (question.kind) {
    case ObservationKind::kInFlight:
      return stays(question.detail);
    case ObservationKind::kQuiescent:
    case ObservationKind::kTime:
    case ObservationKind::kTimer:
    case ObservationKind::kVersion:
      return true;
    case ObservationKind::kVariable:
      return (question.subject.key == Subject::kKeySet || !names_users(question.subject.key)) &&
             names_none({LeafKind::kVariable, question.canister, question.subject.variable,
                         question.subject.key});
    case ObservationKind::kRequests:
      if (kernel.system().weakened.overtaking && kernel.list(answer).size() > 1) {
        return false;  // their order is that of names
      }
      return stays(question.detail) &&
             std::ranges::none_of(kernel.list(answer),
                                  [&](ValueId arguments) { return names_users(arguments); });
    case ObservationKind::kReplies:
      return stays(question.detail) &&
             std::ranges::none_of(kernel.list(answer), [&](std::uint32_t id) {
               return names_users(kernel.tables().answer(id).value);
             });
    case ObservationKind::kContexts:
      return std::ranges::all_of(kernel.list(answer), [&](ContextId context) {
        return renamer_.members_of_context(context) == 0;
      });
    case ObservationKind::kContextLeaf:
      return renamer_.members_of_context(question.detail) == 0 &&
             names_none({LeafKind::kContext, 0, question.detail, 0});
    case ObservationKind::kCallsLeaf:
      return renamer_.members_of_context(question.detail) == 0 &&
             names_none({LeafKind::kOpenCalls, 0, question.detail, 0});
    default:
      return false;
  }
}

std::size_t Representatives::memory_bytes() const {
  constexpr std::size_t kContentBytes = 256;
  return leaves_.memory_bytes() + images_.memory_bytes() +
         named_.size() * (sizeof(Leaf) + kContentBytes);
}

Schedule Representatives::unfolded(Stepper& stepper, const Schedule& schedule,
                                   const Permutation* last) {
  // A representative is renamed by `back` to become the state that the schedule is in.
  Schedule events;
  const auto walk = [&](Permutation back) {
    events.clear();
    StateVector at = renamer_.kernel().initial();
    for (const Event& event : schedule) {
      events.push_back(renamed(at, event, back));
      if (last == nullptr && events.size() == schedule.size()) {
        break;
      }
      Stepper::apply(at, stepper.step(at, event));
      if (aligns_answers_) {
        align_answers(renamer_.kernel(), at);
      }
      back = canonicalise(at).inverse().then(back);
    }
    return back;
  };
  const Permutation back = walk({});
  Permutation first;
  if (last != nullptr && !(back == *last)) {
    first = back.inverse().then(*last);
    walk(first);
  }
  if (const Permutation calls = as_they_start(events); !calls.is_identity()) {
    walk(first.then(calls));
  }
  return events;
}

/// Of equal calls the kernel starts the first that is left.
Permutation Representatives::as_they_start(const Schedule& events) const {
  Permutation how;
  for (const Symmetry::Block& block : symmetry_.blocks()) {
    std::vector<unsigned> order;
    const auto add = [&](unsigned member) {
      if (std::ranges::find(order, member) == order.end()) {
        order.push_back(member);
      }
    };
    for (const Event& event : events) {
      for (const unsigned member : block.members) {
        const bool is_its = event.context != 0 && (members_of(event) >> member & 1U) != 0;
        if (is_its) {
          add(member);
        }
      }
    }
    std::ranges::for_each(block.members, add);
    for (std::size_t i = 0; i < order.size(); ++i) {
      how.set(order[i], block.members[i]);
    }
  }
  return how;
}

}  // namespace heddle
