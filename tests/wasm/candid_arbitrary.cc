#include "wasm/candid_arbitrary.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <rapidcheck.h>

#include <heddle/model/nat.h>
#include <heddle/model/principal.h>
#include <heddle/wasm/candid/did.h>

namespace heddle::candid {
namespace {

// RapidCheck begins with small ranges; here already the first values are to be of all kinds.
int draw(int from, int to) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to));
}

std::uint64_t draw_bits() {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>());
}

std::string draw_bytes(int size_max) {
  std::string bytes;
  for (int i = draw(0, size_max + 1); i > 0; --i) {
    bytes.push_back(static_cast<char>(draw(0, 256)));
  }
  return bytes;
}

std::string draw_text() {
  static const std::vector<std::string> pieces = {"a",    "Z", " ", "\"", "\\",   "\n", "\t",
                                                  "\x01", "ß", "☃", "🐂",  "\x7f", "0"};
  std::string text;
  for (int i = draw(0, 6); i > 0; --i) {
    text += pieces[static_cast<std::size_t>(draw(0, static_cast<int>(pieces.size())))];
  }
  return text;
}

Label draw_label() {
  static const std::vector<std::string> names = {"owner", "amount", "two words",
                                                 "query", "ok",     "☃"};
  const int choice = draw(0, 10);
  return choice < 6 ? Label(names[static_cast<std::size_t>(choice)])
                    : Label(choice == 9 ? 0xffffffffU : static_cast<std::uint32_t>(choice - 6));
}

std::vector<Field> draw_fields(int count, int depth) {
  std::vector<Field> fields;
  for (int i = 0; i < count; ++i) {
    Label label = draw_label();
    if (std::ranges::find(fields, label, &Field::label) == fields.end()) {
      fields.push_back({std::move(label), draw_type(depth)});
    }
  }
  return fields;
}

std::vector<Argument> draw_arguments(int depth) {
  std::vector<Argument> arguments;
  for (int i = draw(0, 3); i > 0; --i) {
    arguments.emplace_back(draw_type(depth));
  }
  return arguments;
}

Type draw_func(int depth) {
  Annotations annotations;
  annotations.query = draw(0, 4) == 0;
  annotations.composite_query = !annotations.query && draw(0, 4) == 0;
  return Type::func(draw_arguments(depth), draw_arguments(depth), annotations);
}

Type draw_service(int depth) {
  std::vector<Method> methods;
  for (const char* name : {"get", "a b", "☃"}) {
    if (draw(0, 2) == 0) {
      methods.push_back({name, draw_func(depth)});
    }
  }
  return Type::service(std::move(methods));
}

Type draw_recursive() {
  static const Interface types = parse_did(R"(
    type List = opt record { head : int; tail : List };
    type Tree = variant { leaf : nat8; branch : record { Tree; Tree } };
    type Rose = vec Rose;
    type Stream = opt record { now : text; next : func () -> (Stream) query };
  )");
  return types.definitions()[static_cast<std::size_t>(draw(0, 4))].second;
}

/// The case with the least value inside.
const Field& simplest(const std::vector<Field>& cases) {
  return *std::ranges::min_element(cases, {}, [](const Field& field) {
    return field.type.kind() == Kind::kRecord || field.type.kind() == Kind::kVariant ? 1 : 0;
  });
}

Nat draw_nat() {
  Nat value = draw_bits() >> static_cast<unsigned>(draw(0, 64));
  for (int i = draw(0, 4); i > 0; --i) {
    value *= draw_bits();
  }
  return value;
}

Principal draw_principal() {
  return Principal::from_bytes(draw_bytes(static_cast<int>(Principal::kSizeMax)));
}

std::vector<Argument> supertypes(const std::vector<Argument>& arguments, int depth) {
  std::vector<Argument> result;
  for (const Argument& argument : arguments) {
    result.emplace_back(draw_supertype(argument.type, depth));
  }
  // The last ones may go, and new ones may come if they can be missing.
  while (!result.empty() && draw(0, 4) == 0) {
    result.pop_back();
  }
  if (result.size() == arguments.size() && draw(0, 3) == 0) {
    result.emplace_back(Type::opt(draw_type(depth)));
  }
  return result;
}

}  // namespace

Type draw_type(int depth) {
  const int choice = depth > 0 && draw(0, 4) > 0 ? draw(17, 27) : draw(0, 17);
  if (choice < 16) {
    return static_cast<Kind>(choice);  // all primitive types but empty and principal
  }
  switch (choice) {
    case 17:
    case 18:
      return Type::opt(draw_type(depth - 1));
    case 19:
      return Type::vec(draw_type(depth - 1));
    case 20:
      return Type::blob();
    case 21:
    case 22:
      return Type::record(draw_fields(draw(0, 4), depth - 1));
    case 23:
      return Type::variant(draw_fields(draw(1, 4), depth - 1));
    case 24:
      return draw_func(depth - 1);
    case 25:
      return draw_service(depth - 1);
    case 26:
      return draw_recursive();
    default:
      return Kind::kPrincipal;
  }
}

