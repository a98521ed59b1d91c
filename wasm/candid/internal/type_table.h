/// What types are made of: entries that refer to each other by number, as in the binary format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/wasm/candid/type.h>

namespace heddle::candid::internal {

/// A field, a case, an argument, a method, or the one element of an opt or vec.
struct Part {
  Label label;  // of a record or variant; of the others only the name is used
  TypeRef type;
};

struct TypeNode {
  Kind kind = Kind::kRecord;
  /// By number for a record or variant, by name for a service; the arguments, then the results for
  /// a func.
  std::vector<Part> parts;
  std::size_t argument_count = 0;
  Annotations annotations;
  std::string name;
};

struct TypeTable {
  std::vector<TypeNode> nodes;
};

/// A type borrowed from a table.
struct TypeView {
  TypeView() = default;

  TypeView(const TypeTable* of, TypeRef at) : table(of), ref(at) {}

  explicit TypeView(const Type& type) : table(type.table().get()), ref(type.ref()) {}

  Kind kind() const { return ref.is_primitive() ? ref.primitive() : node().kind; }

  const TypeNode& node() const { return table->nodes[ref.index()]; }

  TypeView part(std::size_t index) const { return {table, node().parts[index].type}; }

  std::size_t part_count() const { return ref.is_primitive() ? 0 : node().parts.size(); }

  bool is_blob() const { return kind() == Kind::kVec && part(0).kind() == Kind::kNat8; }

  /// Of a record or variant; nothing if there is none.
  const Part* find(std::uint32_t id) const;

  /// As an element of ordered sets.
  std::pair<const TypeTable*, TypeRef> key() const {
    return {ref.is_primitive() ? nullptr : table, ref};
  }

  const TypeTable* table = nullptr;
  TypeRef ref;
};

/// Makes a table of parts of others.
class TypeTableBuilder {
 public:
  TypeTableBuilder() : table_(std::make_shared<TypeTable>()) {}

  /// The type in this table; what it is made of is copied once.
  TypeRef add(const Type& type);
  TypeRef add(TypeNode node);

  /// An entry to be filled in later, so that it can be referred to before.
  TypeRef reserve() { return add(TypeNode()); }

  TypeNode& node(TypeRef ref) { return table_->nodes[ref.index()]; }

  std::shared_ptr<TypeTable> table() const { return table_; }

  Type type(TypeRef ref) const { return {table_, ref}; }

 private:
  std::shared_ptr<TypeTable> table_;
  std::map<std::pair<const TypeTable*, TypeRef>, TypeRef> copies_;
  std::vector<std::shared_ptr<const TypeTable>> sources_;  // so that no two have one address
};

/// Sorts the parts of a record, variant or service. Throws `CandidError` where two have one name.
void sort_parts(TypeNode& node);

std::string to_text(TypeView type);
/// What stands behind `type name =`: types inside that have names are printed as these.
std::string definition_text(TypeView type);

}  // namespace heddle::candid::internal
