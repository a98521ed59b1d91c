#include <algorithm>
#include <bit>
#include <limits>
#include <ostream>
#include <stdexcept>

#include <fmt/format.h>

#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/internal/type_table.h>
#include <heddle/wasm/candid/text.h>
#include <heddle/wasm/candid/value.h>

namespace heddle::candid {
namespace {

Kind sized_kind(Kind of_8_bits, std::size_t bits) {
  const auto step = bits == 8 ? 0 : bits == 16 ? 1 : bits == 32 ? 2 : 3;
  return static_cast<Kind>(static_cast<int>(of_8_bits) + step);
}

[[noreturn]] void misuse(std::string problem) {
  CandidError::Details details;
  details.problem = std::move(problem);
  throw CandidError(std::move(details));
}

template <class T, class Bits>
bool same_number(T a, T b) {
  return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b) || (a != a && b != b);
}

/// The least type above both.
Type join(const Type& a, const Type& b) {
  if (a == b || b.kind() == Kind::kEmpty) {
    return a;
  }
  const auto is = [&](Kind one, Kind other) {
    return (a.kind() == one && b.kind() == other) || (a.kind() == other && b.kind() == one);
  };
  if (a.kind() == Kind::kEmpty) {
    return b;
  }
  if (is(Kind::kNat, Kind::kInt)) {
    return Kind::kInt;
  }
  if (a.kind() == Kind::kNull || b.kind() == Kind::kNull) {
    const Type& other = a.kind() == Kind::kNull ? b : a;
    return other.kind() == Kind::kOpt ? other : Type::opt(other);
  }
  if (a.kind() == Kind::kOpt && b.kind() == Kind::kOpt) {
    return Type::opt(join(a.element(), b.element()));
  }
  if (a.kind() == Kind::kVec && b.kind() == Kind::kVec) {
    return Type::vec(join(a.element(), b.element()));
  }
  if (is(Kind::kVariant, Kind::kVariant)) {
    std::vector<Field> cases = a.fields();
    for (const Field& more : b.fields()) {
      const auto same = std::ranges::find(cases, more.label, &Field::label);
      if (same == cases.end()) {
        cases.push_back(more);
      } else {
        same->type = join(same->type, more.type);
      }
    }
    return Type::variant(std::move(cases));
  }
  if (is(Kind::kRecord, Kind::kRecord)) {
    std::vector<Field> fields;
    for (const Field& field : a.fields()) {
      if (const std::optional<Type> other = b.field(field.label.id)) {
        fields.push_back({field.label, join(field.type, *other)});
      }
    }
    return Type::record(std::move(fields));
  }
  misuse(fmt::format("the elements of a vec have no common type: one is {}, another {}", to_text(a),
                     to_text(b)));
}

std::vector<FieldValue> sorted(std::vector<FieldValue> fields) {
  std::ranges::sort(fields, {}, &FieldValue::label);
  const auto twice = std::ranges::adjacent_find(fields, {}, &FieldValue::label);
  if (twice != fields.end()) {
    misuse(fmt::format("field {} occurs twice in a record", twice->label.to_text()));
  }
  return fields;
}

}  // namespace

Value::Value() = default;

Value::Value(bool value) : Value(Kind::kBool, value) {}

Value::Value(Nat value) : Value(Kind::kNat, std::move(value)) {}

Value::Value(Int value) : Value(Kind::kInt, std::move(value)) {}

Value::Value(float value) : Value(Kind::kFloat32, value) {}

Value::Value(double value) : Value(Kind::kFloat64, value) {}

Value::Value(Principal value) : Value(Kind::kPrincipal, value) {}

Value::Value(Kind kind, Content content) : kind_(kind), content_(std::move(content)) {}

Value Value::text(std::string utf8) {
  if (!is_utf8(utf8)) {
    misuse("a text is not UTF-8");
  }
  return Value(Kind::kText, std::move(utf8));
}

Value Value::reserved() {
  return Value(Kind::kReserved, std::monostate());
}

Value Value::opt() {
  return Value(Kind::kOpt, std::vector<Value>());
}

Value Value::opt(Value content) {
  std::vector<Value> one;
  one.push_back(std::move(content));
  return Value(Kind::kOpt, std::move(one));
}

Value Value::vec(std::vector<Value> elements) {
  const auto is_byte = [](const Value& element) { return element.kind() == Kind::kNat8; };
  if (elements.empty() || !std::ranges::all_of(elements, is_byte)) {
    return Value(Kind::kVec, std::move(elements));
  }
  std::string bytes;
  for (const Value& element : elements) {
    bytes.push_back(static_cast<char>(element.bits_unsigned()));
  }
  return blob(std::move(bytes));
}

Value Value::blob(std::string bytes) {
  return bytes.empty() ? Value(Kind::kVec, std::vector<Value>())
                       : Value(Kind::kVec, std::move(bytes));
}

Value Value::record(std::vector<FieldValue> fields) {
  return Value(Kind::kRecord, sorted(std::move(fields)));
}

Value Value::tuple(std::vector<Value> elements) {
  std::vector<FieldValue> fields;
  for (Value& element : elements) {
    fields.push_back({Label(static_cast<std::uint32_t>(fields.size())), std::move(element)});
  }
  return Value(Kind::kRecord, std::move(fields));
}

Value Value::variant(Label label) {
  return variant(std::move(label), Value());
}

Value Value::variant(Label label, Value content) {
  std::vector<FieldValue> one;
  one.push_back({std::move(label), std::move(content)});
  return Value(Kind::kVariant, std::move(one));
}

