// The stories of examples/real beside their models in C++: both are explored here, and what the
// compiled canisters come to is what the models come to, in verdict and outcomes. Nothing is
// written down but what corresponds to what.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/model/program.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/scenario_file.h>
#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/model_values.h>
#include <heddle/wasm/candid/text.h>

#include "examples/array_awaits/alarms.h"
#include "examples/array_awaits/gatherer.h"
#include "examples/compiled_models.h"
#include "examples/counter/counter.h"
#include "examples/parallel_calls/caller.h"
#include "examples/withdraw/bank.h"

namespace heddle::testing {
namespace {

/// What one sees of a state of a model.
using Reader = std::function<std::string(const State& end)>;

/// A query's reply, as an expression of scenario files, and what it is in the model.
struct Value {
  std::string query;
  Reader in_model;
};

/// A user's call: "alice#1".
struct CallPair {
  std::string compiled;
  std::string model;
};

struct Story {
  std::string name;
  std::string file;  ///< below examples/real
  /// What stands in the file, if it is none that is there.
  std::string text{};
  /// Texts of the file, and what stands there instead.
  std::vector<std::pair<std::string, std::string>> instead{};
  std::string model{};  ///< a registered scenario
  /// The model, where none is registered.
  std::function<void(Scenario&)> described{};
  /// The model's name for the property that the file has violated.
  std::string property{};
  std::vector<CallPair> calls{};  ///< whose answers are compared
  std::vector<Value> values{};
  /// The compiled one has states without end, and so many are looked at.
  std::uint64_t states_max = 0;
  /// Both have the same number of states and transitions. Else the compiled one tells apart what
  /// the model does not: what finished calls have left in the memory of Rust and C++, or what
  /// Motoko keeps of a future that was complete when it was awaited.
  bool counted = false;

