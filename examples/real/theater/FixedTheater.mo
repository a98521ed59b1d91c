// Sells the seats of a theater that has one.
persistent actor Theater {
  let seats = 1;
  var tickets = 0;

  public query func sold() : async Nat { tickets };

  public func buy() : async Bool {
    if (tickets == seats) { return false };
    tickets += 1;
    try { await pay() } catch (_) {
      tickets -= 1;
      return false;
    };
    true;
  };

  // Stands for a call to whoever takes the money.
  func pay() : async () {};
};
