// Census: how many events each thread of events has, counted in pilot walks; and how many are left
// of each while a schedule runs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <heddle/checker/internal/lineage.h>
#include <heddle/checker/internal/touched.h>
#include <heddle/checker/sample.h>

namespace heddle::internal {

/// Counts of the pilot walks, by node of the lineage.
struct Census {
  /// Counts of one node, of its own events and of those of the nodes below it, over all walks.
  struct Tally {
    std::uint64_t walks = 0;        ///< in which it had any
    std::uint64_t events = 0;       ///< in all of them
    std::vector<std::uint64_t> at;  ///< those that touch a canister, by canister
  };

  Lineage lineage;
  std::vector<Tally> tallies;
  /// The canisters that events of several nodes directly below the whole touch, in order; if there
  /// are none, those that several nodes with another common parent touch.
  std::vector<CanisterId> contested;
};

/// Counts in up to 64 random walks that are no part of the sample, fewer where they are long.
std::shared_ptr<const Census> take_census(const Search& search);

/// What is left of each node in the schedule that runs, by the census. In sixteenths of an event,
/// so that averages keep a part behind the point; never less than one event of what is enabled.
class Remaining {
 public:
  using Node = Lineage::Node;
  /// One event.
  static constexpr std::uint64_t kUnit = 16;

  explicit Remaining(std::shared_ptr<const Census> census);

  void begin();
  void look(const CurrentState& state, std::span<const Event> enabled);

  [[nodiscard]] const Lineage& lineage() const { return lineage_; }

  /// Events of `node` and of all below it.
  [[nodiscard]] std::uint64_t of(Node node) const;
  /// Those that touch this canister.
  [[nodiscard]] std::uint64_t of(Node node, CanisterId canister) const;

  /// The event at `index` of what was looked at was chosen.
  void chosen(std::span<const Event> enabled, std::size_t index);

  /// Draws one of the events at `indices`: first among the nodes directly below the whole that they
  /// belong to, each as often as its `weight` says, then among the nodes below that one, down to
  /// the events of one node, of which all are alike. Sets `branch` to the last node that was drawn
  /// from several.
  template <class Weight>
  std::size_t draw(Random& random, std::vector<std::size_t>& indices, const Weight& weight,
                   Node* branch = nullptr);

 private:
  struct Group {
    Node node = 0;
    std::uint64_t weight = 0;
  };

  std::shared_ptr<const Census> census_;
  Lineage lineage_;
  std::vector<std::uint64_t> done_;                  ///< by node, in sixteenths
  std::vector<std::vector<std::uint64_t>> done_at_;  ///< by canister and node
  // What the census says of a whole schedule, in sixteenths.
  std::vector<std::uint64_t> total_;                  ///< by node
  std::vector<std::vector<std::uint64_t>> total_at_;  ///< by canister and node
  std::vector<Group> groups_;
  /// By node: the last grouping that had it among its groups.
  std::vector<std::uint64_t> grouped_;
  std::uint64_t grouping_ = 0;
};

template <class Weight>
std::size_t Remaining::draw(Random& random, std::vector<std::size_t>& indices, const Weight& weight,
                            Node* branch) {
  Node current = Lineage::kWhole;
  if (branch != nullptr) {
    *branch = current;
  }
  while (indices.size() > 1) {
    // A group is named by the node below `current`, that of the node's own events by `current`.
    const auto group_of = [&](std::size_t index) {
      const Node node = lineage_[index];
      return node == current ? current : lineage_.below(current, node);
    };
    groups_.clear();
    ++grouping_;
    std::uint64_t total = 0;
    for (const std::size_t index : indices) {
      const Node node = group_of(index);
      if (std::exchange(grouped_[node], grouping_) != grouping_) {
        groups_.push_back({node, node == current ? kUnit : weight(node)});
        total += groups_.back().weight;
      }
    }
    Node drawn = groups_.front().node;
    if (groups_.size() > 1) {
      std::uint64_t at = random.below(total);
      for (const Group& group : groups_) {
        if (at < group.weight) {
          drawn = group.node;
          break;
        }
        at -= group.weight;
      }
      if (branch != nullptr) {
        *branch = drawn;
      }
      std::erase_if(indices, [&](std::size_t index) { return group_of(index) != drawn; });
    }
    if (drawn == current) {
      break;
    }
    current = drawn;
  }
  return indices[random.below(indices.size())];
}

}  // namespace heddle::internal
