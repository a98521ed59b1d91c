// CheckpointFile: where the checkpoint of a scenario lies when nobody says so.
#pragma once

#include <string>

#include <heddle/suite/check_scenario.h>

namespace heddle::internal {

/// For the length of one check. What is explored in another way, or with other parameters, has
/// another file: `.heddle/withdraw-fixed-3f1c09aa.checkpoint` in the current folder.
class CheckpointFile {
 public:
  CheckpointFile(const PreparedScenario& scenario, const CheckRequest& request);
  /// The folder goes when nothing is in it.
  ~CheckpointFile();
  CheckpointFile(const CheckpointFile&) = delete;
  CheckpointFile& operator=(const CheckpointFile&) = delete;

  /// A file that the options name stays, and must fit.
  void set(CheckpointOptions& options) const;

 private:
  std::string scenario_;
  std::string settings_;
  std::string file_;
};

}  // namespace heddle::internal
