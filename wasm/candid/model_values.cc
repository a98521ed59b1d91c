#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <utility>

#include <fmt/format.h>

#include <heddle/model/encoding.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/internal/leb128.h>
#include <heddle/wasm/candid/internal/type_table.h>
#include <heddle/wasm/candid/model_values.h>
#include <heddle/wasm/candid/numbers.h>

namespace heddle::candid {
namespace {

using internal::TypeNode;
using internal::TypeRef;

[[noreturn]] void fail(std::string problem, std::string likely_cause = {}) {
  CandidError::Details details;
  details.problem = std::move(problem);
  details.likely_cause = std::move(likely_cause);
  throw CandidError(std::move(details));
}

Label label_of(const std::string& name) {
  return name.starts_with('.')
             ? Label(static_cast<std::uint32_t>(std::strtoul(name.c_str() + 1, nullptr, 10)))
             : Label(name);
}

bool is_positional(const TypeInfo& info) {
  return info.kind == TypeInfo::Kind::kTuple;
}

Label label_of_part(const TypeInfo& info, std::size_t index) {
  return is_positional(info) ? Label(static_cast<std::uint32_t>(index))
                             : label_of(info.parts[index].name);
}

Kind integer_kind(const TypeInfo& info) {
  const auto first = info.is_signed ? Kind::kInt8 : Kind::kNat8;
  return static_cast<Kind>(static_cast<int>(first) + std::countr_zero(info.size));
}

/// A case that is a struct stands for what the struct holds, if that is nothing or one value
/// without a name.
enum class Case { kPlain, kEmpty, kWrapped };

Case case_of(const TypeInfo& info) {
  if (info.kind != TypeInfo::Kind::kRecord || info.parts.size() > 1) {
    return Case::kPlain;
  }
  if (info.parts.empty()) {
    return Case::kEmpty;
  }
  return info.parts.front().name == ".0" ? Case::kWrapped : Case::kPlain;
}

class TypeMaker {
 public:
  TypeRef make(const TypeInfo& info) {
    if (const auto known = made_.find(&info); known != made_.end()) {
      return known->second;
    }
    switch (info.kind) {
      case TypeInfo::Kind::kUnit:
        return TypeRef(Kind::kNull);
      case TypeInfo::Kind::kBool:
        return TypeRef(Kind::kBool);
      case TypeInfo::Kind::kInteger:
        return TypeRef(integer_kind(info));
      case TypeInfo::Kind::kFloat:
        return TypeRef(info.size == 4 ? Kind::kFloat32 : Kind::kFloat64);
      case TypeInfo::Kind::kNat:
        return TypeRef(Kind::kNat);
      case TypeInfo::Kind::kInt:
        return TypeRef(Kind::kInt);
      case TypeInfo::Kind::kText:
        return TypeRef(Kind::kText);
      case TypeInfo::Kind::kPrincipal:
      case TypeInfo::Kind::kCanister:
        return TypeRef(Kind::kPrincipal);
      case TypeInfo::Kind::kOther:
        fail(fmt::format("a {} has no Candid form", info.name),
             "such values cannot be exchanged with compiled canisters");
      default:
        break;
    }
    const TypeRef ref = builder.reserve();
    made_.emplace(&info, ref);
    TypeNode node = composite(info);
    internal::sort_parts(node);
    builder.node(ref) = std::move(node);
    return ref;
  }

  internal::TypeTableBuilder builder;

 private:
  TypeNode composite(const TypeInfo& info) {
    TypeNode node;
    switch (info.kind) {
      case TypeInfo::Kind::kBlob:
        node.kind = Kind::kVec;
        node.parts.push_back({Label(), TypeRef(Kind::kNat8)});
        break;
      case TypeInfo::Kind::kOptional:
        node.kind = Kind::kOpt;
        node.parts.push_back({Label(), make(info.parts.front().type())});
        break;
      case TypeInfo::Kind::kList:
      case TypeInfo::Kind::kArray:
        node.kind = Kind::kVec;
        node.parts.push_back({Label(), make(info.parts.front().type())});
        break;
      case TypeInfo::Kind::kMap: {
        TypeNode entry;
        for (std::uint32_t i = 0; i < 2; ++i) {
          entry.parts.push_back({Label(i), make(info.parts[i].type())});
        }
        node.kind = Kind::kVec;
        node.parts.push_back({Label(), builder.add(std::move(entry))});
        break;
      }
      case TypeInfo::Kind::kVariant:
        node.kind = Kind::kVariant;
        for (const TypeInfo::Part& part : info.parts) {
          node.parts.push_back({label_of(part.name), content(part.type())});
        }
        break;
      default:  // tuple, record
        for (std::size_t i = 0; i < info.parts.size(); ++i) {
          node.parts.push_back({label_of_part(info, i), make(info.parts[i].type())});
        }
        break;
    }
    return node;
  }

