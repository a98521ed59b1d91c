# The third-party packages cost 7 to 8 seconds a file, so they are compiled once. Project headers stay out: what a file
# uses of ours it must include, and a change to one of them must not rebuild everything.
#
# heddle_precompiled     the standard library, fmt and Boost's integers: what every module uses
# heddle_precompiled_ui  these, JSON, the command line, GoogleTest and RapidCheck: suite, examples and tests
set(heddle_precompiled_std
  <algorithm> <array> <atomic> <chrono> <compare> <concepts> <coroutine> <cstddef> <cstdint> <deque> <exception>
  <functional> <iterator> <limits> <map> <memory> <mutex> <optional> <set> <source_location> <span> <sstream> <stdexcept>
  <string> <string_view> <thread> <tuple> <type_traits> <unordered_map> <unordered_set> <utility> <variant> <vector>
  <fmt/core.h> <fmt/format.h> <fmt/ranges.h> <boost/multiprecision/cpp_int.hpp>)
set(heddle_precompiled_ui_only
  <nlohmann/json.hpp> <CLI/CLI.hpp> <gtest/gtest.h> <rapidcheck.h> <rapidcheck/gtest.h>)

# A precompiled header needs a target with a source to hang on; this one has nothing to say.
set(heddle_precompiled_source "${PROJECT_BINARY_DIR}/precompiled.cc")
file(CONFIGURE OUTPUT "${heddle_precompiled_source}" CONTENT "\n" @ONLY)

add_library(heddle_precompiled OBJECT "${heddle_precompiled_source}")
target_link_libraries(heddle_precompiled PRIVATE fmt::fmt Boost::headers Threads::Threads)
target_precompile_headers(heddle_precompiled PRIVATE ${heddle_precompiled_std})

add_library(heddle_precompiled_ui OBJECT "${heddle_precompiled_source}")
target_link_libraries(heddle_precompiled_ui PRIVATE fmt::fmt Boost::headers Threads::Threads
  nlohmann_json::nlohmann_json CLI11::CLI11 GTest::gtest rapidcheck rapidcheck_gtest)
target_precompile_headers(heddle_precompiled_ui PRIVATE ${heddle_precompiled_std} ${heddle_precompiled_ui_only})
