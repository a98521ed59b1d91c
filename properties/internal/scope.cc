#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/internal/scope.h>

namespace heddle::internal {

namespace {

/// "1 reject", "2 rejects".
std::string counted(int count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

template <class Names>
std::string listed(const Names& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

/// "withdraw", "set1, set2 in order", "3 x get", "f and g together, then h": a script without its
/// user.
std::string script(const System& system, const User& user) {
  const auto name_of_call = [&](const UserCall& call) {
    return system.canisters[call.canister].program->info().methods[call.method].name;
  };
  const auto parts_of = [&](std::size_t begin, std::size_t end) {
    std::vector<std::pair<std::string, int>> calls;
    for (std::size_t i = begin; i < end; ++i) {
      const std::string method = name_of_call(user.calls[i]);
      if (!calls.empty() && calls.back().first == method) {
        ++calls.back().second;
      } else {
        calls.emplace_back(method, 1);
      }
    }
    std::vector<std::string> parts;
    for (const auto& [method, count] : calls) {
      parts.push_back(count == 1 ? method : fmt::format("{} x {}", count, method));
    }
    return parts;
  };
  if (user.order != ScriptOrder::kThen) {
    const std::string text = listed(parts_of(0, user.calls.size()));
    return user.order == ScriptOrder::kInOrder && user.calls.size() > 1 ? text + " in order" : text;
  }
  std::vector<std::string> stages;
  for (std::size_t begin = 0; begin < user.calls.size();) {
    std::size_t end = begin + 1;
    while (end < user.calls.size() && user.calls[end].together) {
      ++end;
    }
    const std::string text = fmt::format("{}", fmt::join(parts_of(begin, end), " and "));
    stages.push_back(end - begin > 1 ? text + " together" : text);
    begin = end;
  }
  return fmt::format("{}", fmt::join(stages, ", then "));
}

/// Without the calls that are left out.
User without_left_out(const User& user) {
  User left{user.name, user.order, {}};
  bool has_group_begun = false;
  for (const UserCall& call : user.calls) {
    has_group_begun = has_group_begun && call.together;
    if (!call.left_out) {
      left.calls.push_back(call);
      left.calls.back().together = has_group_begun;
      has_group_begun = true;
    }
  }
  return left;
}

/// "alice, bob (withdraw), carol (get)"; "6 users (withdraw)" for many that do the same.
std::string users_of(const System& system) {
  constexpr std::size_t kNamedMax = 4;
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const User& described : system.users) {
    const User user = without_left_out(described);
    if (user.calls.empty()) {
      continue;
    }
    const std::string does = script(system, user);
    if (groups.empty() || groups.back().first != does) {
      groups.emplace_back(does, std::vector<std::string>{});
    }
    groups.back().second.push_back(user.name);
  }
  std::vector<std::string> parts;
  for (const auto& [does, names] : groups) {
    if (names.size() <= kNamedMax) {
      for (const std::string& name : names) {
        parts.push_back(fmt::format("{} ({})", name, does));
      }
    } else {
      parts.push_back(fmt::format("{} to {}, {} in all ({} each)", names.front(), names.back(),
                                  names.size(), does));
    }
  }
  return parts.empty() ? "no users" : "users " + listed(parts);
}

std::string faults_text(const System& system) {
  const Faults& faults = system.faults;
  const bool has_heartbeat = std::ranges::any_of(system.canisters, [](const Installed& canister) {
    return !canister.environment &&
           canister.program->info().task(MethodKind::kHeartbeat) != Send::kNoMethod;
  });
  const bool has_environment =
      std::ranges::any_of(system.canisters, [](const Installed& each) { return each.environment; });
  std::vector<std::string> parts;
  const auto add = [&](int budget, std::string_view noun) {
    if (budget > 0) {
      parts.push_back(counted(budget, noun));
    }
  };
  add(faults.rejects, "reject");
  add(faults.fatal_rejects, "fatal reject");
  add(faults.first_traps, "trap of a first execution");
  add(faults.callback_traps, "callback trap");
  add(faults.cleanup_traps, "cleanup trap");
  add(faults.send_failures, "send failure");
  add(has_heartbeat ? faults.heartbeats : 0, "heartbeat");
  add(faults.dropped_ingress, "dropped call");
  add(faults.resubmissions, "resubmission");
  if (has_environment && faults.environment_silence > 0) {
    parts.push_back(fmt::format("{} of environment canisters",
                                faults.environment_silence == 1
                                    ? "1 silence"
                                    : fmt::format("{} silences", faults.environment_silence)));
  }
  add(faults.stops, "stop");
  add(faults.upgrades, "upgrade");
  if (faults.open_upgrades > 0) {
    parts.push_back(counted(faults.open_upgrades, "upgrade") + " without a stop");
  }
  add(faults.uninstalls, "uninstallation");
  add(faults.snapshots, "snapshot");
  if (faults.undecodable_replies > 0) {
    parts.push_back(faults.undecodable_replies == 1
                        ? "1 undecodable reply"
                        : fmt::format("{} undecodable replies", faults.undecodable_replies));
  }
  return parts.empty() ? "no faults" : "at most " + listed(parts);
}

}  // namespace

std::string scope_of(const System& system, Profile profile) {
  std::vector<std::string> installed;
  std::vector<std::string> environment;
  std::vector<std::string> inspected;
  for (const Installed& canister : system.canisters) {
    (canister.environment ? environment : installed).push_back(canister.name);
    if (canister.inspect_may_drop) {
      inspected.push_back(canister.name);
    }
  }
  std::vector<std::string> parts{users_of(system)};
  if (!installed.empty()) {
    parts.push_back((installed.size() == 1 ? "canister " : "canisters ") + listed(installed));
  }
  if (!environment.empty()) {
    parts.push_back("environment " + listed(environment));
  }
  parts.push_back(fmt::format("profile {}: {}", to_string(profile), faults_text(system)));
  std::vector<std::string> limits;
  for (const auto& [pair, limit] : system.limits) {
    limits.push_back(fmt::format("{} > {} {}", system.canisters[pair.first].name,
                                 system.canisters[pair.second].name, limit));
  }
  parts.push_back(limits.empty()
                      ? (system.limit_default == kNoLimit
                             ? std::string("no limit")
                             : fmt::format("limit {}", system.limit_default))
                      : fmt::format("limits {}, others {}", listed(limits), system.limit_default));
  if (!inspected.empty()) {
    parts.push_back("inspect_message may drop at " + listed(inspected));
  }
  if (system.clock) {
    parts.push_back("with a clock");
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace heddle::internal
