/// A canister on the workbench: pieces are run one by one against prepared answers, without a
/// kernel.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <heddle/model/language.h>

namespace heddle {

/// Answers from tables that a test fills in.
class PreparedSource : public ObservationSource {
 public:
  std::uint32_t answer(const Observation& question) override {
    asked.push_back(question);
    switch (question.kind) {
      case ObservationKind::kVariable:
        return variables[{question.canister, question.subject}];
      case ObservationKind::kSend:
        return question.detail < slots && question.detail != failing_send ? 1 : 0;
      case ObservationKind::kComplete: {
        const auto found = complete.find(question.detail);
        return found == complete.end() ? 0 : 1 + found->second;
      }
      case ObservationKind::kCaller:
        return caller;
      case ObservationKind::kContext:
        return context;
      case ObservationKind::kDeferred:
        return open_deferreds[question.detail] ? 1 : 0;
      case ObservationKind::kTime:
        return time;
      case ObservationKind::kTimer:
        return timer;
      case ObservationKind::kOpenCalls:
        return open_calls;
      default:
        return 0;
    }
  }

  std::map<std::pair<CanisterId, Subject>, ValueId> variables;
  std::uint32_t slots = 500;
  std::uint32_t failing_send = 0xffffffff;
  std::map<CallIndex, std::uint32_t> complete;  ///< call to Tables::answer id
  ValueId caller = 0;
  ValueId context = 0;
  std::map<ValueId, bool> open_deferreds;
  std::uint32_t time = 0;
  std::uint32_t timer = 0;
  std::uint32_t open_calls = 0;
  std::vector<Observation> asked;
};

/// One canister of class `C` and whatever its pieces are told.
template <class C>
class Bench {
 public:
  template <class... A>
  explicit Bench(A&&... arguments)
      : program(make_program<C>(0, "bank", std::forward<A>(arguments)...)) {
    for (std::uint32_t at = 0; at < program->info().variables.size(); ++at) {
      const VariableInfo& variable = program->info().variables[at];
      if (!variable.keyed) {
        source.variables[{0, {at, 0}}] = tables.values.intern(variable.initial);
      }
      for (const auto& [key, value] : variable.initial_entries) {
        set_key(at, key, value);
      }
    }
    source.caller = tables.values.intern(to_bytes(Principal::named("alice")));
    source.context = tables.values.intern("alice#1");
  }

  template <class... A>
  Effects start(const std::string& method, const A&... arguments) {
    PieceInput input;
    input.method = program->info().method(method);
    input.arguments = tables.values.intern(to_bytes(std::tuple<A...>(arguments...)));
    input.query = program->info().methods.at(input.method).kind == MethodKind::kQuery;
    return run(input);
  }

  /// Goes on where `before` suspended, with these answers.
  Effects resume(const Effects& before, std::vector<Answer> answers, CallIndex resumed = 0) {
    PieceInput input = after(before, PieceInput::Mode::kResume);
    input.answers = std::move(answers);
    input.resumed_call = resumed;
    return run(input);
  }

  Effects clean_up(const Effects& before) { return run(after(before, PieceInput::Mode::kCleanup)); }

  Effects run(const PieceInput& input) {
    View view(tables, source, program->info().dialect, input);
    program->run(view);
    return view.finish();
  }

  /// What the writes of a piece come to.
  void commit(const Effects& effects) {
    for (const auto& [subject, value] : effects.writes) {
      if (subject.key == 0) {
        source.variables[{0, subject}] = value;
      } else {
        set_key(subject.variable, std::string(tables.values[subject.key]),
                value == 0 ? std::nullopt : std::optional<std::string>(tables.values[value]));
      }
    }
  }

  template <class T>
  Answer reply(const T& value) {
    return {true, RejectCode::kNone, tables.values.intern(to_bytes(value))};
  }

  Answer reply() { return reply(std::monostate()); }

  Answer reject(RejectCode code, const std::string& text) {
    return {false, code, tables.values.intern(text)};
  }

  void complete(CallIndex call, const Answer& answer) {
    source.complete[call] = tables.intern(answer);
  }

  template <class T>
  T replied(const Effects& effects) {
    return from_bytes<T>(tables.values[effects.response.value]);
  }

  std::string text(const Effects& effects) {
    return std::string(tables.values[effects.response.value]);
  }

  template <class T>
  void set(const std::string& variable, const T& value) {
    source.variables[{0, {number(variable), 0}}] = tables.values.intern(to_bytes(value));
  }

  /// What a piece wrote to a variable, if it did.
  template <class T>
  std::optional<T> written(const Effects& effects, const std::string& variable) {
    for (const auto& [subject, value] : effects.writes) {
      if (subject == Subject{number(variable), 0}) {
        return from_bytes<T>(tables.values[value]);
      }
    }
    return std::nullopt;
  }

  std::uint32_t number(const std::string& variable) {
    for (std::uint32_t at = 0; at < program->info().variables.size(); ++at) {
      if (program->info().variables[at].name == variable) {
        return at;
      }
    }
    return 0xffff;
  }

  /// Without kept frames every resumption replays.
  void always_replay() { program->set_options({.frames_max = 0}); }

  Tables tables;
  PreparedSource source;
  std::shared_ptr<CoroutineProgram> program;

 private:
  PieceInput after(const Effects& before, PieceInput::Mode mode) {
    PieceInput input;
    input.mode = mode;
    input.method = before.method;
    input.arguments = before.arguments;
    input.log = before.log;
    input.await = before.await;
    input.next_call = before.next_call;
    return input;
  }

  void set_key(std::uint32_t variable, const std::string& key, std::optional<std::string> value) {
    const ValueId id = tables.values.intern(key);
    source.variables[{0, {variable, id}}] = value ? tables.values.intern(*value) : 0;
    std::vector<ValueId> keys;
    for (const auto& [place, content] : source.variables) {
      if (place.second.variable == variable && place.second.key != 0 &&
          place.second.key != Subject::kKeySet && content != 0) {
        keys.push_back(place.second.key);
      }
    }
    source.variables[{0, {variable, Subject::kKeySet}}] =
        keys.empty() ? 0
                     : tables.values.intern({reinterpret_cast<const char*>(keys.data()),
                                             keys.size() * sizeof(ValueId)});
  }
};

/// The message of the Misuse that `f` throws; empty if it throws none.
template <class F>
std::string misuse_of(F f) {
  try {
    f();
  } catch (const Misuse& misuse) {
    return misuse.what();
  }
  return {};
}

}  // namespace heddle
