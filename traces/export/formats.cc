#include <algorithm>

#include <heddle/traces/export/chrome.h>
#include <heddle/traces/export/dot.h>
#include <heddle/traces/export/formats.h>
#include <heddle/traces/export/gtest_case.h>
#include <heddle/traces/export/itf.h>
#include <heddle/traces/export/plantuml.h>
#include <heddle/traces/export/pocketic.h>
#include <heddle/traces/export/rust_ordering.h>
#include <heddle/traces/export/shiviz.h>
#include <heddle/traces/export/svg.h>
#include <heddle/traces/html.h>
#include <heddle/traces/json.h>
#include <heddle/traces/mermaid.h>
#include <heddle/traces/terminal.h>

namespace heddle {
namespace {

template <std::string (*kWrite)(const Trace&)>
std::string without_options(const Trace& trace, const TextOptions& /*options*/) {
  return kWrite(trace);
}

constexpr ExportFormat kFormats[] = {
    {"chrome", "trace events, for Perfetto and chrome://tracing", without_options<to_chrome>},
    {"dot", "which step had to happen before which, for Graphviz", without_options<to_dot>},
    {"gtest", "a GoogleTest case that passes once nothing fails any more",
     without_options<to_gtest_case>},
    {"html", "a page to step through in a browser", without_options<to_html>},
    {"itf", "states by variable, in Apalache's and Quint's format", without_options<to_itf>},
    {"json", "all of the trace; can be replayed", without_options<to_json>},
    {"mermaid", "a sequence diagram in Mermaid", without_options<to_mermaid>},
    {"plantuml", "a sequence diagram in PlantUML", without_options<to_plantuml>},
    {"pocketic", "a PocketIC test in Rust, best effort; generated, not checked",
     without_options<to_pocketic>},
    {"rust", "a test over the replica's MessageOrdering; generated, not checked",
     without_options<to_rust_ordering>},
    {"shiviz", "a log with vector clocks, for ShiViz", without_options<to_shiviz>},
    {"svg", "one picture: columns, bars, arrows", without_options<to_svg>},
    {"text", "what a terminal shows", to_terminal},
};

}  // namespace

std::span<const ExportFormat> export_formats() {
  return kFormats;
}

const ExportFormat* find_export_format(std::string_view name) {
  const auto* const found =
      std::ranges::find(kFormats, name, [](const ExportFormat& format) { return format.name; });
  return found == std::end(kFormats) ? nullptr : found;
}

}  // namespace heddle
