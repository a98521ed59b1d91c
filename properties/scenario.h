// Scenario: which canisters are installed where, which users call what, which limits hold, which
// faults the environment may inject, and what is claimed.
//
//     void buggy(Scenario& s) {
//       auto ledger = s.install<Ledger>("ledger", Nat{100});
//       auto bank   = s.install<Bank>("bank", ledger);
//       s.user("alice").calls(bank, &Bank::withdraw, Nat{60});
//       s.user("bob").calls(bank, &Bank::withdraw, Nat{60});
//       s.profile(happy);
//       s.always("conserved",
//                [=](const State& now) { return now[bank].balance == now[ledger].balance; });
//       s.expect(violated("conserved"));
//     }
//
// A scenario is described once for each run, then built: what comes out is the model's System, the
// Claims for the checker, what is expected, and the sentence that says what a verdict covers.
// Anything that makes no sense is a Misuse that names the scenario and the next step.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <heddle/model/canister.h>
#include <heddle/model/coroutine_program.h>
#include <heddle/model/ref.h>
#include <heddle/model/system.h>
#include <heddle/properties/atomicity.h>
#include <heddle/properties/conserved.h>
#include <heddle/properties/event_order.h>
#include <heddle/properties/exactly_once.h>
#include <heddle/properties/expectation.h>
#include <heddle/properties/fairness.h>
#include <heddle/properties/formula.h>
#include <heddle/properties/internal/method_traits.h>
#include <heddle/properties/journalled.h>
#include <heddle/properties/judged.h>
#include <heddle/properties/no_double_spend.h>
#include <heddle/properties/no_unexpected_trap.h>
#include <heddle/properties/one_at_a_time.h>
#include <heddle/properties/property.h>
#include <heddle/properties/released.h>
#include <heddle/properties/specification.h>
#include <heddle/properties/state.h>
#include <heddle/properties/text.h>
#include <heddle/properties/watch.h>

