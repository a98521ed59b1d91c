// A corpus of rare bugs: systems that fail on few of their schedules, generated from a seed, so
// that strategies can be compared on bugs of a known depth.
//
// A bug of depth d (Burckhardt and others, ASPLOS 2010) shows where d events happen in one certain
// order. Each of the calls here runs through its pieces at one canister and awaits a helper between
// two of them. Of all pieces, d are marked, one after the other in different calls; a marked piece
// moves a counter on when it finds it where the one before has left it. The counter at d is the
// bug.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/systems.h"

namespace heddle::testing {

struct RareBug {
  unsigned depth = 0;
  unsigned contexts = 0;
  std::uint64_t seed = 0;
  System system;
  /// "never all in order": violated by the schedules that show the bug.
  Claims claims;
  /// Pieces of each context.
  std::vector<unsigned> pieces;

  /// "depth 3, 5 contexts, seed 1".
  [[nodiscard]] std::string name() const;
  /// How many events every schedule has.
  [[nodiscard]] std::uint64_t events() const;
};

/// `depth` at least 1, `contexts` at least 2. The same for ever for the same arguments.
RareBug rare_bug(unsigned depth, unsigned contexts, std::uint64_t seed);

/// Depths 2 to 6, each with 2, 4 and 8 contexts, by depth; one of each.
std::vector<RareBug> rare_bugs();

}  // namespace heddle::testing
