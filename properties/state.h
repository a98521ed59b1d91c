// State: one committed state of the system, as predicates read it.
//
// `now[bank]` is the canister as it was installed; while the State lives, its variables read this
// state and nothing can be written. Everything that is read goes through the observation source, so
// that a predicate is evaluated again only when what it read has changed, and a reduction knows
// which events it can see.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <heddle/model/canister.h>
#include <heddle/model/coroutine_program.h>
#include <heddle/model/kernel.h>
#include <heddle/model/outcome.h>
#include <heddle/model/principal.h>
#include <heddle/model/ref.h>
#include <heddle/model/view.h>
#include <heddle/properties/call_outcome.h>
#include <heddle/properties/internal/method_traits.h>
#include <heddle/properties/text.h>

namespace heddle {

/// Handle of one call of a user's script (Scenario::user), whose reply is an `R`.
template <class R = void>
class UserCallRef {
 public:
  UserCallRef(CallPosition position, CanisterId canister, std::shared_ptr<const void> asked)
      : position_(position), canister_(canister), asked_(std::move(asked)) {}

  [[nodiscard]] CallPosition position() const { return position_; }

  [[nodiscard]] CanisterId canister() const { return canister_; }

 private:
  CallPosition position_;
  CanisterId canister_;
  /// Shared by the copies of this handle: one that a predicate has captured tells the scenario that
  /// results are asked for.
  std::shared_ptr<const void> asked_;
};

/// A call context that is suspended, or ended with calls still open.
struct OpenContext {
  std::string name;    ///< "alice#1/2"
  std::string method;  ///< empty when its code has ended
  bool responded = false;
  friend bool operator==(const OpenContext&, const OpenContext&) = default;
};

/// A call context that is suspended in a method.
struct SuspendedCall {
  std::string name;  ///< "alice#1/2"
  Principal caller;
  std::string_view arguments;  ///< encoded; valid as long as the kernel
};

/// Lives on the stack of one thread, around one evaluation.
class State {
 public:
  /// `source` answers for `vector`, which is a state of `kernel`; all three outlive the State.
  State(ObservationSource& source, Kernel& kernel, const StateVector& vector);
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// The canister, its variables as they are in this state. The reference is for use at once.
  template <class C>
  [[nodiscard]] const C& operator[](const Ref<C>& canister) const {
    const auto* object = dynamic_cast<const C*>(&object_of(canister.id()));
    if (object == nullptr) {
      wrong_class(canister.id());
    }
    return *object;
  }

  /// The reply of a query that runs in this state, by itself and at once. Throws Misuse if it traps
  /// or rejects.
  template <class C, class Pointer, class... A>
  requires internal::MethodOf<Pointer, C>

  [[nodiscard]] auto query(const Ref<C>& canister, Pointer method, A&&... arguments) const {
    static_assert(internal::MethodTraits<Pointer>::kMethodKind == MethodKind::kQuery,
                  "heddle: a property runs queries only; an update would change the state");
    static_cast<void>((*this)[canister]);
    using Reply = internal::Kept<internal::ReplyOf<Pointer>>;
    return from_bytes<Reply>(
        answer_of_query(canister.id(), internal::MethodKey(method),
                        internal::encode_arguments_of<Pointer>(std::forward<A>(arguments)...)));
  }

  /// The same by name, for a canister of any kind: arguments and reply are encoded as messages to
  /// it are. Throws Misuse if there is no such query, or if it traps or rejects.
  [[nodiscard]] std::string query(const AnyRef& canister, std::string_view method,
                                  std::string_view arguments) const;

  /// How many calls from `caller` to `callee` are waiting or answered but not delivered [Q3].
  [[nodiscard]] std::uint32_t in_flight(CanisterId caller, CanisterId callee) const;

  [[nodiscard]] std::uint32_t in_flight(const AnyRef& caller, const AnyRef& callee) const {
    return in_flight(caller.id(), callee.id());
  }

  /// How a user's call was answered; nothing as long as it was not. Throws Misuse when the scenario
  /// keeps no results (Scenario::keep_results).
  template <class R>
  [[nodiscard]] std::optional<Outcome<R>> result(const UserCallRef<R>& call) const {
    const auto answer = answer_to(call.position(), call.canister());
    return answer ? std::optional(internal::outcome_of<R>(kernel_.tables(), *answer))
                  : std::nullopt;
  }

  /// The arguments of the requests for `method` that are queued from `caller`, oldest first.
  template <class C, class Pointer>
  requires internal::MethodOf<Pointer, C>