namespace heddle {

inline constexpr Profile happy = Profile::kHappy;
inline constexpr Profile safety = Profile::kSafety;
inline constexpr Profile strict_spec = Profile::kStrictSpec;
inline constexpr Profile ops = Profile::kOps;
/// `check` runs the one schedule in which a replica with all canisters on one subnet serves them,
/// to be compared with PocketIC elsewhere, and answers INCOMPLETE.
inline constexpr Profile replica = Profile::kReplica;

/// What the command line says over a scenario's own words.
struct ScenarioOverrides {
  std::map<std::string, std::string> parameters{};  ///< --set
  std::optional<Profile> profile{};                 ///< --profile
  std::vector<std::string> weakened{};              ///< --weaken
  std::map<std::string, int> allowed{};             ///< --allow: budgets of faults, by name
  /// --without: users ("bob") and calls of users ("alice#2") that are left out. The other calls
  /// keep their names.
  std::set<std::string> without{};
  /// --number: numbers in the arguments of users' calls, by call and place from 1: "alice#1.2" is
  /// the second one in those of alice's first call (model/numbers.h).
  std::map<std::string, std::string> numbers{};
};

/// A fault of the environment as the command line names it.
struct FaultName {
  std::string_view name;  ///< "rejects"
  std::string_view rule;  ///< "D8"
  std::string_view what;  ///< "a request is rejected before it executes"
  int Faults::*budget;
};

/// All of them.
std::span<const FaultName> fault_names();

/// A guarantee that may be given up.
struct GuaranteeName {
  std::string_view name;  ///< "G1"
  std::string_view what;  ///< "requests of a pair overtake each other"
};

std::span<const GuaranteeName> guarantee_names();

/// Budgets that a scenario sets over those of its profile; what is not set is as the profile says.
struct FaultBudgets {
  std::optional<int> send_failures;        ///< D7
  std::optional<int> rejects;              ///< D8
  std::optional<int> fatal_rejects;        ///< D9
  std::optional<int> first_traps;          ///< D15
  std::optional<int> callback_traps;       ///< D16
  std::optional<int> cleanup_traps;        ///< D17
  std::optional<int> undecodable_replies;  ///< D18
  std::optional<int> heartbeats;           ///< D20
  std::optional<int> dropped_ingress;      ///< D23
  std::optional<int> resubmissions;        ///< D24
  std::optional<int> environment_silence;  ///< D12
  std::optional<int> expiries;             ///< D13
  std::optional<int> stops;                ///< D28
  std::optional<int> upgrades;             ///< D29
  std::optional<int> open_upgrades;        ///< D30
  std::optional<int> uninstalls;           ///< D31
  std::optional<int> snapshots;            ///< D31
};

/// A scenario that is ready to be checked.
struct Setup {
  System system;
  Claims claims;
  Expectation expectation;
  Procedure procedure;
  Profile profile = Profile::kSafety;  ///< the one that holds, after --profile
  Form form = Form::kNeutral;
  /// The first half of a verdict's scope sentence: users, canisters, profile, faults, limits.
  std::string scope;
  /// The groups of Scenario::together, for finding races in traces.
  std::vector<VariableGroup> groups;
  /// What traces show beside the variables.
  std::vector<Watch> watched;
  /// That there is one schedule only is meant.
  bool one_schedule = false;
  /// The values that were used, by name.
  std::map<std::string, std::int64_t> parameters;
};

class Scenario;

/// A call that a user is going to make, with an `R` for reply; for ScenarioUser::all.
template <class R>
struct UserRequest {
  UserCall call;
};

/// For ScenarioUser::all: `alice.all(asks(c1, &C::f), asks(c2, &C::g, Nat{1}))`.
template <class C, class Pointer, class... A>

requires internal::MethodOf<Pointer, C> UserRequest<internal::ReplyOf<Pointer>> asks(
    const Ref<C>& canister, Pointer method, A&&... arguments) {
  static_assert(internal::MethodTraits<Pointer>::kMethodKind == MethodKind::kUpdate ||
                    internal::MethodTraits<Pointer>::kMethodKind == MethodKind::kQuery,
                "heddle: users call updates and queries; the others are the canister's own");
  UserCall call;
  call.canister = canister.id();
  call.method = internal::method_id<C>(method);
  call.arguments = internal::encode_arguments_of<Pointer>(std::forward<A>(arguments)...);
  return {std::move(call)};
}

/// The same of a method that is known by name only; the arguments are encoded as messages to that
/// canister are.
struct NamedRequest {
  AnyRef canister;
  std::string method;
  std::string arguments;
};

/// A user while a scenario is described.
class ScenarioUser {
 public:
  /// Adds a call to the user's script.
  template <class C, class Pointer, class... A>

  requires internal::MethodOf<Pointer, C> UserCallRef<internal::ReplyOf<Pointer>> calls(
      const Ref<C>& canister, Pointer method, A&&... arguments) {
    return add(asks(canister, method, std::forward<A>(arguments)...), false);
  }

  /// The same for a method that is known by name only; the arguments are encoded as messages to
  /// that canister are.
  CallPosition calls(const AnyRef& canister, std::string_view method, std::string arguments);

  CallPosition calls(const NamedRequest& request);

  /// Submits these together, as a client's `Promise.all` does: the script goes on when all are
  /// answered, or at the first reject while the others run on. Makes it a `then` script.
  template <class... R>
  std::tuple<UserCallRef<R>...> all(UserRequest<R>... requests) {
    static_assert(sizeof...(R) > 0, "heddle: all(...) needs at least one call");
    then();
    bool together = false;
    return {add(std::move(requests), std::exchange(together, true))...};
  }

  template <class R>
  std::vector<UserCallRef<R>> all(std::vector<UserRequest<R>> requests) {
    then();
    std::vector<UserCallRef<R>> calls;
    for (UserRequest<R>& request : requests) {
      calls.push_back(add(std::move(request), !calls.empty()));
    }
    return calls;
  }

  std::vector<CallPosition> all(const std::vector<NamedRequest>& requests);

  // What a controller asks the management canister to do, as calls of the script like the others:
  // each is answered, and `in_order` and `then` hold for it (docs/lifecycle.md).

