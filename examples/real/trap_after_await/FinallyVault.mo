// Half fixed: Vault, with the guard released in a finally, which runs in the cleanup of the trap, too. The ledger has paid
// all the same, and the books disagree.
import Error "mo:core/Error";

persistent actor class FinallyVault(ledger : actor { pay : Nat -> async () }, initial : Nat) {
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
    try {
      await ledger.pay(amount);
      balance -= amount;
    } finally { busy := false };
  };
};
