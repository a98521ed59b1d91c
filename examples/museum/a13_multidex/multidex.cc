#include <vector>

#include "admission.h"
#include "cursor.h"
#include "seal.h"
#include "spawn.h"

namespace museum_a13_multidex {
namespace {

HEDDLE_SCENARIO(museum_a13_multidex, buggy_cursor, "#26.5: two steps replay one event") {
  auto archive = s.install<EventArchive>("archive", std::vector<Nat>{5, 7});
  auto replay = s.install<Replay>("replay", archive);
  s.user("alice").calls(replay, &Replay::step);
  s.user("bob").calls(replay, &Replay::step);
  s.atomic(replay, &Replay::cursor);
  s.expect(violated("atomic(replay.cursor)"));
}

HEDDLE_SCENARIO(museum_a13_multidex, fixed_cursor, "one step at a time") {
  auto archive = s.install<EventArchive>("archive", std::vector<Nat>{5, 7});
  auto replay = s.install<SingleFlightReplay>("replay", archive);
  s.user("alice").calls(replay, &SingleFlightReplay::step);
  s.user("bob").calls(replay, &SingleFlightReplay::step);
  s.atomic(replay, &SingleFlightReplay::cursor);
  s.always("each event is replayed once", [=](const State& now) {
    const Nat volume = now[replay].volume;
    const Nat cursor = now[replay].cursor;
    return volume == (cursor == 0 ? 0 : cursor == 1 ? 5 : 12);
  });
  s.finally("it goes on", [=](const State& end) { return !end[replay].stepping; });
}

HEDDLE_SCENARIO(museum_a13_multidex, buggy_spawn, "#26.4: an archive that nobody knows") {
  auto factory = s.install<Factory>("factory");
  auto dex = s.install<Spawner>("dex", factory);
  s.user("alice").calls(dex, &Spawner::spawn);
  s.user("bob").calls(dex, &Spawner::spawn);
  s.always("an archive is known, or being asked for", [=](const State& now) {
    return now[factory].created == (now[dex].archive.has_value() ? 1 : 0) ||
           !now.open_contexts(dex).empty();
  });
  s.expect(violated("an archive is known, or being asked for"));
}

// At most one reject and one trap after an await: the third call meets neither.

HEDDLE_SCENARIO(museum_a13_multidex, fixed_spawn, "asked for by name, it is found again") {
  auto factory = s.install<NamingFactory>("factory");
  auto dex = s.install<NamingSpawner>("dex", factory);
  auto alice = s.user("alice");
  alice.then();
  alice.calls(dex, &NamingSpawner::spawn);
  alice.calls(dex, &NamingSpawner::spawn);
  alice.calls(dex, &NamingSpawner::spawn);
  s.user("bob").calls(dex, &NamingSpawner::spawn);
  s.always("there is one archive", [=](const State& now) { return now[factory].created <= 1; });
  s.finally("it is known", [=](const State& end) { return end[dex].archive.has_value(); });
}

HEDDLE_SCENARIO(museum_a13_multidex, buggy_admission, "#27.2: a lost answer is charged twice") {
  auto exchange = s.install<Exchange>("exchange");
  auto bridge = s.install<Bridge>("bridge", exchange, Nat{10});
  s.user("alice").calls(bridge, &Bridge::admit);
  s.user("bob").calls(bridge, &Bridge::admit);
  s.always("charged is what was deposited",
           [=](const State& now) { return now[exchange].charged <= now[bridge].deposited; });
  s.expect(violated("charged is what was deposited"));
}

HEDDLE_SCENARIO(museum_a13_multidex, fixed_admission, "a total can be said twice") {
  auto exchange = s.install<TotallingExchange>("exchange");
  auto bridge = s.install<TotallingBridge>("bridge", exchange, Nat{10});
  s.user("alice").calls(bridge, &TotallingBridge::admit);
  s.user("bob").calls(bridge, &TotallingBridge::admit);
  s.always("charged is what was deposited",
           [=](const State& now) { return now[exchange].charged <= now[bridge].deposited; });
  s.finally("what was admitted was charged",
            [=](const State& end) { return end[bridge].admitted <= end[exchange].charged; });
}

HEDDLE_SCENARIO(museum_a13_multidex, buggy_seal, "#54: a trade between the gates and the seal") {
  auto bridge = s.install<SeasonBridge>("bridge");
  auto dex = s.install<Season>("dex", bridge);
  s.user("alice").calls(dex, &Season::seal);
  s.user("bob").calls(dex, &Season::trade);
  s.atomic(dex, &Season::unshipped);
  s.expect(violated("atomic(dex.unshipped)"));
}

HEDDLE_SCENARIO(museum_a13_multidex, fixed_seal, "a latch keeps trades out") {
  auto bridge = s.install<SeasonBridge>("bridge");
  auto dex = s.install<LatchedSeason>("dex", bridge);
  s.user("alice").calls(dex, &LatchedSeason::seal);
  auto trade = s.user("bob").calls(dex, &LatchedSeason::trade);
  s.atomic(dex, &LatchedSeason::unshipped);
  s.finally("no trade is lost", [=](const State& end) {
    const bool traded = end.result(trade)->replied();
    return !traded || end[dex].unshipped == 1 || end[dex].season == 1;
  });
  s.finally("the latch is open again", [=](const State& end) { return !end[dex].sealing; });
}

}  // namespace
}  // namespace museum_a13_multidex
