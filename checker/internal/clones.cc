#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <heddle/checker/internal/clones.h>
#include <heddle/model/ref.h>

namespace heddle::internal {

namespace {

constexpr std::uint32_t kNumbersEnd = 9;  // those of one digit

using Users = std::vector<std::vector<std::uint32_t>>;

/// Somebody whose name is in a value.
struct Mention {
  bool is_canister = false;
  std::uint32_t number = 0;
  friend bool operator==(const Mention&, const Mention&) = default;
};

/// Whoever is named in encoded values, in order.
std::vector<Mention> mentions(const System& system, std::string_view bytes) {
  std::vector<Mention> found;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto handle = ref_at_start_of(bytes.substr(at));
    if (handle && *handle < system.canisters.size()) {
      found.push_back({true, *handle});
      continue;
    }
    const std::size_t size = static_cast<unsigned char>(bytes[at]);
    if (size < 2 || size > Principal::kSizeMax || at + size >= bytes.size()) {
      continue;
    }
    const Principal principal = Principal::from_bytes(bytes.substr(at + 1, size));
    const auto canister = std::ranges::find(system.canisters, principal, &Installed::principal);
    const auto user = std::ranges::find_if(
        system.users, [&](const User& each) { return each.principal() == principal; });
    if (canister != system.canisters.end()) {
      found.push_back({true, static_cast<std::uint32_t>(canister - system.canisters.begin())});
    } else if (user != system.users.end()) {
      found.push_back({false, static_cast<std::uint32_t>(user - system.users.begin())});
    }
  }
  return found;
}

template <class T>
bool contains(const std::vector<T>& list, const T& one) {
  return std::ranges::find(list, one) != list.end();
}

/// Whether the canister's name can be found in values and in names of contexts, and nobody else has
/// it.
bool can_be_renamed(const System& system, CanisterId id) {
  const Installed& canister = system.canisters[id];
  if (canister.program->info().candid != nullptr ||
      canister.name.find_first_of("#/!") != std::string::npos ||
      std::ranges::count(system.canisters, canister.name, &Installed::name) != 1 ||
      std::ranges::find(system.users, canister.name, &User::name) != system.users.end()) {
    return false;
  }
  try {
    return canister.principal == Principal::named(canister.name);
  } catch (const std::invalid_argument&) {
    return false;
  }
}

/// Whether two canisters have programs of one shape. That they do the same is seen when they run.
bool are_alike(const Installed& left, const Installed& right) {
  const ProgramInfo& a = left.program->info();
  const ProgramInfo& b = right.program->info();
  const auto same_method = [](const MethodInfo& one, const MethodInfo& other) {
    return one.name == other.name && one.kind == other.kind;
  };
  const auto same_variable = [](const VariableInfo& one, const VariableInfo& other) {
    return one.name == other.name && one.keyed == other.keyed;
  };
  return left.environment == right.environment && left.inspect_may_drop == right.inspect_may_drop &&
         a.type_name == b.type_name && a.dialect == b.dialect &&
         a.initial_timer == b.initial_timer &&
         std::ranges::equal(a.methods, b.methods, same_method) &&
         std::ranges::equal(a.variables, b.variables, same_variable);
}

/// All encoded values that a canister starts with: pairs of a place and a value. Places of keys
/// hold values that may name somebody.
std::vector<std::pair<std::string, std::string>> starts_with(const Installed& canister) {
  std::vector<std::pair<std::string, std::string>> values;
  const ProgramInfo& info = canister.program->info();
  values.emplace_back("", info.made_from);
  for (std::size_t i = 0; i < info.variables.size() && !canister.environment; ++i) {
    const VariableInfo& variable = info.variables[i];
    values.emplace_back(fmt::format("{}", i), variable.initial);
    for (const auto& [key, value] : variable.initial_entries) {
      values.emplace_back(key, fmt::format("{}", i));  // keys are renamed as well
      values.emplace_back(fmt::format("{} ", i) + key, value);
    }
  }
  for (const auto& [method, answers] : canister.answers) {
    for (std::size_t i = 0; i < answers.size(); ++i) {
      values.emplace_back(
          fmt::format("answer {} {} {}", method, i, static_cast<int>(answers[i].kind)),
          answers[i].value);
    }
  }
  return values;
}

/// Two canisters change names, and with them whoever must.
class Exchange {
 public:
  Exchange(Kernel& kernel, const Claims& claims, const Users& users, CanisterId left,
           CanisterId right)
      : kernel_(kernel), claims_(claims), system_(kernel.system()), users_(users) {
    left_.canisters.push_back(left);
    right_.canisters.push_back(right);
  }

