#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <heddle/checker/internal/hash_of_state.h>
#include <heddle/checker/lock_audit.h>
#include <heddle/checker/replay.h>

namespace heddle {

namespace {

/// The parts of a variable that are taken and let go by themselves, and what they are at.
struct Part {
  std::string pattern;  ///< for all keys alike: "pending[...]"
  std::string value;
  bool is_number = false;
};

using Parts = std::map<std::string, Part>;

/// Fields by name, keys and elements each by themselves, everything else as a whole.
void split(const std::string& name, const std::string& pattern, const Shown& shown, Parts& parts) {
  using Kind = Shown::Kind;
  switch (shown.kind) {
    case Kind::kRecord:
      for (const auto& [field, child] : shown.children) {
        const std::string dot = name.empty() ? "" : ".";
        split(name + dot + field, pattern + dot + field, child, parts);
      }
      return;
    case Kind::kMap:
      for (const auto& [key, child] : shown.children) {
        parts[fmt::format("{}[{}]", name, key)] = {pattern + "[...]", to_string(child), false};
      }
      return;
    case Kind::kList: {
      std::map<std::string, std::size_t> counts;
      for (const auto& [unnamed, child] : shown.children) {
        ++counts[to_string(child)];
      }
      for (const auto& [element, count] : counts) {
        parts[fmt::format("{}{{{}}}", name, element)] = {pattern + "{...}", fmt::to_string(count),
                                                         false};
      }
      return;
    }
    default:
      parts[name] = {pattern, to_string(shown), shown.kind == Kind::kNumber};
  }
}

/// A part that one execution changed; empty where it is not there.
struct Change {
  CanisterId canister = 0;
  std::string name;
  std::string pattern;
  std::string before;
  std::string after;
  bool is_number = false;
  Subject subject;
};

std::optional<std::int64_t> number_in(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole ? std::optional(number) : std::nullopt;
}

/// What a number was changed by.
std::optional<std::int64_t> difference(const std::string& before, const std::string& after) {
  const std::optional<std::int64_t> from = number_in(before);
  const std::optional<std::int64_t> to = number_in(after);
  std::int64_t result = 0;
  return from && to && !__builtin_sub_overflow(*to, *from, &result) ? std::optional(result)
                                                                    : std::nullopt;
}

/// Something that an open call context has changed and not yet changed back.
struct Holding {
  ContextId context = 0;
  CanisterId canister = 0;
  MethodId method = 0;
  std::string name;
  std::string pattern;
  std::string before;
  std::string after;
  bool is_number = false;
  WayOut way = WayOut::kAnswered;

  friend auto operator<=>(const Holding&, const Holding&) = default;

  [[nodiscard]] bool is_of(const Change& change) const {
    return canister == change.canister && name == change.name;
  }

  [[nodiscard]] bool is_undone_by(const Change& change) const {
    if (is_number) {
      const std::optional<std::int64_t> taken = difference(before, after);
      const std::optional<std::int64_t> back = difference(change.before, change.after);
      if (taken && back) {
        return *taken == -*back;
      }
    }
    return change.after == before;
  }
};

using Holdings = std::vector<Holding>;

class Audit {
 public:
  Audit(Kernel& kernel, const LockAuditOptions& options)
      : kernel_(kernel), options_(options), stepper_(kernel) {}

  LockAudit run() {
    LockAudit audit;
    audit.finished = search();
    for (auto& [key, guard] : guards_) {
      audit.held.push_back(std::move(guard));
    }
    return audit;
  }

 private:
  struct Node {
    StateVector state;
    std::size_t holdings = 0;  ///< in `holdings_`
    friend bool operator==(const Node&, const Node&) = default;
  };

  struct HashOfNode {
    std::size_t operator()(const Node& node) const {
      return internal::HashOfState()(node.state) * 31 + node.holdings;
    }
  };

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  struct Link {
    std::size_t from = kNone;
    Event event;
  };

  bool search() {
    Node first{kernel_.initial(), number_of({})};
    first.state.normalise();
    visit(std::move(first), {kNone, {}});
    std::vector<Event> events;
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
      stepper_.enabled(nodes_[at]->state, events);
      if (std::ranges::all_of(events, [](const Event& event) { return event.is_optional(); })) {
        nobody_answers(at);
      }
      for (const Event& event : events) {
        if (nodes_.size() >= options_.states_max || (options_.stop && options_.stop())) {
          return false;
        }
        link_ = {at, event};
        perform(*nodes_[at], event);
      }
    }
    return true;
  }

