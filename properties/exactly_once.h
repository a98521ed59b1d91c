// At most once, exactly once: how often something that has a name of its own has been done.
//
// Requests are delivered at most once [P6], but whoever does not know what became of one asks
// again: a user whose answer is lost (D24), a canister whose bounded-wait call expired (D13). So
// what is asked carries an id, and is done once for each [S9].
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <heddle/properties/property.h>

namespace heddle {

/// The ids of what has been done, as often as it has been, as text.
using DoneIn = std::function<std::vector<std::string>(const State&)>;

/// Violated by a state in which something has been done twice.
std::shared_ptr<const Property> make_at_most_once(std::string name, DoneIn effects);

/// Violated by a quiescent state unless all of `ids` have been done once and nothing else has.
std::shared_ptr<const Property> make_exactly_once(std::string name, DoneIn effects,
                                                  std::set<std::string> ids);

}  // namespace heddle
