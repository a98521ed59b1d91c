// Fixed: draw looks again after the await, and the first draw that was answered has named the winner.
import Error "mo:core/Error";
import Nat8 "mo:core/Nat8";

persistent actor Raffle {
  transient let management : actor { raw_rand : () -> async Blob } = actor "aaaaa-aa";

  var players = 0;
  var drawn : ?Nat = null;
  var named = 0;

  public query func winner() : async ?Nat { drawn };

  /// How often a winner was named.
  public query func winners_named() : async Nat { named };

  /// Returns the player's number.
  public func join() : async Nat {
    players += 1;
    players;
  };

  /// Returns the winner's number.
  public func draw() : async Nat {
    if (players == 0) { throw Error.reject("nobody has joined") };
    let random = if (drawn == null) { await management.raw_rand() } else { "" : Blob };
    switch (drawn) {
      case (?number) { number };
      case null {
        let number = Nat8.toNat(random[0]) % players + 1;
        drawn := ?number;
        named += 1;
        number;
      };
    };
  };
};
