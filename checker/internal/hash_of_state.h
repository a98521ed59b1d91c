// A hash of whole states, for small searches that store states as they are.
#pragma once

#include <cstddef>

#include <heddle/model/leaf.h>

namespace heddle::internal {

/// Of normalised states: equal ones have equal hashes.
struct HashOfState {
  std::size_t operator()(const StateVector& state) const {
    std::size_t hash = 0xcbf29ce484222325;
    for (const LeafValue leaf : state.leaves()) {
      hash = (hash ^ leaf) * 0x9e3779b97f4a7c15;
      hash ^= hash >> 29U;
    }
    return hash;
  }
};

}  // namespace heddle::internal
