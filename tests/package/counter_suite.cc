// The smallest suite: a canister whose method writes back, after an await, what it read before.
#include <heddle/heddle.h>

namespace {

using namespace heddle;

class Counter : public Canister {
 public:
  Update<> pause() { co_return; }

  Update<> increment() {
    const Nat before = counter;
    co_await call(Ref<Counter>{self()}, &Counter::pause);
    counter = before + 1;
  }

  Var<Nat> counter{this, "counter", 0};
  HEDDLE_CANISTER(Counter, pause, increment)
};

HEDDLE_SCENARIO(counter, buggy, "two increments read the same value before they await") {
  auto counter = s.install<Counter>("counter");
  s.user("alice").calls(counter, &Counter::increment);
  s.user("bob").calls(counter, &Counter::increment);
  s.profile(happy);
  s.finally("both counted", [=](const State& end) { return end[counter].counter == 2; });
  s.expect(violated("both counted"));
}

}  // namespace
