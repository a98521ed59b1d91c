// The View's variables: what is read, told, written, and known to the code already.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <heddle/model/trap.h>
#include <heddle/model/view.h>

namespace heddle {

namespace {

std::vector<ValueId> ids_of(std::string_view bytes) {
  std::vector<ValueId> ids(bytes.size() / sizeof(ValueId));
  if (!ids.empty()) {
    std::memcpy(ids.data(), bytes.data(), bytes.size());
  }
  return ids;
}

}  // namespace

void View::check_usable(CanisterId canister, std::string_view doing, Subject subject,
                        const void* site) {
  if (canister == input_.canister) {
    return;
  }
  const std::string variable = names_ != nullptr ? names_->variable_name(canister, subject.variable)
                                                 : fmt::format("variable {}", subject.variable);
  misuse(
      fmt::format("{}.{} was {} while {} executes: canisters share no state. Send a message with "
                  "call(...) instead.",
                  name_of(canister), variable, doing, name_of(input_.canister)),
      site);
}

ValueId View::with_key(ValueId key_set, ValueId key, bool present) {
  std::vector<ValueId> keys =
      key_set == 0 ? std::vector<ValueId>() : ids_of(tables_->values[key_set]);
  const auto at = std::ranges::lower_bound(keys, key);
  const bool was_present = at != keys.end() && *at == key;
  if (was_present == present) {
    return key_set;
  }
  if (present) {
    keys.insert(at, key);
  } else {
    keys.erase(at);
  }
  return keys.empty() ? 0
                      : tables_->values.intern({reinterpret_cast<const char*>(keys.data()),
                                                keys.size() * sizeof(ValueId)});
}

ValueId View::value_of(CanisterId canister, Subject subject) {
  if (const auto written = overlay_.find(subject); written != overlay_.end()) {
    return written->second;
  }
  ValueId value = source_->answer({ObservationKind::kVariable, canister, subject, 0});
  if (subject.key == Subject::kKeySet) {
    // The key set as committed, with this execution's own insertions and removals.
    for (auto entry = overlay_.lower_bound({subject.variable, 1});
         entry != overlay_.end() && entry->first.variable == subject.variable; ++entry) {
      value = with_key(value, entry->first.key, entry->second != 0);
    }
  }
  return value;
}

void View::key_written(Subject subject, bool was_present, bool present, const void* site) {
  const Subject key_set{subject.variable, Subject::kKeySet};
  if (const auto known = known_.find(key_set); known != known_.end()) {
    known->second = with_key(known->second, subject.key, present);
  }
  if (was_present != present) {
    access(Access::Kind::kModified, key_set, site);
  }
}

void View::count_write() {
  ++effects_.write_count;
  if (effects_.write_count == input_.trap_after) {
    mark_trapped("injected trap");
    if (!swallow_trap()) {
      throw Trap("injected trap");
    }
  }
}

void View::access(Access::Kind kind, Subject subject, const void* site) {
  if (phase_ != Phase::kReplaying) {
    effects_.accesses.push_back({kind, subject, 0, site, {}});
  }
}

ValueId View::read(CanisterId canister, Subject subject, const void* site) {
  if (phase_ == Phase::kPredicate) {
    return source_->answer({ObservationKind::kVariable, canister, subject, 0});
  }
  if (drop()) {
    return 0;
  }
  check_usable(canister, "read", subject, site);
  if (const auto known = known_.find(subject); known != known_.end()) {
    return known->second;
  }
  access(Access::Kind::kTold, subject, site);
  ValueId value = 0;
  if (phase_ == Phase::kReplaying) {
    value = expect(Operation::kRead, subject.variable, subject.key).answer;
  } else {
    value = value_of(canister, subject);
    append(Operation::kRead, subject.variable, subject.key, value);
  }
  known_[subject] = value;
  return value;
}

ValueId View::ask(CanisterId canister, Subject subject, FunctionRef<ValueId(ValueId)> answer,
                  const void* site) {
  if (phase_ == Phase::kPredicate) {
    return answer(source_->answer({ObservationKind::kVariable, canister, subject, 0}));
  }
  if (drop()) {
    return answer(0);
  }
  check_usable(canister, "read", subject, site);
  if (const auto known = known_.find(subject); known != known_.end()) {
    return answer(known->second);
  }
  access(Access::Kind::kTold, subject, site);
  if (phase_ == Phase::kReplaying) {
    return expect(Operation::kAsk, subject.variable, subject.key).answer;
  }
  const ValueId told = answer(value_of(canister, subject));
  append(Operation::kAsk, subject.variable, subject.key, told);
  return told;
}

ValueId View::ask(CanisterId canister, std::pair<Subject, Subject> subjects,
                  FunctionRef<ValueId(ValueId, ValueId)> answer, const void* site) {
  const auto& [left, right] = subjects;
  if (phase_ == Phase::kPredicate) {
    return answer(source_->answer({ObservationKind::kVariable, canister, left, 0}),
                  source_->answer({ObservationKind::kVariable, canister, right, 0}));
  }
  if (drop()) {
    return answer(0, 0);
  }
  check_usable(canister, "read", left, site);
  const auto known_left = known_.find(left);
  const auto known_right = known_.find(right);
  if (known_left != known_.end() && known_right != known_.end()) {
    return answer(known_left->second, known_right->second);
  }
  access(Access::Kind::kTold, left, site);
  access(Access::Kind::kTold, right, site);
  if (phase_ == Phase::kReplaying) {
    return expect(Operation::kAskTwo, left.variable, right.variable).answer;
  }
  const ValueId left_value = value_of(canister, left);
  const ValueId told = answer(left_value, value_of(canister, right));
  append(Operation::kAskTwo, left.variable, right.variable, told);
  return told;
}

void View::write(CanisterId canister, Subject subject, ValueId value, const void* site) {
  if (phase_ == Phase::kPredicate) {
    misuse("a property wrote a Var: properties only look at states, they never change them", site);
  }
  if (drop()) {
    return;
  }
  check_usable(canister, "written", subject, site);
  const bool is_key = subject.key != 0;
  bool was_present = value != 0;
  if (phase_ == Phase::kReplaying) {
    expect_same({Operation::kWrite, subject.variable, subject.key, value});
  } else {
    append(Operation::kWrite, subject.variable, subject.key, value);
    was_present = is_key && value_of(canister, subject) != 0;
    access(Access::Kind::kWritten, subject, site);
    overlay_[subject] = value;
  }
  known_[subject] = value;
  if (is_key) {
    key_written(subject, was_present, value != 0, site);
  }
  if (phase_ != Phase::kReplaying) {
    count_write();
  }
}

void View::modify(CanisterId canister, Subject subject, FunctionRef<ValueId(ValueId)> change,
                  const void* site) {
  update(
      canister, subject,
      [&change](ValueId value) {
        return Update{change(value), 0};
      },
      site);
}

ValueId View::update(CanisterId canister, Subject subject, FunctionRef<Update(ValueId)> change,
                     const void* site) {
  if (phase_ == Phase::kPredicate) {
    misuse("a property changed a Var: properties only look at states, they never change them",
           site);
  }
  if (drop()) {
    return change(0).told;
  }
  check_usable(canister, "changed", subject, site);
  const auto known = known_.find(subject);
  if (phase_ == Phase::kReplaying) {
    const ValueId told = expect(Operation::kUpdate, subject.variable, subject.key).answer;
    if (known != known_.end()) {
      known->second = change(known->second).value;
    }
    if (subject.key != 0) {
      key_written(subject, true, true, site);
    }
    return told;
  }
  Update result;
  const ValueId before = value_of(canister, subject);
  try {
    result = change(before);
  } catch (const Trap& trap) {
    mark_trapped(trap.text());
    if (swallow_trap()) {
      return 0;  // in a destructor, where an exception would end the program; the mark is kept
    }
    throw;
  }
  append(Operation::kUpdate, subject.variable, subject.key, result.told);
  if (result.told != 0) {
    access(Access::Kind::kTold, subject, site);
  }
  access(Access::Kind::kModified, subject, site);
  overlay_[subject] = result.value;
  if (known != known_.end()) {
    known->second = result.value;
  }
  if (subject.key != 0) {
    key_written(subject, before != 0, true, site);
  }
  count_write();
  return result.told;
}

}  // namespace heddle