  /// Answered when no call context is left [X2]; until then new calls are refused [X1].
  UserCallRef<> stops(const AnyRef& canister) { return manages(canister, Management::kStop, {}); }

  /// Ends a stop that is still going on, which is then rejected.
  UserCallRef<> starts(const AnyRef& canister) { return manages(canister, Management::kStart, {}); }

  /// To the code that it has: what is not stable is made anew [X4].
  UserCallRef<> upgrades(const AnyRef& canister) {
    return manages(canister, Management::kUpgrade, {});
  }

  /// To another class, made from these arguments. It lists the methods and declares the variables
  /// of the class before, in the same order and with the same types, then its own.
  template <CanisterClass C, class... A>
  UserCallRef<> upgrades_to(const AnyRef& canister, A&&... arguments);

  /// To the code that it has, with nothing kept [X6]; also where there is no code.
  UserCallRef<> reinstalls(const AnyRef& canister) {
    return manages(canister, Management::kReinstall, {});
  }

  /// Its contexts are rejected; it has no code and no variables any more [C11].
  UserCallRef<> uninstalls(const AnyRef& canister) {
    return manages(canister, Management::kUninstall, {});
  }

  /// Of its variables and its code; replaces the one taken before [X7].
  UserCallRef<> takes_snapshot(const AnyRef& canister) {
    return manages(canister, Management::kTakeSnapshot, {});
  }

  UserCallRef<> loads_snapshot(const AnyRef& canister) {
    return manages(canister, Management::kLoadSnapshot, {});
  }

  /// The calls reach each canister in the order of this script, without waiting for answers.
  ScenarioUser& in_order();
  /// Each call starts after the answer to the one before.
  ScenarioUser& then();

 private:
  friend class Scenario;

  ScenarioUser(Scenario& scenario, std::uint32_t user) : scenario_(&scenario), user_(user) {}

  template <class R>
  UserCallRef<R> add(UserRequest<R> request, bool together) {
    request.call.together = together;
    const CanisterId canister = request.call.canister;
    return {add(std::move(request.call)), canister, asked()};
  }

  /// `code`: the name of the class to install, or nothing.
  UserCallRef<> manages(const AnyRef& canister, Management action, const std::string& code);
  CallPosition add(UserCall call);
  [[nodiscard]] UserCall call_of(const NamedRequest& request) const;
  [[nodiscard]] std::shared_ptr<const void> asked() const;

  Scenario* scenario_;
  std::uint32_t user_;
};

/// A canister that runs no code: each request is answered with any of the answers declared for its
/// method [D11]. It is a `Ref<C>` like any other. A method without a declared answer is answered
/// with an error that says so.
template <class C>
class EnvironmentRef : public Ref<C> {
 public:
  /// Any of these values, or `()` when the method replies with nothing.
  template <class Pointer, class... T>

  requires internal::MethodOf<Pointer, C> EnvironmentRef& replies(Pointer method,
                                                                  const T&... values) {
    using Reply = internal::Kept<internal::ReplyOf<Pointer>>;
    if constexpr (std::is_void_v<internal::ReplyOf<Pointer>>) {
      static_assert(sizeof...(T) == 0, "heddle: this method replies with nothing");
      answer(method, {EnvironmentAnswer::Kind::kReply, to_bytes(Reply{})});
    } else {
      static_assert(sizeof...(T) > 0, "heddle: say which values this method may reply");
      (answer(method, {EnvironmentAnswer::Kind::kReply, to_bytes(Reply(values))}), ...);
    }
    return *this;
  }

  /// A reject by the canister (code 4).
  template <class Pointer>

  requires internal::MethodOf<Pointer, C> EnvironmentRef& rejects(Pointer method,
                                                                  std::string text = "rejected") {
    return answer(method, {EnvironmentAnswer::Kind::kReject, std::move(text)});
  }

  /// A trap or another error (code 5).
  template <class Pointer>

  requires internal::MethodOf<Pointer, C> EnvironmentRef& errors(Pointer method,
                                                                 std::string text = "error") {
    return answer(method, {EnvironmentAnswer::Kind::kError, std::move(text)});
  }