  TypeRef content(const TypeInfo& info) {
    switch (case_of(info)) {
      case Case::kEmpty:
        return TypeRef(Kind::kNull);
      case Case::kWrapped:
        return make(info.parts.front().type());
      default:
        return make(info);
    }
  }

  std::map<const TypeInfo*, TypeRef> made_;
};

/// Reads what `Codec` wrote.
class ModelReader {
 public:
  ModelReader(std::string_view bytes, const Directory* directory)
      : in_(bytes), directory_(directory) {}

  Value whole(const TypeInfo& info) {
    Value result = value(info);
    in_.finish();
    return result;
  }

 private:
  Value value(const TypeInfo& info) {
    switch (info.kind) {
      case TypeInfo::Kind::kUnit:
        in_.byte();
        return {};
      case TypeInfo::Kind::kBool:
        return Value(in_.byte() != 0);
      case TypeInfo::Kind::kInteger:
        return integer(info);
      case TypeInfo::Kind::kFloat:
        return info.size == 4 ? Value(std::bit_cast<float>(in_.fixed<std::uint32_t>()))
                              : Value(std::bit_cast<double>(in_.fixed<std::uint64_t>()));
      case TypeInfo::Kind::kNat:
        return internal::from_leb128(in_.unbounded_varint());
      case TypeInfo::Kind::kInt: {
        const Nat folded = internal::from_leb128(in_.unbounded_varint());
        const Int half = folded / 2U;
        return folded % 2U == 0 ? half : -half - 1;
      }
      case TypeInfo::Kind::kText:
        return Value::text(std::string(in_.raw(in_.count())));
      case TypeInfo::Kind::kBlob:
        return Value::blob(std::string(in_.raw(in_.count())));
      case TypeInfo::Kind::kPrincipal:
        return Principal::from_bytes(in_.raw(in_.count()));
      case TypeInfo::Kind::kCanister:
        return canister();
      case TypeInfo::Kind::kOptional:
        return in_.byte() == 0 ? Value::opt() : Value::opt(value(info.parts.front().type()));
      case TypeInfo::Kind::kList:
        return list(info.parts.front().type(), in_.count());
      case TypeInfo::Kind::kArray:
        if (info.size == 0) {
          in_.byte();
        }
        return list(info.parts.front().type(), info.size);
      case TypeInfo::Kind::kMap:
        return map(info);
      case TypeInfo::Kind::kVariant:
        return variant(info);
      case TypeInfo::Kind::kTuple:
      case TypeInfo::Kind::kRecord:
        return record(info);
      case TypeInfo::Kind::kOther:
        break;
    }
    fail(fmt::format("a {} has no Candid form", info.name));
  }

  Value integer(const TypeInfo& info) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < info.size; ++i) {
      bits |= std::uint64_t{in_.byte()} << (8 * i);
    }
    if (!info.is_signed) {
      return Value::unsigned_number(8 * info.size, bits);
    }
    const auto unused = static_cast<unsigned>(64 - 8 * info.size);
    return Value::signed_number(8 * info.size, static_cast<std::int64_t>(bits << unused) >> unused);
  }

  Value canister() {
    const CanisterId id = heddle::internal::decode_ref(in_);
    if (directory_ == nullptr || id >= directory_->principals.size()) {
      fail("a handle stands for no installed canister, and so for no principal");
    }
    return Value(directory_->principals[id]);
  }

  Value list(const TypeInfo& element, std::size_t size) {
    std::vector<Value> elements;
    for (std::size_t i = 0; i < size; ++i) {
      elements.push_back(value(element));
    }
    return Value::vec(std::move(elements));
  }

  Value map(const TypeInfo& info) {
    std::vector<Value> entries;
    for (std::size_t left = in_.count(); left > 0; --left) {
      std::vector<Value> entry;
      entry.push_back(value(info.parts[0].type()));
      entry.push_back(value(info.parts[1].type()));
      entries.push_back(Value::tuple(std::move(entry)));
    }
    return Value::vec(std::move(entries));
  }

