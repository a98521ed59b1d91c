// StateStore: the states that a search has met, by number, and how each was first met.
//
// States are numbered in the order in which they are met by a search that goes on from them in
// that order: what a state leads to lies together, so the state before is known from how many new
// states each led to (four bits each), and the order of numbers is the lexicographic order of the
// least shortest schedules. Roots lie in this order, each in as few bytes as the Packing needs; an
// index by hash finds them. Its buckets are cache lines of twelve slots with eight bits of each
// root's hash, so that a look-up costs two cache misses, one for the bucket and one for the root.
// That makes seven to eight bytes a state besides its root.
//
// The index is cut into shards by hash, each of which grows by itself, every other one at a filling
// of its own, so that growth is spread over time and yet two threads have the same to do; a shard
// is all that one thread, or one machine, needs to decide whether a root is new. A bucket's number
// grows with the hash, so a shard grows where it lies: from its end, each bucket moves up. Roots
// are looked up in batches, with prefetching. Before that, those are left out that have just been
// met: two events that commute lead to one state by neighbours.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <heddle/checker/internal/huge_array.h>
#include <heddle/checker/internal/intern_table.h>
#include <heddle/checker/internal/spill.h>
#include <heddle/checker/lossy_set.h>
#include <heddle/checker/memory_limit.h>
#include <heddle/checker/packing.h>

namespace heddle {

/// From 0, dense.
using StateNumber = std::uint32_t;

class StateStore {
 public:
  static constexpr std::uint32_t kShards = 8;
  static constexpr unsigned kBucketSlots = 12;

  StateStore();
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] Root operator[](StateNumber state) const {
    Root root;
    const std::byte* at = place_of(state);
    std::memcpy(&root.low, at, sizeof root.low);
    std::memcpy(&root.high, at + sizeof root.low, sizeof root.high);
    root.low &= low_mask_;
    root.high &= high_mask_;
    return root;
  }

  [[nodiscard]] bool has_room_for(Root root) const {
    return (root.low & ~low_mask_) == 0 && (root.high & ~high_mask_) == 0;
  }

  /// Roots have up to so many bytes from now on, never fewer than before (Packing::root_bytes).
  /// False: there is no room for that. Not while others are at work.
  bool widen(unsigned root_bytes);

  [[nodiscard]] std::size_t memory_bytes() const;

  /// What the lists of a round may take at once when they grow.
  [[nodiscard]] std::size_t growing_bytes() const { return growing_bytes_; }

  // Memory. A table asks the limit before it grows. When it may not, the memory is used up: a round
  // of one worker, or an `insert`, can still be brought to its end in what the table has left, if
  // it is ended now. A round of several workers is given up.

  /// `limit` outlives the store.
  void keep_within(MemoryLimit& limit) { limit_ = &limit; }

  /// What was collected in this round is dropped, as if it had not begun. Nothing more can be
  /// looked up until `go_on_in`.
  void give_up_round();

  /// Frees what is needed for looking up roots, for those who have done with that.
  void drop_index();

  // Without loss, the states that a search goes on from next are a range of numbers, and cost
  // nothing besides being visited. In other modes their roots are all there is of roots.

  /// Whether there is room for hash compaction of all states when the index is dropped, which it is
  /// then: nothing can be looked up until `go_on_in`.
  bool has_room_for_fingerprints();

  /// Visited states are told apart by `visited` from now on, and those before `first` have no root
  /// any more. `keep_events` was called before there were states.
  void go_on_in(LossySet visited, std::size_t first);

  /// The set, null while states are told apart without loss.
  [[nodiscard]] const LossySet* lossy() const { return lossy_.get(); }

  /// How many states were new for certain.
  [[nodiscard]] std::size_t certain() const { return certain_; }

  /// By which event each state is first met will be asked for.
  void keep_events() {
    events_ = internal::HugeArray<std::uint8_t>(kPending);
    keeps_events_ = true;
  }

  [[nodiscard]] bool keeps_events() const { return keeps_events_; }

  /// The event by which a state was first met, as `push` or `collect` was told; not for state 0.
  [[nodiscard]] std::uint32_t event_of(StateNumber state) const {
    auto event = static_cast<std::byte>(events_[state]);
    if (state < events_spilled_) {
      event_file_->read(state, &event, 1);
    }
    return static_cast<std::uint8_t>(event) == kManyEvents ? many_events_.at(state)
                                                           : static_cast<std::uint8_t>(event);
  }

