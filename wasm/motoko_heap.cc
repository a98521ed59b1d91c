#include <algorithm>
#include <cstring>
#include <deque>

#include <heddle/wasm/internal/motoko_tags.h>
#include <heddle/wasm/motoko_heap.h>

namespace heddle::wasm {

using namespace internal;

namespace {

// ---- Reading addresses out of the bodies of accessors -------------------------------------------

/// Reads the few instructions of which accessors consist.
class BodyReader {
 public:
  explicit BodyReader(std::span<const std::uint8_t> body) : body_(body) {
    for (std::uint64_t groups = leb(); groups > 0; --groups) {
      leb();
      byte();
    }
  }

  /// The address of the first load from a constant address.
  std::optional<std::uint64_t> loaded_address() {
    std::vector<std::optional<std::uint64_t>> stack;
    while (!failed_ && at_ < body_.size()) {
      const std::uint8_t code = byte();
      if (code == 0x41 || code == 0x42) {
        stack.emplace_back(signed_leb());
      } else if ((code == 0x6a || code == 0x7c) && stack.size() >= 2) {
        const auto right = stack.back();
        stack.pop_back();
        stack.back() = right && stack.back() ? std::optional(*right + *stack.back()) : std::nullopt;
      } else if (code == 0x28 || code == 0x29) {
        leb();
        const std::uint64_t offset = leb();
        if (stack.empty() || !stack.back()) {
          return std::nullopt;
        }
        return *stack.back() + offset;
      } else if (code == 0x20 || code == 0x23) {
        leb();
        stack.emplace_back();
      } else if (code == 0x21 || code == 0x24) {
        leb();
        stack.clear();
      } else if (code == 0x86 || code == 0x74) {  // shl
        if (stack.size() >= 2) {
          stack.pop_back();
          stack.back().reset();
        }
      } else if (code == 0x02 || code == 0x03) {
        byte();
      } else {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  /// The constant that is all there is.
  std::optional<std::uint64_t> constant() {
    if (byte() != 0x41) {
      return std::nullopt;
    }
    const std::uint64_t value = signed_leb() & 0xffffffffU;
    return !failed_ && byte() == 0x0b ? std::optional(value) : std::nullopt;
  }

 private:
  std::uint8_t byte() {
    if (at_ >= body_.size()) {
      failed_ = true;
      return 0;
    }
    return body_[at_++];
  }

  std::uint64_t leb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      value |= std::uint64_t{next & 0x7fU} << shift;
      if ((next & 0x80U) == 0) {
        return value;
      }
    }
    failed_ = true;
    return 0;
  }

  std::uint64_t signed_leb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64;) {
      const std::uint8_t next = byte();
      value |= std::uint64_t{next & 0x7fU} << shift;
      shift += 7;
      if ((next & 0x80U) == 0) {
        return (next & 0x40U) != 0 && shift < 64 ? value | ~std::uint64_t{0} << shift : value;
      }
    }
    failed_ = true;
    return 0;
  }

  std::span<const std::uint8_t> body_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

std::optional<std::uint64_t> loaded_address(const Module& module, std::string_view accessor) {
  const auto function = module.function_named(accessor);
  if (!function) {
    return std::nullopt;
  }
  return BodyReader(module.function_body(*function)).loaded_address();
}

/// What precedes a value in a key.
enum Mark : char { kScalar, kReference, kTextBytes, kBytes, kNumber, kBits, kSlot };

}  // namespace

// ---- Walking ------------------------------------------------------------------------------------

/// One walk. Anything out of place throws Strange.
class MotokoHeap::Walk {
 public:
  struct Strange {};

  Walk(const MotokoHeap& heap, const Memory& memory, std::string& key)
      : heap_(heap), bytes_(memory.bytes()), key_(key), wide_(heap.word_ == 8) {}

  void everything(std::span<const Continuation> continuations) {
    if (wide_) {
      value(word(heap_.roots_));
    } else {
      const std::uint64_t array = unskewed(heap_.static_roots_);
      const std::uint64_t count = checked_count(word(array + 4));
      for (std::uint64_t i = 0; i < count; ++i) {
        value(word(array + 8 + 4 * i));
      }
    }
    if (const std::uint64_t table = word(heap_.continuations_); is_pointer(table)) {
      const std::uint64_t object = object_at(table);
      for (const Continuation& continuation : continuations) {
        key_.push_back(kSlot);
        if (continuation.name.empty()) {
          number(0);
          number(continuation.slot);
        } else {
          number(continuation.name.size());
          key_ += continuation.name;
        }
        value(word(object + header() + heap_.word_ * (1 + std::uint64_t{continuation.slot})));
      }
    }
    if (heap_.region_ != 0) {
      value(word(heap_.region_));
    }
    for (std::size_t next = 0; next < found_.size(); ++next) {
      contents(found_[next]);
    }
  }