  /// Follows who must. Nothing: the system stays what it is. Else by what the two are told apart;
  /// empty when they are not even alike by themselves.
  std::optional<std::string> told_apart_by() {
    do {
      renamer_.emplace(kernel_, claims_, std::vector<Member>{left_, right_});
      grew_ = false;
      why_.reset();
      look();
    } while (grew_);
    return why_;
  }

  [[nodiscard]] const Member& left() const { return left_; }

  [[nodiscard]] const Member& right() const { return right_; }

 private:
  /// Until somebody must change names too, or something is not what it was.
  void look() {
    for (CanisterId id = 0; id < system_.canisters.size() && !grew_ && !why_; ++id) {
      look_at_canister(id);
    }
    for (std::uint32_t user = 0; user < system_.users.size() && !grew_ && !why_; ++user) {
      look_at_user(user);
    }
    if (!grew_ && !why_) {
      look_at_limits();
      look_at_properties();
    }
  }

  void look_at_canister(CanisterId id) {
    if (contains(right_.canisters, id)) {
      return;  // with the one on the left
    }
    const CanisterId image = renamer_->canister(id, swap_);
    if (becomes(id, image)) {
      return;
    }
    if (image != id) {
      if (!couple(id, image)) {
        why_ = id == left_.canisters.front()
                   ? ""
                   : fmt::format("what {} starts with", system_.canisters[id].name);
      }
      return;
    }
    for (CanisterId other = 0; other < system_.canisters.size(); ++other) {
      if (other != id && is_free(other) && is_free(id) &&
          are_alike(system_.canisters[id], system_.canisters[other]) && becomes(id, other)) {
        add_canisters(id, other, names_left(starts_with(system_.canisters[id])));
        return;
      }
    }
    why_ = fmt::format("what {} starts with", system_.canisters[id].name);
  }

  [[nodiscard]] bool is_free(CanisterId id) const {
    return can_be_renamed(system_, id) && !contains(left_.canisters, id) &&
           !contains(right_.canisters, id);
  }

  [[nodiscard]] bool is_free_user(std::uint32_t user) const {
    const User& its = system_.users[user];
    return !contains(left_.users, user) && !contains(right_.users, user) &&
           its.name != User::kAnonymous && its.name.find_first_of("#/!") == std::string::npos &&
           std::ranges::count(system_.users, its.name, &User::name) == 1 &&
           std::ranges::find(system_.canisters, its.name, &Installed::name) ==
               system_.canisters.end() &&
           std::ranges::none_of(users_, [&](const auto& each) { return contains(each, user); });
  }

  void add_canisters(CanisterId one, CanisterId other, bool one_is_left) {
    left_.canisters.push_back(one_is_left ? one : other);
    right_.canisters.push_back(one_is_left ? other : one);
    grew_ = true;
  }

  void add_users(std::uint32_t one, std::uint32_t other, bool one_is_left) {
    left_.users.push_back(one_is_left ? one : other);
    right_.users.push_back(one_is_left ? other : one);
    grew_ = true;
  }

  /// What the one starts with is, renamed, what the other does.
  bool becomes(CanisterId one, CanisterId other) {
    auto values = starts_with(system_.canisters[one]);
    auto wanted = starts_with(system_.canisters[other]);
    for (auto& [place, value] : values) {
      place = renamer_->renamed(place, swap_);
      value = renamer_->renamed(value, swap_);
    }
    std::ranges::sort(values);
    std::ranges::sort(wanted);
    return values == wanted;
  }

  [[nodiscard]] bool names_left(
      const std::vector<std::pair<std::string, std::string>>& values) const {
    return std::ranges::any_of(values, [&](const auto& value) {
      return names_left(value.first) || names_left(value.second);
    });
  }

