// Fixed: deducts in the execution that looked, and gives back what was not paid. In C++: DeductingBank in
// examples/withdraw/bank.h.
import Error "mo:core/Error";

persistent actor class DeductingBank(ledger : actor { pay : Nat -> async () }, initial : Nat) {
  var balance = initial;

  public query func get() : async Nat { balance };

  public func withdraw(amount : Nat) : async () {
    if (balance < amount) { throw Error.reject("insufficient funds") };
    balance -= amount;
    try { await ledger.pay(amount) } catch (e) {
      balance += amount;
      throw e;
    };
  };
};
