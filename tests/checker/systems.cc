#include "checker/systems.h"

#include <gtest/gtest.h>

#include <heddle/model/trap.h>
#include <heddle/model/value.h>

namespace heddle::testing {

namespace {

std::string encoded(std::uint64_t value) {
  return to_bytes(value);
}

std::uint64_t decoded(std::string_view bytes) {
  return from_bytes<std::uint64_t>(bytes);
}

Shown show_number(std::string_view bytes) {
  return show(decoded(bytes));
}

/// A property that is what it is given.
class Given : public Property {
 public:
  Given(std::string name, std::string kind, When when, std::function<bool(const State&)> holds)
      : name_(std::move(name)), kind_(std::move(kind)), when_(when), holds_(std::move(holds)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return kind_; }

  [[nodiscard]] When when() const override { return when_; }

  [[nodiscard]] bool is_wanted() const override { return kind_ == "sometimes"; }

  [[nodiscard]] bool holds(const State& now) const override { return holds_(now); }

  [[nodiscard]] std::string explain(const State& /*now*/) const override {
    return name_ + " does not hold";
  }

 private:
  std::string name_;
  std::string kind_;
  When when_;
  std::function<bool(const State&)> holds_;
};

class AtMostRequests : public Property {
 public:
  explicit AtMostRequests(LeafValue most) : most_(most) {}

  [[nodiscard]] std::string name() const override { return "few requests"; }

  [[nodiscard]] std::string kind() const override { return "counting"; }

  [[nodiscard]] When when() const override { return When::kEveryStep; }

  [[nodiscard]] std::optional<LeafValue> after(LeafValue memory,
                                               const StepView& view) const override {
    if (view.step.event.kind == EventKind::kStartRequest) {
      ++memory;
    }
    return memory > most_ ? std::nullopt : std::optional(memory);
  }

  [[nodiscard]] std::string explain(LeafValue memory, const StepView& /*step*/) const override {
    return "one request more than " + std::to_string(memory);
  }

