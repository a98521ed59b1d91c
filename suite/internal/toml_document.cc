#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include <heddle/model/view.h>
#include <heddle/suite/internal/toml_document.h>

#include <toml++/toml.h>

namespace heddle::internal {
namespace {

bool begins_code_point(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
}

/// How many bytes an escape of a basic string takes in the source, and how many it stands for.
std::pair<std::size_t, std::size_t> escape_at(std::string_view source, std::size_t at) {
  const char kind = at + 1 < source.size() ? source[at + 1] : '\0';
  if (kind != 'u' && kind != 'U') {
    return {2, 1};
  }
  const std::size_t digits = kind == 'u' ? 4 : 8;
  const std::string hex(source.substr(std::min(at + 2, source.size()), digits));
  const unsigned long point = std::strtoul(hex.c_str(), nullptr, 16);
  const std::size_t bytes = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  return {2 + digits, bytes};
}

}  // namespace

const TomlNode* TomlNode::find(std::string_view wanted) const {
  const auto found = std::ranges::find(items, wanted, &TomlNode::key);
  return kind == Kind::kTable && found != items.end() ? &*found : nullptr;
}

std::string_view to_string(TomlNode::Kind kind) {
  switch (kind) {
    case TomlNode::Kind::kTable:
      return "a table";
    case TomlNode::Kind::kList:
      return "a list";
    case TomlNode::Kind::kText:
      return "a text";
    case TomlNode::Kind::kInteger:
      return "a whole number";
    case TomlNode::Kind::kBoolean:
      return "true or false";
    case TomlNode::Kind::kOther:
      break;
  }
  return "a number with a point, or a date";
}

TomlDocument::TomlDocument(std::string file, std::string text)
    : file_(std::move(file)), text_(std::move(text)) {
  toml::table table;
  try {
    table = toml::parse(std::string_view(text_));
  } catch (const toml::parse_error& error) {
    const auto& where = error.source().begin;
    fail(place_of(where.line, where.column), error.description(),
         "This is no TOML (https://toml.io).");
  }
  const auto convert = [&](const auto& self, const toml::node& from) -> TomlNode {
    TomlNode node;
    node.place = place_of(from.source().begin.line, from.source().begin.column);
    if (const toml::table* entries = from.as_table()) {
      node.kind = TomlNode::Kind::kTable;
      for (const auto& [key, value] : *entries) {
        TomlNode entry = self(self, value);
        entry.key = std::string(key.str());
        entry.key_place = place_of(key.source().begin.line, key.source().begin.column);
        node.items.push_back(std::move(entry));
      }
      // toml++ sorts by name; a scenario's users and canisters are in the order of the text.
      std::ranges::sort(node.items, {},
                        [](const TomlNode& entry) { return entry.key_place.offset; });
    } else if (const toml::array* items = from.as_array()) {
      node.kind = TomlNode::Kind::kList;
      for (const toml::node& item : *items) {
        node.items.push_back(self(self, item));
      }
    } else if (const auto* value = from.as_string()) {
      node.kind = TomlNode::Kind::kText;
      node.text = value->get();
    } else if (const auto* number = from.as_integer()) {
      node.kind = TomlNode::Kind::kInteger;
      node.integer = number->get();
    } else if (const auto* boolean = from.as_boolean()) {
      node.kind = TomlNode::Kind::kBoolean;
      node.boolean = boolean->get();
    }
    return node;
  };
  root_ = convert(convert, table);
}

TextPlace TomlDocument::place_of(std::size_t line, std::size_t column) const {
  std::size_t offset = 0;
  for (std::size_t at_line = 1; at_line < line; ++at_line) {
    const std::size_t end = text_.find('\n', offset);
    if (end == std::string::npos) {
      return {text_.size()};
    }
    offset = end + 1;
  }
  for (std::size_t at_column = 1; at_column < column && offset < text_.size(); ++at_column) {
    do {
      ++offset;
    } while (offset < text_.size() && !begins_code_point(text_[offset]));
  }
  return {offset};
}

TextPlace TomlDocument::within(const TomlNode& node, std::size_t offset) const {
  const std::string_view source(text_);
  std::size_t at = node.place.offset;
  if (at >= source.size() || (source[at] != '"' && source[at] != '\'')) {
    return node.place;
  }
  const bool is_basic = source[at] == '"';
  const bool is_long = source.substr(at, 3) == (is_basic ? "\"\"\"" : "'''");
  at += is_long ? 3 : 1;
  if (is_long && source.substr(at, 1) == "\n") {
    ++at;
  }
  for (std::size_t said = 0; said < offset && at < source.size();) {
    if (!is_basic || source[at] != '\\') {
      ++at;
      ++said;
    } else if (is_long && source.substr(at, 2) == "\\\n") {
      at = std::min(source.find_first_not_of(" \t\r\n", at + 1), source.size());
    } else {
      const auto [taken, stands_for] = escape_at(source, at);
      at += taken;
      said += stands_for;
    }
  }
  return {at};
}

void TomlDocument::fail(TextPlace place, std::string_view problem, std::string_view next) const {
  const std::size_t offset = std::min(place.offset, text_.size());
  const std::size_t before = offset == 0 ? std::string::npos : text_.rfind('\n', offset - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  std::string line = text_.substr(begin, text_.find('\n', begin) - begin);
  std::ranges::replace(line, '\t', ' ');
  const auto number = 1 + std::ranges::count(std::string_view(text_).substr(0, begin), '\n');
  const auto column = std::ranges::count_if(std::string_view(text_).substr(begin, offset - begin),
                                            begins_code_point);
  std::string text = fmt::format("{}:{}:{}: {}\n  {}\n  {:>{}}", file_, number, column + 1, problem,
                                 line, '^', column + 1);
  if (!next.empty()) {
    text += fmt::format("\n{}", next);
  }
  throw Misuse(text);
}

}  // namespace heddle::internal
