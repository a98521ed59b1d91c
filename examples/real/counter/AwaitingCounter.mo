// Buggy: set1 awaits before it writes. At the await the execution ends, and a set2 that came later may run as a whole
// before set1 goes on. In C++: AwaitingCounter in examples/counter/counter.h.
persistent actor class AwaitingCounter(journal : actor { note : () -> async () }) {
  var counter = 0;

  public query func get() : async Nat { counter };

  public func set1() : async () {
    await journal.note();
    counter := 1;
  };

  public func set2() : async () { counter := 2 };
};
