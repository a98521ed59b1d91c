#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/view.h>
#include <heddle/suite/internal/pattern.h>
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

/// How many parts a path has, whose entries are alone in their tables; up to the value.
std::size_t length_of(const TomlNode& path) {
  std::size_t length = 0;
  for (const TomlNode* node = &path;
       node->kind == TomlNode::Kind::kTable && node->items.size() == 1;
       node = &node->items.front()) {
    ++length;
  }
  return length;
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

TomlDocument::TomlDocument(std::string file, std::string text) {
  sources_.push_back({std::move(file), std::move(text)});
  root_ = parsed(0);
}

TomlNode TomlDocument::parsed(std::size_t source) const {
  toml::table table;
  try {
    table = toml::parse(std::string_view(sources_[source].text));
  } catch (const toml::parse_error& error) {
    const auto& where = error.source().begin;
    fail(place_of(source, where.line, where.column), error.description(),
         "This is no TOML (https://toml.io).");
  }
  const auto place = [&](const toml::source_region& region) {
    return place_of(source, region.begin.line, region.begin.column);
  };
  const auto convert = [&](const auto& self, const toml::node& from) -> TomlNode {
    TomlNode node;
    node.place = place(from.source());
    if (const toml::table* entries = from.as_table()) {
      node.kind = TomlNode::Kind::kTable;
      for (const auto& [key, value] : *entries) {
        TomlNode entry = self(self, value);
        entry.key = std::string(key.str());
        entry.key_place = place(key.source());
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
  return convert(convert, table);
}

void TomlDocument::set(const std::string& path, const std::string& value) {
  const std::size_t source = sources_.size();
  sources_.push_back({fmt::format("--set {}", path), path + "=0"});
  TomlNode change = parsed(source);
  const std::size_t length = length_of(change);
  sources_.back().text = fmt::format("{}={}", path, value);
  try {
    TomlNode written = parsed(source);
    if (length_of(written) < length) {
      fail({0, source}, "more than one value", "Write one value.");
    }
    change = std::move(written);
  } catch (const Misuse&) {
    // What begins as a list, a table or a quoted text is meant as one.
    if (!value.empty() && std::string_view("[{\"'").find(value.front()) != std::string_view::npos) {
      throw;
    }
    TomlNode* leaf = &change;
    for (std::size_t i = 0; i < length; ++i) {
      leaf = &leaf->items.front();
    }
    leaf->kind = TomlNode::Kind::kText;
    leaf->text = value;
  }
  TomlNode* into = &root_;
  TomlNode* entry = &change.items.front();
  for (std::size_t i = 1; i < length; ++i) {
    into = &part(*into, *entry, into != &root_);
    entry = &entry->items.front();
  }
  TomlNode& changed = part(*into, *entry, into != &root_);
  // An item of a list has no key.
  entry->key = changed.key;
  changed = std::move(*entry);
}

TomlNode& TomlDocument::part(TomlNode& node, const TomlNode& entry, bool is_inside) const {
  std::vector<std::string> names;
  if (node.kind == TomlNode::Kind::kTable) {
    bool are_tables = is_inside && !node.items.empty();
    for (TomlNode& item : node.items) {
      if (item.key == entry.key) {
        return item;
      }
      names.push_back(item.key);
      are_tables = are_tables && item.kind == TomlNode::Kind::kTable;
    }
    if (!are_tables) {
      TomlNode& fresh = node.items.emplace_back();
      fresh.kind = TomlNode::Kind::kTable;
      fresh.key = entry.key;
      fresh.key_place = entry.key_place;
      fresh.place = entry.key_place;
      return fresh;
    }
  } else if (node.kind != TomlNode::Kind::kList) {
    fail(entry.key_place,
         fmt::format("{} is {}, and has no {}", node.key, to_string(node.kind), entry.key));
  }
  for (std::size_t i = 0; node.kind == TomlNode::Kind::kList && i < node.items.size(); ++i) {
    const TomlNode* name = node.items[i].find("name");
    names.push_back(name == nullptr ? std::to_string(i + 1) : name->text);
    if (entry.key == names.back() || entry.key == std::to_string(i + 1)) {
      return node.items[i];
    }
  }
  const std::vector<std::string> near = nearest(entry.key, names);
  fail(entry.key_place, fmt::format("{} has no {}", node.key, entry.key),
       near.empty() ? fmt::format("There are {}.", fmt::join(names, ", "))
                    : fmt::format("Did you mean {}?", fmt::join(near, " or ")));
}

TextPlace TomlDocument::place_of(std::size_t source, std::size_t line, std::size_t column) const {
  const std::string& text = sources_[source].text;
  std::size_t offset = 0;
  for (std::size_t at_line = 1; at_line < line; ++at_line) {
    const std::size_t end = text.find('\n', offset);
    if (end == std::string::npos) {
      return {text.size(), source};
    }
    offset = end + 1;
  }
  for (std::size_t at_column = 1; at_column < column && offset < text.size(); ++at_column) {
    do {
      ++offset;
    } while (offset < text.size() && !begins_code_point(text[offset]));
  }
  return {offset, source};
}

TextPlace TomlDocument::within(const TomlNode& node, std::size_t offset) const {
  const std::string_view source(sources_[node.place.text].text);
  std::size_t at = node.place.offset;
  if (at >= source.size() || (source[at] != '"' && source[at] != '\'')) {
    // A text without quotes is one of a `--set`.
    const bool is_text = node.kind == TomlNode::Kind::kText && node.place.text != 0;
    return is_text ? TextPlace{at + offset, node.place.text} : node.place;
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
  return {at, node.place.text};
}

void TomlDocument::fail(TextPlace place, std::string_view problem, std::string_view next) const {
  const auto& [name, source] = sources_[place.text];
  const std::size_t offset = std::min(place.offset, source.size());
  const std::size_t before = offset == 0 ? std::string::npos : source.rfind('\n', offset - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  std::string line = source.substr(begin, source.find('\n', begin) - begin);
  std::ranges::replace(line, '\t', ' ');
  const auto number = 1 + std::ranges::count(std::string_view(source).substr(0, begin), '\n');
  const auto column = std::ranges::count_if(std::string_view(source).substr(begin, offset - begin),
                                            begins_code_point);
  const std::string where =
      place.text == 0 ? fmt::format("{}:{}:{}", name, number, column + 1) : name;
  std::string text = fmt::format("{}: {}\n  {}\n  {:>{}}", where, problem, line, '^', column + 1);
  if (!next.empty()) {
    text += fmt::format("\n{}", next);
  }
  throw Misuse(text);
}

}  // namespace heddle::internal