  Value variant(const TypeInfo& info) {
    const std::uint64_t index = in_.varint();
    if (index >= info.parts.size()) {
      in_.fail("a variant has no such alternative");
    }
    const TypeInfo::Part& part = info.parts[index];
    Value content = value(part.type());
    switch (case_of(part.type())) {
      case Case::kEmpty:
        return Value::variant(label_of(part.name));
      case Case::kWrapped:
        return Value::variant(label_of(part.name), content.fields().front().value);
      default:
        return Value::variant(label_of(part.name), std::move(content));
    }
  }

  Value record(const TypeInfo& info) {
    if (info.parts.empty()) {
      in_.byte();
    }
    std::vector<FieldValue> fields;
    for (std::size_t i = 0; i < info.parts.size(); ++i) {
      fields.push_back({label_of_part(info, i), value(info.parts[i].type())});
    }
    return Value::record(std::move(fields));
  }

  Decoder in_;
  const Directory* directory_;
};

/// Writes what `Codec` would, from values of the model's Candid type.
class ModelWriter {
 public:
  explicit ModelWriter(const Directory* directory) : directory_(directory) {}

  std::string whole(const TypeInfo& info, const Value& value) {
    write(info, value);
    return std::move(out_).bytes();
  }

 private:
  void write(const TypeInfo& info, const Value& value) {
    switch (info.kind) {
      case TypeInfo::Kind::kUnit:
        out_.byte(0);
        break;
      case TypeInfo::Kind::kBool:
        out_.byte(value.boolean() ? 1 : 0);
        break;
      case TypeInfo::Kind::kInteger: {
        auto bits = info.is_signed ? static_cast<std::uint64_t>(value.bits_signed())
                                   : value.bits_unsigned();
        for (std::size_t i = 0; i < info.size; ++i, bits >>= 8U) {
          out_.byte(static_cast<std::uint8_t>(bits & 0xffU));
        }
        break;
      }
      case TypeInfo::Kind::kFloat:
        // The model has one NaN.
        out_.raw(info.size == 4 ? to_bytes(value.float32()) : to_bytes(value.float64()));
        break;
      case TypeInfo::Kind::kNat:
        number(value.nat());
        break;
      case TypeInfo::Kind::kInt: {
        const Int& integer = value.integer();
        number(integer < 0 ? Nat(-(integer + 1)) * 2U + 1U : Nat(integer) * 2U);
        break;
      }
      case TypeInfo::Kind::kText:
        out_.varint(value.bytes().size());
        out_.raw(value.bytes());
        break;
      case TypeInfo::Kind::kBlob:
        out_.varint(value.size());
        if (value.size() > 0) {
          out_.raw(value.bytes());
        }
        break;
      case TypeInfo::Kind::kPrincipal:
        out_.varint(value.principal().bytes().size());
        out_.raw(value.principal().bytes());
        break;
      case TypeInfo::Kind::kCanister:
        heddle::internal::encode_ref(
            directory_ == nullptr ? kNoCanister : directory_->find(value.principal()), out_);
        break;
      case TypeInfo::Kind::kOther:
        fail(fmt::format("a {} has no Candid form", info.name));
      default:
        composite(info, value);
        break;
    }
  }

  void number(const Nat& value) {
    std::string digits;
    internal::append_leb128(value, digits);
    out_.raw(digits);
  }

  void composite(const TypeInfo& info, const Value& value) {
    switch (info.kind) {
      case TypeInfo::Kind::kOptional:
        out_.byte(value.elements().empty() ? 0 : 1);
        for (const Value& content : value.elements()) {
          write(info.parts.front().type(), content);
        }
        break;
      case TypeInfo::Kind::kList:
      case TypeInfo::Kind::kArray:
        list(info, value);
        break;
      case TypeInfo::Kind::kMap:
        map(info, value);
        break;
      case TypeInfo::Kind::kVariant:
        variant(info, value);
        break;
      default:  // tuple, record
        if (info.parts.empty()) {
          out_.byte(0);
        }
        for (std::size_t i = 0; i < info.parts.size(); ++i) {
          write(info.parts[i].type(), *value.find(label_of_part(info, i).id));
        }
        break;
    }
  }

  std::string apart(const TypeInfo& info, const Value& value) const {
    return ModelWriter(directory_).whole(info, value);
  }

  static Value element(const Value& vec, std::size_t index) {
    return vec.is_blob() ? Value::unsigned_number(8, static_cast<unsigned char>(vec.bytes()[index]))
                         : vec.elements()[index];
  }