  void visit(Node node, const Link& link) {
    const auto [stored, is_new] = visited_.emplace(std::move(node), nodes_.size());
    if (is_new) {
      nodes_.push_back(&stored->first);
      links_.push_back(link);
    }
  }

  std::size_t number_of(Holdings holdings) {
    std::ranges::sort(holdings);
    const auto [stored, is_new] = numbers_.emplace(std::move(holdings), holdings_.size());
    if (is_new) {
      holdings_.push_back(&stored->first);
    }
    return stored->second;
  }

  void perform(const Node& node, const Event& event) {
    const Step& step = stepper_.step(node.state, event);
    Node after{node.state, 0};
    Stepper::apply(after.state, step);
    Holdings holdings = *holdings_[node.holdings];
    for (const Execution& execution : step.executions) {
      if (execution.kind == Execution::Kind::kCode || execution.kind == Execution::Kind::kCleanup) {
        for (Holding& holding : holdings) {
          if (holding.context == execution.context) {
            holding.way = std::max(holding.way, way_of(step, execution));
          }
        }
      }
    }
    if (!step.executions.empty()) {
      follow(node.state, after.state, step, holdings);
    }
    after.holdings = number_of(std::move(holdings));
    after.state.normalise();
    visit(std::move(after), link_);
  }

  /// The way out that an execution is on by itself.
  static WayOut way_of(const Step& step, const Execution& execution) {
    const Effects* effects = execution.effects;
    if (execution.injected_trap || (effects != nullptr && effects->end == PieceEnd::kTrapped)) {
      return WayOut::kTrapped;
    }
    const bool was_refused =
        (step.event.kind == EventKind::kDeliver && step.delivered && !step.delivered->replied) ||
        (effects != nullptr &&
         std::ranges::any_of(effects->sends, [](const Send& send) { return !send.accepted; }));
    return was_refused ? WayOut::kRejected : WayOut::kAnswered;
  }

  void follow(const StateVector& before, const StateVector& after, const Step& step,
              Holdings& holdings) {
    const Execution& execution = step.executions.back();
    const std::vector<Change> changes = changes_of(step);
    for (const Change& change : changes) {
      const bool was_own = let_go(change, execution, holdings);
      meet(change, execution, holdings);
      if (!was_own) {
        take(change, execution, way_of(step, execution), holdings);
      }
    }
    write_the_same(before, execution, holdings);
    const bool goes_on =
        kernel_.context_state(after[kernel_.context_leaf(execution.context)]).phase ==
        ContextState::Phase::kSuspended;
    if (goes_on) {
      note_await(execution, holdings);
      return;
    }
    // A call that ends in the execution in which it takes something has not let it go either: so it
    // goes where a send fails, and what was done before it stays.
    std::erase_if(holdings, [&](const Holding& holding) {
      const bool ends = holding.context == execution.context;
      if (ends) {
        keep_first(guard_of(holding).ways[static_cast<std::size_t>(holding.way)].held, link_);
      }
      return ends;
    });
  }

  std::vector<Change> changes_of(const Step& step) {
    std::vector<Change> changes;
    for (const LeafChange& leaf : step.changes) {
      const LeafKey key = kernel_.key(leaf.position);
      if (key.kind != LeafKind::kVariable || key.c == Subject::kKeySet) {
        continue;
      }
      const auto canister = static_cast<CanisterId>(key.a);
      const Subject subject{key.b, key.c};
      const Parts before = parts_of(canister, subject, leaf.before);
      const Parts after = parts_of(canister, subject, leaf.after);
      const auto add = [&](const std::string& name, const Part* from, const Part* to) {
        const Part& known = from != nullptr ? *from : *to;
        changes.push_back({canister, name, known.pattern, from != nullptr ? from->value : "",
                           to != nullptr ? to->value : "", known.is_number, subject});
      };
      for (const auto& [name, part] : before) {
        const auto now = after.find(name);
        if (now == after.end()) {
          add(name, &part, nullptr);
        } else if (now->second.value != part.value) {
          add(name, &part, &now->second);
        }
      }
      for (const auto& [name, part] : after) {
        if (!before.contains(name)) {
          add(name, nullptr, &part);
        }
      }
    }
    return changes;
  }

