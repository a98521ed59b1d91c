// Counter with the array that the question had: a million numbers, and a loop over them that does nothing.
import Array "mo:core/Array";

persistent actor Counter {
  var counter = 0;

  public query func get() : async Nat { counter };

  public func set1() : async () {
    let a = Array.tabulate<Nat>(1_000_000, func(i) { i + 1 });
    label l for (_ in a.values()) { continue l };
    counter := 1;
  };

  public func set2() : async () { counter := 2 };
};
