#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/atomicity.h>

namespace heddle {

namespace {

const MethodInfo* method_of(const Kernel& kernel, CanisterId canister, MethodId method) {
  const auto& program = kernel.system().canisters[canister].program;
  if (program == nullptr || method >= program->info().methods.size()) {
    return nullptr;
  }
  return &program->info().methods[method];
}

bool changes(Access::Kind kind) {
  return kind == Access::Kind::kWritten || kind == Access::Kind::kModified;
}

/// A Deferred is no message: making one is not an act on what was checked.
bool makes_deferred(const Effects& effects, const Access& access) {
  return access.kind == Access::Kind::kSent &&
         std::ranges::any_of(effects.sends, [&](const Send& send) {
           return send.deferred && send.index == access.call;
         });
}

}  // namespace

std::string_view to_string(RacePattern pattern) {
  switch (pattern) {
    case RacePattern::kStaleWrite:
      return "stale write";
    case RacePattern::kLateWrite:
      return "late write";
    case RacePattern::kStaleCheck:
      return "stale check";
    case RacePattern::kTornGroup:
      return "torn group";
  }
  return "?";
}

std::optional<AccessRecord> access_record(const Kernel& kernel, const Step& step) {
  std::optional<AccessRecord> record;
  for (const Execution& execution : step.executions) {
    const bool is_cleanup = execution.kind == Execution::Kind::kCleanup;
    if (execution.kind != Execution::Kind::kCode && !is_cleanup) {
      continue;
    }
    const Effects* effects = execution.effects;
    // Cleanup follows the rolled-back execution of the same context and takes its place, or, where
    // a trap keeps what was written (G5), goes on behind it.
    if (!record || record->accesses.empty()) {
      record = AccessRecord{
          execution.context, execution.canister, execution.method, execution.started, false, {}};
    }
    const bool trapped =
        effects == nullptr || execution.injected_trap || effects->end == PieceEnd::kTrapped;
    if (trapped && (effects == nullptr || effects->writes.empty())) {
      continue;
    }
    record->goes_on = effects->end == PieceEnd::kSuspended;
    const MethodInfo* method = method_of(kernel, execution.canister, execution.method);
    const bool is_query = method != nullptr && method->kind == MethodKind::kQuery;
    for (const Access& access : effects->accesses) {
      if (access.kind == Access::Kind::kAwaitReady || makes_deferred(*effects, access) ||
          (is_query && changes(access.kind)) || (trapped && access.kind == Access::Kind::kSent)) {
        continue;
      }
      record->accesses.push_back(access);
    }
  }
  return record;
}

namespace {

/// Brute force: every pair of operations of one context is looked at again, nothing is carried
/// along.
class RaceSearch {
 public:
  RaceSearch(std::span<const std::optional<AccessRecord>> records,
             std::span<const VariableGroup> groups)
      : records_(records), groups_(groups), life_(records.size()), born_(records.size()) {
    std::map<ContextId, std::pair<std::size_t, std::size_t>> current;  // life, first record
    std::size_t lives = 0;
    for (std::size_t j = 0; j < records.size(); ++j) {
      if (!records[j]) {
        continue;
      }
      const auto [at, fresh] = current.try_emplace(records[j]->context);
      if (fresh || records[j]->started) {
        at->second = {++lives, j};
      }
      std::tie(life_[j], born_[j]) = at->second;
    }
  }

  std::vector<FoundRace> run() {
    for (std::size_t j = 0; j < records_.size(); ++j) {
      if (!records_[j]) {
        continue;
      }
      for (std::size_t o = 0; o < records_[j]->accesses.size(); ++o) {
        stale(j, o);
        late(j, o);
      }
      for (const VariableGroup& group : groups_) {
        if (group.canister == records_[j]->canister) {
          torn(j, group);
        }
      }
    }
    return std::move(found_);
  }

 private:
  /// The o-th operation of record j.
  struct Position {
    std::size_t j = 0;
    std::size_t o = 0;
    friend auto operator<=>(const Position&, const Position&) = default;
  };

