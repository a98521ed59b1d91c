#include "bench/models/models.h"

#include <utility>

#include <fmt/format.h>

#include "bench/models/fan.h"
#include "bench/models/swap.h"
#include "bench/models/withdraw.h"

namespace bench {

using namespace heddle;

namespace {

/// Where one ledger's tokens are; the sum is what it had at first.
template <class S>
Nat tokens(const State& now, Ref<S> swap, Ref<Ledger> ledger, const Nat& held) {
  Nat sum = now[ledger].balance + held;
  for (const Outcome<Nat>& left : now.replies(swap, ledger, &Ledger::take)) {
    if (left) {
      sum += left.value();
    }
  }
  return sum + Nat(now.requests(swap, ledger, &Ledger::give).size());
}

template <class S>
Ref<S> swaps(Scenario& s, TokenSwaps model, Ref<Ledger> first, Ref<Ledger> second) {
  auto swap = s.install<S>("swap", first, second);
  for (int i = 0; i < model.users; ++i) {
    s.user(fmt::format("user{}", i)).calls(swap, &S::swap);
  }
  return swap;
}

}  // namespace

void describe(Scenario& s, TokenSwaps model, Checked checked) {
  auto first = s.install<Ledger>("first", Nat(model.first));
  auto second = s.install<Ledger>("second", Nat(model.second));
  s.profile(happy);
  s.keep_results();
  if (checked == Checked::kNothing) {
    swaps<Swap>(s, model, first, second);
    return;
  }
  auto swap = swaps<BookkeepingSwap>(s, model, first, second);
  s.always("every token of the first ledger is somewhere", [=](const State& now) {
    return tokens(now, swap, first, now[swap].held_of_first) == model.first;
  });
  s.always("every token of the second ledger is somewhere", [=](const State& now) {
    return tokens(now, swap, second, now[swap].held_of_second) == model.second;
  });
}

void describe(Scenario& s, Withdrawals model, Requests requests, Checked checked) {
  auto vault = s.install<Vault>("vault", Nat(model.balance));
  auto bank = s.install<Bank>("bank", vault, Nat(model.balance));
  for (int i = 0; i < model.users; ++i) {
    auto user = s.user(fmt::format("user{}", i));
    for (int w = 0; w < model.withdrawals; ++w) {
      user.calls(bank, &Bank::withdraw, Nat(i + 1));
    }
    user.then();
  }
  s.profile(happy);
  if (requests == Requests::kOvertaking) {
    s.weaken("G1");
  }
  if (checked != Checked::kNothing) {
    s.always("the book covers the vault",
             [=](const State& now) { return now[bank].balance >= now[vault].balance; });
  }
  if (checked == Checked::kInvariantsAndBug) {
    s.finally("the book is right in the end",
              [=](const State& end) { return end[bank].balance == end[vault].balance; });
  }
}

void describe(Scenario& s, CallsAtOnce model, Checked checked) {
  auto server = s.install<Server>("server");
  auto fan = s.install<Fan>("fan", server);
  for (int i = 0; i < model.users; ++i) {
    s.user(fmt::format("user{}", i)).calls(fan, &Fan::serve_all, Nat(model.calls));
  }
  s.limit(fan, server, model.limit);
  s.profile(happy);
  s.keep_results();
  if (checked == Checked::kInvariants) {
    s.in_flight_at_most(fan, server, model.limit);
    s.always("no call is served twice",
             [=](const State& now) { return now[server].served <= model.users * model.calls; });
  }
}

void describe(Scenario& s, Joined model) {
  auto callee = s.install<Callee>("callee");
  const Nat calls(model.calls);
  if (model.awaiting == Awaiting::kJoinAll) {
    auto caller = s.install<RustCaller>("caller", callee);
    s.user("alice").calls(caller, &RustCaller::join_calls, calls);
  } else {
    auto caller = s.install<MotokoCaller>("caller", callee);
    s.user("alice").calls(caller,
                          model.awaiting == Awaiting::kEach      ? &MotokoCaller::await_each
                          : model.awaiting == Awaiting::kEachNow ? &MotokoCaller::await_now_each
                                                                 : &MotokoCaller::in_sequence,
                          calls);
  }
  s.profile(happy);
}

}  // namespace bench
