#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include <heddle/traces/internal/text.h>
#include <heddle/traces/plot.h>

namespace heddle {

namespace {

constexpr double kWidth = 760;
constexpr double kHeight = 420;
constexpr double kLeft = 70;
constexpr double kRight = 20;
constexpr double kTop = 40;
constexpr double kBottom = 50;
constexpr double kLegendLine = 18;

/// Told apart by dash pattern as well as by colour.
struct Style {
  std::string_view color;
  std::string_view dashes;
};

constexpr std::array<Style, 6> kStyles = {{{"#1f77b4", "none"},
                                           {"#d62728", "6 3"},
                                           {"#2ca02c", "2 3"},
                                           {"#9467bd", "8 3 2 3"},
                                           {"#8c564b", "12 4"},
                                           {"#e377c2", "1 4"}}};

/// 1, 2 or 5 times a power of ten, so that about five steps make the range.
double step_for(double range) {
  const double rough = std::max(range, 1e-9) / 5;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) {
      return factor * power;
    }
  }
  return 10 * power;
}

class Axes {
 public:
  explicit Axes(const Plot& plot) {
    x_min_ = HUGE_VAL;
    for (const PlotSeries& series : plot.series) {
      for (const PlotPoint& point : series.points) {
        x_min_ = std::min(x_min_, point.x);
        x_max_ = std::max(x_max_, point.x);
        y_max_ = std::max(y_max_, std::max(point.low, point.high));
      }
    }
    x_min_ = std::min(x_min_, x_max_);
    y_step_ = step_for(y_max_);
    y_max_ = std::max(std::ceil(y_max_ / y_step_ - 1e-9), 1.0) * y_step_;
    x_step_ = step_for(x_max_ - x_min_);
  }

  [[nodiscard]] double x(double value) const {
    const double range = x_max_ > x_min_ ? x_max_ - x_min_ : 1;
    return kLeft + (value - x_min_) / range * (kWidth - kLeft - kRight);
  }

  [[nodiscard]] double y(double value) const {
    return kHeight - kBottom - value / y_max_ * (kHeight - kTop - kBottom);
  }

  [[nodiscard]] std::string to_svg(const Plot& plot) const {
    std::string out;
    const auto steps = static_cast<int>(std::lround(y_max_ / y_step_));
    for (int i = 0; i <= steps; ++i) {
      const double value = i * y_step_;
      out += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>\n", kLeft, y(value),
                         kWidth - kRight);
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:g}</text>\n",
                         kLeft - 6, y(value) + 4, value);
    }
    const double first = std::ceil(x_min_ / x_step_ - 1e-9) * x_step_;
    for (double value = first; value <= x_max_ + 1e-9; value += x_step_) {
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{:g}</text>\n",
                         x(value), kHeight - kBottom + 18, value);
    }
    out +=
        fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                    (kLeft + kWidth - kRight) / 2, kHeight - 10, internal::in_markup(plot.x_label));
    out += fmt::format(
        "<text transform=\"translate(16 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
        (kTop + kHeight - kBottom) / 2, internal::in_markup(plot.y_label));
    return out;
  }

 private:
  double x_min_ = 0;
  double x_max_ = 0;
  double y_max_ = 0;
  double x_step_ = 1;
  double y_step_ = 1;
};

std::string line(const Axes& axes, const PlotSeries& series, const Style& style) {
  std::string low;
  std::string back;
  std::string points;
  bool is_band = false;
  for (const PlotPoint& point : series.points) {
    const double middle = (point.low + point.high) / 2;
    low +=
        fmt::format("{}{:.1f} {:.1f}", low.empty() ? "M" : "L", axes.x(point.x), axes.y(point.low));
    back = fmt::format("L{:.1f} {:.1f}", axes.x(point.x), axes.y(point.high)) + back;
    points +=
        fmt::format("{}{:.1f} {:.1f}", points.empty() ? "M" : "L", axes.x(point.x), axes.y(middle));
    is_band = is_band || point.high > point.low;
  }
  std::string out;
  if (is_band) {
    out += fmt::format("<path d=\"{}{}Z\" fill=\"{}\" fill-opacity=\"0.2\"/>\n", low, back,
                       style.color);
  }
  out += fmt::format(
      "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>\n",
      points, style.color, style.dashes);
  return out;
}

}  // namespace

std::string to_svg(const Plot& plot) {
  const double height = kHeight + kLegendLine * (static_cast<double>(plot.series.size()) + 0.5);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
      "height=\"{1:g}\" role=\"img\" aria-label=\"{2}\">\n"
      "<style>text{{font:13px sans-serif;fill:#222}}.grid{{stroke:#ccc}}"
      ".page{{fill:#fff}}@media(prefers-color-scheme:dark){{text{{fill:#ddd}}"
      ".grid{{stroke:#444}}.page{{fill:#1b1b1b}}}}</style>\n"
      "<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"
      "<text x=\"{3:g}\" y=\"22\" font-weight=\"bold\">{2}</text>\n",
      kWidth, height, internal::in_markup(plot.title), kLeft);
  const Axes axes(plot);
  out += axes.to_svg(plot);
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const Style& style = kStyles[i % kStyles.size()];
    const double y = kHeight + kLegendLine * (static_cast<double>(i) + 0.5);
    out += line(axes, plot.series[i], style);
    out += fmt::format(
        "<path d=\"M{:g} {:g}h30\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>\n"
        "<text x=\"{:g}\" y=\"{:g}\">{}</text>\n",
        kLeft, y, style.color, style.dashes, kLeft + 38, y + 4,
        internal::in_markup(plot.series[i].name));
  }
  return out + "</svg>\n";
}

}  // namespace heddle
