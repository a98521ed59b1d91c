// #26.5: a replay reads its cursor, awaits the event at it, and advances it then.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <heddle/heddle.h>

namespace museum_a13_multidex {

using namespace heddle;

/// The events that are replayed: what each trade was worth.
class EventArchive : public Canister {
 public:
  explicit EventArchive(std::vector<Nat> events) : events(std::move(events)) {}

  Query<Nat> event_at(Nat place) { co_return events.at(static_cast<std::size_t>(place)); }

  const std::vector<Nat> events;
  HEDDLE_CANISTER(EventArchive, event_at)
};

/// Buggy: two steps replay one event.
class Replay : public Canister {
 public:
  explicit Replay(Ref<EventArchive> archive) : archive(archive) {}

  Update<> step() {
    const Nat at = cursor;
    const Nat worth = co_await call(archive, &EventArchive::event_at, at);
    volume += worth;
    cursor = at + 1;
  }

  const Ref<EventArchive> archive;
  Var<Nat> cursor{this, "cursor", 0};
  Var<Nat> volume{this, "volume", 0};
  HEDDLE_CANISTER(Replay, step)
};

/// Fixed: one step at a time.
class SingleFlightReplay : public Canister {
 public:
  explicit SingleFlightReplay(Ref<EventArchive> archive) : archive(archive) {}

  Update<> step() {
    if (stepping) {
      throw Reject("a step is under way");
    }
    stepping = true;
    const auto done = finally([this] { stepping = false; });
    const Nat at = cursor;
    const Nat worth = co_await call(archive, &EventArchive::event_at, at);
    volume += worth;
    cursor = at + 1;
  }

  const Ref<EventArchive> archive;
  Var<bool> stepping{this, "stepping", false};
  Var<Nat> cursor{this, "cursor", 0};
  Var<Nat> volume{this, "volume", 0};
  HEDDLE_CANISTER(SingleFlightReplay, step)
};

}  // namespace museum_a13_multidex