  /// All that a callee that is not trusted may do: any of these values, a reject, an error, no
  /// answer [S8, S11, S13].
  template <class Pointer, class... T>

  requires internal::MethodOf<Pointer, C> EnvironmentRef& anything(Pointer method,
                                                                   const T&... values) {
    return replies(method, values...).rejects(method).errors(method).never(method);
  }

  /// No answer, ever [D12]. Declared so, it costs no budget.
  template <class Pointer>

  requires internal::MethodOf<Pointer, C> EnvironmentRef& never(Pointer method) {
    return answer(method, {EnvironmentAnswer::Kind::kNever, {}});
  }

 private:
  friend class Scenario;

  EnvironmentRef(Scenario& scenario, CanisterId id) : Ref<C>(id), scenario_(&scenario) {}

  template <class Pointer>
  EnvironmentRef& answer(Pointer method, EnvironmentAnswer answer);

  Scenario* scenario_;
};

/// `method` of `canister` starts executing. For Scenario::before, as the next two.
template <class C, class Pointer>

requires internal::MethodOf<Pointer, C> Moment starts(const Ref<C>& canister, Pointer method) {
  return {Moment::Kind::kStarts, canister.id(), internal::method_id<C>(method)};
}

template <class C, class Pointer>

requires internal::MethodOf<Pointer, C> Moment replies(const Ref<C>& canister, Pointer method) {
  return {Moment::Kind::kReplies, canister.id(), internal::method_id<C>(method)};
}

/// Also by a trap.
template <class C, class Pointer>

requires internal::MethodOf<Pointer, C> Moment rejects(const Ref<C>& canister, Pointer method) {
  return {Moment::Kind::kRejects, canister.id(), internal::method_id<C>(method)};
}

/// The builder that a scenario's body gets as `s`. Every name that is given must be unique among
/// its kind.
class Scenario {
 public:
  explicit Scenario(std::string name, ScenarioOverrides overrides = {});
  ~Scenario();
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }

  // Who there is.

  /// Installs a canister; the arguments are its constructor's. A name has 1 to 28 letters, digits,
  /// `_`, `-` or `.`, and no user has it too.
  template <CanisterClass C, class... A>
  Ref<C> install(std::string_view canister, A&&... arguments) {
    return Ref<C>(add_canister(make_program<C>(next_canister(canister), std::string(canister),
                                               std::forward<A>(arguments)...),
                               canister, false));
  }

  template <CanisterClass C, class... A>
  EnvironmentRef<C> install_environment(std::string_view canister, A&&... arguments) {
    return {*this, add_canister(make_program<C>(next_canister(canister), std::string(canister),
                                                std::forward<A>(arguments)...),
                                canister, true)};
  }

  /// Installs a canister that is code of any kind, with a principal of its own or one made of its
  /// name. The program belongs to this scenario.
  AnyRef install_program(std::string_view canister, std::shared_ptr<Program> program,
                         std::optional<Principal> principal = std::nullopt);

  /// Installs an environment canister whose methods the program names; its code never runs.
  AnyRef install_environment_program(std::string_view canister, std::shared_ptr<Program> program,
                                     std::optional<Principal> principal = std::nullopt);
  /// One more answer that an environment canister may give when this method is called.
  void may_answer(const AnyRef& canister, std::string_view method, EnvironmentAnswer answer);

  /// The number that the next canister gets; checks its name.
  [[nodiscard]] CanisterId next_canister(std::string_view canister) const;

  /// The user of that name, the same whenever it is named.
  ScenarioUser user(std::string_view user);

  // What the surroundings are like.

  /// A number that `--set name=value` changes. Asked for twice it must have the same value.
  int param(std::string_view parameter, int value);

  /// What `--set` says, by name, for a description that is data and has its own meaning of names:
  /// none of them is refused as a parameter that there is not.
  [[nodiscard]] const std::map<std::string, std::string>& take_parameters();

