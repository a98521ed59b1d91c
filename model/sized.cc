#include <heddle/model/sized.h>

namespace heddle::internal {

void trap_overflow() {
  trap("arithmetic overflow");
}

}  // namespace heddle::internal
