// What sequence diagrams are made of: who takes part, which arrows and bars.
#include <gtest/gtest.h>

#include <heddle/traces/internal/sequence.h>

#include "traces/sample_traces.h"

namespace heddle::internal {
namespace {

using Kind = SequenceElement::Kind;

TEST(Sequence, UsersStandFirstAndOnlyThoseWhoDoSomething) {
  Trace trace = test::lost_update();
  trace.users.emplace_back("idle");
  trace.canisters.emplace_back("unused");
  std::vector<std::string> names;
  for (const Participant& participant : sequence_of(trace).participants) {
    names.push_back(participant.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"alice", "bob", "ledger", "bank"}));
}

TEST(Sequence, ARequestComesFromWhereItsCallerRuns) {
  const Sequence sequence = sequence_of(test::lost_update());
  const auto request = std::find_if(
      sequence.elements.begin(), sequence.elements.end(), [](const SequenceElement& e) {
        return e.lines == std::vector<std::string>{"3. alice#1/1 transfer(alice, 60)"};
      });
  ASSERT_NE(request, sequence.elements.end());
  EXPECT_EQ(request->kind, Kind::kRequest);
  EXPECT_EQ(sequence.participants[request->from].name, "bank");
  EXPECT_EQ(sequence.participants[request->to].name, "ledger");
}

TEST(Sequence, BarsCloseAsOftenAsTheyOpen) {
  for (const Trace& trace : {test::lost_update(), test::trap_and_cleanup(), test::many_calls()}) {
    int open = 0;
    for (const SequenceElement& element : sequence_of(trace).elements) {
      open += element.kind == Kind::kOpenBar ? 1 : element.kind == Kind::kCloseBar ? -1 : 0;
      ASSERT_GE(open, 0);
    }
    EXPECT_EQ(open, 0) << trace.scenario;
  }
}

TEST(Sequence, OfAnEmptyTraceIsEmpty) {
  EXPECT_TRUE(sequence_of(Trace{}).participants.empty());
  EXPECT_TRUE(sequence_of(Trace{}).elements.empty());
}

}  // namespace
}  // namespace heddle::internal
