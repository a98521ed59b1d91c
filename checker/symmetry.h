// Symmetry: users that differ in nothing but their names are interchangeable, and of the states
// that differ by a renaming of them one stands for all.
//
// The idea is from C. Norris Ip and David L. Dill, 'Better Verification Through Symmetry', 1996
// (Murphi; scalarsets). There a type system promises that a program treats its scalars alike. Here
// canister code is any C++ that may compute with a caller's principal what it likes, so nothing is
// promised and all is checked:
//   - before the search: two users are interchangeable when swapping their names makes the one's
//     script the other's, and changes neither the initial state, nor other users' scripts, nor
//     what environment canisters answer; and when every property that follows steps says that it
//     treats them alike (Property::renamed);
//   - while it runs: each piece of canister code that is run for the first time is run again with
//     users renamed and must do the same, renamed (piece_symmetry.h), and so are all pieces made
//     so. If one does not, the search is given up with NotSymmetric and made without symmetry;
//   - predicates, outcome sets and measures whose answer hangs on who is who are evaluated on every
//     renaming of a state (Judge), so that outcome sets come out closed under the renamings and
//     what is violated for any of the names is found.
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

/// Users who were taken to be interchangeable are not. The text is the line for the reader.
class NotSymmetric : public std::exception {
 public:
  explicit NotSymmetric(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// Which users of a system are interchangeable. Immutable, shared by all threads of a search.
class Symmetry {
 public:
  /// Beyond this number of renamings, what needs them all is refused instead.
  static constexpr std::size_t kRenamingsMax = 5040;

  /// The kernel and the claims outlive it.
  Symmetry(Kernel& kernel, const Claims& claims);

  /// No two users are interchangeable.
  [[nodiscard]] bool empty() const { return classes_.empty(); }

  /// "alice, bob, carol"; several classes: "alice, bob and of carol, dave".
  [[nodiscard]] std::string text() const;

  /// Why users are not interchangeable who do the same, one line each.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  /// Sets of interchangeable members, each with at least two.
  [[nodiscard]] const std::vector<std::vector<unsigned>>& classes() const { return classes_; }

  /// The users that are in a class, by member.
  [[nodiscard]] const std::vector<std::uint32_t>& users() const { return users_; }

  /// Transpositions from which all renamings are made.
  [[nodiscard]] const std::vector<internal::Permutation>& generators() const { return generators_; }

  /// All renamings but the identity; empty when there are more than kRenamingsMax.
  [[nodiscard]] const std::vector<internal::Permutation>& renamings() const { return renamings_; }

  /// Finds them in values. Only what is const may be asked of it, by any thread.
  [[nodiscard]] const internal::Renamer& names() const { return *names_; }

  [[nodiscard]] Kernel& kernel() const { return kernel_; }

  [[nodiscard]] const Claims& claims() const { return claims_; }

 private:
  void find_classes();
  void make_renamings();

  Kernel& kernel_;
  const Claims& claims_;
  std::vector<std::uint32_t> users_;
  std::optional<internal::Renamer> names_;
  std::vector<std::vector<unsigned>> classes_;
  std::vector<internal::Permutation> generators_;
  std::vector<internal::Permutation> renamings_;
  std::vector<std::string> notes_;
};

/// One thread's hand on a symmetry. The Stepper of the thread must have it as its watcher.
class Representatives : public PieceWatcher {
 public:
  using Permutation = internal::Permutation;

  explicit Representatives(const Symmetry& symmetry);
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
  /// The member that a context comes from.
  [[nodiscard]] std::optional<unsigned> member_of(ContextId context) const;
  ContextId context_of_twin(ContextId context, unsigned member, unsigned twin);

  /// The state with its users renamed.
  StateVector renamed(const StateVector& state, Permutation how);

  /// An event of `state` as one of the renamed state.
  Event renamed(const StateVector& state, const Event& event, Permutation how);

  /// All renamings but the identity. Throws NotSymmetric, on behalf of `claim`, when there are too
  /// many.
  [[nodiscard]] const std::vector<Permutation>& renamings(std::string_view claim) const;

  /// Whether this question has this answer in every renaming of the state that gave it.
  bool is_blind(const Observation& question, std::uint32_t answer);

  /// Whether a value holds the name of an interchangeable user.
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
  /// `find_shared` fills `shared_` with leaves that name some of these and others.
  template <class FindShared>
  Permutation untied(Permutation sorted, const FindShared& find_shared);
  void rename(StateVector& state, Permutation how);
  std::pair<LeafPosition, LeafValue> image(LeafPosition position, LeafValue value, const Leaf& leaf,
                                           Permutation how);

  const Symmetry& symmetry_;
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
