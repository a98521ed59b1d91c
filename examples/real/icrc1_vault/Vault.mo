// Buggy: looks at what its owner may withdraw, awaits the ledger, and takes it off afterwards. Two withdrawals that overlap
// pay out what belongs to others.
import Error "mo:core/Error";
import Principal "mo:core/Principal";

persistent actor class Vault(
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
    let result = await ledger.icrc1_transfer({
      from_subaccount = null;
      to = { owner; subaccount = null };
      amount;
      fee = ?fee;
      memo = null;
      created_at_time = null;
    });
    switch (result) {
      case (#Ok _) { credit := if (credit < amount + fee) { 0 } else { credit - amount - fee } };
      case (#Err _) { throw Error.reject("the ledger refuses") };
    };
  };
};
