// Lineage: whose doing an event is. The calls of a system form a tree: a user's call, the calls
// that it makes, the calls that those make; the events of a call are the start of its request, what
// happens on its behalf, and the delivery of its response.
//
// A call that awaits one call after the other is one thread of events, calls made together go
// separate ways, so the calls that are open at any time are the threads of the system, nested.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <heddle/checker/internal/carried.h>
#include <heddle/checker/internal/flat_map.h>
#include <heddle/checker/internal/queued_calls.h>

namespace heddle::internal {

/// For one thread; a copy knows the nodes of the original by the same numbers.
class Lineage {
 public:
  /// A node of the tree, numbered in the order of first sight.
  using Node = std::uint32_t;
  /// The whole schedule, above all others.
  static constexpr Node kWhole = 0;

  explicit Lineage(Kernel& kernel);

  /// A schedule begins.
  void begin() { known_.clear(); }

  /// Finds the nodes of what is enabled. Call before each choice.
  void look(const CurrentState& state, std::span<const Event> enabled);

  /// The node of the event at `index` of what was looked at.
  [[nodiscard]] Node operator[](std::size_t index) const { return known_[index]; }

  /// The event at `index` was chosen.
  void chosen(std::size_t index) { known_.performed(index); }

  [[nodiscard]] Node parent(Node node) const { return parents_[node]; }

  /// The node directly below `ancestor` on the way to `node`, which is below it.
  [[nodiscard]] Node below(Node ancestor, Node node) const {
    while (parents_[node] != ancestor) {
      node = parents_[node];
    }
    return node;
  }

  [[nodiscard]] bool is_within(Node node, Node ancestor) const {
    while (node != ancestor && node != kWhole) {
      node = parents_[node];
    }
    return node == ancestor;
  }

  [[nodiscard]] std::size_t size() const { return parents_.size(); }

 private:
  enum class Kind : std::uint8_t { kUser = 1, kIngress, kCall, kTask, kTime, kResubmission };

  Node of(const Event& event);
  Node of_context(ContextId context);
  Node of_call(ContextId context, CallIndex index);
  Node of_ingress(ContextId context);
  template <class Parent>
  Node node(Kind kind, std::uint32_t first, std::uint32_t second, const Parent& parent);

  Kernel* kernel_;
  QueuedCalls queued_;
  FlatMap<Node> nodes_;
  std::vector<Node> parents_;
  Carried<Node> known_;
};

}  // namespace heddle::internal
