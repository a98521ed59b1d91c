/// Numbers of any size as groups of 7 bits, least first.
#pragma once

#include <string>
#include <string_view>

#include <heddle/model/nat.h>

namespace heddle::candid::internal {

void append_leb128(const Nat& value, std::string& out);
void append_sleb128(const Int& value, std::string& out);

/// The number that these bytes are; the last one is the first without the continuation bit. Longer
/// forms than needed are read as well.
Nat from_leb128(std::string_view bytes);
Int from_sleb128(std::string_view bytes);

}  // namespace heddle::candid::internal
