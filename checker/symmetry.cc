#include <algorithm>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/checker/internal/clones.h>
#include <heddle/checker/symmetry.h>
#include <heddle/model/value.h>

namespace heddle {

using internal::Member;
using internal::Permutation;
using internal::Renamer;
using internal::ScriptCall;

namespace {

/// Whether the name can be found in values and in names of contexts, and nobody else has it.
bool can_be_renamed(const System& system, const User& user) {
  if (user.calls.empty() || user.name == User::kAnonymous ||
      user.name.find_first_of("#/!") != std::string::npos) {
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

/// Looks for what tells two users, or two calls, apart before anything has happened.
class Comparison {
 public:
  Comparison(Renamer& renamer, const Claims& claims, Permutation swap)
      : renamer_(renamer), claims_(claims), system_(renamer.kernel().system()), swap_(swap) {}

  /// They do the same, each in its own name.
  [[nodiscard]] bool same_script(const User& left, const User& right) const {
    return left.order == right.order &&
           std::ranges::equal(left.calls, right.calls, [&](const UserCall& a, const UserCall& b) {
             return a.canister == b.canister && a.method == b.method && a.together == b.together &&
                    a.left_out == b.left_out && renamer_.renamed(a.arguments, swap_) == b.arguments;
           });
  }

  /// Who or what knows them; empty when nothing does.
  std::string told_apart_by() {
    for (std::uint32_t user = 0; user < system_.users.size(); ++user) {
      if (renamer_.user(user, swap_) == user &&
          std::ranges::any_of(system_.users[user].calls,
                              [&](const UserCall& call) { return is_changed(call.arguments); })) {
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
    if (std::string apart = told_apart_at_start(); !apart.empty()) {
      return apart;
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

  /// What is not as it was in the initial state; empty when all is.
  std::string told_apart_at_start() {
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
    return {};
  }

 private:
  [[nodiscard]] bool is_changed(const std::string& bytes) const {
    return renamer_.renamed(bytes, swap_) != bytes;
  }

  Renamer& renamer_;
  const Claims& claims_;
  const System& system_;
  Permutation swap_;
};

}  // namespace

NotSymmetric::Of NotSymmetric::whom(const Renamer& names, Permutation how) {
  Of whom = Of::kCalls;
  for (unsigned member = 0; member < names.size(); ++member) {
    if (how[member] != member && !names.member(member).canisters.empty()) {
      return Of::kCanisters;
    }
    if (how[member] != member && !names.member(member).users.empty()) {
      whom = Of::kUsers;
    }
  }
  return whom;
}

Symmetry::Symmetry(Kernel& kernel, const Claims& claims, Sought sought)
    : kernel_(kernel), claims_(claims) {
  find_classes();
  if (sought.canisters) {
    find_clones();
  }
  if (sought.calls) {
    find_blocks();
  }
  if (sought.calls && sought.canisters && empty() && notes_.empty()) {
    notes_.emplace_back("no two users do the same");
  }
  names_.emplace(kernel_, claims_, members_);
  roles_.assign(size(), 0);
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    for (const unsigned member : classes_[i]) {
      roles_[member] = static_cast<std::uint8_t>(1 + i);
      if (member != classes_[i].front()) {
        generators_.push_back(transposition(classes_[i].front(), member));
      }
    }
  }
  for (const Block& block : blocks_) {
    for (const unsigned member : block.members) {
      roles_[member] = static_cast<std::uint8_t>(1 + classes_.size() + block.kind);
      if (member != block.members.front()) {
        generators_.push_back(transposition(block.members.front(), member));
      }
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
  std::vector<Member> alone;
  for (const std::uint32_t user : candidates) {
    alone.push_back({{user}, {}, {}});
  }
  Renamer renamer(kernel_, claims_, std::move(alone));
  std::vector<std::vector<unsigned>> classes;
  for (unsigned member = 0; member < candidates.size(); ++member) {
    std::string why;
    bool found = false;
    for (auto& others : classes) {
      const User& first = system.users[candidates[others.front()]];
      const User& other = system.users[candidates[member]];
      Comparison comparison(renamer, claims_, Permutation::transposition(others.front(), member));
      if (!comparison.same_script(first, other)) {
        continue;
      }
      const std::string apart = comparison.told_apart_by();
      if (apart.empty()) {
        others.push_back(member);
        found = true;
        break;
      }
      if (why.empty()) {
        why = fmt::format("{} and {} are told apart by {}", first.name, other.name, apart);
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
    std::vector<Member> users;
    for (const unsigned member : members) {
      users.push_back({{candidates[member]}, {}, {}});
    }
    add_class(std::move(users));
  }
}

void Symmetry::add_class(std::vector<Member> members) {
  classes_.emplace_back();
  for (Member& member : members) {
    classes_.back().push_back(static_cast<unsigned>(members_.size()));
    members_.push_back(std::move(member));
  }
}

void Symmetry::find_clones() {
  std::vector<std::vector<std::uint32_t>> users;
  for (const auto& members : classes_) {
    users.emplace_back();
    for (const unsigned member : members) {
      users.back().push_back(members_[member].users.front());
    }
  }
  internal::Clones clones = internal::clones_of(kernel_, claims_, users);
  notes_.insert(notes_.end(), clones.notes.begin(), clones.notes.end());
  for (std::vector<Member>& members : clones.classes) {
    if (members_.size() + members.size() > Permutation::kSizeMax) {
      notes_.push_back(fmt::format("clones of {}: with them there are more than {} names",
                                   kernel_.system().canisters[members.front().canisters[0]].name,
                                   Permutation::kSizeMax));
    } else if (std::string apart = told_apart(members); !apart.empty()) {
      notes_.push_back(fmt::format("clones of {} are told apart by {}",
                                   kernel_.system().canisters[members.front().canisters[0]].name,
                                   apart));
    } else {
      add_class(std::move(members));
    }
  }
}

/// Whether these may be added: that all was found to be the same with two at a time is asked once
/// more of the initial state, with everybody who is renamed.
std::string Symmetry::told_apart(const std::vector<Member>& clones) {
  std::vector<Member> members = members_;
  const auto first = static_cast<unsigned>(members.size());
  members.insert(members.end(), clones.begin(), clones.end());
  Renamer renamer(kernel_, claims_, std::move(members));
  for (unsigned member = first + 1; member < renamer.size(); ++member) {
    Comparison comparison(renamer, claims_, Permutation::transposition(first, member));
    if (std::string apart = comparison.told_apart_at_start(); !apart.empty()) {
      return apart;
    }
  }
  return {};
}

bool Symmetry::has_canisters() const {
  return std::ranges::any_of(members_,
                             [](const Member& member) { return !member.canisters.empty(); });
}

NotSymmetric::Of Symmetry::given_up_first() const {
  return !blocks_.empty()  ? NotSymmetric::Of::kCalls
         : has_canisters() ? NotSymmetric::Of::kCanisters
                           : NotSymmetric::Of::kUsers;
}

/// The calls of a script that ask for the same and are submitted together.
std::vector<Symmetry::Numbers> Symmetry::equal_calls(const User& user) const {
  std::vector<Numbers> sets;
  std::vector<std::uint32_t> groups;  // by call: what must be answered before it
  for (std::uint32_t number = 0; number < user.calls.size(); ++number) {
    const bool with_last = user.order == ScriptOrder::kAny ||
                           (user.order == ScriptOrder::kThen && user.calls[number].together);
    groups.push_back(groups.empty() ? 0 : groups.back() + (with_last ? 0 : 1));
    const auto is_equal = [&](const Numbers& set) {
      const UserCall& one = user.calls[set.front()];
      const UserCall& other = user.calls[number];
      return groups[set.front()] == groups[number] && one.canister == other.canister &&
             one.method == other.method && one.arguments == other.arguments &&
             one.left_out == other.left_out;
    };
    const auto known = std::ranges::find_if(sets, is_equal);
    if (known == sets.end()) {
      sets.push_back({number});
    } else {
      known->push_back(number);
    }
  }
  std::erase_if(sets, [](const Numbers& set) { return set.size() < 2; });
  return sets;
}

/// Why these calls of the user cannot change names; empty when they can.
std::string Symmetry::told_apart(std::uint32_t user, const Numbers& equal) {
  constexpr std::uint32_t kNumbersEnd = 9;  // those of one digit
  if (equal.back() >= kNumbersEnd) {
    return "numbers of several digits";
  }
  if (kernel_.system().faults.resubmissions > 0) {
    return "calls that are sent again";
  }
  std::vector<Member> members = members_;
  const auto first = static_cast<unsigned>(members.size());
  for (const std::uint32_t number : equal) {
    members.push_back({{}, {}, {ScriptCall{user, number}}});
  }
  Renamer renamer(kernel_, claims_, std::move(members));
  for (unsigned member = first + 1; member < renamer.size(); ++member) {
    Comparison comparison(renamer, claims_, Permutation::transposition(first, member));
    if (std::string apart = comparison.told_apart_by(); !apart.empty()) {
      return apart;
    }
  }
  return {};
}

void Symmetry::find_blocks() {
  const System& system = kernel_.system();
  std::vector<std::vector<std::uint32_t>> alike;  // users
  std::set<std::uint32_t> done;
  for (const auto& members : classes_) {
    const bool are_users = members_[members.front()].canisters.empty();
    std::vector<std::uint32_t> users;
    for (const unsigned member : members) {
      users.insert(users.end(), members_[member].users.begin(), members_[member].users.end());
      // Calls that go with canisters stay with them, and those of users who do with these.
      for (const ScriptCall& call : members_[member].calls) {
        done.insert(call.user);
      }
    }
    if (are_users) {
      alike.push_back(users);
    }
    done.insert(users.begin(), users.end());
  }
  std::erase_if(alike, [&](const auto& users) {
    return std::ranges::any_of(users, [&](std::uint32_t user) {
      return std::ranges::any_of(members_, [&](const Member& member) {
        return std::ranges::find(member.calls, user, &ScriptCall::user) != member.calls.end();
      });
    });
  });
  for (std::uint32_t user = 0; user < system.users.size(); ++user) {
    if (!done.contains(user)) {
      alike.push_back({user});
    }
  }
  for (const auto& users : alike) {
    const User& first = system.users[users.front()];
    for (const Numbers& equal : equal_calls(first)) {
      std::string why;
      if (first.name.find_first_of("#/!") != std::string::npos) {
        why = "a name that looks like a call's";
      }
      for (const std::uint32_t user : users) {
        why = why.empty() ? told_apart(user, equal) : why;
      }
      if (!why.empty()) {
        notes_.push_back(fmt::format("equal calls of {} are told apart by {}", first.name, why));
      } else if (members_.size() + equal.size() * users.size() > Permutation::kSizeMax) {
        notes_.push_back(fmt::format("equal calls of {}: with them there are more than {} names",
                                     first.name, Permutation::kSizeMax));
      } else {
        add_blocks(users, equal);
      }
    }
  }
}

/// Of each of these users, who are all or one.
void Symmetry::add_blocks(const std::vector<std::uint32_t>& users, const Numbers& equal) {
  const std::size_t kind = blocks_.empty() ? 0 : blocks_.back().kind + 1;
  const std::size_t first = blocks_.size();
  for (const std::uint32_t user : users) {
    Block& block = blocks_.emplace_back();
    block.kind = kind;
    for (unsigned member = 0; member < members_.size(); ++member) {
      if (std::ranges::find(members_[member].users, user) != members_[member].users.end()) {
        block.user = member;
      }
    }
    for (const std::uint32_t number : equal) {
      block.members.push_back(static_cast<unsigned>(members_.size()));
      members_.push_back({{}, {}, {ScriptCall{user, number}}});
    }
  }
  for (std::size_t i = first; i < blocks_.size() && blocks_[i].user; ++i) {
    blocks_[i].images.resize(members_.size());
    for (std::size_t other = first; other < blocks_.size(); ++other) {
      blocks_[i].images[*blocks_[other].user] = other;
    }
  }
}

Permutation Symmetry::transposition(unsigned left, unsigned right) const {
  Permutation swap = Permutation::transposition(left, right);
  for (const Block& block : blocks_) {
    if (block.user == left || block.user == right) {
      const Block& image = blocks_[block.images[swap[*block.user]]];
      for (std::size_t i = 0; i < block.members.size(); ++i) {
        swap.set(block.members[i], image.members[i]);
      }
    }
  }
  return swap;
}

void Symmetry::make_renamings() {
  std::size_t count = 1;
  const auto multiply = [&](const std::vector<unsigned>& members) {
    for (std::size_t i = 2; i <= members.size() && count <= kRenamingsMax; ++i) {
      count *= i;
    }
  };
  std::ranges::for_each(classes_, multiply);
  for (const Block& block : blocks_) {
    multiply(block.members);
  }
  lists_renamings_ = count <= kRenamingsMax;
  if (!lists_renamings_) {
    return;
  }
  // All orders of these, after all there are already.
  const auto with_orders_of = [](const std::vector<Permutation>& renamings,
                                 const std::vector<unsigned>& members, const auto& place) {
    std::vector<Permutation> longer;
    std::vector<unsigned> images = members;
    do {
      for (Permutation renaming : renamings) {
        for (std::size_t i = 0; i < members.size(); ++i) {
          place(renaming, members[i], images[i]);
        }
        longer.push_back(renaming);
      }
    } while (std::ranges::next_permutation(images).found);
    return longer;
  };
  renamings_ = {Permutation()};
  for (const auto& members : classes_) {
    renamings_ =
        with_orders_of(renamings_, members, [&](Permutation& how, unsigned from, unsigned to) {
          how.set(from, to);
          for (const Block& block : blocks_) {
            for (std::size_t i = 0; block.user == from && i < block.members.size(); ++i) {
              how.set(block.members[i], blocks_[block.images[to]].members[i]);
            }
          }
        });
  }
  call_renamings_ = {Permutation()};
  for (const Block& block : blocks_) {
    call_renamings_ =
        with_orders_of(call_renamings_, block.members,
                       [](Permutation& how, unsigned from, unsigned to) { how.set(from, to); });
  }
  std::erase(renamings_, Permutation());
  std::erase(call_renamings_, Permutation());
}

std::string Symmetry::text(const std::vector<unsigned>& members) const {
  std::vector<std::string> names;
  for (const unsigned member : members) {
    names.push_back(names_->name(member));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string Symmetry::text() const {
  std::vector<std::string> parts;
  for (const auto& members : classes_) {
    parts.push_back(text(members));
  }
  for (const Block& block : blocks_) {
    parts.push_back(text(block.members));
  }
  return fmt::format("{}", fmt::join(parts, " and of "));
}

std::string Symmetry::text_of_canisters() const {
  std::vector<std::string> parts;
  for (const auto& members : classes_) {
    if (!members_[members.front()].canisters.empty()) {
      parts.push_back(text(members));
    }
  }
  return fmt::format("{}", fmt::join(parts, " and "));
}

}  // namespace heddle