  [[nodiscard]] const Access& at(Position position) const {
    return records_[position.j]->accesses[position.o];
  }

  [[nodiscard]] bool same_canister(std::size_t i, std::size_t j) const {
    return records_[i] && records_[i]->canister == records_[j]->canister;
  }

  /// The last operation of the same life before `end` that `matches`.
  template <class Matches>
  std::optional<Position> last_before(Position end, const Matches& matches) const {
    std::optional<Position> found;
    for (std::size_t i = born_[end.j]; i <= end.j; ++i) {
      if (!records_[i] || life_[i] != life_[end.j]) {
        continue;
      }
      for (std::size_t o = 0; o < records_[i]->accesses.size(); ++o) {
        if (Position{i, o} < end && matches(at({i, o}))) {
          found = Position{i, o};
        }
      }
    }
    return found;
  }

  /// The last operation of another life strictly between records `from` and `to` that `matches`.
  template <class Matches>
  std::optional<Position> intruder(std::size_t from, std::size_t to, const Matches& matches) const {
    std::optional<Position> found;
    for (std::size_t k = from + 1; k < to; ++k) {
      if (!same_canister(k, to) || life_[k] == life_[to]) {
        continue;
      }
      for (std::size_t o = 0; o < records_[k]->accesses.size(); ++o) {
        if (matches(k, at({k, o}))) {
          found = Position{k, o};
        }
      }
    }
    return found;
  }

  void add(RacePattern pattern, Subject subject, Position told, Position between, Position act) {
    const AccessRecord& overtaken = *records_[act.j];
    const AccessRecord& intruder = *records_[between.j];
    for (const FoundRace& known : found_) {
      if (known.pattern == pattern && known.subject == subject && known.step == act.j &&
          known.canister == overtaken.canister) {
        return;
      }
    }
    FoundRace race;
    race.pattern = pattern;
    race.canister = overtaken.canister;
    race.subject = subject;
    race.overtaken = overtaken.context;
    race.intruder = intruder.context;
    race.overtaken_method = overtaken.method;
    race.intruder_method = intruder.method;
    race.told_step = told.j;
    race.intruder_step = between.j;
    race.step = act.j;
    race.told_site = told.o < records_[told.j]->accesses.size() ? at(told).site : nullptr;
    race.intruder_site = at(between).site;
    race.site = at(act).site;
    race.where = at(act).where;
    race.act = at(act).kind;
    race.act_subject = at(act).subject;
    found_.push_back(race);
  }

  /// c wrote this before, and nobody else since: the release of its own guard.
  [[nodiscard]] bool releases(Position act) const {
    const Subject guard = at(act).subject;
    const auto acquired = last_before(act, [&](const Access& access) {
      return access.kind == Access::Kind::kWritten && access.subject == guard;
    });
    return acquired && !intruder(acquired->j, act.j, [&](std::size_t, const Access& access) {
             return changes(access.kind) && access.subject == guard;
           });
  }

  void stale(std::size_t j, std::size_t o) {
    const Position act{j, o};
    const Access& acted = at(act);
    if (acted.kind != Access::Kind::kSent && acted.kind != Access::Kind::kWritten) {
      return;
    }
    std::set<Subject> told_subjects;
    last_before(act, [&](const Access& access) {
      if (access.kind == Access::Kind::kTold) {
        told_subjects.insert(access.subject);
      }
      return false;
    });
    for (const Subject& subject : told_subjects) {
      const auto told = last_before(act, [&](const Access& access) {
        return access.kind == Access::Kind::kTold && access.subject == subject;
      });
      if (told->j == j) {
        continue;
      }
      const auto between = intruder(told->j, j, [&](std::size_t, const Access& access) {
        return changes(access.kind) && access.subject == subject;
      });
      if (!between) {
        continue;
      }
      if (acted.kind == Access::Kind::kWritten && acted.subject == subject) {
        add(RacePattern::kStaleWrite, subject, *told, *between, act);
      } else if (acted.kind == Access::Kind::kSent || !releases(act)) {
        add(RacePattern::kStaleCheck, subject, *told, *between, act);
      }
    }
  }

