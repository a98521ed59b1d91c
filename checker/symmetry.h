// Symmetry: users that differ in nothing but their names are interchangeable, and so are canisters,
// and calls of one user that are submitted together and ask for the same; of the states that differ
// by a renaming of them one stands for all.
//
// The idea is from C. Norris Ip and David L. Dill, 'Better Verification Through Symmetry', 1996
// (Murphi; scalarsets). There a type system promises that a program treats its scalars alike. Here
// canister code is any C++ that may compute with a caller's principal what it likes, so nothing is
// promised and all is checked:
//   - before the search: two users are interchangeable when swapping their names makes the one's
//     script the other's, and changes neither the initial state, nor other users' scripts, nor
//     what environment canisters answer; and when every property that follows steps says that it
//     treats them alike (Property::renamed);
//     Two canisters are when their programs, what they were made from and start with, limits,
//     answers and claims are the same but for names; others who must change names with them do
//     (clones.h), such as the users who each have a wallet of their own;
//   - while it runs: each piece of canister code that is run for the first time is run again with
//     names changed, at the canister that it then belongs to, and must do the same, renamed
//     (piece_symmetry.h), and so are all pieces made so. If one does not, the search is given up
//     with NotSymmetric and made without symmetry;
//   - predicates, outcome sets and measures whose answer hangs on who is who are evaluated on every
//     renaming of a state (Judge), so that outcome sets come out closed under the renamings and
//     what is violated for any of the names is found.
//
// Of equal calls the kernel starts the first one that is left, whichever it is that starts: it
// leaves out what differs by a renaming of calls, so states are not reached under all numbers. What
// tells equal calls apart can thus not be made up for by renaming: then they are not
// interchangeable. Users who are have calls in the same places, which change places with them; the
// renamings are all those of users, each followed by one of the calls of each.
//
// Two users are told apart in a state by a hash of what each has in it, seen from that user. Users
// that look the same are tried in every order as long as there are few; when there are many, any
// order is taken, which loses reduction and nothing else. Hashes are of content, never of ids, so
// the representative is the same in every run and on every thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/checker/internal/flat_map.h>
#include <heddle/checker/internal/permutation.h>
#include <heddle/checker/internal/renamer.h>
#include <heddle/checker/packing.h>
#include <heddle/model/kernel.h>
#include <heddle/properties/property.h>

namespace heddle {

/// Users, canisters or calls that were taken to be interchangeable are not. The text is the line
/// for the reader.
class NotSymmetric : public std::exception {
 public:
  enum class Of : std::uint8_t { kUsers, kCalls, kCanisters };

  explicit NotSymmetric(std::string text, Of of = Of::kUsers) : text_(std::move(text)), of_(of) {}

  /// Who it is that changes names. With canisters and users go others.
  static Of whom(const internal::Renamer& names, internal::Permutation how);

  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

  /// Without these there may be a symmetry still.
  [[nodiscard]] Of of() const { return of_; }

 private:
  std::string text_;
  Of of_;
};

/// What was found while a search went on, which began anew without that.
struct ToldApart {
  std::string why;
  NotSymmetric::Of of{};

  template <class Archive>
  void archive(Archive& archive) {
    archive(why, of);
  }
};

/// Which users, canisters and calls of a system are interchangeable. Immutable, shared by all
/// threads of a search. Members are numbered: users, canisters with those that go with them, calls.
class Symmetry {
 public:
  /// Beyond this number of renamings, what needs them all is refused instead.
  static constexpr std::size_t kRenamingsMax = 5040;

  /// Equal calls of a user who may be interchangeable himself.
  struct Block {
    std::size_t kind = 0;          ///< the same number for those that change places
    std::optional<unsigned> user;  ///< member
    std::vector<unsigned> members;
    /// By user that is a member: the block that this one becomes when its user becomes that one.
    std::vector<std::size_t> images;
  };

  /// What is looked for beside users. What is not is known to be told apart.
  struct Sought {
    bool calls = true;
    bool canisters = true;
  };

  /// The kernel and the claims outlive it.
  Symmetry(Kernel& kernel, const Claims& claims, Sought sought);

  Symmetry(Kernel& kernel, const Claims& claims) : Symmetry(kernel, claims, Sought{}) {}

  /// Nothing is interchangeable.
  [[nodiscard]] bool empty() const { return classes_.empty() && blocks_.empty(); }

  /// "alice, bob, carol"; several classes: "alice, bob and of carol, dave".
  [[nodiscard]] std::string text() const;

  /// The same of canisters alone.
  [[nodiscard]] std::string text_of_canisters() const;

  /// Why users, canisters or calls are not interchangeable that do the same, one line each.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  /// Whether canisters change names.
  [[nodiscard]] bool has_canisters() const;

