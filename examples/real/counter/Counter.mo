// A number that one call sets to 1 and another to 2: who is last? The loop of set1 changes nothing, since an execution is
// atomic however long it is. In C++: Counter in examples/counter/counter.h.
persistent actor Counter {
  var counter = 0;

  public query func get() : async Nat { counter };

  public func set1() : async () {
    var i = 0;
    label l while (i < 1_000_000) {
      i += 1;
      continue l;
    };
    counter := 1;
  };

  public func set2() : async () { counter := 2 };
};
