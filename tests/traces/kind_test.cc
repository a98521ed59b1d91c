// Kinds of counterexamples: what counts and what does not.
#include <gtest/gtest.h>

#include <heddle/traces/kind.h>

#include "traces/sample_traces.h"

namespace heddle {
namespace {

TEST(KindOfTrace, NamesUsersAndKeysDoNotCount) {
  const Trace trace = test::lost_update();
  ASSERT_FALSE(trace.races.empty());
  const std::string kind = kind_of(trace);
  EXPECT_NE(kind.find(trace.races[0].pattern + " on "), std::string::npos) << kind;
  EXPECT_NE(kind.find("withdraw by withdraw"), std::string::npos) << kind;

  Trace turned = trace;
  std::swap(turned.races[0].call, turned.races[0].intruder);
  EXPECT_EQ(kind_of(turned), kind);
  turned.races[0].variable += "[bob]";
  EXPECT_EQ(kind_of(turned), kind);
  turned.races[0].pattern = "torn group";
  EXPECT_NE(kind_of(turned), kind);
}

TEST(KindOfTrace, FaultsCountByWhatTheyAre) {
  Trace trace = test::lost_update();
  const std::string without = kind_of(trace);
  trace.steps[3].is_fault = true;
  trace.steps[3].event += " trap";
  EXPECT_EQ(kind_of(trace), without + "; a trap");
  trace.steps[4].is_fault = true;
  trace.steps[4].kind = EventKind::kRejectRequest;
  EXPECT_EQ(kind_of(trace), without + "; a reject; a trap");
  EXPECT_EQ(kind_of(Trace{}), "");
}

}  // namespace
}  // namespace heddle