Value draw_value(const Type& type, int depth) {
  const Kind kind = type.kind();
  switch (kind) {
    case Kind::kNull:
      return {};
    case Kind::kReserved:
      return Value::reserved();
    case Kind::kBool:
      return draw(0, 2) == 1;
    case Kind::kNat:
      return draw_nat();
    case Kind::kInt:
      return draw(0, 2) == 1 ? -Int(draw_nat()) : Int(draw_nat());
    case Kind::kNat8:
    case Kind::kNat16:
    case Kind::kNat32:
    case Kind::kNat64: {
      const auto bits = std::size_t{8}
                        << (static_cast<unsigned>(kind) - static_cast<unsigned>(Kind::kNat8));
      return Value::unsigned_number(bits, draw_bits() >> (64 - bits));
    }
    case Kind::kInt8:
    case Kind::kInt16:
    case Kind::kInt32:
    case Kind::kInt64: {
      const auto bits = std::size_t{8}
                        << (static_cast<unsigned>(kind) - static_cast<unsigned>(Kind::kInt8));
      return Value::signed_number(bits, static_cast<std::int64_t>(draw_bits()) >> (64 - bits));
    }
    case Kind::kFloat32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(draw_bits()));
    case Kind::kFloat64:
      return std::bit_cast<double>(draw_bits());
    case Kind::kText:
      return Value::text(draw_text());
    case Kind::kPrincipal:
      return draw_principal();
    case Kind::kOpt:
      return depth <= 0 || draw(0, 3) == 0 ? Value::opt()
                                           : Value::opt(draw_value(type.element(), depth - 1));
    case Kind::kVec: {
      std::vector<Value> elements;
      for (int i = depth <= 0 ? 0 : draw(0, 4); i > 0; --i) {
        elements.push_back(draw_value(type.element(), depth - 1));
      }
      return Value::vec(std::move(elements));
    }
    case Kind::kRecord: {
      std::vector<FieldValue> fields;
      for (const Field& field : type.fields()) {
        fields.push_back({field.label, draw_value(field.type, depth - 1)});
      }
      return Value::record(std::move(fields));
    }
    case Kind::kVariant: {
      const std::vector<Field> cases = type.fields();
      const Field& chosen =
          depth <= 0 ? simplest(cases)
                     : cases[static_cast<std::size_t>(draw(0, static_cast<int>(cases.size())))];
      return Value::variant(chosen.label, draw_value(chosen.type, depth - 1));
    }
    case Kind::kService:
      return Value::service(draw_principal(), type);
    default:
      return Value::func(draw_principal(), draw_text(), type);
  }
}

Type draw_supertype(const Type& type, int depth) {
  const Label added("added later");
  const int choice = draw(0, 12);
  if (choice == 0) {
    return Kind::kReserved;
  }
  if (choice == 1) {
    return Type::opt(draw(0, 2) == 0 ? type : draw_type(1));
  }
  if (depth <= 0) {
    return type;
  }
  switch (type.kind()) {
    case Kind::kNat:
      return draw(0, 2) == 0 ? Kind::kInt : Kind::kNat;
    case Kind::kOpt:
      return Type::opt(draw_supertype(type.element(), depth - 1));
    case Kind::kVec:
      return Type::vec(draw_supertype(type.element(), depth - 1));
    case Kind::kRecord: {
      std::vector<Field> fields;
      for (const Field& field : type.fields()) {
        if (draw(0, 4) != 0) {
          fields.push_back({field.label, draw_supertype(field.type, depth - 1)});
        }
      }
      if (!type.field(added.id)) {
        fields.push_back({added, Type::opt(draw_type(1))});
      }
      return Type::record(std::move(fields));
    }
    case Kind::kVariant: {
      std::vector<Field> cases;
      for (const Field& field : type.fields()) {
        cases.push_back({field.label, draw_supertype(field.type, depth - 1)});
      }
      if (!type.field(added.id)) {
        cases.push_back({added, draw_type(1)});
      }
      return Type::variant(std::move(cases));
    }
    case Kind::kFunc:
      // Arguments the other way round: what is expected of them can only be kept here.
      return Type::func(type.arguments(), supertypes(type.results(), depth - 1),
                        type.annotations());
    case Kind::kService: {
      std::vector<Method> methods;
      for (const Method& method : type.methods()) {
        if (draw(0, 3) != 0) {
          methods.push_back(method);
        }
      }
      return Type::service(std::move(methods));
    }
    default:
      return type;
  }
}

}  // namespace heddle::candid
