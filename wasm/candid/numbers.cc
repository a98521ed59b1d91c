#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <heddle/model/view.h>
#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/numbers.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::candid {
namespace {

/// Is told each number; what it answers is put in its place.
using Visitor = std::function<std::optional<Int>(const Int&)>;

std::size_t bits_of(Kind kind) {
  switch (kind) {
    case Kind::kNat8:
    case Kind::kInt8:
      return 8;
    case Kind::kNat16:
    case Kind::kInt16:
      return 16;
    case Kind::kNat32:
    case Kind::kInt32:
      return 32;
    default:
      return 64;
  }
}

Value number_of(Kind kind, const Int& number) {
  switch (kind) {
    case Kind::kInt:
      return number;
    case Kind::kNat:
      if (number < 0) {
        break;
      }
      return Nat(number);
    case Kind::kNat8:
    case Kind::kNat16:
    case Kind::kNat32:
    case Kind::kNat64: {
      const std::size_t bits = bits_of(kind);
      const std::uint64_t most = ~std::uint64_t{0} >> (64 - bits);
      if (number < 0 || number > Int(most)) {
        break;
      }
      return Value::unsigned_number(bits, static_cast<std::uint64_t>(number));
    }
    default: {
      const std::size_t bits = bits_of(kind);
      const auto most = static_cast<std::int64_t>(~std::uint64_t{0} >> (65 - bits));
      if (number < Int(-most - 1) || number > Int(most)) {
        break;
      }
      return Value::signed_number(bits, static_cast<std::int64_t>(number));
    }
  }
  throw Misuse(fmt::format("{} is no {}", number, to_text(kind)));
}

Value visited(const Value& value, const Visitor& visit) {
  if (const std::optional<Int> number = value.whole_number()) {
    const std::optional<Int> changed = visit(*number);
    return changed ? number_of(value.kind(), *changed) : value;
  }
  switch (value.kind()) {
    case Kind::kOpt:
      return value.elements().empty() ? value
                                      : Value::opt(visited(value.elements().front(), visit));
    case Kind::kVec: {
      if (value.is_blob()) {
        return value;
      }
      std::vector<Value> elements;
      for (const Value& element : value.elements()) {
        elements.push_back(visited(element, visit));
      }
      return Value::vec(std::move(elements));
    }
    case Kind::kRecord: {
      std::vector<FieldValue> fields;
      for (const FieldValue& field : value.fields()) {
        fields.push_back({field.label, visited(field.value, visit)});
      }
      return Value::record(std::move(fields));
    }
    case Kind::kVariant: {
      const FieldValue& field = value.fields().front();
      return Value::variant(field.label, visited(field.value, visit));
    }
    default:
      return value;
  }
}

std::string visited(std::string_view message, const Visitor& visit) {
  try {
    Message read = decode(message);
    for (Value& value : read.values) {
      value = visited(value, visit);
    }
    return encode(read.values, read.types);
  } catch (const CandidError& error) {
    throw Misuse(fmt::format("the arguments are no Candid message: {}", error.what()));
  }
}

}  // namespace

std::vector<Int> numbers_in(std::string_view message) {
  std::vector<Int> numbers;
  visited(message, [&](const Int& number) -> std::optional<Int> {
    numbers.push_back(number);
    return std::nullopt;
  });
  return numbers;
}

std::string with_number(std::string_view message, std::size_t index, const Int& number) {
  std::size_t at = 0;
  std::string changed = visited(message, [&](const Int&) {
    return at++ == index ? std::optional<Int>(number) : std::nullopt;
  });
  if (index >= at) {
    throw Misuse(
        fmt::format("there is no number {} in the arguments; there are {}", index + 1, at));
  }
  return changed;
}

}  // namespace heddle::candid
