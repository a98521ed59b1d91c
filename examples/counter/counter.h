// A number that one call sets to 1 and another to 2: who is last?
//
// counter.mo is the same in Motoko. `Counter` is the actor as it was asked about; the others put an
// await, a repair or a trap into its `set1`.
#pragma once

#include <heddle/heddle.h>

namespace counter {

using namespace heddle;

/// The actor. Neither update awaits anything, so each is one message execution: whatever `set1`
/// loops over, nothing runs in between.
class Counter : public Canister {
 public:
  Query<Nat> get() { co_return counter; }

  Update<> set1() {
    for (Nat i = 0; i < 1'000'000; ++i) {
    }
    counter = 1;
    co_return;
  }

  Update<> set2() {
    counter = 2;
    co_return;
  }

  Var<Nat> counter{this, "counter", 0};
  HEDDLE_CANISTER(Counter, get, set1, set2)
};

/// What the other counters call before they are done: anything that answers.
class Journal : public Canister {
 public:
  Update<> note() { co_return; }

  HEDDLE_CANISTER(Journal, note)
};

/// Buggy: `set1` awaits before it writes. At the await the execution ends, and a `set2` that came
/// later may run as a whole before `set1` goes on.
class AwaitingCounter : public Canister {
 public:
  explicit AwaitingCounter(Ref<Journal> journal) : journal(journal) {}

  Query<Nat> get() { co_return counter; }

  Update<> set1() {
    co_await call(journal, &Journal::note);
    counter = 1;
  }

  Update<> set2() {
    counter = 2;
    co_return;
  }

  const Ref<Journal> journal;
  Var<Nat> counter{this, "counter", 0};
  HEDDLE_CANISTER(AwaitingCounter, get, set1, set2)
};

/// Fixed: write first, await afterwards.
class WriteFirstCounter : public Canister {
 public:
  explicit WriteFirstCounter(Ref<Journal> journal) : journal(journal) {}

  Query<Nat> get() { co_return counter; }

  Update<> set1() {
    counter = 1;
    co_await call(journal, &Journal::note);
  }

  Update<> set2() {
    counter = 2;
    co_return;
  }

  const Ref<Journal> journal;
  Var<Nat> counter{this, "counter", 0};
  HEDDLE_CANISTER(WriteFirstCounter, get, set1, set2)
};

/// Fixed where the await has to come first: each call takes a ticket when it starts, and a call
/// that was overtaken while it waited leaves the counter alone.
class TicketCounter : public Canister {
 public:
  explicit TicketCounter(Ref<Journal> journal) : journal(journal) {}

  Query<Nat> get() { co_return counter; }

  Update<> set1() {
    const Nat ticket = take_ticket();
    co_await call(journal, &Journal::note);
    set(ticket, 1);
  }

  Update<> set2() {
    const Nat ticket = take_ticket();
    set(ticket, 2);
    co_return;
  }

  const Ref<Journal> journal;
  Var<Nat> tickets{this, "tickets", 0};  ///< given out so far
  Var<Nat> written{this, "written", 0};  ///< the ticket of the call that wrote last
  Var<Nat> counter{this, "counter", 0};
  HEDDLE_CANISTER(TicketCounter, get, set1, set2)

 private:
  Nat take_ticket() {
    ++tickets;
    return tickets;
  }

  void set(const Nat& ticket, const Nat& value) {
    if (written < ticket) {
      counter = value;
      written = ticket;
    }
  }
};

/// The loop of `set1` is too long: the execution runs out of instructions after it has written, and
/// all that it did is undone.
class TrappingCounter : public Canister {
 public:
  Query<Nat> get() { co_return counter; }

  Update<> set1() {
    counter = 1;
    trap("instruction limit exceeded");
    co_return;
  }

  Update<> set2() {
    counter = 2;
    co_return;
  }

  Var<Nat> counter{this, "counter", 0};
  HEDDLE_CANISTER(TrappingCounter, get, set1, set2)
};

}  // namespace counter
