#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include <heddle/model/kernel.h>
#include <heddle/model/value.h>

namespace heddle {

namespace {

struct LeafKeyHash {
  std::size_t operator()(const LeafKey& key) const {
    std::uint64_t hash = static_cast<std::uint64_t>(key.kind);
    for (const std::uint64_t part : {key.a, key.b, key.c}) {
      hash = (hash ^ part) * 0x9fb21c651e98df25ULL;
      hash ^= hash >> 29U;
    }
    return hash;
  }
};

std::string_view words(const std::vector<std::uint32_t>& list) {
  return {reinterpret_cast<const char*>(list.data()), list.size() * sizeof(std::uint32_t)};
}

std::vector<std::uint32_t> words(std::string_view bytes) {
  std::vector<std::uint32_t> list(bytes.size() / sizeof(std::uint32_t));
  if (!list.empty()) {
    std::memcpy(list.data(), bytes.data(), bytes.size());
  }
  return list;
}

std::array<std::uint32_t, 6> parts_of(const ContextOrigin& origin) {
  return {static_cast<std::uint32_t>(origin.kind),
          origin.canister,
          origin.user,
          origin.number,
          origin.parent,
          origin.index};
}

// Context leaves: absent is 0; otherwise the two lowest bits say how to read the rest.
constexpr LeafValue kTagRecord = 1;
constexpr LeafValue kTagFinished = 2;
constexpr LeafValue kTagDropped = 3;

}  // namespace

struct Kernel::Names {
  mutable std::shared_mutex mutex;
  std::unordered_map<LeafKey, LeafPosition, LeafKeyHash> positions;
  std::deque<LeafKey> keys;
};

Kernel::Kernel(System system) : system_(std::move(system)), names_(std::make_unique<Names>()) {
  check_system();
  for (std::size_t c = 0; c < system_.canisters.size(); ++c) {
    managed_.push_back(system_.is_managed(static_cast<CanisterId>(c)));
  }
  install();
}

Kernel::~Kernel() = default;

namespace {

void check_management(const Installed& canister, Management action) {
  const std::string& why = canister.program->info().no_other_code;
  if (canister.environment ||
      (!why.empty() && action != Management::kStop && action != Management::kStart)) {
    throw Misuse(fmt::format("{} cannot be told to {}: {}", canister.name, to_string(action),
                             canister.environment ? "it is an environment canister" : why));
  }
}

}  // namespace

Management Kernel::management(const UserCall& call) const {
  return system_.canisters[call.canister].program->info().methods[call.method].management;
}

std::uint32_t Kernel::code_named(CanisterId canister, std::string_view arguments,
                                 std::uint32_t now) const {
  if (arguments.size() <= to_bytes(std::tuple<>()).size()) {
    return now;
  }
  const auto [name] = from_bytes<std::tuple<std::string>>(arguments);
  const Installed& installed = system_.canisters[canister];
  for (std::uint32_t number = 0; number <= installed.later.size(); ++number) {
    if (installed.code(number)->info().type_name == name) {
      return number;
    }
  }
  throw Misuse(fmt::format("{} has no code of class {} to be upgraded to", installed.name, name));
}

void Kernel::check_system() const {
  for (const Installed& canister : system_.canisters) {
    if (canister.program == nullptr) {
      throw Misuse(fmt::format("canister {} has no program", canister.name));
    }
    const std::string& lost = canister.program->info().writes_of_traps_lost;
    if (system_.weakened.traps_keep_writes && !canister.environment && !lost.empty()) {
      throw Misuse(fmt::format("G5 cannot be given up with canister {}: {}", canister.name, lost));
    }
  }
  for (const User& user : system_.users) {
    for (const UserCall& call : user.calls) {
      if (call.canister >= system_.canisters.size()) {
        throw Misuse(fmt::format("user {} calls a canister that is not installed", user.name));
      }
      const auto& installed = system_.canisters[call.canister];
      const auto& methods = installed.program->info().methods;
      if (call.method >= methods.size()) {
        throw Misuse(
            fmt::format("user {} calls a method that {} does not have", user.name, installed.name));
      }
      const MethodKind kind = methods[call.method].kind;
      if (kind == MethodKind::kManagement) {
        check_management(installed, methods[call.method].management);
        static_cast<void>(code_named(call.canister, call.arguments, 0));
        continue;
      }
      if (kind != MethodKind::kUpdate && kind != MethodKind::kQuery) {
        throw Misuse(
            fmt::format("user {} calls {}.{}, which is not public: users call updates and "
                        "queries",
                        user.name, installed.name, methods[call.method].name));
      }
    }
  }
}

void Kernel::install() {
  for (std::size_t u = 0; u < system_.users.size(); ++u) {
    const auto& calls = system_.users[u].calls;
    auto& positions = ingress_.emplace_back();
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const ContextId ingress =
          context({ContextOrigin::Kind::kIngress, calls[i].canister, static_cast<std::uint32_t>(u),
                   static_cast<std::uint32_t>(i), 0, 0});
      positions.emplace_back(ingress, context_leaf(ingress));
      if (calls[i].left_out) {
        initial_.set(context_leaf(ingress), kTagDropped);
      }
      if (system_.faults.resubmissions > 0) {
        position({LeafKind::kResubmitted, 0, ingress, 0});
      }
    }
  }
  for (std::size_t c = 0; c < system_.canisters.size(); ++c) {
    const Installed& canister = system_.canisters[c];
    if (canister.environment) {
      continue;
    }
    if (managed_[c]) {
      lifecycle_leaf(static_cast<CanisterId>(c));
    }
    if (const auto& timer = canister.program->info().initial_timer) {
      initial_.set(position({LeafKind::kTimer, static_cast<std::uint32_t>(c), 0, 0}),
                   system_.clock ? 1 + static_cast<LeafValue>(*timer) : 1);
    }
    const auto& variables = canister.program->info().variables;
    for (std::size_t v = 0; v < variables.size(); ++v) {
      if (variables[v].is_absent) {
        continue;
      }
      const auto variable = static_cast<std::uint32_t>(v);
      const auto leaf = [&](std::uint32_t key) {
        return position({LeafKind::kVariable, static_cast<std::uint32_t>(c), variable, key});
      };
      if (!variables[v].keyed) {
        initial_.set(leaf(0), tables_.values.intern(variables[v].initial));
        continue;
      }
      std::vector<ValueId> keys;
      for (const auto& [key, value] : variables[v].initial_entries) {
        keys.push_back(tables_.values.intern(key));
        initial_.set(leaf(keys.back()), tables_.values.intern(value));
      }
      std::ranges::sort(keys);
      if (!keys.empty()) {
        initial_.set(leaf(Subject::kKeySet), tables_.values.intern(words(keys)));
      }
    }
  }
  initial_.normalise();
}

