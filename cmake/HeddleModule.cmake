# heddle_add_module(model SEES <modules below> USES <third-party targets> [FOLDERS <folders inside>]
#   [PRECOMPILED <target>])
#
# One library a folder. Each has an include root of its own, a directory in the build tree that holds nothing but a link to
# the folder: build/<preset>/include/model/heddle/model -> model/. A target gets the roots of the modules it SEES and no
# others, so an include against the layering (model including checker) does not compile.
function(heddle_add_module module)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PRECOMPILED" "SEES;USES;FOLDERS")
  set(target heddle_${module})
  set(root "${HEDDLE_INCLUDE_ROOTS}/${module}")
  file(MAKE_DIRECTORY "${root}/heddle")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${root}/heddle/${module}" SYMBOLIC)

  set(patterns *.cc)
  foreach(folder internal ${arg_FOLDERS})
    list(APPEND patterns "${folder}/*.cc")
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    if(arg_PRECOMPILED)
      target_precompile_headers(${target} REUSE_FROM ${arg_PRECOMPILED})
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(heddle::${module} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${module})

  target_compile_features(${target} ${scope} cxx_std_20)
  target_include_directories(${target} ${scope}
    "$<BUILD_INTERFACE:${root}>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  list(TRANSFORM arg_SEES PREPEND heddle_)
  target_link_libraries(${target} ${scope} ${arg_SEES} ${arg_USES})

  install(TARGETS ${target} EXPORT heddleTargets)
  install(DIRECTORY ./ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/heddle/${module}" FILES_MATCHING PATTERN "*.h")
endfunction()
