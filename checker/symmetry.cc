#include <algorithm>
#include <bit>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/checker/internal/piece_symmetry.h>
#include <heddle/checker/symmetry.h>
#include <heddle/model/value.h>

namespace heddle {

using internal::Content;
using internal::MemberMask;
using internal::Permutation;
using internal::Renamer;

namespace {

/// As many orders of users that look the same are tried, and no more.
constexpr std::size_t kOrdersMax = 720;

/// Whether the name can be found in values and in names of contexts, and nobody else has it.
bool can_be_renamed(const System& system, const User& user) {
  if (user.calls.empty() || user.name.find_first_of("#/") != std::string::npos) {
    return false;
  }
  try {
    const Principal principal = Principal::named(user.name);
    const auto same_name = [&](const User& other) { return other.name == user.name; };
    return std::ranges::count_if(system.users, same_name) == 1 &&
           std::ranges::find(system.canisters, principal, &Installed::principal) ==
               system.canisters.end();
  } catch (const std::invalid_argument&) {
    return false;
  }
}

/// Looks for what tells two users apart before anything has happened.
class Comparison {
 public:
  Comparison(Renamer& renamer, const Claims& claims, unsigned left, unsigned right)
      : renamer_(renamer),
        claims_(claims),
        system_(renamer.kernel().system()),
        left_(renamer.users()[left]),
        right_(renamer.users()[right]),
        swap_(Permutation::transposition(left, right)) {}

  /// They do the same, each in its own name.
  [[nodiscard]] bool same_script() const {
    const User& left = system_.users[left_];
    const User& right = system_.users[right_];
    return left.order == right.order &&
           std::ranges::equal(left.calls, right.calls, [&](const UserCall& a, const UserCall& b) {
             return a.canister == b.canister && a.method == b.method && a.together == b.together &&
                    renamer_.renamed(a.arguments, swap_) == b.arguments;
           });
  }

  /// Who or what knows them; empty when nothing does.
  std::string told_apart_by() {
    for (std::uint32_t user = 0; user < system_.users.size(); ++user) {
      const bool is_other = user != left_ && user != right_;
      if (is_other && std::ranges::any_of(system_.users[user].calls, [&](const UserCall& call) {
            return is_changed(call.arguments);
          })) {
        return fmt::format("the calls of {}", system_.users[user].name);
      }
    }
    for (const Installed& canister : system_.canisters) {
      for (const auto& [method, answers] : canister.answers) {
        if (std::ranges::any_of(answers, [&](const EnvironmentAnswer& answer) {
              return is_changed(answer.value);
            })) {
          return fmt::format("the answers of {}", canister.name);
        }
      }
    }
    const StateVector& initial = renamer_.kernel().initial();
    for (LeafPosition at = 0; at < initial.size(); ++at) {
      if (initial[at] == 0) {
        continue;
      }
      const LeafKey key = renamer_.kernel().key(at);
      if (initial[renamer_.kernel().position(renamer_.key(key, swap_))] !=
          *renamer_.leaf(key, initial[at], swap_)) {
        return fmt::format("what {} starts with", system_.canisters[key.a].name);
      }
    }
    for (std::uint32_t index = 0; index < claims_.properties.size(); ++index) {
      const Property& property = *claims_.properties[index];
      if (property.when() == Property::When::kEveryStep &&
          renamer_.leaf({LeafKind::kAutomaton, index, 0, 0}, 0, swap_) != LeafValue{0}) {
        return fmt::format("property \"{}\"", property.name());
      }
    }
    return {};
  }

  [[nodiscard]] std::string names() const {
    return fmt::format("{} and {}", system_.users[left_].name, system_.users[right_].name);
  }

 private:
  [[nodiscard]] bool is_changed(const std::string& bytes) const {
    return renamer_.renamed(bytes, swap_) != bytes;
  }

  Renamer& renamer_;
  const Claims& claims_;
  const System& system_;
  std::uint32_t left_;
  std::uint32_t right_;
  Permutation swap_;
};

std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ hash >> 32U) * 0x9fb21c651e98df25ULL;
  return hash ^ hash >> 29U;
}

}  // namespace

Symmetry::Symmetry(Kernel& kernel, const Claims& claims) : kernel_(kernel), claims_(claims) {
  find_classes();
  names_.emplace(kernel_, claims_, users_);
  for (const auto& members : classes_) {
    for (std::size_t i = 1; i < members.size(); ++i) {
      generators_.push_back(Permutation::transposition(members[0], members[i]));
    }
  }
  make_renamings();
}

