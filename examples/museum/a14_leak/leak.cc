#include "service.h"

namespace museum_a14_leak {
namespace {

// Alice and bob each call twice, one call after the other: at most two calls are open at a time.

template <class C>
void call_twice_each(Scenario& s) {
  auto callee = s.install<Callee>("callee");
  auto service = s.install<C>("service", callee);
  for (const char* name : {"alice", "bob"}) {
    auto user = s.user(name);
    user.then();
    user.calls(service, &C::serve);
    user.calls(service, &C::serve);
  }
  s.open_at_most(service, 2);
}

HEDDLE_SCENARIO(museum_a14_leak, buggy, "the third call finds no memory") {
  call_twice_each<Service>(s);
  s.expect(violated("no unexpected trap"));
}

HEDDLE_SCENARIO(museum_a14_leak, fixed, "what a call has taken it gives back") {
  call_twice_each<FrugalService>(s);
}

}  // namespace
}  // namespace museum_a14_leak
