// Calls another canister n times, one call after the other or all at once, and returns the number of successful calls.
// The Internet Computer lets a canister have 500 calls in flight to another one, so parallel_calls(2000) returns 500.
// In C++: Caller in examples/parallel_calls/caller.h.
import Error "mo:core/Error";
import List "mo:core/List";
import Nat64 "mo:core/Nat64";
import Principal "mo:core/Principal";

persistent actor Caller {
  type Callee = actor { ping : () -> async () };

  var callee : ?Callee = null;

  /// Says whom to call.
  public func setup_callee(id : Principal) : async () {
    callee := ?(actor (Principal.toText(id)) : Callee);
  };

  /// n calls, each after the answer to the one before.
  public func sequential_calls(n : Nat64) : async Nat64 {
    let ?target = callee else throw Error.reject("callee not set up");
    var successful : Nat64 = 0;
    for (_ in Nat64.range(0, n)) {
      try { await target.ping(); successful += 1 } catch (_) {};
    };
    successful;
  };

  /// n calls at once. Those that find no slot are not sent at all.
  public func parallel_calls(n : Nat64) : async Nat64 {
    let ?target = callee else throw Error.reject("callee not set up");
    let pings = List.empty<async ()>();
    for (_ in Nat64.range(0, n)) {
      try { List.add(pings, target.ping()) } catch (_) {};
    };
    var successful : Nat64 = 0;
    for (ping in List.values(pings)) {
      try { await ping; successful += 1 } catch (_) {};
    };
    successful;
  };
};
