// n calls at once, where those that found no slot wait for a timer. In C++: RetryingCaller in
// examples/parallel_calls/caller.h.
import List "mo:core/List";
import Nat "mo:core/Nat";
import Timer "mo:core/Timer";

persistent actor class RetryingCaller(callee : actor { ping : () -> async () }) {
  var done = 0;
  var waiting = 0; // calls that found no slot yet

  public query func successful() : async Nat { done };

  public func parallel_calls(n : Nat) : async () { await* ping_all<system>(n) };

  func retry() : async () {
    let again = waiting;
    waiting := 0;
    await* ping_all<system>(again);
  };

  func ping_all<system>(n : Nat) : async* () {
    let pings = List.empty<async ()>();
    for (_ in Nat.range(0, n)) {
      try { List.add(pings, callee.ping()) } catch (_) { waiting += 1 };
    };
    if (waiting > 0) { ignore Timer.setTimer<system>(#seconds 1, retry) };
    for (ping in List.values(pings)) {
      await ping;
      done += 1;
    };
  };
};
