// Where the money is. In C++: Ledger in examples/withdraw/bank.h.
import Error "mo:core/Error";

persistent actor class Ledger(initial : Nat) {
  var balance = initial;

  public query func get() : async Nat { balance };

  public func pay(amount : Nat) : async () {
    if (balance < amount) { throw Error.reject("insufficient funds") };
    balance -= amount;
  };
};
