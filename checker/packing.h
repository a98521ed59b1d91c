// Packing: states as few bits, losslessly.
//
// Each leaf has a field of a few bits for its value, renumbered densely for that leaf; fields fill
// words of 64 bits. Up to 127 bits these are the state's *root* as they are. What is larger is
// folded by interned pairs of words into 64 bits: tree compression, after Alfons Laarman, Jaco van
// de Pol, Michael Weber, 'Parallel Recursive State Compression for Free', SPIN 2011 (LTSmin). Equal
// states have equal roots, and a root is turned back into its state.
//
// Where we differ:
//   - What is folded are words in which neighbouring leaves share 64 bits, not single variables,
//   and
//     what fits into two words is not folded at all.
//   - Leaves and values appear while a search runs. A field that has become too small gets a second
//     one for its higher bits, at the end, where the states of before have zeros; words are grouped
//     in blocks of 2, 2, 4, 8, ... along a spine, and what is zero behind a block is not stored, so
//     a root stays what it was. `Packing::lay_out` starts anew, with each field as wide as is
//     needed by then, while few states are stored.
//
// A Packing is shared by all threads. A Packed is one thread's hand on it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <heddle/checker/internal/intern_table.h>
#include <heddle/model/kernel.h>

namespace heddle {

/// A packed state. Equal roots of one Packing are equal states.
struct Root {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend auto operator<=>(const Root&, const Root&) = default;
};

/// A leaf's value as its field holds it: dense from 0, which is 0.
using LocalValue = std::uint32_t;

class Packing {
 public:
  /// Makes roots of before fields were laid out into those of after, if they are plain in both.
  class Moved {
   public:
    Root operator()(Root before) const;

   private:
    friend class Packing;

    struct Run {
      std::uint64_t ones;
      std::uint8_t from_word, from_shift, to_word, to_shift;
    };

    std::vector<Run> runs_;
  };

  explicit Packing(Kernel& kernel) : kernel_(kernel) {}

  Packing(const Packing&) = delete;
  Packing& operator=(const Packing&) = delete;

  /// How many pairs and words are stored.
  [[nodiscard]] std::size_t nodes() const { return words_.size() + pairs_.size(); }

  [[nodiscard]] std::size_t memory_bytes() const;

  /// What its tables may take at once when they grow.
  [[nodiscard]] std::size_t growing_bytes() const {
    return words_.growing_bytes() + pairs_.growing_bytes();
  }

  /// How many bytes of a root, `low` first, are not zero in any state.
  [[nodiscard]] unsigned root_bytes() const;

  /// Whether some states are folded and others are not.
  [[nodiscard]] bool is_mixed() const { return !folds_ && used_.size() > 2; }

  /// Whether fields were added since the last layout.
  [[nodiscard]] bool is_ragged() const { return ragged_; }

  /// Lays the fields out anew: neighbours together, words about equally full. All roots are void,
  /// but for what `Moved` makes of them. No other thread may be at work.
  Moved lay_out();

  /// Whether states are plain words, and will be when fields are laid out now.
  [[nodiscard]] bool stays_plain() const;

  /// For the end of a round: no other thread may be at work.
  void settle();

  /// For checkpoints: all of it, into or out of an empty one.
  template <class Archive>
  void archive(Archive& archive);

 private:
  friend class Packed;

  /// A part of a leaf's local value: bits `low` to `low + width` - 1 of it are at `shift` of
  /// `word`.
  struct Field {
    LeafPosition leaf = 0;
    std::uint16_t word = 0;
    std::uint8_t shift = 0;
    std::uint8_t width = 0;
    std::uint8_t low = 0;
  };

  struct Leaf {
    std::vector<LeafValue> values{0};  ///< by local value
    std::unordered_map<LeafValue, LocalValue> locals{{0, 0}};
    std::uint8_t width = 0;  ///< of all its fields
  };

  LocalValue local(LeafPosition position, LeafValue value);
  void add_field(LeafPosition position, std::uint8_t width);
  [[nodiscard]] Moved moved_from(const std::vector<Field>& before) const;
  [[nodiscard]] std::size_t bits_needed() const;

  Kernel& kernel_;
  internal::InternTable words_;
  internal::InternTable pairs_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::deque<Leaf> leaves_;
  std::vector<Field> fields_;
  std::vector<std::uint8_t> used_;         ///< bits in use, by word
  std::atomic<std::uint64_t> version_{1};  ///< of the layout and of the values
  std::uint64_t layout_ = 1;               ///< 1 + how often it was laid out
  bool ragged_ = false;
  bool folds_ = false;  ///< every state, also those that would fit into two words
};

template <class Archive>
void Packing::archive(Archive& archive) {
  std::uint64_t leaves = leaves_.size();
  archive(leaves);
  leaves_.resize(leaves);
  for (Leaf& leaf : leaves_) {
    archive(leaf.values, leaf.width);
    for (std::size_t at = leaf.locals.size(); at < leaf.values.size(); ++at) {
      leaf.locals.emplace(leaf.values[at], static_cast<LocalValue>(at));
    }
  }
  archive(fields_, used_, layout_, ragged_, folds_);
  words_.archive(archive);
  pairs_.archive(archive);
  version_.fetch_add(1, std::memory_order_release);
}

/// One state in the form that searches work on: the leaves' local values, and the words. Not
/// thread-safe.
class Packed {
 public:
  explicit Packed(Packing& packing) : packing_(packing) { refresh(); }

