// Justice: to whom a part of a run that repeats for ever does no justice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <heddle/checker/internal/state_graph.h>

namespace heddle::internal {

class Justice {
 public:
  using Party = StateGraph::PartyNumber;

  Justice(const StateGraph& graph, Strength strength)
      : graph_(graph), strength_(strength), accounts_(graph.parties() + 1) {}

  /// Of another part, in which nothing was passed yet.
  void begin() {
    for (const Party party : touched_) {
      accounts_[party] = {};
    }
    touched_.clear();
    passed_ = 0;
  }

  /// The part passes this state.
  void pass(StateGraph::Number state) {
    ++passed_;
    for (const StateGraph::Edge& edge : graph_.from(state)) {
      const StateGraph::Act& act = graph_.act(edge.act);
      if (act.is_owed) {
        Account& account = of(act.party);
        account.owed += account.passed != passed_ ? 1 : 0;
        account.passed = passed_;
      }
    }
  }

  /// The part stays in a state in which the run has ended: nothing is owed there.
  void pass_end() { ++passed_; }

  /// The part does this.
  void take(std::uint32_t act) { of(graph_.act(act).party).is_done = true; }

  /// Those for whom nothing is done, and who are owed something everywhere, or with strong fairness
  /// anywhere.
  [[nodiscard]] std::vector<Party> wronged() const {
    std::vector<Party> wronged;
    for (const Party party : touched_) {
      const Account& account = accounts_[party];
      const bool is_owed =
          strength_ == Strength::kStrong ? account.owed != 0 : account.owed == passed_;
      if (party != 0 && is_owed && !account.is_done) {
        wronged.push_back(party);
      }
    }
    return wronged;
  }

 private:
  struct Account {
    std::size_t owed = 0;    ///< in so many of the states passed
    std::size_t passed = 0;  ///< the last of them
    bool is_touched = false;
    bool is_done = false;
  };

  Account& of(Party party) {
    Account& account = accounts_[party];
    if (!account.is_touched) {
      account.is_touched = true;
      touched_.push_back(party);
    }
    return account;
  }

  const StateGraph& graph_;
  Strength strength_;
  std::vector<Account> accounts_;
  std::vector<Party> touched_;
  std::size_t passed_ = 0;
};

}  // namespace heddle::internal
