// The HTML page as text: that it holds the whole trace, that nothing in a trace's texts becomes
// markup, and how large it is. What a browser makes of it is tested in tests/page/.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <zlib.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/html.h>
#include <heddle/traces/json.h>

#include "traces/sample_traces.h"

namespace heddle {
namespace {

std::size_t count(std::string_view text, std::string_view word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    ++found;
  }
  return found;
}

/// What stands after `begin` and before the next `end`.
std::string between(std::string_view text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin);
  if (from == std::string_view::npos) {
    return {};
  }
  const std::size_t to = text.find(end, from + begin.size());
  return std::string(text.substr(from + begin.size(), to - from - begin.size()));
}

std::string from_base64(std::string_view text) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text.substr(0, text.find('='))) {
    bits = bits << 6U | static_cast<std::uint32_t>(kLetters.find(c));
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> count & 0xffU);
    }
  }
  return bytes;
}

std::string inflated(const std::string& bytes) {
  uLongf size = 64'000'000;
  std::string text(size, '\0');
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                       reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()),
            Z_OK);
  text.resize(size);
  return text;
}

nlohmann::json document(const std::string& page) {
  const std::string element = "<script type=\"application/json\" id=\"trace\"";
  const std::string packed = between(page, element + " data-deflated>", "</script>");
  return nlohmann::json::parse(packed.empty() ? between(page, element + ">", "</script>")
                                              : inflated(from_base64(packed)));
}

std::string plain(const std::string& page) {
  return between(page, "<noscript>", "</noscript>");
}

TEST(Html, HoldsTheDocumentThatJsonIs) {
  for (const Trace& trace : {test::lost_update(), test::trap_and_cleanup(), test::deadlock(),
                             test::awkward_text(), test::many_canisters(), Trace{}}) {
    EXPECT_EQ(document(to_html(trace)), nlohmann::json::parse(to_json(trace))) << trace.scenario;
  }
}

TEST(Html, NothingInATextIsMarkup) {
  const std::string hostile =
      "</script></noscript><!--<script>alert('1')</script><img src=x onerror=\"alert(2)\">&lt;";
  Trace trace = test::lost_update();
  trace.scenario = hostile;
  trace.description = hostile;
  trace.property = hostile;
  trace.why = hostile;
  trace.repro = hostile;
  trace.canisters[1] = hostile;
  trace.settings = {{hostile, hostile}};
  trace.races[0].sentence = hostile;
  trace.final_variables[0].before = hostile;
  for (TraceStep& step : trace.steps) {
    step.event = hostile;
    step.lane = hostile;
    step.arguments = hostile;
    step.notes = {hostile};
    step.enabled = {hostile};
  }
  const std::string page = to_html(trace);
  const std::string harmless = to_html(test::lost_update());
  for (const std::string_view markup :
       {"<script", "</script", "</noscript", "<!--", "<img", "</title"}) {
    EXPECT_EQ(count(page, markup), count(harmless, markup)) << markup;
  }
  EXPECT_EQ(document(page).at("property").at("why"), hostile);
}

TEST(Html, AsksTheNetworkForNothing) {
  const std::string page = to_html(test::lost_update());
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(page.find("unsafe"), std::string::npos);
  EXPECT_EQ(count(page, " src="), 0U);
  EXPECT_EQ(count(page, "<link"), 0U);
  EXPECT_EQ(count(page, "@import"), 0U);
  EXPECT_EQ(count(page, "url("), count(page, "url(#"));
  // The one address is the name of SVG's elements.
  EXPECT_EQ(count(page, "://"), count(page, "http://www.w3.org/2000/svg"));
}

TEST(Html, WithoutJavaScriptTellsStepsReasonsAndRaces) {
  const std::string text = plain(to_html(test::lost_update()));
  EXPECT_EQ(count(text, "<tr><td>"), 6U);
  EXPECT_NE(text.find("VIOLATED conserved (always) in withdraw/buggy"), std::string::npos) << text;
  EXPECT_NE(text.find("bank.balance = 140, ledger.balance = 80"), std::string::npos);
  EXPECT_NE(text.find("Race on bank.balance: stale write"), std::string::npos);
  EXPECT_NE(text.find("balance: 200 -&gt; 140  (b)  bank.cc:17"), std::string::npos) << text;
  EXPECT_NE(text.find("To mend it:"), std::string::npos);
  EXPECT_NE(text.find("heddle replay withdraw/buggy --profile happy"), std::string::npos);
}

TEST(Html, OfVeryManyAlternativesTheChosenOneStays) {
  Trace trace = test::lost_update();
  trace.steps[0].enabled.assign(100, "start carol#1");
  trace.steps[0].enabled.back() = trace.steps[0].event;
  trace.steps[0].enabled_count = 400;
  trace.steps[0].alternatives = {{.event = "start carol#1"}, {.event = "start dave#1"}};
  const nlohmann::json step = document(to_html(trace)).at("steps").at(0);
  const nlohmann::json& enabled = step.at("enabled");
  EXPECT_LT(enabled.size(), 100U);
  EXPECT_EQ(std::count(enabled.begin(), enabled.end(), step.at("event")), 1);
  EXPECT_EQ(step.at("enabled_count"), 400);
  EXPECT_EQ(step.at("alternatives"), nlohmann::json::parse(R"([{"event": "start carol#1"}])"));
}

TEST(Html, ALivePageHoldsWhatItKnowsAtFirstAndMayAskItsServerOnly) {
  const std::string page = to_live_html("a/<b>", R"({"begin": ["</script><b>"]})");
  EXPECT_EQ(between(page, "<title>", "</title>"), "a/&lt;b&gt;");
  const std::string about = between(page, "id=\"about\">", "</script>");
  EXPECT_EQ(nlohmann::json::parse(about).at("begin").at(0), "</script><b>");
  EXPECT_EQ(count(page, "connect-src 'self'"), 1U);
  EXPECT_EQ(count(page, "default-src 'none'"), 1U);
  EXPECT_EQ(count(to_html(test::lost_update()), "connect-src"), 0U);
}

TEST(Html, AHundredStepsTakeAtMost300Kilobytes) {
  const Trace trace = test::many_steps(100);
  const std::string page = to_html(trace);
  EXPECT_EQ(document(page), nlohmann::json::parse(to_json(trace)));
  EXPECT_LE(page.size(), 300'000U);
}

TEST(Html, TenThousandStepsAreAllThereAndDeflated) {
  const Trace trace = test::many_steps(10'000);
  const std::string page = to_html(trace);
  EXPECT_EQ(document(page), nlohmann::json::parse(to_json(trace)));
  EXPECT_EQ(count(plain(page), "<tr><td>"), 10'000U);
  EXPECT_LT(page.size(), to_compact_json(trace).size() / 2);
}

}  // namespace
}  // namespace heddle
