// A ledger that moves old blocks to archives, after DFINITY's TLA+ model: while it awaits an
// archive, other transfers add blocks, and must not begin to archive as well.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <heddle/heddle.h>

namespace tla_archive {

using namespace heddle;

// The sizes of the model: so many blocks make the ledger archive, so many are archived then, in
// chunks of so many, and so many fit into an archive.
inline constexpr std::size_t kArchiveThreshold = 2;
inline constexpr std::size_t kBlocksToArchive = 2;
inline constexpr std::size_t kChunk = 1;
inline constexpr std::size_t kArchiveCapacity = 1;

struct Block {
  Nat index;
  Nat amount;
  friend bool operator==(const Block&, const Block&) = default;
  HEDDLE_FIELDS(Block, index, amount)
};

using Blocks = std::vector<Block>;

class Archive : public Canister {
 public:
  Query<Nat> remaining_capacity() { co_return Nat{kArchiveCapacity - blocks.size()}; }

  Update<> append_blocks(Blocks more) {
    blocks.update([more](Blocks& all) { all.insert(all.end(), more.begin(), more.end()); });
    co_return;
  }

  Var<Blocks> blocks{this, "blocks"};
  HEDDLE_CANISTER(Archive, remaining_capacity, append_blocks)
};

/// The same of an archive that knows a block when it sees it again.
class KnowingArchive : public Canister {
 public:
  Query<Nat> remaining_capacity() { co_return Nat{kArchiveCapacity - blocks.size()}; }

  Update<> append_blocks(Blocks more) {
    blocks.update([more](Blocks& all) {
      for (const Block& block : more) {
        if (all.empty() || all.back().index < block.index) {
          all.push_back(block);
        }
      }
    });
    co_return;
  }

  /// The first index that it does not have yet, if it has any.
  Query<Nat> next_index() {
    const Blocks all = blocks;
    co_return all.empty() ? Nat{0} : Nat(all.back().index + 1);
  }

  Var<Blocks> blocks{this, "blocks"};
  HEDDLE_CANISTER(KnowingArchive, remaining_capacity, append_blocks, next_index)
};

/// What the forms share: two accounts, and the blocks.
class LedgerBase : public Canister {
 public:
  explicit LedgerBase(Nat initial) : from(this, "from", std::move(initial)) {}

  Var<Nat> from;
  Var<Nat> to{this, "to", 0};
  Var<Nat> next_index{this, "next_index", 0};
  Var<Blocks> blocks{this, "blocks"};
  /// Which archive gets blocks now.
  Var<Nat> last_node{this, "last_node", 0};

 protected:
  void add_block(const Nat& amount) {
    from -= amount;
    to += amount;
    const Nat index = next_index;
    next_index = index + 1;
    blocks.update([index, amount](Blocks& all) { all.push_back({index, amount}); });
  }

  [[nodiscard]] Blocks first_blocks(std::size_t count) const {
    return blocks.ask([count](const Blocks& all) {
      const std::size_t taken = std::min(count, all.size());
      return Blocks(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(taken));
    });
  }

  void purge(std::size_t count) {
    blocks.update([count](Blocks& all) {
      const std::size_t gone = std::min(count, all.size());
      all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(gone));
    });
  }

  static Blocks take(Blocks& blocks, std::size_t count) {
    const auto end = blocks.begin() + static_cast<std::ptrdiff_t>(std::min(count, blocks.size()));
    Blocks taken(blocks.begin(), end);
    blocks.erase(blocks.begin(), end);
    return taken;
  }
};

/// As the model has it, or without its guard: then two transfers archive the same blocks.
class Ledger : public LedgerBase {
 public:
  Ledger(Nat initial, std::vector<Ref<Archive>> archives, bool guards)
      : LedgerBase(std::move(initial)), archives(std::move(archives)), guards(guards) {}

  Update<> send(Nat amount) {
    add_block(amount);
    if (archiving || blocks.size() < kArchiveThreshold) {
      co_return;
    }
    archiving = guards;
    const auto release = finally([this] { archiving = false; });
    Blocks left = first_blocks(kBlocksToArchive);
    const std::size_t count = left.size();
    while (!left.empty()) {
      const Nat capacity = co_await call(node(), &Archive::remaining_capacity);
      if (capacity == 0) {
        last_node += 1;
        continue;
      }
      Blocks fits = take(left, static_cast<std::size_t>(capacity));
      while (!fits.empty()) {
        const Blocks chunk = take(fits, kChunk);
        co_await call(node(), &Archive::append_blocks, chunk);
      }
    }
    purge(count);
  }

  const std::vector<Ref<Archive>> archives;
  const bool guards;
  Var<bool> archiving{this, "archiving", false};
  HEDDLE_CANISTER(Ledger, send)

 private:
  [[nodiscard]] Ref<Archive> node() const {
    const Nat number = last_node;
    if (number >= Nat{archives.size()}) {
      throw Reject("no archive has room");
    }
    return archives[static_cast<std::size_t>(number)];
  }
};

/// Fixed: what an archive has of the blocks is asked and not remembered, and a chunk that comes
/// twice is there once.
class AskingLedger : public LedgerBase {
 public:
  AskingLedger(Nat initial, std::vector<Ref<KnowingArchive>> archives)
      : LedgerBase(std::move(initial)), archives(std::move(archives)) {}

  Update<> send(Nat amount) {
    add_block(amount);
    if (archiving || blocks.size() < kArchiveThreshold) {
      co_return;
    }
    archiving = true;
    const auto release = finally([this] { archiving = false; });
    while (blocks.size() >= kArchiveThreshold) {
      // What the archive has, though nobody heard so, goes.
      const Nat has = co_await call(node(), &KnowingArchive::next_index);
      blocks.update([has](Blocks& all) {
        std::erase_if(all, [&has](const Block& block) { return block.index < has; });
      });
      const Nat capacity = co_await call(node(), &KnowingArchive::remaining_capacity);
      if (capacity == 0) {
        last_node += 1;
        continue;
      }
      const Blocks chunk = first_blocks(kChunk);
      co_await call(node(), &KnowingArchive::append_blocks, chunk);
      purge(chunk.size());
    }
  }

  const std::vector<Ref<KnowingArchive>> archives;
  Var<bool> archiving{this, "archiving", false};
  HEDDLE_CANISTER(AskingLedger, send)

 private:
  [[nodiscard]] Ref<KnowingArchive> node() const {
    const Nat number = last_node;
    if (number >= Nat{archives.size()}) {
      throw Reject("no archive has room");
    }
    return archives[static_cast<std::size_t>(number)];
  }
};

}  // namespace tla_archive
