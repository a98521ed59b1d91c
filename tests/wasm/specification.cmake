# The official WebAssembly test suite is data from elsewhere: HEDDLE_WASM_SPEC_DIR holds its folders, or wasm-spec.tar.xz,
# which is unpacked into the build tree. Without it the suite's test is skipped, and says so.
set(HEDDLE_WASM_SPEC_DIR "" CACHE PATH "The WebAssembly test suite, unpacked or as wasm-spec.tar.xz")
set(heddle_wasm_spec_tree "")
if(HEDDLE_WASM_SPEC_DIR)
  get_filename_component(heddle_wasm_spec_tree "${HEDDLE_WASM_SPEC_DIR}" ABSOLUTE BASE_DIR "${PROJECT_SOURCE_DIR}")
  set(archive "${heddle_wasm_spec_tree}/wasm-spec.tar.xz")
  if(EXISTS "${archive}")
    set(heddle_wasm_spec_tree "${CMAKE_CURRENT_BINARY_DIR}/wasm-spec")
    if(NOT EXISTS "${heddle_wasm_spec_tree}/core" OR "${archive}" IS_NEWER_THAN "${heddle_wasm_spec_tree}")
      file(REMOVE_RECURSE "${heddle_wasm_spec_tree}")
      file(MAKE_DIRECTORY "${heddle_wasm_spec_tree}")
      execute_process(COMMAND "${CMAKE_COMMAND}" -E tar xJf "${archive}"
        WORKING_DIRECTORY "${heddle_wasm_spec_tree}" COMMAND_ERROR_IS_FATAL ANY)
      file(TOUCH "${heddle_wasm_spec_tree}")
    endif()
  endif()
  if(NOT EXISTS "${heddle_wasm_spec_tree}/core")
    message(FATAL_ERROR "HEDDLE_WASM_SPEC_DIR is ${HEDDLE_WASM_SPEC_DIR}, which has neither wasm-spec.tar.xz nor a folder core")
  endif()
endif()
set_source_files_properties(wasm/specification_test.cc PROPERTIES
  COMPILE_DEFINITIONS "HEDDLE_WASM_SPEC_TREE=\"${heddle_wasm_spec_tree}\"")
