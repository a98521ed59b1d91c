/// Watches the pieces that run, for the three ways in which canister code can take the whole run
/// down with it: it does not come back, it overflows the stack, or it lets an exception out of a
/// destructor.
///
/// Each ends the process with exit code 65 (misuse) and says which canister, method and arguments
/// it was, and on which schedule. None can be reported as an exception, since the code that would
/// have to be left is in no state to be left.
#pragma once

#include <cstdint>

#include <heddle/model/view.h>

namespace heddle::internal {

/// Holds while one piece runs on this thread. `limit_ms`: 0 for as long as it likes.
class Watched {
 public:
  Watched(const View& view, std::uint64_t limit_ms);
  ~Watched();
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  const View& view_;
  bool timed_;
};

}  // namespace heddle::internal
