# The canisters of tests/wasm/fixtures are compiled from text when the tests are built, by wabt's wat2wasm. Without it they
# are left out, and the test that runs them is skipped.
find_program(HEDDLE_WAT2WASM wat2wasm)
set(heddle_wasm_fixtures "")
if(HEDDLE_WAT2WASM)
  set(heddle_wasm_fixtures "${CMAKE_CURRENT_BINARY_DIR}/wasm/fixtures")
  file(MAKE_DIRECTORY "${heddle_wasm_fixtures}")
  set(compiled "")
  file(GLOB sources CONFIGURE_DEPENDS wasm/fixtures/*.wat)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    add_custom_command(OUTPUT "${heddle_wasm_fixtures}/${name}.wasm"
      COMMAND "${HEDDLE_WAT2WASM}" --enable-memory64 --debug-names "${source}" -o "${heddle_wasm_fixtures}/${name}.wasm"
      DEPENDS "${source}" VERBATIM COMMENT "Compiling fixture ${name}")
    list(APPEND compiled "${heddle_wasm_fixtures}/${name}.wasm")
  endforeach()
  add_custom_target(heddle_wasm_fixtures DEPENDS ${compiled})
  add_dependencies(heddle_wasm_tests heddle_wasm_fixtures)
endif()
set_source_files_properties(wasm/fixtures_test.cc PROPERTIES
  COMPILE_DEFINITIONS "HEDDLE_WASM_FIXTURES=\"${heddle_wasm_fixtures}\"")
