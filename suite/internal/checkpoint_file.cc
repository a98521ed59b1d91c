#include <unistd.h>

#include <fmt/format.h>

#include <heddle/suite/internal/checkpoint_file.h>
#include <heddle/suite/internal/file_name.h>

namespace heddle::internal {
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
