#include "payroll.h"

namespace museum_a12_timer_overlap {
namespace {

// The job recurs for ever; the states repeat.

HEDDLE_SCENARIO(museum_a12_timer_overlap, buggy, "the job meets itself and pays twice") {
  auto ledger = s.install<Ledger>("ledger");
  auto payroll = s.install<Payroll>("payroll", ledger, Nat{1});
  s.user("alice").calls(payroll, &Payroll::start);
  s.always("no more is paid than was owed",
           [=](const State& now) { return now[ledger].paid <= 1; });
  s.expect(violated("no more is paid than was owed"));
}

HEDDLE_SCENARIO(museum_a12_timer_overlap, fixed, "one job at a time") {
  auto ledger = s.install<Ledger>("ledger");
  auto payroll = s.install<SingleFlightPayroll>("payroll", ledger, Nat{1});
  s.user("alice").calls(payroll, &SingleFlightPayroll::start);
  s.always("no more is paid than was owed",
           [=](const State& now) { return now[ledger].paid <= 1; });
  s.sometimes("it is paid", [=](const State& now) { return now[ledger].paid == 1; });
  s.in_flight_at_most(payroll, ledger, 1);
}

}  // namespace
}  // namespace museum_a12_timer_overlap
