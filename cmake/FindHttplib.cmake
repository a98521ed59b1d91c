# cpp-httplib serves the page of `heddle explore`. Debian builds it as a library, and what uses it must be compiled with the
# same switches; elsewhere it may be a header alone. Defines Httplib::Httplib.
find_path(Httplib_INCLUDE_DIR NAMES httplib.h)
find_library(Httplib_LIBRARY NAMES cpp-httplib)
mark_as_advanced(Httplib_INCLUDE_DIR Httplib_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Httplib REQUIRED_VARS Httplib_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "on Debian: apt-get install libcpp-httplib-dev")

if(Httplib_FOUND AND NOT TARGET Httplib::Httplib)
  if(Httplib_LIBRARY)
    add_library(Httplib::Httplib UNKNOWN IMPORTED)
    set_target_properties(Httplib::Httplib PROPERTIES
      IMPORTED_LOCATION "${Httplib_LIBRARY}"
      INTERFACE_COMPILE_DEFINITIONS "CPPHTTPLIB_OPENSSL_SUPPORT;CPPHTTPLIB_ZLIB_SUPPORT;CPPHTTPLIB_BROTLI_SUPPORT")
  else()
    add_library(Httplib::Httplib INTERFACE IMPORTED)
  endif()
  target_include_directories(Httplib::Httplib SYSTEM INTERFACE "${Httplib_INCLUDE_DIR}")
endif()
