// Images: the committed states of one compiled canister, kept as what differs from the state after
// installation.
//
// An image is its blocks of memory (256 bytes, linear and stable memory alike) that differ from the
// first image, its globals and sizes, and where its continuations are. Contents are interned, so
// that equal contents are one. Which images are the same *state* is another question, answered by
// keys: of the images with one key the first one stands for all.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <heddle/model/interner.h>
#include <heddle/wasm/engine/instance.h>
#include <heddle/wasm/system_api.h>

namespace heddle::wasm {

/// A block of memory and the interned id of its bytes.
struct ImageBlock {
  /// Its number; that of a block of stable memory has the highest bit set.
  std::uint32_t block = 0;
  std::uint32_t content = 0;
  static constexpr std::uint32_t kStable = 0x80000000U;
  friend auto operator<=>(const ImageBlock&, const ImageBlock&) = default;
};

/// A continuation's name (interned by the store) and its place in the canister's table.
struct ImageSlot {
  std::uint32_t name = 0;
  std::uint32_t slot = 0;
  friend auto operator<=>(const ImageSlot&, const ImageSlot&) = default;
};

/// One image, taken apart.
struct CanisterImage {
  std::uint32_t rest = 0;  ///< interned: sizes, globals, tables, certified data
  std::vector<ImageSlot> slots;
  std::vector<ImageBlock> blocks;  ///< those that differ from the first image, ascending
};

/// An instance with its host, on which images are put and from which they are taken.
struct Machine {
  Machine(const Image& image, const CanisterSettings& settings, const InstanceOptions& options)
      : api(settings), instance(image, api, options) {}

  SystemApi api;
  HostState host;
  Instance instance;
  CanisterImage current;  ///< what the memory holds, apart from blocks that are dirty
};

/// Thread-safe.
class ImageStore {
 public:
  /// Equal keys are equal states: 128 bits of a hash of a canonical text, or the image itself.
  using Key = std::array<std::uint64_t, 2>;

  /// `machine` holds the first image.
  void set_first(const Machine& machine);

  /// Takes the image that the machine holds now, dirty blocks included, which are then clean. The
  /// slots are what the caller says.
  [[nodiscard]] CanisterImage take(Machine& machine, std::vector<ImageSlot> slots);
  /// Undoes everything since the machine's image was put on it.
  void undo(Machine& machine);
  /// Makes the machine hold this image.
  void put(Machine& machine, const CanisterImage& image);

  /// The id of the image's content, whatever its key.
  std::uint32_t intern(const CanisterImage& image);
  /// The image that stands for this key: this one, if it is the first.
  std::uint32_t representative(const Key& key, const CanisterImage& image);
  /// 0 when the key has none.
  [[nodiscard]] std::uint32_t find(const Key& key) const;

  // For tests, which ask whether it matters which image stands for a key.
  void add_twin(const Key& key, std::uint32_t image);
  /// One of the images of that key, another one each time.
  [[nodiscard]] std::uint32_t some_twin(const Key& key);
  /// Keys that more than one image has had.
  [[nodiscard]] std::size_t keys_with_twins() const;
  [[nodiscard]] CanisterImage image(std::uint32_t id) const;

  Interner& names() { return names_; }

  [[nodiscard]] std::size_t size() const { return images_.size(); }

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kShards = 16;

  struct KeyHash {
    std::size_t operator()(const Key& key) const { return key[0]; }
  };

  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<Key, std::uint32_t, KeyHash> images;
    std::unordered_map<Key, std::vector<std::uint32_t>, KeyHash> twins;
  };

  [[nodiscard]] static std::string_view block_of(const Machine& machine, std::uint32_t block);
  void set_block(Machine& machine, std::uint32_t block, std::uint32_t content);
  [[nodiscard]] std::uint32_t first_content(std::uint32_t block) const;
  [[nodiscard]] static std::string rest_of(const Machine& machine);
  void put_rest(Machine& machine, std::uint32_t rest);

  Interner blocks_;
  Interner rests_;
  Interner images_;
  Interner names_;
  std::array<Shard, kShards> shards_;
  /// The first image's blocks that are not all zero.
  std::unordered_map<std::uint32_t, std::uint32_t> first_;
  std::uint32_t zero_ = 0;
  std::atomic<std::uint32_t> turn_{0};
};

}  // namespace heddle::wasm