  void list(const TypeInfo& info, const Value& value) {
    const TypeInfo& element_type = info.parts.front().type();
    if (info.in_order != nullptr) {
      std::vector<std::string> elements;
      for (std::size_t i = 0; i < value.size(); ++i) {
        elements.push_back(apart(element_type, element(value, i)));
      }
      out_.raw(info.in_order(elements));
      return;
    }
    if (info.kind == TypeInfo::Kind::kList) {
      out_.varint(value.size());
    } else if (value.size() != info.size) {
      fail(fmt::format("there are {} elements where {} are expected", value.size(), info.size));
    } else if (info.size == 0) {
      out_.byte(0);
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
      write(element_type, element(value, i));
    }
  }

  void map(const TypeInfo& info, const Value& value) {
    std::vector<std::string> entries;
    for (const Value& entry : value.elements()) {
      for (std::uint32_t i = 0; i < 2; ++i) {
        entries.push_back(apart(info.parts[i].type(), *entry.find(i)));
      }
    }
    out_.raw(info.in_order(entries));
  }

  void variant(const TypeInfo& info, const Value& value) {
    const FieldValue& given = value.fields().front();
    for (std::size_t i = 0; i < info.parts.size(); ++i) {
      if (label_of(info.parts[i].name) != given.label) {
        continue;
      }
      out_.varint(i);
      const TypeInfo& type = info.parts[i].type();
      switch (case_of(type)) {
        case Case::kEmpty:
          out_.byte(0);
          break;
        case Case::kWrapped:
          write(type.parts.front().type(), given.value);
          break;
        default:
          write(type, given.value);
          break;
      }
      return;
    }
  }

  Encoder out_;
  const Directory* directory_;
};

/// The parts of an argument list, or of a reply that is several results or none.
bool is_list(const TypeInfo& info) {
  return info.kind == TypeInfo::Kind::kTuple || info.kind == TypeInfo::Kind::kUnit;
}

}  // namespace

Type candid_type(const TypeInfo& info) {
  TypeMaker maker;
  const TypeRef ref = maker.make(info);
  return maker.builder.type(ref);
}

Value candid_value(const TypeInfo& info, std::string_view encoded, const Directory* directory) {
  return ModelReader(encoded, directory).whole(info);
}

std::string model_bytes(const TypeInfo& info, const Value& value, const Directory* directory) {
  return ModelWriter(directory).whole(info, coerce(value, candid_type(info)));
}

std::vector<Type> candid_types(const TypeInfo& info) {
  if (!is_list(info)) {
    return {candid_type(info)};
  }
  std::vector<Type> types;
  for (const TypeInfo::Part& part : info.parts) {
    types.push_back(candid_type(part.type()));
  }
  return types;
}

std::vector<Value> candid_values(const TypeInfo& info, std::string_view encoded,
                                 const Directory* directory) {
  std::vector<Value> values;
  Value whole = candid_value(info, encoded, directory);
  if (!is_list(info)) {
    values.push_back(std::move(whole));
  } else if (whole.kind() == Kind::kRecord) {
    for (const FieldValue& field : whole.fields()) {
      values.push_back(field.value);
    }
  }
  return values;
}

std::string message_of(const TypeInfo& info, std::string_view encoded, const Directory* directory) {
  return encode(candid_values(info, encoded, directory), candid_types(info));
}

std::string bytes_of_message(const TypeInfo& info, std::string_view message,
                             const Directory* directory, const DecodeLimits& limits) {
  std::vector<Value> values = decode(message, candid_types(info), limits);
  if (!is_list(info)) {
    return model_bytes(info, values.front(), directory);
  }
  return model_bytes(info,
                     info.kind == TypeInfo::Kind::kUnit ? Value() : Value::tuple(std::move(values)),
                     directory);
}

namespace {

std::string arguments_message(const TypeInfo& type, std::string_view encoded,
                              const Directory& directory) {
  try {
    return message_of(type, encoded, &directory);
  } catch (const CandidError& error) {
    throw Misuse(fmt::format("cannot be sent as Candid: {}", error.what()));
  }
}

std::string reply_bytes(const TypeInfo& type, std::string_view message,
                        const Directory& directory) {
  try {
    return bytes_of_message(type, message, &directory);
  } catch (const CandidError& error) {
    std::string found = "a reply that is no Candid";
    try {
      found = to_text(decode(message).types);
    } catch (const CandidError&) {
    }
    throw DecodeError(fmt::format("{} was expected, {} came: {}", to_text(candid_types(type)),
                                  found, error.what()));
  }
}

}  // namespace

const CandidForm& candid_form() {
  static constexpr CandidForm kForm{&arguments_message, &reply_bytes, &numbers_in, &with_number};
  return kForm;
}

}  // namespace heddle::candid
