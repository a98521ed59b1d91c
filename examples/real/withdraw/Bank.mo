// Buggy: what was read before the await is written back after it, whatever has happened meanwhile. In C++: Bank in
// examples/withdraw/bank.h.
import Error "mo:core/Error";

persistent actor class Bank(ledger : actor { pay : Nat -> async () }, initial : Nat) {
  var balance = initial;

  public query func get() : async Nat { balance };

  public func withdraw(amount : Nat) : async () {
    let before = balance;
    if (before < amount) { throw Error.reject("insufficient funds") };
    await ledger.pay(amount);
    balance := before - amount;
  };
};