  Parts parts_of(CanisterId canister, Subject subject, LeafValue value) {
    const ProgramInfo& info = kernel_.system().canisters[canister].program->info();
    const VariableInfo& variable = info.variables[subject.variable];
    Parts parts;
    if (subject.key == 0) {
      // The image of a compiled canister has no name of its own.
      const std::string name = info.candid != nullptr ? "" : variable.name;
      split(name, name, variable.show_value(kernel_.tables().values[value]), parts);
      parts.erase("");  // nothing of it has a name
    } else if (value != 0) {
      const Shown key = variable.show_key(kernel_.tables().values[subject.key]);
      parts[fmt::format("{}[{}]", variable.name, to_string(key))] = {
          variable.name + "[...]", to_string(variable.show_value(kernel_.tables().values[value])),
          false};
    }
    return parts;
  }

  /// Whether the change undoes what the context has taken.
  bool let_go(const Change& change, const Execution& execution, Holdings& holdings) {
    const auto undone = std::ranges::find_if(holdings, [&](const Holding& holding) {
      return holding.context == execution.context && holding.is_of(change) &&
             holding.is_undone_by(change);
    });
    if (undone == holdings.end()) {
      return false;
    }
    Guard::Way& way = guard_of(*undone).ways[static_cast<std::size_t>(undone->way)];
    way.let_go = true;
    way.by_cleanup = way.by_cleanup || execution.kind == Execution::Kind::kCleanup;
    way.site = way.site != nullptr ? way.site : site_of(change, execution);
    holdings.erase(undone);
    return true;
  }

  /// Others' holdings that the change takes or lets go.
  void meet(const Change& change, const Execution& execution, Holdings& holdings) {
    std::erase_if(holdings, [&](const Holding& holding) {
      if (holding.context == execution.context || holding.is_number || !holding.is_of(change)) {
        return false;
      }
      Guard& guard = guard_of(holding);
      const bool lets_go = change.after == holding.before;
      keep_first(lets_go ? guard.let_go_by_other : guard.taken_twice, link_);
      return lets_go;
    });
  }

  /// Writing once more what is there changes nothing, and takes it all the same.
  void write_the_same(const StateVector& state, const Execution& execution,
                      const Holdings& holdings) {
    const bool is_compiled =
        kernel_.system().canisters[execution.canister].program->info().candid != nullptr;
    // A compiled canister writes its memory as a whole: what of it is not to be known.
    if (is_compiled || execution.effects == nullptr || execution.injected_trap ||
        execution.effects->end == PieceEnd::kTrapped) {
      return;
    }
    for (const auto& [subject, value] : execution.effects->writes) {
      const std::optional<LeafPosition> leaf =
          kernel_.find({LeafKind::kVariable, execution.canister, subject.variable, subject.key});
      if (!leaf || state[*leaf] != value || subject.key == Subject::kKeySet) {
        continue;
      }
      for (const auto& [name, part] : parts_of(execution.canister, subject, value)) {
        for (const Holding& holding : holdings) {
          if (holding.context != execution.context && !holding.is_number &&
              holding.canister == execution.canister && holding.name == name &&
              holding.after == part.value) {
            keep_first(guard_of(holding).taken_twice, link_);
          }
        }
      }
    }
  }

  void take(const Change& change, const Execution& execution, WayOut way, Holdings& holdings) {
    const auto held = std::ranges::find_if(holdings, [&](const Holding& holding) {
      return holding.context == execution.context && holding.is_of(change);
    });
    if (held != holdings.end()) {
      held->after = change.after;
      return;
    }
    holdings.push_back({execution.context, change.canister, execution.method, change.name,
                        change.pattern, change.before, change.after, change.is_number, way});
    Guard& guard = guard_of(holdings.back());
    guard.is_number = change.is_number;
    guard.site = guard.site != nullptr ? guard.site : site_of(change, execution);
  }

  void note_await(const Execution& execution, const Holdings& holdings) {
    if (execution.effects == nullptr) {
      return;
    }
    for (const Holding& holding : holdings) {
      if (holding.context != execution.context) {
        continue;
      }
      for (const Send& send : execution.effects->sends) {
        // How an await of a future is made [M4] is no call of the author's.
        if (send.method != Send::kHelperMethod) {
          guard_of(holding).awaiting.insert(name_of(send));
        }
      }
    }
  }

  std::string name_of(const Send& send) {
    if (send.deferred) {
      return "a Deferred";
    }
    if (send.callee == kNoCanister) {
      return "a canister that does not exist";
    }
    const Installed& callee = kernel_.system().canisters[send.callee];
    const std::vector<MethodInfo>& methods = callee.program->info().methods;
    return fmt::format("{}.{}", callee.name,
                       send.method < methods.size() ? methods[send.method].name : "?");
  }

