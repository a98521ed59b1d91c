// Renamer: what becomes of everything in a state when users, canisters, or calls of a user, change
// names.
//
// A user's name is in the names of contexts, and it may be in values: as a principal, and in the
// names of contexts that handles of Deferreds hold, where the number of the call stands as well. It
// is found there by its bytes: an encoded principal is its size and its bytes, of which a named
// one's last is 0x7f and the others are printable, so two of them never overlap, and replacing one
// makes no other. A canister's handle is found the same way (ref.h), and where canisters change
// names, so do variables, contexts, queues and whatever else is theirs. Renaming is thus a group
// action on values whatever they mean. That canister code does not tell a renamed value from a
// natural one is not assumed here but checked (piece_symmetry.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/checker/internal/permutation.h>
#include <heddle/model/kernel.h>
#include <heddle/properties/property.h>

namespace heddle::internal {

/// Members, of those who may be renamed, as bits.
using MemberMask = std::uint32_t;

/// A call of a user's script.
struct ScriptCall {
  std::uint32_t user = 0;
  std::uint32_t number = 0;
  friend bool operator==(const ScriptCall&, const ScriptCall&) = default;
};

/// Those who change names together. With others that have as many of each, in this order.
struct Member {
  std::vector<std::uint32_t> users;
  std::vector<CanisterId> canisters;
  std::vector<ScriptCall> calls;
};

/// What a leaf says, without ids: the same in every run, with the places where members are named.
class Content {
 public:
  /// What each member counts as.
  using Roles = std::array<std::uint8_t, Permutation::kSizeMax>;

  void word(std::uint32_t word);
  void bytes(std::string_view bytes);
  void member(unsigned member);
  /// What follows is another element. Elements have no order when the content is a set.
  void next_element();

  void make_set() { is_set_ = true; }

  [[nodiscard]] MemberMask members() const { return members_; }

  [[nodiscard]] std::uint64_t hash(const Roles& roles) const;

 private:
  struct Element {
    std::string bytes;
    std::vector<std::pair<std::uint32_t, std::uint8_t>> members;  ///< offset, member
  };

  std::vector<Element> elements_ = std::vector<Element>(1);
  bool is_set_ = false;
  MemberMask members_ = 0;
};

/// Not thread-safe. Members are numbered in the order given.
class Renamer {
 public:
  /// Nobody is in two members, and calls have numbers of one digit. The kernel and the claims
  /// outlive it.
  Renamer(Kernel& kernel, const Claims& claims, std::vector<Member> members);

  /// How many members there are.
  [[nodiscard]] unsigned size() const { return static_cast<unsigned>(members_.size()); }

  [[nodiscard]] const Member& member(unsigned member) const { return members_[member]; }

  /// "alice", "alice#1", "wallet1 with alice".
  [[nodiscard]] std::string name(unsigned member) const;

  Kernel& kernel() { return kernel_; }

  /// Encoded values and texts.
  [[nodiscard]] std::string renamed(std::string_view bytes, Permutation how) const;
  /// The same for all that differ by a renaming.
  [[nodiscard]] std::string without_names(std::string_view bytes) const;
  [[nodiscard]] std::uint32_t user(std::uint32_t user, Permutation how) const;
  [[nodiscard]] CanisterId canister(std::uint32_t canister, Permutation how) const;
  /// The number of a call that stays its user's.
  [[nodiscard]] std::uint32_t number(ScriptCall call, Permutation how) const;
  ValueId value(ValueId value, Permutation how);
  ValueId key_set(ValueId key_set, Permutation how);
  Answer answer(Answer answer, Permutation how);
  std::uint32_t answer_id(std::uint32_t id, Permutation how);
  LogId log(LogId log, Permutation how);
  Subject subject(Subject subject, Permutation how);
  ContextId context(ContextId context, Permutation how);
  LeafKey key(LeafKey key, Permutation how);
  /// Nothing: an automaton that tells users apart, or does not say that it does not.
  std::optional<LeafValue> leaf(const LeafKey& key, LeafValue value, Permutation how);
  /// An event of `state` as one of the renamed state.
  Event event(const StateVector& state, Event event, Permutation how);

  /// What a leaf says. Of an automaton's memory only which it is.
  Content content(const LeafKey& key, LeafValue value);

  // Members that are named.
  [[nodiscard]] MemberMask members_of_value(ValueId value) const;
  [[nodiscard]] MemberMask members_of_context(ContextId context) const;
  [[nodiscard]] MemberMask members_of_canister(std::uint32_t canister) const;

 private:
  /// Where in the members somebody is.
  struct Place {
    unsigned member = 0;
    std::size_t index = 0;
  };

  /// How a name stands in bytes.
  enum class Form : std::uint8_t {
    kUser,          ///< a principal: size, name, 0x7f
    kCanister,      ///< the same
    kHandle,        ///< of a canister
    kUserName,      ///< where a context's name begins
    kCanisterName,  ///< the same
    kNumber,        ///< of a call, after that
  };

  template <class Plain, class Found>
  void scan(std::string_view bytes, const Plain& plain, const Found& found) const;
  template <class Plain, class Found>
  void scan_context_name(std::string_view text, const Plain& plain, const Found& found) const;
  [[nodiscard]] std::optional<std::pair<Form, Place>> named(std::string_view name) const;
  [[nodiscard]] std::optional<Place> place_of_call(ScriptCall call) const;
  [[nodiscard]] std::optional<Place> place_of_canister(std::uint32_t canister) const;
  [[nodiscard]] std::string text(Form form, Place place) const;
  /// Which of its user's calls it is that go with the member, and not which of all: users who
  /// change names have as many each, and what is said of them must be the same.
  [[nodiscard]] std::uint32_t rank_of_call(Place place) const;
  [[nodiscard]] bool is_context_name(std::string_view text) const;
  LeafValue queue(LeafValue value, Permutation how);
  std::uint32_t request(std::uint32_t id, Permutation how);
  void write_canister(Content& content, std::uint32_t canister) const;
  void write_value(Content& content, ValueId value) const;
  void write_bytes(Content& content, std::string_view bytes) const;
  void write_answer(Content& content, std::uint32_t id) const;
  void write_log(Content& content, LogId log);
  void write_context(Content& content, ContextId context) const;
  void write_context_state(Content& content, LeafValue value);
  void write_key_set(Content& content, ValueId key_set) const;

  Kernel& kernel_;
  const Claims& claims_;
  std::vector<Member> members_;
  std::vector<std::optional<Place>> users_;      ///< by user
  std::vector<std::optional<Place>> canisters_;  ///< by canister
  std::vector<std::pair<ScriptCall, Place>> calls_;
  std::vector<std::uint32_t> named_;  ///< users who are members, or have one
  bool has_canisters_ = false;
  // Whether those that change names have names of one length.
  bool users_have_one_length_ = true;
  bool canisters_have_one_length_ = true;
};

}  // namespace heddle::internal