  void late(std::size_t j, std::size_t o) {
    const Position act{j, o};
    const Subject subject = at(act).subject;
    if (at(act).kind != Access::Kind::kWritten || born_[j] == j) {
      return;
    }
    const bool written_before = last_before(act, [&](const Access& access) {
                                  return changes(access.kind) && access.subject == subject;
                                }).has_value();
    const auto looked = last_before(act, [&](const Access& access) {
      return access.kind == Access::Kind::kTold && access.subject == subject;
    });
    if (written_before || (looked && looked->j == j)) {
      return;
    }
    const auto between = intruder(born_[j], j, [&](std::size_t k, const Access& access) {
      return born_[k] > born_[j] && changes(access.kind) && access.subject == subject;
    });
    if (between) {
      add(RacePattern::kLateWrite, subject, {born_[j], records_[born_[j]]->accesses.size()},
          *between, act);
    }
  }

  void torn(std::size_t j, const VariableGroup& group) {
    const auto in_group = [&](const Access& access) {
      return changes(access.kind) &&
             std::ranges::find(group.variables, access.subject.variable) != group.variables.end();
    };
    // What c has written in the current round, up to and without record j.
    std::vector<Position> round;
    for (std::size_t i = born_[j]; i < j; ++i) {
      if (!records_[i] || life_[i] != life_[j]) {
        continue;
      }
      for (std::size_t o = 0; o < records_[i]->accesses.size(); ++o) {
        if (in_group(at({i, o}))) {
          round.push_back({i, o});
        }
      }
      const bool complete = std::ranges::all_of(group.variables, [&](std::uint32_t variable) {
        return std::ranges::any_of(
            round, [&](Position written) { return at(written).subject.variable == variable; });
      });
      if (complete) {
        round.clear();
      }
    }
    for (std::size_t o = 0; o < records_[j]->accesses.size(); ++o) {
      if (!in_group(at({j, o}))) {
        continue;
      }
      const Subject second = at({j, o}).subject;
      for (const Position written : round) {
        const Subject first = at(written).subject;
        if (first.variable == second.variable) {
          continue;
        }
        const auto between = intruder(written.j, j, [&](std::size_t, const Access& access) {
          return access.kind == Access::Kind::kTold &&
                 (access.subject == first || access.subject == second);
        });
        if (between) {
          add(RacePattern::kTornGroup, at(*between).subject, written, *between, {j, o});
        }
      }
    }
  }

