#include <algorithm>

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
    case Profile::kOps:
      return "ops";
    case Profile::kReplica:
      return "replica";
  }
  return "?";
}

Profile profile_from(std::string_view name) {
  for (const Profile profile : {Profile::kHappy, Profile::kSafety, Profile::kStrictSpec,
                                Profile::kOps, Profile::kReplica}) {
    if (name == to_string(profile)) {
      return profile;
    }
  }
  throw Misuse(fmt::format(
      "no profile is called \"{}\"; there are happy, safety, strict-spec, ops and replica.", name));
}

Faults faults_of(Profile profile) {
  Faults faults;
  if (profile != Profile::kHappy) {
    faults.rejects = 1;
    faults.callback_traps = 1;
    faults.heartbeats = 1;
    faults.expiries = 1;
  }
  if (profile == Profile::kStrictSpec) {
    faults.send_failures = 1;
    faults.fatal_rejects = 1;
    faults.cleanup_traps = 1;
    faults.undecodable_replies = 1;
    faults.environment_silence = 1;
  }
  if (profile == Profile::kOps) {
    faults.stops = 1;
    faults.upgrades = 1;
    faults.open_upgrades = 1;
    faults.uninstalls = 1;
    faults.snapshots = 1;
  }
  return faults;
}

std::uint32_t System::limit(CanisterId caller, CanisterId callee) const {
  const auto found = limits.find({caller, callee});
  return found == limits.end() ? limit_default : found->second;
}

bool System::is_managed(CanisterId canister) const {
  if (canisters[canister].environment) {
    return false;
  }
  if (faults.stops > 0 || faults.upgrades > 0 || faults.open_upgrades > 0 ||
      faults.uninstalls > 0 || faults.snapshots > 0) {
    return true;
  }
  const auto& methods = canisters[canister].program->info().methods;
  return std::ranges::any_of(users, [&](const User& user) {
    return std::ranges::any_of(user.calls, [&](const UserCall& call) {
      return call.canister == canister && call.method < methods.size() &&
             methods[call.method].kind == MethodKind::kManagement;
    });
  });
}

bool System::is_managed() const {
  for (std::size_t canister = 0; canister < canisters.size(); ++canister) {
    if (is_managed(static_cast<CanisterId>(canister))) {
      return true;
    }
  }
  return false;
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
