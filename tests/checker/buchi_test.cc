// The automaton of a formula accepts exactly the runs of which the formula is true.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/internal/buchi.h>
#include <heddle/checker/random.h>
#include <heddle/model/trap.h>
#include <heddle/properties/formula.h>

namespace heddle {
namespace {

using internal::BuchiAutomaton;

/// States as sets of predicates; those from `repeats_from` on repeat for ever.
struct Lasso {
  std::vector<BuchiAutomaton::Label> states;
  std::size_t repeats_from = 0;

  [[nodiscard]] std::size_t after(std::size_t at) const {
    return at + 1 < states.size() ? at + 1 : repeats_from;
  }
};

/// Whether the automaton reads the run and meets each mark again and again. By what is reachable
/// from what, with no regard to time.
bool accepts(const BuchiAutomaton& automaton, const Lasso& run) {
  const std::size_t places = run.states.size() * automaton.size();
  const auto place = [&](std::size_t at, std::uint32_t state) {
    return at * automaton.size() + state;
  };

  struct Edge {
    std::size_t from, to;
    BuchiAutomaton::Marks marks;
  };

  std::vector<Edge> edges;
  std::vector<std::vector<bool>> reaches(places, std::vector<bool>(places));
  for (std::size_t at = 0; at < run.states.size(); ++at) {
    for (std::uint32_t state = 0; state < automaton.size(); ++state) {
      for (const auto& transition : automaton.from(state)) {
        if (transition.reads(run.states[at])) {
          edges.push_back(
              {place(at, state), place(run.after(at), transition.to), transition.marks});
          reaches[edges.back().from][edges.back().to] = true;
        }
      }
    }
  }
  for (std::size_t k = 0; k < places; ++k) {
    for (std::size_t i = 0; i < places; ++i) {
      for (std::size_t j = 0; reaches[i][k] && j < places; ++j) {
        reaches[i][j] = reaches[i][j] || reaches[k][j];
      }
    }
  }
  // A cycle through `around` can take in every edge between places that it and they reach.
  for (std::size_t around = 0; around < places; ++around) {
    if (!reaches[around][around] || (around != 0 && !reaches[0][around])) {
      continue;
    }
    BuchiAutomaton::Marks met = 0;
    for (const Edge& edge : edges) {
      const bool from = edge.from == around || reaches[around][edge.from];
      const bool back = edge.to == around || reaches[edge.to][around];
      met |= from && back ? edge.marks : 0;
    }
    if (met == automaton.marks()) {
      return true;
    }
  }
  return false;
}

class Generated {
 public:
  explicit Generated(std::uint64_t seed) : random_(seed, 0) {}

  Formula formula(unsigned depth) {
    const std::uint64_t kind = depth == 0 ? 0 : random_.below(11);
    const auto part = [&] { return formula(depth - 1); };
    switch (kind) {
      case 2:
        return !part();
      case 3:
        return part() && part();
      case 4:
        return part() || part();
      case 5:
        return next(part());
      case 6:
        return until(part(), part());
      case 7:
        return always(part());
      case 8:
        return eventually(part());
      case 9:
        return leads_to(part(), part());
      case 10:
        return !until(part(), part());
      default:
        return predicates_[random_.below(predicates_.size())];
    }
  }

  Lasso run() {
    Lasso run;
    const std::size_t size = 1 + random_.below(5);
    for (std::size_t at = 0; at < size; ++at) {
      run.states.push_back(random_.below(1U << predicates_.size()));
    }
    run.repeats_from = random_.below(size);
    return run;
  }

  /// Which of our predicates stand at which place in the formula.
  [[nodiscard]] Lasso seen_by(const Formula& formula, const Lasso& run) const {
    Lasso seen = run;
    const auto used = predicates_in(formula);
    for (std::size_t at = 0; at < run.states.size(); ++at) {
      seen.states[at] = 0;
      for (std::size_t i = 0; i < used.size(); ++i) {
        for (std::size_t ours = 0; ours < predicates_.size(); ++ours) {
          if (&*predicates_[ours] == used[i]) {
            seen.states[at] |= (run.states[at] >> ours & 1U) << i;
          }
        }
      }
    }
    return seen;
  }

 private:
  Random random_;
  std::vector<Formula> predicates_{holds("p", {}), holds("q", {}), holds("r", {})};
};

TEST(BuchiAutomaton, AcceptsTheRunsOfWhichItsFormulaIsTrue) {
  constexpr std::uint64_t kSeed = 20260101;
  constexpr int kFormulas = 1500;
  constexpr int kRuns = 20;
  Generated generated(kSeed);
  std::size_t accepted = 0;
  std::size_t states = 0;
  for (int i = 0; i < kFormulas; ++i) {
    const Formula formula = generated.formula(1 + static_cast<unsigned>(i % 3));
    const BuchiAutomaton automaton(formula);
    const BuchiAutomaton negated(formula, true);
    if (automaton.size() > 40 || negated.size() > 40) {
      continue;  // what is reachable from what would take long
    }
    states += automaton.size();
    for (int j = 0; j < kRuns; ++j) {
      const Lasso run = generated.seen_by(formula, generated.run());
      const bool is_true = is_true_of(
          formula, run.states.size(), run.repeats_from,
          [&](std::size_t p, std::size_t at) { return (run.states[at] >> p & 1U) != 0; });
      ASSERT_EQ(accepts(automaton, run), is_true) << to_string(formula);
      ASSERT_EQ(accepts(negated, run), !is_true) << "not " << to_string(formula);
      accepted += is_true ? 1 : 0;
    }
  }
  // Neither always yes nor always no, and not only of one state.
  EXPECT_GT(accepted, kFormulas * kRuns / 5);
  EXPECT_LT(accepted, kFormulas * kRuns * 4 / 5);
  EXPECT_GT(states, 2 * kFormulas);
}

TEST(BuchiAutomaton, OfTheUsualClaimsIsSmall) {
  const Formula p = holds("p", {});
  const Formula q = holds("q", {});
  EXPECT_EQ(BuchiAutomaton(eventually(p), true).size(), 1U);
  EXPECT_EQ(BuchiAutomaton(leads_to(p, q), true).size(), 2U);
  EXPECT_EQ(BuchiAutomaton(always(eventually(p)), true).size(), 2U);
}

TEST(BuchiAutomaton, AFormulaWithoutEndIsRefused) {
  Formula large = holds("p", {});
  for (int i = 0; i < 70; ++i) {
    large = large && holds("p", {});
  }
  EXPECT_THROW(BuchiAutomaton{large}, Misuse);
}

}  // namespace
}  // namespace heddle