  /// Calls in flight from `caller` to `callee` [Q1, Q3]; self-calls are a pair too.
  void limit(const AnyRef& caller, const AnyRef& callee, std::uint32_t calls);
  /// For all pairs without a limit of their own; 500 unless set.
  void limit_all(std::uint32_t calls);

  /// `safety` unless declared; `--profile` overrides.
  void profile(Profile profile);

  /// Budgets over the profile's: `s.faults().rejects = 2;`. They hold under `--profile` as well.
  FaultBudgets& faults() { return budgets_; }

  /// Gives up a guarantee of the Internet Computer (see Weakened, system.h): "G1", requests of a
  /// pair overtake each other; "G2", one delivered request is executed twice; "G3", one answer is
  /// replaced by SYS_UNKNOWN; "G4", any number of calls may be in flight; "G5", a trap keeps the
  /// writes of its execution.
  void weaken(std::string_view guarantee);
  /// Models a clock: time passes from timer to timer.
  void clock();
  /// D25: users' messages to this canister may be dropped by its inspect_message.
  void inspect_may_drop(const AnyRef& canister);
  /// Keeps the results of users' calls in the state, for State::result. Set by itself when a
  /// predicate has captured a handle that ScenarioUser::calls returned.
  void keep_results();

  // What is claimed.

  void always(std::string property, Predicate predicate);
  /// Reachable: a witness is shown, its absence is the violation.
  void sometimes(std::string property, Predicate predicate);
  /// In every quiescent state.
  void finally(std::string property, Predicate predicate);

  // Of whole runs (liveness.h), all of those that are fair: weak fairness to each message, unless
  // `fair` says otherwise, and no environment canister is assumed to answer.

  /// In every run the predicate holds at some time.
  void eventually(std::string property, Predicate predicate);
  /// In every run, whenever `cause` holds, `effect` holds then or later.
  void leads_to(std::string property, Predicate cause, Predicate effect);
  /// From every state that is reached, one in which the predicate holds can be reached without a
  /// further fault, whatever is fair: "always stoppable".
  void always_possible(std::string property, Predicate predicate);
  /// The formula is true of every run (formula.h).
  void ltl(std::string property, const Formula& formula);
  /// Which runs are fair (fairness.h): `s.fair(strong, per_message)`.
  void fair(Strength strength, FairTo to);
  /// This environment canister takes up each request that reaches it, and so gives one of the
  /// answers that it may give.
  void assume_answers(const AnyRef& environment);

  /// The exact set of values in quiescent states. `observe` gives any value that canisters can
  /// hold, or text.
  template <class Observe>
  void outcomes(std::string set, Observe observe) {
    add_outcomes({std::move(set), [observe = std::move(observe)](const State& end) {
                    return text_of(observe(end));
                  }});
  }

  /// Traces show this value before and after each step that changes it. It is no claim. `observe`
  /// gives any value that canisters can hold, or text.
  template <class Observe>
  void watch(std::string value, Observe observe) {
    watch({.name = std::move(value), .observe = [observe = std::move(observe)](const State& now) {
             return text_of(observe(now));
           }});
  }

  void watch(Watch watch);

  /// A number whose maximum over all states is reported.
  void measure(std::string measure, std::function<std::uint64_t(const State&)> observe);

  /// Whatever a user's call is answered, the claim holds of it.
  template <class R>
  void answers(std::string property, const UserCallRef<R>& call,
               std::type_identity_t<std::function<bool(const Outcome<R>&)>> claim) {
    add_call_outcome(
        std::move(property), call.position(),
        [claim = std::move(claim)](const Tables& tables, const Answer& answer) {
          return claim(internal::outcome_of<R>(tables, answer));
        },
        [](const Tables& tables, const Answer& answer) {
          return text_of(internal::outcome_of<R>(tables, answer));
        });
  }

  /// A user's call, if it is answered, gets this reply: property "alice#1 answers 40".
  template <class R>

  requires(!std::is_void_v<R>) void answers(const UserCallRef<R>& call,
                                            const std::type_identity_t<R>& value) {
    answers<R>(call_name(call.position()) + " answers " + text_of(value), call,
               [value](const Outcome<R>& got) { return got.replied() && got.value() == value; });
  }

