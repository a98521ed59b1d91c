#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/candid/text.h>

namespace heddle::candid {
namespace {

/// The beginning of a text, cut between code points.
std::string_view beginning(std::string_view utf8, std::size_t bytes_max) {
  if (utf8.size() <= bytes_max) {
    return utf8;
  }
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(utf8[end]) & 0xc0U) == 0x80U) {
    --end;
  }
  return utf8.substr(0, end);
}

template <class T>
std::string float_text(T value) {
  if (std::isnan(value)) {
    return std::signbit(value) ? "-nan" : "+nan";
  }
  if (std::isinf(value)) {
    return value < 0 ? "-inf" : "+inf";
  }
  std::string text = fmt::format("{}", value);  // the shortest that reads as the same number
  if (text.find_first_of(".e") == std::string::npos) {
    text += ".0";
  }
  return text;
}

class ValuePrinter {
 public:
  explicit ValuePrinter(const PrintOptions& options) : options_(options) {}

  std::string print(const Value& value, std::size_t indent, std::size_t depth) const {
    std::string line = one_line(value, depth);
    if (options_.width == 0 || indent + line.size() <= options_.width || !can_break(value)) {
      return line;
    }
    return broken(value, indent, depth);
  }

  std::string tuple(const std::vector<Value>& values) const {
    std::vector<std::string> texts;
    std::size_t size = 2;
    for (const Value& value : values) {
      texts.push_back(one_line(value, 0));
      size += texts.back().size() + 2;
    }
    if (options_.width == 0 || size <= options_.width) {
      return fmt::format("({})", fmt::join(texts, ", "));
    }
    std::string text = "(";
    for (const Value& value : values) {
      text += "\n  " + print(value, 2, 0) + ",";
    }
    return text + "\n)";
  }

 private:
  static bool can_break(const Value& value) {
    switch (value.kind()) {
      case Kind::kOpt:
        return !value.elements().empty() && can_break(value.elements().front());
      case Kind::kVec:
        return !value.is_blob();
      case Kind::kRecord:
        return !value.fields().empty();
      case Kind::kVariant:
        return can_break(value.fields().front().value);
      default:
        return false;
    }
  }

  std::string broken(const Value& value, std::size_t indent, std::size_t depth) const {
    const std::string inner(indent + 2, ' ');
    std::string text;
    switch (value.kind()) {
      case Kind::kOpt:
        return "opt " + print(value.elements().front(), indent, depth + 1);
      case Kind::kVariant:
        return fmt::format("variant {{ {} = {} }}", value.fields().front().label.to_text(),
                           print(value.fields().front().value, indent, depth + 1));
      case Kind::kVec:
        text = "vec {";
        for (std::size_t i = 0; i < std::min(value.size(), options_.elements_max); ++i) {
          text += "\n" + inner + print(value.elements()[i], indent + 2, depth + 1) + ";";
        }
        break;
      default:
        text = "record {";
        for (std::size_t i = 0; i < std::min(value.fields().size(), options_.elements_max); ++i) {
          const FieldValue& field = value.fields()[i];
          text += "\n" + inner + field.label.to_text() + " = " +
                  print(field.value, indent + 2, depth + 1) + ";";
        }
        break;
    }
    const std::size_t size = value.kind() == Kind::kVec ? value.size() : value.fields().size();
    if (size > options_.elements_max) {
      text += "\n" + inner + more(size - options_.elements_max);
    }
    return text + "\n" + std::string(indent, ' ') + "}";
  }

  static std::string more(std::size_t count) { return fmt::format("... {} more", count); }

  std::string number(std::string digits, Kind kind) const {
    const bool plain = kind == Kind::kInt || kind == Kind::kFloat64 || !options_.annotated;
    return plain ? digits : fmt::format("{} : {}", digits, to_text(kind));
  }

  std::string principal(const Principal& principal) const {
    if (options_.name_of_principal) {
      if (const std::optional<std::string> name = options_.name_of_principal(principal)) {
        return text_literal(*name);
      }
    }
    return fmt::format("\"{}\"", principal.text());
  }