  std::span<const std::optional<AccessRecord>> records_;
  std::span<const VariableGroup> groups_;
  std::vector<std::size_t> life_;  ///< a context's name may be used again by a later task
  std::vector<std::size_t> born_;  ///< first record of that life
  std::vector<FoundRace> found_;
};

}  // namespace

std::vector<FoundRace> find_races(std::span<const std::optional<AccessRecord>> records,
                                  std::span<const VariableGroup> groups) {
  return RaceSearch(records, groups).run();
}

std::vector<FoundRace> find_races(const Kernel& kernel, std::span<const Step> steps,
                                  std::span<const VariableGroup> groups) {
  std::vector<std::optional<AccessRecord>> records;
  records.reserve(steps.size());
  for (const Step& step : steps) {
    records.push_back(access_record(kernel, step));
  }
  return find_races(records, groups);
}

std::string name_of(const Kernel& kernel, CanisterId canister, Subject subject) {
  const Installed& installed = kernel.system().canisters[canister];
  const VariableInfo& variable = installed.program->info().variables[subject.variable];
  const std::string name = fmt::format("{}.{}", installed.name, variable.name);
  if (subject.key == 0) {
    return name;
  }
  if (subject.key == Subject::kKeySet) {
    return "the keys of " + name;
  }
  return fmt::format("{}[{}]", name,
                     to_string(variable.show_key(kernel.tables().values[subject.key])));
}

std::string to_sentence(const Kernel& kernel, const FoundRace& race,
                        const std::function<std::string(const void*)>& place,
                        std::string_view awaited) {
  const auto call = [&](ContextId context, MethodId method) {
    const MethodInfo* info = method_of(kernel, race.canister, method);
    return info == nullptr ? kernel.name(context)
                           : fmt::format("{} ({})", kernel.name(context), info->name);
  };
  const auto at = [&](const void* site) {
    const std::string text = site == nullptr ? std::string{} : place(site);
    return text.empty() ? text : " at " + text;
  };
  const std::string variable = name_of(kernel, race.canister, race.subject);
  const std::string overtaken = kernel.name(race.overtaken);
  const std::string meanwhile = awaited.empty()
                                    ? fmt::format("while {} was waiting", overtaken)
                                    : fmt::format("while {} was awaiting {}", overtaken, awaited);
  const std::string whose = call(race.overtaken, race.overtaken_method);
  const std::string intruder = call(race.intruder, race.intruder_method);
  const std::string in_between = at(race.intruder_site);
  switch (race.pattern) {
    case RacePattern::kStaleWrite:
      return fmt::format(
          "{} was read by {}{}, then written by {}{} {}, then overwritten by {} from the stale "
          "value{}.",
          variable, whose, at(race.told_site), intruder, in_between, meanwhile, overtaken,
          at(race.site));
    case RacePattern::kLateWrite:
      return fmt::format(
          "{} started first, but was still {} when {}, which started later, wrote {}{}; then {} "
          "wrote it for the first time{} and replaced what the later call had written.",
          whose, awaited.empty() ? "waiting" : fmt::format("awaiting {}", awaited), intruder,
          variable, in_between, overtaken, at(race.site));
    case RacePattern::kStaleCheck: {
      std::string act;
      if (race.act == Access::Kind::kSent) {
        act = race.where.line() == 0
                  ? "sent a call"
                  : fmt::format("sent a call at {}:{}", race.where.file_name(), race.where.line());
      } else {
        act = fmt::format("wrote {}{}", name_of(kernel, race.canister, race.act_subject),
                          at(race.site));
      }
      return fmt::format(
          "{} was looked at by {}{}, then written by {}{} {}, then {} {} without looking again.",
          variable, whose, at(race.told_site), intruder, in_between, meanwhile, overtaken, act);
    }
    case RacePattern::kTornGroup:
      return fmt::format(
          "{} wrote one of a group of variables{}; {}, {} was told {}{}; only then {} wrote {}{}.",
          whose, at(race.told_site), meanwhile, intruder, variable, in_between, overtaken,
          name_of(kernel, race.canister, race.act_subject), at(race.site));
  }
  return {};
}

namespace automata {

namespace {

std::set<Subject> changed_by(const AccessRecord& record) {
  std::set<Subject> changed;
  for (const Access& access : record.accesses) {
    if (changes(access.kind)) {
      changed.insert(access.subject);
    }
  }
  return changed;
}

/// What `atomic` knows of one context: that it was told a subject (and whether that is outdated),
/// or that it was the last to overwrite a subject (and so may release it).
struct Knowledge {
  enum class Kind : std::uint32_t { kTold, kStale, kHeld };
  ContextId context = 0;
  Subject subject;
  Kind kind{};
  friend auto operator<=>(const Knowledge&, const Knowledge&) = default;
};

class AtomicMemory {
 public:
  explicit AtomicMemory(const AutomatonMemory& memory) {
    for (std::size_t i = 0; i + 3 < memory.size(); i += 4) {
      entries_.insert(
          {memory[i], {memory[i + 1], memory[i + 2]}, static_cast<Knowledge::Kind>(memory[i + 3])});
    }
  }

