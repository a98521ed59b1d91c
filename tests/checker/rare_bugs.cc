#include "checker/rare_bugs.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include <heddle/checker/random.h>
#include <heddle/model/value.h>

namespace heddle::testing {

namespace {

/// By context and piece: where in the order it is marked, from 1.
using Marks = std::map<std::pair<unsigned, unsigned>, unsigned>;

/// Pieces that the longest call has behind its last mark.
constexpr unsigned kTailMax = 3;
/// Pieces that a mark leaves out before it.
constexpr unsigned kGapMax = 2;

/// If the counter is at `mark` - 1, moves it on.
void move_on(View& view, unsigned mark) {
  Tables& tables = view.tables();
  view.modify(
      view.canister(), {0, 0},
      [&](ValueId before) {
        const auto at = from_bytes<std::uint64_t>(tables.values[before]);
        return at + 1 == mark ? tables.values.intern(to_bytes(std::uint64_t{mark})) : before;
      },
      nullptr);
}

}  // namespace

std::string RareBug::name() const {
  return fmt::format("depth {}, {} contexts, seed {}", depth, contexts, seed);
}

std::uint64_t RareBug::events() const {
  std::uint64_t events = 0;
  for (const unsigned count : pieces) {
    events += 2 * count - 1;  // a start, and for each call of the helper its start and its response
  }
  return events;
}

RareBug rare_bug(unsigned depth, unsigned contexts, std::uint64_t seed) {
  Random random(seed, std::uint64_t{depth} << 32U | contexts);
  std::vector<unsigned> next(contexts, 0);  // by context: its first piece that may be marked
  Marks marks;
  unsigned last = contexts;
  for (unsigned mark = 1; mark <= depth; ++mark) {
    auto context = static_cast<unsigned>(random.below(contexts));
    if (context == last) {
      context = (context + 1) % contexts;
    }
    const unsigned piece = next[context] + static_cast<unsigned>(random.below(kGapMax + 1));
    marks[{context, piece}] = mark;
    next[context] = piece + 1;
    last = context;
  }
  RareBug bug;
  bug.depth = depth;
  bug.contexts = contexts;
  bug.seed = seed;
  for (const unsigned least : next) {
    bug.pieces.push_back(std::max(1U, least) + static_cast<unsigned>(random.below(kTailMax + 1)));
  }

  auto target = std::make_shared<Functions>(
      std::vector<std::pair<std::string, std::uint64_t>>{{"counter", 0}});
  target->method("run", [marks, pieces = bug.pieces](View& view) {
    const auto context = static_cast<unsigned>(argument(view));
    for (unsigned piece = 0; piece < pieces[context]; ++piece) {
      if (const auto mark = marks.find({context, piece}); mark != marks.end()) {
        move_on(view, mark->second);
      }
      // Each call has a helper of its own, so that nobody waits in a queue for another.
      if (piece + 1 < pieces[context] && !call(view, static_cast<CanisterId>(1 + context), 0, 0)) {
        return;
      }
    }
    reply(view);
  });
  install(bug.system, "target", target);
  for (unsigned context = 0; context < contexts; ++context) {
    auto helper = std::make_shared<Functions>(std::vector<std::pair<std::string, std::uint64_t>>{});
    helper->method("help", [](View& view) { reply(view); });
    install(bug.system, fmt::format("helper{}", context), helper);
    user(bug.system, fmt::format("user{}", context), {calls(0, 0, context)});
  }
  bug.claims.properties = {
      always("never all in order", [depth](const State& now) { return value(now, 0, 0) < depth; })};
  return bug;
}

std::vector<RareBug> rare_bugs() {
  std::vector<RareBug> bugs;
  for (unsigned depth = 2; depth <= 6; ++depth) {
    for (const unsigned contexts : {2U, 4U, 8U}) {
      bugs.push_back(rare_bug(depth, contexts, 1));
    }
  }
  return bugs;
}

}  // namespace heddle::testing