  /// Of all that there is, what is told apart most easily.
  [[nodiscard]] NotSymmetric::Of given_up_first() const;

  /// Sets of interchangeable users, and of canisters with those that go with them, each with at
  /// least two.
  [[nodiscard]] const std::vector<std::vector<unsigned>>& classes() const { return classes_; }

  /// Sets of interchangeable calls, each with at least two.
  [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }

  /// How many members there are.
  [[nodiscard]] unsigned size() const { return names_->size(); }

  /// By member: the same number for all that it can become, and never 0.
  [[nodiscard]] const std::vector<std::uint8_t>& roles() const { return roles_; }

  /// Two of a class, or two calls of a block, change names. With users go their calls.
  [[nodiscard]] internal::Permutation transposition(unsigned left, unsigned right) const;

  /// Transpositions from which all renamings are made.
  [[nodiscard]] const std::vector<internal::Permutation>& generators() const { return generators_; }

  /// All renamings of users but the identity, with their calls in the same order; nothing when
  /// there are, together with those of calls, more than kRenamingsMax.
  [[nodiscard]] const std::vector<internal::Permutation>& renamings() const { return renamings_; }

  /// All renamings of calls but the identity; the same.
  [[nodiscard]] const std::vector<internal::Permutation>& call_renamings() const {
    return call_renamings_;
  }

  /// There are at most kRenamingsMax.
  [[nodiscard]] bool lists_renamings() const { return lists_renamings_; }

  /// Finds them in values. Only what is const may be asked of it, by any thread.
  [[nodiscard]] const internal::Renamer& names() const { return *names_; }

  [[nodiscard]] Kernel& kernel() const { return kernel_; }

  [[nodiscard]] const Claims& claims() const { return claims_; }

 private:
  using Numbers = std::vector<std::uint32_t>;

  void find_classes();
  void find_clones();
  void find_blocks();
  [[nodiscard]] std::vector<Numbers> equal_calls(const User& user) const;
  void add_blocks(const std::vector<std::uint32_t>& users, const Numbers& equal);
  std::string told_apart(std::uint32_t user, const Numbers& equal);
  std::string told_apart(const std::vector<internal::Member>& clones);
  void add_class(std::vector<internal::Member> members);
  void make_renamings();
  [[nodiscard]] std::string text(const std::vector<unsigned>& members) const;

  Kernel& kernel_;
  const Claims& claims_;
  std::vector<internal::Member> members_;
  std::optional<internal::Renamer> names_;
  std::vector<std::vector<unsigned>> classes_;
  std::vector<Block> blocks_;
  std::vector<std::uint8_t> roles_;
  std::vector<internal::Permutation> generators_;
  std::vector<internal::Permutation> renamings_;
  std::vector<internal::Permutation> call_renamings_;
  bool lists_renamings_ = false;
  std::vector<std::string> notes_;
};

/// One thread's hand on a symmetry. The Stepper of the thread must have it as its watcher.
class Representatives : public PieceWatcher {
 public:
  using Permutation = internal::Permutation;

  /// `aligns_answers`: of states only those are gone on from whose answers are aligned
  /// (equal_answers.h).
  explicit Representatives(const Symmetry& symmetry, bool aligns_answers = false);
  ~Representatives() override;

  /// Renames the users of a state so that it becomes the one that stands for all its renamings.
  /// Returns how they were renamed. Amortised O(leaves).
  Permutation canonicalise(StateVector& state);

  /// A leaf's new value.
  struct Written {
    LeafPosition position = 0;
    LocalValue local = 0;
  };

  // The same for states in the form that searches work on. They are their own representatives, and
  // `loaded` says that it is another one; then only what writes change is looked at.

  void loaded() { is_prepared_ = false; }

  /// Finds out what stands for the loaded state after `writes`. False: that state itself.
  bool represent(Packed& state, std::span<const Written> writes);
  /// After `represent`: sets the leaves of what stands for the state that was begun and written.
  void move(Packed& state);
  /// After `represent`, of states that are their words (Packed::is_plain): the root of what stands
  /// for the state that has this root.
  Root moved(Packed& state, Root root);

  /// The member whose part in the loaded state is the same as this one's: the state stays what it
  /// is when the two change names. Of several the first; itself when there is none.
  unsigned twin(Packed& state, unsigned member);
  /// The members whom an event concerns: the user and his call that its context comes from,
  /// canisters.
  [[nodiscard]] internal::MemberMask members_of(const Event& event) const;
  Event event_of_twin(const Event& event, unsigned member, unsigned twin);

  [[nodiscard]] NotSymmetric::Of given_up_first() const { return symmetry_.given_up_first(); }

