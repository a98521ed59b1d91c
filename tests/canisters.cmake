# Canisters of tests are written as text and compiled when the tests are built, by wabt's wat2wasm. Without it they are left
# out, and the tests that run them are skipped.
find_program(HEDDLE_WAT2WASM wat2wasm)

# heddle_compile_canisters(<folder of .wat files> FOR <test binary> SOURCES <files>...)
# The sources see HEDDLE_COMPILED, the folder of the .wasm files: "" where there are none.
function(heddle_compile_canisters folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FOR" "SOURCES")
  set(compiled_folder "")
  if(HEDDLE_WAT2WASM)
    set(compiled_folder "${CMAKE_CURRENT_BINARY_DIR}/${folder}")
    file(MAKE_DIRECTORY "${compiled_folder}")
    set(compiled "")
    file(GLOB canisters CONFIGURE_DEPENDS ${folder}/*.wat)
    foreach(canister IN LISTS canisters)
      cmake_path(GET canister STEM name)
      add_custom_command(OUTPUT "${compiled_folder}/${name}.wasm"
        COMMAND "${HEDDLE_WAT2WASM}" --enable-memory64 --debug-names "${canister}" -o "${compiled_folder}/${name}.wasm"
        DEPENDS "${canister}" VERBATIM COMMENT "Compiling canister ${name}")
      list(APPEND compiled "${compiled_folder}/${name}.wasm")
    endforeach()
    string(REPLACE "/" "_" name "${folder}")
    add_custom_target(heddle_${name} DEPENDS ${compiled})
    add_dependencies(${arg_FOR} heddle_${name})
  endif()
  set_source_files_properties(${arg_SOURCES} PROPERTIES COMPILE_DEFINITIONS "HEDDLE_COMPILED=\"${compiled_folder}\"")
endfunction()
