#include <vector>

#include <fmt/format.h>

#include <heddle/traces/export/rust_ordering.h>
#include <heddle/traces/internal/rust_source.h>

namespace heddle {
namespace {

using internal::ReplicaMessage;
using internal::rust_comment;
using internal::rust_literal;
using Kind = ReplicaMessage::Kind;

constexpr std::string_view kUses =
    "use candid_parser::parse_idl_args;\n"
    "use ic_base_types::{CanisterId, PrincipalId};\n"
    "use ic_state_machine_tests::{MessageOrdering, OrderedMessage, StateMachine, "
    "StateMachineBuilder};\n"
    "use ic_types_cycles::Cycles;\n\n";

constexpr std::string_view kHelpers =
    "\n"
    "fn install(sm: &StateMachine, module: &str, init: &str) -> CanisterId {\n"
    "    let wasm = std::fs::read(module).expect(\"the module\");\n"
    "    let cycles = Cycles::new(100_000_000_000_000);\n"
    "    sm.install_canister_with_cycles(wasm, arguments(init), None, cycles).unwrap()\n"
    "}\n\n"
    "fn arguments(text: &str) -> Vec<u8> {\n"
    "    parse_idl_args(text).expect(\"Candid\").to_bytes().expect(\"values\")\n"
    "}\n";

class Test {
 public:
  explicit Test(const Trace& trace) : trace_(trace), messages_(internal::replica_messages(trace)) {}

  std::string write() {
    out_ = internal::rust_head(trace_, messages_, "rust",
                               "The order is MessageOrdering's: one message a round.");
    out_ += kUses;
    out_ += fmt::format("#[test]\nfn {}() {{\n", names_.name("schedule_of_", trace_.scenario));
    out_ += "    let sm = StateMachineBuilder::new().with_flexible_ordering().build();\n";
    for (const std::string& canister : trace_.canisters) {
      out_ += fmt::format("    let {} = install(&sm, {}, \"()\");\n", canister_name(canister),
                          rust_literal(canister + ".wasm"));
    }
    submit();
    order();
    finish();
    out_ += "}\n";
    return out_ += kHelpers;
  }

 private:
  const std::string& canister_name(const std::string& canister) {
    return names_.name("canister_", canister);
  }

  const std::string& call_name(const std::string& call) { return names_.name("call_", call); }

  /// The users' calls that start in the trace.
  void submit() {
    for (const ReplicaMessage& message : messages_) {
      if (message.kind == Kind::kIngress) {
        out_ += fmt::format(
            "    let {} = sm\n"
            "        .ingress_message_with_flexible_ordering(\n"
            "            PrincipalId::new_user_test_id({}),\n"
            "            {},\n"
            "            {},\n"
            "            arguments({}),\n"
            "        )\n"
            "        .unwrap();\n",
            call_name(message.call), message.user + 1, canister_name(message.target),
            rust_literal(message.method), rust_literal(message.arguments));
      }
    }
  }

  /// Time passes between two orderings.
  void order() {
    bool is_open = false;
    const auto open = [&](bool wanted) {
      if (wanted != is_open) {
        out_ += wanted ? "    sm.execute_with_ordering(MessageOrdering::new(vec![\n" : "    ]));\n";
        is_open = wanted;
      }
    };
    for (const ReplicaMessage& message : messages_) {
      if (message.kind == Kind::kTime) {
        open(false);
        out_ += rust_comment("    ", message.what + ": say how long");
        out_ += "    sm.advance_time(std::time::Duration::from_secs(1));\n";
        continue;
      }
      open(true);
      out_ += rust_comment("        ", message.what);
      out_ += ordered(message);
    }
    open(false);
  }

  std::string ordered(const ReplicaMessage& message) {
    switch (message.kind) {
      case Kind::kIngress:
        return fmt::format("        OrderedMessage::Ingress({}, {}.clone()),\n",
                           canister_name(message.target), call_name(message.call));
      case Kind::kRequest:
      case Kind::kResponse:
        return fmt::format("        OrderedMessage::{} {{ source: {}, target: {} }},\n",
                           message.kind == Kind::kRequest ? "Request" : "Response",
                           canister_name(message.source), canister_name(message.target));
      case Kind::kHeartbeat:
        return fmt::format("        OrderedMessage::Heartbeat({}),\n",
                           canister_name(message.target));
      case Kind::kTimer:
        return fmt::format("        OrderedMessage::Timer({}),\n", canister_name(message.target));
      case Kind::kTime:
      case Kind::kNone:
        break;
    }
    return {};
  }

  void finish() {
    if (!trace_.property.empty()) {
      out_ += rust_comment("    ", fmt::format("Say here what must hold. In Heddle this failed: "
                                               "{}: {}",
                                               trace_.property, trace_.why));
    }
    for (const ReplicaMessage& message : messages_) {
      if (message.kind == Kind::kIngress) {
        out_ += fmt::format("    println!(\"{{}}: {{:?}}\", {}, sm.ingress_status(&{}));\n",
                            rust_literal(message.call), call_name(message.call));
      }
    }
  }

  const Trace& trace_;
  std::vector<ReplicaMessage> messages_;
  internal::RustNames names_;
  std::string out_;
};

}  // namespace

std::string to_rust_ordering(const Trace& trace) {
  return Test(trace).write();
}

}  // namespace heddle
