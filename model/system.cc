#include <fmt/format.h>

#include <heddle/model/system.h>

namespace heddle {

std::string_view to_string(Profile profile) {
  switch (profile) {
    case Profile::kHappy:
      return "happy";
    case Profile::kSafety:
      return "safety";
    case Profile::kStrictSpec:
      return "strict-spec";
  }
  return "?";
}

Profile profile_from(std::string_view name) {
  for (const Profile profile : {Profile::kHappy, Profile::kSafety, Profile::kStrictSpec}) {
    if (name == to_string(profile)) {
      return profile;
    }
  }
  throw Misuse(
      fmt::format("no profile is called \"{}\"; there are happy, safety and strict-spec.", name));
}

Faults faults_of(Profile profile) {
  Faults faults;
  if (profile == Profile::kSafety || profile == Profile::kStrictSpec) {
    faults.rejects = 1;
    faults.callback_traps = 1;
    faults.heartbeats = 1;
    faults.expiries = 1;
  }
  if (profile == Profile::kStrictSpec) {
    faults.send_failures = 1;
    faults.environment_silence = 1;
  }
  return faults;
}

std::uint32_t System::limit(CanisterId caller, CanisterId callee) const {
  const auto found = limits.find({caller, callee});
  return found == limits.end() ? limit_default : found->second;
}

CanisterId System::canister(std::string_view name) const {
  std::string names;
  for (std::size_t i = 0; i < canisters.size(); ++i) {
    if (canisters[i].name == name) {
      return static_cast<CanisterId>(i);
    }
    names += (names.empty() ? "" : ", ") + canisters[i].name;
  }
  throw Misuse(fmt::format("no canister is called \"{}\"; there are: {}.", name, names));
}

}  // namespace heddle
