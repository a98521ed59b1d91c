# cmake -DHEDDLE_BUILD=<build tree> -DWORK=<scratch folder> -DCOMPILER=... -DFLAGS=... -DGENERATOR=... -DUNSAFE=ON|OFF
#       -P install_and_use.cmake
#
# Installs Heddle into a prefix of its own, then configures, builds and tests this folder against nothing else.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(failed)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WORK}")
run("${CMAKE_COMMAND}" --install "${HEDDLE_BUILD}" --prefix "${WORK}/prefix")
run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${WORK}/build" -G "${GENERATOR}"
  "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_CXX_FLAGS=${FLAGS}"
  "-DHEDDLE_ALLOW_UNSAFE_COMPILER=${UNSAFE}")
run("${CMAKE_COMMAND}" --build "${WORK}/build")
run("${CMAKE_CTEST_COMMAND}" --test-dir "${WORK}/build" --output-on-failure --no-tests=error)
run("${WORK}/build/counter_suite" check * --expect)

# Traces cite sources relative to the user's root, and Heddle was found where it was installed.
file(STRINGS "${WORK}/build/CMakeCache.txt" found REGEX "^heddle_DIR:")
if(NOT found MATCHES "${WORK}/prefix")
  message(FATAL_ERROR "found another Heddle: ${found}")
endif()
