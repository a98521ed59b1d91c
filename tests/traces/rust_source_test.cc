// The tests in Rust: golden files, which message stands for which step, that texts stay texts, and
// that rustc takes them with stand-ins for the crates that they use. What they do on a replica is
// not checked here, and their heads say so.
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/traces/export/pocketic.h>
#include <heddle/traces/export/rust_ordering.h>
#include <heddle/traces/internal/rust_source.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"
#include "traces/tools.h"

namespace heddle {
namespace {

using internal::ReplicaMessage;
using Kind = ReplicaMessage::Kind;

/// What is used of the crates, as dfinity/ic declares it.
constexpr std::string_view kCrates = R"(
#![allow(dead_code, unused_imports, unused_variables)]
mod candid {
    #[derive(Clone, Copy, Debug)]
    pub struct Principal;
    impl Principal {
        pub fn from_slice(bytes: &[u8]) -> Self { Principal }
    }
}
mod candid_parser {
    pub struct IDLArgs;
    impl IDLArgs {
        pub fn to_bytes(&self) -> Result<Vec<u8>, String> { Ok(vec![]) }
    }
    pub fn parse_idl_args(text: &str) -> Result<IDLArgs, String> { Ok(IDLArgs) }
}
mod pocket_ic {
    use super::candid::Principal;
    pub struct RawMessageId;
    pub struct PocketIc;
    impl PocketIc {
        pub fn new() -> Self { PocketIc }
        pub fn create_canister(&self) -> Principal { Principal }
        pub fn add_cycles(&self, canister: Principal, amount: u128) -> u128 { amount }
        pub fn install_canister(&self, canister: Principal, wasm_module: Vec<u8>, arg: Vec<u8>,
                                sender: Option<Principal>) {}
        pub fn submit_call(&self, canister: Principal, sender: Principal, method: &str,
                           payload: Vec<u8>) -> Result<RawMessageId, String> { Ok(RawMessageId) }
        pub fn await_call(&self, id: RawMessageId) -> Result<Vec<u8>, String> { Ok(vec![]) }
        pub fn tick(&self) {}
        pub fn advance_time(&self, duration: std::time::Duration) {}
    }
}
mod ic_types_cycles {
    pub struct Cycles(u128);
    impl Cycles {
        pub const fn new(amount: u128) -> Self { Cycles(amount) }
    }
}
mod ic_base_types {
    #[derive(Clone, Copy, Debug)]
    pub struct CanisterId;
    pub struct PrincipalId;
    impl PrincipalId {
        pub fn new_user_test_id(number: u64) -> Self { PrincipalId }
    }
}
mod ic_state_machine_tests {
    use super::ic_base_types::{CanisterId, PrincipalId};
    use super::ic_types_cycles::Cycles;
    #[derive(Clone, Debug)]
    pub struct MessageId;
    pub enum OrderedMessage {
        Ingress(CanisterId, MessageId),
        Request { source: CanisterId, target: CanisterId },
        Response { source: CanisterId, target: CanisterId },
        Heartbeat(CanisterId),
        Timer(CanisterId),
    }
    pub struct MessageOrdering(Vec<OrderedMessage>);
    impl MessageOrdering {
        pub fn new(messages: Vec<OrderedMessage>) -> Self { MessageOrdering(messages) }
    }
    pub struct StateMachineBuilder;
    impl StateMachineBuilder {
        pub fn new() -> Self { StateMachineBuilder }
        pub fn with_flexible_ordering(self) -> Self { self }
        pub fn build(self) -> StateMachine { StateMachine }
    }
    pub struct StateMachine;
    impl StateMachine {
        pub fn install_canister_with_cycles(&self, module: Vec<u8>, payload: Vec<u8>,
                                            settings: Option<()>, cycles: Cycles)
                                            -> Result<CanisterId, String> { Ok(CanisterId) }
        pub fn ingress_message_with_flexible_ordering(&self, sender: PrincipalId,
                                                      canister: CanisterId,
                                                      method: impl ToString, payload: Vec<u8>)
                                                      -> Result<MessageId, String> { Ok(MessageId) }
        pub fn execute_with_ordering(&self, ordering: MessageOrdering) {}
        pub fn ingress_status(&self, id: &MessageId) -> Option<()> { None }
        pub fn advance_time(&self, duration: std::time::Duration) {}
    }
}
)";
constexpr const char* kCompile =
    "rustc --edition 2021 --test -D warnings --emit=metadata -o {}.rmeta {}";

Trace hostile() {
  Trace trace = test::lost_update();
  trace.scenario = "a \"b\"\n#[test]";
  trace.why = "*/ \" \\\n}";
  trace.canisters[1] = "bank\" \\";
  trace.users = {"zo\u00eb", "zo_"};
  trace.steps[0].call = "zo\u00eb#1";
  trace.steps[1].call = "zo_#1";
  for (TraceStep& step : trace.steps) {
    step.arguments = "(\"\\\" {} \")";
    step.lane = step.lane == "bank" ? trace.canisters[1] : step.lane;
  }
  return trace;
}

/// Tasks of timers and heartbeats, and time that passes.
Trace timers() {
  Trace trace;
  trace.scenario = "timers";
  trace.canisters = {"clock"};
  for (const EventKind kind : {EventKind::kFireTimer, EventKind::kHeartbeat, EventKind::kStartTask,
                               EventKind::kAdvanceTime, EventKind::kStartTask}) {
    TraceStep step;
    step.number = trace.steps.size() + 1;
    step.kind = kind;
    step.lane = kind == EventKind::kAdvanceTime ? "" : "clock";
    trace.steps.push_back(step);
  }
  return trace;
}

std::vector<Trace> samples() {
  return {test::lost_update(),
          test::trap_and_cleanup(),
          test::deadlock(),
          test::awkward_text(),
          test::many_canisters(),
          timers(),
          hostile(),
          Trace{}};
}

std::vector<Kind> kinds(const Trace& trace) {
  std::vector<Kind> found;
  for (const ReplicaMessage& message : internal::replica_messages(trace)) {
    found.push_back(message.kind);
  }
  return found;
}

TEST(RustOrdering, LostUpdate) {
  EXPECT_TRUE(test::matches_golden("lost_update.rs.txt", to_rust_ordering(test::lost_update())));
}

TEST(RustOrdering, TrapRollbackAndCleanup) {
  EXPECT_TRUE(
      test::matches_golden("trap_and_cleanup.rs.txt", to_rust_ordering(test::trap_and_cleanup())));
}

TEST(RustOrdering, TimePassesBetweenTwoOrderings) {
  const std::string text = to_rust_ordering(timers());
  const std::size_t heartbeat = text.find("OrderedMessage::Heartbeat(canister_clock)");
  const std::size_t time = text.find("sm.advance_time(");
  const std::size_t timer = text.find("OrderedMessage::Timer(canister_clock)");
  EXPECT_LT(timer, time);
  EXPECT_LT(time, heartbeat);
  EXPECT_NE(heartbeat, std::string::npos);
}

TEST(PocketIc, LostUpdate) {
  EXPECT_TRUE(test::matches_golden("lost_update.pocketic.txt", to_pocketic(test::lost_update())));
}

TEST(PocketIc, TrapRollbackAndCleanup) {
  EXPECT_TRUE(
      test::matches_golden("trap_and_cleanup.pocketic.txt", to_pocketic(test::trap_and_cleanup())));
}

TEST(ReplicaMessages, AreTheStepsInTheirOrder) {
  const std::vector<ReplicaMessage> messages = internal::replica_messages(test::lost_update());
  EXPECT_EQ(kinds(test::lost_update()),
            (std::vector<Kind>{Kind::kIngress, Kind::kIngress, Kind::kRequest, Kind::kRequest,
                               Kind::kResponse, Kind::kResponse}));
  EXPECT_EQ(messages[0].target, "bank");
  EXPECT_EQ(messages[0].call, "alice#1");
  EXPECT_EQ(messages[5].target, "bank");
}

TEST(ReplicaMessages, OfTasksAreHeartbeatsAndTimersAsTheyWereQueued) {
  EXPECT_EQ(kinds(timers()), (std::vector<Kind>{Kind::kNone, Kind::kNone, Kind::kTimer, Kind::kTime,
                                                Kind::kHeartbeat}));
}

TEST(ReplicaMessages, NameTheFaults) {
  const std::vector<ReplicaMessage> messages = internal::replica_messages(test::trap_and_cleanup());
  EXPECT_EQ(messages[1].kind, Kind::kNone);
  EXPECT_EQ(messages[1].fault, "step 2, alice#1/1 is rejected before it executes");
  EXPECT_EQ(messages[2].fault, "step 3, this callback traps");
  EXPECT_EQ(messages[3].fault, "");
}

TEST(ReplicaMessages, AreNoneForTheSecondExecutionOfARequest) {
  Trace trace = test::lost_update();
  trace.steps[3].event += " again";
  EXPECT_EQ(kinds(trace), (std::vector<Kind>{Kind::kIngress, Kind::kIngress, Kind::kRequest,
                                             Kind::kNone, Kind::kResponse, Kind::kResponse}));
}

TEST(RustSource, SaysThatItIsGeneratedAndNotChecked) {
  for (const Trace& trace : samples()) {
    for (const std::string& text : {to_rust_ordering(trace), to_pocketic(trace)}) {
      const std::string head = text.substr(0, text.find("\nuse "));
      EXPECT_NE(head.find("generated"), std::string::npos) << head;
      EXPECT_NE(head.find("Not"), std::string::npos) << head;
    }
  }
}

TEST(RustSource, NamesAreIdentifiersAndDiffer) {
  internal::RustNames names;
  EXPECT_EQ(names.name("call_", "alice#1"), "call_alice_1");
  EXPECT_EQ(names.name("call_", "alice_1"), "call_alice_1_2");
  EXPECT_EQ(names.name("call_", "alice#1"), "call_alice_1");
  EXPECT_EQ(names.name("canister_", "match"), "canister_match");
  EXPECT_EQ(names.name("canister_", "\u540d"), "canister");
}

TEST(RustSource, IsTakenByRustc) {
  HEDDLE_NEEDS_PROGRAM("rustc", "rustc");
  EXPECT_NE(test::complaint_of(kCompile, std::string(kCrates) + "fn f() { 1 }", ".rs"), "");
  std::string all(kCrates);
  int number = 0;
  for (const Trace& trace : samples()) {
    for (const std::string& text : {to_rust_ordering(trace), to_pocketic(trace)}) {
      std::string inside = text;
      for (const std::string crate :
           {"candid::", "candid_parser::", "pocket_ic::", "ic_base_types::",
            "ic_state_machine_tests::", "ic_types_cycles::"}) {
        const std::size_t at = inside.find("\nuse " + crate);
        if (at != std::string::npos) {
          inside.insert(at + 5, "super::");
        }
      }
      all += "mod test_" + std::to_string(++number) + " {\n" + inside + "}\n";
    }
  }
  EXPECT_EQ(test::complaint_of(kCompile, all, ".rs"), "");
}

}  // namespace
}  // namespace heddle
