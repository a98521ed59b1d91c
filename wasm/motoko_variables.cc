#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <map>
#include <span>
#include <utility>

#include <heddle/model/nat.h>
#include <heddle/model/principal.h>
#include <heddle/wasm/candid/type.h>
#include <heddle/wasm/engine/trap.h>
#include <heddle/wasm/internal/motoko_tags.h>
#include <heddle/wasm/motoko_variables.h>

namespace heddle::wasm {

using namespace internal;

namespace {

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) {
    return false;
  }
  text = trimmed(text.substr(word.size()));
  return true;
}

/// The parts between `;` that are in no brackets.
std::vector<std::string_view> parts(std::string_view text) {
  std::vector<std::string_view> found;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == ';' && depth == 0)) {
      if (const auto part = trimmed(text.substr(begin, i - begin)); !part.empty()) {
        found.push_back(part);
      }
      begin = i + 1;
    } else if (std::string_view("({[").find(text[i]) != std::string_view::npos) {
      ++depth;
    } else if (std::string_view(")}]").find(text[i]) != std::string_view::npos) {
      --depth;
    }
  }
  return found;
}

std::optional<std::string_view> stable_types(const Module& module) {
  for (const char* const section :
       {"icp:private motoko:stable-types", "icp:public motoko:stable-types"}) {
    if (const auto bytes = module.custom_section(section)) {
      return std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    }
  }
  return std::nullopt;
}

}  // namespace

/// Reads one object's fields. Anything out of place throws Strange.
class MotokoVariables::Reader {
 public:
  struct Strange {};

  Reader(const Memory& memory, bool wide, std::uint64_t object)
      : bytes_(memory.bytes()), wide_(wide), word_(wide ? 8 : 4) {
    object_ = object_at(object);
    if (word(object_) != kObject) {
      throw Strange{};
    }
    const std::uint64_t fields = object_ + header();
    if (wide_) {
      const std::uint64_t blob = object_at(word(fields));
      count_ = word(blob + header()) / 8;
      hashes_ = blob + header() + 8;
      values_ = fields + 8;
    } else {
      count_ = word(fields);
      hashes_ = unskewed(word(fields + 4));
      values_ = fields + 8;
    }
    if (count_ > bytes_.size() / word_) {
      throw Strange{};
    }
  }

  /// The variable of that name.
  [[nodiscard]] std::optional<candid::Value> variable(const std::string& name, Type type) const {
    const std::uint32_t hash = candid::field_hash(name) & 0x7fffffffU;  // as moc has labels
    for (std::uint64_t i = 0; i < count_; ++i) {
      if (load(hashes_ + i * word_, 4) == hash) {
        return value(word(values_ + i * word_), type);
      }
    }
    throw Strange{};
  }

 private:
  static constexpr std::uint64_t kElementsMax = 1'000;
  static constexpr std::uint64_t kBytesMax = 100'000;
  static constexpr unsigned kDepthMax = 1'000;

  [[nodiscard]] std::span<const std::uint8_t> span(std::uint64_t address,
                                                   std::uint64_t size) const {
    if (address > bytes_.size() || size > bytes_.size() - address) {
      throw Strange{};
    }
    return bytes_.subspan(address, size);
  }

  [[nodiscard]] std::uint64_t load(std::uint64_t address, std::uint64_t size) const {
    std::uint64_t value = 0;
    std::memcpy(&value, span(address, size).data(), size);
    return value;
  }

  [[nodiscard]] std::uint64_t word(std::uint64_t address) const { return load(address, word_); }

  [[nodiscard]] std::uint64_t header() const { return wide_ ? 16 : 4; }

  [[nodiscard]] std::uint64_t unskewed(std::uint64_t pointer) const {
    return wide_ ? pointer + 1 : (pointer + 1) & 0xffffffffU;
  }

  [[nodiscard]] bool is_pointer(std::uint64_t value) const {
    return (value & 1U) != 0 && value != 1 && (!wide_ || value != kNull64);
  }

