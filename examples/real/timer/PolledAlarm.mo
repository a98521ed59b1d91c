// Polling instead of a promise: start gives out a ticket, and its owner asks until a timer has answered it. In C++:
// PolledAlarm in examples/array_awaits/alarms.h.
import Map "mo:core/Map";
import Nat "mo:core/Nat";
import Timer "mo:core/Timer";

persistent actor PolledAlarm {
  var tickets = 0;
  let answers = Map.empty<Nat, Nat>();

  public func start() : async Nat {
    tickets += 1;
    ignore Timer.setTimer<system>(#seconds 10, ring);
    tickets;
  };

  public query func poll(ticket : Nat) : async ?Nat { Map.get(answers, Nat.compare, ticket) };

  func ring() : async () {
    for (ticket in Nat.rangeInclusive(1, tickets)) { Map.add(answers, Nat.compare, ticket, 123) };
  };
};