LeafPosition Kernel::position(const LeafKey& key) {
  if (const auto known = find(key)) {
    return *known;
  }
  const std::unique_lock lock(names_->mutex);
  const auto [at, fresh] =
      names_->positions.try_emplace(key, static_cast<LeafPosition>(names_->keys.size()));
  if (fresh) {
    names_->keys.push_back(key);
  }
  return at->second;
}

std::optional<LeafPosition> Kernel::find(const LeafKey& key) const {
  const std::shared_lock lock(names_->mutex);
  const auto at = names_->positions.find(key);
  return at == names_->positions.end() ? std::nullopt : std::optional(at->second);
}

LeafKey Kernel::key(LeafPosition position) const {
  const std::shared_lock lock(names_->mutex);
  return names_->keys.at(position);
}

std::size_t Kernel::leaf_count() const {
  const std::shared_lock lock(names_->mutex);
  return names_->keys.size();
}

std::array<Interner*, 8> Kernel::interners() {
  return {&tables_.values,  &tables_.logs, &tables_.answers, &contexts_,
          &context_states_, &open_calls_,  &lists_,          &requests_};
}

ContextId Kernel::context(const ContextOrigin& origin) {
  const auto parts = parts_of(origin);
  return contexts_.intern({reinterpret_cast<const char*>(parts.data()), sizeof parts});
}

ContextId Kernel::find_context(const ContextOrigin& origin) const {
  const auto parts = parts_of(origin);
  return contexts_.find({reinterpret_cast<const char*>(parts.data()), sizeof parts});
}

ContextOrigin Kernel::origin(ContextId context) const {
  std::array<std::uint32_t, 6> parts{};
  std::memcpy(parts.data(), contexts_[context].data(), sizeof parts);
  return {static_cast<ContextOrigin::Kind>(parts[0]),
          static_cast<CanisterId>(parts[1]),
          parts[2],
          parts[3],
          parts[4],
          parts[5]};
}

