#include <bit>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/internal/coercion.h>
#include <heddle/wasm/candid/internal/leb128.h>
#include <heddle/wasm/candid/internal/type_table.h>

namespace heddle::candid {
namespace {

using internal::Part;
using internal::TypeNode;
using internal::TypeRef;
using internal::TypeTable;
using internal::TypeView;

[[noreturn]] void fail(std::string problem, std::string path = {}) {
  CandidError::Details details;
  details.problem = std::move(problem);
  details.path = std::move(path);
  throw CandidError(std::move(details));
}

/// Writes a message whose values are of its types.
class MessageWriter {
 public:
  std::string write(const std::vector<Value>& values, const std::vector<Type>& types) {
    internal::TypeTableBuilder builder;
    std::vector<TypeRef> arguments;
    for (const Type& type : types) {
      arguments.push_back(builder.add(type));
    }
    out_ = "DIDL";
    count(builder.table()->nodes.size());
    for (const TypeNode& node : builder.table()->nodes) {
      write_node(node);
    }
    count(arguments.size());
    for (const TypeRef type : arguments) {
      reference(type);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      write_value(values[i], {builder.table().get(), arguments[i]});
    }
    return std::move(out_);
  }

 private:
  void byte(unsigned value) { out_.push_back(static_cast<char>(value)); }

  void count(std::uint64_t value) { internal::append_leb128(value, out_); }

  void fixed(std::uint64_t bits, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i, bits >>= 8U) {
      byte(static_cast<unsigned>(bits & 0xffU));
    }
  }

  void text(std::string_view bytes) {
    count(bytes.size());
    out_ += bytes;
  }

  void opcode(Kind kind) { internal::append_sleb128(-1 - Int(static_cast<int>(kind)), out_); }

  void reference(TypeRef type) {
    if (type.is_primitive()) {
      opcode(type.primitive());
    } else {
      internal::append_sleb128(Int(type.index()), out_);
    }
  }

  void write_node(const TypeNode& node) {
    if (node.kind == Kind::kFuture) {
      fail("a type of a later version of Candid cannot be written");
    }
    opcode(node.kind);
    switch (node.kind) {
      case Kind::kRecord:
      case Kind::kVariant:
        count(node.parts.size());
        for (const Part& part : node.parts) {
          count(part.label.id);
          reference(part.type);
        }
        break;
      case Kind::kFunc:
        write_tuple(node, 0, node.argument_count);
        write_tuple(node, node.argument_count, node.parts.size());
        write_annotations(node.annotations);
        break;
      case Kind::kService:
        count(node.parts.size());
        for (const Part& part : node.parts) {
          text(part.label.name);
          reference(part.type);
        }
        break;
      default:  // opt, vec
        reference(node.parts.front().type);
        break;
    }
  }

  void write_tuple(const TypeNode& node, std::size_t first, std::size_t last) {
    count(last - first);
    for (std::size_t i = first; i < last; ++i) {
      reference(node.parts[i].type);
    }
  }

  void write_annotations(const Annotations& annotations) {
    std::string codes;
    codes += annotations.query ? "\x01" : "";
    codes += annotations.oneway ? "\x02" : "";
    codes += annotations.composite_query ? "\x03" : "";
    text(codes);
  }

  void write_principal(const Principal& principal) {
    byte(1);  // transparent
    text(principal.bytes());
  }

  void write_value(const Value& value, TypeView type) {
    switch (type.kind()) {
      case Kind::kNull:
      case Kind::kReserved:
        break;
      case Kind::kBool:
        byte(value.boolean() ? 1 : 0);
        break;
      case Kind::kNat:
        internal::append_leb128(value.nat(), out_);
        break;
      case Kind::kInt:
        internal::append_sleb128(value.integer(), out_);
        break;
      case Kind::kNat8:
      case Kind::kNat16:
      case Kind::kNat32:
      case Kind::kNat64:
        fixed(value.bits_unsigned(), std::size_t{1} << (static_cast<unsigned>(type.kind()) -
                                                        static_cast<unsigned>(Kind::kNat8)));
        break;
      case Kind::kInt8:
      case Kind::kInt16:
      case Kind::kInt32:
      case Kind::kInt64:
        fixed(static_cast<std::uint64_t>(value.bits_signed()),
              std::size_t{1} << (static_cast<unsigned>(type.kind()) -
                                 static_cast<unsigned>(Kind::kInt8)));
        break;
      case Kind::kFloat32:
        fixed(std::bit_cast<std::uint32_t>(value.float32()), 4);
        break;
      case Kind::kFloat64:
        fixed(std::bit_cast<std::uint64_t>(value.float64()), 8);
        break;
      case Kind::kText:
        text(value.bytes());
        break;
      case Kind::kPrincipal:
        write_principal(value.principal());
        break;
      case Kind::kService:
        write_principal(value.reference().service);
        break;
      case Kind::kFunc:
        byte(1);  // a public method
        write_principal(value.reference().service);
        text(value.reference().method);
        break;
      case Kind::kEmpty:
      case Kind::kFuture:
        fail("a value of type empty cannot be written");
      default:
        write_composite(value, type);
        break;
    }
  }

  void write_composite(const Value& value, TypeView type) {
    switch (type.kind()) {
      case Kind::kOpt:
        byte(value.elements().empty() ? 0 : 1);
        for (const Value& content : value.elements()) {
          write_value(content, type.part(0));
        }
        break;
      case Kind::kVec:
        count(value.size());
        if (value.is_blob() && value.size() > 0) {
          out_ += value.bytes();
        } else {
          for (const Value& element : value.elements()) {
            write_value(element, type.part(0));
          }
        }
        break;
      case Kind::kRecord:
        for (std::size_t i = 0; i < type.part_count(); ++i) {
          write_value(value.fields()[i].value, type.part(i));
        }
        break;
      default: {  // variant
        const FieldValue& given = value.fields().front();
        const Part* part = type.find(given.label.id);
        count(static_cast<std::uint64_t>(part - type.node().parts.data()));
        write_value(given.value, {type.table, part->type});
        break;
      }
    }
  }

  std::string out_;
};

}  // namespace

std::string encode(const std::vector<Value>& values, const std::vector<Type>& types) {
  if (values.size() > types.size()) {
    fail(fmt::format("there are {} values for {} types, {}", values.size(), types.size(),
                     to_text(types)));
  }
  const DecodeLimits limits;
  internal::Coercion coercion(limits.values_max, limits.subtype_steps_max);
  std::vector<Value> coerced;
  for (std::size_t i = 0; i < types.size(); ++i) {
    std::optional<Value> value = i < values.size() ? coercion.coerce(values[i], TypeView(types[i]))
                                                   : coercion.missing(TypeView(types[i]));
    if (!value && i < values.size()) {
      std::vector<internal::Step> path = coercion.path();
      path.insert(path.begin(), {internal::Step::Kind::kArgument, i});
      fail(coercion.problem(), internal::path_text(path, types));
    }
    if (!value) {
      fail(fmt::format("argument {} is missing, a {}", i + 1, to_text(types[i])));
    }
    coerced.push_back(*std::move(value));
  }
  return MessageWriter().write(coerced, types);
}

std::string encode(const std::vector<Value>& values) {
  return encode(values, types_of(values));
}

}  // namespace heddle::candid
