// The properties that every scenario has unless it says `without`.
#pragma once

#include <string_view>

namespace heddle {

/// Whether a property of that name is one of them, and not a scenario's own.
bool is_default_property(std::string_view name);

}  // namespace heddle
