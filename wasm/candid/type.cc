#include <algorithm>
#include <array>
#include <iterator>
#include <ostream>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/internal/type_table.h>
#include <heddle/wasm/candid/type.h>

namespace heddle::candid {
namespace {

using internal::Part;
using internal::TypeNode;
using internal::TypeRef;
using internal::TypeTableBuilder;
using internal::TypeView;

constexpr std::array<std::string_view, 25> kKindNames = {
    "null",  "bool",   "nat",     "int",     "nat8",    "nat16",     "nat32",      "nat64", "int8",
    "int16", "int32",  "int64",   "float32", "float64", "text",      "reserved",   "empty", "opt",
    "vec",   "record", "variant", "func",    "service", "principal", "future type"};

// Besides the names of the primitive types.
constexpr std::array<std::string_view, 16> kKeywords = {
    "opt",    "vec",  "record", "variant", "func",  "service",         "blob",      "query",
    "oneway", "type", "import", "true",    "false", "composite_query", "principal", "class"};

/// Writes types in one line. Deeper than this, dots stand for the rest.
class TypePrinter {
 public:
  static constexpr std::size_t kDepthMax = 100;

  /// Whether a type that has a name is printed as the name, except the outermost one.
  explicit TypePrinter(bool by_name) : by_name_(by_name) {}

  std::string print(TypeView type) {
    if (type.ref.is_primitive()) {
      return std::string(to_text(type.kind()));
    }
    if (type.is_blob() && (!by_name_ || type.node().name.empty() || open_.empty())) {
      return "blob";
    }
    if (by_name_ && !open_.empty() && !type.node().name.empty()) {
      return quoted_unless_plain(type.node().name);
    }
    if (std::ranges::count(open_, type.ref) > 0) {
      return type.node().name.empty() ? fmt::format("rec_{}", type.ref.index())
                                      : quoted_unless_plain(type.node().name);
    }
    if (open_.size() == kDepthMax) {
      return "...";
    }
    open_.push_back(type.ref);
    std::string text = print_node(type);
    open_.pop_back();
    return text;
  }

  std::string print_function(TypeView type) {
    const TypeNode& node = type.node();
    std::string text = tuple(type, 0, node.argument_count) + " -> " +
                       tuple(type, node.argument_count, node.parts.size());
    text += node.annotations.query ? " query" : "";
    text += node.annotations.composite_query ? " composite_query" : "";
    text += node.annotations.oneway ? " oneway" : "";
    return text;
  }

 private:
  std::string print_node(TypeView type) {
    switch (type.kind()) {
      case Kind::kOpt:
        return "opt " + print(type.part(0));
      case Kind::kVec:
        return "vec " + print(type.part(0));
      case Kind::kRecord:
        return "record " + record(type);
      case Kind::kVariant:
        return "variant " + variant(type);
      case Kind::kFunc:
        return "func " + print_function(type);
      case Kind::kService:
        return "service " + service(type);
      default:
        return std::string(to_text(type.kind()));
    }
  }

  static std::string braced(const std::vector<std::string>& parts) {
    return parts.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(parts, "; "));
  }

  std::string record(TypeView type) {
    std::vector<std::string> fields;
    bool is_tuple = true;
    for (std::size_t i = 0; i < type.part_count(); ++i) {
      const Label& label = type.node().parts[i].label;
      is_tuple = is_tuple && label.name.empty() && label.id == i;
    }
    for (std::size_t i = 0; i < type.part_count(); ++i) {
      const std::string field = print(type.part(i));
      fields.push_back(is_tuple ? field : type.node().parts[i].label.to_text() + " : " + field);
    }
    return braced(fields);
  }

  std::string variant(TypeView type) {
    std::vector<std::string> cases;
    for (std::size_t i = 0; i < type.part_count(); ++i) {
      const std::string name = type.node().parts[i].label.to_text();
      cases.push_back(type.part(i).kind() == Kind::kNull ? name
                                                         : name + " : " + print(type.part(i)));
    }
    return braced(cases);
  }