  /// Loads the state of a root. A plain state (`is_plain`) is its words by this and nothing more:
  /// what asks for a single leaf or assigns one comes after `unpack`.
  void load(Root root);

  /// Reads the loaded state's leaves, if that has not been done.
  void unpack() {
    if (!unpacked_) {
      unpack_words();
    }
  }

  /// Loads a state from its leaves.
  void load(const StateVector& state);

  /// A leaf of the loaded state.
  [[nodiscard]] LocalValue operator[](LeafPosition position) const {
    return position < locals_.size() ? locals_[position] : 0;
  }

  /// The value that a local value stands for.
  [[nodiscard]] LeafValue value(LeafPosition position, LocalValue local) {
    if (local == 0) {
      return 0;
    }
    if (position >= values_.size() || local >= values_[position].size()) {
      refresh();
    }
    return values_[position][local];
  }

  /// The local value that stands for `value`, a new one if need be.
  LocalValue local(LeafPosition position, LeafValue value);

  /// The loaded state's leaves.
  [[nodiscard]] const StateVector& vector();

  /// Begins a state that is the loaded one but for what is set from now on.
  void begin();
  void set(LeafPosition position, LocalValue local);
  /// The root of the state begun.
  Root root();

  /// Whether the roots of all states until now are their words as they are.
  [[nodiscard]] bool is_plain() const { return !folds_ && words_.size() <= 2; }

  /// The loaded state, if it is plain.
  [[nodiscard]] Root words() const { return {words_[0], words_[1]}; }

  /// The bits of a plain state that hold this leaf, as long as `fields` stays the same.
  [[nodiscard]] Root mask_of(LeafPosition position) const;
  /// The same bits when the leaf has this value.
  [[nodiscard]] Root bits_of(LeafPosition position, LocalValue local) const;

  /// A number that changes when fields are laid out anew; roots of before are void then.
  [[nodiscard]] std::uint64_t layout() const { return layout_; }

  /// A number that changes with the fields.
  [[nodiscard]] std::uint32_t fields() const { return fields_; }

  /// Changes the loaded state itself, for those who follow a state on its way and store nothing:
  /// until the next `load` there is no `begin` and no `root`.
  void assign(LeafPosition position, LocalValue local) {
    if (position >= locals_.size()) {
      return;  // no state has anything there
    }
    locals_[position] = local;
    if (vector_is_current_) {
      vector_.set(position, value(position, local));
    }
  }

  /// How many leaves there may be.
  [[nodiscard]] std::size_t size() const { return locals_.size(); }

  /// Takes over what other threads have added to the packing.
  void refresh();

 private:
  struct Place {
    std::uint16_t word = 0;
    std::uint8_t shift = 0;
    std::uint8_t width = 0;
    std::uint32_t further = 0;  ///< in `further_`
    std::uint32_t further_count = 0;
  };

  static constexpr std::uint32_t kUnknown = 0xffffffff;

  template <class Part>
  [[nodiscard]] Root bits_by(LeafPosition position, const Part& part) const;
  void unpack_words();
  void read_leaves();
  void clean();
  void mark(std::size_t word);
  void put(std::size_t word, std::uint8_t shift, std::uint8_t width, std::uint64_t part);
  [[nodiscard]] bool is_zero_from(std::size_t word) const;
  std::uint64_t fold_from(std::size_t first);
  std::uint32_t fold(std::size_t node);
  void unfold_from(std::uint64_t content, std::size_t first);
  void unfold(std::uint32_t id, std::size_t node);

  Packing& packing_;
  std::uint64_t version_ = 0;
  std::uint64_t layout_ = 0;
  bool folds_ = false;
  std::uint32_t fields_ = 1;
  std::size_t field_count_ = 0;
  std::vector<Place> places_;            ///< a leaf's first field, by position
  std::vector<Packing::Field> further_;  ///< all further fields, by leaf
  std::vector<std::vector<LeafValue>> values_;
  std::vector<std::unordered_map<LeafValue, LocalValue>> known_;
  std::vector<LocalValue> locals_;
  /// Of the loaded state; a power of two of them, at least two.
  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> changed_;  ///< of the state begun
  std::vector<std::size_t> touched_;    ///< words in which the two may differ
  /// The words' binary tree as a heap (children of i at 2i and 2i + 1, words last): ids of the
  /// loaded state, and whether the state begun may differ there.
  std::vector<std::uint32_t> ids_;
  std::vector<std::uint8_t> dirty_;
  StateVector vector_;
  bool vector_is_current_ = false;
  bool unpacked_ = true;
};

}  // namespace heddle
