/// What a test of one rule needs: canisters written in the language, installed and called; events
/// performed by their text; every interleaving by a few lines of breadth-first search.
///
///     Setting s;
///     const auto server = s.install<Server>("server");
///     s.call("alice", server, &Server::serve, 1);
///     Walk walk(s);
///     walk.perform("start alice#1");
///     EXPECT_EQ(walk.result("alice#1"), "1");
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/model/kernel.h>
#include <heddle/model/language.h>
#include <heddle/model/shown.h>
#include <heddle/model/system.h>

namespace heddle::rules {

/// An installed canister: its handle, and the object through which tests look at variables.
template <class C>
struct Handle : Ref<C> {
  const C* object = nullptr;
};

/// A system under construction.
class Setting {
 public:
  Setting() { system.keep_results = true; }

  template <class C, class... A>
  Handle<C> install(const std::string& name, A&&... arguments) {
    const auto id = static_cast<CanisterId>(system.canisters.size());
    const auto program = make_program<C>(id, name, std::forward<A>(arguments)...);
    directory->names.push_back(name);
    directory->principals.push_back(Principal::named(name));
    directory->infos.push_back(&program->info());
    program->connect(directory);
    Installed installed;
    installed.name = name;
    installed.principal = Principal::named(name);
    installed.program = program;
    system.canisters.push_back(std::move(installed));
    return {program->template ref<C>(), &program->template as<C>()};
  }

  /// An environment canister of this class: its methods give any of the answers declared.
  template <class C>
  Handle<C> environment(const std::string& name) {
    const Handle<C> handle = install<C>(name);
    system.canisters.back().environment = true;
    return handle;
  }

  template <class C, class M>
  void answers(const Handle<C>& canister, M method, std::vector<EnvironmentAnswer> answers) {
    system.canisters[canister.id()].answers[number<C>(method)] = std::move(answers);
  }

  User& user(const std::string& name, ScriptOrder order = ScriptOrder::kAny) {
    const auto known = std::ranges::find(system.users, name, &User::name);
    return known != system.users.end() ? *known : system.users.emplace_back(User{name, order, {}});
  }

  /// `name` calls the method once more.
  template <class C, class B, class R, class... P, class... A>
  void call(const std::string& name, const Handle<C>& callee, R (B::*method)(P...),
            A&&... arguments) {
    user(name).calls.push_back(
        {callee.id(), number<C>(method),
         to_bytes(std::tuple<std::remove_cvref_t<P>...>(std::forward<A>(arguments)...))});
  }

  template <class C, class M>
  static MethodId number(M method) {
    const auto& table = C::heddle_methods();
    return static_cast<MethodId>(&table.find(internal::MethodKey(method)) - table.entries.data());
  }

  System system;
  std::shared_ptr<Directory> directory = std::make_shared<Directory>();
};

/// One system in one of its states.
class Walk {
 public:
  explicit Walk(const Setting& setting, Stepper::Options options = {})
      : kernel(setting.system), stepper(kernel, options), state(kernel.initial()) {}

  /// After these events.
  template <class... More>
  Walk(const Setting& setting, std::string_view event, const More&... more) : Walk(setting) {
    perform(event, more...);
  }

  /// The enabled events as text, in canonical order.
  std::vector<std::string> enabled() {
    std::vector<std::string> texts;
    for (const Event& event : events()) {
      texts.push_back(kernel.to_text(event));
    }
    return texts;
  }

  bool is_enabled(std::string_view event) {
    const auto all = enabled();
    return std::ranges::find(all, event) != all.end();
  }

  /// Performs the events one after another.
  template <class... More>
  const Step& perform(std::string_view event, const More&... more) {
    const Step& step = perform_one(event);
    if constexpr (sizeof...(more) == 0) {
      return step;
    } else {
      return perform(more...);
    }
  }

  /// Performs the first enabled event that is obligatory, until there is none.
  void run_on() {
    for (auto all = events(); !all.empty() && !all.front().is_optional(); all = events()) {
      Stepper::apply(state, stepper.step(state, all.front()));
    }
  }

  /// What a variable holds now.
  template <class C, class V>
  auto get(const Handle<C>& canister, V C::*variable) {
    StateSource source(kernel, state);
    View view(kernel.tables(), source);
    const View::Scope scope(&view);
    return (canister.object->*variable).get();
  }

  /// What a user's call came to: "5", "CANISTER_REJECT: no", "" while it is unanswered.
  std::string result(std::string_view call) {
    const ContextId context = kernel.context_named(call);
    StateSource source(kernel, state);
    const std::uint32_t id = source.answer({ObservationKind::kResult, 0, {}, context});
    if (id == 0) {
      return "";
    }
    const Answer answer = kernel.tables().answer(id - 1);
    const std::string_view bytes = kernel.tables().values[answer.value];
    if (!answer.replied) {
      return fmt::format("{}: {}", to_string(answer.code), bytes);
    }
    const UserCall& made = kernel.user_call(kernel.origin(context));
    return to_string(
        kernel.system().canisters[made.canister].program->info().methods[made.method].show_reply(
            bytes));
  }