  std::string service(TypeView type) {
    std::vector<std::string> methods;
    for (std::size_t i = 0; i < type.part_count(); ++i) {
      const bool named = std::ranges::count(open_, type.part(i).ref) > 0 ||
                         (by_name_ && !type.part(i).node().name.empty());
      methods.push_back(quoted_unless_plain(type.node().parts[i].label.name) + " : " +
                        (named ? print(type.part(i)) : print_function(type.part(i))));
    }
    return braced(methods);
  }

  std::string tuple(TypeView type, std::size_t first, std::size_t last) {
    std::vector<std::string> elements;
    for (std::size_t i = first; i < last; ++i) {
      const std::string& name = type.node().parts[i].label.name;
      elements.push_back((name.empty() ? "" : quoted_unless_plain(name) + " : ") +
                         print(type.part(i)));
    }
    return fmt::format("({})", fmt::join(elements, ", "));
  }

  bool by_name_;
  std::vector<TypeRef> open_;
};

Type composite(TypeNode node, TypeTableBuilder& builder) {
  const TypeRef ref = builder.add(std::move(node));
  return builder.type(ref);
}

Type container(Kind kind, const Type& element) {
  TypeTableBuilder builder;
  TypeNode node;
  node.kind = kind;
  node.parts.push_back({Label(), builder.add(element)});
  return composite(std::move(node), builder);
}

Type labelled(Kind kind, std::vector<Field> fields) {
  TypeTableBuilder builder;
  TypeNode node;
  node.kind = kind;
  for (Field& field : fields) {
    const TypeRef type = builder.add(field.type);
    node.parts.push_back({std::move(field.label), type});
  }
  internal::sort_parts(node);
  return composite(std::move(node), builder);
}

Label name_only(std::string name) {
  Label label;
  label.name = std::move(name);
  return label;
}

std::vector<Argument> arguments_of(const Type& func, bool results) {
  const TypeView view(func);
  std::vector<Argument> arguments;
  if (func.kind() == Kind::kFunc) {
    const std::size_t first = results ? view.node().argument_count : 0;
    const std::size_t last = results ? view.part_count() : view.node().argument_count;
    for (std::size_t i = first; i < last; ++i) {
      arguments.emplace_back(view.node().parts[i].label.name, Type(func.table(), view.part(i).ref));
    }
  }
  return arguments;
}

/// Whether two entries look alike, their parts aside.
bool same_shape(const TypeNode& a, const TypeNode& b) {
  if (a.kind != b.kind || a.parts.size() != b.parts.size() ||
      a.argument_count != b.argument_count || a.annotations != b.annotations) {
    return false;
  }
  for (std::size_t i = 0; i < a.parts.size(); ++i) {
    const bool same = a.kind == Kind::kService
                          ? a.parts[i].label.name == b.parts[i].label.name
                          : a.kind == Kind::kFunc || a.parts[i].label == b.parts[i].label;
    if (!same) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string_view to_text(Kind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::string Label::to_text() const {
  return name.empty() ? std::to_string(id) : quoted_unless_plain(name);
}

bool is_plain_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool is_identifier =
      !name.empty() && is_letter(name.front()) &&
      std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c); });
  return is_identifier && std::ranges::count(kKeywords, name) == 0 &&
         std::ranges::count(kKindNames.begin(), kKindNames.begin() + 17, name) == 0;
}

