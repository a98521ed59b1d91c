// AnswerTable: what a predicate says, by the answers that it gets.
//
// A predicate that looks at many leaves meets far more states than it can tell apart: of a call's
// record it may ask only whether one reply has not been taken yet. So a leaf's values are put into
// classes, alike in all that the predicate was ever seen to ask of that leaf; the classes of its
// leaves are a number, by which the result is remembered. That costs a look-up for each leaf, none
// of which waits for another, where a decision tree asks one leaf after the other.
//
// It is right to take a result for all states with these answers: whatever the predicate asked when
// the result was found is among the questions, and when a question is new, all is forgotten.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include <heddle/checker/packing.h>
#include <heddle/model/kernel.h>

namespace heddle::internal {

class AnswerTable {
 public:
  /// Holds at most `results_max` results, a power of two, then it starts anew.
  explicit AnswerTable(std::size_t results_max) : slots_max_(2 * results_max) { lay_out(); }

  /// Takes these questions into account from now on. True: one of them was new, and nothing is
  /// remembered any more.
  bool asks(std::span<const LeafRead> reads);

  /// The classes of the leaves of an unpacked state as a number; none when they are too many.
  /// `ask(leaf, question, local)` gives the answer of a leaf that has this local value.
  template <class Ask>
  std::optional<std::uint64_t> key(const Packed& state, const Ask& ask);

  /// 1 + the result for that key; 0: none is remembered.
  [[nodiscard]] std::uint32_t find(std::uint64_t key) const;
  void add(std::uint64_t key, std::uint32_t result);

  /// Forgets the questions too.
  void clear();

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  using Class = std::uint32_t;

  struct Leaf {
    LeafPosition position = 0;
    std::uint8_t shift = 0;
    std::uint8_t width = 0;
    std::vector<LeafQuestion> questions;
    std::vector<Class> classes;  ///< 1 + class, by local value; 0 not known yet
    std::map<std::vector<std::uint64_t>, Class> by_answers;
  };

  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t result = 0;  ///< 1 + result; 0: free
  };

  static constexpr std::size_t kSlotsMin = 64;
  static constexpr unsigned kKeyBits = 64;

  [[nodiscard]] std::size_t slot_of(std::uint64_t key) const;
  /// Sets the class of a value. True: the leaf needs more bits for its classes.
  bool learn(Leaf& leaf, LocalValue local, const std::vector<std::uint64_t>& answers);
  void lay_out();
  void start(std::size_t slots);
  void put(const Slot& slot);

  std::size_t slots_max_;
  std::vector<Leaf> leaves_;
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  bool too_many_ = false;
  std::vector<std::uint64_t> answers_;  ///< for `key`
};

template <class Ask>
std::optional<std::uint64_t> AnswerTable::key(const Packed& state, const Ask& ask) {
  if (too_many_) {
    return std::nullopt;
  }
  std::uint64_t key = 0;
  bool is_wider = false;
  for (Leaf& leaf : leaves_) {
    const LocalValue local = state[leaf.position];
    if (local >= leaf.classes.size() || leaf.classes[local] == 0) {
      answers_.clear();
      for (const LeafQuestion& question : leaf.questions) {
        answers_.push_back(ask(leaf.position, question, local));
      }
      is_wider = learn(leaf, local, answers_) || is_wider;
    }
    key |= std::uint64_t{leaf.classes[local] - 1} << leaf.shift;
  }
  if (!is_wider) {
    return key;
  }
  lay_out();
  return this->key(state, ask);
}

}  // namespace heddle::internal