  friend std::ostream& operator<<(std::ostream& out, const Story& story) {
    return out << story.name;
  }
};

// ---- What a model's state shows -----------------------------------------------------------------

CanisterId installed(const State& now, std::string_view canister) {
  const auto& canisters = now.kernel().system().canisters;
  const auto found = std::ranges::find(canisters, canister, &Installed::name);
  if (found == canisters.end()) {
    throw std::logic_error(fmt::format("there is no canister {}", canister));
  }
  return static_cast<CanisterId>(found - canisters.begin());
}

/// A variable of the canister of that name, which is a `C`.
template <class C, class B, class V>
Reader variable(std::string canister, V B::*variable) {
  return [=](const State& end) {
    return text_of((end[Ref<C>(installed(end, canister))].*variable).get());
  };
}

/// How the call was answered: in Candid's words, whoever answered. What a trap says depends on the
/// language.
std::string answer_to(const State& end, const std::string& call) {
  Kernel& kernel = end.kernel();
  const std::uint32_t id =
      end.source().answer({ObservationKind::kResult, 0, {}, kernel.context_named(call)});
  if (id == 0) {
    return "unanswered";
  }
  const Answer answer = kernel.tables().answer(id - 1);
  const std::string bytes(kernel.tables().values[answer.value]);
  if (!answer.replied) {
    return answer.code == RejectCode::kCanisterReject
               ? fmt::format("reject {}", text_literal(bytes))
               : fmt::format("reject with {}", to_string(answer.code));
  }
  const std::size_t hash = call.find('#');
  const auto& users = kernel.system().users;
  const auto user = std::ranges::find(users, call.substr(0, hash), &User::name);
  const UserCall& asked = user->calls.at(std::stoul(call.substr(hash + 1)) - 1);
  const ProgramInfo& info = kernel.system().canisters[asked.canister].program->info();
  candid::PrintOptions plain;
  plain.annotated = false;
  return candid::to_text(
      info.candid ? candid::decode(bytes).values
                  : candid::candid_values(info.methods[asked.method].reply_type(), bytes),
      plain);
}

// ---- Both sides, explored -----------------------------------------------------------------------

std::string text_of_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw std::runtime_error(fmt::format("{} cannot be read", file));
  }
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string compiled_text(const Story& story) {
  std::string text = story.text.empty() ? text_of_file("examples/real/" + story.file) : story.text;
  for (const auto& [from, to] : story.instead) {
    std::size_t at = text.find(from);
    if (at == std::string::npos) {
      throw std::logic_error(fmt::format("{} does not say {}", story.file, from));
    }
    for (; at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }
  for (const Value& value : story.values) {
    text += fmt::format("\n[[outcomes]]\nname = 'compared {0}'\nof = '{0}'\n", value.query);
  }
  return text;
}

/// The compiled canisters' scenario, and a reader for each of the values.
std::pair<PreparedScenario, std::vector<Reader>> compiled(const Story& story) {
  const std::string file = "examples/real/" + story.file;
  const std::string text = compiled_text(story);
  PreparedScenario scenario = prepare(file, "", [&](Scenario& s) {
    describe_scenario(s, file, text);
    s.keep_results();
  });
  std::vector<OutcomeSet>& sets = scenario.setup.claims.outcome_sets;
  std::vector<Reader> readers;
  for (auto set = sets.end() - static_cast<std::ptrdiff_t>(story.values.size()); set != sets.end();
       ++set) {
    readers.push_back(set->observe);
  }
  sets.resize(sets.size() - readers.size());
  return {std::move(scenario), readers};
}

std::pair<PreparedScenario, std::vector<Reader>> model(const Story& story) {
  const std::function<void(Scenario&)> describe =
      story.described ? story.described : scenario_named(story.model).describe;
  std::vector<Reader> readers;
  for (const Value& value : story.values) {
    readers.push_back(value.in_model);
  }
  return {prepare("model of " + story.name, "",
                  [&](Scenario& s) {
                    describe(s);
                    s.keep_results();
                  }),
          readers};
}

struct Result {
  Verdict verdict;  ///< of the scenario as it is
  Verdict whole;    ///< of the scenario without its claims: exact outcomes
  std::set<std::string> outcomes;
};

Result explored(std::pair<PreparedScenario, std::vector<Reader>> side,
                const std::vector<std::string>& queries, const std::vector<std::string>& calls,
                std::uint64_t states_max) {
  auto& [scenario, readers] = side;
  CheckRequest request;
  request.options.threads = 1;
  request.options.states_max = states_max;
  Result result;
  result.verdict = check_prepared(scenario, request).verdict;
  Claims& claims = scenario.setup.claims;
  claims.properties.clear();
  claims.outcome_sets = {{"compared", [&](const State& end) {
                            std::string seen;
                            for (const std::string& call : calls) {
                              seen += fmt::format("{}, ", answer_to(end, call));
                            }
                            for (std::size_t i = 0; i < readers.size(); ++i) {
                              seen += fmt::format("{} = {}, ", queries[i], readers[i](end));
                            }
                            return seen;
                          }}};
  result.whole = check_prepared(scenario, request).verdict;
  for (const OutcomeWitness& outcome : result.whole.outcomes.at("compared")) {
    result.outcomes.insert(outcome.value);
  }
  return result;
}

// ---- What corresponds to what -------------------------------------------------------------------

/// Users who make a call each, in any order.
std::vector<CallPair> calls_of(const std::vector<std::string>& users) {
  std::vector<CallPair> pairs;
  for (const std::string& user : users) {
    pairs.push_back({user + "#1", user + "#1"});
  }
  return pairs;
}

template <class Bank>
std::vector<Value> books() {
  return {{"bank.get()", variable<Bank>("bank", &Bank::balance)},
          {"ledger.get()", variable<withdraw::Ledger>("ledger", &withdraw::Ledger::balance)}};
}

template <class Bank>
std::vector<Value> books_and_guard() {
  std::vector<Value> values = books<Bank>();
  values.push_back({"bank.is_busy()", variable<Bank>("bank", &Bank::busy)});
  return values;
}

std::vector<Story> banks() {
  using namespace withdraw;
  const std::vector<CallPair> both = calls_of({"alice", "bob"});
  const std::vector<CallPair> numbered = {{"alice#1", "user1#1"}, {"bob#1", "user2#1"}};
  std::vector<Story> stories;
  // One bank in three languages.
  for (const std::string language : {"withdraw", "rust_bank", "cpp_bank"}) {
    stories.push_back({.name = language + "_buggy",
                       .file = language + "/buggy.toml",
                       .model = "withdraw/buggy_books",
                       .property = "the books agree",
                       .calls = both,
                       .values = books<Bank>(),
                       .counted = language == "withdraw"});
    stories.push_back({.name = language + "_fixed",
                       .file = language == "withdraw" ? "withdraw/fixed_deduct_before.toml"
                                                      : language + "/fixed.toml",
                       .model = "withdraw/fixed_deduct_before",
                       .calls = numbered,
                       .values = books<DeductingBank>(),
                       .counted = language == "withdraw"});
  }
  stories.push_back({.name = "withdraw_outcomes",
                     .file = "withdraw/outcomes.toml",
                     .model = "withdraw/outcomes",
                     .calls = both,
                     .values = books<Bank>(),
                     .counted = true});
  stories.push_back({.name = "withdraw_fixed_guard",
                     .file = "withdraw/fixed_guard.toml",
                     .model = "withdraw/fixed_guard",
                     .calls = both,
                     .values = books_and_guard<GuardedBank>(),
                     .counted = true});
  stories.push_back({.name = "withdraw_buggy_guard",
                     .file = "withdraw/buggy_guard.toml",
                     .model = "withdraw/buggy_guard",
                     .property = "the guard is released",
                     .calls = both,
                     .values = books_and_guard<LeakyBank>(),
                     .counted = true});
  stories.push_back({.name = "withdraw_fixed_finally",
                     .file = "withdraw/fixed_finally.toml",
                     .model = "withdraw/fixed_finally",
                     .calls = both,
                     .values = books_and_guard<GuardedBank>(),
                     .counted = true});
  return stories;
}

/// A refund and a charge, as the files of trap_after_await have them.
template <class V>
void refund_and_charge(Scenario& s, bool is_fixed) {
  auto ledger = s.install<withdraw::Ledger>("ledger", Nat{100});
  auto vault = s.install<V>("vault", ledger, Nat{100});
  s.user("alice").calls(vault, &V::refund, Nat{60});
  s.user("bob").calls(vault, &V::charge, Nat{60});
  s.profile(happy);
  if (!is_fixed) {
    s.without("no unexpected trap");
    s.without("every call answered by its method");
  }
  s.finally("no refund is locked out", [=](const State& end) { return !end[vault].busy; });
  s.finally("the books agree", [=](const State& end) {
    return end[vault].balance + end[vault].charged == end[ledger].balance;
  });
}

template <class V>
Story vault(const std::string& file, const std::string& property) {
  return {.name = "trap_after_await_" + file,
          .file = "trap_after_await/" + file + ".toml",
          .described = [property](Scenario& s) { refund_and_charge<V>(s, property.empty()); },
          .property = property,
          .calls = calls_of({"alice", "bob"}),
          .values = {{"vault.account()", variable<V>("vault", &V::balance)},
                     {"vault.charges()", variable<V>("vault", &V::charged)},
                     {"vault.is_busy()", variable<V>("vault", &V::busy)},
                     {"ledger.get()",
                      variable<withdraw::Ledger>("ledger", &withdraw::Ledger::balance)}},
          .counted = true};
}

std::vector<Story> vaults() {
  return {vault<Vault>("buggy", "no refund is locked out"),
          vault<FinallyVault>("buggy_finally", "the books agree"), vault<FixedVault>("fixed", "")};
}

std::vector<Story> counters() {
  using namespace counter;
  const std::vector<CallPair> together = {{"alice#1", "users#1"}, {"alice#2", "users#2"}};
  std::vector<Story> stories;
  const std::pair<std::string, std::string> carol = {
      "[[outcomes]]", "[user.carol]\ncalls = [\"counter.get()\"]\n\n[[outcomes]]"};
  for (const std::string form :
       {"Counter", "Counter-classic", "Counter-classic-copying", "CounterArray"}) {
    std::string name = "counter_" + form;
    std::ranges::replace(name, '-', '_');
    const bool is_classic = form == "Counter-classic";
    const std::string module = is_classic ? form : "Counter";
    stories.push_back(
        {.name = name,
         .file = is_classic ? "counter/counter_classic.toml" : "counter/counter.toml",
         .instead = {{module + ".wasm", form + ".wasm"}, carol},
         .model = "counter/any_order",
         .calls = calls_of({"alice", "bob", "carol"}),
         .values = {{"counter.get()", variable<Counter>("counter", &Counter::counter)}},
         .counted = true});
  }
  stories.push_back({.name = "counter_buggy",
                     .file = "counter/buggy.toml",
                     .model = "counter/buggy",
                     .property = "in_start_order(counter.counter)",
                     .calls = together,
                     .values = {{"counter.get()",
                                 variable<AwaitingCounter>("counter", &AwaitingCounter::counter)}},
                     .counted = true});
  stories.push_back({.name = "counter_fixed",
                     .file = "counter/fixed.toml",
                     .model = "counter/fixed_write_first",
                     .calls = together,
                     .values = {{"counter.get()", variable<WriteFirstCounter>(
                                                      "counter", &WriteFirstCounter::counter)}},
                     .counted = true});
  return stories;
}

/// Calls without a slot are made again from a timer. Motoko gives every timer a number of its own.
Story retry() {
  using parallel_calls::RetryingCaller;
  return {.name = "parallel_calls_retry",
          .file = "parallel_calls/retry.toml",
          .text = R"toml(profile = "happy"
clock = true
[canister.callee]
wasm = "Callee.wasm"
[canister.caller]
wasm = "RetryingCaller.wasm"
init = '(service "callee")'
[user.alice]
calls = ["caller.parallel_calls(3)"]
[limits]
"caller > callee" = 2
[[finally]]
name = "all calls have succeeded"
holds = "caller.successful() == 3"
)toml",
          .model = "parallel_calls/retry_from_timer",
          .calls = calls_of({"alice"}),
          .values = {{"caller.successful()",
                      variable<RetryingCaller>("caller", &RetryingCaller::successful)}},
          .states_max = 2'000};
}

std::vector<Story> callers() {
  std::vector<Story> stories = {retry(),
                                {.name = "parallel_calls_parallel",
                                 .file = "parallel_calls/parallel.toml",
                                 .model = "parallel_calls/parallel",
                                 .calls = calls_of({"alice"})}};
  // The caller is told its callee, as in the sample, or finds it by name.
  const std::vector<std::pair<std::string, std::string>> told = {
      {"CallerByName.wasm", "Caller.wasm"},
      {"environment = { \"PUBLIC_CANISTER_ID:callee\" = \"callee\" }", ""},
      {"calls = [", "order = 'then'\ncalls = ['caller.setup_callee(principal \"callee\")', "},
      {"alice#1", "alice#2"}};
  for (const std::string run :
       {"sequential_100", "parallel_100", "sequential_2000", "parallel_2000"}) {
    const Story by_name = {.name = "parallel_calls_by_name_" + run,
                           .file = "parallel_calls/" + run + ".toml",
                           .model = "parallel_calls/" + run,
                           .calls = {{"alice#1", "dfx#2"}}};
    stories.push_back(by_name);
    Story as_told = by_name;
    as_told.name = "parallel_calls_" + run;
    as_told.instead = told;
    as_told.calls = {{"alice#1", "dfx#1"}, {"alice#2", "dfx#2"}};
    as_told.counted = true;
    stories.push_back(as_told);
  }
  return stories;
}

std::vector<Story> gatherers() {
  using namespace array_awaits;
  std::vector<Value> served;
  for (const std::string c : {"c1", "c2", "c3"}) {
    served.push_back({c + ".served()", variable<Service>(c, &Service::served)});
  }
  std::vector<Story> stories;
  stories.push_back({.name = "awaits_in_array",
                     .file = "awaits_in_array/array.toml",
                     .model = "array_awaits/awaits_in_array",
                     .calls = {{"alice#1", "client#1"}},
                     .values = served,
                     .counted = true});
  for (const std::string method : {"calls_first", "calls_first_now", "growing_buffer"}) {
    stories.push_back({.name = "awaits_in_array_" + method,
                       .file = "awaits_in_array/calls_first.toml",
                       .instead = {{"gatherer.calls_first()", "gatherer." + method + "()"}},
                       .model = "array_awaits/fixed_" + method,
                       .calls = {{"alice#1", "client#1"}},
                       .values = served});
  }
  stories.push_back({.name = "awaits_in_array_reject",
                     .file = "awaits_in_array/calls_first.toml",
                     .instead = {{"(2, false)", "(2, true)"},
                                 {"reply == vec { 1; 2; 3 }\"", "false\"\nor_rejected = true"}},
                     .model = "array_awaits/reject_in_parallel",
                     .calls = {{"alice#1", "client#1"}},
                     .values = served});
  return stories;
}

Reader polled(int ticket) {
  using array_awaits::PolledAlarm;
  return [ticket](const State& end) {
    const Ref<PolledAlarm> alarm(installed(end, "alarm"));
    const std::optional<Nat> answer = end.query(alarm, &PolledAlarm::poll, Nat{ticket});
    return answer ? "opt " + answer->to_string() : "null";
  };
}

/// The clock goes on from timer to timer; the model's timers are due at any time.
std::vector<Story> alarms() {
  using namespace array_awaits;
  const Story callback = {
      .name = "timer_callback",
      .file = "timer/callback.toml",
      .model = "array_awaits/fixed_callback",
      .calls = calls_of({"alice"}),
      .values = {{"sleeper.woken_with()", variable<Sleeper>("sleeper", &Sleeper::woken_with)}}};
  const Story polling = {.name = "timer_polling",
                         .file = "timer/polling.toml",
                         .model = "array_awaits/fixed_polling",
                         .calls = calls_of({"alice", "bob"}),
                         .values = {{"alarm.poll(1)", polled(1)}, {"alarm.poll(2)", polled(2)}}};
  return {callback, polling};
}

Story kv() {
  return {.name = "kv",
          .file = "kv/withdrawals.toml",
          .described =
              [](Scenario& s) {
                auto kv = s.install<Kv>("kv");
                s.user("alice").calls(kv, &Kv::withdraw, Nat{100});
                s.user("bob").calls(kv, &Kv::withdraw, Nat{200});
                s.user("carol").calls(kv, &Kv::withdraw, Nat{300});
                s.profile(happy);
              },
          .calls = calls_of({"alice", "bob", "carol"}),
          .values = {{"kv.account()", variable<Kv>("kv", &Kv::balance)}},
          .counted = true};
}

template <class T>
Story theater(const std::string& form, Profile profile, const std::string& property) {
  return {.name = "theater_" + form,
          .file = "theater/" + form + ".toml",
          .described =
              [profile](Scenario& s) {
                auto theater = s.install<T>("theater");
                s.user("alice").calls(theater, &T::buy);
                s.user("bob").calls(theater, &T::buy);
                s.profile(profile);
                s.always("no seat is sold twice",
                         [=](const State& now) { return now[theater].tickets <= 1; });
              },
          .property = property,
          .calls = calls_of({"alice", "bob"}),
          .values = {{"theater.sold()", variable<T>("theater", &T::tickets)}},
          .counted = true};
}

std::vector<Story> stories() {
  std::vector<Story> all = {kv(), theater<Theater>("buggy", happy, "no seat is sold twice"),
                            theater<FixedTheater>("fixed", safety, "")};
  for (const auto& each : {banks(), vaults(), counters(), callers(), gatherers(), alarms()}) {
    all.insert(all.end(), each.begin(), each.end());
  }
  return all;
}

class RealStory : public ::testing::TestWithParam<Story> {};

TEST_P(RealStory, ComesToWhatItsModelComesTo) {
  const Story& story = GetParam();
  std::vector<std::string> queries;
  for (const Value& value : story.values) {
    queries.push_back(value.query);
  }
  std::vector<std::string> compiled_calls;
  std::vector<std::string> model_calls;
  for (const CallPair& call : story.calls) {
    compiled_calls.push_back(call.compiled);
    model_calls.push_back(call.model);
  }
  const Result real = explored(compiled(story), queries, compiled_calls, story.states_max);
  const Result ideal = explored(model(story), queries, model_calls, 0);
  EXPECT_EQ(real.outcomes, ideal.outcomes);
  EXPECT_FALSE(real.outcomes.empty());
  if (story.states_max == 0) {
    EXPECT_EQ(to_string(real.verdict.answered), to_string(ideal.verdict.answered))
        << real.verdict.why << '\n'
        << ideal.verdict.why;
    EXPECT_EQ(to_string(real.whole.answered), to_string(ideal.whole.answered));
  }
  EXPECT_EQ(ideal.verdict.property, story.property);
  EXPECT_EQ(real.verdict.property.empty(), ideal.verdict.property.empty()) << real.verdict.why;
  if (story.counted) {
    EXPECT_EQ(real.whole.states, ideal.whole.states);
    EXPECT_EQ(real.whole.transitions, ideal.whole.transitions);
  }
  fmt::print("{} of {} and {} of {} states: {} outcomes\n", story.file, real.whole.states,
             story.model.empty() ? "a model here" : story.model, ideal.whole.states,
             real.outcomes.size());
}

TEST(RealStories, InAFolderWithModelsEachFileStandsBesideOne) {
  const std::filesystem::path root = "examples/real";
  std::set<std::filesystem::path> compared;
  std::set<std::filesystem::path> folders;
  for (const Story& story : stories()) {
    if (story.text.empty()) {
      compared.insert(root / story.file);
      folders.insert((root / story.file).parent_path());
    }
  }
  for (const std::filesystem::path& folder : folders) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".toml") {
        EXPECT_TRUE(compared.contains(entry.path()))
            << entry.path() << " is not compared: add what corresponds to it to stories()";
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Beside, RealStory, ::testing::ValuesIn(stories()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace heddle::testing
