// The callback instead of a promise: who wants to be woken passes a function of its own, and a timer calls it. In C++:
// CallbackAlarm in examples/array_awaits/alarms.h.
import Timer "mo:core/Timer";

persistent actor Alarm {
  public func start(done : shared Nat -> async ()) : async () {
    ignore Timer.setTimer<system>(#seconds 10, func() : async () { await done(123) });
  };
};
