#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include <heddle/model/view.h>
#include <heddle/suite/internal/file_describer.h>
#include <heddle/suite/internal/toml_document.h>
#include <heddle/suite/scenario_file.h>

namespace heddle {

bool names_scenario_file(std::string_view name) {
  return name.ends_with(".toml") && name.find('*') == std::string_view::npos;
}

void describe_scenario(Scenario& scenario, const std::string& file, const std::string& text) {
  internal::TomlDocument document(file, text);
  for (const auto& [path, value] : scenario.take_parameters()) {
    document.set(path, value);
  }
  internal::FileDescriber(scenario, document).describe();
}

RegisteredScenario read_scenario_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || std::filesystem::is_directory(file)) {
    throw Misuse(fmt::format("cannot read the scenario file {}: {}", file, std::strerror(errno)));
  }
  const internal::TomlDocument document(file, text);
  const internal::TomlNode* description = document.root().find("description");
  RegisteredScenario scenario;
  const std::size_t slash = file.rfind('/');
  scenario.story = slash == std::string::npos ? std::string() : file.substr(0, slash);
  scenario.scenario = slash == std::string::npos ? file : file.substr(slash + 1);
  scenario.description = description == nullptr ? std::string() : description->text;
  scenario.describe = [file, text](Scenario& described) {
    describe_scenario(described, file, text);
  };
  scenario.takes = [file, text](const std::string& path) {
    try {
      internal::TomlDocument changed(file, text);
      changed.set(path, "0");
      return internal::FileDescriber::knows_parts_of(changed);
    } catch (const Misuse&) {
      return false;
    }
  };
  return scenario;
}

}  // namespace heddle