  /// Each user's call seems to happen at one moment between its start and its answer
  /// (linearisable.h, specification.h): `means(counter, &Counter::inc, &CounterSpec::inc), ...`
  template <class Spec, std::same_as<Spec>... S>
  void linearisable(std::string property, const Spec& initial, Meaning<S>... meanings) {
    add_linearisable(std::move(property), specification(initial, std::move(meanings)...));
  }

  /// In the end the answers of users' calls are those of one order of them (serialisable.h), any.
  template <class Spec, std::same_as<Spec>... S>
  void serialisable(std::string property, const Spec& initial, Meaning<S>... meanings) {
    add_serialisable(std::move(property), specification(initial, std::move(meanings)...), {});
  }

  /// ... after which the specification is like the state, too.
  template <class Spec, std::predicate<const State&, const Spec&> Alike, std::same_as<Spec>... S>
  void serialisable(std::string property, const Spec& initial, Alike alike,
                    Meaning<S>... meanings) {
    add_serialisable(std::move(property), specification(initial, std::move(meanings)...),
                     [alike = std::move(alike)](const State& end, std::string_view state) {
                       return alike(end, from_bytes<Spec>(state));
                     });
  }

  /// The same of one that keeps the order of each user's script.
  template <class Spec, std::same_as<Spec>... S>
  void sequentially_consistent(std::string property, const Spec& initial, Meaning<S>... meanings) {
    add_sequentially_consistent(std::move(property),
                                specification(initial, std::move(meanings)...));
  }

  /// `second` never happens before `first` has: property "bank.lock starts before ledger.move
  /// starts".
  void before(Moment first, Moment second);

  /// No stale write and no stale check of this variable (atomicity.h): "atomic(bank.balance)".
  template <class C, class B, class V>
  requires std::derived_from<C, B>

  void atomic(const Ref<C>& canister, V B::*variable) {
    const auto [id, number] = variable_of(canister, variable);
    add_claim([=](const System& system) { return make_atomic(system, id, number); });
  }

  /// No late write of this variable (atomicity.h): "in_start_order(bank.balance)".
  template <class C, class B, class V>
  requires std::derived_from<C, B>

  void in_start_order(const Ref<C>& canister, V B::*variable) {
    const auto [id, number] = variable_of(canister, variable);
    add_claim([=](const System& system) { return make_in_start_order(system, id, number); });
  }

  /// No torn group of these variables (atomicity.h): "together(bank.a, bank.b)".
  template <class C, class... V>
  void together(const Ref<C>& canister, V... variables) {
    add_group({canister.id(), {variable_of(canister, variables).second...}});
  }

  // Ready claims; docs/properties.md says which guidance each comes from.

  /// Nobody is paid more than is due. Both give a number, or a map of numbers by whom they are for.
  template <class Paid, class Due>
  void no_double_spend(std::string property, Paid paid, Due due) {
    claims(make_no_double_spend(
        std::move(property),
        [paid = std::move(paid)](const State& now) { return internal::amounts_of(paid(now)); },
        [due = std::move(due)](const State& now) { return internal::amounts_of(due(now)); }));
  }

  /// Of the calls that are suspended in these sections no two have the same key:
  /// `s.one_at_a_time("one withdrawal a user", inside(bank, &Bank::withdraw, key))`.
  template <std::same_as<Section>... S>
  void one_at_a_time(std::string property, S... sections) {
    static_assert(sizeof...(S) > 0, "heddle: say where: inside(bank, &Bank::withdraw)");
    add_one_at_a_time(std::move(property), {std::move(sections)...});
  }

  /// The guard is as it was installed whenever nothing goes on any more: "released(bank.busy)".
  template <class C, class B, class V>
  requires std::derived_from<C, B>

  void released(const Ref<C>& canister, V B::*variable) {
    const auto [id, number] = variable_of(canister, variable);
    add_claim([=](const System& system) { return make_released(system, id, number); });
  }

