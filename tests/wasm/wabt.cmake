# wabt's interpreter (Debian: wabt), with which the engine is compared. Without it that test is skipped, and says so;
# also with g++, which takes wabt 1.0.32's headers for ill-formed in C++20.
find_library(HEDDLE_WABT_LIBRARY wabt)
find_path(HEDDLE_WABT_INCLUDE wabt/interp/interp.h)
mark_as_advanced(HEDDLE_WABT_LIBRARY HEDDLE_WABT_INCLUDE)
if(HEDDLE_WABT_LIBRARY AND HEDDLE_WABT_INCLUDE AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_link_libraries(heddle_wasm_tests PRIVATE "${HEDDLE_WABT_LIBRARY}")
  set_source_files_properties(wasm/differential_test.cc PROPERTIES COMPILE_DEFINITIONS HEDDLE_WITH_WABT=1)
endif()
