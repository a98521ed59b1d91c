#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/numbers.h>
#include <heddle/properties/always.h>
#include <heddle/properties/answered.h>
#include <heddle/properties/defaults.h>
#include <heddle/properties/every_call_answered.h>
#include <heddle/properties/finally.h>
#include <heddle/properties/growth.h>
#include <heddle/properties/in_flight_limit.h>
#include <heddle/properties/internal/scope.h>
#include <heddle/properties/keeps_timer.h>
#include <heddle/properties/linearisable.h>
#include <heddle/properties/liveness.h>
#include <heddle/properties/no_deadlock.h>
#include <heddle/properties/no_send_failure.h>
#include <heddle/properties/no_unsafe_upgrade.h>
#include <heddle/properties/scenario.h>
#include <heddle/properties/serialisable.h>
#include <heddle/properties/sometimes.h>
#include <heddle/properties/stoppable.h>

namespace heddle {

namespace {

constexpr std::string_view kOvertaking = "G1";
constexpr std::string_view kRepeated = "G2";
constexpr std::string_view kExpired = "G3";
constexpr std::string_view kUnlimited = "G4";
constexpr std::string_view kKept = "G5";
/// How often G2 and G3 are broken in one schedule where they are given up.
constexpr int kOnce = 1;

constexpr std::string_view kNoTrap = "no unexpected trap";
constexpr std::string_view kNoDeadlock = "no deadlock";
constexpr std::string_view kAnswered = "every call answered";
constexpr std::string_view kAnsweredByMethod = "every call answered by its method";
constexpr std::string_view kNoUnsafeUpgrade = "no unsafe upgrade";
constexpr std::array kDefaults{kNoTrap, kNoDeadlock, kAnswered, kAnsweredByMethod,
                               kNoUnsafeUpgrade};

/// Whether a canister's code may be replaced at all.
bool replaces_code(const System& system) {
  const Faults& faults = system.faults;
  if (faults.upgrades > 0 || faults.open_upgrades > 0 || faults.snapshots > 0) {
    return true;
  }
  return std::ranges::any_of(system.users, [&](const User& user) {
    return std::ranges::any_of(user.calls, [&](const UserCall& call) {
      const Management action =
          system.canisters[call.canister].program->info().methods[call.method].management;
      return action == Management::kUpgrade || action == Management::kReinstall ||
             action == Management::kLoadSnapshot;
    });
  });
}

template <class Names>
std::string listed(const Names& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

/// What is collected while the scenario is described, in the order of description.
struct Scenario::Body {
  struct Described {
    std::string name;
    Principal principal;
    std::shared_ptr<Program> program;
    bool environment = false;
    bool inspect_may_drop = false;
    std::map<MethodId, std::vector<EnvironmentAnswer>> answers;
    std::vector<std::shared_ptr<CoroutineProgram>> later{};
  };

  /// A user's call to the management canister: which method that is, is known when all code is.
  struct Managed {
    CallPosition call;
    Management action = Management::kNone;
  };

  std::vector<Described> canisters;
  std::vector<User> users;
  std::vector<Managed> managed;
  std::map<std::string, std::int64_t> parameters;
  bool parameters_taken = false;
  std::map<std::pair<CanisterId, CanisterId>, std::uint32_t> limits;
  std::uint32_t limit_default = 500;
  Profile profile = Profile::kSafety;
  std::set<std::string_view> weakened;  ///< of guarantee_names()
  bool clock = false;
  bool keep_results = false;
  std::vector<Claim> claims;
  Fairness fairness;
  std::vector<VariableGroup> groups;
  std::vector<OutcomeSet> outcome_sets;
  std::vector<Measure> measures;
  std::vector<Watch> watched;
  std::set<std::string, std::less<>> without;
  Expectation expectation;
  Procedure procedure;
  bool one_schedule = false;
  Form form = Form::kNeutral;
  bool built = false;
  /// Every handle of a user's call holds it: when others than we still do, predicates captured one.
  std::shared_ptr<const int> asked = std::make_shared<const int>(0);
};

std::span<const FaultName> fault_names() {
  static constexpr std::array<FaultName, 17> kNames{{
      {"send-failures", "D7", "a send fails at once though a slot is free", &Faults::send_failures},
      {"rejects", "D8", "a request is rejected before it executes", &Faults::rejects},
      {"fatal-rejects", "D9", "a request is rejected with SYS_FATAL", &Faults::fatal_rejects},
      {"first-traps", "D15", "a message traps in its first execution", &Faults::first_traps},
      {"callback-traps", "D16", "code that resumes after an await traps", &Faults::callback_traps},
      {"cleanup-traps", "D17", "cleanup traps", &Faults::cleanup_traps},
      {"bad-replies", "D18", "a reply cannot be decoded", &Faults::undecodable_replies},
      {"heartbeats", "D20", "a canister's heartbeat runs", &Faults::heartbeats},
      {"dropped-calls", "D23", "a user's call vanishes before it executes",
       &Faults::dropped_ingress},
      {"resubmissions", "D24", "a user's call is submitted once more", &Faults::resubmissions},
      {"silences", "D12", "an environment canister never answers", &Faults::environment_silence},
      {"expiries", "D13", "a bounded-wait call expires", &Faults::expiries},
      {"stops", "D28", "a canister is stopped", &Faults::stops},
      {"upgrades", "D29", "a stopped canister is upgraded", &Faults::upgrades},
      {"open-upgrades", "D30", "a canister is upgraded that is not stopped",
       &Faults::open_upgrades},
      {"uninstalls", "D31", "a canister is uninstalled", &Faults::uninstalls},
      {"snapshots", "D31", "a canister goes back to a snapshot", &Faults::snapshots},
  }};
  return kNames;
}

std::span<const GuaranteeName> guarantee_names() {
  static constexpr std::array<GuaranteeName, 5> kNames{{
      {kOvertaking, "requests of a pair overtake each other"},
      {kRepeated, "one delivered request is executed twice"},
      {kExpired, "one answer is replaced by SYS_UNKNOWN"},
      {kUnlimited, "any number of calls may be in flight"},
      {kKept, "a trap keeps the writes of its execution"},
  }};
  return kNames;
}

Scenario::Scenario(std::string name, ScenarioOverrides overrides)
    : name_(std::move(name)), overrides_(std::move(overrides)), body_(std::make_unique<Body>()) {
  for (const std::string& guarantee : overrides_.weakened) {
    weaken(guarantee);
  }
}

Scenario::~Scenario() = default;

void Scenario::fail(std::string_view why) const {
  throw Misuse(fmt::format("scenario {}: {}", name_, why));
}

void Scenario::check_name(std::string_view what, std::string_view name) const {
  const bool readable = std::ranges::all_of(name, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  });
  if (name.empty() || name.size() > Principal::kNameSizeMax || !readable) {
    fail(
        fmt::format("\"{}\" is no name for a {}: give it 1 to {} letters, digits, '_', '-' or '.', "
                    "since schedules and principals are made of it.",
                    name, what, Principal::kNameSizeMax));
  }
}

CanisterId Scenario::check_ref(const AnyRef& canister, std::string_view doing) const {
  if (canister.id() >= body_->canisters.size()) {
    std::vector<std::string> names;
    for (const auto& described : body_->canisters) {
      names.push_back(described.name);
    }
    fail(
        fmt::format("{} an unknown canister: the handle was not made by this scenario's install or "
                    "install_environment. Install the canister first; there are: {}.",
                    doing, names.empty() ? "none" : listed(names)));
  }
  return canister.id();
}

// ---- Who there is ---------------------------------------------------------------------------

CanisterId Scenario::next_canister(std::string_view canister) const {
  check_name("canister", canister);
  const auto same = [&](const auto& other) { return other.name == canister; };
  if (std::ranges::any_of(body_->canisters, same) || std::ranges::any_of(body_->users, same)) {
    fail(
        fmt::format("two are called \"{}\": canisters and users have principals made of their "
                    "names, so choose another for one of them.",
                    canister));
  }
  if (body_->canisters.size() >= kNoCanister) {
    fail("more canisters than there are numbers for: install fewer.");
  }
  return static_cast<CanisterId>(body_->canisters.size());
}

CanisterId Scenario::add_canister(std::shared_ptr<Program> program, std::string_view canister,
                                  bool environment) {
  body_->canisters.push_back({std::string(canister),
                              Principal::named(canister),
                              std::move(program),
                              environment,
                              false,
                              {},
                              {}});
  return static_cast<CanisterId>(body_->canisters.size() - 1);
}

AnyRef Scenario::install_program(std::string_view canister, std::shared_ptr<Program> program,
                                 std::optional<Principal> principal) {
  static_cast<void>(next_canister(canister));
  return with_principal(add_canister(std::move(program), canister, false), principal);
}

AnyRef Scenario::install_environment_program(std::string_view canister,
                                             std::shared_ptr<Program> program,
                                             std::optional<Principal> principal) {
  static_cast<void>(next_canister(canister));
  return with_principal(add_canister(std::move(program), canister, true), principal);
}

AnyRef Scenario::with_principal(CanisterId canister, const std::optional<Principal>& principal) {
  Body::Described& described = body_->canisters[canister];
  described.principal = principal.value_or(described.principal);
  for (CanisterId other = 0; other < canister; ++other) {
    if (body_->canisters[other].principal == described.principal) {
      fail(fmt::format("{} and {} have the same principal, {}: choose another for one of them.",
                       body_->canisters[other].name, described.name, described.principal.text()));
    }
  }
  return AnyRef(canister);
}

void Scenario::may_answer(const AnyRef& canister, std::string_view method,
                          EnvironmentAnswer answer) {
  const Body::Described& described = body_->canisters[check_ref(canister, "an answer is given by")];
  const ProgramInfo& info = described.program->info();
  const MethodId id = info.method(method);
  if (!described.environment || id == Send::kNoMethod) {
    fail(described.environment
             ? fmt::format("{} has no method {}, so it has no answers.", described.name, method)
             : fmt::format("{} is no environment canister: its code answers.", described.name));
  }
  add_answer(canister.id(), id, std::move(answer));
}

void Scenario::add_answer(CanisterId canister, MethodId method, EnvironmentAnswer answer) {
  auto& answers = body_->canisters[canister].answers[method];
  if (std::ranges::find(answers, answer) == answers.end()) {
    answers.push_back(std::move(answer));
  }
}

ScenarioUser Scenario::user(std::string_view user) {
  const auto known = std::ranges::find(body_->users, user, &User::name);
  if (known != body_->users.end()) {
    return {*this, static_cast<std::uint32_t>(known - body_->users.begin())};
  }
  check_name("user", user);
  if (std::ranges::any_of(body_->canisters,
                          [&](const auto& canister) { return canister.name == user; })) {
    fail(
        fmt::format("two are called \"{}\": canisters and users have principals made of their "
                    "names, so choose another for one of them.",
                    user));
  }
  body_->users.push_back({std::string(user), ScriptOrder::kAny, {}});
  return {*this, static_cast<std::uint32_t>(body_->users.size() - 1)};
}

ScenarioUser& ScenarioUser::in_order() {
  scenario_->body_->users[user_].order = ScriptOrder::kInOrder;
  return *this;
}

ScenarioUser& ScenarioUser::then() {
  scenario_->body_->users[user_].order = ScriptOrder::kThen;
  return *this;
}

UserCall ScenarioUser::call_of(const NamedRequest& request) const {
  scenario_->check_ref(request.canister, "a user calls");
  const auto& described = scenario_->body_->canisters[request.canister.id()];
  const ProgramInfo& info = described.program->info();
  UserCall call;
  call.canister = request.canister.id();
  call.method = info.method(request.method);
  call.arguments = request.arguments;
  const bool callable =
      call.method != Send::kNoMethod && (info.methods[call.method].kind == MethodKind::kUpdate ||
                                         info.methods[call.method].kind == MethodKind::kQuery);
  if (!callable) {
    std::vector<std::string> names;
    for (const MethodInfo& known : info.methods) {
      if (known.kind == MethodKind::kUpdate || known.kind == MethodKind::kQuery) {
        names.push_back(known.name);
      }
    }
    scenario_->fail(fmt::format("user {} calls {}.{}, and there is no such method; there are: {}.",
                                scenario_->body_->users[user_].name, described.name, request.method,
                                names.empty() ? "none" : listed(names)));
  }
  return call;
}

CallPosition ScenarioUser::calls(const AnyRef& canister, std::string_view method,
                                 std::string arguments) {
  return calls({canister, std::string(method), std::move(arguments)});
}

CallPosition ScenarioUser::calls(const NamedRequest& request) {
  return add(call_of(request));
}

std::vector<CallPosition> ScenarioUser::all(const std::vector<NamedRequest>& requests) {
  then();
  std::vector<CallPosition> positions;
  for (const NamedRequest& request : requests) {
    UserCall call = call_of(request);
    call.together = !positions.empty();
    positions.push_back(add(std::move(call)));
  }
  return positions;
}

CallPosition ScenarioUser::add(UserCall call) {
  User& user = scenario_->body_->users[user_];
  scenario_->check_ref(AnyRef(call.canister), fmt::format("user {} calls", user.name));
  if (scenario_->body_->canisters[call.canister].environment) {
    scenario_->fail(
        fmt::format("user {} calls {}, an environment canister: it stands for what other canisters "
                    "call. Let the user call a canister that is installed.",
                    user.name, scenario_->body_->canisters[call.canister].name));
  }
  user.calls.push_back(std::move(call));
  return {user_, static_cast<std::uint32_t>(user.calls.size() - 1)};
}

UserCallRef<> ScenarioUser::manages(const AnyRef& canister, Management action,
                                    const std::string& code) {
  const CanisterId id = scenario_->check_ref(canister, "a user manages");
  const auto& described = scenario_->body_->canisters[id];
  const std::string& why = described.program->info().no_other_code;
  if (!why.empty() && action != Management::kStop && action != Management::kStart) {
    scenario_->fail(
        fmt::format("{} cannot be told to {}: {}", described.name, to_string(action), why));
  }
  UserCall call;
  call.canister = id;
  call.method = Send::kNoMethod;
  call.arguments = code.empty() ? to_bytes(std::tuple<>()) : to_bytes(std::tuple(code));
  const CallPosition position = add(std::move(call));
  scenario_->body_->managed.push_back({position, action});
  return {position, id, asked()};
}

std::string Scenario::name_of(const AnyRef& canister) const {
  return body_->canisters[check_ref(canister, "a user upgrades")].name;
}

std::string Scenario::add_code(const AnyRef& canister, std::shared_ptr<CoroutineProgram> code) {
  Body::Described& described = body_->canisters[check_ref(canister, "a user upgrades")];
  const std::string name = code->info().type_name;
  const auto same = [&](const auto& known) { return known->info().type_name == name; };
  auto* const first = dynamic_cast<CoroutineProgram*>(described.program.get());
  if (first == nullptr || described.environment) {
    fail(fmt::format("{} cannot be upgraded to {}: it is no canister in C++ that runs code.",
                     described.name, name));
  }
  if (first->info().type_name != name && std::ranges::none_of(described.later, same)) {
    first->followed_by(code);
    described.later.push_back(std::move(code));
  }
  return name;
}

/// Gives the management canister's methods their numbers.
void Scenario::name_management() {
  for (const Body::Managed& managed : body_->managed) {
    UserCall& call = body_->users[managed.call.user].calls[managed.call.number];
    Program& program = *body_->canisters[call.canister].program;
    program.grant_management();
    call.method = program.info().management(managed.action);
  }
}

std::shared_ptr<const void> ScenarioUser::asked() const {
  return scenario_->body_->asked;
}

std::string Scenario::call_name(CallPosition call) const {
  return fmt::format("{}#{}", body_->users.at(call.user).name, call.number + 1);
}

const CoroutineProgram& Scenario::program_of(const AnyRef& canister) const {
  const Body::Described& described = body_->canisters[check_ref(canister, "a property is about")];
  const auto* const program = dynamic_cast<const CoroutineProgram*>(described.program.get());
  if (program == nullptr) {
    fail(fmt::format("a property is about a variable of {}, which is no C++ canister.",
                     described.name));
  }
  return *program;
}

// ---- What the surroundings are like -----------------------------------------------------------

int Scenario::param(std::string_view parameter, int value) {
  const std::string name(parameter);
  if (const auto set = overrides_.parameters.find(name); set != overrides_.parameters.end()) {
    const std::string& text = set->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
      fail(fmt::format("--set {}={}: not a whole number.", name, text));
    }
  }
  const auto [at, fresh] = body_->parameters.try_emplace(name, value);
  if (!fresh && at->second != value) {
    fail(
        fmt::format("parameter {} has two defaults, {} and {}: ask for it once and keep the value.",
                    name, at->second, value));
  }
  return value;
}

const std::map<std::string, std::string>& Scenario::take_parameters() {
  body_->parameters_taken = true;
  return overrides_.parameters;
}

void Scenario::check_parameters() const {
  if (body_->parameters_taken) {
    return;
  }
  for (const auto& [name, value] : overrides_.parameters) {
    if (!body_->parameters.contains(name)) {
      std::vector<std::string> names;
      for (const auto& [known, _] : body_->parameters) {
        names.push_back(known);
      }
      fail(fmt::format("--set {}={}: there is no such parameter; there {}.", name, value,
                       names.empty() ? "are none (s.param(\"name\", value) makes one)"
                                     : "are: " + listed(names)));
    }
  }
}

void Scenario::limit(const AnyRef& caller, const AnyRef& callee, std::uint32_t calls) {
  body_
      ->limits[{check_ref(caller, "a limit is set for"), check_ref(callee, "a limit is set for")}] =
      calls;
}

void Scenario::limit_all(std::uint32_t calls) {
  body_->limit_default = calls;
}

void Scenario::profile(Profile profile) {
  body_->profile = profile;
}

void Scenario::weaken(std::string_view guarantee) {
  std::vector<std::string> names;
  for (const GuaranteeName& known : guarantee_names()) {
    if (guarantee == known.name) {
      body_->weakened.insert(known.name);
      return;
    }
    names.push_back(fmt::format("{} ({})", known.name, known.what));
  }
  fail(fmt::format("\"{}\" is no guarantee that can be weakened; there are: {}.", guarantee,
                   fmt::join(names, ", ")));
}

void Scenario::clock() {
  body_->clock = true;
}

void Scenario::inspect_may_drop(const AnyRef& canister) {
  body_->canisters[check_ref(canister, "inspect_may_drop names")].inspect_may_drop = true;
}

void Scenario::keep_results() {
  body_->keep_results = true;
}

// ---- What is claimed --------------------------------------------------------------------------

void Scenario::add_claim(Claim claim) {
  body_->claims.push_back(std::move(claim));
}

void Scenario::claims(std::shared_ptr<const Property> property) {
  add_claim([property = std::move(property)](const System&) { return property; });
}

void Scenario::always(std::string property, Predicate predicate) {
  claims(make_always(std::move(property), std::move(predicate)));
}

void Scenario::sometimes(std::string property, Predicate predicate) {
  claims(make_sometimes(std::move(property), std::move(predicate)));
}

void Scenario::finally(std::string property, Predicate predicate) {
  claims(make_finally(std::move(property), std::move(predicate)));
}

void Scenario::eventually(std::string property, Predicate predicate) {
  claims(make_eventually(std::move(property), std::move(predicate)));
}

void Scenario::leads_to(std::string property, Predicate cause, Predicate effect) {
  claims(make_leads_to(std::move(property), std::move(cause), std::move(effect)));
}

void Scenario::always_possible(std::string property, Predicate predicate) {
  claims(make_always_possible(std::move(property), std::move(predicate)));
}

void Scenario::ltl(std::string property, const Formula& formula) {
  claims(make_ltl(std::move(property), formula));
}

void Scenario::fair(Strength strength, FairTo to) {
  body_->fairness.strength = strength;
  body_->fairness.to = to;
}

void Scenario::assume_answers(const AnyRef& environment) {
  const CanisterId id = check_ref(environment, "assume_answers names");
  if (!body_->canisters[id].environment) {
    fail(fmt::format(
        "assume_answers({}): it is no environment canister. Its code says whether it answers.",
        body_->canisters[id].name));
  }
  body_->fairness.answering.insert(id);
}

void Scenario::conserved(std::string property, Sum sum) {
  claims(make_conserved(std::move(property), std::move(sum)));
}

void Scenario::no_unhandled_send_failure() {
  claims(make_no_unhandled_send_failure());
}

void Scenario::add_outcomes(OutcomeSet outcomes) {
  body_->outcome_sets.push_back(std::move(outcomes));
}

void Scenario::measure(std::string measure, std::function<std::uint64_t(const State&)> observe) {
  body_->measures.push_back({std::move(measure), std::move(observe)});
}

void Scenario::watch(Watch watch) {
  body_->watched.push_back(std::move(watch));
}

void Scenario::add_call_outcome(std::string property, CallPosition call, AnswerPredicate accepts,
                                AnswerText shown) {
  claims(make_call_outcome(std::move(property), call, std::move(accepts), std::move(shown)));
}

void Scenario::check_specification(std::string_view property,
                                   const Specification& specification) const {
  for (const SpecifiedMethod& method : specification.methods) {
    check_ref(AnyRef(method.canister), "means(...) names");
    if (specification.find(method.canister, method.method) != &method) {
      const Body::Described& described = body_->canisters[method.canister];
      fail(fmt::format("\"{}\" says twice what {}.{} means: leave one of them out.", property,
                       described.name, described.program->info().methods[method.method].name));
    }
  }
}

void Scenario::add_linearisable(std::string property, Specification specification) {
  check_specification(property, specification);
  claims(make_linearisable(std::move(property), std::move(specification)));
}

void Scenario::add_serialisable(std::string property, Specification specification,
                                std::function<bool(const State&, std::string_view)> end) {
  check_specification(property, specification);
  keep_results();
  claims(make_serialisable(std::move(property), std::move(specification), std::move(end)));
}

void Scenario::add_sequentially_consistent(std::string property, Specification specification) {
  check_specification(property, specification);
  keep_results();
  claims(make_sequentially_consistent(std::move(property), std::move(specification)));
}

void Scenario::add_one_at_a_time(std::string property, std::vector<Section> sections) {
  for (const Section& section : sections) {
    check_ref(AnyRef(section.canister), "inside(...) names");
  }
  claims(make_one_at_a_time(std::move(property), std::move(sections)));
}

void Scenario::add_journalled(std::string property, Sending sending, Noted noted) {
  check_ref(AnyRef(sending.caller), "journalled names");
  check_ref(AnyRef(sending.callee), "journalled names");
  claims(make_journalled(std::move(property), sending, std::move(noted)));
}

void Scenario::add_answered(CallPosition call) {
  add_claim([=](const System& system) { return make_answered(system, call); });
}

void Scenario::stoppable(const AnyRef& canister) {
  const CanisterId id = check_ref(canister, "stoppable names");
  add_claim([=](const System& system) { return make_stoppable(system, id); });
}

void Scenario::keeps_timer(const AnyRef& canister) {
  const CanisterId id = check_ref(canister, "keeps_timer names");
  add_claim([=](const System& system) { return make_keeps_timer(system, id); });
}

void Scenario::open_at_most(const AnyRef& canister, std::uint32_t calls) {
  const CanisterId id = check_ref(canister, "open_at_most names");
  add_claim([=](const System& system) { return make_open_at_most(system, id, calls); });
}

void Scenario::queued_at_most(const AnyRef& caller, const AnyRef& callee, std::uint32_t requests) {
  const CanisterId from = check_ref(caller, "queued_at_most names");
  const CanisterId to = check_ref(callee, "queued_at_most names");
  add_claim([=](const System& system) { return make_queued_at_most(system, from, to, requests); });
}

void Scenario::before(Moment first, Moment second) {
  check_ref(AnyRef(first.canister), "before(...) names");
  check_ref(AnyRef(second.canister), "before(...) names");
  add_claim([=](const System& system) { return make_before(system, first, second); });
}

void Scenario::in_flight_at_most(const AnyRef& caller, const AnyRef& callee, std::uint32_t calls) {
  const CanisterId from = check_ref(caller, "in_flight_at_most names");
  const CanisterId to = check_ref(callee, "in_flight_at_most names");
  add_claim([=](const System& system) { return make_in_flight_at_most(system, from, to, calls); });
}

void Scenario::occupancy(const AnyRef& caller, const AnyRef& callee) {
  const CanisterId from = check_ref(caller, "occupancy names");
  const CanisterId to = check_ref(callee, "occupancy names");
  System names;
  for (const auto& canister : body_->canisters) {
    names.canisters.emplace_back().name = canister.name;
  }
  body_->measures.push_back(make_occupancy(names, from, to));
}

bool is_default_property(std::string_view name) {
  return std::ranges::find(kDefaults, name) != kDefaults.end();
}

void Scenario::without(std::string_view default_property) {
  if (!is_default_property(default_property)) {
    fail(fmt::format("without(\"{}\"): no default property is called so; there are: {}.",
                     default_property, listed(kDefaults)));
  }
  body_->without.emplace(default_property);
}

void Scenario::add_group(const VariableGroup& group) {
  body_->groups.push_back(group);
  add_claim([=](const System& system) { return make_together(system, group); });
}

std::uint32_t Scenario::variable_number(const AnyRef& canister, std::string_view variable) const {
  const ProgramInfo& info = program_of(canister).info();
  for (std::size_t i = 0; i < info.variables.size(); ++i) {
    if (info.variables[i].name == variable) {
      return static_cast<std::uint32_t>(i);
    }
  }
  fail(fmt::format("{} has no variable \"{}\".", body_->canisters[canister.id()].name, variable));
}

// ---- What is expected ---------------------------------------------------------------------------

void Scenario::expect(Expectation expectation) {
  expectation.outcomes.merge(body_->expectation.outcomes);
  body_->expectation = std::move(expectation);
}

void Scenario::expect_outcomes(std::string set, std::set<std::string> values) {
  body_->expectation.outcomes[std::move(set)] = std::move(values);
}

void Scenario::form(Form form) {
  body_->form = form;
}

void Scenario::sampled(std::uint64_t schedules) {
  if (schedules == 0) {
    fail("sampled(0) would run nothing: say how many schedules.");
  }
  body_->procedure = {Procedure::Kind::kSampled, schedules};
}

void Scenario::one_schedule() {
  body_->one_schedule = true;
}

void Scenario::one_schedule(ScheduleOrder /*order*/) {
  one_schedule();
  body_->procedure = {Procedure::Kind::kOneSchedule, 0};
}

// ---- The end of the description -----------------------------------------------------------------

Faults Scenario::effective_faults(Profile profile) const {
  Faults faults = faults_of(profile);
  const auto override_with = [this](int& budget, const std::optional<int>& ours,
                                    std::string_view fault) {
    if (ours && *ours < 0) {
      fail(fmt::format("the budget of {} is {}: it says how often, so 0 or more.", fault, *ours));
    }
    budget = ours.value_or(budget);
  };
  override_with(faults.send_failures, budgets_.send_failures, "send_failures");
  override_with(faults.rejects, budgets_.rejects, "rejects");
  override_with(faults.fatal_rejects, budgets_.fatal_rejects, "fatal_rejects");
  override_with(faults.first_traps, budgets_.first_traps, "first_traps");
  override_with(faults.callback_traps, budgets_.callback_traps, "callback_traps");
  override_with(faults.cleanup_traps, budgets_.cleanup_traps, "cleanup_traps");
  override_with(faults.undecodable_replies, budgets_.undecodable_replies, "undecodable_replies");
  override_with(faults.heartbeats, budgets_.heartbeats, "heartbeats");
  override_with(faults.dropped_ingress, budgets_.dropped_ingress, "dropped_ingress");
  override_with(faults.resubmissions, budgets_.resubmissions, "resubmissions");
  override_with(faults.environment_silence, budgets_.environment_silence, "environment_silence");
  override_with(faults.expiries, budgets_.expiries, "expiries");
  override_with(faults.stops, budgets_.stops, "stops");
  override_with(faults.upgrades, budgets_.upgrades, "upgrades");
  override_with(faults.open_upgrades, budgets_.open_upgrades, "open_upgrades");
  override_with(faults.uninstalls, budgets_.uninstalls, "uninstalls");
  override_with(faults.snapshots, budgets_.snapshots, "snapshots");
  for (const auto& [name, budget] : overrides_.allowed) {
    for (const FaultName& known : fault_names()) {
      if (name == known.name) {
        faults.*known.budget = budget;
      }
    }
  }
  return faults;
}

std::vector<Installed> Scenario::installed() const {
  const auto directory = std::make_shared<Directory>();
  directory->clock = body_->clock;
  for (const Body::Described& described : body_->canisters) {
    directory->names.push_back(described.name);
    directory->principals.push_back(described.principal);
    directory->infos.push_back(&described.program->info());
  }
  std::vector<Installed> canisters;
  for (const Body::Described& described : body_->canisters) {
    Installed canister;
    canister.name = described.name;
    canister.principal = described.principal;
    for (auto later = described.later.rbegin(); later != described.later.rend(); ++later) {
      (*later)->connect(directory);
    }
    canister.later.assign(described.later.begin(), described.later.end());
    described.program->connect(directory);
    canister.program = described.program;
    canister.environment = described.environment;
    canister.inspect_may_drop = described.inspect_may_drop;
    canister.answers = described.answers;
    if (described.environment) {
      const auto& methods = described.program->info().methods;
      for (MethodId method = 0; method < methods.size(); ++method) {
        auto& answers = canister.answers[method];
        if (answers.empty()) {
          answers.push_back({EnvironmentAnswer::Kind::kError,
                             fmt::format("the scenario declares no answer of {}.{}", described.name,
                                         methods[method].name)});
        }
      }
    }
    canisters.push_back(std::move(canister));
  }
  return canisters;
}

void Scenario::check_described() const {
  if (body_->canisters.empty()) {
    fail("no canister is installed: begin with auto bank = s.install<Bank>(\"bank\");");
  }
  for (const User& user : body_->users) {
    if (user.calls.empty()) {
      fail(
          fmt::format("user {} calls nothing: add s.user(\"{}\").calls(canister, "
                      "&Canister::method, ...), or leave the user out.",
                      user.name, user.name));
    }
  }
  if (body_->users.empty() && !has_heartbeat()) {
    fail(
        "no user calls anything, so nothing can happen: add s.user(\"alice\").calls(canister, "
        "&Canister::method, ...).");
  }
}

bool Scenario::has_heartbeat() const {
  return std::ranges::any_of(body_->canisters, [](const Body::Described& canister) {
    return !canister.environment &&
           canister.program->info().task(MethodKind::kHeartbeat) != Send::kNoMethod;
  });
}

CallPosition Scenario::call_named(std::string_view call, std::string_view flag) const {
  const std::size_t mark = std::min(call.rfind('#'), call.size());
  const auto user = std::ranges::find(body_->users, call.substr(0, mark), &User::name);
  if (user == body_->users.end()) {
    std::vector<std::string> names;
    for (const User& known : body_->users) {
      names.push_back(known.name);
    }
    fail(fmt::format("{}: there is no user {}; there are: {}.", flag, call.substr(0, mark),
                     names.empty() ? "none" : listed(names)));
  }
  const std::string_view digits = call.substr(std::min(mark + 1, call.size()));
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number == 0 ||
      number > user->calls.size()) {
    fail(fmt::format(
        "{}: \"{}\" is none of the calls of user {}, {}#1{}.", flag, call, user->name, user->name,
        user->calls.size() == 1 ? "" : fmt::format(" to {}#{}", user->name, user->calls.size())));
  }
  return {static_cast<std::uint32_t>(user - body_->users.begin()), number - 1};
}

