// What the verbs of the command line have in common: their flags, and what they fill.
//
// CLI11 splits the line; conversions are ours, because its messages name neither the cause nor the
// next step.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include <heddle/suite/internal/command_line.h>

namespace heddle::internal {

/// What is being parsed, for messages: "heddle check".
struct Place {
  std::string program;
  std::string verb;

  [[nodiscard]] std::string text() const;
  /// Throws WrongUsage.
  [[noreturn]] void refuse(const std::string& why) const;
};

/// "heddle" of "build/bin/heddle".
std::string base_name(const std::string& program);

/// A whole number that is not negative. `flag` says which, for the message.
std::uint64_t number(const Place& place, const std::string& flag, const std::string& text);

/// The options of one verb, bound to what they fill.
class VerbParser {
 public:
  VerbParser(Place place, CLI::App& app, CommandLine& line);

  /// A flag with a value.
  void text(const std::string& flag, const std::string& kind, const std::string& help,
            std::function<void(const std::string&)> use);
  /// What stands without a flag.
  void names(const std::string& name, const std::string& help, bool required, bool several);
  /// Call when everything is parsed.
  void check_names() const;

  /// How wide views are, and in which characters.
  void view();
  /// What is changed of the scenario.
  void changes();
  /// Whether counterexamples are made smaller; the flag says the other of what the verb does.
  void shrink(bool by_default);
  void strategy(const std::string& names);
  void reduction();
  void storage();
  /// When a search ends.
  void bounds();
  /// Where results go.
  void results();

 private:
  void checkpoints();
  void require_coverage(const std::string& text);
  void bound(const std::string& flag, const std::string& kind, const std::string& help,
             std::uint64_t& target);

  Place place_;
  CLI::App& app_;
  CommandLine& line_;
  bool several_ = true;
};

}  // namespace heddle::internal