  [[nodiscard]] AutomatonMemory packed() const {
    AutomatonMemory memory;
    memory.reserve(entries_.size() * 4);
    for (const Knowledge& entry : entries_) {
      memory.insert(memory.end(), {entry.context, entry.subject.variable, entry.subject.key,
                                   static_cast<std::uint32_t>(entry.kind)});
    }
    return memory;
  }

  void told(ContextId context, Subject subject) {
    entries_.erase({context, subject, Knowledge::Kind::kStale});
    entries_.insert({context, subject, Knowledge::Kind::kTold});
  }

  void held(ContextId context, Subject subject) {
    entries_.insert({context, subject, Knowledge::Kind::kHeld});
  }

  [[nodiscard]] bool is_stale(ContextId context, Subject subject) const {
    return entries_.contains({context, subject, Knowledge::Kind::kStale});
  }

  [[nodiscard]] bool is_held(ContextId context, Subject subject) const {
    return entries_.contains({context, subject, Knowledge::Kind::kHeld});
  }

  [[nodiscard]] std::optional<Subject> stale(ContextId context) const {
    for (const Knowledge& entry : entries_) {
      if (entry.context == context && entry.kind == Knowledge::Kind::kStale) {
        return entry.subject;
      }
    }
    return std::nullopt;
  }

  /// Another context than `writer` has outdated knowledge of the subject now.
  void overwritten(ContextId writer, Subject subject) {
    std::set<Knowledge> entries;
    for (Knowledge entry : entries_) {
      if (entry.context != writer && entry.subject == subject) {
        if (entry.kind == Knowledge::Kind::kHeld) {
          continue;
        }
        entry.kind = Knowledge::Kind::kStale;
      }
      entries.insert(entry);
    }
    entries_ = std::move(entries);
  }

  void forget(ContextId context) {
    std::erase_if(entries_, [&](const Knowledge& entry) { return entry.context == context; });
  }