std::string quoted_unless_plain(std::string_view name) {
  if (is_plain_name(name)) {
    return std::string(name);
  }
  std::string quoted = "\"";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += fmt::format("\\{:02x}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

Type::Type(Kind primitive) : ref_(primitive) {
  if (!is_primitive(primitive)) {
    throw std::invalid_argument(
        fmt::format("{} is no primitive type", heddle::candid::to_text(primitive)));
  }
}

Type::Type(std::shared_ptr<const internal::TypeTable> table, TypeRef ref) : ref_(ref) {
  if (!ref.is_primitive()) {
    table_ = std::move(table);
  }
}

Type Type::opt(const Type& content) {
  return container(Kind::kOpt, content);
}

Type Type::vec(const Type& element) {
  return container(Kind::kVec, element);
}

Type Type::record(std::vector<Field> fields) {
  return labelled(Kind::kRecord, std::move(fields));
}

Type Type::tuple(const std::vector<Type>& elements) {
  std::vector<Field> fields;
  for (const Type& element : elements) {
    fields.push_back({Label(static_cast<std::uint32_t>(fields.size())), element});
  }
  return record(std::move(fields));
}

Type Type::variant(std::vector<Field> cases) {
  return labelled(Kind::kVariant, std::move(cases));
}

Type Type::func(const std::vector<Argument>& arguments, const std::vector<Argument>& results,
                Annotations annotations) {
  TypeTableBuilder builder;
  TypeNode node;
  node.kind = Kind::kFunc;
  node.argument_count = arguments.size();
  node.annotations = annotations;
  for (const std::vector<Argument>* side : {&arguments, &results}) {
    for (const Argument& argument : *side) {
      node.parts.push_back({name_only(argument.name), builder.add(argument.type)});
    }
  }
  return composite(std::move(node), builder);
}

Type Type::service(std::vector<Method> methods) {
  TypeTableBuilder builder;
  TypeNode node;
  node.kind = Kind::kService;
  for (Method& method : methods) {
    if (method.type.kind() != Kind::kFunc) {
      throw CandidError({.problem = fmt::format("the type of method {} is no function but {}",
                                                method.name, candid::to_text(method.type)),
                         .path = {},
                         .likely_cause = {},
                         .offset = {},
                         .place = {},
                         .source = {},
                         .caret = {}});
    }
    const TypeRef type = builder.add(method.type);
    node.parts.push_back({name_only(std::move(method.name)), type});
  }
  internal::sort_parts(node);
  return composite(std::move(node), builder);
}

Kind Type::kind() const {
  return TypeView(*this).kind();
}

bool Type::is_blob() const {
  return TypeView(*this).is_blob();
}

Type Type::element() const {
  const bool has_one = kind() == Kind::kOpt || kind() == Kind::kVec;
  return has_one ? Type(table_, TypeView(*this).part(0).ref) : Type(Kind::kEmpty);
}

std::vector<Field> Type::fields() const {
  std::vector<Field> fields;
  if (kind() == Kind::kRecord || kind() == Kind::kVariant) {
    for (const Part& part : TypeView(*this).node().parts) {
      fields.push_back({part.label, Type(table_, part.type)});
    }
  }
  return fields;
}

std::optional<Type> Type::field(std::uint32_t id) const {
  if (kind() != Kind::kRecord && kind() != Kind::kVariant) {
    return std::nullopt;
  }
  const Part* part = TypeView(*this).find(id);
  return part == nullptr ? std::nullopt : std::optional(Type(table_, part->type));
}

std::vector<Argument> Type::arguments() const {
  return arguments_of(*this, false);
}

std::vector<Argument> Type::results() const {
  return arguments_of(*this, true);
}

Annotations Type::annotations() const {
  return kind() == Kind::kFunc ? TypeView(*this).node().annotations : Annotations();
}

std::vector<Method> Type::methods() const {
  std::vector<Method> methods;
  if (kind() == Kind::kService) {
    for (const Part& part : TypeView(*this).node().parts) {
      methods.push_back({part.label.name, Type(table_, part.type)});
    }
  }
  return methods;
}

std::optional<Type> Type::method(std::string_view name) const {
  if (kind() == Kind::kService) {
    for (const Part& part : TypeView(*this).node().parts) {
      if (part.label.name == name) {
        return Type(table_, part.type);
      }
    }
  }
  return std::nullopt;
}

std::string_view Type::name() const {
  return ref_.is_primitive() ? std::string_view() : TypeView(*this).node().name;
}

bool operator==(const Type& a, const Type& b) {
  // The largest relation between entries that look alike and whose parts are related.
  std::set<std::pair<std::pair<const internal::TypeTable*, TypeRef>,
                     std::pair<const internal::TypeTable*, TypeRef>>>
      related;
  std::vector<std::pair<TypeView, TypeView>> open = {{TypeView(a), TypeView(b)}};
  while (!open.empty()) {
    const auto [left, right] = open.back();
    open.pop_back();
    if (left.ref.is_primitive() || right.ref.is_primitive()) {
      if (left.ref != right.ref) {
        return false;
      }
      continue;
    }
    if (left.key() == right.key() || !related.emplace(left.key(), right.key()).second) {
      continue;
    }
    if (!same_shape(left.node(), right.node())) {
      return false;
    }
    for (std::size_t i = 0; i < left.part_count(); ++i) {
      open.emplace_back(left.part(i), right.part(i));
    }
  }
  return true;
}

std::ostream& operator<<(std::ostream& out, const Type& type) {
  return out << to_text(type);
}

std::vector<Type> types_of(const std::vector<Argument>& arguments) {
  std::vector<Type> types;
  for (const Argument& argument : arguments) {
    types.push_back(argument.type);
  }
  return types;
}

std::string to_text(const Type& type) {
  return TypePrinter(false).print(TypeView(type));
}

std::string to_text(const std::vector<Type>& types) {
  std::vector<std::string> texts;
  for (const Type& type : types) {
    texts.push_back(to_text(type));
  }
  return fmt::format("({})", fmt::join(texts, ", "));
}

namespace internal {

const Part* TypeView::find(std::uint32_t id) const {
  const std::vector<Part>& parts = node().parts;
  const auto found =
      std::ranges::lower_bound(parts, id, {}, [](const Part& part) { return part.label.id; });
  return found == parts.end() || found->label.id != id ? nullptr : &*found;
}

TypeRef TypeTableBuilder::add(TypeNode node) {
  table_->nodes.push_back(std::move(node));
  return TypeRef(table_->nodes.size() - 1);
}

TypeRef TypeTableBuilder::add(const Type& type) {
  if (type.ref().is_primitive() || type.table() == table_) {
    return type.ref();
  }
  sources_.push_back(type.table());
  const TypeTable& from = *type.table();
  std::vector<TypeRef> open;
  const auto copied = [&](TypeRef ref) {
    if (ref.is_primitive()) {
      return ref;
    }
    const auto [place, is_new] = copies_.try_emplace({&from, ref});
    if (is_new) {
      place->second = add(from.nodes[ref.index()]);
      open.push_back(place->second);
    }
    return place->second;
  };
  const TypeRef result = copied(type.ref());
  while (!open.empty()) {
    const TypeRef next = open.back();
    open.pop_back();
    for (std::size_t i = 0; i < node(next).parts.size(); ++i) {
      const TypeRef part = copied(node(next).parts[i].type);
      node(next).parts[i].type = part;
    }
  }
  return result;
}

void sort_parts(TypeNode& node) {
  const bool by_name = node.kind == Kind::kService;
  std::ranges::sort(node.parts, [by_name](const Part& a, const Part& b) {
    return by_name ? a.label.name < b.label.name : a.label < b.label;
  });
  const auto twice =
      std::ranges::adjacent_find(node.parts, [by_name](const Part& a, const Part& b) {
        return by_name ? a.label.name == b.label.name : a.label == b.label;
      });
  if (twice == node.parts.end()) {
    return;
  }
  const Label& first = twice->label;
  const Label& second = std::next(twice)->label;
  CandidError::Details details;
  if (by_name || first.name == second.name) {
    details.problem = fmt::format(
        "{} {} occurs twice", by_name ? "method" : (node.kind == Kind::kVariant ? "case" : "field"),
        by_name ? quoted_unless_plain(first.name) : first.to_text());
  } else {
    details.problem = fmt::format("{} and {} have the same number, {}", first.to_text(),
                                  second.to_text(), first.id);
    details.likely_cause = "names count by their hash, and these two have the same";
  }
  throw CandidError(std::move(details));
}

std::string to_text(TypeView type) {
  return TypePrinter(false).print(type);
}

std::string definition_text(TypeView type) {
  return TypePrinter(true).print(type);
}

}  // namespace internal
}  // namespace heddle::candid