void Scenario::leave_out(const std::string& who) {
  const std::string flag = fmt::format("--without {}", who);
  if (who.find('#') != std::string::npos) {
    const CallPosition call = call_named(who, flag);
    body_->users[call.user].calls[call.number].left_out = true;
    return;
  }
  const CallPosition first = call_named(who + "#1", flag);
  for (UserCall& call : body_->users[first.user].calls) {
    call.left_out = true;
  }
}

void Scenario::set_number(const std::string& place, const std::string& number) {
  const std::string flag = fmt::format("--number {}={}", place, number);
  const std::size_t dot = std::min(place.rfind('.'), place.size());
  const CallPosition position = call_named(std::string_view(place).substr(0, dot), flag);
  UserCall& call = body_->users[position.user].calls[position.number];
  std::size_t index = 0;
  const char* const begin = place.data() + std::min(dot + 1, place.size());
  const auto [end, error] = std::from_chars(begin, place.data() + place.size(), index);
  const std::optional<Int> value = Int::parse(number);
  if (error != std::errc{} || end != place.data() + place.size() || index == 0 || !value) {
    fail(
        fmt::format("{}: write the call, a dot, which number of its arguments from 1 on, and what "
                    "it is to be, as in alice#1.1=30.",
                    flag));
  }
  const ProgramInfo& info = body_->canisters[call.canister].program->info();
  try {
    call.arguments = with_number(info, call.method, call.arguments, index - 1, *value);
  } catch (const Misuse& misuse) {
    fail(fmt::format("{}: {}.", flag, misuse.what()));
  }
}