  [[nodiscard]] std::uint64_t object_at(std::uint64_t pointer) const {
    if (!is_pointer(pointer)) {
      throw Strange{};
    }
    const std::uint64_t object = unskewed(pointer);
    return wide_ ? unskewed(word(object + 8)) : object;
  }

  [[nodiscard]] bool is_null(std::uint64_t value) const {
    return wide_ ? value == kNull64 : is_pointer(value) && word(object_at(value)) == kNull;
  }

  [[nodiscard]] candid::Value value(std::uint64_t value, Type type) const {
    // The fields are options: of what is no option `?x` is x, null as a value has a box around it.
    if (is_pointer(value) && word(object_at(value)) == kSome) {
      value = word(object_at(value) + header());
    }
    if (type.array) {
      return array(value, type.kind);
    }
    if (type.option) {
      if (is_null(value)) {
        return candid::Value::opt();
      }
      return candid::Value::opt(simple(value, type.kind));
    }
    return simple(value, type.kind);
  }

  [[nodiscard]] candid::Value array(std::uint64_t value, Kind kind) const {
    const std::uint64_t object = object_at(value);
    const std::uint64_t tag = word(object);
    const std::uint64_t count = word(object + header());
    if ((tag != kArrayImmutable && tag != kArrayMutable) || count > kElementsMax) {
      throw Strange{};
    }
    std::vector<candid::Value> elements;
    for (std::uint64_t i = 0; i < count; ++i) {
      elements.push_back(simple(word(object + header() + word_ * (1 + i)), kind));
    }
    return candid::Value::vec(std::move(elements));
  }

  [[nodiscard]] candid::Value simple(std::uint64_t value, Kind kind) const {
    switch (kind) {
      case Kind::kBool:
        if (value > 1) {
          throw Strange{};
        }
        return candid::Value(value == 1);
      case Kind::kNat: {
        const Int number = integer(value);
        if (number < 0) {
          throw Strange{};
        }
        return candid::Value(Nat(number));
      }
      case Kind::kInt:
        return candid::Value(integer(value));
      case Kind::kText: {
        std::string text;
        flatten(object_at(value), text, 0);
        return candid::Value::text(std::move(text));
      }
      case Kind::kPrincipal: {
        const std::uint64_t object = object_at(value);
        const std::uint64_t size = word(object + header());
        if (word(object) != kPrincipal || size > Principal::kSizeMax) {
          throw Strange{};
        }
        return candid::Value(Principal::from_bytes(text_at(object + header() + word_, size)));
      }
    }
    throw Strange{};
  }

  /// Small ones stand in the word, with 64 bits beside two bits that say so.
  [[nodiscard]] Int integer(std::uint64_t value) const {
    constexpr std::uint64_t kSmall = 2;
    if (!is_pointer(value)) {
      if ((value & (wide_ ? 3U : 1U)) != (wide_ ? kSmall : 0)) {
        throw Strange{};
      }
      return wide_ ? Int(static_cast<std::int64_t>(value) >> 2)
                   : Int(static_cast<std::int32_t>(static_cast<std::uint32_t>(value)) >> 1);
    }
    // libtommath's mp_int: how many digits are used, allocated, the sign, and the digits.
    const std::uint64_t object = object_at(value);
    const std::uint64_t number = object + header();
    const std::uint64_t used = load(number, 4);
    if (word(object) != kBigInt || used > kElementsMax) {
      throw Strange{};
    }
    const Int base = wide_ ? Int(std::int64_t{1} << 60) : Int(std::int64_t{1} << 28);
    Int sum = 0;
    for (std::uint64_t i = used; i > 0; --i) {
      sum = sum * base +
            Int(static_cast<std::int64_t>(word(number + (wide_ ? 24 : 16) + (i - 1) * word_)));
    }
    return load(number + 8, 4) == 0 ? sum : -sum;
  }

