#include <algorithm>
#include <cstring>

#include <heddle/model/view.h>
#include <heddle/wasm/image_store.h>
#include <heddle/wasm/internal/packed.h>

namespace heddle::wasm {

namespace {

using internal::append;
using internal::append_number;
using internal::take_number;

template <class T>
void append_all(std::string& bytes, std::span<const T> values) {
  append(bytes, static_cast<std::uint32_t>(values.size()));
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

template <class T>
std::vector<T> take_all(std::string_view& bytes) {
  std::vector<T> values(internal::take<std::uint32_t>(bytes));
  if (bytes.size() < values.size() * sizeof(T)) {
    throw BrokenInvariant("an image is cut short");
  }
  if (!values.empty()) {
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  }
  bytes.remove_prefix(values.size() * sizeof(T));
  return values;
}

std::span<const std::uint8_t, Memory::kBlockBytes> as_block(std::string_view bytes) {
  return std::span<const std::uint8_t, Memory::kBlockBytes>(
      reinterpret_cast<const std::uint8_t*>(bytes.data()), Memory::kBlockBytes);
}

const Memory& memory_of(const Machine& machine, std::uint32_t block) {
  return (block & ImageBlock::kStable) != 0 ? machine.host.stable : machine.instance.memory();
}

std::uint32_t number_of(std::uint32_t block) {
  return block & ~ImageBlock::kStable;
}

bool exists(const Machine& machine, std::uint32_t block) {
  return number_of(block) < memory_of(machine, block).block_count();
}

std::vector<std::uint32_t> dirty(const Machine& machine) {
  std::vector<std::uint32_t> blocks;
  if (machine.instance.has_memory()) {
    const auto linear = machine.instance.memory().dirty_blocks();
    blocks.assign(linear.begin(), linear.end());
  }
  for (const std::uint32_t block : machine.host.stable.dirty_blocks()) {
    blocks.push_back(block | ImageBlock::kStable);
  }
  std::ranges::sort(blocks);
  return blocks;
}

void clear_dirty(Machine& machine) {
  if (machine.instance.has_memory()) {
    machine.instance.memory().clear_dirty();
  }
  machine.host.stable.clear_dirty();
}

}  // namespace

std::string_view ImageStore::block_of(const Machine& machine, std::uint32_t block) {
  const auto bytes = memory_of(machine, block).block(number_of(block));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void ImageStore::set_block(Machine& machine, std::uint32_t block, std::uint32_t content) {
  Memory& memory =
      (block & ImageBlock::kStable) != 0 ? machine.host.stable : machine.instance.memory();
  memory.set_block(number_of(block), as_block(blocks_[content]));
}

std::uint32_t ImageStore::first_content(std::uint32_t block) const {
  const auto found = first_.find(block);
  return found == first_.end() ? zero_ : found->second;
}

std::string ImageStore::rest_of(const Machine& machine) {
  std::string bytes;
  append(bytes, machine.host.timer);
  append(bytes, machine.host.stable.pages());
  append_all(bytes, std::span<const char>(machine.host.certified));
  append(bytes, machine.instance.has_memory() ? machine.instance.memory().pages() : 0);
  append_all(bytes, machine.instance.own_globals());
  const Cells cells = machine.instance.capture_cells();
  const auto bits = [&](const std::vector<bool>& flags) {
    append_all<char>(bytes, std::vector<char>(flags.begin(), flags.end()));
  };
  bits(cells.dropped_data);
  bits(cells.dropped_elements);
  append(bytes, static_cast<std::uint32_t>(cells.tables.size()));
  for (const auto& table : cells.tables) {
    append_all<std::uint64_t>(bytes, table);
  }
  return bytes;
}

void ImageStore::put_rest(Machine& machine, std::uint32_t rest) {
  std::string_view bytes = rests_[rest];
  machine.host.timer = internal::take<std::uint64_t>(bytes);
  machine.host.stable.set_pages(internal::take<std::uint64_t>(bytes));
  const auto certified = take_all<char>(bytes);
  machine.host.certified.assign(certified.begin(), certified.end());
  Cells cells;
  cells.memory_pages = internal::take<std::uint64_t>(bytes);
  cells.globals = take_all<std::uint64_t>(bytes);
  const auto flags = [&] {
    const auto read = take_all<char>(bytes);
    return std::vector<bool>(read.begin(), read.end());
  };
  cells.dropped_data = flags();
  cells.dropped_elements = flags();
  cells.tables.resize(internal::take<std::uint32_t>(bytes));
  for (auto& table : cells.tables) {
    table = take_all<std::uint64_t>(bytes);
  }
  machine.instance.restore_cells(cells);
}

void ImageStore::set_first(const Machine& machine) {
  zero_ = blocks_.intern(std::string(Memory::kBlockBytes, '\0'));
  const auto add = [&](const Memory& memory, std::uint32_t kind) {
    for (std::uint32_t block = 0; block < memory.block_count(); ++block) {
      const auto bytes = memory.block(block);
      if (std::ranges::any_of(bytes, [](std::uint8_t byte) { return byte != 0; })) {
        first_[block | kind] =
            blocks_.intern({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      }
    }
  };
  if (machine.instance.has_memory()) {
    add(machine.instance.memory(), 0);
  }
  add(machine.host.stable, ImageBlock::kStable);
}

CanisterImage ImageStore::take(Machine& machine, std::vector<ImageSlot> slots) {
  CanisterImage image;
  image.rest = rests_.intern(rest_of(machine));
  image.slots = std::move(slots);
  std::ranges::sort(image.slots);
  const std::vector<std::uint32_t> changed = dirty(machine);
  const std::vector<ImageBlock>& before = machine.current.blocks;
  auto old = before.begin();
  for (const std::uint32_t block : changed) {
    for (; old != before.end() && old->block < block; ++old) {
      image.blocks.push_back(*old);
    }
    if (old != before.end() && old->block == block) {
      ++old;
    }
    if (!exists(machine, block)) {
      continue;  // the memory that it was in is gone
    }
    const std::uint32_t content = blocks_.intern(block_of(machine, block));
    if (content != first_content(block)) {
      image.blocks.push_back({block, content});
    }
  }
  image.blocks.insert(image.blocks.end(), old, before.end());
  clear_dirty(machine);
  machine.current = image;
  return image;
}

void ImageStore::undo(Machine& machine) {
  put_rest(machine, machine.current.rest);
  for (const std::uint32_t block : dirty(machine)) {
    const auto known =
        std::ranges::lower_bound(machine.current.blocks, block, {}, &ImageBlock::block);
    const bool is_known = known != machine.current.blocks.end() && known->block == block;
    if (exists(machine, block)) {
      set_block(machine, block, is_known ? known->content : first_content(block));
    }
  }
  clear_dirty(machine);
}

void ImageStore::put(Machine& machine, const CanisterImage& image) {
  const std::vector<ImageBlock> before = std::move(machine.current.blocks);
  // Sizes first: blocks are put where there is memory for them.
  if (machine.current.rest != image.rest) {
    put_rest(machine, image.rest);
  }
  auto old = before.begin();
  auto next = image.blocks.begin();
  while (old != before.end() || next != image.blocks.end()) {
    if (next == image.blocks.end() || (old != before.end() && old->block < next->block)) {
      if (exists(machine, old->block)) {
        set_block(machine, old->block, first_content(old->block));
      }
      ++old;
    } else if (old == before.end() || next->block < old->block) {
      set_block(machine, next->block, next->content);
      ++next;
    } else {
      if (old->content != next->content) {
        set_block(machine, next->block, next->content);
      }
      ++old;
      ++next;
    }
  }
  machine.current = image;
}

// An image is mostly small numbers: of blocks that lie together, and of contents.
std::uint32_t ImageStore::intern(const CanisterImage& image) {
  std::string bytes;
  append_number(bytes, image.rest);
  append_number(bytes, static_cast<std::uint32_t>(image.slots.size()));
  for (const ImageSlot& slot : image.slots) {
    append_number(bytes, slot.name);
    append_number(bytes, slot.slot);
  }
  append_number(bytes, static_cast<std::uint32_t>(image.blocks.size()));
  std::uint32_t before = 0;
  for (const ImageBlock& block : image.blocks) {
    append_number(bytes, block.block - before);
    append_number(bytes, block.content);
    before = block.block;
  }
  return images_.intern(bytes);
}

CanisterImage ImageStore::image(std::uint32_t id) const {
  std::string_view bytes = images_[id];
  CanisterImage image;
  image.rest = take_number(bytes);
  image.slots.resize(take_number(bytes));
  for (ImageSlot& slot : image.slots) {
    slot.name = take_number(bytes);
    slot.slot = take_number(bytes);
  }
  image.blocks.resize(take_number(bytes));
  std::uint32_t before = 0;
  for (ImageBlock& block : image.blocks) {
    block.block = before + take_number(bytes);
    block.content = take_number(bytes);
    before = block.block;
  }
  return image;
}

std::uint32_t ImageStore::representative(const Key& key, const CanisterImage& image) {
  Shard& shard = shards_[key[1] % kShards];
  {
    const std::lock_guard lock(shard.mutex);
    const auto known = shard.images.find(key);
    if (known != shard.images.end()) {
      return known->second;
    }
  }
  const std::uint32_t id = intern(image);
  const std::lock_guard lock(shard.mutex);
  return shard.images.try_emplace(key, id).first->second;
}

std::uint32_t ImageStore::find(const Key& key) const {
  const Shard& shard = shards_[key[1] % kShards];
  const std::lock_guard lock(shard.mutex);
  const auto known = shard.images.find(key);
  return known == shard.images.end() ? 0 : known->second;
}

void ImageStore::add_twin(const Key& key, std::uint32_t image) {
  Shard& shard = shards_[key[1] % kShards];
  const std::lock_guard lock(shard.mutex);
  auto& twins = shard.twins[key];
  if (std::ranges::find(twins, image) == twins.end()) {
    twins.push_back(image);
  }
}

std::uint32_t ImageStore::some_twin(const Key& key) {
  Shard& shard = shards_[key[1] % kShards];
  const std::lock_guard lock(shard.mutex);
  const auto& twins = shard.twins.at(key);
  return twins[turn_++ % twins.size()];
}

std::size_t ImageStore::keys_with_twins() const {
  std::size_t count = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    count += static_cast<std::size_t>(
        std::ranges::count_if(shard.twins, [](const auto& key) { return key.second.size() > 1; }));
  }
  return count;
}

std::size_t ImageStore::memory_bytes() const {
  constexpr std::size_t kKeyBytes = 64;
  return blocks_.memory_bytes() + rests_.memory_bytes() + images_.memory_bytes() +
         names_.memory_bytes() + kKeyBytes * images_.size();
}

}  // namespace heddle::wasm
