// Clones: canisters that differ in nothing but their names, and whoever must change names with
// them.
//
// Two canisters are taken to be clones when the system stays what it is if they change names, as
// far as it can be seen before anything has happened: programs of one shape, what they were made
// from, variables, limits, answers of the environment, users' scripts. Where it does not, others
// may change names too: the users who call them, the calls of a user who calls both, the canisters
// that they or others were given. That is followed until everything is as it was, or something is
// not. A class is made of bundles, of one clone each with those that go with it; all orders of
// bundles are renamings, since they are made of exchanges that were looked at one by one.
//
// What code does with the names that it holds is not seen here. It is when it runs
// (piece_symmetry.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <heddle/checker/internal/renamer.h>
#include <heddle/model/kernel.h>
#include <heddle/properties/property.h>

namespace heddle::internal {

struct Clones {
  /// Each with at least two.
  std::vector<std::vector<Member>> classes;
  /// Why canisters are not clones that look like it, one line each.
  std::vector<std::string> notes;
};

/// `users`: classes of users who are interchangeable by themselves. They go with nobody.
Clones clones_of(Kernel& kernel, const Claims& claims,
                 const std::vector<std::vector<std::uint32_t>>& users);

}  // namespace heddle::internal