LeafPosition Kernel::context_leaf(ContextId context) {
  return position({LeafKind::kContext, 0, context, 0});
}

LeafPosition Kernel::open_calls_leaf(ContextId context) {
  return position({LeafKind::kOpenCalls, 0, context, 0});
}

bool Kernel::before(ContextId left, ContextId right) const {
  if (left == right) {
    return false;
  }
  // A name is the list of its ancestors, outermost first.
  const auto path = [this](ContextId context) {
    std::vector<ContextOrigin> origins;
    for (; context != 0; context = origins.back().parent) {
      origins.push_back(origin(context));
    }
    std::ranges::reverse(origins);
    return origins;
  };
  const auto compare = [](const ContextOrigin& a, const ContextOrigin& b) {
    if (const auto order = a.kind <=> b.kind; order != 0) {
      return order < 0;
    }
    if (a.kind >= ContextOrigin::Kind::kTask && a.canister != b.canister) {
      return a.canister < b.canister;
    }
    return std::tie(a.user, a.number, a.index) < std::tie(b.user, b.number, b.index);
  };
  const auto a = path(left);
  const auto b = path(right);
  return std::ranges::lexicographical_compare(a, b, compare);
}

bool Kernel::descends(ContextId descendant, ContextId ancestor) const {
  while (descendant != 0) {
    if (descendant == ancestor) {
      return true;
    }
    descendant = origin(descendant).parent;
  }
  return false;
}

const UserCall& Kernel::user_call(const ContextOrigin& ingress) const {
  const auto& calls = system_.users[ingress.user].calls;
  return calls[ingress.number % calls.size()];
}

Principal Kernel::caller(ContextId context) const {
  const ContextOrigin where = origin(context);
  switch (where.kind) {
    case ContextOrigin::Kind::kIngress:
      return system_.users[where.user].principal();
    case ContextOrigin::Kind::kCall:
      return system_.canisters[origin(where.parent).canister].principal;
    case ContextOrigin::Kind::kTask:
    case ContextOrigin::Kind::kUpgrade:
      return Principal::management();
  }
  return Principal::management();
}

ContextState Kernel::context_state(LeafValue value) const {
  ContextState state;
  switch (value & 3U) {
    case kTagFinished:
      state.phase = ContextState::Phase::kFinished;
      state.responded = true;
      state.result = value >> 2U;
      return state;
    case kTagDropped:
      state.phase = ContextState::Phase::kDropped;
      return state;
    case kTagRecord:
      break;
    default:
      return state;
  }
  const auto parts = words(context_states_[value >> 2U]);
  state.phase = static_cast<ContextState::Phase>(parts[0] & 0xffU);
  state.responded = (parts[0] >> 8U & 1U) != 0;
  state.await.via_helper = (parts[0] >> 9U & 1U) != 0;
  state.await.kind = static_cast<Await::Kind>(parts[0] >> 16U);
  state.canister = static_cast<CanisterId>(parts[1] >> 16U);
  state.method = static_cast<MethodId>(parts[1] & 0xffffU);
  state.arguments = parts[2];
  state.log = parts[3];
  state.next_call = parts[4];
  state.result = parts[5];
  std::ptrdiff_t next = 6;
  if ((parts[0] >> 10U & 1U) != 0) {
    state.deadline = parts[static_cast<std::size_t>(next++)];
  }
  if ((parts[0] >> 11U & 1U) != 0) {
    state.code = parts[static_cast<std::size_t>(next++)];
  }
  state.is_cut_off = (parts[0] >> 12U & 1U) != 0;
  state.await.calls.assign(parts.begin() + next, parts.end());
  return state;
}

LeafValue Kernel::intern(const ContextState& state) {
  switch (state.phase) {
    case ContextState::Phase::kAbsent:
      return 0;
    case ContextState::Phase::kFinished:
      return state.result << 2U | kTagFinished;
    case ContextState::Phase::kDropped:
      return kTagDropped;
    case ContextState::Phase::kSuspended:
    case ContextState::Phase::kEnded:
    case ContextState::Phase::kPending:
      break;
  }
  std::vector<std::uint32_t> parts{
      static_cast<std::uint32_t>(state.phase) | (state.responded ? 1U << 8U : 0U) |
          (state.await.via_helper ? 1U << 9U : 0U) | (state.deadline != 0 ? 1U << 10U : 0U) |
          (state.code != 0 ? 1U << 11U : 0U) | (state.is_cut_off ? 1U << 12U : 0U) |
          static_cast<std::uint32_t>(state.await.kind) << 16U,
      std::uint32_t{state.canister} << 16U | state.method,
      state.arguments,
      state.log,
      state.next_call,
      state.result};
  if (state.deadline != 0) {
    parts.push_back(state.deadline);
  }
  if (state.code != 0) {
    parts.push_back(state.code);
  }
  parts.insert(parts.end(), state.await.calls.begin(), state.await.calls.end());
  return context_states_.intern(words(parts)) << 2U | kTagRecord;
}

