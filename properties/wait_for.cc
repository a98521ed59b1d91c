#include <algorithm>
#include <map>
#include <utility>

#include <heddle/properties/wait_for.h>

// g++ 12 warns of an uninitialised member inside Boost.Graph, which is a false alarm.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/strong_components.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#include <fmt/format.h>

namespace heddle {

namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

struct OpenContext {
  ContextId id = 0;
  ContextState state;
  std::vector<OpenCall> calls;
};

std::string method_name(const Kernel& kernel, CanisterId canister, MethodId method) {
  const Installed& installed = kernel.system().canisters[canister];
  const auto& methods = installed.program->info().methods;
  return method < methods.size() ? fmt::format("{}.{}", installed.name, methods[method].name)
                                 : installed.name;
}

std::vector<OpenContext> open_contexts(Kernel& kernel, const StateVector& state) {
  std::vector<OpenContext> open;
  for (LeafPosition at = 0; at < state.size(); ++at) {
    if (state[at] == 0) {
      continue;
    }
    const LeafKey key = kernel.key(at);
    if (key.kind != LeafKind::kContext) {
      continue;
    }
    ContextState context = kernel.context_state(state[at]);
    if (context.phase == ContextState::Phase::kSuspended ||
        context.phase == ContextState::Phase::kEnded) {
      const LeafValue calls = state[kernel.open_calls_leaf(key.b)];
      open.push_back({key.b, std::move(context), kernel.open_calls(calls)});
    }
  }
  std::ranges::sort(
      open, [&](const OpenContext& a, const OpenContext& b) { return kernel.before(a.id, b.id); });
  return open;
}

bool awaits(const OpenContext& context, CallIndex call) {
  return context.state.phase == ContextState::Phase::kSuspended &&
         std::ranges::find(context.state.await.calls, call) != context.state.await.calls.end();
}

/// Its first call was the Deferred that it waits for.
bool parked_at_once(const OpenContext& context) {
  return awaits(context, 0) && context.state.await.calls.size() == 1 &&
         std::ranges::any_of(context.calls,
                             [](const OpenCall& call) { return call.index == 0 && call.deferred; });
}

/// What the context cannot go on (or, without code, be removed) without.
bool needs(const OpenContext& context, CallIndex call) {
  return context.state.phase == ContextState::Phase::kEnded || awaits(context, call);
}

}  // namespace

WaitFor::WaitFor(Kernel& kernel, const StateVector& state) {
  const std::vector<OpenContext> open = open_contexts(kernel, state);
  std::map<ContextId, std::size_t> context_vertex;
  std::map<CanisterId, std::size_t> environment_vertex;
  for (const OpenContext& context : open) {
    const CanisterId canister = kernel.origin(context.id).canister;
    context_vertex[context.id] = vertices_.size();
    const std::string method =
        context.state.phase == ContextState::Phase::kEnded
            ? kernel.system().canisters[canister].name + ", its code has ended"
            : method_name(kernel, canister, context.state.method);
    vertices_.push_back({Vertex::Kind::kContext, context.id, 0, canister, false,
                         fmt::format("{} ({})", kernel.name(context.id), method)});
    any_suffices_.push_back(context.state.phase == ContextState::Phase::kSuspended &&
                            (context.state.await.kind == Await::Kind::kAny ||
                             context.state.await.kind == Await::Kind::kEach));
    parked_at_once_.push_back(parked_at_once(context));
  }
  const auto add = [this](Vertex vertex) {
    vertices_.push_back(std::move(vertex));
    any_suffices_.push_back(false);
    parked_at_once_.push_back(false);
    return vertices_.size() - 1;
  };
  for (const OpenContext& context : open) {
    const CanisterId canister = kernel.origin(context.id).canister;
    const std::string name = kernel.name(context.id);
    for (const OpenCall& call : context.calls) {
      if (call.status != OpenCall::Status::kWaiting) {
        continue;
      }
      const std::string call_name =
          call.index == kHelperCall ? name + "/h" : fmt::format("{}/{}", name, call.index + 1);
      const std::string& owner = kernel.system().canisters[canister].name;
      if (call.deferred) {
        const std::size_t vertex = add({Vertex::Kind::kDeferred, context.id, call.index, canister,
                                        false, fmt::format("Deferred {} of {}", call_name, owner)});
        if (needs(context, call.index)) {
          edges_.push_back({context_vertex[context.id], vertex, false});
        }
        for (const OpenContext& other : open) {
          if (other.state.phase == ContextState::Phase::kSuspended &&
              kernel.origin(other.id).canister == canister &&
              !(other.id == context.id && awaits(other, call.index))) {
            edges_.push_back({vertex, context_vertex[other.id], true});
          }
        }
        continue;
      }
      const std::string callee =
          call.callee == kNoCanister ? "no canister" : kernel.system().canisters[call.callee].name;
      // The system answers a bounded-wait call whatever its callee does [P7, K8].
      const std::size_t vertex =
          add({Vertex::Kind::kCall, context.id, call.index, call.callee, call.bounded,
               fmt::format("call {} to {}", call_name, callee)});
      if (needs(context, call.index)) {
        edges_.push_back({context_vertex[context.id], vertex, false});
      }
      if (call.callee == kNoCanister) {
        continue;
      }
      // Any of the executions of its request may answer (the second: G2).
      bool is_served = false;
      for (const std::uint32_t execution : {0U, 1U}) {
        const ContextId serving = kernel.find_context(
            {ContextOrigin::Kind::kCall, call.callee, 0, execution, context.id, call.index});
        if (const auto at = context_vertex.find(serving); at != context_vertex.end()) {
          edges_.push_back({vertex, at->second, false});
          is_served = true;
        }
      }
      if (is_served) {
        continue;
      }
      if (kernel.system().canisters[call.callee].environment) {
        const auto [environment, fresh] = environment_vertex.try_emplace(call.callee, 0);
        if (fresh) {
          environment->second =
              add({Vertex::Kind::kEnvironment, 0, 0, call.callee, true,
                   fmt::format("environment canister {}, which stays silent", callee)});
        }
        edges_.push_back({vertex, environment->second, false});
      }
    }
  }
  settle_owed();
}

