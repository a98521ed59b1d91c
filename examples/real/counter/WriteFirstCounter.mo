// Fixed: write first, await afterwards. In C++: WriteFirstCounter in examples/counter/counter.h.
persistent actor class WriteFirstCounter(journal : actor { note : () -> async () }) {
  var counter = 0;

  public query func get() : async Nat { counter };

  public func set1() : async () {
    counter := 1;
    await journal.note();
  };

  public func set2() : async () { counter := 2 };
};
