// Fixed: takes off what is withdrawn before it awaits the ledger, and gives it back if the ledger refuses.
import Error "mo:core/Error";
import Principal "mo:core/Principal";

persistent actor class FixedVault(
  ledger : actor {
    icrc1_transfer : {
      from_subaccount : ?Blob;
      to : { owner : Principal; subaccount : ?Blob };
      amount : Nat;
      fee : ?Nat;
      memo : ?Blob;
      created_at_time : ?Nat64;
    } -> async { #Ok : Nat; #Err : { #InsufficientFunds : { balance : Nat }; #BadFee : { expected_fee : Nat }; #TemporarilyUnavailable } };
  },
  owner : Principal,
  initial : Nat,
) {
  var credit = initial;

  public query func get() : async Nat { credit };

  public shared ({ caller }) func withdraw(amount : Nat) : async () {
    if (not Principal.equal(caller, owner)) { throw Error.reject("this is somebody else's") };
    let fee = 1;
    if (credit < amount + fee) { throw Error.reject("insufficient credit") };
    credit -= amount + fee;
    let result = try {
      await ledger.icrc1_transfer({
        from_subaccount = null;
        to = { owner; subaccount = null };
        amount;
        fee = ?fee;
        memo = null;
        created_at_time = null;
      });
    } catch (e) {
      credit += amount + fee;
      throw e;
    };
    switch (result) {
      case (#Ok _) {};
      case (#Err _) {
        credit += amount + fee;
        throw Error.reject("the ledger refuses");
      };
    };
  };
};
