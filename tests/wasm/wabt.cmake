# wabt's interpreter (Debian: wabt), with which the engine is compared. Without it that test is skipped, and says so.
find_library(HEDDLE_WABT_LIBRARY wabt)
find_path(HEDDLE_WABT_INCLUDE wabt/interp/interp.h)
mark_as_advanced(HEDDLE_WABT_LIBRARY HEDDLE_WABT_INCLUDE)
if(HEDDLE_WABT_LIBRARY AND HEDDLE_WABT_INCLUDE)
  target_link_libraries(heddle_wasm_tests PRIVATE "${HEDDLE_WABT_LIBRARY}")
  set_source_files_properties(wasm/differential_test.cc PROPERTIES COMPILE_DEFINITIONS HEDDLE_WITH_WABT=1)
endif()
