// Random Candid types and values, drawn inside a RapidCheck property.
#pragma once

#include <heddle/wasm/candid/type.h>
#include <heddle/wasm/candid/value.h>

namespace heddle::candid {

/// A type that has values; `depth` bounds its nesting.
Type draw_type(int depth);

/// A value of a type that `draw_type` or `draw_supertype` made.
Value draw_value(const Type& type, int depth);

/// A type that every value of this one can be read at.
Type draw_supertype(const Type& type, int depth);

}  // namespace heddle::candid