 private:
  std::set<Knowledge> entries_;
};

}  // namespace

std::optional<RaceSeen> atomic(AutomatonMemory& memory, std::uint32_t variable, bool keyed,
                               const AccessRecord& record) {
  AtomicMemory knowledge(memory);
  const ContextId context = record.context;
  if (record.started) {
    knowledge.forget(context);
  }
  for (const Access& access : record.accesses) {
    const Subject subject = access.subject;
    const bool is_ours = subject.variable == variable;
    switch (access.kind) {
      case Access::Kind::kTold:
        if (is_ours) {
          knowledge.told(context, subject);
        }
        break;
      case Access::Kind::kWritten:
        if (is_ours && knowledge.is_stale(context, subject)) {
          return RaceSeen{RacePattern::kStaleWrite, subject, context};
        }
        if (const auto stale = knowledge.stale(context);
            stale && !knowledge.is_held(context, subject)) {
          return RaceSeen{RacePattern::kStaleCheck, *stale, context};
        }
        if (keyed || !is_ours) {
          knowledge.held(context, subject);
        }
        break;
      case Access::Kind::kSent:
        if (const auto stale = knowledge.stale(context)) {
          return RaceSeen{RacePattern::kStaleCheck, *stale, context};
        }
        break;
      case Access::Kind::kModified:
      case Access::Kind::kAwaitReady:
        break;
    }
  }
  for (const Subject& subject : changed_by(record)) {
    knowledge.overwritten(context, subject);
  }
  if (!record.goes_on) {
    knowledge.forget(context);
  }
  memory = knowledge.packed();
  return std::nullopt;
}

namespace {

/// What `in_start_order` knows of one suspended context: the keys that it has written itself, and
/// those that a context which started later has written before it.
struct Started {
  enum class Mark : std::uint32_t { kWritten, kOvertaken };
  ContextId context = 0;
  std::map<std::uint32_t, Mark> marks;  // by key
  friend auto operator<=>(const Started&, const Started&) = default;
};

std::vector<Started> unpacked(const AutomatonMemory& memory) {
  std::vector<Started> order;
  for (std::size_t i = 0; i + 1 < memory.size();) {
    Started& started = order.emplace_back();
    started.context = memory[i];
    const std::size_t end = i + 2 + std::size_t{memory[i + 1]} * 2;
    for (i += 2; i < end; i += 2) {
      started.marks[memory[i]] = static_cast<Started::Mark>(memory[i + 1]);
    }
  }
  return order;
}

AutomatonMemory packed(const std::vector<Started>& order) {
  AutomatonMemory memory;
  for (const Started& started : order) {
    memory.push_back(started.context);
    memory.push_back(static_cast<std::uint32_t>(started.marks.size()));
    for (const auto& [key, mark] : started.marks) {
      memory.push_back(key);
      memory.push_back(static_cast<std::uint32_t>(mark));
    }
  }
  return memory;
}

/// The order of two contexts matters only while one of them may still be overtaken: of a plain
/// variable, neighbours that have a mark are sorted by name, and those that have written before
/// all that may still be overtaken are forgotten.
void canonicalise(std::vector<Started>& order) {
  auto begin = order.begin();
  while (begin != order.end()) {
    const auto end =
        std::find_if(begin, order.end(), [](const Started& each) { return each.marks.empty(); });
    std::sort(begin, end);
    begin = std::find_if(end, order.end(), [](const Started& each) { return !each.marks.empty(); });
  }
  const auto first_open =
      std::ranges::find_if(order, [](const Started& each) { return each.marks.empty(); });
  const auto kept = std::remove_if(order.begin(), first_open, [](const Started& each) {
    return each.marks.begin()->second == Started::Mark::kWritten;
  });
  order.erase(kept, first_open);
}

}  // namespace

std::optional<RaceSeen> in_start_order(AutomatonMemory& memory, std::uint32_t variable, bool keyed,
                                       const AccessRecord& record) {
  std::vector<Started> order = unpacked(memory);
  const auto is_this = [&](const Started& each) { return each.context == record.context; };
  if (record.started) {
    std::erase_if(order, is_this);
    order.push_back({record.context, {}});
  }
  // Absent: it has written, before all that may still be overtaken had started.
  const auto self = std::ranges::find_if(order, is_this);
  std::set<std::uint32_t> looked;
  for (const Access& access : record.accesses) {
    const std::uint32_t key = access.subject.key;
    if (access.subject.variable != variable || self == order.end()) {
      continue;
    }
    if (access.kind == Access::Kind::kTold) {
      looked.insert(key);
    }
    if (!changes(access.kind)) {
      continue;
    }
    const auto mark = self->marks.find(key);
    if (access.kind == Access::Kind::kWritten && !looked.contains(key) &&
        mark != self->marks.end() && mark->second == Started::Mark::kOvertaken) {
      return RaceSeen{RacePattern::kLateWrite, access.subject, record.context};
    }
    self->marks[key] = Started::Mark::kWritten;
    for (auto earlier = order.begin(); earlier != self; ++earlier) {
      earlier->marks.try_emplace(key, Started::Mark::kOvertaken);
    }
  }
  if (!record.goes_on) {
    std::erase_if(order, is_this);
  }
  if (!keyed) {
    canonicalise(order);
  }
  memory = packed(order);
  return std::nullopt;
}

namespace {

/// What `together` knows: that a context has written `first` in its current round, and, with
/// `seen`, that another context was told `second` since then.
struct Half {
  ContextId context = 0;
  Subject first;
  Subject second;
  bool seen = false;
  friend auto operator<=>(const Half&, const Half&) = default;
};

}  // namespace

std::optional<RaceSeen> together(AutomatonMemory& memory,
                                 const std::vector<std::uint32_t>& variables,
                                 const AccessRecord& record) {
  std::set<Half> halves;
  for (std::size_t i = 0; i + 5 < memory.size(); i += 6) {
    halves.insert({memory[i],
                   {memory[i + 1], memory[i + 2]},
                   {memory[i + 3], memory[i + 4]},
                   memory[i + 5] != 0});
  }
  const ContextId context = record.context;
  const auto is_this = [&](const Half& half) { return half.context == context; };
  if (record.started) {
    std::erase_if(halves, is_this);
  }
  const auto in_group = [&](const Access& access) {
    return std::ranges::find(variables, access.subject.variable) != variables.end();
  };
  std::set<Subject> written;
  for (const Access& access : record.accesses) {
    if (!in_group(access)) {
      continue;
    }
    const Subject subject = access.subject;
    if (access.kind == Access::Kind::kTold) {
      std::set<Half> seen;
      for (const Half& half : halves) {
        if (!half.seen && half.context != context &&
            (half.first == subject || half.first.variable != subject.variable)) {
          seen.insert({half.context, half.first, subject, true});
        }
      }
      halves.merge(seen);
    } else if (changes(access.kind)) {
      for (const Half& half : halves) {
        if (half.seen && half.context == context && half.first.variable != subject.variable &&
            (half.second == half.first || half.second == subject)) {
          return RaceSeen{RacePattern::kTornGroup, half.second, context};
        }
      }
      written.insert(subject);
    }
  }
  for (const Subject& subject : written) {
    halves.insert({context, subject, {}, false});
  }
  const bool complete = std::ranges::all_of(variables, [&](std::uint32_t variable) {
    return std::ranges::any_of(halves, [&](const Half& half) {
      return half.context == context && !half.seen && half.first.variable == variable;
    });
  });
  if (complete || !record.goes_on) {
    std::erase_if(halves, is_this);
  }
  memory.clear();
  for (const Half& half : halves) {
    memory.insert(memory.end(), {half.context, half.first.variable, half.first.key,
                                 half.second.variable, half.second.key, half.seen ? 1U : 0U});
  }
  return std::nullopt;
}

}  // namespace automata

namespace {

/// What the three properties share: the memory is an interned list, only the variable's canister
/// matters, and the reason is told from the automaton's answer.
class AccessProperty : public Property {
 public:
  AccessProperty(CanisterId canister, std::string kind, std::string variables)
      : canister_(canister), kind_(std::move(kind)), variables_(std::move(variables)) {}

