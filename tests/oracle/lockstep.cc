// Two state spaces side by side. Both name events alike, so an event of one is found in the other
// by its text; and if every pair of states that a schedule leads to enables the same events, and is
// always met as that pair, the two are one graph.
#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "oracle/adapter.h"
#include "oracle/machine.h"

namespace heddle::oracle {

namespace {

constexpr std::size_t kPairsMax = 200'000;

class Lockstep {
 public:
  Lockstep(const System& system, Runner runner)
      : system_(system),
        oracle_(system, {.keep = Keep::kHistory}),
        kernel_(adapt(system, runner)),
        stepper_(kernel_) {}

  std::string first_divergence() {
    meet(oracle_.initial(), kernel_.initial(), 0, "");
    for (std::size_t index = 0; index < std::min(pairs_.size(), kPairsMax) && text_.empty();
         ++index) {
      visit(index);
    }
    return text_;
  }

 private:
  struct Pair {
    State mine;
    StateVector theirs;
    std::size_t parent;
    std::string event;
  };

  std::string schedule_to(std::size_t index) const {
    std::vector<std::string> schedule;
    for (; index != 0; index = pairs_[index].parent) {
      schedule.push_back("  " + pairs_[index].event + "\n");
    }
    return fmt::format("{}", fmt::join(schedule.rbegin(), schedule.rend(), ""));
  }

  void meet(State mine, StateVector theirs, std::size_t parent, const std::string& event) {
    std::string key(reinterpret_cast<const char*>(theirs.leaves().data()),
                    theirs.leaves().size_bytes());
    const auto [mine_at, mine_new] = mine_.try_emplace(oracle_.serialise(mine), pairs_.size());
    const auto [theirs_at, theirs_new] = theirs_.try_emplace(std::move(key), pairs_.size());
    if (mine_new && theirs_new) {
      pairs_.push_back({std::move(mine), std::move(theirs), parent, event});
      return;
    }
    if (mine_at->second != theirs_at->second || mine_new != theirs_new) {
      const std::size_t other = mine_new ? theirs_at->second : mine_at->second;
      text_ = fmt::format("one state of the {} and two of the {}: after\n{}  {}\nand after\n{}",
                          mine_new ? "model" : "oracle", mine_new ? "oracle" : "model",
                          schedule_to(parent), event, schedule_to(other));
    }
  }

  void visit(std::size_t index) {
    const State mine = pairs_[index].mine;
    const StateVector theirs = pairs_[index].theirs;
    std::map<std::string, State> successors;
    bool quiescent = true;
    oracle_.successors(mine, [&](State&& next, const Event& event) {
      quiescent &= !oracle_.is_quiescent_event(event);
      successors.emplace(print(event, system_), std::move(next));
    });
    std::vector<heddle::Event> events;
    stepper_.enabled(theirs, events);
    std::vector<std::string> only_there;
    for (const heddle::Event& event : events) {
      const std::string name = kernel_.to_text(event);
      const auto found = successors.find(name);
      if (found == successors.end()) {
        only_there.push_back(name);
        continue;
      }
      State next = std::move(found->second);
      successors.erase(found);
      meet(std::move(next), stepper_.next(theirs, event), index, name);
      if (!text_.empty()) {
        return;
      }
    }
    if (!only_there.empty() || !successors.empty()) {
      std::vector<std::string> only_here;
      for (const auto& [name, next] : successors) {
        only_here.push_back(name);
      }
      text_ =
          fmt::format("after\n{}the oracle alone enables [{}], the model alone [{}]\n",
                      schedule_to(index), fmt::join(only_here, ", "), fmt::join(only_there, ", "));
      return;
    }
    StateSource source(kernel_, theirs);
    const heddle::State now(source, kernel_, theirs);
    if (oracle_.holds(mine) != holds(now, system_) || quiescent != stepper_.quiescent(theirs) ||
        oracle_.outcome(mine) != outcome(now, system_)) {
      text_ =
          fmt::format("after\n{}the oracle has [{}]{}, the model [{}]{} (variables, results)\n",
                      schedule_to(index), fmt::join(oracle_.outcome(mine), ", "),
                      quiescent ? " and is quiescent" : "", fmt::join(outcome(now, system_), ", "),
                      stepper_.quiescent(theirs) ? " and is quiescent" : "");
    }
  }

  const System& system_;
  Oracle oracle_;
  Kernel kernel_;
  Stepper stepper_;
  std::deque<Pair> pairs_;
  std::unordered_map<std::string, std::size_t> mine_;
  std::unordered_map<std::string, std::size_t> theirs_;
  std::string text_;
};

}  // namespace

std::string first_divergence(const System& system, Runner runner) {
  return Lockstep(system, runner).first_divergence();
}

}  // namespace heddle::oracle
