#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <heddle/model/encoding.h>
#include <heddle/model/numbers.h>
#include <heddle/model/ref.h>
#include <heddle/model/type_info.h>
#include <heddle/model/value.h>

namespace heddle {

namespace {

using Kind = TypeInfo::Kind;

/// A number among encoded values: where its bytes are, and what it is.
struct Found {
  std::size_t begin = 0;
  std::size_t end = 0;
  const TypeInfo* type = nullptr;
  Int value;
};

Int bits_as_integer(const TypeInfo& type, std::uint64_t bits) {
  if (!type.is_signed) {
    return Int(bits);
  }
  const auto unused = static_cast<unsigned>(64 - 8 * type.size);
  return Int(static_cast<std::int64_t>(bits << unused) >> unused);
}

/// Walks through encoded values.
class Walker {
 public:
  explicit Walker(std::string_view bytes) : bytes_(bytes), in_(bytes) {}

  std::vector<Found> walk(const TypeInfo& type) {
    value(type);
    return std::move(found_);
  }

 private:
  [[nodiscard]] std::size_t position() const { return bytes_.size() - in_.remaining(); }

  /// False when something unknown stands in the way.
  bool value(const TypeInfo& type) {
    switch (type.kind) {
      case Kind::kUnit:
      case Kind::kBool:
        in_.byte();
        return true;
      case Kind::kFloat:
        in_.raw(type.size);
        return true;
      case Kind::kInteger:
      case Kind::kNat:
      case Kind::kInt:
        number(type);
        return true;
      case Kind::kText:
      case Kind::kBlob:
      case Kind::kPrincipal:
        in_.raw(in_.count());
        return true;
      case Kind::kCanister:
        internal::decode_ref(in_);
        return true;
      case Kind::kOptional:
        return in_.byte() == 0 || value(type.parts.front().type());
      case Kind::kList:
        return list(type, in_.count());
      case Kind::kArray:
        if (type.size == 0) {
          in_.byte();
        }
        return list(type, type.size);
      case Kind::kMap:
        return map(type);
      case Kind::kVariant: {
        const std::uint64_t index = in_.varint();
        return index < type.parts.size() && value(type.parts[index].type());
      }
      case Kind::kTuple:
      case Kind::kRecord:
        return record(type);
      case Kind::kOther:
        break;
    }
    return false;
  }

  void number(const TypeInfo& type) {
    const std::size_t begin = position();
    Int read;
    if (type.kind == Kind::kInteger) {
      std::uint64_t bits = 0;
      for (std::size_t i = 0; i < type.size; ++i) {
        bits |= std::uint64_t{in_.byte()} << (8 * i);
      }
      read = bits_as_integer(type, bits);
    } else {
      in_.unbounded_varint();
      const std::string_view bytes = bytes_.substr(begin, position() - begin);
      read = type.kind == Kind::kNat ? Int(from_bytes<Nat>(bytes)) : from_bytes<Int>(bytes);
    }
    if (depends_ == 0) {
      found_.push_back({begin, position(), &type, std::move(read)});
    }
  }

  bool list(const TypeInfo& type, std::size_t size) {
    const bool is_set = type.in_order != nullptr;
    depends_ += is_set ? 1 : 0;
    bool known = true;
    for (std::size_t i = 0; i < size && known; ++i) {
      known = value(type.parts.front().type());
    }
    depends_ -= is_set ? 1 : 0;
    return known;
  }

  bool map(const TypeInfo& type) {
    bool known = true;
    for (std::size_t left = in_.count(); left > 0 && known; --left) {
      ++depends_;
      known = value(type.parts[0].type());
      --depends_;
      known = known && value(type.parts[1].type());
    }
    return known;
  }

  bool record(const TypeInfo& type) {
    if (type.parts.empty()) {
      in_.byte();
    }
    for (const TypeInfo::Part& part : type.parts) {
      if (!value(part.type())) {
        return false;
      }
    }
    return true;
  }

  std::string_view bytes_;
  Decoder in_;
  /// Values around that decide on an order.
  unsigned depends_ = 0;
  std::vector<Found> found_;
};

std::string encoded(const TypeInfo& type, const Int& number) {
  if (type.kind == Kind::kInt) {
    return to_bytes(number);
  }
  if (type.kind == Kind::kNat && number >= 0) {
    return to_bytes(Nat(number));
  }
  if (type.kind == Kind::kInteger) {
    const auto bits = static_cast<unsigned>(8 * type.size - (type.is_signed ? 1 : 0));
    Int limit = 1;
    for (unsigned i = 0; i < bits; ++i) {
      limit *= 2;
    }
    if (number < limit && number >= (type.is_signed ? -limit : Int(0))) {
      std::uint64_t rest = number >= 0
                               ? static_cast<std::uint64_t>(number)
                               : static_cast<std::uint64_t>(static_cast<std::int64_t>(number));
      std::string bytes;
      for (std::size_t i = 0; i < type.size; ++i, rest >>= 8U) {
        bytes.push_back(static_cast<char>(rest & 0xffU));
      }
      return bytes;
    }
  }
  throw Misuse(fmt::format("{} is no {}", number, type.name));
}

std::vector<Found> found_in(const ProgramInfo& program, MethodId method,
                            std::string_view arguments) {
  const auto type = program.methods.at(method).arguments_type;
  if (type == nullptr) {
    return {};
  }
  return Walker(arguments).walk(type());
}

}  // namespace

std::vector<Int> numbers_in(const ProgramInfo& program, MethodId method,
                            std::string_view arguments) {
  if (program.candid != nullptr) {
    return program.candid->numbers(arguments);
  }
  std::vector<Int> numbers;
  for (const Found& found : found_in(program, method, arguments)) {
    numbers.push_back(found.value);
  }
  return numbers;
}

std::string with_number(const ProgramInfo& program, MethodId method, std::string_view arguments,
                        std::size_t index, const Int& number) {
  if (program.candid != nullptr) {
    return program.candid->with_number(arguments, index, number);
  }
  const std::vector<Found> found = found_in(program, method, arguments);
  if (index >= found.size()) {
    throw Misuse(fmt::format("there is no number {} in the arguments; there are {}", index + 1,
                             found.size()));
  }
  std::string changed(arguments.substr(0, found[index].begin));
  changed += encoded(*found[index].type, number);
  changed += arguments.substr(found[index].end);
  return changed;
}

}  // namespace heddle
