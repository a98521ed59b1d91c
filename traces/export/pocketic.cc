#include <vector>

#include <fmt/format.h>

#include <heddle/traces/export/pocketic.h>
#include <heddle/traces/internal/rust_source.h>

namespace heddle {
namespace {

using internal::ReplicaMessage;
using internal::rust_comment;
using internal::rust_literal;
using Kind = ReplicaMessage::Kind;

constexpr std::string_view kHelpers =
    "\n"
    "fn install(pic: &PocketIc, module: &str, init: &str) -> Principal {\n"
    "    let canister = pic.create_canister();\n"
    "    pic.add_cycles(canister, 100_000_000_000_000);\n"
    "    let wasm = std::fs::read(module).expect(\"the module\");\n"
    "    pic.install_canister(canister, wasm, arguments(init), None);\n"
    "    canister\n"
    "}\n\n"
    "fn user(number: u8) -> Principal {\n"
    "    Principal::from_slice(&[number, 1])\n"
    "}\n\n"
    "fn arguments(text: &str) -> Vec<u8> {\n"
    "    parse_idl_args(text).expect(\"Candid\").to_bytes().expect(\"values\")\n"
    "}\n";

std::string submitted(const ReplicaMessage& message, internal::RustNames& names) {
  return fmt::format(
      "    let {} = pic\n"
      "        .submit_call({}, user({}), {}, arguments({}))\n"
      "        .expect(\"submitted\");\n",
      names.name("call_", message.call), names.name("canister_", message.target),
      (message.user + 1) % 256, rust_literal(message.method), rust_literal(message.arguments));
}

}  // namespace

std::string to_pocketic(const Trace& trace) {
  const std::vector<ReplicaMessage> messages = internal::replica_messages(trace);
  internal::RustNames names;
  std::string out = internal::rust_head(
      trace, messages, "pocketic",
      "PocketIC orders the messages of a round itself, so this only makes the schedule likely.");
  out += "use candid::Principal;\nuse candid_parser::parse_idl_args;\nuse pocket_ic::PocketIc;\n\n";
  out += fmt::format("#[test]\nfn {}() {{\n    let pic = PocketIc::new();\n",
                     names.name("schedule_of_", trace.scenario));
  for (const std::string& canister : trace.canisters) {
    out += fmt::format("    let {} = install(&pic, {}, \"()\");\n",
                       names.name("canister_", canister), rust_literal(canister + ".wasm"));
  }
  std::string results;
  for (const ReplicaMessage& message : messages) {
    out += rust_comment("    ", message.what);
    if (message.kind == Kind::kIngress) {
      out += submitted(message, names);
      results += fmt::format("    println!(\"{{}}: {{:?}}\", {}, pic.await_call({}));\n",
                             rust_literal(message.call), names.name("call_", message.call));
    } else if (message.kind == Kind::kTime) {
      out += "    pic.advance_time(std::time::Duration::from_secs(1)); // say how long\n";
    } else if (message.kind != Kind::kNone) {
      out += "    pic.tick();\n";
    }
  }
  out += results;
  if (!trace.property.empty()) {
    out +=
        rust_comment("    ", fmt::format("Say here what must hold. In Heddle this failed: {}: {}",
                                         trace.property, trace.why));
  }
  out += "}\n";
  return out += kHelpers;
}

}  // namespace heddle
