#include <fmt/format.h>

#include <heddle/model/coroutine_program.h>
#include <heddle/properties/state.h>

namespace heddle {

State::State(ObservationSource& source, Kernel& kernel, const StateVector& vector)
    : source_(source),
      kernel_(kernel),
      vector_(vector),
      view_(kernel.tables(), source),
      scope_(&view_) {}

const Installed& State::installed(CanisterId canister) const {
  if (canister >= kernel_.system().canisters.size()) {
    throw Misuse(
        "a property looks at an unknown canister: the handle was not made by this scenario's "
        "install. Capture the handle that s.install<...>(...) returned, by value ([=]).");
  }
  return kernel_.system().canisters[canister];
}

const CoroutineProgram& State::program_of(CanisterId canister) const {
  const Installed& where = installed(canister);
  if (where.environment) {
    throw Misuse(fmt::format(
        "a property looks at the variables of {}, an environment canister, which has none. Look at "
        "what was sent to it instead: now.requests(...), now.in_flight(...).",
        where.name));
  }
  if (View::current_or_null() != &view_) {
    throw Misuse(
        "a property looks at two states at once: variables read the state that was made last. Take "
        "the values out of one state before you look at the other.");
  }
  const auto* const program = dynamic_cast<const CoroutineProgram*>(where.program.get());
  if (program == nullptr) {
    throw Misuse(fmt::format(
        "a property looks at the variables of {}, which is no C++ canister. Ask it by a query.",
        where.name));
  }
  return *program;
}

void State::wrong_class(CanisterId canister) const {
  throw Misuse(fmt::format(
      "a property looks at {} as a canister of another class than the one that is installed. Use "
      "the handle that s.install<...>(\"{}\", ...) returned.",
      installed(canister).name, installed(canister).name));
}

void State::other_reply_type(CanisterId caller, CanisterId callee, std::string_view why) const {
  throw Misuse(fmt::format(
      "now.replies({}, {}, ...) met a reply of another method, with another type ({}). A call does "
      "not remember its method once it is answered: ask for replies only where a pair uses methods "
      "of one reply type, or let the canister keep what is pending in a Var.",
      installed(caller).name, installed(callee).name, why));
}

const Canister& State::object_of(CanisterId canister) const {
  return program_of(canister).canister();
}

std::uint32_t State::lifecycle_of(CanisterId canister) const {
  static_cast<void>(installed(canister));
  return source_.answer({ObservationKind::kStatus, canister, {}, 0});
}

CanisterStatus State::status(const AnyRef& canister) const {
  return static_cast<CanisterStatus>(lifecycle_of(canister.id()) & 3U);
}

bool State::timer_armed(const AnyRef& canister) const {
  static_cast<void>(installed(canister.id()));
  return source_.answer({ObservationKind::kTimer, canister.id(), {}, 0}) != 0;
}

bool State::has_code(const AnyRef& canister) const {
  return (lifecycle_of(canister.id()) & 4U) == 0;
}

const std::shared_ptr<Program>& State::code_of(CanisterId canister) const {
  const Installed& where = installed(canister);
  return kernel_.is_managed(canister) ? where.code(lifecycle_of(canister) >> 3U) : where.program;
}

std::string State::answer_of_query(CanisterId canister, const internal::MethodKey& method,
                                   const std::string& arguments) const {
  View view(kernel_.tables(), source_);
  const CoroutineProgram& first = program_of(canister);
  if (!kernel_.is_managed(canister)) {
    return run_query(view, first, method, arguments);
  }
  const auto& entries = first.canister().heddle_table();
  return code_of(canister)->query(view, canister, entries.find(method).name, arguments);
}

std::string State::query(const AnyRef& canister, std::string_view method,
                         std::string_view arguments) const {
  const Installed& where = installed(canister.id());
  if (where.environment) {
    throw Misuse(
        fmt::format("a property asks {}, an environment canister, which has no code.", where.name));
  }
  View view(kernel_.tables(), source_);
  return code_of(canister.id())->query(view, canister.id(), method, arguments);
}

std::uint32_t State::in_flight(CanisterId caller, CanisterId callee) const {
  return source_.answer({ObservationKind::kInFlight, caller, {}, callee});
}

bool State::quiescent() const {
  return source_.answer({ObservationKind::kQuiescent, 0, {}, 0}) != 0;
}

std::optional<Answer> State::answer_to(CallPosition call, CanisterId canister) const {
  if (!kernel_.system().keep_results) {
    throw Misuse(
        "a property asks for the result of a user's call, and this scenario keeps none: say "
        "s.keep_results(), or capture the handle that calls(...) returned by value.");
  }
  const ContextId context =
      kernel_.context({ContextOrigin::Kind::kIngress, canister, call.user, call.number, 0, 0});
  const std::uint32_t answer = source_.answer({ObservationKind::kResult, 0, {}, context});
  return answer == 0 ? std::nullopt : std::optional(kernel_.tables().answer(answer - 1));
}

std::vector<std::string_view> State::queued(CanisterId caller, CanisterId callee,
                                            MethodId method) const {
  std::vector<std::string_view> queued;
  const std::uint32_t list =
      source_.answer({ObservationKind::kRequests, caller, {method, 0}, callee});
  for (const std::uint32_t arguments : kernel_.list(list)) {
    queued.push_back(kernel_.tables().values[arguments]);
  }
  return queued;
}

std::vector<Answer> State::untaken_answers(CanisterId caller, CanisterId callee) const {
  std::vector<Answer> untaken;
  const std::uint32_t list = source_.answer({ObservationKind::kReplies, caller, {}, callee});
  for (const std::uint32_t id : kernel_.list(list)) {
    Answer answer = kernel_.tables().answer(id);
    if (answer.replied && kernel_.tables().values[answer.value] == kUndecodable) {
      answer = {false, RejectCode::kDecodeFailed, answer.value};  // which none can read [D18]
    }
    untaken.push_back(answer);
  }
  return untaken;
}

std::vector<OpenContext> State::open_contexts(const AnyRef& canister) const {
  std::vector<OpenContext> open;
  const auto& methods = installed(canister.id()).program->info().methods;
  const std::uint32_t list = source_.answer({ObservationKind::kContexts, canister.id(), {}, 0});
  for (const ContextId id : kernel_.list(list)) {
    const ContextState context = kernel_.context_state(
        source_.answer({ObservationKind::kContextLeaf, canister.id(), {}, id}));
    const bool has_code = context.phase == ContextState::Phase::kSuspended;
    open.push_back({kernel_.name(id), has_code ? methods[context.method].name : std::string{},
                    context.responded});
  }
  return open;
}

std::vector<SuspendedCall> State::suspended(CanisterId canister, MethodId method) const {
  std::vector<SuspendedCall> suspended;
  const std::uint32_t list = source_.answer({ObservationKind::kContexts, canister, {}, 0});
  for (const ContextId id : kernel_.list(list)) {
    const ContextState context =
        kernel_.context_state(source_.answer({ObservationKind::kContextLeaf, canister, {}, id}));
    if (context.phase == ContextState::Phase::kSuspended && context.method == method) {
      suspended.push_back(
          {kernel_.name(id), kernel_.caller(id), kernel_.tables().values[context.arguments]});
    }
  }
  return suspended;
}

}  // namespace heddle
