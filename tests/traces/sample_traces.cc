#include "traces/sample_traces.h"

#include <fmt/format.h>

namespace heddle::test {
namespace {

SourcePlace at(std::uint32_t line, std::string function,
               std::string file = "examples/withdraw/bank.cc") {
  return {std::move(file), line, std::move(function)};
}

/// Adds the step that `event` stands for, with its number.
TraceStep& add(Trace& trace, std::string event, EventKind kind, std::string lane,
               std::string call) {
  TraceStep step;
  step.number = trace.steps.size() + 1;
  step.event = std::move(event);
  step.kind = kind;
  step.lane = std::move(lane);
  step.call = std::move(call);
  step.enabled = {step.event};
  trace.steps.push_back(std::move(step));
  trace.violated_step = trace.steps.size();
  return trace.steps.back();
}

void suspend(TraceStep& step, std::string awaiting, SourcePlace place) {
  step.ran = "code";
  step.ended = "suspended";
  step.awaiting = std::move(awaiting);
  step.await_place = std::move(place);
  step.committed = true;
}

void reply(TraceStep& step, std::string value, std::string to) {
  step.ran = "code";
  step.ended = "replied";
  step.committed = true;
  step.gone = true;
  step.responses.push_back({.call = step.call, .to = std::move(to), .value = std::move(value)});
}

TraceStep& start_withdraw(Trace& trace, const std::string& user, const std::string& balance) {
  const std::string call = user + "#1";
  TraceStep& step = add(trace, "start " + call, EventKind::kStartIngress, "bank", call);
  step.method = "withdraw";
  step.arguments = "(60)";
  step.accesses = {
      {"balance", Access::Kind::kTold, balance, at(14, "Bank::withdraw")},
      {"", Access::Kind::kSent, call + "/1", at(16, "Bank::withdraw")},
  };
  step.sends = {{.call = call + "/1",
                 .callee = "ledger",
                 .method = "transfer",
                 .arguments = fmt::format("({}, 60)", user),
                 .place = at(16, "Bank::withdraw")}};
  suspend(step, "ledger.transfer (" + call + "/1)", at(16, "Bank::withdraw"));
  return step;
}

TraceStep& transfer(Trace& trace, const std::string& user, const std::string& before,
                    const std::string& after) {
  const std::string call = user + "#1/1";
  TraceStep& step = add(trace, "start bank>ledger", EventKind::kStartRequest, "ledger", call);
  step.method = "transfer";
  step.arguments = fmt::format("({}, 60)", user);
  step.accesses = {{"balance", Access::Kind::kModified, after,
                    at(31, "Ledger::transfer", "examples/withdraw/ledger.cc")}};
  step.diffs = {{"ledger", "balance", before, after}};
  reply(step, "()", "bank");
  return step;
}

TraceStep& finish_withdraw(Trace& trace, const std::string& user, const std::string& before,
                           const std::string& after) {
  const std::string call = user + "#1";
  TraceStep& step =
      add(trace, fmt::format("deliver {}/1", call), EventKind::kDeliver, "bank", call);
  step.method = "withdraw";
  step.arguments = "(60)";
  step.segment = 1;
  step.delivered = "reply ()";
  step.delivered_call = call + "/1";
  step.accesses = {{"balance", Access::Kind::kWritten, after, at(17, "Bank::withdraw")}};
  if (before != after) {
    step.diffs = {{"bank", "balance", before, after}};
  }
  reply(step, "()", user);
  return step;
}

void add_users(Trace& trace, const std::string& canister, const std::string& method,
               const std::string& arguments) {
  for (const std::string& user : trace.users) {
    trace.calls.push_back({.name = user + "#1",
                           .caller = user,
                           .canister = canister,
                           .method = method,
                           .arguments = arguments});
  }
}

}  // namespace

Trace lost_update() {
  Trace trace;
  trace.scenario = "withdraw/buggy";
  trace.description = "two withdrawals use one balance read before the await";
  trace.profile = "happy";
  trace.verdict = "VIOLATED";
  trace.property = "conserved";
  trace.property_kind = "always";
  trace.why = "bank.balance == ledger.balance\n  bank.balance = 140, ledger.balance = 80";
  trace.minimality = "the shortest";
  trace.strategy = "breadth-first";
  trace.repro =
      "heddle replay withdraw/buggy --profile happy --schedule 'start alice#1; start bob#1; start "
      "bank>ledger; start bank>ledger; deliver alice#1/1; deliver bob#1/1'";
  trace.canisters = {"ledger", "bank"};
  trace.users = {"alice", "bob"};
  add_users(trace, "bank", "withdraw", "(60)");
  trace.calls[0].result = "()";
  trace.calls[1].result = "()";
  start_withdraw(trace, "alice", "200");
  start_withdraw(trace, "bob", "200").enabled = {"start bob#1", "start bank>ledger"};
  transfer(trace, "alice", "200", "140");
  transfer(trace, "bob", "140", "80");
  finish_withdraw(trace, "alice", "200", "140");
  finish_withdraw(trace, "bob", "140", "140");
  Race race;
  race.pattern = "stale write";
  race.variable = "bank.balance";
  race.call = "bob#1";
  race.intruder = "alice#1";
  race.awaited = "ledger.transfer";
  race.told_step = 2;
  race.intruder_step = 5;
  race.write_step = 6;
  race.told_place = at(14, "Bank::withdraw");
  race.intruder_place = at(17, "Bank::withdraw");
  race.write_place = at(17, "Bank::withdraw");
  race.sentence =
      "bank.balance was read by withdraw bob#1 at examples/withdraw/bank.cc:14, then written by "
      "withdraw alice#1 at examples/withdraw/bank.cc:17 while bob#1 was awaiting ledger.transfer, "
      "then overwritten by bob#1 from the stale value at examples/withdraw/bank.cc:17.";
  trace.races = {race};
  trace.final_variables = {{"ledger", "balance", "200", "80"}, {"bank", "balance", "200", "140"}};
  return trace;
}

Trace made_smaller() {
  using Kind = TraceTried::Kind;
  using Came = TraceTried::Came;
  Trace trace = lost_update();
  trace.minimality = "shortest of its kind";
  trace.settings = {{"--without", "carol,alice#2"}, {"--number", "bob#1.1=2"}};
  trace.tried = {
      {Kind::kUser, Came::kLeftOut, "user carol: get()"},
      {Kind::kCall, Came::kLeftOut, "alice#2 deposit(5)"},
      {Kind::kNumber, Came::kLeftOut, "30 in bob#1: 2 will do"},
      {Kind::kUser, Came::kNeeded, "user alice: withdraw(60)"},
      {Kind::kUser, Came::kNeeded, "user bob: withdraw(2)"},
      {Kind::kOrder, Came::kNeeded,
       "step 2, \"bank: bob#1 withdraw(2)\", before \"ledger: alice#1/1 transfer(60)\", which is "
       "older"},
      {Kind::kNumber, Came::kFailsOtherwise, "2 (for 30) in bob#1, not 1"},
      {Kind::kFault, Came::kNotEstablished, "fault D8: a request is rejected before it executes"},
  };
  return trace;
}

Trace trap_and_cleanup() {
  Trace trace;
  trace.scenario = "withdraw/guard_leaked";
  trace.description = "a guard that nothing gives back when the callback traps";
  trace.profile = "safety";
  trace.verdict = "VIOLATED";
  trace.property = "guard free at the end";
  trace.property_kind = "finally";
  trace.why = "locked.contains(alice): {alice}";
  trace.minimality = "locally minimal";
  trace.strategy = "pct";
  trace.seed = 42;
  trace.settings = {{"users", "2"}};
  trace.repro = "heddle replay withdraw/guard_leaked --trace guard.json";
  trace.canisters = {"ledger", "bank"};
  trace.users = {"alice", "bob"};
  add_users(trace, "bank", "withdraw", "(60)");

  TraceStep& start = start_withdraw(trace, "alice", "200");
  start.accesses.insert(start.accesses.begin(), {"locked[alice]", Access::Kind::kWritten, "true",
                                                 at(12, "Bank::withdraw")});
  start.diffs = {{"bank", "locked[alice]", "(none)", "true"}};
  TraceStep& rejected =
      add(trace, "reject bank>ledger", EventKind::kRejectRequest, "bank", "alice#1/1");
  rejected.is_fault = true;
  rejected.responses = {{.call = "alice#1/1",
                         .to = "bank",
                         .replied = false,
                         .code = RejectCode::kSysTransient,
                         .value = "canister queue is full",
                         .injected = true}};
  TraceStep& trapped = add(trace, "deliver alice#1/1 trap", EventKind::kDeliver, "bank", "alice#1");
  trapped.is_fault = true;
  trapped.method = "withdraw";
  trapped.arguments = "(60)";
  trapped.segment = 1;
  trapped.delivered = "reject SYS_TRANSIENT \"canister queue is full\"";
  trapped.delivered_call = "alice#1/1";
  trapped.ran = "code";
  trapped.ended = "trapped";
  trapped.trap = "injected";
  trapped.rolled_back = true;
  trapped.cleanup_ran = true;
  trapped.gone = true;
  trapped.diffs = {{"bank", "audits", "0", "1"}};
  trapped.responses = {{.call = "alice#1",
                        .to = "alice",
                        .replied = false,
                        .code = RejectCode::kCanisterError,
                        .value = "injected"}};
  TraceStep& refused = add(trace, "start bob#1", EventKind::kStartIngress, "bank", "bob#1");
  refused.method = "withdraw";
  refused.arguments = "(60)";
  refused.ran = "code";
  refused.ended = "trapped";
  refused.trap = "locked";
  refused.rolled_back = true;
  refused.gone = true;
  refused.responses = {{.call = "bob#1",
                        .to = "bob",
                        .replied = false,
                        .code = RejectCode::kCanisterError,
                        .value = "locked"}};
  trace.final_variables = {{"bank", "locked[alice]", "(none)", "true"},
                           {"bank", "audits", "0", "1"}};
  return trace;
}

Trace deadlock() {
  Trace trace;
  trace.scenario = "deferred/circle";
  trace.verdict = "VIOLATED";
  trace.property = "no deadlock";
  trace.property_kind = "deadlock";
  trace.why = "nothing is enabled, and alice#1 and bob#1 are not answered";
  trace.strategy = "breadth-first";
  trace.minimality = "the shortest";
  trace.repro = "heddle replay deferred/circle --schedule 'start alice#1; start bob#1'";
  trace.canisters = {"left", "right"};
  trace.users = {"alice", "bob"};
  for (const std::string user : {"alice", "bob"}) {
    const std::string canister = user == "alice" ? "left" : "right";
    TraceStep& step =
        add(trace, "start " + user + "#1", EventKind::kStartIngress, canister, user + "#1");
    step.method = "meet";
    step.arguments = "()";
    step.sends = {{.call = user + "#1/1", .deferred = true, .place = at(9, "Meeting::meet")}};
    step.accesses = {{"", Access::Kind::kSent, user + "#1/1", at(9, "Meeting::meet")}};
    suspend(step, "Deferred " + user + "#1/1", at(10, "Meeting::meet", "meeting.cc"));
  }
  trace.wait_for = {"alice#1 (left.meet) waits for Deferred alice#1/1, resolved by nobody yet",
                    "bob#1 (right.meet) waits for Deferred bob#1/1, resolved by nobody yet",
                    "cycle: alice#1 -> bob#1 -> alice#1"};
  return trace;
}

Trace many_calls() {
  Trace trace;
  trace.scenario = "parallel_calls/two_thousand";
  trace.description = "2000 calls at once, where 500 may be in flight";
  trace.verdict = "INCOMPLETE";
  trace.profile = "happy";
  trace.strategy = "in-order";
  trace.canisters = {"callee", "caller"};
  trace.users = {"user"};
  constexpr int kSlots = 500;
  TraceStep& start = add(trace, "start user#1", EventKind::kStartIngress, "caller", "user#1");
  start.method = "parallel_calls";
  start.arguments = "(2000)";
  for (int i = 1; i <= 2000; ++i) {
    const bool accepted = i <= kSlots;
    start.sends.push_back({.call = accepted ? fmt::format("user#1/{}", i) : "",
                           .callee = "callee",
                           .method = "ping",
                           .arguments = "()",
                           .accepted = accepted,
                           .place = at(20, "Caller::parallel_calls", "caller.cc")});
  }
  suspend(start, "callee.ping (user#1/1)", at(24, "Caller::parallel_calls", "caller.cc"));
  for (int i = 1; i <= kSlots; ++i) {
    TraceStep& ping = add(trace, "start caller>callee", EventKind::kStartRequest, "callee",
                          fmt::format("user#1/{}", i));
    ping.method = "ping";
    ping.arguments = "()";
    reply(ping, "()", "caller");
  }
  for (int i = 1; i <= kSlots; ++i) {
    TraceStep& resumed =
        add(trace, fmt::format("deliver user#1/{}", i), EventKind::kDeliver, "caller", "user#1");
    resumed.segment = static_cast<std::uint32_t>(i);
    resumed.method = "parallel_calls";
    resumed.delivered = "reply ()";
    resumed.delivered_call = fmt::format("user#1/{}", i);
    if (i < kSlots) {
      suspend(resumed, fmt::format("callee.ping (user#1/{})", i + 1),
              at(24, "Caller::parallel_calls", "caller.cc"));
    } else {
      reply(resumed, "500", "user");
    }
  }
  return trace;
}

Trace many_steps(std::size_t count) {
  Trace trace;
  trace.scenario = "withdraw/many";
  trace.description = "withdrawals in overlapping pairs";
  trace.profile = "happy";
  trace.verdict = "VIOLATED";
  trace.property = "conserved";
  trace.property_kind = "always";
  trace.why = "bank.balance == ledger.balance";
  trace.strategy = "random walk";
  trace.seed = 7;
  trace.repro = "heddle replay withdraw/many --trace many.json";
  trace.canisters = {"ledger", "bank"};
  std::size_t bank = 1'000'000;
  std::size_t ledger = bank;
  const auto text = [](std::size_t value) { return std::to_string(value); };
  for (std::size_t pair = 1; trace.steps.size() < count; ++pair) {
    const std::string one = fmt::format("u{}", 2 * pair - 1);
    const std::string two = fmt::format("u{}", 2 * pair);
    trace.users.insert(trace.users.end(), {one, two});
    start_withdraw(trace, one, text(bank));
    start_withdraw(trace, two, text(bank));
    transfer(trace, one, text(ledger), text(ledger - 60));
    transfer(trace, two, text(ledger - 60), text(ledger - 120));
    finish_withdraw(trace, one, text(bank), text(bank - 60));
    TraceStep& last = finish_withdraw(trace, two, text(bank - 60), text(bank - 60));
    last.diffs.push_back(
        {"bank", "book", fmt::format("{{last = {}; entries = [{}, {}]}}", one, pair, pair + 1),
         fmt::format("{{last = {}; entries = [{}, {}, 0]}}", two, pair, pair + 1)});
    bank -= 60;
    ledger -= 120;
  }
  trace.steps.resize(count);
  trace.violated_step = count;
  add_users(trace, "bank", "withdraw", "(60)");
  for (TraceStep& step : trace.steps) {
    for (std::size_t i = 1; i < 20; ++i) {
      step.enabled.push_back(fmt::format("deliver u{}#1/1", step.number + i));
    }
    step.enabled_count = step.enabled.size();
  }
  trace.final_variables = {{"ledger", "balance", "1000000", text(ledger)},
                           {"bank", "balance", "1000000", text(bank)}};
  return trace;
}

Trace awkward_text() {
  Trace trace;
  trace.scenario = "texts/awkward";
  trace.verdict = "VIOLATED";
  trace.property = "名前 is never \x1b[31mred";
  trace.property_kind = "always";
  trace.why = "name = \"\u5c71\u7530\u592a\u90ce\"";
  trace.canisters = {"people", "mail"};
  trace.users = {"zo\u00eb"};
  TraceStep& start =
      add(trace, "start zo\u00eb#1", EventKind::kStartIngress, "people", "zo\u00eb#1");
  start.method = "rename";
  start.arguments = "(\"\u5c71\u7530\u592a\u90ce\")";
  std::string list = "[";
  for (int i = 0; i < 200; ++i) {
    list += fmt::format("{}{}", i == 0 ? "" : ", ", i);
  }
  start.diffs = {{"people", "name", "\"Zo\u00eb\"", "\"\u5c71\u7530\u592a\u90ce\""},
                 {"people", "history", "[]", list + "]"},
                 {"people", "raw", "\"\\n\"", "\"a\tb\xff\""}};
  start.sends = {{.call = "zo\u00eb#1/1",
                  .callee = "mail",
                  .method = "announce",
                  .arguments = "(\"\u5c71\u7530\u592a\u90ce is the new name of Zo\u0065\u0308\")",
                  .one_way = true}};
  reply(start, "()", "zo\u00eb");
  TraceStep& mail =
      add(trace, "start people>mail", EventKind::kStartRequest, "mail", "zo\u00eb#1/1");
  mail.method = "announce";
  mail.arguments = trace.steps[0].sends[0].arguments;
  mail.notes = {"query wrote sent; discarded [L1]"};
  reply(mail, "()", "people");
  return trace;
}

Trace many_canisters() {
  Trace trace;
  trace.scenario = "chain/long";
  trace.verdict = "VIOLATED";
  trace.property = "every call answered";
  trace.property_kind = "answered";
  trace.why = "user#1 is not answered";
  trace.users = {"user"};
  std::string call = "user#1";
  for (int i = 1; i <= 6; ++i) {
    trace.canisters.push_back(fmt::format("station_{}", i));
  }
  for (std::size_t i = 0; i < trace.canisters.size(); ++i) {
    const bool first = i == 0;
    TraceStep& step =
        add(trace,
            first ? "start user#1"
                  : fmt::format("start {}>{}", trace.canisters[i - 1], trace.canisters[i]),
            first ? EventKind::kStartIngress : EventKind::kStartRequest, trace.canisters[i], call);
    step.method = "pass";
    step.arguments = fmt::format("({})", i);
    step.diffs = {{trace.canisters[i], "seen", "0", std::to_string(i + 1)}};
    if (i + 1 < trace.canisters.size()) {
      call += "/1";
      step.sends = {{.call = call,
                     .callee = trace.canisters[i + 1],
                     .method = "pass",
                     .arguments = fmt::format("({})", i + 1)}};
      suspend(step, fmt::format("{}.pass ({})", trace.canisters[i + 1], call),
              at(8, "Station::pass", "examples/chain/station.cc"));
    } else {
      reply(step, "()", trace.canisters[i - 1]);
    }
  }
  return trace;
}

}  // namespace heddle::test
