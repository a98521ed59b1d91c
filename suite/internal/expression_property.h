// Properties made of expressions, which say by queries why they fail.
#pragma once

#include <memory>

#include <heddle/properties/property.h>
#include <heddle/suite/internal/expression.h>

namespace heddle::internal {

/// `property`, which judges states by this expression; explained by the queries that it asks.
std::shared_ptr<const Property> explained(std::shared_ptr<const Property> property,
                                          std::shared_ptr<const Expression> expression);

}  // namespace heddle::internal
