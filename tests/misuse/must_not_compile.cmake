# cmake -DCOMPILER=... -DFLAGS=... -DINCLUDES=a|b -DSOURCE=... -P must_not_compile.cmake
#
# Passes when the compiler refuses SOURCE with a message that matches the regular expression of its first line,
# "// expect: <regex>". A source that is refused for another reason, such as a header that moved, fails the test.
file(STRINGS "${SOURCE}" expectation LIMIT_COUNT 1 REGEX "^// expect: ")
string(REGEX REPLACE "^// expect: " "" expected "${expectation}")
if(NOT expected)
  message(FATAL_ERROR "${SOURCE} must begin with a line \"// expect: <regex of the error>\"")
endif()

string(REPLACE "|" ";" includes "${INCLUDES}")
list(TRANSFORM includes PREPEND "-I")
separate_arguments(flags NATIVE_COMMAND "${FLAGS}")
execute_process(COMMAND "${COMPILER}" -std=c++20 ${flags} ${includes} -fsyntax-only "${SOURCE}"
  RESULT_VARIABLE refused OUTPUT_VARIABLE output ERROR_VARIABLE output)

if(NOT refused)
  message(FATAL_ERROR "${SOURCE} compiles; it must be refused with: ${expected}")
endif()
if(NOT output MATCHES "error: [^\n]*${expected}")
  message(FATAL_ERROR "${SOURCE} is refused, but no error matches: ${expected}\n${output}")
endif()
