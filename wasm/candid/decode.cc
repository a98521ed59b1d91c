#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/internal/coercion.h>
#include <heddle/wasm/candid/internal/leb128.h>
#include <heddle/wasm/candid/internal/type_table.h>

namespace heddle::candid {
namespace {

using internal::Part;
using internal::Step;
using internal::TypeNode;
using internal::TypeRef;
using internal::TypeTable;
using internal::TypeView;

constexpr std::string_view kExhausting =
    "the message was made to exhaust its reader, or the limit is too small for it";
constexpr std::string_view kTruncated = "the message was cut off, or is no Candid message";

/// Reads a message at its own types.
class MessageReader {
 public:
  /// `names` are types from which the paths in errors take names.
  MessageReader(std::string_view bytes, const DecodeLimits& limits, const std::vector<Type>& names)
      : bytes_(bytes), limits_(limits), names_(names) {}

  Message read() {
    read_table();
    const std::size_t arguments = count("the number of arguments");
    for (std::size_t i = 0; i < arguments; ++i) {
      arguments_.push_back(type_reference());
    }
    Message message;
    for (const TypeRef type : arguments_) {
      message.types.emplace_back(table_, type);
    }
    for (std::size_t i = 0; i < arguments; ++i) {
      message.values.push_back(
          value_inside({Step::Kind::kArgument, i}, {table_.get(), arguments_[i]}));
    }
    if (position_ != bytes_.size()) {
      fail(fmt::format("{} bytes are left behind the last argument", bytes_.size() - position_),
           "the message was put together wrongly, or is no Candid message");
    }
    return message;
  }

  /// Where the value at this path begins, once the message has been read without an error.
  std::size_t locate(std::vector<Step> path) {
    watched_ = std::move(path);
    position_ = 0;
    arguments_.clear();
    values_ = 0;
    empty_values_ = 0;
    read();
    return found_at_;
  }

 private:
  [[noreturn]] void fail(std::string problem, std::string_view likely_cause = {}) const {
    CandidError::Details details;
    details.problem = std::move(problem);
    details.path = internal::path_text(path_, names_);
    details.likely_cause = likely_cause;
    details.offset = position_;
    throw CandidError(std::move(details));
  }

  std::size_t remaining() const { return bytes_.size() - position_; }

  std::uint8_t byte() {
    if (remaining() == 0) {
      fail("the message ends too early", kTruncated);
    }
    return static_cast<std::uint8_t>(bytes_[position_++]);
  }

  std::string_view raw(std::size_t size) {
    if (size > remaining()) {
      fail(fmt::format("{} bytes should follow, there are {}", size, remaining()), kTruncated);
    }
    const std::string_view bytes = bytes_.substr(position_, size);
    position_ += size;
    return bytes;
  }

  std::uint64_t fixed(std::size_t size) {
    const std::string_view bytes = raw(size);
    std::uint64_t bits = 0;
    for (std::size_t i = size; i-- > 0;) {
      bits = bits << 8U | static_cast<unsigned char>(bytes[i]);
    }
    return bits;
  }

  /// The bytes of a number of any size.
  std::string_view number() {
    const std::size_t start = position_;
    while ((byte() & 0x80U) != 0) {
      if (position_ - start == limits_.number_bytes_max) {
        fail(fmt::format("a number has more than {} bytes (DecodeLimits::number_bytes_max)",
                         limits_.number_bytes_max),
             kExhausting);
      }
    }
    return bytes_.substr(start, position_ - start);
  }

  std::uint64_t small_number(const char* what, std::uint64_t max) {
    const std::size_t start = position_;
    const Nat value = internal::from_leb128(number());
    if (value > max) {
      position_ = start;
      fail(fmt::format("{} is {}, more than {}", what, value.to_string(), max));
    }
    return value.small();
  }

  /// How many of something follow, each of at least one byte.
  std::size_t count(const char* what) {
    const std::size_t start = position_;
    const std::uint64_t value = small_number(what, std::numeric_limits<std::uint32_t>::max());
    if (value > remaining()) {
      const std::size_t left = remaining();
      position_ = start;
      fail(fmt::format("{} is {}, but only {} bytes follow", what, value, left), kTruncated);
    }
    return static_cast<std::size_t>(value);
  }

  std::string_view utf8(const char* what) {
    const std::size_t start = position_;
    const std::string_view text =
        raw(small_number(what, std::numeric_limits<std::uint32_t>::max()));
    if (!is_utf8(text)) {
      position_ = start;
      fail("a text is not UTF-8", "the sender wrote bytes as a text");
    }
    return text;
  }

