#include <gtest/gtest.h>

#include <heddle/suite/internal/table.h>

namespace heddle::internal {
namespace {

TEST(Table, ColumnsLineUpAndNumbersStandRight) {
  Table table({{"scenario"}, {"states", Table::Align::kRight}, {"why"}});
  table.add({"a", "1", "short"});
  table.add({"longer", "12345678", ""});
  EXPECT_EQ(table.to_text(80),
            "scenario    states  why\n"
            "a                1  short\n"
            "longer    12345678\n");
}

TEST(Table, TheLastColumnIsWrappedUnderItself) {
  Table table({{"name"}, {"why"}});
  table.add({"counter", "one two three four five six seven eight"});
  EXPECT_EQ(table.to_text(30),
            "name     why\n"
            "counter  one two three four\n"
            "         five six seven eight\n");
}

TEST(Text, WrapsAtSpacesAndKeepsLines) {
  EXPECT_EQ(wrapped_text("aa bb cc", 5, 2), "aa bb\n  cc");
  EXPECT_EQ(wrapped_text("aa\nbb", 80, 0), "aa\nbb");
  EXPECT_EQ(wrapped_text("", 80, 0), "");
}

TEST(Text, NumbersAreForPeople) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1204331), "1 204 331");
  EXPECT_EQ(duration(0.1234), "0.12 s");
  EXPECT_EQ(duration(125), "2 min 5 s");
  EXPECT_EQ(duration(11400), "3 h 10 min");
  EXPECT_EQ(duration(1e12), "more than 1000 days");
  EXPECT_EQ(byte_size(512), "512 B");
  EXPECT_EQ(byte_size(1536), "1.5 KiB");
  EXPECT_EQ(byte_size(std::uint64_t{3} << 30U), "3.0 GiB");
  EXPECT_EQ(count(1, "state"), "1 state");
  EXPECT_EQ(count(1234, "state"), "1 234 states");
}

}  // namespace
}  // namespace heddle::internal
