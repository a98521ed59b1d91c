/// Candid's subtyping: whether every value of one type can be read at another.
///
/// As the specification has it today: any type is a subtype of any `opt` (what does not fit reads
/// as null), and a record may lack fields that are `opt` or `reserved`. Recursive types are related
/// when nothing speaks against it (coinduction), functions the other way round in their arguments.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <heddle/wasm/candid/internal/type_table.h>
#include <heddle/wasm/candid/type.h>

namespace heddle::candid {

/// Whether `sub` is a subtype of `super`.
bool is_subtype(const Type& sub, const Type& super);
/// Argument lists are related as records of 0, 1, 2, ... are: more arguments may come than are
/// expected, and missing ones must be `opt` or `reserved`.
bool is_subtype(const std::vector<Type>& sub, const std::vector<Type>& super);
/// Why `sub` is no subtype: "method transfer, argument 1: text is no nat". Nothing if it is one.
std::optional<std::string> why_no_subtype(const Type& sub, const Type& super);

namespace internal {

/// Decides subtyping and remembers what it found, for as long as the tables live.
///
/// The rules are all conjunctions (an `opt` accepts everything, so nothing is ever tried twice in
/// different ways): one pair that fails refutes all that led to it, and what is left when no
/// obligation is open holds.
class Subtyping {
 public:
  /// After so many pairs it gives up with a `CandidError`.
  explicit Subtyping(std::size_t steps_max = 1'000'000) : steps_left_(steps_max) {}

  bool holds(TypeView sub, TypeView super);

  /// What spoke against the last pair that `holds` refused.
  const std::string& reason() const { return reason_; }

 private:
  using Key = std::pair<std::pair<const TypeTable*, TypeRef>, std::pair<const TypeTable*, TypeRef>>;

  struct Obligation {
    TypeView sub;
    TypeView super;
    std::size_t parent;  // in obligations_
    std::string step;    // from the parent to here
  };

  bool examine(std::size_t index);
  bool examine_fields(std::size_t index);
  bool examine_cases(std::size_t index);
  bool examine_function(std::size_t index);
  bool examine_service(std::size_t index);
  bool examine_tuple(TypeView sub, std::size_t sub_first, std::size_t sub_last, TypeView super,
                     std::size_t super_first, std::size_t super_last, std::size_t parent,
                     const char* what);
  bool refuse(std::size_t index, std::string problem);

  std::set<Key> held_;  // pairs that hold, and those of the question being answered
  std::set<Key> refused_;
  std::vector<Obligation> obligations_;
  std::string reason_;
  std::size_t steps_left_;
};

}  // namespace internal
}  // namespace heddle::candid
