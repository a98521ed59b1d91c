#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

// Boost's own code, inlined into ours by g++.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/transitive_reduction.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include <heddle/traces/internal/happens_before.h>

namespace heddle::internal {

std::string copy_left_by(const TraceStep& step) {
  return step.kind == EventKind::kStartRequest && step.event.ends_with(" twice") ? step.call + "~2"
                                                                                 : std::string();
}

std::vector<Precedence> happens_before(const Trace& trace) {
  using Why = Precedence::Why;
  std::vector<Precedence> order;
  std::map<std::string, std::size_t> last_of_lane;
  std::map<std::string, std::size_t> sent;
  std::map<std::string, std::size_t> answered;
  std::size_t clock = trace.steps.size();  // the last time that time passed; none yet
  const auto add = [&](const std::map<std::string, std::size_t>& earlier, const std::string& key,
                       std::size_t to, Why why) {
    if (const auto from = earlier.find(key); from != earlier.end() && from->second != to) {
      order.push_back({from->second, to, why, why == Why::kCanister ? std::string() : key});
    }
  };
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    const TraceStep& step = trace.steps[i];
    if (!step.lane.empty()) {
      add(last_of_lane, step.lane, i, Why::kCanister);
      last_of_lane[step.lane] = i;
    }
    if (step.kind == EventKind::kStartRequest || step.kind == EventKind::kRejectRequest ||
        step.kind == EventKind::kDropRequest) {
      add(sent, step.call, i, Why::kRequest);
    } else if (step.kind == EventKind::kDeliver) {
      add(answered, step.delivered_call, i, Why::kResponse);
    } else if (step.kind == EventKind::kExpireCall || step.kind == EventKind::kGarbleReply) {
      add(answered, step.call, i, Why::kResponse);
    } else if (step.kind == EventKind::kAdvanceTime) {
      clock = i;
    } else if (step.kind == EventKind::kFireTimer && clock < i) {
      order.push_back({clock, i, Why::kClock});
    }
    for (const TraceSend& send : step.sends) {
      if (send.accepted && !send.deferred) {
        sent[send.call] = i;
      }
    }
    if (const std::string copy = copy_left_by(step); !copy.empty()) {
      sent[copy] = i;
    }
    for (const TraceResponse& response : step.responses) {
      answered[response.call] = i;
    }
  }
  std::sort(order.begin(), order.end(), [](const Precedence& a, const Precedence& b) {
    return std::tie(a.to, a.from, a.why) < std::tie(b.to, b.from, b.why);
  });
  return order;
}

std::vector<Precedence> without_implied(const Trace& trace, std::vector<Precedence> order) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
  // Of two reasons for one pair, a message says more than that it is one canister.
  const auto same_pair = [](const Precedence& a, const Precedence& b) {
    return a.to == b.to && a.from == b.from;
  };
  std::reverse(order.begin(), order.end());
  order.erase(std::unique(order.begin(), order.end(), same_pair), order.end());
  std::reverse(order.begin(), order.end());

  Graph graph(trace.steps.size());
  for (const Precedence& precedence : order) {
    boost::add_edge(precedence.from, precedence.to, graph);
  }
  Graph reduced;
  std::vector<std::size_t> in_reduced(trace.steps.size());
  boost::transitive_reduction(
      graph, reduced,
      boost::make_iterator_property_map(in_reduced.begin(), boost::get(boost::vertex_index, graph)),
      boost::get(boost::vertex_index, graph));
  std::erase_if(order, [&](const Precedence& precedence) {
    return !boost::edge(in_reduced[precedence.from], in_reduced[precedence.to], reduced).second;
  });
  return order;
}

}  // namespace heddle::internal
