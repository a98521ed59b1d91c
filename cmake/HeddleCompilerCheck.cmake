# heddle_check_compiler(): refuses a compiler that gets the shapes of co_await wrong which canister authors write
# (await_shapes.cc). The compiler is called directly, once with and once without optimisation; only when that fails is each
# shape tried alone, to name those that break. The answer is kept in the cache until compiler, flags or shapes change.
#
# Projects that find_package(heddle) get the same check, since it is their canisters that would be miscompiled.
set(HEDDLE_AWAIT_SHAPES "${CMAKE_CURRENT_LIST_DIR}/await_shapes.cc")

function(heddle_check_compiler)
  if(CMAKE_CROSSCOMPILING)
    message(STATUS "Heddle: cross-compiling, so the await shapes could not be run")
    return()
  endif()
  file(SHA256 "${HEDDLE_AWAIT_SHAPES}" shapes)
  string(SHA256 checked "${CMAKE_CXX_COMPILER} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_CXX_FLAGS} ${shapes}")
  if(NOT HEDDLE_AWAIT_SHAPES_CHECKED STREQUAL checked)
    if(HEDDLE_ALLOW_UNSAFE_COMPILER)
      message(STATUS "Heddle: await shapes not checked (HEDDLE_ALLOW_UNSAFE_COMPILER is on): "
        "write one co_await a statement, its result named")
      return()
    endif()
    _heddle_broken_shapes(broken)
    if(broken)
      list(JOIN broken "\n  - " broken)
      message(FATAL_ERROR "${CMAKE_CXX_COMPILER} (${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}) "
        "miscompiles shapes of co_await that canisters are written in:\n"
        "  - ${broken}\n"
        "Use another compiler: on Debian 12, apt-get install clang-19 and configure a fresh build folder with "
        "-DCMAKE_CXX_COMPILER=clang++-19.\n"
        "If every canister keeps to one co_await a statement, its result named, -DHEDDLE_ALLOW_UNSAFE_COMPILER=ON "
        "accepts this one.")
    endif()
    message(STATUS "Heddle: the compiler gets all await shapes right")
    set(HEDDLE_AWAIT_SHAPES_CHECKED "${checked}" CACHE INTERNAL "What the await shapes were checked with")
  endif()
endfunction()

# The shapes that fail, as "name (what happened)".
function(_heddle_broken_shapes result)
  set(broken "")
  foreach(optimisation -O0 -O2)
    _heddle_try_shape(0 ${optimisation} problem)
    if(problem)
      file(STRINGS "${HEDDLE_AWAIT_SHAPES}" shapes REGEX "^// shape [0-9]+: ")
      foreach(shape IN LISTS shapes)
        string(REGEX MATCH "^// shape ([0-9]+): (.*)$" _ "${shape}")
        set(number ${CMAKE_MATCH_1})
        set(name "${CMAKE_MATCH_2}")
        _heddle_try_shape(${number} ${optimisation} problem)
        if(problem)
          list(APPEND broken "${name} (${optimisation}: ${problem})")
        endif()
      endforeach()
      if(NOT broken)
        set(broken "all shapes in one program (${optimisation})")
      endif()
      break()
    endif()
  endforeach()
  set(${result} "${broken}" PARENT_SCOPE)
endfunction()

# Compiles and runs one shape, or all of them for 0; the problem is empty when it is right.
function(_heddle_try_shape number optimisation problem)
  set(program "${CMAKE_BINARY_DIR}/CMakeFiles/heddle_await_shapes")
  separate_arguments(flags NATIVE_COMMAND "${CMAKE_CXX_FLAGS}")
  execute_process(
    COMMAND "${CMAKE_CXX_COMPILER}" -std=c++20 ${flags} ${optimisation} -w -DSHAPE=${number}
            "${HEDDLE_AWAIT_SHAPES}" -o "${program}"
    RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(failed)
    string(REGEX MATCH "error: [^\n]*" reason "${output}")
    set(${problem} "does not compile, ${reason}" PARENT_SCOPE)
    return()
  endif()
  execute_process(COMMAND "${program}" TIMEOUT 60
    RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE error)
  if(failed)
    string(REGEX REPLACE "^shape [0-9]+: ([^\n]*).*$" "\\1" reason "${output}")
    if(NOT reason)
      set(reason "${failed}")
    endif()
    set(${problem} "${reason}" PARENT_SCOPE)
  else()
    set(${problem} "" PARENT_SCOPE)
  endif()
endfunction()
