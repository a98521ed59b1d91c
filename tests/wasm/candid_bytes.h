// Candid messages as the tests write them.
#pragma once

#include <string>
#include <string_view>

namespace heddle::candid {

/// `DIDL` and these bytes: two hexadecimal digits each, letters in single quotes as themselves.
std::string message(std::string_view bytes);

/// The same without `DIDL`.
std::string bytes_of(std::string_view bytes);

}  // namespace heddle::candid
