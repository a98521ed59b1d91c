// Caller, but nobody says whom to call: the callee's id is an environment variable of the canister.
import List "mo:core/List";
import Nat64 "mo:core/Nat64";
import Runtime "mo:core/Runtime";

persistent actor Caller {
  type Callee = actor { ping : () -> async () };

  func callee<system>() : Callee {
    let ?id = Runtime.envVar<system>("PUBLIC_CANISTER_ID:callee") else Runtime.trap("PUBLIC_CANISTER_ID:callee is not set");
    actor (id) : Callee;
  };

  /// n calls, each after the answer to the one before.
  public func sequential_calls(n : Nat64) : async Nat64 {
    let target = callee<system>();
    var successful : Nat64 = 0;
    for (_ in Nat64.range(0, n)) {
      try { await target.ping(); successful += 1 } catch (_) {};
    };
    successful;
  };

  /// n calls at once. Those that find no slot are not sent at all.
  public func parallel_calls(n : Nat64) : async Nat64 {
    let target = callee<system>();
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