  /// No obligatory event is left, so those who wait will wait for ever.
  void nobody_answers(std::size_t at) {
    for (const Holding& holding : *holdings_[nodes_[at]->holdings]) {
      keep_first(guard_of(holding).ways[static_cast<std::size_t>(WayOut::kSilent)].held,
                 links_[at]);
    }
  }

  static const void* site_of(const Change& change, const Execution& execution) {
    if (execution.effects == nullptr) {
      return nullptr;
    }
    const void* site = nullptr;
    for (const Access& access : execution.effects->accesses) {
      if (access.subject == change.subject &&
          (access.kind == Access::Kind::kWritten || access.kind == Access::Kind::kModified)) {
        site = access.site;
      }
    }
    return site;
  }

  Guard& guard_of(const Holding& holding) {
    Guard& guard = guards_[{holding.canister, holding.pattern, holding.method}];
    guard.canister = holding.canister;
    guard.method = holding.method;
    guard.variable = holding.pattern;
    return guard;
  }

  /// The search is breadth-first: the first one is the shortest.
  void keep_first(std::optional<ScheduleText>& kept, Link link) const {
    if (kept) {
      return;
    }
    Schedule schedule;
    for (; link.from != kNone; link = links_[link.from]) {
      schedule.push_back(link.event);
    }
    std::ranges::reverse(schedule);
    kept = to_text(kernel_, schedule);
  }

  Kernel& kernel_;
  const LockAuditOptions& options_;
  Stepper stepper_;
  std::unordered_map<Node, std::size_t, HashOfNode> visited_;
  std::vector<const Node*> nodes_;  ///< in the order in which they were found
  std::vector<Link> links_;         ///< of `nodes_`
  std::map<Holdings, std::size_t> numbers_;
  std::vector<const Holdings*> holdings_;
  std::map<std::tuple<CanisterId, std::string, MethodId>, Guard> guards_;
  Link link_;  ///< what is being performed
};

void keep_known(std::optional<ScheduleText>& known, const std::optional<ScheduleText>& other) {
  known = known ? known : other;
}

}  // namespace

std::string_view to_string(WayOut way) {
  switch (way) {
    case WayOut::kAnswered:
      return "its calls are answered";
    case WayOut::kRejected:
      return "a call is rejected";
    case WayOut::kTrapped:
      return "it traps after an await";
    case WayOut::kSilent:
      return "a call is never answered";
  }
  return "?";
}

bool Guard::is_guard() const {
  const Way& fine = (*this)[WayOut::kAnswered];
  return fine.let_go && !(is_number && fine.held);
}

bool Guard::is_faulty() const {
  const auto is_held = [&](WayOut way) { return (*this)[way].held.has_value(); };
  return is_guard() && (is_held(WayOut::kAnswered) || is_held(WayOut::kRejected) ||
                        is_held(WayOut::kTrapped) || taken_twice || let_go_by_other);
}

void LockAudit::add(const LockAudit& other) {
  const auto key = [](const Guard& guard) {
    return std::tie(guard.canister, guard.variable, guard.method);
  };
  for (const Guard& theirs : other.held) {
    const auto known =
        std::ranges::find_if(held, [&](const Guard& guard) { return key(guard) == key(theirs); });
    if (known == held.end()) {
      held.push_back(theirs);
      continue;
    }
    known->awaiting.insert(theirs.awaiting.begin(), theirs.awaiting.end());
    for (std::size_t i = 0; i < Guard::kWays; ++i) {
      known->ways[i].let_go = known->ways[i].let_go || theirs.ways[i].let_go;
      known->ways[i].by_cleanup = known->ways[i].by_cleanup || theirs.ways[i].by_cleanup;
      known->ways[i].site =
          known->ways[i].site != nullptr ? known->ways[i].site : theirs.ways[i].site;
      keep_known(known->ways[i].held, theirs.ways[i].held);
    }
    keep_known(known->taken_twice, theirs.taken_twice);
    keep_known(known->let_go_by_other, theirs.let_go_by_other);
  }
  std::ranges::sort(held, {}, key);
  finished = finished && other.finished;
}

LockAudit audit_locks(Kernel& kernel, const LockAuditOptions& options) {
  return Audit(kernel, options).run();
}

}  // namespace heddle
