// PieceSymmetry: does canister code do the same when users and canisters change names?
//
// Code may do anything with a caller's principal, and with its own: compare it with a constant,
// order by it, make a text of it. So every piece that ran is run once more for each of some
// transpositions that make up all renamings, with its input and the answers that it got renamed, at
// the canister that it then belongs to, and must do what it did, renamed. What is then known of the
// renamed piece is checked the same way, until nothing new comes up: a piece is as often checked as
// there are pieces that differ from it by names.
//
// From that follows that the whole transition relation is symmetric in all states that are renamed
// from those that the search has met. A step of a renamed state is made of renamed pieces, and each
// of them is a transposition away from one for which the same was shown before.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <heddle/checker/internal/permutation.h>
#include <heddle/checker/internal/renamer.h>

namespace heddle::internal {

class PieceSymmetry {
 public:
  /// What was asked, with the answers.
  using Consulted = std::vector<std::pair<Observation, std::uint32_t>>;

  PieceSymmetry(Renamer& renamer, std::vector<Permutation> generators)
      : renamer_(renamer), generators_(std::move(generators)) {}

  /// Throws NotSymmetric.
  void check(const PieceInput& input,
             std::span<const std::pair<Observation, std::uint32_t>> consulted,
             const Effects& effects);

 private:
  struct Piece {
    PieceInput input;
    Consulted consulted;
    Effects effects;
  };

  [[nodiscard]] Piece renamed(const Piece& piece, Permutation how);
  [[nodiscard]] bool runs_so(const Piece& piece);
  [[noreturn]] void refuse(const Piece& piece, Permutation how);

  Renamer& renamer_;
  std::vector<Permutation> generators_;
  /// Effects by input and answers, both as words.
  std::unordered_map<std::string, std::string> known_;
};

}  // namespace heddle::internal
