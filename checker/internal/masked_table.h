// MaskedTable: what a function makes of plain states, remembered by those of their bits that it
// looks at. The bits are gathered to a number, which is a place in an array where there are few
// enough of them, and else a key in a hash table: a look-up costs one cache line, whatever the
// function is.
//
// The leaves that are looked at are found while the table is filled. When there are more of them
// than before, or when fields have moved, it starts anew; so it does when it is full, since what a
// search meets changes on its way. A table that was full too often is of no use and says so.
//
// What look-ups need lies in one cache line, and what they lead to in another.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <heddle/checker/internal/bit_place.h>
#include <heddle/checker/packing.h>

namespace heddle::internal {

class alignas(64) MaskedTable {
 public:
  /// Up to this.
  static constexpr std::uint32_t kValueMax = 0xfffffffe;

  /// Holds at most `values_max` values, a power of two, as long as it is a hash table.
  explicit MaskedTable(std::size_t values_max) : slots_max_(2 * values_max) {}

  /// 1 + what is remembered for the plain state of these words; 0: nothing is.
  [[nodiscard]] std::uint32_t find(Root words) const {
    if (form_ == Form::kArray) {
      return array_[place_.gather(words)];
    }
    return find_hashed(words);
  }

  /// Takes the loaded plain state's leaves into account from now on. True: there was something new
  /// about them, and nothing is remembered any more.
  bool look_at(const Packed& state, std::span<const LeafPosition> leaves);

  /// Remembers a value for the plain state of these words, for which nothing is remembered.
  void add(Root words, std::uint32_t value);

  /// Forgets everything if fields have moved or leaves become wider since.
  void follow(const Packed& state);

  /// Gives its memory back. Nothing is looked at any more.
  void drop();

  /// How often it was full.
  [[nodiscard]] unsigned times_full() const { return times_full_; }

  /// The bits that count.
  [[nodiscard]] const BitPlace& place() const { return place_; }

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  enum class Form : std::uint8_t {
    kArray,   ///< by the gathered bits
    kNarrow,  ///< a hash table; up to 32 bits
    kWide,
  };

  struct Wide {
    Root key;
    std::uint32_t value = 0;
  };

  static constexpr std::size_t kSlotsMin = 8;

  [[nodiscard]] std::size_t slot_of(std::uint64_t key) const {
    return key * 0x9e3779b97f4a7c15U >> shift_;
  }

  [[nodiscard]] std::size_t slot_of(Root key) const {
    return (key.low * 0x9e3779b97f4a7c15U + key.high * 0xd6e8feb86659fd93U) >> shift_;
  }

  [[nodiscard]] Root masked(Root words) const {
    return {words.low & place_.mask().low, words.high & place_.mask().high};
  }

  [[nodiscard]] std::uint32_t find_hashed(Root words) const;
  void look_at_leaves(const Packed& state);
  void start(std::size_t slots);
  void start_array();
  void grow();
  void put_narrow(std::uint64_t key, std::uint32_t value);
  void put_wide(const Wide& slot);

  BitPlace place_;
  Form form_ = Form::kArray;
  std::uint8_t shift_ = 61;
  std::uint32_t times_full_ = 0;
  std::vector<std::uint32_t> array_{0};  ///< 1 + value; 0: nothing is remembered
  /// Of a hash table, as many as a power of two, at most half of them in use.
  std::size_t slots_ = 0;
  std::vector<std::uint64_t> narrow_;  ///< key above, 1 + value below; free: 0 below
  std::vector<Wide> wide_;             ///< free: 0
  std::size_t used_ = 0;
  std::size_t slots_max_;
  std::uint32_t fields_ = 0;          ///< Packed::fields that the mask is for
  std::vector<LeafPosition> leaves_;  ///< in order
};

}  // namespace heddle::internal
