#include <algorithm>
#include <cctype>
#include <cstdint>
#include <unistd.h>

#include <fmt/format.h>

#include <heddle/suite/internal/checkpoint_file.h>

namespace heddle::internal {
namespace {

constexpr const char* kFolder = ".heddle";

/// FNV-1a.
std::uint32_t hash(const std::string& text) {
  std::uint32_t hash = 2166136261U;
  for (const char byte : text) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619U;
  }
  return hash;
}

std::string file_name(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return std::isalnum(c) == 0 && c != '_' && c != '-'; }, '-');
  return text;
}

}  // namespace

CheckpointFile::CheckpointFile(const PreparedScenario& scenario, const CheckRequest& request)
    : scenario_(scenario.name), settings_(to_flags(scenario.overrides)) {
  const CheckOptions& options = request.options;
  const std::string way = fmt::format("{}{} {} {} {} {} {}", scenario_, settings_,
                                      request.strategy ? to_string(*request.strategy) : "",
                                      to_string(options.reduction), options.depth_max,
                                      request.schedules.value_or(0), options.seed);
  file_ = fmt::format("{}/{}-{:08x}.checkpoint", kFolder, file_name(scenario_), hash(way));
}

CheckpointFile::~CheckpointFile() {
  static_cast<void>(::rmdir(kFolder));
}

void CheckpointFile::set(CheckpointOptions& options) const {
  options.about = {{"scenario", scenario_}, {"settings", settings_}};
  options.must_fit = !options.file.empty();
  if (!options.must_fit) {
    options.file = file_;
  }
}

}  // namespace heddle::internal
