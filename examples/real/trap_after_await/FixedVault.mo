// Fixed: Vault, but what is to be refunded is deducted before the await and given back when it was not paid, and the guard
// is released in a finally.
import Error "mo:core/Error";

persistent actor class FixedVault(ledger : actor { pay : Nat -> async () }, initial : Nat) {
  var balance = initial; // what may still be refunded
  var charged = 0; // what was charged; it stays at the ledger
  var busy = false;

  public query func account() : async Nat { balance };

  public query func charges() : async Nat { charged };

  public query func is_busy() : async Bool { busy };

  public func charge(amount : Nat) : async () {
    if (balance < amount) { throw Error.reject("insufficient funds") };
    balance -= amount;
    charged += amount;
  };

  public func refund(amount : Nat) : async () {
    if (busy) { throw Error.reject("busy") };
    if (balance < amount) { throw Error.reject("insufficient funds") };
    busy := true;
    balance -= amount;
    try { await ledger.pay(amount) } catch (e) {
      balance += amount;
      throw e;
    } finally { busy := false };
  };
};