  [[nodiscard]] bool names_left(std::string_view bytes) const {
    return std::ranges::any_of(mentions(system_, bytes), [&](const Mention& one) {
      return one.is_canister ? contains(left_.canisters, static_cast<CanisterId>(one.number))
                             : contains(left_.users, one.number);
    });
  }

  /// Those in whom the values of one and of its image differ change names as well.
  bool couple(std::string_view left, std::string_view right) {
    const auto ours = mentions(system_, renamer_->renamed(left, swap_));
    const auto theirs = mentions(system_, right);
    for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
      if (couple(ours[i], theirs[i])) {
        return true;
      }
    }
    return false;
  }

  bool couple(const Mention& ours, const Mention& theirs) {
    if (ours == theirs || ours.is_canister != theirs.is_canister) {
      return false;
    }
    if (!ours.is_canister) {
      if (!is_free_user(ours.number) || !is_free_user(theirs.number)) {
        return false;
      }
      add_users(ours.number, theirs.number, true);
      return true;
    }
    const auto one = static_cast<CanisterId>(ours.number);
    const auto other = static_cast<CanisterId>(theirs.number);
    if (!is_free(one) || !is_free(other) ||
        !are_alike(system_.canisters[one], system_.canisters[other])) {
      return false;
    }
    add_canisters(one, other, true);
    return true;
  }

  bool couple(CanisterId left, CanisterId right) {
    const auto ours = starts_with(system_.canisters[left]);
    const auto theirs = starts_with(system_.canisters[right]);
    for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
      if (couple(ours[i].second, theirs[i].second)) {
        return true;
      }
    }
    return false;
  }

  /// Whether all are submitted together, so that their order is no matter.
  static bool is_at_once(const User& user) {
    return user.order == ScriptOrder::kAny ||
           (user.order == ScriptOrder::kThen && !user.calls.empty() &&
            std::ranges::all_of(user.calls.begin() + 1, user.calls.end(), &UserCall::together));
  }

  [[nodiscard]] bool is_image(const UserCall& image, const UserCall& call) const {
    return image.canister == renamer_->canister(call.canister, swap_) &&
           image.method == call.method && image.left_out == call.left_out &&
           image.arguments == renamer_->renamed(call.arguments, swap_);
  }

  /// The script of the one is, renamed, that of the other, whose calls have the numbers of theirs.
  bool becomes(std::uint32_t one, std::uint32_t other) {
    const User& user = system_.users[one];
    const User& image = system_.users[other];
    if (user.order != image.order || user.calls.size() != image.calls.size()) {
      return false;
    }
    for (std::uint32_t i = 0; i < user.calls.size(); ++i) {
      const UserCall& call = image.calls[renamer_->number({one, i}, swap_)];
      const bool same_time = is_at_once(user) == is_at_once(image) &&
                             (is_at_once(user) || call.together == user.calls[i].together);
      if (!same_time || !is_image(call, user.calls[i])) {
        return false;
      }
    }
    return true;
  }

  void look_at_user(std::uint32_t user) {
    if (contains(right_.users, user)) {
      return;
    }
    const std::uint32_t image = renamer_->user(user, swap_);
    if (becomes(user, image)) {
      return;
    }
    const auto& calls = system_.users[user].calls;
    if (image != user) {
      const auto& others = system_.users[image].calls;
      for (std::size_t i = 0; i < std::min(calls.size(), others.size()) && !grew_; ++i) {
        couple(Mention{true, renamer_->canister(calls[i].canister, swap_)},
               Mention{true, others[i].canister});
        if (!grew_) {
          couple(calls[i].arguments, others[i].arguments);
        }
      }
    } else {
      for (std::uint32_t other = 0; other < system_.users.size() && !grew_; ++other) {
        if (other != user && is_free_user(user) && is_free_user(other) && becomes(user, other)) {
          add_users(user, other, std::ranges::any_of(calls, [&](const UserCall& call) {
                      return is_of_left(call);
                    }));
        }
      }
      if (!grew_) {
        exchange_calls(user);
      }
    }
    if (!grew_) {
      why_ = fmt::format("the calls of {}", system_.users[user].name);
    }
  }

  [[nodiscard]] bool is_of_left(const UserCall& call) const {
    return contains(left_.canisters, call.canister) || names_left(call.arguments);
  }

  /// The calls of a user who calls both, if their order is no matter.
  void exchange_calls(std::uint32_t number) {
    const User& user = system_.users[number];
    if (!is_at_once(user) || user.calls.size() > kNumbersEnd || system_.faults.resubmissions > 0 ||
        user.name.find_first_of("#/!") != std::string::npos) {
      return;
    }
    std::set<std::uint32_t> done;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
    for (std::uint32_t i = 0; i < user.calls.size(); ++i) {
      if (done.contains(i) || is_image(user.calls[i], user.calls[i])) {
        continue;
      }
      std::uint32_t other = i + 1;
      while (other < user.calls.size() &&
             (done.contains(other) || !is_image(user.calls[other], user.calls[i]))) {
        ++other;
      }
      if (other == user.calls.size()) {
        return;
      }
      done.insert(other);
      pairs.emplace_back(i, other);
    }
    for (auto [one, other] : pairs) {
      if (!is_of_left(user.calls[one])) {
        std::swap(one, other);
      }
      left_.calls.push_back({number, one});
      right_.calls.push_back({number, other});
      grew_ = true;
    }
  }

  void look_at_limits() {
    const auto same = [&](CanisterId caller, CanisterId callee) {
      return system_.limit(caller, callee) ==
             system_.limit(renamer_->canister(caller, swap_), renamer_->canister(callee, swap_));
    };
    for (CanisterId id = 0; id < system_.canisters.size() && !why_; ++id) {
      bool all = same(id, kNoCanister);
      for (CanisterId other = 0; other < system_.canisters.size(); ++other) {
        all = all && same(id, other);
      }
      if (!all) {
        why_ = fmt::format("the limits of {}", system_.canisters[id].name);
      }
    }
  }

  void look_at_properties() {
    for (std::uint32_t index = 0; index < claims_.properties.size() && !why_; ++index) {
      const Property& property = *claims_.properties[index];
      if (property.when() == Property::When::kEveryStep &&
          (!property.renames_canisters() ||
           renamer_->leaf({LeafKind::kAutomaton, index, 0, 0}, 0, swap_) != LeafValue{0})) {
        why_ = fmt::format("property \"{}\"", property.name());
      }
    }
  }

  Kernel& kernel_;
  const Claims& claims_;
  const System& system_;
  const Users& users_;
  const Permutation swap_ = Permutation::transposition(0, 1);
  Member left_;
  Member right_;
  std::optional<Renamer> renamer_;
  bool grew_ = false;
  std::optional<std::string> why_;
};