void Scenario::change_calls() {
  for (const auto& [place, number] : overrides_.numbers) {
    set_number(place, number);
  }
  for (const std::string& who : overrides_.without) {
    leave_out(who);
  }
  const auto is_idle = [](const User& user) {
    return std::ranges::all_of(user.calls, &UserCall::left_out);
  };
  if (!overrides_.without.empty() && std::ranges::all_of(body_->users, is_idle) &&
      !has_heartbeat()) {
    fail(fmt::format("--without {}: that leaves out every call, so nothing can happen.",
                     fmt::join(overrides_.without, ", ")));
  }
}

void Scenario::build_claims(Setup& setup) const {
  Claims& claims = setup.claims;
  for (const Claim& claim : body_->claims) {
    claims.properties.push_back(claim(setup.system));
  }
  const auto add_default = [&](std::string_view name, std::shared_ptr<const Property> property) {
    if (!body_->without.contains(name)) {
      claims.properties.push_back(std::move(property));
    }
  };
  add_default(kNoTrap, make_no_unexpected_trap(expected_traps_));
  add_default(kNoDeadlock, make_no_deadlock());
  add_default(kAnswered, make_every_call_answered());
  add_default(kAnsweredByMethod, make_answered_by_method(expected_traps_));
  if (replaces_code(setup.system)) {
    add_default(kNoUnsafeUpgrade, make_no_unsafe_upgrade());
  }
  claims.outcome_sets = body_->outcome_sets;
  claims.measures = body_->measures;
  claims.fairness = body_->fairness;

  std::set<std::string> names;
  for (const auto& property : claims.properties) {
    if (!names.insert(property->name()).second) {
      fail(
          fmt::format("two properties are called \"{}\": verdicts cite them by name, so give each "
                      "its own.",
                      property->name()));
    }
  }
  std::set<std::string> sets;
  for (const OutcomeSet& outcomes : claims.outcome_sets) {
    if (!sets.insert(outcomes.name).second) {
      fail(fmt::format("two outcome sets are called \"{}\": give each its own name.",
                       outcomes.name));
    }
  }
  std::set<std::string> measures;
  for (const Measure& measure : claims.measures) {
    if (!measures.insert(measure.name).second) {
      fail(fmt::format("two measures are called \"{}\": give each its own name.", measure.name));
    }
  }
  const Expectation& expectation = body_->expectation;
  if (!expectation.property.empty() && !names.contains(expectation.property)) {
    fail(fmt::format("expect(violated(\"{}\")): nothing of that name is claimed; there are: {}.",
                     expectation.property, listed(names)));
  }
  for (const auto& [set, values] : expectation.outcomes) {
    if (!sets.contains(set)) {
      fail(fmt::format("expect_outcomes(\"{}\", ...): there is no such outcome set; there {}.", set,
                       sets.empty() ? "are none (s.outcomes(\"name\", ...) makes one)"
                                    : "are: " + listed(sets)));
    }
  }
}

