#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include <heddle/model/value.h>

namespace heddle {
namespace internal {
namespace {

bool is_identifier(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Removes the qualifier that `text` ends with, before a `::`: a namespace, a class, `(anonymous
/// namespace)`, a function with its parameters.
void remove_qualifier(std::string& text) {
  if (!text.empty() && (text.back() == ')' || text.back() == '}' || text.back() == '>')) {
    int depth = 0;
    do {
      const char c = text.back();
      depth += c == ')' || c == '}' || c == '>' ? 1 : 0;
      depth -= c == '(' || c == '{' || c == '<' ? 1 : 0;
      text.pop_back();
    } while (depth > 0 && !text.empty());
  }
  while (!text.empty() && is_identifier(text.back())) {
    text.pop_back();
  }
}

}  // namespace

std::vector<std::string> split_names(std::string_view names) {
  std::vector<std::string> result;
  std::string name;
  for (const char c : names) {
    if (is_identifier(c)) {
      name.push_back(c);
    } else if (!name.empty()) {
      result.push_back(std::move(name));
      name.clear();
    }
  }
  if (!name.empty()) {
    result.push_back(std::move(name));
  }
  return result;
}

std::string short_type_name(std::string_view pretty_function) {
  // clang++: "... [T = a::b::C]"; g++: "... [with T = a::b::C; std::string_view = ...]".
  constexpr std::string_view kMark = "T = ";
  const std::size_t start = pretty_function.find(kMark) + kMark.size();
  const std::size_t end = std::min(pretty_function.find(';', start), pretty_function.rfind(']'));
  const std::string_view full = pretty_function.substr(start, end - start);
  std::string name;
  for (std::size_t i = 0; i < full.size(); ++i) {
    if (full.substr(i, 2) == "::") {
      remove_qualifier(name);
      ++i;
    } else {
      name.push_back(full[i]);
    }
  }
  return name;
}

std::string alternative_name(std::span<const std::string> type_names, std::size_t index) {
  const std::string& name = type_names[index];
  return std::ranges::count(type_names, name) == 1 ? name : std::to_string(index);
}

Shown show_number(float value) {
  return {Shown::Kind::kNumber, fmt::format("{}", value)};
}

Shown show_number(double value) {
  return {Shown::Kind::kNumber, fmt::format("{}", value)};
}

Shown show_character(std::uint32_t code_point) {
  const bool is_surrogate = code_point >= 0xd800 && code_point < 0xe000;
  if (is_surrogate || code_point > 0x10ffff) {
    return {Shown::Kind::kName, fmt::format("U+{:04X}", code_point)};
  }
  std::string text;
  const auto push = [&text](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  const auto push_tail = [&](unsigned shift) { push(0x80U | ((code_point >> shift) & 0x3fU)); };
  if (code_point < 0x80) {
    push(code_point);
  } else if (code_point < 0x800) {
    push(0xc0U | (code_point >> 6U));
    push_tail(0);
  } else if (code_point < 0x10000) {
    push(0xe0U | (code_point >> 12U));
    push_tail(6);
    push_tail(0);
  } else {
    push(0xf0U | (code_point >> 18U));
    push_tail(12);
    push_tail(6);
    push_tail(0);
  }
  return {Shown::Kind::kText, text};
}

Shown show_byte_character(char value) {
  return {Shown::Kind::kText, std::string(1, value)};
}

void encode_unbounded(const Nat& value, Encoder& out) {
  if (value.is_small()) {
    out.varint(value.small());
  } else {
    out.raw(to_leb128(value));
  }
}

Nat decode_unbounded(Decoder& in) {
  return from_leb128(in.unbounded_varint());
}

}  // namespace internal

void Codec<Int>::encode(const Int& value, Encoder& out) {
  internal::encode_unbounded(value < 0 ? Nat(-(value + 1)) * 2 + 1 : Nat(value) * 2, out);
}

Int Codec<Int>::decode(Decoder& in) {
  const Nat folded = internal::decode_unbounded(in);
  const Int half = folded / 2;
  return folded % 2 == 0 ? half : -half - 1;
}

void Codec<std::string>::encode(const std::string& value, Encoder& out) {
  out.varint(value.size());
  out.raw(value);
}

void Codec<Principal>::encode(const Principal& value, Encoder& out) {
  out.varint(value.bytes().size());
  out.raw(value.bytes());
}

Principal Codec<Principal>::decode(Decoder& in) {
  const std::size_t size = in.count();
  if (size > Principal::kSizeMax) {
    in.fail("a principal has at most 29 bytes");
  }
  return Principal::from_bytes(in.raw(size));
}

void Codec<std::vector<std::uint8_t>>::encode(const std::vector<std::uint8_t>& value,
                                              Encoder& out) {
  out.varint(value.size());
  out.raw({reinterpret_cast<const char*>(value.data()), value.size()});
}

std::vector<std::uint8_t> Codec<std::vector<std::uint8_t>>::decode(Decoder& in) {
  const std::string_view bytes = in.raw(in.count());
  return {bytes.begin(), bytes.end()};
}

Shown Codec<std::vector<std::uint8_t>>::show(const std::vector<std::uint8_t>& value) {
  return {Shown::Kind::kBlob, std::string(value.begin(), value.end())};
}

}  // namespace heddle
