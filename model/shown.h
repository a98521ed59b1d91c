/// A value as a tree for people: what traces, diffs and reports print, and what their JSON holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heddle {

/// A value made readable. Scalars have a `text`; the others have `children`, whose names are field
/// names, positions or keys by `kind`.
struct Shown {
  enum class Kind : std::uint8_t {
    kUnit,      ///< `()`
    kBool,      ///< text is `true` or `false`
    kNumber,    ///< text is what C++ and Motoko write for it
    kText,      ///< text is the string itself, unquoted; not necessarily UTF-8
    kBlob,      ///< text is the bytes themselves
    kName,      ///< text stands for itself: a principal, an enumerator
    kOptional,  ///< no child (`null`) or one without a name
    kVariant,   ///< text names the alternative, the one child is its value
    kRecord,    ///< a child for each field, by name
    kTuple,     ///< a child for each element, without names
    kList,      ///< a child for each element, without names
    kMap,       ///< a child for each key; its name is the key in one line
  };

  using Child = std::pair<std::string, Shown>;

  Shown() = default;
  Shown(Kind kind_of_value, std::string text_of_value);

  bool operator==(const Shown& other) const;

  Kind kind = Kind::kUnit;
  std::string text;
  std::vector<Child> children;
};

/// One line in Motoko's manner: `{owner = alice; amount = 5}`, `[1, 2]`, `?5`, `null`, `"text"`,
/// `(1, "x")`,
/// `{alice -> 5}`, `#Deposit {amount = 5}`.
std::string to_string(const Shown& shown);

/// JSON: numbers as numbers where a double holds them exactly and as strings where not, records and
/// maps as objects, variants as `{"Deposit": ...}`, null for an empty optional and `[x]` for a full
/// one (so that `??5` keeps its levels).
std::string to_json(const Shown& shown);

/// `text` in double quotes with `"`, `\` and control characters escaped, as a Motoko literal.
std::string text_literal(std::string_view text);

}  // namespace heddle