/// The element of `to` where `one` is in `from`, or the other way round.
template <class T>
std::optional<T> partner(const std::vector<T>& from, const std::vector<T>& to, const T& one) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] == one || to[i] == one) {
      return from[i] == one ? to[i] : from[i];
    }
  }
  return std::nullopt;
}

/// Bundles that may be put in any order.
class Bundles {
 public:
  explicit Bundles(CanisterId lead) { members_.push_back({{}, {lead}, {}}); }

  [[nodiscard]] CanisterId lead() const { return members_.front().canisters.front(); }

  [[nodiscard]] const std::vector<Member>& members() const { return members_; }

  /// One more, which changes names with the first so. False: it does not go with the others.
  bool add(Member left, Member right) {
    if (members_.size() == 1) {
      members_ = {std::move(left), std::move(right)};
      return true;
    }
    if (members_.size() == 2) {
      // Now it can be told which of two goes with the first: the one that goes with it here too.
      settle(left.users, right.users, members_[0].users, members_[1].users);
      settle(left.canisters, right.canisters, members_[0].canisters, members_[1].canisters);
      settle(left.calls, right.calls, members_[0].calls, members_[1].calls);
    }
    Member added;
    const bool all =
        take(left.users, right.users, members_[0].users, added.users) &&
        take(left.canisters, right.canisters, members_[0].canisters, added.canisters) &&
        take(left.calls, right.calls, members_[0].calls, added.calls);
    if (all) {
      members_.push_back(std::move(added));
    }
    return all;
  }

