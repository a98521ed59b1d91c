// From a return address in canister code to a file and a line, by the debug information of the
// running program (elfutils' libdw).
//
// Reads and writes of variables record their return address, which costs nothing while a check
// runs; only when a trace is made is it looked up here. Where the compiler put a piece of Heddle's
// own headers or of the standard library into the canister's code, the place is the line of the
// canister that called it. Without debug information a place is unknown (line 0).
#pragma once

#include <memory>
#include <source_location>

#include <heddle/traces/trace.h>

namespace heddle {

/// Looks places up and remembers them. Reading the debug information takes some milliseconds at the
/// first look-up. Not thread-safe.
class SourcePlaces {
 public:
  SourcePlaces();
  ~SourcePlaces();
  SourcePlaces(const SourcePlaces&) = delete;
  SourcePlaces& operator=(const SourcePlaces&) = delete;

  /// The place of the call that returns to `site`; unknown for null. Paths are as they were
  /// compiled: relative to the source root in what `heddle_add_suite` builds.
  const SourcePlace& operator[](const void* site);

 private:
  class DebugInformation;

  std::unique_ptr<DebugInformation> information_;
};

/// The place that the compiler knows.
SourcePlace to_place(const std::source_location& where);

}  // namespace heddle
