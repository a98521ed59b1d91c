// Three calls to three canisters and an array of the three results: does it run in parallel? In C++: Gatherer in
// examples/array_awaits/gatherer.h.
import List "mo:core/List";

persistent actor class Gatherer(c1 : actor { f : () -> async Nat }, c2 : actor { f : () -> async Nat },
  c3 : actor { f : () -> async Nat }) {

  /// No: array expressions are evaluated from left to right, and each call is made after the answer to the one before.
  public func awaits_in_array() : async [Nat] {
    [await c1.f(), await c2.f(), await c3.f()];
  };

  /// Yes: all calls are made before the first await.
  public func calls_first() : async [Nat] {
    let r1 = c1.f();
    let r2 = c2.f();
    let r3 = c3.f();
    [await r1, await r2, await r3];
  };

  /// The same with await?, which does not end the execution when the future is complete.
  public func calls_first_now() : async [Nat] {
    let r1 = c1.f();
    let r2 = c2.f();
    let r3 = c3.f();
    [await? r1, await? r2, await? r3];
  };

  /// A loop that adds the futures to a list, and one that awaits them.
  public func growing_buffer() : async [Nat] {
    let futures = List.empty<async Nat>();
    for (c in [c1, c2, c3].values()) { List.add(futures, c.f()) };
    let results = List.empty<Nat>();
    for (future in List.values(futures)) { List.add(results, await future) };
    List.toArray(results);
  };
};
