#include <algorithm>
#include <iterator>
#include <tuple>

#include <fmt/format.h>

#include <heddle/model/principal.h>
#include <heddle/model/shown.h>
#include <heddle/model/value.h>
#include <heddle/traces/internal/names.h>
#include <heddle/traces/internal/text.h>

namespace heddle::internal {
namespace {

constexpr std::string_view kNone = "(none)";

std::string in_parentheses(std::string text) {
  return text.starts_with('(') ? text : fmt::format("({})", text);
}

}  // namespace

Names::Names(const Kernel& kernel) : kernel_(kernel) {
  for (const Installed& canister : kernel.system().canisters) {
    directory_.names.push_back(canister.name);
  }
}

const MethodInfo* Names::method_info(const Callee& callee) const {
  if (callee.canister >= kernel_.system().canisters.size()) {
    return nullptr;
  }
  const auto& program = kernel_.system().canisters[callee.canister].program;
  if (program == nullptr || callee.method >= program->info().methods.size()) {
    return nullptr;
  }
  return &program->info().methods[callee.method];
}

const VariableInfo& Names::variable_info(CanisterId canister, Subject subject) const {
  return kernel_.system().canisters[canister].program->info().variables[subject.variable];
}

std::string Names::method(const Callee& callee) const {
  const MethodInfo* info = method_info(callee);
  return info == nullptr ? std::string() : info->name;
}

std::string Names::full_method(const Callee& callee) const {
  return fmt::format("{}.{}", kernel_.system().canisters[callee.canister].name, method(callee));
}

std::string Names::arguments(const Callee& callee, std::string_view encoded) const {
  const MethodInfo* info = method_info(callee);
  if (info == nullptr || !info->show_arguments) {
    return encoded.empty() ? "()" : "(..)";
  }
  return in_parentheses(to_string(info->show_arguments(encoded)));
}

std::string Names::arguments(const Callee& callee, ValueId id) const {
  return id == 0 ? std::string("()") : arguments(callee, kernel_.tables().values[id]);
}

std::string Names::reply(const Callee& callee, ValueId id) const {
  const MethodInfo* info = method_info(callee);
  const std::string_view encoded = id == 0 ? std::string_view() : kernel_.tables().values[id];
  if (encoded == kUndecodable) {
    return "(a value of another type)";
  }
  if (callee.show_value != nullptr) {
    Shown shown = callee.show_value(encoded);
    name_refs(shown, directory_);
    return to_string(shown);
  }
  if (info == nullptr || !info->show_reply) {
    return encoded.empty() ? "()" : "(a value)";
  }
  return to_string(info->show_reply(encoded));
}

std::string Names::answer(const Answer& answer, const Callee& callee) const {
  if (answer.replied) {
    return fmt::format("reply {}", reply(callee, answer.value));
  }
  return fmt::format("reject {} {}", to_string(answer.code), in_quotes(text(answer.value)));
}

std::string Names::text(ValueId id) const {
  return id == 0 ? std::string() : std::string(kernel_.tables().values[id]);
}

std::string Names::principal(ValueId id) const {
  return from_bytes<Principal>(kernel_.tables().values[id]).to_string();
}

std::string Names::variable(CanisterId canister, Subject subject) const {
  const VariableInfo& info = variable_info(canister, subject);
  if (subject.key == 0) {
    return info.name;
  }
  if (subject.key == Subject::kKeySet) {
    return "the keys of " + info.name;
  }
  return fmt::format("{}[{}]", info.name,
                     to_string(info.show_key(kernel_.tables().values[subject.key])));
}

std::string Names::value(CanisterId canister, Subject subject, ValueId id) const {
  if (subject.key == Subject::kKeySet) {
    return {};
  }
  if (id == 0) {
    return std::string(kNone);
  }
  return to_string(variable_info(canister, subject).show_value(kernel_.tables().values[id]));
}

std::string Names::value_in(const StateVector& state, CanisterId canister, Subject subject) const {
  const auto position =
      kernel_.find({LeafKind::kVariable, canister, subject.variable, subject.key});
  return value(canister, subject, position ? state[*position] : 0);
}

namespace {

/// In order of canister, variable and key, whatever the order of leaves.
struct Sorted {
  std::tuple<std::uint32_t, std::uint32_t, std::string> order;
  VariableDiff diff;
};

std::vector<VariableDiff> in_order(std::vector<Sorted> sorted) {
  std::sort(sorted.begin(), sorted.end(),
            [](const Sorted& left, const Sorted& right) { return left.order < right.order; });
  std::vector<VariableDiff> diffs;
  for (Sorted& entry : sorted) {
    diffs.push_back(std::move(entry.diff));
  }
  return diffs;
}

bool is_query(const VariableDiff& diff) {
  return diff.variable.ends_with(')');
}

/// What differs between two states of a compiled canister; `whole`: everything that it shows.
std::vector<VariableDiff> shown_changes(const Shown& before, const Shown& after, bool whole) {
  std::vector<VariableDiff> all;
  for (std::size_t i = 0; i < before.children.size(); ++i) {
    const auto& [name, value] = before.children[i];
    VariableDiff diff{{}, name, to_string(value), to_string(after.children[i].second)};
    if ((whole || diff.before != diff.after) && !diff.before.empty() && !diff.after.empty()) {
      all.push_back(std::move(diff));
    }
  }
  return all;
}

}  // namespace

std::vector<VariableDiff> told_once(const std::vector<VariableDiff>& diffs) {
  const auto like = [&diffs](const VariableDiff& diff, bool query) {
    return std::ranges::count_if(diffs, [&](const VariableDiff& other) {
      return is_query(other) == query && other.canister == diff.canister &&
             other.before == diff.before && other.after == diff.after;
    });
  };
  std::vector<VariableDiff> told;
  std::ranges::copy_if(diffs, std::back_inserter(told), [&](const VariableDiff& diff) {
    return is_query(diff) || like(diff, true) != 1 || like(diff, false) != 1;
  });
  return told;
}

std::vector<VariableDiff> Names::diffs(std::span<const LeafChange> changes) const {
  return diffs(changes, false);
}

std::vector<VariableDiff> Names::diffs(std::span<const LeafChange> changes, bool whole) const {
  std::vector<Sorted> sorted;
  for (const LeafChange& change : changes) {
    const LeafKey key = kernel_.key(change.position);
    if (key.kind != LeafKind::kVariable || key.c == Subject::kKeySet) {
      continue;
    }
    const auto canister = static_cast<CanisterId>(key.a);
    const Subject subject{key.b, key.c};
    const std::string name = variable(canister, subject);
    const Installed& where = kernel_.system().canisters[canister];
    if (!where.program->info().candid) {
      sorted.push_back({{key.a, key.b, name},
                        {where.name, name, value(canister, subject, change.before),
                         value(canister, subject, change.after)}});
      continue;
    }
    // Queries and named variables show a compiled canister's state, and not all of it; those are
    // told that changed.
    const auto shown = [&](LeafValue id) {
      return variable_info(canister, subject).show_value(kernel_.tables().values[id]);
    };
    const Shown before = shown(change.before);
    const Shown after = shown(change.after);
    const bool are_several =
        before.kind == Shown::Kind::kRecord && before.children.size() == after.children.size();
    if (are_several) {
      for (VariableDiff& diff : shown_changes(before, after, whole)) {
        diff.canister = where.name;
        sorted.push_back({{key.a, key.b, diff.variable}, std::move(diff)});
      }
    }
    if (!are_several && before != after) {
      sorted.push_back(
          {{key.a, key.b, name}, {where.name, name, to_string(before), to_string(after)}});
    }
  }
  return in_order(std::move(sorted));
}

std::vector<VariableDiff> Names::changed(const StateVector& before,
                                         const StateVector& after) const {
  std::vector<LeafChange> changes;
  for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    const auto position = static_cast<LeafPosition>(i);
    if ((before[position] != 0 || after[position] != 0) && position < kernel_.leaf_count()) {
      changes.push_back({position, before[position], after[position]});
    }
  }
  return diffs(changes, true);
}

}  // namespace heddle::internal
