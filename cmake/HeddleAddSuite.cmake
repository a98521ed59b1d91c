# heddle_add_suite(<name> SOURCES <file>...)
#
# A suite binary from canisters and scenarios: a GoogleTest program whose scenarios are CTest's tests, with Heddle's verbs
# (<name> check '*'). The tests run in the folder that adds the suite, which keeps failing schedules (.heddle). It is
# compiled with -g, from which traces take file and line, and with paths relative to the source root, so that a trace
# reads the same on every machine.
include(GoogleTest)

function(heddle_add_suite name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "heddle_add_suite(${name}): say heddle_add_suite(<name> SOURCES <file>...)")
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE heddle::heddle)
  target_compile_options(${name} PRIVATE -g
    "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=" "-ffile-prefix-map=${CMAKE_BINARY_DIR}=.")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    PROPERTIES TIMEOUT 600)
endfunction()
