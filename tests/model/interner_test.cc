#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/model/interner.h>

namespace heddle {
namespace {

TEST(Interner, GivesEqualContentTheEqualIdAndNothingElse) {
  Interner table;
  std::set<std::uint32_t> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.insert(table.intern(std::to_string(i)));
  }
  EXPECT_EQ(ids.size(), 1000U);
  EXPECT_EQ(*ids.begin(), 1U);
  EXPECT_EQ(*ids.rbegin(), 1000U);
  EXPECT_EQ(table.size(), 1000U);
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t id = table.intern(std::to_string(i));
    EXPECT_EQ(table.find(std::to_string(i)), id);
    EXPECT_EQ(table[id], std::to_string(i));
  }
  EXPECT_EQ(table.find("1000"), 0U);
  EXPECT_EQ(table.size(), 1000U);
}

TEST(Interner, ContentStaysWhereItIsWhileTheTableGrows) {
  Interner table;
  std::vector<std::string_view> contents;
  for (int i = 0; i < 5000; ++i) {
    contents.push_back(table[table.intern(std::to_string(i))]);
  }
  for (std::uint32_t id = 1; id <= 5000; ++id) {
    EXPECT_EQ(table[id].data(), contents[id - 1].data());
    EXPECT_EQ(table[id], std::to_string(id - 1));
  }
}

TEST(Interner, ThreadsThatMeetTheSameContentGetTheSameId) {
  Interner table;
  constexpr int kContents = 3000;
  std::vector<std::vector<std::uint32_t>> ids(4, std::vector<std::uint32_t>(kContents));
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < ids.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kContents; ++i) {
        const int which = t % 2 == 0 ? i : kContents - 1 - i;
        const std::uint32_t id = table.intern(std::to_string(which));
        ids[t][static_cast<std::size_t>(which)] = id;
        EXPECT_EQ(table[id], std::to_string(which));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(table.size(), std::size_t{kContents});
  for (const auto& of_thread : ids) {
    EXPECT_EQ(of_thread, ids.front());
  }
}

}  // namespace
}  // namespace heddle
