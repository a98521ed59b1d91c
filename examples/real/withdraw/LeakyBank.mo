// Buggy: releases its guard on every way out that one can see in the code. A trap in the execution after the await is
// none of them. In C++: LeakyBank in examples/withdraw/bank.h.
import Error "mo:core/Error";

persistent actor class LeakyBank(ledger : actor { pay : Nat -> async () }, initial : Nat) {
  var balance = initial;
  var busy = false;

  public query func get() : async Nat { balance };

  public query func is_busy() : async Bool { busy };

  public func withdraw(amount : Nat) : async () {
    if (busy) { throw Error.reject("busy") };
    let before = balance;
    if (before < amount) { throw Error.reject("insufficient funds") };
    busy := true;
    try { await ledger.pay(amount) } catch (e) {
      busy := false;
      throw e;
    };
    busy := false;
    balance := before - amount;
  };
};