  [[nodiscard]] std::string name() const override {
    return fmt::format("{}({})", kind_, variables_);
  }

  [[nodiscard]] std::string kind() const override { return kind_; }

  [[nodiscard]] When when() const override { return When::kEveryStep; }

  [[nodiscard]] std::optional<LeafValue> after(LeafValue memory,
                                               const StepView& step) const override {
    const auto record = record_of(step);
    if (!record) {
      return memory;
    }
    AutomatonMemory list = step.kernel.list(memory);
    if (advance(list, *record)) {
      return std::nullopt;
    }
    return step.kernel.intern(list);
  }

  [[nodiscard]] std::string explain(LeafValue memory, const StepView& step) const override {
    const auto record = record_of(step);
    if (!record) {
      return {};
    }
    AutomatonMemory list = step.kernel.list(memory);
    const auto seen = advance(list, *record);
    if (!seen) {
      return {};
    }
    const std::string call = step.kernel.name(seen->context);
    const std::string variable = name_of(step.kernel, record->canister, seen->subject);
    switch (seen->pattern) {
      case RacePattern::kStaleWrite:
        return fmt::format(
            "stale write: {} overwrites {} from what it was told before an await; another call has "
            "written it since",
            call, variable);
      case RacePattern::kLateWrite:
        return fmt::format(
            "late write: {} writes {} for the first time after an await; a call that started later "
            "has written it already",
            call, variable);
      case RacePattern::kStaleCheck:
        return fmt::format(
            "stale check: {} acts on what it was told of {} before an await; another call has "
            "written it since, and {} did not look again",
            call, variable, call);
      case RacePattern::kTornGroup:
        return fmt::format(
            "torn group: {} writes one of {} after another call was told {} between its writes",
            call, variables_, variable);
    }
    return {};
  }

