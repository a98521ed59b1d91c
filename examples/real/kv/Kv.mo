// A store with an account in it: withdraw reads, awaits a call to itself, and writes. How many states, transitions and
// final states k concurrent withdrawals have is known, so this is the canister that is counted.
import List "mo:core/List";
import Map "mo:core/Map";
import Nat "mo:core/Nat";

persistent actor Kv {
  let entries = Map.empty<Nat, Nat>();
  let stack = List.empty<Nat>();
  var balance = 1_000;

  public query func get(key : Nat) : async ?Nat { Map.get(entries, Nat.compare, key) };

  public query func account() : async Nat { balance };

  public func put(key : Nat, value : Nat) : async () { Map.add(entries, Nat.compare, key, value) };

  public func delete(key : Nat) : async () { Map.remove(entries, Nat.compare, key) };

  public func push(value : Nat) : async () { List.add(stack, value) };

  public func pop() : async ?Nat { List.removeLast(stack) };

  public func ping() : async () {};

  public func withdraw(amount : Nat) : async Nat {
    let before = balance;
    if (before < amount) { return 0 };
    await Kv.ping();
    balance := before - amount;
    balance;
  };
};
