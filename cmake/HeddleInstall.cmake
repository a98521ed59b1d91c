# cmake --install and find_package(heddle).
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/heddle")
configure_package_config_file(cmake/heddleConfig.cmake.in heddleConfig.cmake INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(heddleConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(EXPORT heddleTargets NAMESPACE heddle:: DESTINATION "${package_dir}")
install(FILES
  "${PROJECT_BINARY_DIR}/heddleConfig.cmake"
  "${PROJECT_BINARY_DIR}/heddleConfigVersion.cmake"
  cmake/FindHttplib.cmake
  cmake/FindLibDw.cmake
  cmake/HeddleAddSuite.cmake
  cmake/HeddleCompilerCheck.cmake
  cmake/await_shapes.cc
  DESTINATION "${package_dir}")
install(FILES LICENSE CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