  /// Roots before that of `first` are not asked for again.
  void drop_roots_before(std::size_t first);

  /// Roots keep their places in memory from now on, so that they can be put into a file.
  void keep_places();

  /// Frees memory by putting into temporary files what is not needed soon: by which events states
  /// were met, and the roots of states from `next` on, which `fetch` brings back. Not while others
  /// are at work. False: it is not worth it, or cannot be done (`spill_error`).
  bool spill(std::size_t next);
  /// The roots of states before `last` that have one are in memory afterwards.
  void fetch(std::size_t last);

  [[nodiscard]] bool is_in_memory(StateNumber state) const {
    const std::size_t byte = std::size_t{state} * root_bytes_ + sizeof(Root);
    return byte <= spilled_from_ || byte >= spilled_to_ + sizeof(Root);
  }

  [[nodiscard]] std::uint64_t spilled_bytes() const { return spilled_bytes_; }

  [[nodiscard]] std::string spill_error() const;

  [[nodiscard]] bool has_root(StateNumber state) const { return state >= roots_from_; }

  [[nodiscard]] bool has_all_roots() const { return roots_from_ == 0; }

  // A round of one worker. It says what the states lead to that it goes on from, in order, and the
  // store looks it up a little later, when memory has been fetched.

  /// A root that the `from`-th state of the round leads to by its `event`-th event.
  void push(Root root, std::uint32_t from, std::uint32_t event) {
    Due& due = pushed_[pushed_count_];
    due.root = root;
    due.from = from;
    due.event = event;
    recent_.prefetch(root);
    if (++pushed_count_ == kBatch) {
      advance();
    }
  }

  /// `expanded` states were gone on from, each after the other from the first that was not yet.
  void end_pushes(std::size_t expanded);

  // A round of several workers, in shares of consecutive states. Each takes the next share that
  // nobody has taken, goes on from it and collects; then each looks up what falls to it by hash;
  // then each numbers what is new from some shares, in order. `collect`, `look_up` and `number` are
  // for all workers at once; between them all must have ended.

  /// Of so many states.
  void begin(unsigned workers, std::size_t shares, std::size_t states);

  /// Calls of one worker are in the order of shares, states, and their events.
  void collect(unsigned worker, std::size_t share, Root root, std::uint32_t from,
               std::uint32_t event) {
    Part& part = parts_[worker];
    Collected& due = part.due[part.due_count];
    due = {root, from, event};
    part.recent.prefetch(root);
    if (++part.due_count == kBatch) {
      sort_out(part, shares_[share]);
    }
  }

  /// The worker has collected all of this share.
  void end_share(unsigned worker, std::size_t share) { sort_out(parts_[worker], shares_[share]); }

  void look_up(unsigned worker);
  void number(unsigned worker);
  void end_round();

  /// The first state.
  void start(Root root);

  /// For checkpoints, between rounds: all states, into or out of an empty store.
  template <class Archive>
  void archive(Archive& archive) {
    archive(size_, root_bytes_, expanded_, many_, sums_, sum_, led_to_now_);
    if constexpr (Archive::kReads) {
      set_root_bytes(root_bytes_);
    }
    archive.bytes(roots_.data(), size_ * root_bytes_);
    for (std::size_t at = 0; at < (expanded_ + 1) / 2; ++at) {
      archive(led_to_[at]);
    }
    if constexpr (Archive::kReads) {
      round_first_ = expanded_;
      index_anew();
    }
  }

  /// For searches in another order: numbers the state if it is new, and says whether it is. Nothing
  /// is known then of where it was met from.
  bool insert(Root root);

  /// Whether that root has been met. Not while others are at work.
  [[nodiscard]] bool contains(Root root) const;

  /// The state that a state was first met from; not for state 0.
  [[nodiscard]] StateNumber before(StateNumber state) const;

  /// Replaces every root by `change(root)`, in order, which has up to `root_bytes` bytes. Equal
  /// ones stay equal, different ones different.
  template <class Change>
  void rewrite(unsigned root_bytes, const Change& change) {
    const StateStore before(std::exchange(roots_, {}), root_bytes_);
    set_root_bytes(root_bytes);
    make_room_for_roots();
    for (std::size_t i = 0; i < size_; ++i) {
      put(i, change(before[static_cast<StateNumber>(i)]));
    }
    lossy_ ? insert_anew() : index_anew();
    recent_.clear();
    for (Part& part : parts_) {
      part.recent.clear();
    }
  }

