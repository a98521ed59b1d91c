// A canister that wants to be woken. In C++: Sleeper in examples/array_awaits/alarms.h.
persistent actor class Sleeper(alarm : actor { start : (shared Nat -> async ()) -> async () }) = self {
  var woken = 0;

  public query func woken_with() : async Nat { woken };

  public func sleep() : async () { await alarm.start(self.done) };

  public func done(a : Nat) : async () { woken := a };
};