void Symmetry::find_classes() {
  const System& system = kernel_.system();
  std::vector<std::uint32_t> candidates;
  for (std::uint32_t user = 0; user < system.users.size(); ++user) {
    if (candidates.size() < Permutation::kSizeMax && can_be_renamed(system, system.users[user])) {
      candidates.push_back(user);
    }
  }
  Renamer renamer(kernel_, claims_, candidates);
  std::vector<std::vector<unsigned>> classes;
  for (unsigned member = 0; member < candidates.size(); ++member) {
    std::string why;
    bool found = false;
    for (auto& others : classes) {
      Comparison comparison(renamer, claims_, others.front(), member);
      if (!comparison.same_script()) {
        continue;
      }
      const std::string apart = comparison.told_apart_by();
      if (apart.empty()) {
        others.push_back(member);
        found = true;
        break;
      }
      if (why.empty()) {
        why = fmt::format("{} are told apart by {}", comparison.names(), apart);
      }
    }
    if (!found) {
      classes.push_back({member});
      if (!why.empty()) {
        notes_.push_back(why);
      }
    }
  }
  // From here on only those have numbers who have somebody to change names with.
  for (const auto& members : classes) {
    if (members.size() < 2) {
      continue;
    }
    classes_.emplace_back();
    for (const unsigned member : members) {
      classes_.back().push_back(static_cast<unsigned>(users_.size()));
      users_.push_back(candidates[member]);
    }
  }
  if (classes_.empty() && notes_.empty()) {
    notes_.emplace_back("no two users do the same");
  }
}

void Symmetry::make_renamings() {
  std::size_t count = 1;
  for (const auto& members : classes_) {
    for (std::size_t i = 2; i <= members.size(); ++i) {
      count *= i;
      if (count > kRenamingsMax) {
        return;
      }
    }
  }
  renamings_ = {Permutation()};
  for (const auto& members : classes_) {
    std::vector<Permutation> longer;
    std::vector<unsigned> images = members;
    do {
      for (Permutation renaming : renamings_) {
        for (std::size_t i = 0; i < members.size(); ++i) {
          renaming.set(members[i], images[i]);
        }
        longer.push_back(renaming);
      }
    } while (std::ranges::next_permutation(images).found);
    renamings_ = std::move(longer);
  }
  std::erase(renamings_, Permutation());
}

std::string Symmetry::text() const {
  std::vector<std::string> parts;
  for (const auto& members : classes_) {
    std::vector<std::string> names;
    for (const unsigned member : members) {
      names.push_back(kernel_.system().users[users_[member]].name);
    }
    parts.push_back(fmt::format("{}", fmt::join(names, ", ")));
  }
  return fmt::format("{}", fmt::join(parts, " and of "));
}

/// A leaf that names members.
struct Representatives::Leaf {
  std::uint32_t number = 0;
  MemberMask members = 0;
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

Representatives::Representatives(const Symmetry& symmetry)
    : symmetry_(symmetry),
      renamer_(symmetry.kernel(), symmetry.claims(), symmetry.users()),
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
    const auto all = static_cast<MemberMask>((std::uint64_t{1} << symmetry_.users().size()) - 1);
    leaf->members = std::ranges::all_of(symmetry_.generators(), stays) ? 0 : all;
  } else {
    // Members of one class count the same, apart from the one that looks.
    Content::Roles roles{};
    for (std::size_t i = 0; i < symmetry_.classes().size(); ++i) {
      for (const unsigned member : symmetry_.classes()[i]) {
        roles[member] = static_cast<std::uint8_t>(1 + i);
      }
    }
    for (unsigned member = 0; member < symmetry_.users().size(); ++member) {
      if ((leaf->members >> member & 1U) != 0) {
        const std::uint8_t role = std::exchange(roles[member], std::uint8_t{0});
        leaf->seen[member] = mixed(leaf->content.hash(roles));
        roles[member] = role;
      }
    }
  }
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
    switch (renamer_.kernel().key(static_cast<LeafPosition>(kinds_.size())).kind) {
      case LeafKind::kInFlight:
      case LeafKind::kTimer:
      case LeafKind::kTasks:
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
  Permutation how;
  const auto before = [&](unsigned left, unsigned right) {
    const std::uint64_t a = signatures_[left] - 1;  // 0, nothing seen, is the last
    const std::uint64_t b = signatures_[right] - 1;
    return a != b ? a < b : left < right;
  };
  std::size_t first = 0;
  for (const auto& members : symmetry_.classes()) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      // Few have changed: they are sorted but for these.
      std::size_t at = first + i;
      for (; at > first && before(members[i], order_[at - 1]); --at) {
        order_[at] = order_[at - 1];
      }
      order_[at] = members[i];
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      how.set(order_[first + i], members[i]);
    }
    first += members.size();
  }
  return how;
}

