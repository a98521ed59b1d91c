// The sources of the page, traces/page/, as cmake/HeddlePage.cmake builds them in.
#pragma once

#include <string_view>

namespace heddle::internal {

struct PageSources {
  std::string_view frame;        ///< page.html, with {{names}} where the rest goes
  std::string_view style;        ///< page.css
  std::string_view script;       ///< the scripts, one after the other
  std::string_view live_frame;   ///< live.html
  std::string_view live_script;  ///< live.js
  // SHA-256 in base64, by which the page's policy knows them.
  std::string_view style_hash;
  std::string_view script_hash;
  std::string_view live_script_hash;
};

extern const PageSources kPageSources;

}  // namespace heddle::internal