  // Types.

  void read_table() {
    if (!looks_like_message(bytes_)) {
      fail("a Candid message begins with DIDL, this does not",
           "these are raw bytes, or another encoding");
    }
    position_ = 4;
    entries_ = count("the number of types");
    if (entries_ > limits_.types_max) {
      fail(fmt::format("the type table has {} entries, more than {} (DecodeLimits::types_max)",
                       entries_, limits_.types_max),
           kExhausting);
    }
    table_ = std::make_shared<TypeTable>();
    table_->nodes.reserve(entries_);
    for (std::size_t i = 0; i < entries_; ++i) {
      table_->nodes.push_back(read_entry());
    }
    for (const TypeNode& node : table_->nodes) {
      check_methods(node);
    }
  }

  Int opcode() { return internal::from_sleb128(number()); }

  TypeNode read_entry() {
    const std::size_t start = position_;
    const Int code = opcode();
    const Int kind = -code - 1;
    TypeNode node;
    if (code >= 0 || (kind <= static_cast<int>(Kind::kPrincipal) &&
                      is_primitive(static_cast<Kind>(static_cast<int>(kind))))) {
      position_ = start;
      fail(code >= 0 ? "an entry of the type table is the number of another"
                     : "an entry of the type table is a primitive type");
    }
    if (kind > static_cast<int>(Kind::kPrincipal)) {
      node.kind = Kind::kFuture;
      raw(small_number("the size of a future type", std::numeric_limits<std::uint32_t>::max()));
      return node;
    }
    node.kind = static_cast<Kind>(static_cast<int>(kind));
    switch (node.kind) {
      case Kind::kRecord:
      case Kind::kVariant:
        read_fields(node);
        break;
      case Kind::kFunc:
        read_function(node);
        break;
      case Kind::kService:
        read_service(node);
        break;
      default:  // opt, vec
        node.parts.push_back({Label(), type_reference()});
        break;
    }
    return node;
  }

  TypeRef type_reference() {
    const std::size_t start = position_;
    const Int code = opcode();
    if (code >= 0 && code < entries_) {
      return TypeRef(static_cast<std::size_t>(code));
    }
    const Int kind = -code - 1;
    if (code < 0 && kind <= static_cast<int>(Kind::kPrincipal) &&
        is_primitive(static_cast<Kind>(static_cast<int>(kind)))) {
      return TypeRef(static_cast<Kind>(static_cast<int>(kind)));
    }
    position_ = start;
    fail(code >= 0 ? fmt::format("type {} is not in the table of {}", code.to_string(), entries_)
                   : fmt::format("{} is no primitive type", code.to_string()));
  }

  void read_fields(TypeNode& node) {
    const std::size_t fields = count("the number of fields");
    for (std::size_t i = 0; i < fields; ++i) {
      const std::size_t start = position_;
      const auto id = static_cast<std::uint32_t>(
          small_number("the number of a field", std::numeric_limits<std::uint32_t>::max()));
      if (i > 0 && id <= node.parts.back().label.id) {
        position_ = start;
        fail(fmt::format("field {} comes behind field {}; they are to be in order, each once", id,
                         node.parts.back().label.id));
      }
      node.parts.push_back({Label(id), type_reference()});
    }
  }

  void read_function(TypeNode& node) {
    for (const char* what : {"the number of arguments", "the number of results"}) {
      node.argument_count = node.parts.size();
      const std::size_t types = count(what);
      for (std::size_t i = 0; i < types; ++i) {
        node.parts.push_back({Label(), type_reference()});
      }
    }
    const std::size_t annotations = count("the number of annotations");
    for (std::size_t i = 0; i < annotations; ++i) {
      switch (byte()) {
        case 1:
          node.annotations.query = true;
          break;
        case 2:
          node.annotations.oneway = true;
          break;
        case 3:
          node.annotations.composite_query = true;
          break;
        default:
          --position_;
          fail("a function has an annotation that is neither query, oneway nor composite_query");
      }
    }
    if (node.annotations.oneway && node.parts.size() > node.argument_count) {
      fail("a oneway function has results");
    }
  }