 private:
  /// A slot holds 1 + the number of a state, or kPending + its place among what its worker
  /// found new in this round; 0 is free.
  using Slot = std::uint32_t;
  static constexpr Slot kPending = 1U << 31U;

  /// Filled from the front. What does not fit goes into the next bucket.
  struct alignas(64) Bucket {
    std::array<std::uint8_t, kBucketSlots> tags;  ///< 0 is free
    std::uint32_t count;
    std::array<Slot, kBucketSlots> slots;
  };

  struct alignas(64) Shard {
    internal::HugeArray<Bucket> buckets;  ///< some at the end may not be in use yet
    std::size_t size = 0;                 ///< buckets in use
    std::size_t used = 0;
    std::size_t used_max = 0;  ///< it grows beyond
  };

  /// Where a look-up goes: which shard, which bucket first, which tag.
  static std::uint32_t shard_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 61U);
  }

  static std::uint8_t tag_of(std::uint64_t hash) {
    const auto tag = static_cast<std::uint8_t>(hash >> 50U);
    return tag == 0 ? 1 : tag;
  }

  static std::size_t bucket_of(const Shard& shard, std::uint64_t hash) {
    return (hash & 0xffffffffU) * shard.size >> 32U;
  }

  static std::size_t next(const Shard& shard, std::size_t bucket) {
    return bucket + 1 == shard.size ? 0 : bucket + 1;
  }

  /// Bit i: slot i has this tag.
  static unsigned matches(const Bucket& bucket, std::uint8_t tag);

  /// For reading the roots of another format.
  StateStore(internal::HugeArray<std::byte> roots, unsigned root_bytes);

  /// The first bytes of `low` are its lowest.
  static_assert(std::endian::native == std::endian::little);

  [[nodiscard]] std::byte* place_of(std::size_t state) const {
    return roots_.data() + state * root_bytes_;
  }

  static std::uint64_t hash_of(Root root) {
    return internal::mix(root.low ^ internal::mix(root.high + 0x9e3779b97f4a7c15U));
  }

  void set_root_bytes(unsigned root_bytes);
  void make_room_for_roots();
  void put(std::size_t state, Root root);

  struct Collected {
    Root root;
    std::uint32_t from = 0;
    std::uint32_t event = 0;

    /// The order of those from one share.
    [[nodiscard]] bool is_before(const Collected& other) const {
      return from != other.from ? from < other.from : event < other.event;
    }
  };

  struct Place {
    std::uint32_t bucket = 0;
    std::uint32_t slot = 0;
  };

  struct Fresh {
    Collected collected;
    Place place;  ///< unless its shard has grown since
  };

  /// Roots of late, by some of their bits.
  class Recent {
   public:
    Recent() { clear(); }

    void clear() { roots_.fill({0, ~std::uint64_t{0}}); }

    /// Whether it is there. It is from now on.
    bool meets(Root root) {
      Root& recent = roots_[place_of(root)];
      const bool is_known = recent == root;
      recent = root;
      return is_known;
    }

    void prefetch(Root root) const { __builtin_prefetch(&roots_[place_of(root)], 1); }

   private:
    static constexpr unsigned kBits = 13;

    static std::size_t place_of(Root root) {
      return (root.low * 0x9e3779b97f4a7c15U + root.high * 0xd6e8feb86659fd93U) >> (64 - kBits);
    }

    std::array<Root, std::size_t{1} << kBits> roots_;
  };

  static constexpr std::size_t kBatch = 32;

  /// What one worker does in a round.
  struct alignas(64) Part {
    Recent recent;                      ///< of what it has ever collected
    std::array<Collected, kBatch> due;  ///< collected, and not yet in its share
    std::size_t due_count = 0;
    std::vector<Fresh> fresh;
    std::vector<std::size_t> fresh_until;  ///< each share
  };

  /// A list that is written to without looking whether there is room, after asking for it.
  class List {
   public:
    void clear() { size_ = 0; }

    void make_room_for(std::size_t more) {
      if (size_ + more > room_.size()) {
        room_.resize(std::max(2 * room_.size(), size_ + more));
      }
    }

    void add(const Collected& collected) { room_[size_++] = collected; }

    [[nodiscard]] std::size_t size() const { return size_; }

    [[nodiscard]] const Collected& operator[](std::size_t i) const { return room_[i]; }

    [[nodiscard]] std::size_t memory_bytes() const { return room_.capacity() * sizeof(Collected); }

   private:
    std::vector<Collected> room_;
    std::size_t size_ = 0;
  };

  /// What the states of a share led to.
  struct alignas(64) Share {
    std::vector<List> collected;  ///< by the worker that looks it up
  };

  struct Due {
    Root root;
    std::uint64_t hash = 0;
    std::uint32_t from = 0;
    std::uint32_t event = 0;
  };

  /// What is looked up together.
  struct Batch {
    std::array<Due, kBatch> due;
    std::size_t count = 0;

    Due* begin() { return due.data(); }

    Due* end() { return due.data() + count; }
  };

  [[nodiscard]] bool may_grow(std::size_t bytes);
  void has_grown(std::size_t bytes);
  [[nodiscard]] bool is_known(const Shard& shard, std::uint64_t hash, Root root) const;
  void prefetch_root(std::uint64_t hash) const;
  void advance();
  template <bool kMayLose>
  void advance_as();
  void note_growing_bytes();
  [[nodiscard]] std::size_t fresh_in_round() const;
  void sort_out(Part& part, Share& share);
  void prefetch_slot(const Fresh& fresh) const;
  void settle(const Fresh& fresh, Slot pending, std::size_t number);
  void look_up_lossily(unsigned worker);
  void note_event(std::size_t state, std::uint32_t event);
  void insert_anew();
  void add_root(Root root);
  void lead_to(std::size_t state);
  void close();
  static Place add(Shard& shard, std::uint64_t hash, Slot slot);
  static void put(Bucket& bucket, std::uint64_t hash, Slot slot);
  /// The place may be another by now.
  Place add_and_grow(std::uint64_t hash, Slot slot);
  void close_to(std::size_t state);
  void grow(std::uint32_t shard);
  void spread(Shard& shard, std::size_t size_before);
  void index_anew();
  [[nodiscard]] Root root_of(const Shard& shard, Slot slot) const;
  [[nodiscard]] std::uint32_t led_to(std::size_t state) const;

  std::array<Shard, kShards> shards_;
  internal::HugeArray<std::byte> roots_;
  unsigned root_bytes_ = 8;
  std::uint64_t low_mask_ = 0;
  std::uint64_t high_mask_ = 0;
  std::size_t size_ = 0;
  /// How many new states each state led to, two to a byte; kMany: see `many_`.
  internal::HugeArray<std::uint8_t> led_to_{kPending / 2};
  std::size_t expanded_ = 0;  ///< states of which that is known
  std::unordered_map<StateNumber, std::uint32_t> many_;
  /// How many states all those before state kStride * i led to.
  std::vector<std::uint64_t> sums_;
  std::uint64_t sum_ = 0;
  std::uint32_t led_to_now_ = 0;  ///< of state `expanded_`, until now
  /// What was pushed and not looked up.
  std::array<Due, kBatch> pushed_;
  std::size_t pushed_count_ = 0;
  std::array<Batch, 2> batches_;
  Batch* buckets_fetched_ = batches_.data();
  Batch* roots_fetched_ = batches_.data() + 1;
  Recent recent_;                ///< of what was ever pushed
  std::size_t round_first_ = 0;  ///< state from which `from` counts
  std::vector<Part> parts_;
  std::vector<Share> shares_;
  std::array<std::uint8_t, kShards> worker_of_{};  ///< who looks up what falls to a shard
  std::vector<std::uint32_t> led_to_in_round_;
  std::size_t growing_bytes_ = 0;  ///< at the end of the last round
  MemoryLimit* limit_ = nullptr;   ///< null: there is none
  std::unique_ptr<LossySet> lossy_;
  std::size_t certain_ = 0;     ///< states met before there was a LossySet
  std::size_t roots_from_ = 0;  ///< the first state that has a root
  static constexpr std::uint8_t kManyEvents = 255;
  bool keeps_events_ = false;
  static constexpr std::size_t kSpillBytes = std::size_t{1} << 21U;
  std::unique_ptr<internal::Spill> root_file_;
  std::unique_ptr<internal::Spill> event_file_;
  std::size_t spilled_from_ = 0;    ///< bytes of `roots_` from here, whole blocks,
  std::size_t spilled_to_ = 0;      ///< to here are in the file
  std::size_t events_spilled_ = 0;  ///< those of so many states are
  std::uint64_t spilled_bytes_ = 0;
  internal::HugeArray<std::uint8_t> events_;  ///< kManyEvents: see `many_events_`
  std::unordered_map<StateNumber, std::uint32_t> many_events_;
  std::mutex many_events_lock_;
};

}  // namespace heddle
