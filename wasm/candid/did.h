/// Interfaces: what a .did file or a canister's `candid:service` metadata says.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/wasm/candid/text.h>
#include <heddle/wasm/candid/type.h>

namespace heddle::candid {

/// Named types and, mostly, a service.
class Interface {
 public:
  /// In the order of the text, imported ones first.
  const std::vector<std::pair<std::string, Type>>& definitions() const { return definitions_; }

  std::optional<Type> definition(std::string_view name) const;

  /// A service type; nothing if the text has none.
  const std::optional<Type>& service() const { return service_; }

  /// What the service is constructed with.
  const std::vector<Argument>& init_arguments() const { return init_arguments_; }

  /// A method's func type.
  std::optional<Type> method(std::string_view name) const;

  /// The names of all methods, in order.
  std::vector<std::string> method_names() const;

  /// As a .did text that reads as the same interface.
  std::string to_text() const;

  /// So that values can be annotated with the interface's types.
  ParseOptions parse_options() const;

 private:
  friend class InterfaceParser;

  std::vector<std::pair<std::string, Type>> definitions_;
  std::optional<Type> service_;
  std::vector<Argument> init_arguments_;
};

struct DidOptions {
  std::string source;  ///< the text's file name, for errors and relative imports; may be empty
  /// The text of an imported file, whose name is relative to nothing else any more; nothing if
  /// there is none. Empty: imports are an error.
  std::function<std::optional<std::string>(const std::string& file)> load;
};

/// Reads a .did text. Throws `CandidError` with the place and a caret: syntax, undefined names,
/// types that are defined as nothing but themselves, fields and methods that occur twice.
Interface parse_did(std::string_view text, const DidOptions& options = {});
/// Reads a .did file and what it imports.
Interface load_did(const std::filesystem::path& file);

}  // namespace heddle::candid
