#include "counter.h"

namespace counter {
namespace {

HEDDLE_SCENARIO(counter, any_order, "set1 and set2 race: either may be the last one") {
  auto counter = s.install<Counter>("counter");
  s.user("alice").calls(counter, &Counter::set1);
  s.user("bob").calls(counter, &Counter::set2);
  auto seen = s.user("carol").calls(counter, &Counter::get);
  s.profile(happy);
  s.always("get answers 0, 1 or 2",
           [=](const State& now) { return now.query(counter, &Counter::get) <= 2; });
  s.outcomes("counter", [=](const State& end) { return end[counter].counter.get(); });
  s.outcomes("get", [=](const State& end) { return end.result(seen)->value(); });
  s.expect_outcomes("counter", {"1", "2"});
  s.expect_outcomes("get", {"0", "1", "2"});
}

HEDDLE_SCENARIO(counter, in_order, "set1 is processed first, so set2 has the last word") {
  auto counter = s.install<Counter>("counter");
  auto users = s.user("users");  // one script for both, since what is claimed needs their order
  users.calls(counter, &Counter::set1);
  users.calls(counter, &Counter::set2);
  users.in_order();
  s.profile(happy);
  s.one_schedule();
  s.in_start_order(counter, &Counter::counter);
  s.outcomes("counter", [=](const State& end) { return end[counter].counter.get(); });
  s.expect_outcomes("counter", {"2"});
}

HEDDLE_SCENARIO(counter, buggy, "set1 awaits before it writes, and a later set2 overtakes it") {
  auto journal = s.install<Journal>("journal");
  auto counter = s.install<AwaitingCounter>("counter", journal);
  auto users = s.user("users");
  users.calls(counter, &AwaitingCounter::set1);
  users.calls(counter, &AwaitingCounter::set2);
  users.in_order();
  s.profile(happy);
  s.in_start_order(counter, &AwaitingCounter::counter);
  s.expect(violated("in_start_order(counter.counter)"));
}

HEDDLE_SCENARIO(counter, await_in_order, "with the await the order of processing decides nothing") {
  auto journal = s.install<Journal>("journal");
  auto counter = s.install<AwaitingCounter>("counter", journal);
  auto users = s.user("users");
  users.calls(counter, &AwaitingCounter::set1);
  users.calls(counter, &AwaitingCounter::set2);
  users.in_order();
  s.profile(happy);
  s.outcomes("counter", [=](const State& end) { return end[counter].counter.get(); });
  s.expect_outcomes("counter", {"1", "2"});
}

HEDDLE_SCENARIO(counter, fixed_write_first, "set1 writes before it awaits") {
  auto journal = s.install<Journal>("journal");
  auto counter = s.install<WriteFirstCounter>("counter", journal);
  auto users = s.user("users");
  users.calls(counter, &WriteFirstCounter::set1);
  users.calls(counter, &WriteFirstCounter::set2);
  users.in_order();
  s.profile(happy);
  s.in_start_order(counter, &WriteFirstCounter::counter);
  s.outcomes("counter", [=](const State& end) { return end[counter].counter.get(); });
  s.expect_outcomes("counter", {"2"});
}

HEDDLE_SCENARIO(counter, fixed_ticket, "set1 leaves the counter alone when it was overtaken") {
  auto journal = s.install<Journal>("journal");
  auto counter = s.install<TicketCounter>("counter", journal);
  auto users = s.user("users");
  users.calls(counter, &TicketCounter::set1);
  users.calls(counter, &TicketCounter::set2);
  users.in_order();
  s.profile(happy);
  s.in_start_order(counter, &TicketCounter::counter);
  s.outcomes("counter", [=](const State& end) { return end[counter].counter.get(); });
  s.expect_outcomes("counter", {"2"});
}

HEDDLE_SCENARIO(counter, trap, "set1 traps after it has written, so it has written nothing") {
  auto counter = s.install<TrappingCounter>("counter");
  s.user("alice").calls(counter, &TrappingCounter::set1);
  s.user("bob").calls(counter, &TrappingCounter::set2);
  s.profile(happy);
  s.expects_trap(counter, &TrappingCounter::set1);
  s.outcomes("counter", [=](const State& end) { return end[counter].counter.get(); });
  s.expect_outcomes("counter", {"2"});
}

}  // namespace
}  // namespace counter
