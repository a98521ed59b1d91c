// Fixed: one withdrawal at a time. The finally releases the guard on every way out, also when the execution after the
// await traps. In C++: GuardedBank in examples/withdraw/bank.h.
import Error "mo:core/Error";

persistent actor class GuardedBank(ledger : actor { pay : Nat -> async () }, initial : Nat) {
  var balance = initial;
  var busy = false;

  public query func get() : async Nat { balance };

  public query func is_busy() : async Bool { busy };

  public func withdraw(amount : Nat) : async () {
    if (busy) { throw Error.reject("busy") };
    busy := true;
    try {
      let before = balance;
      if (before < amount) { throw Error.reject("insufficient funds") };
      await ledger.pay(amount);
      balance := before - amount;
    } finally { busy := false };
  };
};