  std::string one_line(const Value& value, std::size_t depth) const {
    switch (value.kind()) {
      case Kind::kNull:
        return "null";
      case Kind::kReserved:
        return options_.annotated ? "null : reserved" : "null";
      case Kind::kBool:
        return value.boolean() ? "true" : "false";
      case Kind::kFloat32:
        return number(float_text(value.float32()), value.kind());
      case Kind::kFloat64:
        return number(float_text(value.float64()), value.kind());
      case Kind::kText: {
        const std::string_view shown = beginning(value.bytes(), options_.bytes_max);
        return text_literal(shown) + (shown.size() < value.bytes().size()
                                          ? fmt::format("... {} bytes", value.bytes().size())
                                          : "");
      }
      case Kind::kPrincipal:
        return "principal " + principal(value.principal());
      case Kind::kService:
        return "service " + principal(value.reference().service);
      case Kind::kFunc:
        return fmt::format("func {}.{}", principal(value.reference().service),
                           is_plain_name(value.reference().method)
                               ? value.reference().method
                               : text_literal(value.reference().method));
      case Kind::kOpt:
      case Kind::kVec:
      case Kind::kRecord:
      case Kind::kVariant:
        return composite(value, depth);
      default:
        return number(value.whole_number()->to_string(), value.kind());
    }
  }

  /// What follows `opt` is no annotated value.
  std::string content_of_opt(const Value& content, std::size_t depth) const {
    const std::string text = one_line(content, depth);
    const bool is_annotated =
        options_.annotated &&
        (content.kind() == Kind::kReserved || content.kind() == Kind::kFloat32 ||
         (content.whole_number() && content.kind() != Kind::kInt));
    return is_annotated ? "(" + text + ")" : text;
  }

  std::string composite(const Value& value, std::size_t depth) const {
    if (value.kind() == Kind::kOpt && value.elements().empty()) {
      return "null";
    }
    if (value.kind() == Kind::kVec && value.is_blob() && value.size() > 0) {
      return blob(value.bytes());
    }
    if (depth >= options_.depth_max) {
      return "...";
    }
    switch (value.kind()) {
      case Kind::kOpt:
        return "opt " + content_of_opt(value.elements().front(), depth + 1);
      case Kind::kVariant: {
        const FieldValue& field = value.fields().front();
        return field.value.kind() == Kind::kNull
                   ? fmt::format("variant {{ {} }}", field.label.to_text())
                   : fmt::format("variant {{ {} = {} }}", field.label.to_text(),
                                 one_line(field.value, depth + 1));
      }
      case Kind::kVec: {
        std::vector<std::string> elements;
        for (std::size_t i = 0; i < std::min(value.size(), options_.elements_max); ++i) {
          elements.push_back(one_line(value.elements()[i], depth + 1));
        }
        return "vec " + braced(std::move(elements), value.size());
      }
      default:
        return record(value, depth);
    }
  }

  std::string record(const Value& value, std::size_t depth) const {
    bool is_tuple = true;
    for (std::size_t i = 0; i < value.fields().size(); ++i) {
      const Label& label = value.fields()[i].label;
      is_tuple = is_tuple && label.name.empty() && label.id == i;
    }
    std::vector<std::string> fields;
    for (std::size_t i = 0; i < std::min(value.fields().size(), options_.elements_max); ++i) {
      const FieldValue& field = value.fields()[i];
      const std::string text = one_line(field.value, depth + 1);
      fields.push_back(is_tuple ? text : field.label.to_text() + " = " + text);
    }
    return "record " + braced(std::move(fields), value.fields().size());
  }

  std::string braced(std::vector<std::string> parts, std::size_t size) const {
    if (parts.size() < size) {
      parts.push_back(more(size - parts.size()));
    }
    return parts.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(parts, "; "));
  }

  std::string blob(std::string_view bytes) const {
    std::string text = "blob \"";
    const std::string_view shown = bytes.substr(0, options_.bytes_max);
    for (const char c : shown) {
      const auto byte = static_cast<unsigned char>(c);
      const bool plain = byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
      text += plain ? std::string(1, c) : fmt::format("\\{:02x}", byte);
    }
    text += '"';
    return shown.size() < bytes.size() ? text + fmt::format("... {} bytes", bytes.size()) : text;
  }

  const PrintOptions& options_;
};

}  // namespace

std::string to_text(const Value& value, const PrintOptions& options) {
  return ValuePrinter(options).print(value, 0, 0);
}

std::string to_text(const std::vector<Value>& values, const PrintOptions& options) {
  return ValuePrinter(options).tuple(values);
}

std::string text_literal(std::string_view utf8) {
  std::string text = "\"";
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
      case '\\':
        text += '\\';
        text += c;
        break;
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\t':
        text += "\\t";
        break;
      default:
        text += byte < 0x20 || byte == 0x7f ? fmt::format("\\u{{{:x}}}", byte) : std::string(1, c);
        break;
    }
  }
  return text + '"';
}

}  // namespace heddle::candid
