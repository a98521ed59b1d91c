// Serialisable, sequentially consistent: in the end there is an order of the users' calls in which
// the specification, serving one after another, gives each of them the answer that it got.
//
// *Serialisable*: any order. *Sequentially consistent*: one that keeps the order of each user's own
// script, where it has one: `then` (but for what is submitted together) and `in_order` (L. Lamport,
// "How to make a multiprocessor computer that correctly executes multiprocess programs", IEEE
// Transactions on Computers 1979). Neither asks for the order in which calls of different users
// were made and answered; `linearisable` does.
//
// Judged in quiescent states, by the results that these hold. A call that has no answer there may
// have had its effect or not. So may one that was submitted again (D24), each time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <heddle/properties/property.h>
#include <heddle/properties/specification.h>

namespace heddle {

/// What must hold of the specification in the end, too; `state` is encoded.
using SpecificationEnd = std::function<bool(const State& end, std::string_view state)>;

/// Needs results in the state. At most 64 calls. `end` may be empty.
std::shared_ptr<const Property> make_serialisable(std::string name, Specification specification,
                                                  SpecificationEnd end);

std::shared_ptr<const Property> make_sequentially_consistent(std::string name,
                                                             Specification specification);

}  // namespace heddle
