#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/view.h>
#include <heddle/suite/internal/file_describer.h>
#include <heddle/suite/internal/pattern.h>

namespace heddle::internal {
namespace {

struct Budget {
  std::string_view name;
  std::optional<int> FaultBudgets::*budget;
};

constexpr std::array<Budget, 17> kBudgets{{
    {"send_failures", &FaultBudgets::send_failures},
    {"rejects", &FaultBudgets::rejects},
    {"fatal_rejects", &FaultBudgets::fatal_rejects},
    {"first_traps", &FaultBudgets::first_traps},
    {"callback_traps", &FaultBudgets::callback_traps},
    {"cleanup_traps", &FaultBudgets::cleanup_traps},
    {"undecodable_replies", &FaultBudgets::undecodable_replies},
    {"heartbeats", &FaultBudgets::heartbeats},
    {"dropped_ingress", &FaultBudgets::dropped_ingress},
    {"resubmissions", &FaultBudgets::resubmissions},
    {"environment_silence", &FaultBudgets::environment_silence},
    {"expiries", &FaultBudgets::expiries},
    {"stops", &FaultBudgets::stops},
    {"upgrades", &FaultBudgets::upgrades},
    {"open_upgrades", &FaultBudgets::open_upgrades},
    {"uninstalls", &FaultBudgets::uninstalls},
    {"snapshots", &FaultBudgets::snapshots},
}};

/// What stands at the top of a file.
const std::initializer_list<std::string_view> kParts{
    "description", "profile",   "clock",        "weaken",    "without",    "form",
    "sampled",     "watch",     "one_schedule", "canister",  "management", "environment",
    "user",        "limits",    "faults",       "always",    "finally",    "sometimes",
    "outcomes",    "conserved", "answers",      "in_flight", "expect"};

}  // namespace

bool FileDescriber::knows_parts_of(const TomlDocument& document) {
  return std::ranges::all_of(document.root().items, [](const TomlNode& part) {
    return std::ranges::find(kParts, part.key) != kParts.end();
  });
}

void FileDescriber::describe() {
  check_keys(document_.root(), "", kParts);
  entry(document_.root(), "description", Kind::kText);
  collect_names();
  install_canisters();
  install_environments();
  add_users();
  set_surroundings();
  add_claims();
  if (const TomlNode* expected = entry(document_.root(), "expect", Kind::kTable)) {
    expect(*expected);
  }
}

// ---- Reading nodes ------------------------------------------------------------------------------

const TomlNode& FileDescriber::as(const TomlNode& node, Kind kind) const {
  if (node.kind != kind) {
    document_.fail(node.place,
                   node.key.empty()
                       ? fmt::format("expected {}, found {}", to_string(kind), to_string(node.kind))
                       : fmt::format("{} must be {}, and this is {}", node.key, to_string(kind),
                                     to_string(node.kind)));
  }
  return node;
}

const TomlNode* FileDescriber::entry(const TomlNode& table, std::string_view key, Kind kind) const {
  const TomlNode* node = table.find(key);
  return node == nullptr ? nullptr : &as(*node, kind);
}

const TomlNode& FileDescriber::needed(const TomlNode& table, std::string_view key, Kind kind,
                                      std::string_view where, std::string_view example) const {
  const TomlNode* node = entry(table, key, kind);
  if (node == nullptr) {
    document_.fail(table.place, fmt::format("{} has no {}", where, key),
                   fmt::format("Add {} = {}.", key, example));
  }
  return *node;
}

std::vector<const TomlNode*> FileDescriber::texts(const TomlNode& list) const {
  std::vector<const TomlNode*> found;
  for (const TomlNode& item : as(list, Kind::kList).items) {
    found.push_back(&as(item, Kind::kText));
  }
  return found;
}

std::int64_t FileDescriber::count(const TomlNode& node, std::int64_t least) const {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  const std::int64_t number = as(node, Kind::kInteger).integer;
  if (number < least || number > kMost) {
    document_.fail(node.place,
                   fmt::format("{} must be {} or more, and this is {}",
                               node.key.empty() ? "the number" : node.key, least, number));
  }
  return number;
}

void FileDescriber::check_keys(const TomlNode& table, std::string_view where, Keys known) const {
  for (const TomlNode& item : table.items) {
    if (std::ranges::find(known, item.key) == known.end()) {
      const std::vector<std::string> names(known.begin(), known.end());
      const auto near = nearest(item.key, names);
      document_.fail(item.key_place,
                     where.empty() ? fmt::format("unknown key {}", item.key)
                                   : fmt::format("unknown key {} in {}", item.key, where),
                     near.empty() ? fmt::format("There are {}.", fmt::join(names, ", "))
                                  : fmt::format("Did you mean {}?", fmt::join(near, " or ")));
    }
  }
}

void FileDescriber::fail_name(TextPlace place, std::string_view what, std::string_view name,
                              const std::vector<std::string>& known) const {
  const auto near = nearest(name, known);
  document_.fail(place, fmt::format("there is no {} {}", what, name),
                 !near.empty()   ? fmt::format("Did you mean {}?", fmt::join(near, " or "))
                 : known.empty() ? "There are none."
                                 : fmt::format("There are {}.", fmt::join(known, ", ")));
}

std::string FileDescriber::next_after(std::string_view problem, std::string_view next) const {
  const std::size_t end = problem.find("\" is no principal");
  if (!problem.starts_with('"') || end == std::string_view::npos) {
    return std::string(next);
  }
  const std::vector<std::string> names = keys_of(principals_);
  const auto near = nearest(problem.substr(1, end - 1), names);
  return near.empty() ? fmt::format("Canisters and users are {}.", fmt::join(names, ", "))
                      : fmt::format("Did you mean {}?", fmt::join(near, " or "));
}

std::vector<const TomlNode*> FileDescriber::entries(std::string_view key) const {
  std::vector<const TomlNode*> found;
  if (const TomlNode* list = document_.root().find(key)) {
    if (list->kind != Kind::kList) {
      document_.fail(list->key_place, fmt::format("{} is {}", key, to_string(list->kind)),
                     fmt::format("Write [[{}]] with two brackets: there may be several.", key));
    }
    for (const TomlNode& item : list->items) {
      found.push_back(&as(item, Kind::kTable));
    }
  }
  return found;
}

std::string FileDescriber::path(const std::string& relative) const {
  const std::filesystem::path folder = std::filesystem::path(document_.file()).parent_path();
  return (folder / relative).lexically_normal().string();
}

// ---- What the surroundings are like -------------------------------------------------------------

void FileDescriber::set_surroundings() {
  const TomlNode& root = document_.root();
  if (const TomlNode* profile = entry(root, "profile", Kind::kText)) {
    std::string name = profile->text;
    std::ranges::replace(name, '_', '-');
    located(document_.within(*profile, 0), [&] { scenario_.profile(profile_from(name)); });
  }
  if (const TomlNode* clock = entry(root, "clock", Kind::kBoolean); clock && clock->boolean) {
    scenario_.clock();
  }
  const auto each = [&](std::string_view key, auto use) {
    if (const TomlNode* list = root.find(key)) {
      for (const TomlNode* text : texts(*list)) {
        located(document_.within(*text, 0), [&] { use(text->text); });
      }
    }
  };
  each("weaken", [&](const std::string& guarantee) { scenario_.weaken(guarantee); });
  each("without", [&](const std::string& property) { scenario_.without(property); });
  if (const TomlNode* one = root.find("one_schedule")) {
    if (one->kind == Kind::kText && one->text == "in_order") {
      scenario_.one_schedule(in_order);
    } else if (one->kind == Kind::kBoolean && one->boolean) {
      scenario_.one_schedule();
    } else {
      document_.fail(one->place, "one_schedule is true or \"in_order\"");
    }
  }
  if (const TomlNode* sampled = root.find("sampled")) {
    scenario_.sampled(static_cast<std::uint64_t>(count(*sampled, 1)));
  }
  if (const TomlNode* form = entry(root, "form", Kind::kText)) {
    if (form->text != "buggy" && form->text != "fixed") {
      document_.fail(document_.within(*form, 0), fmt::format("unknown form {}", form->text),
                     "Forms are buggy and fixed.");
    }
    scenario_.form(form->text == "buggy" ? Form::kBuggy : Form::kFixed);
  }
  if (const TomlNode* limits = entry(root, "limits", Kind::kTable)) {
    set_limits(*limits);
  }
  if (const TomlNode* faults = entry(root, "faults", Kind::kTable)) {
    set_faults(*faults);
  }
}

void FileDescriber::set_limits(const TomlNode& limits) {
  for (const TomlNode& limit : limits.items) {
    const auto calls = static_cast<std::uint32_t>(count(limit, 0));
    if (limit.key == "default") {
      scenario_.limit_all(calls);
    } else {
      const auto [caller, callee] = pair(limit, limit.key, true);
      scenario_.limit(caller, callee, calls);
    }
  }
}

void FileDescriber::set_faults(const TomlNode& faults) {
  for (const TomlNode& fault : faults.items) {
    const auto known = std::ranges::find(kBudgets, fault.key, &Budget::name);
    if (known == kBudgets.end()) {
      std::vector<std::string> names;
      for (const Budget& budget : kBudgets) {
        names.emplace_back(budget.name);
      }
      fail_name(fault.key_place, "fault", fault.key, names);
    }
    scenario_.faults().*(known->budget) = static_cast<int>(count(fault, 0));
  }
}

}  // namespace heddle::internal
