#include <algorithm>
#include <iterator>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

#include <heddle/model/internal/print.h>
#include <heddle/model/nat.h>

namespace heddle {
namespace internal {

using boost::multiprecision::cpp_int;

/// The heap part of a number, and the only code that looks inside both classes.
struct Big {
  cpp_int value;

  static cpp_int open(const Nat& nat) { return nat.big_ ? (*nat.big_).value : cpp_int(nat.small_); }

  static cpp_int open(const Int& integer) {
    return integer.big_ ? (*integer.big_).value : cpp_int(integer.small_);
  }

  static Nat close_nat(cpp_int value) {
    Nat nat;
    if (value <= std::numeric_limits<std::uint64_t>::max()) {
      nat.small_ = static_cast<std::uint64_t>(value);
    } else {
      nat.big_ = BigHandle(new Big{std::move(value)});
    }
    return nat;
  }

  static Int close_int(cpp_int value) {
    Int integer;
    if (value >= std::numeric_limits<std::int64_t>::min() &&
        value <= std::numeric_limits<std::int64_t>::max()) {
      integer.small_ = static_cast<std::int64_t>(value);
    } else {
      integer.big_ = BigHandle(new Big{std::move(value)});
    }
    return integer;
  }
};

Big* clone(const Big& big) {
  return new Big(big);
}

void destroy(Big* big) noexcept {
  delete big;
}

namespace {

cpp_int apply(Operation operation, const cpp_int& a, const cpp_int& b) {
  switch (operation) {
    case Operation::kAdd:
      return a + b;
    case Operation::kSubtract:
      return a - b;
    case Operation::kMultiply:
      return a * b;
    case Operation::kDivide:
    case Operation::kRemainder:
      break;
  }
  if (b == 0) {
    trap("division by zero");
  }
  return operation == Operation::kDivide ? cpp_int(a / b) : cpp_int(a % b);
}

/// Digits with single underscores between them, as in a Motoko literal.
std::optional<cpp_int> parse_digits(std::string_view text) {
  std::string digits;
  bool digit_before = false;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digits.push_back(c);
      digit_before = true;
    } else if (c == '_' && digit_before) {
      digit_before = false;
    } else {
      return std::nullopt;
    }
  }
  if (!digit_before) {
    return std::nullopt;
  }
  // A leading zero would make Boost read octal.
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return cpp_int(digits);
}

cpp_int power(cpp_int base, const Nat& exponent) {
  if (base == 0 || base == 1) {
    return exponent == 0 ? cpp_int(1) : base;
  }
  if (base == -1) {
    return exponent % 2 == 0 ? cpp_int(1) : base;
  }
  // 4 gigabits is more than a canister's heap can hold.
  if (!exponent.is_small() || exponent.small() >= (std::uint64_t{1} << 32U)) {
    trap("out of memory: the power is too large");
  }
  const auto bits = boost::multiprecision::msb(cpp_int(boost::multiprecision::abs(base))) + 1;
  if (bits * exponent.small() >= (std::uint64_t{1} << 32U)) {
    trap("out of memory: the power is too large");
  }
  return boost::multiprecision::pow(base, static_cast<unsigned>(exponent.small()));
}

}  // namespace

Nat calculate(Operation operation, const Nat& a, const Nat& b) {
  cpp_int result = apply(operation, Big::open(a), Big::open(b));
  if (result < 0) {
    trap("natural subtraction underflow");
  }
  return Big::close_nat(std::move(result));
}

Int calculate(Operation operation, const Int& a, const Int& b) {
  return Big::close_int(apply(operation, Big::open(a), Big::open(b)));
}

void trap_negative() {
  trap("a negative number is no Nat");
}

void trap_loss(std::string_view type) {
  trap("losing precision: the number does not fit " + std::string(type));
}

std::string to_leb128(const Nat& value) {
  std::string bytes;
  std::vector<unsigned char> groups;
  boost::multiprecision::export_bits(Big::open(value), std::back_inserter(groups), 7, false);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const unsigned more = i + 1 < groups.size() ? 0x80U : 0U;
    bytes.push_back(static_cast<char>(groups[i] | more));
  }
  return bytes;
}

Nat from_leb128(std::string_view bytes) {
  constexpr std::size_t kInPlace = 9;  // 63 bits
  if (bytes.size() <= kInPlace) {
    std::uint64_t small = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      small |= (std::uint64_t{static_cast<unsigned char>(bytes[i])} & 0x7fU) << (7 * i);
    }
    return small;
  }
  std::vector<unsigned char> groups;
  groups.reserve(bytes.size());
  for (const char byte : bytes) {
    groups.push_back(static_cast<unsigned char>(byte) & 0x7fU);
  }
  cpp_int value;
  boost::multiprecision::import_bits(value, groups.begin(), groups.end(), 7, false);
  return Big::close_nat(std::move(value));
}

}  // namespace internal

using internal::Big;

Nat::Nat(const Int& value) {
  if (value < 0) {
    internal::trap_negative();
  }
  *this = Big::close_nat(Big::open(value));
}

std::optional<Nat> Nat::parse(std::string_view text) {
  auto value = internal::parse_digits(text);
  return value ? std::optional(Big::close_nat(*std::move(value))) : std::nullopt;
}

Nat::operator double() const {
  return big_ ? static_cast<double>((*big_).value) : static_cast<double>(small_);
}

std::string Nat::to_string() const {
  return big_ ? (*big_).value.str() : std::to_string(small_);
}

std::size_t Nat::hash() const {
  return big_ ? boost::multiprecision::hash_value((*big_).value)
              : std::hash<std::uint64_t>()(small_);
}

std::strong_ordering Nat::compare(const Nat& a, const Nat& b) {
  return Big::open(a).compare(Big::open(b)) <=> 0;
}

std::ostream& operator<<(std::ostream& out, const Nat& value) {
  return internal::print(out, value.to_string());
}

Int Int::from_unsigned(std::uint64_t value) {
  return Big::close_int(value);
}

Int Int::from_nat(const Nat& value) {
  return Big::close_int(Big::open(value));
}

std::uint64_t Int::to_unsigned() const {
  if (*this < 0) {
    internal::trap_loss("a built-in integer");
  }
  return static_cast<std::uint64_t>(Nat(*this));
}

std::optional<Int> Int::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  auto value = internal::parse_digits(text);
  if (!value) {
    return std::nullopt;
  }
  return Big::close_int(negative ? -*value : *value);
}

Int::operator double() const {
  return big_ ? static_cast<double>((*big_).value) : static_cast<double>(small_);
}

std::string Int::to_string() const {
  return big_ ? (*big_).value.str() : std::to_string(small_);
}

std::size_t Int::hash() const {
  return big_ ? boost::multiprecision::hash_value((*big_).value)
              : std::hash<std::int64_t>()(small_);
}

std::strong_ordering Int::compare(const Int& a, const Int& b) {
  return Big::open(a).compare(Big::open(b)) <=> 0;
}

std::ostream& operator<<(std::ostream& out, const Int& value) {
  return internal::print(out, value.to_string());
}

Nat abs(const Int& value) {
  return Nat(value < 0 ? -value : value);
}

Nat pow(const Nat& base, const Nat& exponent) {
  return Big::close_nat(internal::power(Big::open(base), exponent));
}

Int pow(const Int& base, const Nat& exponent) {
  return Big::close_int(internal::power(Big::open(base), exponent));
}

}  // namespace heddle
