/// What pieces of canister code touch, and what is known of the methods of a system from all that
/// they were seen to do.
///
/// A `Footprint` is a conservative summary: each variable, key and callee has a bit, two may share
/// one. `Known` is what a reduced search takes for granted (partial_order.h says why it may).
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include <heddle/checker/internal/renamer.h>
#include <heddle/model/kernel.h>

namespace heddle::internal {

struct Footprint {
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  std::uint64_t grown = 0;  ///< key sets of maps that got or lost keys: such changes commute
  std::uint64_t asked = 0;  ///< callees for which a slot was asked, whether the call left or not

  Footprint& operator|=(const Footprint& other);
  /// Whether two executions at one canister that touch this much may not commute.
  [[nodiscard]] bool meets(const Footprint& other) const;
  friend bool operator==(const Footprint&, const Footprint&) = default;
};

/// The bit of a canister; all that are not installed share the last.
std::uint64_t bit_of(CanisterId canister);
/// So many canisters have a bit of their own.
inline constexpr std::size_t kCanistersMax = 63;

/// What one execution touched. A trapped one does not say all that it looked at: it touched
/// everything. Keys that differ by a renaming share a bit, so that what one user's call touched
/// stands for what another's touches. `renamer`: null when nobody is renamed.
Footprint footprint_of(Kernel& kernel, const Execution& execution, const Renamer* renamer);

/// All that was seen of the methods of a system, and of what predicates read.
class Known {
 public:
  struct Method {
    Footprint start;
    Footprint resumed;
    std::uint64_t sends_to = 0;   ///< callees of calls that left
    std::uint32_t sends_max = 0;  ///< most calls that one context tried to make
    bool called = false;          ///< by a canister
    bool continues = false;       ///< as another method, with numbers of calls that begin anew
    friend bool operator==(const Method&, const Method&) = default;
  };

  /// `renamer`, null when nobody is renamed, outlives it.
  Known(const Kernel& kernel, const Renamer* renamer);

  /// True when that was new.
  bool learn(Kernel& kernel, const StateVector& before, const Step& step);
  bool learn(const Kernel& kernel, const Observation& read_by_predicate);
  /// A predicate hangs on who is who: any leaf that it reads may be any user's.
  bool learn_of_names();
  bool merge(const Known& other);

  [[nodiscard]] const Renamer* renamer() const { return renamer_; }

  [[nodiscard]] const Method& method(CanisterId canister, MethodId method) const {
    return methods_[first_[canister] + method];
  }

  /// Canisters that were seen to send to `callee`.
  [[nodiscard]] std::uint64_t senders(CanisterId callee) const;

  /// Pieces at this canister settled Deferreds, or set its timer.
  [[nodiscard]] bool is_special(CanisterId canister) const {
    return (special_ & bit_of(canister)) != 0;
  }

  /// Some method went on as another.
  [[nodiscard]] bool continues() const { return continues_; }

  /// Some call may expire: a request may be executed when its caller has long been answered.
  [[nodiscard]] bool expires() const { return expires_; }

  /// Whether calls from `caller` to `callee` can never all but use up the limit of the pair, in no
  /// order of events: as many contexts as scripts and callers can make, each with as many calls as
  /// one was ever seen to make.
  [[nodiscard]] bool slots_suffice(const Kernel& kernel, CanisterId caller,
                                   CanisterId callee) const;

  /// Whether a predicate reads this leaf.
  [[nodiscard]] bool is_visible(const Kernel& kernel, const LeafKey& key) const;

  /// Whether a predicate reads all of this leaf.
  [[nodiscard]] bool is_read(const LeafKey& key) const {
    return all_visible_ || visible_.contains(key);
  }

  /// For checkpoints.
  template <class Archive>
  void archive(Archive& archive) {
    archive(methods_, calls_, special_, continues_, expires_, all_visible_, contexts_visible_,
            replies_visible_, visible_);
  }

  [[nodiscard]] bool anything_visible() const {
    return all_visible_ || !visible_.empty() || contexts_visible_ != 0 || replies_visible_ != 0;
  }

 private:
  [[nodiscard]] std::uint64_t contexts_max(const Kernel& kernel, std::size_t method,
                                           std::vector<bool>& open) const;

  const Renamer* renamer_;
  std::vector<std::size_t> first_;  ///< of each canister's methods
  std::vector<std::size_t> canister_of_;
  std::vector<Method> methods_;
  std::set<std::pair<std::size_t, std::size_t>> calls_;  ///< (calling, called) method
  std::uint64_t special_ = 0;
  bool continues_ = false;
  bool expires_ = false;
  bool all_visible_ = false;
  std::uint64_t contexts_visible_ = 0;  ///< canisters whose contexts were listed
  std::uint64_t replies_visible_ =
      0;  ///< canisters for which replies that no code has taken were listed
  std::set<LeafKey> visible_;
};

}  // namespace heddle::internal
