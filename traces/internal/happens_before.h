// The happens-before order of a trace's steps: which of them could not have been the other way
// round in this execution.
//
// Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 21(7), 1978.
// His processes are the canisters, whose steps change one state; his messages are the requests and
// the responses. Users only submit and receive, so what they do is part of the canister's step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <heddle/traces/trace.h>

namespace heddle::internal {

/// Step `from` happens before step `to`, both by position in the trace.
struct Precedence {
  enum class Why : std::uint8_t {
    kCanister,  ///< the next step of the same canister
    kRequest,   ///< a request is sent, and starts or is rejected
    kResponse,  ///< a response is sent, and delivered
    kClock,     ///< time passes, and a timer fires
  };

  std::size_t from = 0;
  std::size_t to = 0;
  Why why{};
  std::string call{};  ///< whose request or response it is
};

/// The name that the second execution of the request that this step starts will have (G2); "" where
/// the step leaves no copy of it.
std::string copy_left_by(const TraceStep& step);

/// All of them, by `to`, then `from`.
std::vector<Precedence> happens_before(const Trace& trace);

/// Without those that follow from others: the order's transitive reduction, one reason a pair.
std::vector<Precedence> without_implied(const Trace& trace, std::vector<Precedence> order);

}  // namespace heddle::internal
