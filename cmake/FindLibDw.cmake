# elfutils' libdw turns a return address into a file and line. Debian ships neither a CMake package for it nor, on a bare
# machine, pkg-config, so it is looked up by name. Defines LibDw::LibDw.
find_path(LibDw_INCLUDE_DIR NAMES elfutils/libdwfl.h)
find_library(LibDw_LIBRARY NAMES dw)
mark_as_advanced(LibDw_INCLUDE_DIR LibDw_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibDw REQUIRED_VARS LibDw_LIBRARY LibDw_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "on Debian: apt-get install libdw-dev")

if(LibDw_FOUND AND NOT TARGET LibDw::LibDw)
  add_library(LibDw::LibDw UNKNOWN IMPORTED)
  set_target_properties(LibDw::LibDw PROPERTIES
    IMPORTED_LOCATION "${LibDw_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibDw_INCLUDE_DIR}")
endif()
