#include <clocale>
#include <cstdint>
#include <cwchar>

#include <fmt/format.h>

#include <heddle/model/shown.h>
#include <heddle/traces/internal/text.h>

namespace heddle::internal {
namespace {

/// Makes C.UTF-8 the locale of this thread for a C++ scope.
class Utf8Locale {
 public:
  Utf8Locale() : previous_(utf8() == locale_t{} ? locale_t{} : uselocale(utf8())) {}

  ~Utf8Locale() {
    if (previous_ != locale_t{}) {
      uselocale(previous_);
    }
  }

  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t utf8() {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    return locale;
  }

  locale_t previous_;
};

struct Character {
  std::string_view bytes;
  std::uint32_t code = 0;
  bool valid = true;
  int width = 1;  ///< negative: a control character
};

/// The first character of a text that is not empty.
Character first_character(std::string_view text) {
  if (static_cast<unsigned char>(text.front()) < 0x80) {
    const auto code = static_cast<unsigned char>(text.front());
    return {text.substr(0, 1), code, true, code < 0x20 || code == 0x7f ? -1 : 1};
  }
  std::mbstate_t state{};
  wchar_t code = 0;
  const std::size_t size = std::mbrtowc(&code, text.data(), text.size(), &state);
  if (size == 0 || size > text.size()) {
    return {text.substr(0, 1), 0, false, 1};
  }
  return {text.substr(0, size), static_cast<std::uint32_t>(code), true, wcwidth(code)};
}

template <class F>
void for_each_character(std::string_view text, F f) {
  const Utf8Locale locale;
  while (!text.empty()) {
    const Character character = first_character(text);
    text.remove_prefix(character.bytes.size());
    f(character);
  }
}

std::string escaped(std::uint32_t code) {
  switch (code) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return fmt::format("\\u{{{:x}}}", code);
  }
}

}  // namespace

std::string printable(std::string_view text, bool ascii) {
  std::string result;
  for_each_character(text, [&](const Character& character) {
    if (!character.valid) {
      result += ascii ? "?" : "\ufffd";
    } else if (character.width < 0 || (ascii && character.code >= 0x80)) {
      result += escaped(character.code);
    } else {
      result += character.bytes;
    }
  });
  return result;
}

std::string in_quotes(std::string_view text) {
  return to_string(Shown(Shown::Kind::kText, std::string(text)));
}

std::string in_markup(std::string_view text) {
  std::string result;
  for (const char c : printable(text, false)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for_each_character(text, [&](const Character& character) {
    width += static_cast<std::size_t>(character.width < 0 ? 0 : character.width);
  });
  return width;
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  std::string result(text);
  result.append(used < width ? width - used : 0, ' ');
  return result;
}

std::string elided(std::string_view text, std::size_t width, std::string_view ellipsis) {
  if (display_width(text) <= width) {
    return std::string(text);
  }
  const std::size_t mark = display_width(ellipsis);
  const std::size_t room = width > mark ? width - mark : 0;
  std::string result;
  std::size_t used = 0;
  bool full = false;
  for_each_character(text, [&](const Character& character) {
    const auto columns = static_cast<std::size_t>(character.width < 0 ? 0 : character.width);
    full = full || used + columns > room;
    if (!full) {
      result += character.bytes;
      used += columns;
    }
  });
  return result.append(ellipsis);
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::vector<std::string> lines;
  std::string line;
  std::size_t used = 0;
  // Where the line may be broken: behind the last space, in bytes and columns; 0 for nowhere.
  std::size_t break_bytes = 0;
  std::size_t break_columns = 0;
  std::size_t start = 0;  // bytes of indentation of the current line
  for_each_character(text, [&](const Character& character) {
    const auto columns = static_cast<std::size_t>(character.width < 0 ? 0 : character.width);
    if (used + columns > width && line.size() > start) {
      std::string rest;
      if (character.code != ' ' && break_bytes > start) {
        rest = line.substr(break_bytes);
        used -= break_columns;
        line.resize(break_bytes);
      } else {
        used = 0;
      }
      line.erase(line.find_last_not_of(' ') + 1);
      lines.push_back(std::move(line));
      start = indent < width ? indent : 0;
      line = std::string(start, ' ') + rest;
      used += start;
      break_bytes = 0;
      if (character.code == ' ') {
        return;
      }
    }
    line += character.bytes;
    used += columns;
    if (character.code == ' ' && line.find_first_not_of(' ') != std::string::npos) {
      break_bytes = line.size();
      break_columns = used;
    }
  });
  if (line.size() > start || lines.empty()) {
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace heddle::internal
