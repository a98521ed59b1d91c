// Plots: every point is on the page, names are text.
#include <string>

#include <gtest/gtest.h>

#include <heddle/traces/plot.h>

namespace heddle {
namespace {

TEST(Plot, DrawsALineForEachSeriesAndABandWhereItIsOne) {
  Plot plot;
  plot.title = "a < b";
  plot.series = {{"one", {{1, 1, 1}, {2, 2, 2}}}, {"two", {{1, 1, 3}, {2, 2, 6}}}};
  const std::string svg = to_svg(plot);
  EXPECT_NE(svg.find("a &lt; b"), std::string::npos);
  EXPECT_EQ(svg.find("a < b"), std::string::npos);
  std::size_t bands = 0;
  for (std::size_t at = svg.find("fill-opacity"); at != std::string::npos;
       at = svg.find("fill-opacity", at + 1)) {
    ++bands;
  }
  EXPECT_EQ(bands, 1U);
  // The highest value is at the top of the plot or below it, the lowest above the bottom.
  EXPECT_NE(svg.find(">6<"), std::string::npos) << svg;
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(Plot, HasAxesEvenWithoutPoints) {
  for (const Plot& plot :
       {Plot{}, Plot{"t", "x", "y", {{"none", {}}}}, Plot{"t", "x", "y", {{"one", {{5, 0, 0}}}}}}) {
    const std::string svg = to_svg(plot);
    EXPECT_EQ(svg.find("nan"), std::string::npos) << svg;
    EXPECT_EQ(svg.find("inf"), std::string::npos) << svg;
    EXPECT_TRUE(svg.ends_with("</svg>\n"));
  }
}

}  // namespace
}  // namespace heddle