  void read_service(TypeNode& node) {
    const std::size_t methods = count("the number of methods");
    for (std::size_t i = 0; i < methods; ++i) {
      const std::size_t start = position_;
      Label label;
      label.name = utf8("the length of a method's name");
      if (i > 0 && label.name <= node.parts.back().label.name) {
        position_ = start;
        fail(fmt::format("method {} comes behind {}; they are to be in order, each once",
                         quoted_unless_plain(label.name),
                         quoted_unless_plain(node.parts.back().label.name)));
      }
      const TypeRef type = type_reference();
      node.parts.push_back({std::move(label), type});
    }
  }

  /// Only when the table is whole can be known what a method's type is.
  void check_methods(const TypeNode& node) const {
    if (node.kind != Kind::kService) {
      return;
    }
    for (const Part& part : node.parts) {
      const Kind kind = TypeView(table_.get(), part.type).kind();
      if (kind != Kind::kFunc) {
        fail(fmt::format("the type of method {} is no function but {}",
                         quoted_unless_plain(part.label.name), to_text(kind)));
      }
    }
  }

  // Values.

  Value value_inside(Step step, TypeView type) {
    path_.push_back(step);
    if (path_.size() > limits_.depth_max) {
      path_.resize(std::min<std::size_t>(path_.size(), 3));  // enough to see where it is
      fail(
          fmt::format("values nest more than {} deep (DecodeLimits::depth_max)", limits_.depth_max),
          "the message was made to exhaust its reader, or it holds a very long list");
    }
    if (path_ == watched_) {
      found_at_ = position_;
    }
    const std::size_t start = position_;
    Value result = value(type);
    spend(values_, limits_.values_max, "values (DecodeLimits::values_max)");
    if (position_ == start) {
      spend(empty_values_, limits_.empty_values_max,
            "values that take no byte (DecodeLimits::empty_values_max)");
    }
    path_.pop_back();
    return result;
  }

  void spend(std::size_t& spent, std::size_t max, const char* what) const {
    if (++spent > max) {
      fail(fmt::format("there are more than {} {}", max, what), kExhausting);
    }
  }

  Value value(TypeView type) {
    switch (type.kind()) {
      case Kind::kNull:
        return {};
      case Kind::kBool:
        return flag("a bool");
      case Kind::kNat:
        return internal::from_leb128(number());
      case Kind::kInt:
        return internal::from_sleb128(number());
      case Kind::kNat8:
      case Kind::kNat16:
      case Kind::kNat32:
      case Kind::kNat64: {
        const unsigned log_size =
            static_cast<unsigned>(type.kind()) - static_cast<unsigned>(Kind::kNat8);
        const std::size_t size = std::size_t{1} << log_size;
        return Value::unsigned_number(8 * size, fixed(size));
      }
      case Kind::kInt8:
        return Value::signed_number(8, static_cast<std::int8_t>(fixed(1)));
      case Kind::kInt16:
        return Value::signed_number(16, static_cast<std::int16_t>(fixed(2)));
      case Kind::kInt32:
        return Value::signed_number(32, static_cast<std::int32_t>(fixed(4)));
      case Kind::kInt64:
        return Value::signed_number(64, static_cast<std::int64_t>(fixed(8)));
      case Kind::kFloat32:
        return std::bit_cast<float>(static_cast<std::uint32_t>(fixed(4)));
      case Kind::kFloat64:
        return std::bit_cast<double>(fixed(8));
      case Kind::kText:
        return Value::text(std::string(utf8("the length of a text")));
      case Kind::kReserved:
        return Value::reserved();
      case Kind::kEmpty:
        fail("there is a value of type empty");
      case Kind::kPrincipal:
        return principal();
      case Kind::kFuture:
        return future();
      default:
        return composite(type);
    }
  }

  Value composite(TypeView type) {
    switch (type.kind()) {
      case Kind::kOpt:
        if (!flag("the byte that says whether an option is there")) {
          return Value::opt();
        }
        return Value::opt(value_inside({Step::Kind::kContent, 0}, type.part(0)));
      case Kind::kVec:
        return vec(type);
      case Kind::kRecord: {
        std::vector<FieldValue> fields;
        fields.reserve(type.part_count());
        for (const Part& part : type.node().parts) {
          fields.push_back({part.label, value_inside({Step::Kind::kField, part.label.id},
                                                     {type.table, part.type})});
        }
        return Value::record(std::move(fields));
      }
      case Kind::kVariant: {
        const std::size_t start = position_;
        const std::uint64_t index =
            small_number("the number of a case", std::numeric_limits<std::uint32_t>::max());
        if (index >= type.part_count()) {
          position_ = start;
          fail(fmt::format("case {} is not one of {}", index, type.part_count()));
        }
        const Part& part = type.node().parts[index];
        return Value::variant(
            part.label, value_inside({Step::Kind::kCase, part.label.id}, {type.table, part.type}));
      }
      case Kind::kService: {
        const Principal service = principal();
        return Value::service(service, Type(table_, type.ref));
      }
      default: {  // func
        transparent();
        const Principal service = principal();
        std::string method(utf8("the length of a method's name"));
        return Value::func(service, std::move(method), Type(table_, type.ref));
      }
    }
  }