  /// Whenever `caller` has sent `method`, `noted(now, arguments...)` holds, as long as the request
  /// is queued.
  template <class C, class Pointer, class HowNoted>
  requires internal::MethodOf<Pointer, C>

  void journalled(std::string property, const AnyRef& caller, const Ref<C>& callee, Pointer method,
                  HowNoted noted) {
    add_journalled(std::move(property), {caller.id(), callee.id(), internal::method_id<C>(method)},
                   [noted = std::move(noted)](const State& now, std::string_view encoded) {
                     return std::apply(
                         [&](const auto&... arguments) { return bool(noted(now, arguments...)); },
                         from_bytes<internal::ArgumentsOf<Pointer>>(encoded));
                   });
  }

  /// Nothing is done twice. `effects` gives the ids of what was done, as often as it was.
  template <class Ids>
  void at_most_once(std::string property, Ids effects) {
    claims(make_at_most_once(std::move(property), effects_of(std::move(effects))));
  }

  /// In the end all of these have been done once, and nothing else.
  template <class Ids, class Id>
  void exactly_once(std::string property, Ids effects, const std::vector<Id>& ids) {
    std::set<std::string> texts;
    for (const Id& id : ids) {
      texts.insert(text_of(id));
    }
    claims(
        make_exactly_once(std::move(property), effects_of(std::move(effects)), std::move(texts)));
  }

  /// The user's call is answered in the end, whoever stays silent: "alice#1 is answered".
  template <class R>
  void answered(const UserCallRef<R>& call) {
    add_answered(call.position());
  }

  /// Whoever stops the canister is answered in the end: "bank can be stopped".
  void stoppable(const AnyRef& canister);
  /// As long as it runs, its timer is armed or about to be: "bank keeps its timer".
  void keeps_timer(const AnyRef& canister);

  /// "at most 3 calls open in bank".
  void open_at_most(const AnyRef& canister, std::uint32_t calls);
  /// "at most 2 queued bank > ledger".
  void queued_at_most(const AnyRef& caller, const AnyRef& callee, std::uint32_t requests);

  /// At most this many calls of the pair are in flight: "at most 2 in flight bank > ledger".
  void in_flight_at_most(const AnyRef& caller, const AnyRef& callee, std::uint32_t calls);
  /// Reports the peak of the pair's calls in flight: "in flight bank > ledger".
  void occupancy(const AnyRef& caller, const AnyRef& callee);
  /// The sum never changes (conserved.h).
  void conserved(std::string property, Sum sum);
  void no_unhandled_send_failure();
  /// Traps of this method, whatever their text, are no violation of "no unexpected trap".
  template <class C, class Pointer>
  requires internal::MethodOf<Pointer, C>

  void expects_trap(const Ref<C>& canister, Pointer method) {
    expected_traps_.insert({canister.id(), internal::method_id<C>(method)});
  }

  /// A property of one's own.
  void claims(std::shared_ptr<const Property> property);
  /// Switches a default property off: "no unexpected trap", "no deadlock", "every call answered",
  /// "every call answered by its method".
  void without(std::string_view default_property);

  // What is expected, and how it is checked.

  void expect(Expectation expectation);
  /// The set is exactly this.
  void expect_outcomes(std::string set, std::set<std::string> values);
  void form(Form form);
  /// `check` runs this many sampled schedules and answers INCOMPLETE.
  void sampled(std::uint64_t schedules);
  /// That the scenario allows one schedule only is meant. `check` and `sample` fail for it
  /// otherwise, since they have then compared no interleavings.
  void one_schedule();
  /// `check` runs the one schedule in which every queue is served in arrival order.
  void one_schedule(ScheduleOrder order);

  /// Code of another class to which `canister` may be upgraded, after what there is already. Gives
  /// its name.
  template <CanisterClass C, class... A>
  std::string add_code(const AnyRef& canister, A&&... arguments) {
    return add_code(canister, make_program<C>(check_ref(canister, "a user upgrades"),
                                              name_of(canister), std::forward<A>(arguments)...));
  }

  /// Ends the description. May be called once. Throws Misuse.
  [[nodiscard]] Setup build();