 private:
  LeafValue most_;
};

}  // namespace

Functions::Functions(std::vector<std::pair<std::string, std::uint64_t>> variables) {
  info_.type_name = "Functions";
  for (auto& [name, initial] : variables) {
    VariableInfo variable;
    variable.name = name;
    variable.initial = encoded(initial);
    variable.show_value = show_number;
    info_.variables.push_back(std::move(variable));
  }
}

Functions& Functions::method(std::string name, Method code, MethodKind kind) {
  MethodInfo method;
  method.name = std::move(name);
  method.kind = kind;
  method.show_arguments = show_number;
  method.show_reply = show_number;
  info_.methods.push_back(std::move(method));
  methods_.push_back(std::move(code));
  return *this;
}

void Functions::run(View& view) {
  const View::Scope scope(&view);
  try {
    methods_[view.input().method](view);
  } catch (const Trap&) {
    return;
  }
  if (view.input().mode == PieceInput::Mode::kCleanup) {
    view.begin_cleanup();
  }
}

std::uint64_t read(View& view, std::uint32_t variable) {
  return decoded(view.tables().values[view.read(view.canister(), {variable, 0}, nullptr)]);
}

void write(View& view, std::uint32_t variable, std::uint64_t value) {
  view.write(view.canister(), {variable, 0}, view.tables().values.intern(encoded(value)), nullptr);
}

void add(View& view, std::uint32_t variable, std::uint64_t value) {
  Tables& tables = view.tables();
  view.modify(
      view.canister(), {variable, 0},
      [&](ValueId before) {
        return tables.values.intern(encoded(decoded(tables.values[before]) + value));
      },
      nullptr);
}

std::uint64_t argument(View& view) {
  return decoded(view.tables().values[view.input().arguments]);
}

void reply(View& view, std::uint64_t value) {
  view.reply(view.tables().values.intern(encoded(value)));
}

bool call(View& view, CanisterId callee, MethodId method, std::uint64_t argument,
          std::source_location where) {
  Send send;
  send.callee = callee;
  send.method = method;
  send.arguments = view.tables().values.intern(encoded(argument));
  send.where = where;
  const auto index = view.send(send);
  if (!index) {
    view.trap("no free slot");
  }
  return view.await(Await::Kind::kOne, {*index}, AwaitMode::kNow, where);
}

std::uint64_t value(const State& state, CanisterId canister, std::uint32_t variable) {
  const std::uint32_t answer =
      state.source().answer({ObservationKind::kVariable, canister, {variable, 0}, 0});
  return decoded(state.kernel().tables().values[answer]);
}

void install(System& system, std::string name, std::shared_ptr<Program> program) {
  Installed installed;
  installed.principal = Principal::named(name);
  installed.name = std::move(name);
  installed.program = std::move(program);
  system.canisters.push_back(std::move(installed));
}

void user(System& system, std::string name, std::vector<UserCall> calls, ScriptOrder order) {
  User user;
  user.name = std::move(name);
  user.order = order;
  user.calls = std::move(calls);
  system.users.push_back(std::move(user));
}

UserCall calls(CanisterId canister, MethodId method, std::uint64_t argument) {
  return {canister, method, encoded(argument)};
}

System subsets(unsigned users) {
  System system;
  auto adder =
      std::make_shared<Functions>(std::vector<std::pair<std::string, std::uint64_t>>{{"sum", 0}});
  adder->method("add", [](View& view) {
    add(view, 0, argument(view));
    reply(view);
  });
  install(system, "adder", adder);
  for (unsigned i = 0; i < users; ++i) {
    user(system, "user" + std::to_string(i), {calls(0, 0, std::uint64_t{1} << i)});
  }
  return system;
}

System withdrawals(unsigned users, Faults faults) {
  System system;
  system.faults = faults;
  auto bank = std::make_shared<Functions>(
      std::vector<std::pair<std::string, std::uint64_t>>{{"balance", 100}});
  bank->method("withdraw", [](View& view) {
    const std::uint64_t amount = argument(view);
    const std::uint64_t balance = read(view, 0);
    if (balance < amount) {
      reply(view, 0);
      return;
    }
    if (!call(view, 1, 0, amount)) {
      return;
    }
    write(view, 0, balance - amount);
    reply(view, 1);
  });
  auto ledger =
      std::make_shared<Functions>(std::vector<std::pair<std::string, std::uint64_t>>{{"paid", 0}});
  ledger->method("pay", [](View& view) {
    add(view, 0, argument(view));
    reply(view);
  });
  install(system, "bank", bank);
  install(system, "ledger", ledger);
  for (unsigned i = 0; i < users; ++i) {
    user(system, "user" + std::to_string(i), {calls(0, 0, 10 + i)});
  }
  return system;
}

Faults some_faults() {
  Faults faults;
  faults.rejects = 1;
  faults.callback_traps = 1;
  faults.send_failures = 1;
  faults.dropped_ingress = 1;
  return faults;
}

System endless() {
  System system;
  auto clockwork =
      std::make_shared<Functions>(std::vector<std::pair<std::string, std::uint64_t>>{{"ticks", 0}});
  clockwork
      ->method("start",
               [](View& view) {
                 view.set_timer(1);
                 reply(view);
               })
      .method(
          "tick",
          [](View& view) {
            add(view, 0, 1);
            view.set_timer(1);
            reply(view);
          },
          MethodKind::kTimer);
  install(system, "clockwork", clockwork);
  user(system, "alice", {calls(0, 0)});
  return system;
}

std::shared_ptr<const Property> always(std::string name, std::function<bool(const State&)> holds) {
  return std::make_shared<Given>(std::move(name), "always", Property::When::kEveryState,
                                 std::move(holds));
}

std::shared_ptr<const Property> finally_(std::string name,
                                         std::function<bool(const State&)> holds) {
  return std::make_shared<Given>(std::move(name), "finally", Property::When::kQuiescence,
                                 std::move(holds));
}

std::shared_ptr<const Property> sometimes(std::string name,
                                          std::function<bool(const State&)> holds) {
  return std::make_shared<Given>(std::move(name), "sometimes", Property::When::kEveryState,
                                 std::move(holds));
}

std::shared_ptr<const Property> at_most_requests(LeafValue most) {
  return std::make_shared<AtMostRequests>(most);
}

std::shared_ptr<const Property> conserved() {
  return finally_("conserved",
                  [](const State& now) { return value(now, 0, 0) + value(now, 1, 0) == 100; });
}

Claims questions_about_withdrawals() {
  Claims claims;
  claims.properties = {
      always("never more", [](const State& now) { return value(now, 0, 0) <= 100; }),
      at_most_requests(100),
      sometimes("something is paid", [](const State& now) { return value(now, 1, 0) > 0; }),
  };
  claims.outcome_sets = {
      {"balance", [](const State& end) { return std::to_string(value(end, 0, 0)); }},
      {"paid", [](const State& end) { return std::to_string(value(end, 1, 0)); }},
  };
  claims.measures = {{"calls in flight", [](const State& now) {
                        return now.source().answer({ObservationKind::kInFlight, 0, {}, 1});
                      }}};
  return claims;
}

void expect_equal(const Verdict& left, const Verdict& right) {
  EXPECT_EQ(to_string(left.answered), to_string(right.answered));
  EXPECT_EQ(left.property, right.property);
  EXPECT_EQ(left.why, right.why);
  EXPECT_EQ(left.schedule, right.schedule);
  EXPECT_EQ(left.bound, right.bound);
  EXPECT_EQ(left.states, right.states);
  EXPECT_EQ(left.transitions, right.transitions);
  EXPECT_EQ(left.depth, right.depth);
  EXPECT_EQ(left.quiescent, right.quiescent);
  EXPECT_EQ(left.schedules, right.schedules);
  EXPECT_EQ(left.peaks, right.peaks);
  EXPECT_EQ(left.witnesses, right.witnesses);
  EXPECT_EQ(left.notes, right.notes);
  EXPECT_EQ(left.covered.pieces, right.covered.pieces);
  EXPECT_EQ(left.covered.met, right.covered.met);
  EXPECT_EQ(left.covered.interrupted, right.covered.interrupted);
  EXPECT_EQ(left.covered.rejects, right.covered.rejects);
  ASSERT_EQ(left.strategies.size(), right.strategies.size());
  for (std::size_t i = 0; i < left.strategies.size(); ++i) {
    EXPECT_EQ(left.strategies[i].schedules, right.strategies[i].schedules);
    EXPECT_EQ(left.strategies[i].covered, right.strategies[i].covered);
    EXPECT_EQ(left.strategies[i].covered_first, right.strategies[i].covered_first);
    EXPECT_EQ(left.strategies[i].first_hit, right.strategies[i].first_hit);
  }
  ASSERT_EQ(left.outcomes.size(), right.outcomes.size());
  for (const auto& [name, values] : left.outcomes) {
    const auto& others = right.outcomes.at(name);
    ASSERT_EQ(values.size(), others.size()) << name;
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(values[i].value, others[i].value);
      EXPECT_EQ(values[i].schedule, others[i].schedule);
    }
  }
}

}  // namespace heddle::testing