/// Of all orders of members that look the same the one whose state has the least hash.
template <class FindShared>
Permutation Representatives::untied(Permutation sorted, const FindShared& find_shared) {
  // Runs of the same signature, as places in order_.
  std::array<std::pair<std::size_t, std::size_t>, Permutation::kSizeMax> runs;
  std::size_t run_count = 0;
  MemberMask tied = 0;
  std::size_t count = 1;
  std::size_t begin = 0;
  for (const auto& members : symmetry_.classes()) {
    const std::size_t end = begin + members.size();
    for (std::size_t at = begin; at < end;) {
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
    begin = end;
  }
  if (tied == 0 || count > kOrdersMax) {
    return sorted;
  }
  shared_.clear();
  find_shared([&](const Leaf& leaf) {
    const MemberMask members = leaf.content.members();
    if ((members & tied) != 0 && (members & (members - 1)) != 0) {
      shared_.push_back(&leaf);
    }
  });
  if (shared_.empty()) {
    return sorted;
  }
  Permutation best = sorted;
  std::uint64_t least = ~std::uint64_t{0};
  Permutation now = sorted;
  const auto consider = [&] {
    Content::Roles roles{};
    for (unsigned member = 0; member < symmetry_.users().size(); ++member) {
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
    const auto [first, last] = runs[run];
    std::vector<unsigned> places;
    for (std::size_t i = first; i < last; ++i) {
      places.push_back(sorted[order_[i]]);
    }
    std::ranges::sort(places);
    do {
      for (std::size_t i = first; i < last; ++i) {
        now.set(order_[i], places[i - first]);
      }
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
    throw NotSymmetric(fmt::format("property \"{}\" tells users apart",
                                   symmetry_.claims().properties[key.a]->name()));
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
  const Permutation how = untied(sorted(), [this](const auto& found) {
    for (const Moved& moved : moved_) {
      found(*moved.leaf);
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
  const Permutation how = untied(sorted(), [&](const auto& found) {
    for_each_placed([&](const Placed& placed) { found(*placed.leaf); });
  });
  if (how.is_identity()) {
    return false;
  }
  MemberMask moving = 0;
  for (unsigned member = 0; member < symmetry_.users().size(); ++member) {
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
  const MemberMask both = MemberMask{1} << left | MemberMask{1} << right;
  const Permutation swap = Permutation::transposition(left, right);
  return prepared_[left] == prepared_[right] &&
         std::ranges::all_of(placed_, [&](const Placed& placed) {
           if ((placed.leaf->members & both) == 0) {
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
    for (const auto& members : symmetry_.classes()) {
      twins_[members.front()] = members.front();
      for (std::size_t i = 1; i < members.size(); ++i) {
        // Those who look the same are neighbours.
        const bool same = are_twins(state, members[i - 1], members[i]);
        twins_[members[i]] = same ? twins_[members[i - 1]] : members[i];
      }
    }
  }
  return twins_[member];
}

std::optional<unsigned> Representatives::member_of(ContextId context) const {
  const MemberMask members = renamer_.members_of_context(context);
  return members == 0 ? std::nullopt
                      : std::optional(static_cast<unsigned>(std::countr_zero(members)));
}

ContextId Representatives::context_of_twin(ContextId context, unsigned member, unsigned twin) {
  return renamer_.context(context, Permutation::transposition(member, twin));
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

const std::vector<Permutation>& Representatives::renamings(std::string_view claim) const {
  if (symmetry_.renamings().empty()) {
    throw NotSymmetric(
        fmt::format("{} looks at who is who, and there are too many to be renamed", claim));
  }
  return symmetry_.renamings();
}

bool Representatives::names_users(ValueId value) {
  return renamer_.members_of_value(value) != 0;
}

bool Representatives::is_blind(const Observation& question, std::uint32_t answer) {
  Kernel& kernel = renamer_.kernel();
  const auto names_none = [&](LeafKey key) {
    return answer == 0 || leaf(kernel.position(key), answer) == nullptr;
  };
  switch (question.kind) {
    case ObservationKind::kInFlight:
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
      return std::ranges::none_of(kernel.list(answer),
                                  [&](ValueId arguments) { return names_users(arguments); });
    case ObservationKind::kReplies:
      return std::ranges::none_of(kernel.list(answer), [&](std::uint32_t id) {
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
  const auto walk = [&](Permutation back, Schedule& events) {
    StateVector at = renamer_.kernel().initial();
    for (const Event& event : schedule) {
      events.push_back(renamed(at, event, back));
      if (last == nullptr && events.size() == schedule.size()) {
        break;
      }
      Stepper::apply(at, stepper.step(at, event));
      back = canonicalise(at).inverse().then(back);
    }
    return back;
  };
  Schedule events;
  const Permutation back = walk({}, events);
  if (last != nullptr && !(back == *last)) {
    events.clear();
    walk(back.inverse().then(*last), events);
  }
  return events;
}

}  // namespace heddle