void WaitFor::settle_owed() {
  // Least fixed point: a cycle is owed by nobody outside. A Deferred needs one who could resolve
  // it, a context that waits for the first of several calls one of them, all others everything.
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t v = 0; v < vertices_.size(); ++v) {
      if (vertices_[v].owed_outside) {
        continue;
      }
      const Vertex::Kind kind = vertices_[v].kind;
      // A call is answered by one execution of its request, should there be two (G2).
      const bool one_suffices =
          kind == Vertex::Kind::kDeferred || kind == Vertex::Kind::kCall || any_suffices_[v];
      bool any = false;
      bool all = true;
      for (const Edge& edge : edges_) {
        if (edge.from == v) {
          any = any || vertices_[edge.to].owed_outside;
          all = all && vertices_[edge.to].owed_outside;
        }
      }
      if (any && (all || one_suffices)) {
        vertices_[v].owed_outside = true;
        changed = true;
      }
    }
  }
}

std::vector<std::size_t> WaitFor::unanswered() const {
  std::vector<std::size_t> open;
  for (std::size_t v = 0; v < vertices_.size(); ++v) {
    const Vertex& vertex = vertices_[v];
    if (!vertex.owed_outside &&
        (vertex.kind == Vertex::Kind::kCall || vertex.kind == Vertex::Kind::kDeferred)) {
      open.push_back(v);
    }
  }
  return open;
}

std::vector<std::size_t> WaitFor::cycle() const {
  Graph graph(vertices_.size());
  for (const Edge& edge : edges_) {
    if (!vertices_[edge.from].owed_outside && !vertices_[edge.to].owed_outside) {
      boost::add_edge(edge.from, edge.to, graph);
    }
  }
  std::vector<std::size_t> component(vertices_.size());
  boost::strong_components(graph, boost::make_iterator_property_map(
                                      component.begin(), boost::get(boost::vertex_index, graph)));
  std::vector<std::size_t> shortest;
  for (std::size_t start = 0; start < vertices_.size(); ++start) {
    // No vertex waits for itself, so a cycle needs two.
    if (vertices_[start].kind != Vertex::Kind::kContext || parked_at_once_[start] ||
        std::ranges::count(component, component[start]) < 2) {
      continue;
    }
    std::vector<std::size_t> from(vertices_.size(), start);
    std::vector<std::size_t> distance(vertices_.size(), 0);
    boost::breadth_first_search(
        graph, start,
        boost::visitor(boost::make_bfs_visitor(
            std::make_pair(boost::record_predecessors(from.data(), boost::on_tree_edge()),
                           boost::record_distances(distance.data(), boost::on_tree_edge())))));
    for (std::size_t last = 0; last < vertices_.size(); ++last) {
      if (last == start || component[last] != component[start] ||
          !boost::edge(last, start, graph).second ||
          (!shortest.empty() && distance[last] + 1 >= shortest.size())) {
        continue;
      }
      shortest.clear();
      for (std::size_t v = last; v != start; v = from[v]) {
        shortest.push_back(v);
      }
      shortest.push_back(start);
      std::ranges::reverse(shortest);
    }
  }
  return shortest;
}

std::string WaitFor::line(const Edge& edge) const {
  const std::string& from = vertices_[edge.from].text;
  const std::string& to = vertices_[edge.to].text;
  if (edge.could_resolve) {
    return fmt::format("{} could be resolved by {}", from, to);
  }
  if (vertices_[edge.to].kind == Vertex::Kind::kContext) {
    return fmt::format("{} is served by {}", from, to);
  }
  return fmt::format("{} waits for {}", from, to);
}

std::vector<std::string> WaitFor::lines() const {
  std::vector<std::string> lines;
  const std::vector<std::size_t> circle = cycle();
  const auto in_circle = [&](const Edge& edge) {
    for (std::size_t i = 0; i < circle.size(); ++i) {
      if (edge.from == circle[i] && edge.to == circle[(i + 1) % circle.size()]) {
        return true;
      }
    }
    return false;
  };
  if (!circle.empty()) {
    lines.emplace_back("a cycle, in which each waits for the next:");
    for (std::size_t i = 0; i < circle.size(); ++i) {
      for (const Edge& edge : edges_) {
        if (edge.from == circle[i] && edge.to == circle[(i + 1) % circle.size()]) {
          lines.push_back("  " + line(edge));
        }
      }
    }
  }
  for (const Edge& edge : edges_) {
    if (!in_circle(edge)) {
      lines.push_back(line(edge));
    }
  }
  for (const std::size_t v : unanswered()) {
    const bool has_edge =
        std::ranges::any_of(edges_, [&](const Edge& edge) { return edge.from == v; });
    if (!has_edge) {
      lines.push_back(vertices_[v].text + (vertices_[v].kind == Vertex::Kind::kDeferred
                                               ? " is resolved by nobody"
                                               : " is answered by nobody"));
    }
  }
  return lines;
}

}  // namespace heddle
