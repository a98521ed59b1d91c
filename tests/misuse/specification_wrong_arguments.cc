// expect: the specification's function takes what the method takes, or `Principal caller` and then
// sees: properties
#include <heddle/model/var.h>
#include <heddle/properties/scenario.h>

class Counter : public heddle::Canister {
 public:
  heddle::Update<> add(heddle::Nat amount) {
    value += amount;
    co_return;
  }

  heddle::Var<heddle::Nat> value{this, "value", 0};
  HEDDLE_CANISTER(Counter, add)
};

struct CounterSpec {
  heddle::Nat value;

  void add() { value += 1; }
};

void describe(heddle::Scenario& s) {
  const auto counter = s.install<Counter>("counter");
  s.linearisable("one counter", CounterSpec{},
                 heddle::means(counter, &Counter::add, &CounterSpec::add));
}