 private:
  friend class ScenarioUser;
  template <class C>
  friend class EnvironmentRef;

  using Claim = std::function<std::shared_ptr<const Property>(const System&)>;

  CanisterId add_canister(std::shared_ptr<Program> program, std::string_view canister,
                          bool environment);
  std::string add_code(const AnyRef& canister, std::shared_ptr<CoroutineProgram> code);
  [[nodiscard]] std::string name_of(const AnyRef& canister) const;
  void name_management();
  AnyRef with_principal(CanisterId canister, const std::optional<Principal>& principal);
  void add_answer(CanisterId canister, MethodId method, EnvironmentAnswer answer);
  void add_claim(Claim claim);
  void add_outcomes(OutcomeSet outcomes);
  void add_call_outcome(std::string property, CallPosition call, AnswerPredicate accepts,
                        AnswerText shown);

  template <class Ids>
  static DoneIn effects_of(Ids effects) {
    return [effects = std::move(effects)](const State& now) {
      std::vector<std::string> texts;
      for (const auto& id : effects(now)) {
        texts.push_back(text_of(id));
      }
      return texts;
    };
  }

  void add_one_at_a_time(std::string property, std::vector<Section> sections);
  void add_journalled(std::string property, Sending sending, Noted noted);
  void add_answered(CallPosition call);
  void add_linearisable(std::string property, Specification specification);
  void add_serialisable(std::string property, Specification specification,
                        std::function<bool(const State&, std::string_view)> end);
  void add_sequentially_consistent(std::string property, Specification specification);
  void check_specification(std::string_view property, const Specification& specification) const;
  [[nodiscard]] std::string call_name(CallPosition call) const;
  void add_group(const VariableGroup& group);
  [[nodiscard]] const CoroutineProgram& program_of(const AnyRef& canister) const;

  template <class C, class B, class V>
  std::pair<CanisterId, std::uint32_t> variable_of(const Ref<C>& canister, V B::*variable) const {
    static_assert(
        requires(const V& member) { member.heddle_name(); },
        "heddle: atomicity is a claim about a Var or VarMap of the canister");
    const C& object = program_of(canister).template as<C>();
    return {canister.id(), variable_number(canister, (object.*variable).heddle_name())};
  }

  [[nodiscard]] std::uint32_t variable_number(const AnyRef& canister,
                                              std::string_view variable) const;
  CanisterId check_ref(const AnyRef& canister, std::string_view doing) const;
  void check_name(std::string_view what, std::string_view name) const;
  /// Throws Misuse that names the scenario.
  [[noreturn]] void fail(std::string_view why) const;
  void check_parameters() const;
  void check_described() const;
  [[nodiscard]] bool has_heartbeat() const;
  /// Does as --without and --number say.
  void change_calls();
  void leave_out(const std::string& who);
  void set_number(const std::string& place, const std::string& number);
  /// The call named "alice#1". Throws Misuse that says that `flag` names it.
  [[nodiscard]] CallPosition call_named(std::string_view call, std::string_view flag) const;
  [[nodiscard]] Faults effective_faults(Profile profile) const;
  [[nodiscard]] std::vector<Installed> installed() const;
  void build_claims(Setup& setup) const;
  [[nodiscard]] std::string scope(const System& system, Profile profile) const;

  struct Body;

  std::string name_;
  ScenarioOverrides overrides_;
  FaultBudgets budgets_;
  ExpectedTraps expected_traps_;
  std::unique_ptr<Body> body_;
};

template <CanisterClass C, class... A>
UserCallRef<> ScenarioUser::upgrades_to(const AnyRef& canister, A&&... arguments) {
  return manages(canister, Management::kUpgrade,
                 scenario_->add_code<C>(canister, std::forward<A>(arguments)...));
}

template <class C>
template <class Pointer>
EnvironmentRef<C>& EnvironmentRef<C>::answer(Pointer method, EnvironmentAnswer answer) {
  scenario_->add_answer(this->id(), internal::method_id<C>(method), std::move(answer));
  return *this;
}

}  // namespace heddle
