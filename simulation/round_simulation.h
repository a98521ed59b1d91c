// Round simulation: one deterministic run of a system as a replica would schedule it, with the time
// that it takes.
//
// Apart from exploration, and no part of any verdict. Canister code runs in the same kernel; which
// of the enabled events is next is what the replica does [section 6, Q7, Q8]: a subnet works in
// rounds, a round in iterations. In an iteration every canister runs until it has no input or the
// round's budget is used up; then messages to canisters of the same subnet are handed over, and the
// next iteration begins. Messages to other subnets arrive rounds later.
//
// Not modelled: slicing of long executions (each fits into a slice) [R4], the slow path of the
// management canister [R2], checkpoints, memory and heap-delta limits, other canisters' load.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <heddle/model/kernel.h>
#include <heddle/simulation/network.h>

namespace heddle {

/// On which subnet each canister is; those that are not named are on subnet 0.
using Placement = std::map<CanisterId, std::uint32_t>;

/// One event, and where and when it happened.
struct SimulatedEvent {
  std::string event;  ///< Kernel::to_text
  CanisterId canister = 0;
  std::uint32_t subnet = 0;
  std::uint64_t round = 0;      ///< from 1
  std::uint64_t iteration = 0;  ///< in its round, from 1; 0 for what the system does between them
};

/// A user's call.
struct SimulatedCall {
  std::string name;    ///< "alice#1"
  std::string method;  ///< "caller.parallel_calls"
  double submitted_seconds = 0;
  std::optional<double> answered_seconds;  ///< nothing: never, or the client gave up
  bool replied = false;
  std::uint64_t first_round = 0;  ///< that could execute it
  std::uint64_t last_round = 0;   ///< that answered it

  /// How long the client waited; nothing if it got no answer.
  [[nodiscard]] std::optional<double> latency_seconds() const;
};

struct Simulated {
  std::vector<SimulatedCall> calls;  ///< in order of submission
  std::vector<SimulatedEvent> events;
  std::uint64_t rounds = 0;      ///< until the last call was answered
  std::uint64_t executions = 0;  ///< of canister code and of the language's runtime
  double seconds = 0;            ///< until the last client has its answer or gave up
  /// Why it ended before all was done: "alice#1 was not answered after 99 rounds"; empty.
  std::string cut_short;
};

struct SimulationOptions {
  std::uint64_t events_max = 10'000'000;
  std::uint64_t rounds_max = 100'000;
  bool keep_events = false;  ///< Simulated::events
  std::function<bool()> stop;
};

/// Deterministic. An environment canister gives the first answer that it declares. Throws Misuse
/// from user code.
Simulated simulate(Kernel& kernel, const Placement& placement, const Network& network,
                   const SimulationOptions& options = {});

}  // namespace heddle