std::vector<OpenCall> Kernel::open_calls(LeafValue value) const {
  std::vector<OpenCall> calls;
  if (value == 0) {
    return calls;
  }
  const auto parts = words(open_calls_[value]);
  calls.reserve(parts.size() / 3);
  for (std::size_t i = 0; i + 2 < parts.size(); i += 3) {
    const std::uint32_t flags = parts[i + 1] >> 16U;
    calls.push_back({parts[i], static_cast<CanisterId>(parts[i + 1] & 0xffffU),
                     static_cast<OpenCall::Status>(flags & 3U), (flags & 4U) != 0,
                     (flags & 8U) != 0, parts[i + 2], (flags & 16U) != 0});
  }
  return calls;
}

LeafValue Kernel::intern(const std::vector<OpenCall>& calls) {
  if (calls.empty()) {
    return 0;
  }
  std::vector<std::uint32_t> parts;
  parts.reserve(calls.size() * 3);
  for (const OpenCall& call : calls) {
    const std::uint32_t flags = static_cast<std::uint32_t>(call.status) |
                                (call.released ? 4U : 0U) | (call.deferred ? 8U : 0U) |
                                (call.bounded ? 16U : 0U);
    if (call.bounded) {
      has_bounded_calls_.store(true, std::memory_order_relaxed);
    }
    parts.insert(parts.end(), {call.index, call.callee | flags << 16U, call.answer});
  }
  return open_calls_.intern(words(parts));
}

void Kernel::look_for_bounded_calls() {
  for (std::uint32_t id = 1; id <= open_calls_.size() && !has_bounded_calls(); ++id) {
    has_bounded_calls_.store(std::ranges::any_of(open_calls(id), &OpenCall::bounded),
                             std::memory_order_relaxed);
  }
}

std::vector<std::uint32_t> Kernel::list(LeafValue value) const {
  return value == 0 ? std::vector<std::uint32_t>{} : words(lists_[value]);
}

LeafValue Kernel::intern(const std::vector<std::uint32_t>& list) {
  return list.empty() ? 0 : lists_.intern(words(list));
}

Request Kernel::request(std::uint32_t id) const {
  const auto parts = words(requests_[id]);
  return {parts[0],
          parts[1],
          static_cast<MethodId>(parts[2]),
          parts[3],
          parts[4],
          parts.size() > 5 && parts[5] != 0,
          parts.size() > 6 ? parts[6] : 0};
}

std::uint32_t Kernel::intern(const Request& request) {
  std::vector<std::uint32_t> parts{request.caller, request.index, request.method,
                                   request.method_name, request.arguments};
  if (request.again || request.deadline != 0) {
    parts.push_back(request.again ? 1 : 0);
  }
  if (request.deadline != 0) {
    parts.push_back(request.deadline);
  }
  return requests_.intern(words(parts));
}

std::vector<ContextId> Kernel::startable(std::uint32_t user_number, const LeafLookup& leaf) const {
  std::vector<ContextId> ready;
  const auto identical = [](const UserCall& a, const UserCall& b) {
    return a.canister == b.canister && a.method == b.method && a.arguments == b.arguments;
  };
  const User& user = system_.users[user_number];
  const auto& positions = ingress_[user_number];
  const auto value = [&](std::size_t number) { return leaf(positions[number].second); };
  for (std::size_t i = 0; i < user.calls.size(); ++i) {
    if (value(i) != 0) {
      continue;
    }
    bool may_start = true;
    switch (user.order) {
      case ScriptOrder::kAny:
        // Identical pending calls are a multiset: the first stands for all of them.
        for (std::size_t j = 0; j < i && may_start; ++j) {
          may_start = !identical(user.calls[j], user.calls[i]) || value(j) != 0;
        }
        break;
      case ScriptOrder::kInOrder:
        for (std::size_t j = 0; j < i && may_start; ++j) {
          may_start = user.calls[j].canister != user.calls[i].canister || value(j) != 0;
        }
        break;
      case ScriptOrder::kThen:
        may_start = group_is_over(leaf, user_number, i);
        break;
    }
    if (may_start) {
      ready.push_back(positions[i].first);
    }
  }
  if (system_.faults.resubmissions > 0) {
    resubmitted(leaf, user_number, ready);
  }
  return ready;
}