  [[nodiscard]] std::string_view text_at(std::uint64_t address, std::uint64_t size) const {
    const auto bytes = span(address, size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  void flatten(std::uint64_t object, std::string& text, unsigned depth) const {
    const std::uint64_t tag = word(object);
    if (depth > kDepthMax || (tag != kText && tag != kConcatenation) || text.size() > kBytesMax) {
      throw Strange{};
    }
    if (tag == kText) {
      text += text_at(object + header() + word_, word(object + header()));
      return;
    }
    flatten(object_at(word(object + header() + word_)), text, depth + 1);
    flatten(object_at(word(object + header() + 2 * word_)), text, depth + 1);
  }

  std::span<const std::uint8_t> bytes_;
  bool wide_;
  std::uint64_t word_;
  std::uint64_t object_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t hashes_ = 0;
  std::uint64_t values_ = 0;
};

std::optional<MotokoVariables::Type> MotokoVariables::parse(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Kind>, 5> kSimple{
      {{"Nat", Kind::kNat},
       {"Int", Kind::kInt},
       {"Bool", Kind::kBool},
       {"Text", Kind::kText},
       {"Principal", Kind::kPrincipal}}};
  Type type;
  if (take(text, "?")) {
    type.option = true;
  } else if (text.starts_with('[') && text.ends_with(']')) {
    type.array = true;
    text = trimmed(text.substr(1, text.size() - 2));
    take(text, "var ");
  }
  const auto found = std::ranges::find(kSimple, text, &std::pair<std::string_view, Kind>::first);
  if (found == kSimple.end()) {
    return std::nullopt;
  }
  type.kind = found->second;
  return type;
}

std::optional<MotokoVariables> MotokoVariables::find(const Module& module) {
  const auto types = stable_types(module);
  const auto function = module.function_named("@get_actor_to_persist");
  const auto memory = module.memory();
  if (!types || !function || !memory) {
    return std::nullopt;
  }
  MotokoVariables variables;
  variables.function_ = *function;
  variables.wide_ = memory->limits.is_64_bit;
  const ValueType word = variables.wide_ ? ValueType::kI64 : ValueType::kI32;
  if (module.function_type(*function) != FunctionType{{}, {word}}) {
    return std::nullopt;
  }
  // Comments are whole lines; what follows `actor` is the record of the variables.
  constexpr std::string_view kActor = "\nactor {";
  const std::size_t begin = types->find(kActor);
  const std::size_t end = types->rfind('}');
  if (begin == std::string_view::npos || end == std::string_view::npos ||
      end < begin + kActor.size()) {
    return std::nullopt;
  }
  const std::size_t from = begin + kActor.size();
  for (std::string_view part : parts(types->substr(from, end - from))) {
    const std::size_t colon = part.find(':');
    if (colon == std::string_view::npos || !take(part, "stable ")) {
      continue;
    }
    take(part, "var ");
    const std::size_t name_end = part.find(':');
    const std::string_view name = trimmed(part.substr(0, name_end));
    if (const auto type = parse(trimmed(part.substr(name_end + 1)))) {
      variables.names_.emplace_back(name);
      variables.types_.push_back(*type);
    }
  }
  return variables.names_.empty() ? std::nullopt : std::optional(std::move(variables));
}

std::vector<std::optional<candid::Value>> MotokoVariables::read(Instance& instance) const {
  std::vector<std::optional<candid::Value>> values(names_.size());
  try {
    std::array<std::uint64_t, 1> object{};
    instance.invoke(function_, {}, object);
    const Reader reader(instance.memory(), wide_, object.front());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      try {
        values[i] = reader.variable(names_[i], types_[i]);
      } catch (const Reader::Strange&) {
        values[i].reset();
      }
    }
  } catch (const Reader::Strange&) {
    return values;
  } catch (const Trap&) {
    return values;
  }
  return values;
}

}  // namespace heddle::wasm