  /// The state with its users renamed.
  StateVector renamed(const StateVector& state, Permutation how);

  /// An event of `state` as one of the renamed state.
  Event renamed(const StateVector& state, const Event& event, Permutation how);

  /// All renamings of users, or of calls, but the identity. Throw NotSymmetric, on behalf of
  /// `claim`, when there are too many.
  [[nodiscard]] const std::vector<Permutation>& renamings(std::string_view claim) const;
  [[nodiscard]] const std::vector<Permutation>& call_renamings(std::string_view claim) const;

  /// Whether this question has this answer in every renaming of the state that gave it.
  bool is_blind(const Observation& question, std::uint32_t answer);

  /// Whether a value holds the name of an interchangeable user or canister.
  bool names_users(ValueId value);

  /// A schedule of events of representatives, as `canonicalise` left them, as one of the system.
  /// Of the last event nothing is performed. If `last` is given, what it says is how the state that
  /// the schedule ends in is to be named, seen from its representative.
  Schedule unfolded(Stepper& stepper, const Schedule& schedule, const Permutation* last = nullptr);

  [[nodiscard]] std::size_t memory_bytes() const;

  // PieceWatcher. Throws NotSymmetric.
  void ran(const PieceInput& input,
           std::span<const std::pair<Observation, std::uint32_t>> consulted,
           const Effects& effects) override;

 private:
  struct Leaf;
  struct Moved;

  struct Placed {
    LeafPosition position = 0;
    LocalValue local = 0;
    Leaf* leaf = nullptr;
  };
  struct Image;
  using Signatures = std::array<std::uint64_t, Permutation::kSizeMax>;
  class Pieces;

  Leaf* leaf(LeafPosition position, LeafValue value);
  Leaf* leaf_of(Packed& state, LeafPosition position, LocalValue local);
  template <class Do>
  static void for_each_member(const Leaf& leaf, const Do& act);
  void prepare(Packed& state);
  Image& image(Packed& state, const Placed& placed, Permutation how);
  [[nodiscard]] bool are_twins(Packed& state, unsigned left, unsigned right);

  [[nodiscard]] bool is_written(const Placed& placed) const {
    return placed.position < written_.size() && written_[placed.position] == round_;
  }

  void look(const StateVector& state);
  [[nodiscard]] bool may_name(LeafPosition position);
  Permutation sorted();
  [[nodiscard]] Permutation in_order() const;
  /// `for_each_leaf` goes through those that name members.
  template <class ForEachLeaf>
  Permutation untied(Permutation sorted, const ForEachLeaf& for_each_leaf);
  template <class Act>
  void for_each_run(const Act& act) const;
  [[nodiscard]] Permutation as_they_start(const Schedule& events) const;
  void need_renamings(std::string_view claim) const;
  void rename(StateVector& state, Permutation how);
  std::pair<LeafPosition, LeafValue> image(LeafPosition position, LeafValue value, const Leaf& leaf,
                                           Permutation how);

  const Symmetry& symmetry_;
  bool aligns_answers_;
  internal::Renamer renamer_;
  std::unique_ptr<Pieces> pieces_;
  /// By position and value; null: no member is named.
  internal::FlatMap<Leaf*> leaves_;
  std::vector<std::unique_ptr<Leaf>> named_;
  /// By leaf and by what happens to the members that it names.
  internal::FlatMap<std::pair<LeafPosition, LeafValue>> images_;
  /// Positions whose leaves never name anyone.
  std::vector<std::uint8_t> kinds_;
  // Of the state that is being renamed.
  std::vector<Moved> moved_;
  Signatures signatures_{};
  /// The members of each class and of each block, one after the other, sorted.
  std::array<unsigned, Permutation::kSizeMax> order_{};
  std::vector<const Leaf*> shared_;
  // Of the loaded state.
  bool is_prepared_ = false;
  Signatures prepared_{};
  std::vector<Placed> placed_;  ///< leaves that name members
  std::array<unsigned, Permutation::kSizeMax> twins_{};
  bool twins_are_known_ = false;
  // Of the loaded state after writes.
  std::vector<Placed> fresh_;  ///< leaves that name members and were written
  std::vector<std::pair<const Placed*, Image*>> moves_;
  /// By position and local value: what `leaf` says, or not known yet.
  std::vector<std::vector<std::optional<Leaf*>>> by_local_;
  /// Of leaves that name several, by leaf and by what happens to those.
  internal::FlatMap<Image*> local_images_;
  std::vector<std::unique_ptr<Image>> shared_images_;
  std::vector<std::uint64_t> written_;  ///< by position: the round in which it was written last
  std::uint64_t round_ = 0;
};

}  // namespace heddle
