#include <algorithm>
#include <bit>

#include <heddle/checker/visited.h>

namespace heddle {

namespace {

constexpr std::size_t kCacheFirst = std::size_t{1} << 8U;
constexpr std::size_t kCacheMax = std::size_t{1} << 15U;

std::uint64_t key_of(std::uint32_t low, std::uint32_t high) {
  return (std::uint64_t{high} << 32U) | low;
}

std::uint32_t low_of(std::uint64_t key) {
  return static_cast<std::uint32_t>(key);
}

std::uint32_t high_of(std::uint64_t key) {
  return static_cast<std::uint32_t>(key >> 32U);
}

}  // namespace

VisitedSet::Insertion VisitedSet::insert(Root root) {
  const KeyTable::Found found = roots_.insert(key_of(root.node, root.height));
  return {found.id, found.fresh};
}

VisitedSet::Insertion VisitedSet::offer(Root root, Link link) {
  const auto keep_least = [&](KeyTable::Found found) {
    const std::uint32_t shard = KeyTable::shard_of(found.id);
    const std::uint32_t index = KeyTable::index_of(found.id);
    if (found.fresh) {
      link_bytes_.fetch_add(links_[shard].reach(index), std::memory_order_relaxed);
      links_[shard][index] = link;
    } else if (index >= settled_[shard]) {
      links_[shard][index] = std::min(links_[shard][index], link);
    }
  };
  const KeyTable::Found found = roots_.insert(key_of(root.node, root.height), keep_least);
  return {found.id, found.fresh};
}

void VisitedSet::close_level() {
  for (std::uint32_t shard = 0; shard < KeyTable::kShards; ++shard) {
    settled_[shard] = roots_.shard_size(shard);
  }
}

Link VisitedSet::link(StateId state) const {
  return links_[KeyTable::shard_of(state)][KeyTable::index_of(state)];
}

void VisitedSet::set_link(StateId state, Link link) {
  links_[KeyTable::shard_of(state)][KeyTable::index_of(state)] = link;
}

Root VisitedSet::root(StateId state) const {
  const std::uint64_t key = roots_[state];
  return {low_of(key), high_of(key)};
}

StateVector VisitedSet::unfold(Root root) const {
  std::vector<std::uint32_t> level{root.node};
  for (std::uint32_t height = root.height; height > 0; --height) {
    std::vector<std::uint32_t> below;
    below.reserve(level.size() * 2);
    for (const std::uint32_t node : level) {
      const auto [left, right] = pair(node);
      below.push_back(left);
      below.push_back(right);
    }
    level = std::move(below);
  }
  StateVector state;
  for (LeafPosition position = 0; position < level.size(); ++position) {
    state.set(position, level[position]);
  }
  state.normalise();
  return state;
}

std::uint32_t VisitedSet::intern(std::uint32_t left, std::uint32_t right) {
  const std::uint64_t key = key_of(left, right);
  return key == 0 ? 0 : nodes_.insert(key).id;
}

std::pair<std::uint32_t, std::uint32_t> VisitedSet::pair(std::uint32_t node) const {
  if (node == 0) {
    return {0, 0};
  }
  const std::uint64_t key = nodes_[node];
  return {low_of(key), high_of(key)};
}

Folder::Folder(VisitedSet& visited) : visited_(visited), tree_(2, 0), cache_(kCacheFirst) {}

void Folder::load(Root root) {
  reach(root.height);
  for (std::uint32_t height = height_max_; height > root.height; --height) {
    tree_[spine(height)] = kNone;
    place(2 * spine(height) + 1, height - 1, 0);
  }
  place(spine(root.height), root.height, root.node);
  height_ = root.height;
}

Root Folder::fold(std::span<const LeafChange> changes) {
  LeafPosition last = 0;
  for (const LeafChange& change : changes) {
    last = std::max(last, change.position);
  }
  reach(static_cast<std::uint32_t>(std::bit_width(last)));
  undo_.clear();
  changed_.clear();
  for (const LeafChange& change : changes) {
    const std::size_t leaf = spine(0) + change.position;
    if (tree_[leaf] != change.after) {
      put(leaf, change.after);
      changed_.push_back(leaf);
    }
  }
  const Root root = fold_spine(fold_branches());
  for (auto undone = undo_.rbegin(); undone != undo_.rend(); ++undone) {
    tree_[undone->first] = undone->second;
  }
  return root;
}

Root Folder::fold(const StateVector& state) {
  const auto leaves = state.leaves();
  std::vector<std::uint32_t> level(leaves.begin(), leaves.end());
  while (!level.empty() && level.back() == 0) {
    level.pop_back();
  }
  if (level.empty()) {
    return {};
  }
  const auto height = static_cast<std::uint32_t>(std::bit_width(level.size() - 1));
  for (std::uint32_t at = 0; at < height; ++at) {
    level.resize((level.size() + 1) / 2 * 2);
    for (std::size_t i = 0; 2 * i < level.size(); ++i) {
      level[i] = intern(level[2 * i], level[2 * i + 1]);
    }
    level.resize(level.size() / 2);
  }
  return {level[0], height};
}

// Makes room for states of this height.
void Folder::reach(std::uint32_t height) {
  if (height <= height_max_) {
    return;
  }
  std::vector<std::uint32_t> tree(std::size_t{2} << height, 0);
  for (std::uint32_t at = 0; at <= height_max_; ++at) {
    const std::size_t from = std::size_t{1} << (height_max_ - at);
    const std::size_t to = std::size_t{1} << (height - at);
    std::copy_n(tree_.begin() + static_cast<std::ptrdiff_t>(from), from,
                tree.begin() + static_cast<std::ptrdiff_t>(to));
  }
  for (std::uint32_t at = height_max_ + 1; at <= height; ++at) {
    tree[std::size_t{1} << (height - at)] = kNone;
  }
  tree_ = std::move(tree);
  height_max_ = height;
}

void Folder::place(std::size_t index, std::uint32_t height, std::uint32_t node) {
  if (tree_[index] == node) {
    return;
  }
  tree_[index] = node;
  if (height == 0) {
    state_.set(static_cast<LeafPosition>(index - spine(0)), node);
    return;
  }
  const auto [left, right] = visited_.pair(node);
  place(2 * index, height - 1, left);
  place(2 * index + 1, height - 1, right);
}

void Folder::put(std::size_t index, std::uint32_t node) {
  undo_.emplace_back(index, tree_[index]);
  tree_[index] = node;
}

// Folds what lies beside the spine, from the changed leaves upwards. Returns the lowest height at
// which the spine has changed below.
std::uint32_t Folder::fold_branches() {
  std::sort(changed_.begin(), changed_.end());
  std::uint32_t lowest = height_max_ + 1;
  for (std::uint32_t height = 1; height <= height_max_ && !changed_.empty(); ++height) {
    std::size_t kept = 0;
    std::size_t previous = 0;
    for (const std::size_t child : changed_) {
      const std::size_t index = child / 2;
      if (index == previous) {
        continue;
      }
      previous = index;
      if (index == spine(height)) {
        lowest = std::min(lowest, height);
        continue;
      }
      put(index, intern(tree_[2 * index], tree_[2 * index + 1]));
      changed_[kept++] = index;
    }
    changed_.resize(kept);
  }
  return lowest;
}

Root Folder::fold_spine(std::uint32_t lowest) {
  std::uint32_t top = height_max_;
  while (top > 0 && tree_[2 * spine(top) + 1] == 0) {
    --top;
  }
  for (std::uint32_t height = std::min(lowest, height_ + 1); height <= top; ++height) {
    put(spine(height), intern(tree_[2 * spine(height)], tree_[2 * spine(height) + 1]));
  }
  return {tree_[spine(top)], top};
}

std::uint32_t Folder::intern(std::uint32_t left, std::uint32_t right) {
  const std::uint64_t key = key_of(left, right);
  if (key == 0) {
    return 0;
  }
  const std::uint64_t hash = key * 0x9e3779b97f4a7c15U;
  Cached& cached = cache_[(hash >> 40U) & (cache_.size() - 1)];
  if (cached.key != key) {
    const std::uint32_t id = visited_.intern(left, right);
    cached = {key, id};
    if (++cache_misses_ > 4 * cache_.size() && cache_.size() < kCacheMax) {
      grow_cache();
    }
    return id;
  }
  return cached.id;
}

void Folder::grow_cache() {
  cache_misses_ = 0;
  cache_.assign(cache_.size() * 4, Cached{});
}

}  // namespace heddle
