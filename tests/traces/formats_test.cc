// The table of formats: each is found by its name, and writes every trace.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/traces/export/formats.h>

#include "traces/sample_traces.h"

namespace heddle {
namespace {

TEST(ExportFormats, AreFoundByTheirNamesWhichAreInOrder) {
  std::vector<std::string_view> names;
  for (const ExportFormat& format : export_formats()) {
    EXPECT_EQ(find_export_format(format.name), &format);
    names.push_back(format.name);
  }
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_EQ(find_export_format("pdf"), nullptr);
}

TEST(ExportFormats, WriteEveryTraceTheSameEveryTime) {
  for (const ExportFormat& format : export_formats()) {
    for (const Trace& trace : {test::lost_update(), test::trap_and_cleanup(), test::deadlock(),
                               test::awkward_text(), test::many_canisters(), Trace{}}) {
      const std::string text = format.write(trace, {});
      EXPECT_FALSE(text.empty()) << format.name;
      EXPECT_TRUE(text.ends_with('\n')) << format.name;
      EXPECT_EQ(text, format.write(trace, {})) << format.name;
    }
  }
}

TEST(ExportFormats, WriteLongTraces) {
  const Trace trace = test::many_steps(600);
  for (const ExportFormat& format : export_formats()) {
    EXPECT_GT(format.write(trace, {}).size(), 1000U) << format.name;
  }
}

}  // namespace
}  // namespace heddle
