// What ./dev bench checks with Heddle, at any size: `heddle_bench check m1/plain --set users=5`.
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include <heddle/heddle.h>

#include "bench/models/models.h"

namespace bench {
namespace {

using namespace heddle;

TokenSwaps token_swaps(Scenario& s) {
  return {s.param("users", 4), s.param("first", 3), s.param("second", 2)};
}

HEDDLE_SCENARIO(m1, plain, "token swaps over two ledgers") {
  describe(s, token_swaps(s), Checked::kNothing);
}

HEDDLE_SCENARIO(m1, checked, "the same, and every token is somewhere") {
  describe(s, token_swaps(s), Checked::kInvariants);
}

Withdrawals withdrawals(Scenario& s) {
  return {s.param("users", 3), s.param("withdrawals", 2), s.param("balance", 12)};
}

HEDDLE_SCENARIO(m2, overtaking, "reentrant withdrawals whose requests overtake each other") {
  describe(s, withdrawals(s), Requests::kOvertaking, Checked::kNothing);
}

HEDDLE_SCENARIO(m2, overtaking_checked, "the same, and the book covers the vault") {
  describe(s, withdrawals(s), Requests::kOvertaking, Checked::kInvariants);
}

HEDDLE_SCENARIO(m2, in_order, "reentrant withdrawals, as the Internet Computer orders requests") {
  describe(s, withdrawals(s), Requests::kInOrder, Checked::kNothing);
}

HEDDLE_SCENARIO(m2, in_order_checked, "the same, and the book covers the vault") {
  describe(s, withdrawals(s), Requests::kInOrder, Checked::kInvariants);
}

HEDDLE_SCENARIO(m2, buggy, "and in the end the book says what the vault holds") {
  describe(s, withdrawals(s), Requests::kOvertaking, Checked::kInvariantsAndBug);
  s.expect(violated("the book is right in the end"));
}

CallsAtOnce calls_at_once(Scenario& s) {
  return {s.param("users", 2), s.param("calls", 3),
          static_cast<std::uint32_t>(s.param("limit", 4))};
}

HEDDLE_SCENARIO(m3, plain, "parallel calls within a limit on calls in flight") {
  describe(s, calls_at_once(s), Checked::kNothing);
}

HEDDLE_SCENARIO(m3, checked, "the same, and the limit holds") {
  describe(s, calls_at_once(s), Checked::kInvariants);
}

HEDDLE_SCENARIO(join_all, rust, "n calls at once and one join_all, in Rust") {
  describe(s, Joined{Awaiting::kJoinAll, s.param("calls", 4)});
}

HEDDLE_SCENARIO(join_all, await_each, "n calls at once, awaited one by one, in Motoko") {
  describe(s, Joined{Awaiting::kEach, s.param("calls", 4)});
}

HEDDLE_SCENARIO(join_all, await_now_each, "the same with await?") {
  describe(s, Joined{Awaiting::kEachNow, s.param("calls", 4)});
}

HEDDLE_SCENARIO(join_all, in_sequence, "n calls, each awaited before the next") {
  describe(s, Joined{Awaiting::kInSequence, s.param("calls", 4)});
  s.one_schedule();
}

/// Concurrent withdrawals from the compiled store of examples/real/kv, each of which reads, awaits
/// and writes.
void withdraw_from(Scenario& s, const char* module) {
  constexpr std::array<int, 6> kAmounts{10, 40, 70, 100, 130, 190};
  const auto store =
      install_wasm(s, "kv", std::filesystem::path(HEDDLE_BENCH_REAL) / "kv" / module);
  const int calls = s.param("calls", 6);
  for (int i = 0; i < calls && i < static_cast<int>(kAmounts.size()); ++i) {
    s.user("user" + std::to_string(i))
        .calls(store, "withdraw",
               store.arguments("withdraw",
                               "(" + std::to_string(kAmounts[static_cast<std::size_t>(i)]) + ")"));
  }
  s.profile(happy);
  s.weaken("G1");
}

HEDDLE_SCENARIO(kv, enhanced, "a compiled canister, moc's default output") {
  withdraw_from(s, "Kv.wasm");
}

HEDDLE_SCENARIO(kv, classic, "the same with classic persistence") {
  withdraw_from(s, "Kv-classic.wasm");
}

}  // namespace
}  // namespace bench