  [[nodiscard]] std::vector<internal::ArgumentsOf<Pointer>> requests(const AnyRef& caller,
                                                                     const Ref<C>& callee,
                                                                     Pointer method) const {
    std::vector<internal::ArgumentsOf<Pointer>> queued;
    for (const std::string_view arguments :
         this->queued(caller.id(), callee.id(), internal::method_id<C>(method))) {
      queued.push_back(from_bytes<internal::ArgumentsOf<Pointer>>(arguments));
    }
    return queued;
  }

  /// The same from any canister, in the order of installation.
  template <class C, class Pointer>
  requires internal::MethodOf<Pointer, C>

  [[nodiscard]] std::vector<internal::ArgumentsOf<Pointer>> requests(const Ref<C>& callee,
                                                                     Pointer method) const {
    std::vector<internal::ArgumentsOf<Pointer>> queued;
    for (CanisterId caller = 0; caller < kernel_.system().canisters.size(); ++caller) {
      for (auto& arguments : requests(AnyRef(caller), callee, method)) {
        queued.push_back(std::move(arguments));
      }
    }
    return queued;
  }

  /// The responses of `callee` that no code of `caller` has taken yet (one that cannot be decoded,
  /// D18, is a reject of code kDecodeFailed), ordered by what they say:
  /// they have no order of their own, and whose they are is not told. A call does not remember its
  /// method once it is answered: all are read as replies of `method`, so ask only where the pair
  /// uses one method, or methods with one reply type.
  template <class C, class Pointer>
  requires internal::MethodOf<Pointer, C>

  [[nodiscard]] std::vector<Outcome<internal::ReplyOf<Pointer>>> replies(const AnyRef& caller,
                                                                         const Ref<C>& callee,
                                                                         Pointer method) const {
    static_cast<void>(method);
    std::vector<Outcome<internal::ReplyOf<Pointer>>> untaken;
    for (const Answer& answer : untaken_answers(caller.id(), callee.id())) {
      try {
        untaken.push_back(
            internal::outcome_of<internal::ReplyOf<Pointer>>(kernel_.tables(), answer));
      } catch (const DecodeError& error) {
        other_reply_type(caller.id(), callee.id(), error.what());
      }
    }
    return untaken;
  }

  /// Whether a canister is running, stopping or stopped [X1].
  [[nodiscard]] CanisterStatus status(const AnyRef& canister) const;

  [[nodiscard]] bool stopping(const AnyRef& canister) const {
    return status(canister) == CanisterStatus::kStopping;
  }

  /// Whether it has code: false after it was uninstalled [C11]. Variables then read as they were
  /// installed.
  [[nodiscard]] bool has_code(const AnyRef& canister) const;

  /// Whether its global timer is armed [T1].
  [[nodiscard]] bool timer_armed(const AnyRef& canister) const;

  /// The canister's open call contexts, by name.
  [[nodiscard]] std::vector<OpenContext> open_contexts(const AnyRef& canister) const;

  /// Those that are suspended in this method, by name.
  [[nodiscard]] std::vector<SuspendedCall> suspended(CanisterId canister, MethodId method) const;

  /// The encoded arguments of the requests for `method` that are queued, oldest first. They are
  /// valid as long as the kernel.
  [[nodiscard]] std::vector<std::string_view> queued(CanisterId caller, CanisterId callee,
                                                     MethodId method) const;

  /// True when nothing but faults and heartbeats can happen.
  [[nodiscard]] bool quiescent() const;

  // For properties that are part of Heddle. What they read from the vector is not recorded, so
  // they are not memoised.

  [[nodiscard]] ObservationSource& source() const { return source_; }

  [[nodiscard]] Kernel& kernel() const { return kernel_; }

  [[nodiscard]] const StateVector& vector() const { return vector_; }

 private:
  [[nodiscard]] const CoroutineProgram& program_of(CanisterId canister) const;
  [[nodiscard]] const Canister& object_of(CanisterId canister) const;
  [[noreturn]] void wrong_class(CanisterId canister) const;
  [[noreturn]] void other_reply_type(CanisterId caller, CanisterId callee,
                                     std::string_view why) const;
  [[nodiscard]] const Installed& installed(CanisterId canister) const;
  /// The answer to ObservationKind::kStatus.
  [[nodiscard]] std::uint32_t lifecycle_of(CanisterId canister) const;
  /// The code that it has, or had first where it has none.
  [[nodiscard]] const std::shared_ptr<Program>& code_of(CanisterId canister) const;
  [[nodiscard]] std::string answer_of_query(CanisterId canister, const internal::MethodKey& method,
                                            const std::string& arguments) const;
  [[nodiscard]] std::optional<Answer> answer_to(CallPosition call, CanisterId canister) const;
  [[nodiscard]] std::vector<Answer> untaken_answers(CanisterId caller, CanisterId callee) const;

  ObservationSource& source_;
  Kernel& kernel_;
  const StateVector& vector_;
  mutable View view_;
  View::Scope scope_;
};

}  // namespace heddle