// ---- The scope sentence -------------------------------------------------------------------------

std::string Scenario::scope(const System& system, Profile profile) const {
  std::vector<std::string> parts{internal::scope_of(system, profile)};
  for (const GuaranteeName& guarantee : guarantee_names()) {
    if (body_->weakened.contains(guarantee.name)) {
      parts.push_back(fmt::format("weakened: {} ({})", guarantee.name, guarantee.what));
    }
  }
  if (!body_->parameters.empty()) {
    std::vector<std::string> values;
    for (const auto& [parameter, value] : body_->parameters) {
      values.push_back(fmt::format("{} = {}", parameter, value));
    }
    parts.push_back("with " + listed(values));
  }
  if (!overrides_.numbers.empty()) {
    std::vector<std::string> values;
    for (const auto& [place, number] : overrides_.numbers) {
      values.push_back(fmt::format("{} = {}", place, number));
    }
    parts.push_back("with " + listed(values));
  }
  if (!overrides_.without.empty()) {
    parts.push_back("without " + listed(overrides_.without));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

Setup Scenario::build() {
  if (std::exchange(body_->built, true)) {
    fail("built twice: describe it anew for each run.");
  }
  check_parameters();
  check_described();
  name_management();
  change_calls();
  Setup setup;
  const Profile profile = overrides_.profile.value_or(body_->profile);
  System& system = setup.system;
  system.canisters = installed();
  system.users = body_->users;
  system.faults = effective_faults(profile);
  system.weakened.overtaking = body_->weakened.contains(kOvertaking);
  system.weakened.repeated_requests = body_->weakened.contains(kRepeated) ? kOnce : 0;
  system.weakened.expired_answers = body_->weakened.contains(kExpired) ? kOnce : 0;
  system.weakened.traps_keep_writes = body_->weakened.contains(kKept);
  system.limits = body_->limits;
  system.limit_default = body_->limit_default;
  if (body_->weakened.contains(kUnlimited)) {
    system.limits.clear();
    system.limit_default = internal::kNoLimit;
  }
  system.keep_results = body_->keep_results || body_->asked.use_count() > 1;
  system.clock = body_->clock;
  build_claims(setup);
  setup.profile = profile;
  setup.procedure = body_->procedure;
  if (profile == Profile::kReplica) {
    setup.procedure = {Procedure::Kind::kOneSchedule, 0};
  }
  setup.one_schedule = body_->one_schedule;
  setup.expectation = body_->expectation;
  if (!setup.expectation.declared && setup.procedure.kind != Procedure::Kind::kExhaustive) {
    setup.expectation.verdict = ExpectedVerdict::kIncomplete;
  }
  setup.form = body_->form;
  setup.groups = body_->groups;
  setup.watched = body_->watched;
  setup.parameters = body_->parameters;
  setup.scope = scope(system, profile);
  return setup;
}

}  // namespace heddle
