// Plot: lines over a number, as one self-contained SVG, for light and dark pages.
#pragma once

#include <string>
#include <vector>

namespace heddle {

struct PlotPoint {
  double x = 0;
  double low = 0;
  double high = 0;  ///< above `low`: a band
};

struct PlotSeries {
  std::string name;
  std::vector<PlotPoint> points;  ///< by x
};

struct Plot {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<PlotSeries> series;
};

std::string to_svg(const Plot& plot);

}  // namespace heddle
