// c1, c2 or c3: answers with its number, or rejects if it is out of order. In C++: Service in
// examples/array_awaits/gatherer.h.
import Error "mo:core/Error";

persistent actor class Service(number : Nat, out_of_order : Bool) {
  var count = 0;

  public query func served() : async Nat { count };

  public func f() : async Nat {
    count += 1;
    if (out_of_order) { throw Error.reject("out of order") };
    number;
  };
};