  Value vec(TypeView type) {
    const std::size_t start = position_;
    const std::uint64_t size =
        small_number("the size of a vec", std::numeric_limits<std::uint32_t>::max());
    const TypeView element = type.part(0);
    if (element.kind() == Kind::kNat8) {
      return Value::blob(std::string(raw(size)));
    }
    // Each element takes a byte or is one of the values that take none.
    const bool takes_bytes = element.kind() != Kind::kRecord && element.kind() != Kind::kNull &&
                             element.kind() != Kind::kReserved;
    const std::size_t empty_left = limits_.empty_values_max - empty_values_;
    if (size > remaining() + (takes_bytes ? 0 : empty_left)) {
      const std::size_t left = remaining();
      position_ = start;
      fail(fmt::format("a vec has {} elements, but only {} bytes follow", size, left),
           takes_bytes ? kTruncated : kExhausting);
    }
    std::vector<Value> elements;
    elements.reserve(std::min<std::size_t>(size, 1024));
    for (std::size_t i = 0; i < size; ++i) {
      elements.push_back(value_inside({Step::Kind::kElement, i}, element));
    }
    return Value::vec(std::move(elements));
  }

  bool flag(const char* what) {
    const std::uint8_t read = byte();
    if (read > 1) {
      --position_;
      fail(fmt::format("{} is {}, neither 0 nor 1", what, read));
    }
    return read == 1;
  }

  void transparent() {
    const std::uint8_t read = byte();
    if (read != 1) {
      --position_;
      fail(read == 0 ? "a reference is opaque, which the Internet Computer has not"
                     : fmt::format("a reference begins with {}, not with 1", read));
    }
  }

  Principal principal() {
    transparent();
    const std::size_t start = position_;
    const std::size_t size = count("the length of a principal");
    if (size > Principal::kSizeMax) {
      position_ = start;
      fail(fmt::format("a principal has {} bytes, more than {}", size, Principal::kSizeMax));
    }
    return Principal::from_bytes(raw(size));
  }

  Value future() {
    const std::size_t size = count("the size of a future value");
    small_number("the number of references", 0);
    raw(size);
    return Value::reserved();
  }

  std::string_view bytes_;
  const DecodeLimits& limits_;
  const std::vector<Type>& names_;
  std::size_t position_ = 0;
  std::size_t entries_ = 0;
  std::shared_ptr<TypeTable> table_;
  std::vector<TypeRef> arguments_;
  std::vector<Step> path_;
  std::size_t values_ = 0;
  std::size_t empty_values_ = 0;
  std::vector<Step> watched_;
  std::size_t found_at_ = 0;
};

}  // namespace

Message decode(std::string_view bytes, const DecodeLimits& limits) {
  return MessageReader(bytes, limits, {}).read();
}

std::vector<Value> decode(std::string_view bytes, const std::vector<Type>& expected,
                          const DecodeLimits& limits) {
  MessageReader reader(bytes, limits, expected);
  const Message message = reader.read();
  internal::Coercion coercion(limits.values_max, limits.subtype_steps_max);
  std::vector<Value> values;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const bool is_there = i < message.values.size();
    const TypeView type(expected[i]);
    std::optional<Value> value =
        is_there ? coercion.coerce(message.values[i], type) : coercion.missing(type);
    if (value) {
      values.push_back(*std::move(value));
      continue;
    }
    CandidError::Details details;
    if (is_there) {
      std::vector<Step> path = coercion.path();
      path.insert(path.begin(), {Step::Kind::kArgument, i});
      details.problem = coercion.problem();
      details.path = internal::path_text(path, expected);
      details.offset = reader.locate(std::move(path));
    } else {
      details.problem = fmt::format("argument {} is missing, a {}; the message has {}", i + 1,
                                    to_text(expected[i]), to_text(message.types));
    }
    details.likely_cause = "the sender was made for another interface";
    throw CandidError(std::move(details));
  }
  return values;
}

}  // namespace heddle::candid
