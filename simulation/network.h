// Network: how long things take. Subnets that run rounds, what fits into one, and what lies between
// a user and a subnet, or between two subnets.
//
// Parameters, not facts: blocks and hops of the Internet Computer vary, and the times of PocketIC
// and of a local replica are those of one printed run on somebody's machine
// (ic-semantics.md R1-R10, section 18).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heddle {

/// What a subnet may do in one round [R3]. In instructions, unless it says otherwise.
struct RoundBudget {
  /// A thread starts an execution as long as less than this was used: 7 B less the longest
  /// execution that may follow.
  std::uint64_t start_below = 2'000'000'001;
  std::uint64_t per_execution = 2'000'000;  ///< overhead of each execution
  std::uint64_t per_switch = 8'000'000;     ///< each time that a canister's turn comes
  std::uint64_t per_canister = 12'000;      ///< of each canister of the subnet, an iteration
  std::uint64_t code = 0;                   ///< what the code itself takes, an execution
  std::uint32_t threads = 4;
};

struct Network {
  std::string name;
  double round_seconds = 1;
  /// Added for each execution: where rounds last as long as the work in them, as in PocketIC.
  double execution_seconds = 0;
  /// From a user's client to the queue of the subnet [R6].
  double ingress_seconds = 0;
  /// How long the first message waits for the next round, in rounds (0 to 1) [R6].
  double ingress_wait_rounds = 0;
  /// From the end of the round that answers to the client's knowing it [R6].
  double certify_seconds = 0;
  /// A message to another subnet is taken in so many rounds later [R7]. 0: one round on every
  /// subnet in turn, so that a later one sees the message in the same turn [R8].
  std::uint32_t hop_rounds = 2;
  /// A client gives up when its call is not answered after so many rounds; 0: it waits [R8].
  std::uint32_t rounds_max = 0;
  RoundBudget budget;
};

/// Known networks: "pocketic", "local" (a replica of one's own, one subnet), "mainnet".
std::vector<std::string_view> network_names();
/// Nothing for a name that is not known.
std::optional<Network> network_named(std::string_view name);
/// The corners of what is known of the network, for a band: mainnet with 2 or 3 rounds a hop, and
/// 0.75 or 1.5 blocks a second [R5, R7]. One element for the others.
std::vector<Network> band_of(const Network& network);

}  // namespace heddle
