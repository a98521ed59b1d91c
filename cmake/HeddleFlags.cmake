# Flags of Heddle's own files. They are set for this directory tree and never reach the targets' users.

# Sanitize is what the asan and tsan presets build: optimised enough that the differential suite ends in minutes, with our
# checks, assertions and readable stacks.
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g -fno-omit-frame-pointer")

# Invariants use our own macro and hold in release builds too, so NDEBUG only silences other people's asserts. Line tables
# stay in: traces turn return addresses into file and line.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -g1")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Its -Wshadow also means constructor parameters named after the members that they initialise, as canisters have them.
  add_compile_options(-Wall -Wextra -Wpedantic -Wshadow=local -Wconversion)
else()
  add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion)
endif()

# Paths in debug information and in std::source_location are relative to the source root, also for a header seen through
# its include root in the build tree. Of several prefixes the last that matches counts.
set(HEDDLE_INCLUDE_ROOTS "${PROJECT_BINARY_DIR}/include")
add_compile_options(
  "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/="
  "-ffile-prefix-map=${PROJECT_BINARY_DIR}=.")
foreach(module model canisters properties checker traces wasm suite)
  add_compile_options("-ffile-prefix-map=${HEDDLE_INCLUDE_ROOTS}/${module}/heddle/=")
endforeach()

if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # ccache can reuse an object only when the precompiled header it came from carries no time stamp.
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  # Colour in Ninja's captured output.
  add_compile_options(-fcolor-diagnostics)
endif()

if(HEDDLE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

find_program(HEDDLE_CCACHE ccache)
mark_as_advanced(HEDDLE_CCACHE)
if(HEDDLE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${HEDDLE_CCACHE})
endif()
