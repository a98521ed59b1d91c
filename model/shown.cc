#include <cmath>
#include <cstdlib>
#include <iterator>

#include <fmt/format.h>

#include <heddle/model/shown.h>

namespace heddle {
namespace {

/// The size of the well-formed UTF-8 sequence that `text` starts with; 0 if it starts with none
/// (Unicode, table 3-7).
std::size_t utf8_size(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i, unsigned low = 0x80U, unsigned high = 0xbfU) {
    return at(i) >= low && at(i) <= high;
  };
  const unsigned first = at(0);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xc2 && first <= 0xdf) {
    return follows(1) ? 2 : 0;
  }
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned low = first == 0xe0 ? 0xa0U : 0x80U;
    const unsigned high = first == 0xed ? 0x9fU : 0xbfU;  // no surrogates
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned low = first == 0xf0 ? 0x90U : 0x80U;
    const unsigned high = first == 0xf4 ? 0x8fU : 0xbfU;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

/// Copies `text` between double quotes. `escape` writes a control character or a byte that is not
/// UTF-8.
template <class Escape>
std::string quote(std::string_view text, Escape escape) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::size_t size = utf8_size(text.substr(i));
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (size == 0 || (c >= 0 && c < 0x20) || c == 0x7f) {
      escape(out, static_cast<unsigned char>(c));
    } else {
      out.append(text.substr(i, size));
    }
    i += size == 0 ? 1 : size;
  }
  out.push_back('"');
  return out;
}

std::string json_quoted(std::string_view text) {
  return quote(text, [](std::string& out, unsigned char byte) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte < 0x80 ? byte : 0xfffdU);
  });
}

std::string blob(std::string_view bytes) {
  std::string out = "blob \"";
  for (const char byte : bytes) {
    fmt::format_to(std::back_inserter(out), "\\{:02x}", static_cast<unsigned char>(byte));
  }
  return out + '"';
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(byte));
  }
  return out;
}

/// Whether readers of JSON, JavaScript's among them, read the number as it is.
bool is_exact_json_number(const std::string& text) {
  constexpr double kExactMax = 9007199254740992.0;  // 2^53
  const bool is_integer = text.find_first_not_of("-0123456789") == std::string::npos;
  const double value = std::strtod(text.c_str(), nullptr);
  return std::isfinite(value) && (!is_integer || std::abs(value) < kExactMax);
}

/// Writes the children with `separator` between them, each by `write`.
template <class Write>
void join(std::string& out, const std::vector<Shown::Child>& children, std::string_view separator,
          Write write) {
  bool first = true;
  for (const auto& child : children) {
    if (!first) {
      out += separator;
    }
    first = false;
    write(child);
  }
}

void write_text(std::string& out, const Shown& shown);

void write_named(std::string& out, const Shown& shown, std::string_view link,
                 std::string_view separator) {
  out += '{';
  join(out, shown.children, separator, [&](const Shown::Child& child) {
    out += child.first;
    out += link;
    write_text(out, child.second);
  });
  out += '}';
}

void write_listed(std::string& out, const Shown& shown, char open, char close) {
  out += open;
  join(out, shown.children, ", ",
       [&](const Shown::Child& child) { write_text(out, child.second); });
  out += close;
}

/// An alternative that is told by its look (a number, a text) prints as it is; a record needs its
/// name.
void write_variant(std::string& out, const Shown& shown) {
  const Shown& value = shown.children.front().second;
  const bool is_bare = value.children.empty() &&
                       (value.kind == Shown::Kind::kRecord || value.kind == Shown::Kind::kUnit);
  const bool by_position = shown.text.find_first_not_of("0123456789") == std::string::npos;
  const bool is_named = value.kind == Shown::Kind::kRecord || by_position;
  if (is_named) {
    out += '#';
    out += shown.text;
  }
  if (!is_named || !is_bare) {
    out += is_named ? " " : "";
    write_text(out, value);
  }
}

void write_text(std::string& out, const Shown& shown) {
  switch (shown.kind) {
    case Shown::Kind::kUnit:
      out += "()";
      return;
    case Shown::Kind::kBool:
    case Shown::Kind::kNumber:
    case Shown::Kind::kName:
      out += shown.text;
      return;
    case Shown::Kind::kText:
      out += text_literal(shown.text);
      return;
    case Shown::Kind::kBlob:
      out += blob(shown.text);
      return;
    case Shown::Kind::kOptional:
      out += shown.children.empty() ? "null" : "?";
      if (!shown.children.empty()) {
        write_text(out, shown.children.front().second);
      }
      return;
    case Shown::Kind::kVariant:
      write_variant(out, shown);
      return;
    case Shown::Kind::kRecord:
      write_named(out, shown, " = ", "; ");
      return;
    case Shown::Kind::kTuple:
      write_listed(out, shown, '(', ')');
      return;
    case Shown::Kind::kList:
      write_listed(out, shown, '[', ']');
      return;
    case Shown::Kind::kMap:
      write_named(out, shown, " -> ", ", ");
      return;
  }
}

void write_json(std::string& out, const Shown& shown) {
  switch (shown.kind) {
    case Shown::Kind::kUnit:
      out += "{}";
      return;
    case Shown::Kind::kBool:
      out += shown.text;
      return;
    case Shown::Kind::kNumber:
      out += is_exact_json_number(shown.text) ? shown.text : json_quoted(shown.text);
      return;
    case Shown::Kind::kName:
    case Shown::Kind::kText:
      out += json_quoted(shown.text);
      return;
    case Shown::Kind::kBlob:
      out += json_quoted(hex(shown.text));
      return;
    case Shown::Kind::kOptional:
      if (shown.children.empty()) {
        out += "null";
        return;
      }
      [[fallthrough]];
    case Shown::Kind::kTuple:
    case Shown::Kind::kList:
      out += '[';
      join(out, shown.children, ",",
           [&](const Shown::Child& child) { write_json(out, child.second); });
      out += ']';
      return;
    case Shown::Kind::kVariant:
      out += '{' + json_quoted(shown.text) + ':';
      write_json(out, shown.children.front().second);
      out += '}';
      return;
    case Shown::Kind::kRecord:
    case Shown::Kind::kMap:
      out += '{';
      join(out, shown.children, ",", [&](const Shown::Child& child) {
        out += json_quoted(child.first) + ':';
        write_json(out, child.second);
      });
      out += '}';
      return;
  }
}

}  // namespace

Shown::Shown(Kind kind_of_value, std::string text_of_value)
    : kind(kind_of_value), text(std::move(text_of_value)) {}

bool Shown::operator==(const Shown& other) const {
  return kind == other.kind && text == other.text && children == other.children;
}

std::string to_string(const Shown& shown) {
  std::string out;
  write_text(out, shown);
  return out;
}

std::string to_json(const Shown& shown) {
  std::string out;
  write_json(out, shown);
  return out;
}

std::string text_literal(std::string_view text) {
  return quote(text, [](std::string& out, unsigned char byte) {
    fmt::format_to(std::back_inserter(out), "\\{:02x}", byte);
  });
}

}  // namespace heddle