/// Whether the group of calls before the group of `position` lets the script go on: all answered
/// (or lost), or one of them rejected, while the others run on.
bool Kernel::group_is_over(const LeafLookup& leaf, std::uint32_t user, std::size_t position) const {
  const auto& calls = system_.users[user].calls;
  std::size_t first = position;
  while (first > 0 && calls[first].together) {
    --first;
  }
  // A group that is left out as a whole is none.
  while (first > 0 && calls[first - 1].left_out) {
    --first;
  }
  bool all = true;
  for (std::size_t i = first; i > 0;) {
    --i;
    const ContextState call = context_state(leaf(ingress_[user][i].second));
    const bool answered = call.responded || call.phase == ContextState::Phase::kDropped;
    all = all && answered;
    if (call.responded && call.result != 0 && !tables_.answer(call.result - 1).replied) {
      return true;
    }
    if (!calls[i].together) {
      break;
    }
  }
  return all;
}

void Kernel::resubmitted(const LeafLookup& lookup, std::uint32_t user,
                         std::vector<ContextId>& ready) const {
  const auto& calls = system_.users[user].calls;
  const auto leaf = [&](const LeafKey& key) {
    const auto position = find(key);
    return position ? lookup(*position) : 0;
  };
  std::vector<const UserCall*> pending;  // a multiset as well
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const LeafValue count = leaf({LeafKind::kResubmitted, 0, ingress_[user][i].first, 0});
    for (LeafValue k = 1; k <= count; ++k) {
      const ContextId copy = copy_of(user, i, k);
      if (leaf({LeafKind::kContext, 0, copy, 0}) != 0) {
        continue;
      }
      const bool seen = std::ranges::any_of(pending, [&](const UserCall* call) {
        return call->canister == calls[i].canister && call->method == calls[i].method &&
               call->arguments == calls[i].arguments;
      });
      if (!seen) {
        ready.push_back(copy);
        pending.push_back(&calls[i]);
      }
    }
  }
}

ContextId Kernel::copy_of(std::uint32_t user, std::size_t position, LeafValue copy) const {
  const auto& calls = system_.users[user].calls;
  return find_context({ContextOrigin::Kind::kIngress, calls[position].canister, user,
                       static_cast<std::uint32_t>(calls.size() * copy + position), 0, 0});
}

Kernel::Counts Kernel::counts() const {
  return {leaf_count(),  contexts_.size(), context_states_.size(), open_calls_.size(),
          lists_.size(), requests_.size(), tables_.values.size(),  tables_.logs.size()};
}

bool Kernel::any_context(const std::function<bool(const ContextState&)>& is_such) const {
  for (std::uint32_t id = 1; id <= context_states_.size(); ++id) {
    if (is_such(context_state(id << 2U | kTagRecord))) {
      return true;
    }
  }
  return false;
}

std::vector<std::pair<std::string, std::uint64_t>> Kernel::logs_by_method() const {
  std::map<std::pair<CanisterId, MethodId>, std::set<LogId>> logs;
  for (std::uint32_t id = 1; id <= context_states_.size(); ++id) {
    const ContextState state = context_state(id << 2U | kTagRecord);
    if (state.phase == ContextState::Phase::kSuspended) {
      logs[{state.canister, state.method}].insert(state.log);
    }
  }
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  for (const auto& [method, distinct] : logs) {
    const Installed& canister = system_.canisters[method.first];
    counts.emplace_back(
        fmt::format("{}.{}", canister.name, canister.program->info().methods[method.second].name),
        distinct.size());
  }
  std::ranges::sort(counts, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return counts;
}

std::size_t Kernel::memory_bytes() const {
  return contexts_.memory_bytes() + context_states_.memory_bytes() + open_calls_.memory_bytes() +
         lists_.memory_bytes() + requests_.memory_bytes() + tables_.values.memory_bytes() +
         tables_.logs.memory_bytes() + tables_.answers.memory_bytes() + leaf_count() * 64;
}

}  // namespace heddle