  void occupied(std::vector<std::uint32_t>& slots) {
    const std::uint64_t table = word(heap_.continuations_);
    if (!is_pointer(table)) {
      return;  // nothing has been awaited yet
    }
    const std::uint64_t object = object_at(table);
    const std::uint64_t count = checked_count(word(object + header()));
    for (std::uint64_t i = 0; i < count; ++i) {
      if (is_pointer(word(object + header() + heap_.word_ * (1 + i)))) {
        slots.push_back(static_cast<std::uint32_t>(i));
      }
    }
  }

 private:
  [[nodiscard]] std::uint64_t load(std::uint64_t address, unsigned size) const {
    if (address > bytes_.size() || size > bytes_.size() - address) {
      throw Strange{};
    }
    std::uint64_t value = 0;
    std::memcpy(&value, bytes_.data() + address, size);
    return value;
  }

  [[nodiscard]] std::uint64_t word(std::uint64_t address) const {
    return load(address, heap_.word_);
  }

  [[nodiscard]] std::uint64_t half(std::uint64_t address) const { return load(address, 4); }

  void raw(std::uint64_t address, std::uint64_t size) {
    if (address > bytes_.size() || size > bytes_.size() - address) {
      throw Strange{};
    }
    key_.append(reinterpret_cast<const char*>(bytes_.data()) + address, size);
  }

  /// A count of words that can be in memory at all.
  [[nodiscard]] std::uint64_t checked_count(std::uint64_t count) const {
    if (count > bytes_.size() / heap_.word_) {
      throw Strange{};
    }
    return count;
  }

  /// Pointers are odd: an address less one.
  [[nodiscard]] bool is_pointer(std::uint64_t value) const {
    return (value & 1U) != 0 && value != 1 && (!wide_ || value != kNull64);
  }

  [[nodiscard]] std::uint64_t unskewed(std::uint64_t pointer) const {
    return wide_ ? pointer + 1 : (pointer + 1) & 0xffffffffU;
  }

  /// Tag, and with 64 bits the forwarding pointer of the incremental collector.
  [[nodiscard]] std::uint64_t header() const { return wide_ ? 16 : 4; }

  [[nodiscard]] std::uint64_t object_at(std::uint64_t pointer) const {
    const std::uint64_t object = unskewed(pointer);
    return wide_ ? unskewed(word(object + 8)) : object;
  }

  void number(std::uint64_t value) {
    while (value >= 0x80U) {
      key_.push_back(static_cast<char>(value | 0x80U));
      value >>= 7U;
    }
    key_.push_back(static_cast<char>(value));
  }

  /// Text may be a rope; how it is tied cannot be seen.
  void flatten(std::uint64_t object, unsigned depth) {
    constexpr unsigned kDepthMax = 10'000;
    if (depth > kDepthMax) {
      throw Strange{};
    }
    const std::uint64_t tag = word(object);
    if (tag == kConcatenation) {
      flatten(object_at(word(object + header() + heap_.word_)), depth + 1);
      flatten(object_at(word(object + header() + 2 * std::uint64_t{heap_.word_})), depth + 1);
    } else {
      raw(object + header() + heap_.word_, word(object + header()));
    }
  }

  void value(std::uint64_t value) {
    if (!is_pointer(value)) {
      key_.push_back(kScalar);
      number(value);
      return;
    }
    const std::uint64_t object = object_at(value);
    const std::uint64_t tag = word(object);
    const std::uint64_t fields = object + header();
    switch (tag) {
      case kConcatenation:
      case kText:
        key_.push_back(kTextBytes);
        number(word(fields));  // of a rope the same place holds its length
        flatten(object, 0);
        return;
      case kBlob:
      case kPrincipal:
      case kActor:
        key_.push_back(kBytes);
        key_.push_back(static_cast<char>(tag));
        number(word(fields));
        raw(fields + heap_.word_, word(fields));
        return;
      case kBigInt: {
        // libtommath's mp_int: used, allocated, sign, digits. What is allocated cannot be seen.
        const std::uint64_t used = half(fields);
        key_.push_back(kNumber);
        number(half(fields + 8));
        number(used);
        raw(fields + (wide_ ? 24 : 16), checked_count(used) * heap_.word_);
        return;
      }
      case kBits64Unsigned:
      case kBits64Signed:
      case kBits64Float:
        key_.push_back(kBits);
        key_.push_back(static_cast<char>(tag));
        raw(fields, 8);
        return;
      case kBits32Unsigned:
      case kBits32Signed:
      case kBits32Float:
        if (!wide_) {
          key_.push_back(kBits);
          key_.push_back(static_cast<char>(tag));
          raw(fields, 4);
          return;
        }
        break;
      default:
        break;
    }
    key_.push_back(kReference);
    number(number_of(object));
  }

