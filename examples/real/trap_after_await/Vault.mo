// Buggy: a refund holds a guard and debits the ledger, and then the execution after the await traps: a charge that was
// made meanwhile has left less in the account than is to be deducted. What the execution did is undone, but the guard was
// committed at the await and the ledger has paid: no refund is possible any more, and the books disagree.
import Error "mo:core/Error";

persistent actor class Vault(ledger : actor { pay : Nat -> async () }, initial : Nat) {
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
    try { await ledger.pay(amount) } catch (e) {
      busy := false;
      throw e;
    };
    balance -= amount;
    busy := false;
  };
};
