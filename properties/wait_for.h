// The wait-for graph of a state: which call context waits for which call, which call for which
// context, Deferred, queue or environment, and whether anyone inside could still end the waiting.
//
// In a quiescent state nothing obligatory can happen any more, so that what is open then stays open
// for ever. Whose fault that is, the graph says: a call that only an environment canister's silence
// leaves open is *owed outside* and no fault of the canisters; a cycle is a deadlock; anything else
// is a call that nobody answers (a Deferred that is never resolved). Calls in a circle alone are
// none of these, since canisters are re-entrant.
//
// Nobody can know which code would resolve a Deferred. Any suspended context of its canister that
// does not itself wait for it counts as one that could. That alone would make a cycle of any two
// calls that wait for Deferreds which nobody resolves. So a cycle counts only if one of its
// contexts has got further than making, as its first call, the Deferred that it waits for: contexts
// that all wait since their first execution hold nothing that another of them waited for before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <heddle/model/kernel.h>

namespace heddle {

class WaitFor {
 public:
  struct Vertex {
    enum class Kind : std::uint8_t {
      kContext,      ///< an open call context: `context`
      kCall,         ///< call `index` of `context`, a message
      kDeferred,     ///< call `index` of `context`, answered by resolve
      kEnvironment,  ///< environment canister `canister`, which may stay silent
    };
    Kind kind = Kind::kContext;
    ContextId context = 0;
    CallIndex index = 0;
    CanisterId canister = 0;
    /// Only someone outside leaves this open.
    bool owed_outside = false;
    std::string text;  ///< "alice#1 (bank.withdraw)", "Deferred alice#1/2 of bank"
  };

  struct Edge {
    std::size_t from = 0;  ///< waits for ...
    std::size_t to = 0;
    /// From a Deferred to a context that could resolve it.
    bool could_resolve = false;
  };

  /// The graph of `state`, with its vertices in canonical order. O(leaves + edges).
  WaitFor(Kernel& kernel, const StateVector& state);

  [[nodiscard]] const std::vector<Vertex>& vertices() const { return vertices_; }

  [[nodiscard]] const std::vector<Edge>& edges() const { return edges_; }

  /// Calls and Deferreds without an answer that nobody outside owes, as positions in vertices().
  [[nodiscard]] std::vector<std::size_t> unanswered() const;

  /// A shortest cycle through what nobody outside owes, as positions in vertices(), beginning with
  /// a context that has got further than its first call; empty when there is none.
  [[nodiscard]] std::vector<std::size_t> cycle() const;

  /// The graph as lines for a person, one an edge: "alice#1 (bank.withdraw) waits for ...". With a
  /// cycle, its lines come first, after a line that says so.
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  [[nodiscard]] std::string line(const Edge& edge) const;
  void settle_owed();

  std::vector<Vertex> vertices_;
  std::vector<Edge> edges_;
  /// By vertex: a context goes on when any one of the calls that it waits for is answered.
  std::vector<bool> any_suffices_;
  /// By vertex: a context that waits for a Deferred which was its first call.
  std::vector<bool> parked_at_once_;
};

}  // namespace heddle
