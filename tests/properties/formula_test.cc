// Formulas: what they are called, and of which runs they are true.
#include <cstddef>
#include <string>

#include <gtest/gtest.h>

#include <heddle/properties/formula.h>

namespace heddle {
namespace {

const Formula p = holds("p", {});
const Formula q = holds("q", {});

/// A run whose states are those of `word`, in which letters say what holds; from `repeats_from` on
/// it repeats.
bool is_true_of(const Formula& formula, const std::string& word, std::size_t repeats_from) {
  const auto predicates = predicates_in(formula);
  return is_true_of(formula, word.size(), repeats_from, [&](std::size_t predicate, std::size_t at) {
    const char letter = predicates[predicate]->name[0];
    return word[at] == letter || word[at] == 'b';  // b: both
  });
}

TEST(Formula, TextSaysWhatItIsMadeOf) {
  EXPECT_EQ(to_string(always(eventually(p))), "always(eventually(p))");
  EXPECT_EQ(to_string(leads_to(p, q)), "always(!p || eventually(q))");
  EXPECT_EQ(to_string(!(p && q)), "!(p && q)");
  EXPECT_EQ(to_string(until(p, next(!q))), "until(p, next(!q))");
  EXPECT_EQ(to_string(!!p), "p");
}

TEST(Formula, APredicateThatStandsTwiceIsOne) {
  EXPECT_EQ(predicates_in(until(p, q) && !p).size(), 2U);
  EXPECT_EQ(predicates_in(p || holds("p", {})).size(), 2U);
}

TEST(Formula, APredicateIsTrueOfTheFirstState) {
  EXPECT_TRUE(is_true_of(p, "p-", 1));
  EXPECT_FALSE(is_true_of(p, "-p", 1));
}

TEST(Formula, NextIsTrueOfTheSecondStateAndGoesRound) {
  EXPECT_TRUE(is_true_of(next(p), "-p", 1));
  EXPECT_TRUE(is_true_of(next(p), "p", 0));
  EXPECT_TRUE(is_true_of(next(next(p)), "p-", 0));
  EXPECT_FALSE(is_true_of(next(next(p)), "p-", 1));
}

TEST(Formula, EventuallyLooksAtAllThatIsToCome) {
  EXPECT_TRUE(is_true_of(eventually(p), "---p", 3));
  EXPECT_TRUE(is_true_of(eventually(p), "p---", 1));
  EXPECT_FALSE(is_true_of(eventually(p), "----", 2));
  EXPECT_TRUE(is_true_of(always(eventually(p)), "--p-", 2));
  EXPECT_FALSE(is_true_of(always(eventually(p)), "-p--", 2));
}

TEST(Formula, AlwaysEndsWithTheFirstStateWhereItFails) {
  EXPECT_TRUE(is_true_of(always(p), "pppp", 2));
  EXPECT_FALSE(is_true_of(always(p), "ppp-", 0));
  EXPECT_TRUE(is_true_of(eventually(always(p)), "--pp", 2));
  EXPECT_FALSE(is_true_of(eventually(always(p)), "--pp", 1));
}

TEST(Formula, UntilNeedsItsEnd) {
  EXPECT_TRUE(is_true_of(until(p, q), "ppq-", 3));
  EXPECT_TRUE(is_true_of(until(p, q), "q---", 0));
  EXPECT_FALSE(is_true_of(until(p, q), "pp-q", 0));
  EXPECT_FALSE(is_true_of(until(p, q), "pp", 0));
  EXPECT_TRUE(is_true_of(until(p, q) || always(p), "pp", 0));
}

TEST(Formula, LeadsToIsTrueWhereEveryCauseHasItsEffect) {
  EXPECT_TRUE(is_true_of(leads_to(p, q), "p-q-", 3));
  EXPECT_TRUE(is_true_of(leads_to(p, q), "----", 0));
  EXPECT_TRUE(is_true_of(leads_to(p, q), "-b--", 2));
  EXPECT_FALSE(is_true_of(leads_to(p, q), "p-qp", 3));
  EXPECT_TRUE(is_true_of(leads_to(p, q), "p-qp", 2));  // round again it comes
}

}  // namespace
}  // namespace heddle