 private:
  template <class T>
  static void settle(const std::vector<T>& left, const std::vector<T>& right, std::vector<T>& first,
                     std::vector<T>& second) {
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (!partner(left, right, first[i])) {
        std::swap(first[i], second[i]);
      }
    }
  }

  template <class T>
  static bool take(const std::vector<T>& left, const std::vector<T>& right,
                   const std::vector<T>& first, std::vector<T>& added) {
    for (const T& one : first) {
      const auto other = partner(left, right, one);
      if (!other) {
        return false;
      }
      added.push_back(*other);
    }
    return left.size() == first.size();
  }

  std::vector<Member> members_;
};

/// What classes have in them, to see that nobody is in two bundles.
class Taken {
 public:
  explicit Taken(const Users& users) : users_(users) {}

  [[nodiscard]] bool has(CanisterId canister) const { return canisters_.contains(canister); }

  /// Whether nobody is in another, and calls that go with canisters are of users who stay, those
  /// who are interchangeable having the same ones.
  bool add(const std::vector<Member>& members) {
    Taken more = *this;
    for (const Member& member : members) {
      for (const CanisterId canister : member.canisters) {
        if (!more.canisters_.insert(canister).second) {
          return false;
        }
      }
      for (const std::uint32_t user : member.users) {
        if (!more.moved_.insert(user).second) {
          return false;
        }
      }
      for (const ScriptCall& call : member.calls) {
        if (!more.calls_.insert({call.user, call.number}).second) {
          return false;
        }
        more.callers_.insert(call.user);
      }
    }
    const bool stay = std::ranges::none_of(
        more.callers_, [&](std::uint32_t user) { return more.moved_.contains(user); });
    if (!stay || !are_same_for_all(members)) {
      return false;
    }
    canisters_ = std::move(more.canisters_);
    moved_ = std::move(more.moved_);
    calls_ = std::move(more.calls_);
    callers_ = std::move(more.callers_);
    return true;
  }

 private:
  [[nodiscard]] bool are_same_for_all(const std::vector<Member>& members) const {
    const std::vector<ScriptCall>& first = members.front().calls;
    for (std::size_t i = 0; i < first.size(); ++i) {
      for (const auto& alike : users_) {
        if (!contains(alike, first[i].user)) {
          continue;
        }
        for (const std::uint32_t user : alike) {
          const auto same = std::ranges::find(first, ScriptCall{user, first[i].number});
          const auto place = static_cast<std::size_t>(same - first.begin());
          if (same == first.end() || !std::ranges::all_of(members, [&](const Member& member) {
                return member.calls[place] == ScriptCall{user, member.calls[i].number};
              })) {
            return false;
          }
        }
      }
    }
    return true;
  }

  const Users& users_;
  std::set<CanisterId> canisters_;
  std::set<std::uint32_t> moved_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> calls_;
  std::set<std::uint32_t> callers_;
};

}  // namespace

Clones clones_of(Kernel& kernel, const Claims& claims, const Users& users) {
  const System& system = kernel.system();
  Clones clones;
  Taken taken(users);
  std::set<CanisterId> done;
  for (CanisterId lead = 0; lead < system.canisters.size(); ++lead) {
    if (done.contains(lead) || taken.has(lead) || !can_be_renamed(system, lead)) {
      continue;
    }
    Bundles bundles(lead);
    for (CanisterId other = lead + 1U; other < system.canisters.size(); ++other) {
      if (done.contains(other) || taken.has(other) || !can_be_renamed(system, other) ||
          !are_alike(system.canisters[lead], system.canisters[other])) {
        continue;
      }
      Exchange exchange(kernel, claims, users, lead, other);
      const auto why = exchange.told_apart_by();
      if (why) {
        if (!why->empty()) {
          clones.notes.push_back(fmt::format("{} and {} are told apart by {}",
                                             system.canisters[lead].name,
                                             system.canisters[other].name, *why));
        }
        continue;
      }
      Bundles longer = bundles;
      Taken more = taken;
      if (longer.add(exchange.left(), exchange.right()) && more.add(longer.members())) {
        bundles = std::move(longer);
        done.insert(other);
      } else {
        clones.notes.push_back(fmt::format("{} and {} go with others who do not stay together",
                                           system.canisters[lead].name,
                                           system.canisters[other].name));
      }
    }
    if (bundles.members().size() > 1) {
      taken.add(bundles.members());
      clones.classes.push_back(bundles.members());
    }
  }
  return clones;
}

}  // namespace heddle::internal