  void contents(std::uint64_t object) {
    const std::uint64_t tag = word(object);
    const std::uint64_t fields = object + header();
    const auto values = [this](std::uint64_t address, std::uint64_t count) {
      number(checked_count(count));
      for (std::uint64_t i = 0; i < count; ++i) {
        value(word(address + i * heap_.word_));
      }
    };
    number(tag);
    switch (tag) {
      case kObject:
        if (wide_) {
          const std::uint64_t hashes = object_at(word(fields));
          value(word(fields));
          values(fields + 8, word(hashes + header()) / 8);
        } else {
          number(word(fields + 4));
          values(fields + 8, word(fields));
        }
        break;
      case kArrayImmutable:
      case kArrayMutable:
      case kArrayTuple:
      case kArrayShared:
        values(fields + heap_.word_, word(fields));
        break;
      case kMutBox:
      case kSome:
      case kBox64:
        value(word(fields));
        break;
      case kClosure:
        number(word(fields));
        values(fields + 2 * std::uint64_t{heap_.word_}, word(fields + heap_.word_));
        break;
      case kVariant:
        number(word(fields));
        value(word(fields + heap_.word_));
        break;
      case kRegion:
        if (wide_) {
          number(word(fields));
          number(word(fields + 8));
          value(word(fields + 16));
        } else {
          number(half(fields));
          number(half(fields + 4));
          number(half(fields + 8));
          value(word(fields + 12));
        }
        break;
      case kNull:
        break;
      default:
        throw Strange{};
    }
  }

  /// In the order of being found. A table of this thread, emptied by moving on to the next stamp.
  std::uint64_t number_of(std::uint64_t object) {
    Numbers& numbers = Numbers::of_this_thread();
    if (found_.empty()) {
      numbers.begin();
    }
    const auto [number, fresh] = numbers.number(object, found_.size());
    if (fresh) {
      found_.push_back(object);
    }
    return number;
  }

  class Numbers {
   public:
    static Numbers& of_this_thread() {
      thread_local Numbers numbers;
      return numbers;
    }

    void begin() {
      ++stamp_;
      used_ = 0;
    }

    std::pair<std::uint64_t, bool> number(std::uint64_t object, std::uint64_t next) {
      if (2 * (used_ + 1) > entries_.size()) {
        grow();
      }
      Entry& entry = find(object);
      if (entry.stamp == stamp_) {
        return {entry.number, false};
      }
      entry = {object, next, stamp_};
      ++used_;
      return {next, true};
    }

   private:
    struct Entry {
      std::uint64_t object = 0;
      std::uint64_t number = 0;
      std::uint64_t stamp = 0;
    };

    Entry& find(std::uint64_t object) {
      const std::size_t mask = entries_.size() - 1;
      std::size_t at = (object * 0x9e3779b97f4a7c15ULL >> 32U) & mask;
      while (entries_[at].stamp == stamp_ && entries_[at].object != object) {
        at = (at + 1) & mask;
      }
      return entries_[at];
    }

    void grow() {
      const std::vector<Entry> old = std::move(entries_);
      entries_.assign(std::max<std::size_t>(1024, 2 * old.size()), {});
      for (const Entry& entry : old) {
        if (entry.stamp == stamp_) {
          find(entry.object) = entry;
        }
      }
    }

    std::vector<Entry> entries_;
    std::size_t used_ = 0;
    std::uint64_t stamp_ = 0;
  };

  const MotokoHeap& heap_;
  std::span<const std::uint8_t> bytes_;
  std::string& key_;
  bool wide_;
  std::vector<std::uint64_t> found_;
};

std::optional<MotokoHeap> MotokoHeap::find(const Module& module, std::string& why) {
  const auto memory = module.memory();
  if (!memory || !module.function_named("continuation_count")) {
    why = module.custom_section("name")
              ? "it is not compiled by moc, or with runtime functions of unknown names"
              : "its name section was stripped";
    return std::nullopt;
  }
  MotokoHeap heap;
  const auto continuations = loaded_address(module, "continuation_table_size");
  if (memory->limits.is_64_bit) {
    const auto roots = loaded_address(module, "get_static_variable");
    if (!roots) {
      why = "the static variables of its runtime system were not found";
      return std::nullopt;
    }
    heap.roots_ = *roots;
  } else {
    heap.word_ = 4;
    if (module.function_named("initialize_incremental_gc") ||
        module.function_named("incremental_gc")) {
      why = "it uses the incremental collector of 32 bits, whose objects have other headers";
      return std::nullopt;
    }
    const auto function = module.function_named("get_static_roots");
    const auto roots = function ? BodyReader(module.function_body(*function)).constant()
                                : std::optional<std::uint64_t>();
    if (!roots) {
      why = "the static roots of its runtime system were not found";
      return std::nullopt;
    }
    heap.static_roots_ = *roots;
  }
  if (!continuations) {
    why = "its table of continuations was not found";
    return std::nullopt;
  }
  heap.continuations_ = *continuations;
  heap.region_ = loaded_address(module, "region0_get").value_or(0);
  return heap;
}

bool MotokoHeap::occupied(const Memory& memory, std::vector<std::uint32_t>& slots) const {
  std::string unused;
  try {
    Walk(*this, memory, unused).occupied(slots);
    return true;
  } catch (const Walk::Strange&) {
    return false;
  }
}

bool MotokoHeap::append_key(const Memory& memory, std::span<const Continuation> continuations,
                            std::string& key) const {
  try {
    Walk(*this, memory, key).everything(continuations);
    return true;
  } catch (const Walk::Strange&) {
    return false;
  }
}

}  // namespace heddle::wasm