  ContextState context(std::string_view name) {
    return kernel.context_state(state[kernel.context_leaf(kernel.context_named(name))]);
  }

  ContextState::Phase phase(std::string_view name) { return context(name).phase; }

  std::vector<OpenCall> open_calls(std::string_view name) {
    return kernel.open_calls(state[kernel.open_calls_leaf(kernel.context_named(name))]);
  }

  std::uint32_t in_flight(AnyRef from, AnyRef to) {
    return leaf({LeafKind::kInFlight, from.id(), to.id(), 0});
  }

  std::size_t queued(AnyRef from, AnyRef to) {
    return kernel.list(leaf({LeafKind::kQueue, from.id(), to.id(), 0})).size();
  }

  bool timer_armed(AnyRef canister) { return leaf({LeafKind::kTimer, canister.id(), 0, 0}) != 0; }

  /// The contexts that are open at a canister.
  std::size_t open_contexts(AnyRef canister) {
    StateSource source(kernel, state);
    return kernel.list(source.answer({ObservationKind::kContexts, canister.id(), {}, 0})).size();
  }

  std::vector<Event> events() {
    std::vector<Event> all;
    stepper.enabled(state, all);
    return all;
  }

  LeafValue leaf(const LeafKey& key) {
    const auto position = kernel.find(key);
    return position ? state[*position] : 0;
  }

  Kernel kernel;
  Stepper stepper;
  StateVector state;

 private:
  const Step& perform_one(std::string_view text) {
    for (const Event& event : events()) {
      if (kernel.to_text(event) == text) {
        const Step& step = stepper.step(state, event);
        Stepper::apply(state, step);
        return step;
      }
    }
    throw std::runtime_error(
        fmt::format("\"{}\" is not enabled; there are: {}", text, fmt::join(enabled(), ", ")));
  }
};

/// What all schedules together come to.
struct Explored {
  std::size_t states = 0;
  std::size_t transitions = 0;
  std::size_t terminal = 0;        ///< states in which nothing is enabled
  std::set<std::string> outcomes;  ///< of quiescent states
};

/// Visits every reachable state, breadth first; in each `visit(step)` is called for each event that
/// can happen, with `walk.state` the state before it, and `outcome()` where nothing obligatory
/// remains.
template <class Outcome, class Visit>
Explored explore(Walk& walk, Outcome outcome, Visit visit) {
  struct Hash {
    std::size_t operator()(const StateVector& state) const {
      std::size_t hash = state.size();
      for (const LeafValue leaf : state.leaves()) {
        hash = (hash ^ leaf) * 0x9fb21c651e98df25ULL;
        hash ^= hash >> 29U;
      }
      return hash;
    }
  };

  Explored explored;
  std::unordered_set<StateVector, Hash> visited{walk.state};
  std::deque<const StateVector*> frontier{&*visited.begin()};
  for (; !frontier.empty(); frontier.pop_front()) {
    walk.state = *frontier.front();
    const auto events = walk.events();
    ++explored.states;
    explored.transitions += events.size();
    explored.terminal += events.empty() ? 1U : 0U;
    if (std::ranges::all_of(events, &Event::is_optional)) {
      explored.outcomes.insert(outcome());
    }
    for (const Event& event : events) {
      const Step& step = walk.stepper.step(walk.state, event);
      visit(step);
      StateVector next = walk.state;
      Stepper::apply(next, step);
      if (const auto [at, fresh] = visited.insert(std::move(next)); fresh) {
        frontier.push_back(&*at);
      }
    }
  }
  return explored;
}

template <class Outcome>
Explored explore(Walk& walk, Outcome outcome) {
  return explore(walk, outcome, [](const Step&) {});
}

/// States, transitions and terminal states only.
inline Explored explore(Walk& walk) {
  return explore(walk, [] { return std::string(); });
}

using Outcomes = std::set<std::string>;
using Events = std::vector<std::string>;
using Phase = ContextState::Phase;

/// A canister that answers in each of the ways in which one can, and remembers whom it served.
class Server : public Canister {
 public:
  Update<Nat> serve(Nat n) {
    note(n);
    co_return n;
  }

  Update<Nat> refuse(Nat n) {
    note(n);
    throw Reject("refused");
    co_return n;
  }

  Update<Nat> crash(Nat n) {
    note(n);
    trap("crashed");
    co_return n;
  }

  Var<std::vector<Nat>> served{this, "served"};
  HEDDLE_CANISTER(Server, serve, refuse, crash)

 private:
  void note(const Nat& n) {
    served.update([n](auto& list) { list.push_back(n); });
  }
};

/// "1 2 3".
inline std::string text(const std::vector<Nat>& numbers) {
  return fmt::format("{}", fmt::join(numbers, " "));
}

}  // namespace heddle::rules
