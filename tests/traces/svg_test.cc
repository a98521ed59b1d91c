// The picture: golden files, that it is well-formed and stands alone, and that what is drawn has
// its place.
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/traces/export/svg.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"
#include "traces/tools.h"

namespace heddle {
namespace {

std::vector<Trace> samples() {
  return {test::lost_update(),  test::trap_and_cleanup(), test::deadlock(),     test::many_calls(),
          test::awkward_text(), test::many_canisters(),   test::many_steps(30), Trace{}};
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    ++found;
  }
  return found;
}

struct Box {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;
  std::string fill;
};

/// Rectangles that have a place of their own.
std::vector<Box> boxes(const std::string& picture) {
  static const std::regex kBox(
      R"re(<rect x="([-0-9.]+)" y="([-0-9.]+)" width="([-0-9.]+)" height="([-0-9.]+)" fill="([^"]*)")re");
  std::vector<Box> found;
  for (std::sregex_iterator match(picture.begin(), picture.end(), kBox), end; match != end;
       ++match) {
    found.push_back({std::stod((*match)[1]), std::stod((*match)[2]), std::stod((*match)[3]),
                     std::stod((*match)[4]), (*match)[5]});
  }
  return found;
}

/// Of the whole picture.
Box frame(const std::string& picture) {
  static const std::regex kFrame(R"re(viewBox="0 0 ([0-9]+) ([0-9]+)")re");
  std::smatch match;
  EXPECT_TRUE(std::regex_search(picture, match, kFrame));
  return {0, 0, std::stod(match[1]), std::stod(match[2]), ""};
}

TEST(Svg, LostUpdate) {
  EXPECT_TRUE(test::matches_golden("lost_update.svg", to_svg(test::lost_update())));
}

TEST(Svg, TrapRollbackAndCleanup) {
  EXPECT_TRUE(test::matches_golden("trap_and_cleanup.svg", to_svg(test::trap_and_cleanup())));
}

TEST(Svg, ABarForEachCallAndAnArrowForEachMessage) {
  const std::string picture = to_svg(test::lost_update());
  EXPECT_EQ(count(picture, "fill=\"url(#suspended"), 4U);
  // Requests of the users and of the bank; replies to them.
  EXPECT_EQ(count(picture, "class=\"message\""), 4U);
  EXPECT_EQ(count(picture, "class=\"message response\""), 4U);
}

TEST(Svg, BarsOfCallsThatAreOpenTogetherStandBesideEachOther) {
  for (const Trace& trace : samples()) {
    std::vector<Box> bars;
    for (const Box& box : boxes(to_svg(trace))) {
      if (box.fill.starts_with("url(")) {
        bars.push_back(box);
      }
    }
    for (std::size_t i = 0; i < bars.size() && i < 100; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const bool beside = bars[i].left + bars[i].width <= bars[j].left ||
                            bars[j].left + bars[j].width <= bars[i].left;
        const bool below = bars[i].top >= bars[j].top + bars[j].height ||
                           bars[j].top >= bars[i].top + bars[i].height;
        EXPECT_TRUE(beside || below) << trace.scenario << ": bars " << j << " and " << i;
      }
    }
  }
}

TEST(Svg, NothingIsOutsideThePicture) {
  static const std::regex kText(R"re(<text x="([-0-9.]+)" y="([-0-9.]+)")re");
  for (const Trace& trace : samples()) {
    const std::string picture = to_svg(trace);
    const Box whole = frame(picture);
    for (const Box& box : boxes(picture)) {
      EXPECT_GE(box.left, 0) << trace.scenario;
      EXPECT_GE(box.top, 0) << trace.scenario;
      EXPECT_GT(box.height, 0) << trace.scenario;
      EXPECT_LE(box.left + box.width, whole.width) << trace.scenario;
      EXPECT_LE(box.top + box.height, whole.height) << trace.scenario;
    }
    for (std::sregex_iterator match(picture.begin(), picture.end(), kText), end; match != end;
         ++match) {
      EXPECT_LT(std::stod((*match)[1]), whole.width) << trace.scenario;
      EXPECT_LT(std::stod((*match)[2]), whole.height) << trace.scenario;
    }
  }
}

TEST(Svg, RefersToNothingElsewhere) {
  for (const Trace& trace : samples()) {
    const std::string picture = to_svg(trace);
    EXPECT_EQ(count(picture, "http"), 1U) << "its namespace only";
    EXPECT_EQ(picture.find("href"), std::string::npos);
    EXPECT_EQ(picture.find("<script"), std::string::npos);
  }
}

Trace hostile() {
  Trace trace = test::lost_update();
  trace.scenario = "</title><script>alert('&')</script>";
  trace.property = "a < b --> c ]]>";
  trace.canisters[1] = "\"/><x>";
  trace.steps[0].arguments = "(\"</text>\x01\n\xff<!--\")";
  for (TraceStep& step : trace.steps) {
    step.lane = step.lane == "bank" ? trace.canisters[1] : step.lane;
  }
  return trace;
}

TEST(Svg, NothingInATextIsMarkup) {
  const std::string picture = to_svg(hostile());
  EXPECT_EQ(picture.find("<script"), std::string::npos);
  EXPECT_EQ(picture.find("<x>"), std::string::npos);
  EXPECT_EQ(picture.find("<!--"), std::string::npos);
  EXPECT_NE(picture.find("&lt;script&gt;alert(&#39;&amp;&#39;)"), std::string::npos);
  EXPECT_NE(picture.find("(&quot;&lt;/text&gt;\\u{1}\\n\ufffd&lt;!--&quot;)"), std::string::npos);
}

TEST(Svg, AnEmptyTraceIsAnEmptyPicture) {
  const std::string picture = to_svg(Trace{});
  EXPECT_EQ(picture.find("<text"), std::string::npos);
  EXPECT_TRUE(boxes(picture).empty());
}

TEST(Svg, IsWellFormed) {
  HEDDLE_NEEDS_PROGRAM("xmllint", "libxml2-utils");
  EXPECT_NE(test::complaint_of("xmllint --noout {}", "<svg><text></svg>"), "");
  for (const Trace& trace : samples()) {
    EXPECT_EQ(test::complaint_of("xmllint --noout {}", to_svg(trace)), "") << trace.scenario;
  }
  EXPECT_EQ(test::complaint_of("xmllint --noout {}", to_svg(hostile())), "");
}

}  // namespace
}  // namespace heddle