Value Value::service(Principal service, Type type) {
  if (type.kind() != Kind::kService) {
    misuse("a reference to a service has the type " + to_text(type));
  }
  return Value(Kind::kService,
               std::make_shared<const Reference>(Reference{service, {}, std::move(type)}));
}

Value Value::func(Principal service, std::string method, Type type) {
  if (type.kind() != Kind::kFunc) {
    misuse("a reference to a function has the type " + to_text(type));
  }
  if (!is_utf8(method)) {
    misuse("the name of a method is not UTF-8");
  }
  return Value(Kind::kFunc, std::make_shared<const Reference>(
                                Reference{service, std::move(method), std::move(type)}));
}

Value Value::unsigned_number(std::size_t bits, std::uint64_t value) {
  if (bits < 64 && (value >> bits) != 0) {
    misuse(fmt::format("{} does not fit nat{}", value, bits));
  }
  return Value(sized_kind(Kind::kNat8, bits), value);
}

Value Value::signed_number(std::size_t bits, std::int64_t value) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() >> (64 - bits);
  if (value > most || value < -most - 1) {
    misuse(fmt::format("{} does not fit int{}", value, bits));
  }
  return Value(sized_kind(Kind::kInt8, bits), value);
}

bool Value::is_null() const {
  return kind_ == Kind::kNull || kind_ == Kind::kReserved ||
         (kind_ == Kind::kOpt && elements().empty());
}

bool Value::is_blob() const {
  return kind_ == Kind::kVec &&
         (std::holds_alternative<std::string>(content_) || elements().empty());
}

std::size_t Value::size() const {
  const auto* bytes = std::get_if<std::string>(&content_);
  return bytes != nullptr ? bytes->size() : elements().size();
}

const Value* Value::find(std::uint32_t id) const {
  if (kind_ != Kind::kRecord) {
    return nullptr;
  }
  const auto found = std::ranges::lower_bound(
      fields(), id, {}, [](const FieldValue& field) { return field.label.id; });
  return found == fields().end() || found->label.id != id ? nullptr : &found->value;
}

std::optional<Int> Value::whole_number() const {
  if (const auto* nat = std::get_if<Nat>(&content_)) {
    return Int(*nat);
  }
  if (const auto* integer = std::get_if<Int>(&content_)) {
    return *integer;
  }
  if (const auto* number = std::get_if<std::uint64_t>(&content_)) {
    return Int(*number);
  }
  if (const auto* number = std::get_if<std::int64_t>(&content_)) {
    return Int(*number);
  }
  return std::nullopt;
}

bool operator==(const Value& a, const Value& b) {
  if (a.kind_ != b.kind_ || a.content_.index() != b.content_.index()) {
    return false;
  }
  switch (a.kind_) {
    case Kind::kFloat32:
      return same_number<float, std::uint32_t>(a.float32(), b.float32());
    case Kind::kFloat64:
      return same_number<double, std::uint64_t>(a.float64(), b.float64());
    case Kind::kFunc:
    case Kind::kService:
      return a.reference().service == b.reference().service &&
             a.reference().method == b.reference().method;
    default:
      return a.content_ == b.content_;
  }
}

std::ostream& operator<<(std::ostream& out, const Value& value) {
  return out << to_text(value);
}

Type type_of(const Value& value) {
  switch (value.kind()) {
    case Kind::kOpt:
      return Type::opt(value.elements().empty() ? Type(Kind::kEmpty)
                                                : type_of(value.elements().front()));
    case Kind::kVec: {
      if (value.is_blob() && value.size() > 0) {
        return Type::blob();
      }
      Type element(Kind::kEmpty);
      for (const Value& next : value.elements()) {
        element = join(element, type_of(next));
      }
      return Type::vec(element);
    }
    case Kind::kRecord:
    case Kind::kVariant: {
      std::vector<Field> fields;
      for (const FieldValue& field : value.fields()) {
        fields.push_back({field.label, type_of(field.value)});
      }
      return value.kind() == Kind::kRecord ? Type::record(std::move(fields))
                                           : Type::variant(std::move(fields));
    }
    case Kind::kFunc:
    case Kind::kService:
      return value.reference().type;
    default:
      return value.kind();
  }
}

std::vector<Type> types_of(const std::vector<Value>& values) {
  std::vector<Type> types;
  for (const Value& value : values) {
    types.push_back(type_of(value));
  }
  return types;
}

bool is_utf8(std::string_view bytes) {
  // The table of well-formed sequences of the Unicode standard (3-7), read as ranges of the
  // second byte.
  for (std::size_t i = 0; i < bytes.size();) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    std::size_t more = 0;
    unsigned low = 0x80;
    unsigned high = 0xbf;
    if (first < 0x80) {
      ++i;
      continue;
    }
    if (first >= 0xc2 && first <= 0xdf) {
      more = 1;
    } else if (first >= 0xe0 && first <= 0xef) {
      more = 2;
      low = first == 0xe0 ? 0xa0 : 0x80;
      high = first == 0xed ? 0x9f : 0xbf;
    } else if (first >= 0xf0 && first <= 0xf4) {
      more = 3;
      low = first == 0xf0 ? 0x90 : 0x80;
      high = first == 0xf4 ? 0x8f : 0xbf;
    } else {
      return false;
    }
    if (bytes.size() - i <= more) {
      return false;
    }
    for (std::size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(bytes[i + k]);
      if (next < low || next > high) {
        return false;
      }
      low = 0x80;
      high = 0xbf;
    }
    i += more + 1;
  }
  return true;
}

}  // namespace heddle::candid