 protected:
  [[nodiscard]] virtual std::optional<RaceSeen> advance(AutomatonMemory& memory,
                                                        const AccessRecord& record) const = 0;

 private:
  [[nodiscard]] std::optional<AccessRecord> record_of(const StepView& step) const {
    for (const Execution& execution : step.step.executions) {
      if (execution.canister == canister_) {
        return access_record(step.kernel, step.step);
      }
    }
    return std::nullopt;
  }

  CanisterId canister_;
  std::string kind_;
  std::string variables_;
};

class Atomic : public AccessProperty {
 public:
  Atomic(CanisterId canister, std::uint32_t variable, bool keyed, std::string name)
      : AccessProperty(canister, "atomic", std::move(name)), variable_(variable), keyed_(keyed) {}

 private:
  [[nodiscard]] std::optional<RaceSeen> advance(AutomatonMemory& memory,
                                                const AccessRecord& record) const override {
    return automata::atomic(memory, variable_, keyed_, record);
  }

  std::uint32_t variable_;
  bool keyed_;
};

class InStartOrder : public AccessProperty {
 public:
  InStartOrder(CanisterId canister, std::uint32_t variable, bool keyed, std::string name)
      : AccessProperty(canister, "in_start_order", std::move(name)),
        variable_(variable),
        keyed_(keyed) {}

 private:
  [[nodiscard]] std::optional<RaceSeen> advance(AutomatonMemory& memory,
                                                const AccessRecord& record) const override {
    return automata::in_start_order(memory, variable_, keyed_, record);
  }

  std::uint32_t variable_;
  bool keyed_;
};

class Together : public AccessProperty {
 public:
  Together(VariableGroup group, std::string name)
      : AccessProperty(group.canister, "together", std::move(name)),
        variables_(std::move(group.variables)) {}

 private:
  [[nodiscard]] std::optional<RaceSeen> advance(AutomatonMemory& memory,
                                                const AccessRecord& record) const override {
    return automata::together(memory, variables_, record);
  }

  std::vector<std::uint32_t> variables_;
};

const VariableInfo& variable_of(const System& system, CanisterId canister, std::uint32_t variable) {
  const Installed& installed = system.canisters.at(canister);
  if (installed.environment || installed.program == nullptr ||
      variable >= installed.program->info().variables.size()) {
    throw Misuse(fmt::format(
        "{} has no variable that could be watched: an environment canister runs no code. Install "
        "the canister itself.",
        installed.name));
  }
  return installed.program->info().variables[variable];
}

std::string full_name(const System& system, CanisterId canister, std::uint32_t variable) {
  return fmt::format("{}.{}", system.canisters[canister].name,
                     variable_of(system, canister, variable).name);
}

}  // namespace

std::shared_ptr<const Property> make_atomic(const System& system, CanisterId canister,
                                            std::uint32_t variable) {
  const bool keyed = variable_of(system, canister, variable).keyed;
  return std::make_shared<Atomic>(canister, variable, keyed, full_name(system, canister, variable));
}

std::shared_ptr<const Property> make_in_start_order(const System& system, CanisterId canister,
                                                    std::uint32_t variable) {
  const bool keyed = variable_of(system, canister, variable).keyed;
  return std::make_shared<InStartOrder>(canister, variable, keyed,
                                        full_name(system, canister, variable));
}

std::shared_ptr<const Property> make_together(const System& system, VariableGroup group) {
  std::vector<std::string> names;
  std::ranges::sort(group.variables);
  group.variables.erase(std::unique(group.variables.begin(), group.variables.end()),
                        group.variables.end());
  for (const std::uint32_t variable : group.variables) {
    names.push_back(full_name(system, group.canister, variable));
  }
  if (names.size() < 2) {
    throw Misuse(
        "together(...) needs at least two variables of one canister: it claims that nobody sees "
        "one of them written and the other not yet.");
  }
  return std::make_shared<Together>(std::move(group), fmt::format("{}", fmt::join(names, ", ")));
}

}  // namespace heddle
