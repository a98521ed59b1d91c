// Property expressions: what they evaluate to, and how mistakes in them are answered.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/model/kernel.h>
#include <heddle/properties/state.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/internal/expression.h>

namespace heddle::internal {
namespace {

/// A bank and a ledger with 100 each, and Kv, in their first state.
class Expressions : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    scope_ = new ExpressionScope;
    prepared_ = new PreparedScenario(prepare("expressions", "", [](Scenario& s) {
      const std::string folder = "examples/real/";
      const auto add = [&](const std::string& name, const std::string& file, std::string init) {
        scope_->canisters.push_back(
            install_wasm(s, name, std::filesystem::path(folder + file), {.init = std::move(init)}));
      };
      add("ledger", "withdraw/Ledger.wasm", "(100)");
      add("bank", "withdraw/GuardedBank.wasm", R"((service "ledger", 100))");
      add("kv", "kv/Kv.wasm", "()");
      s.user("alice").calls(scope_->canisters[0], "pay",
                            scope_->canisters[0].arguments("pay", "(1)"));
    }));
  }

  static void TearDownTestSuite() {
    delete prepared_;
    delete scope_;
  }

  static std::string value(const std::string& text) {
    const Expression expression = Expression::parse(text, *scope_);
    Kernel& kernel = *prepared_->kernel;
    StateSource source(kernel, kernel.initial());
    const State now(source, kernel, kernel.initial());
    return expression.observe(now);
  }

  /// "offset: problem | what to do".
  static std::string mistake(const std::string& text) {
    try {
      const Expression expression = Expression::parse(text, *scope_);
      return fmt::format("no mistake, it is of type {}", candid::to_text(expression.type()));
    } catch (const ExpressionError& error) {
      return fmt::format("{}: {} | {}", error.offset(), error.what(), error.next());
    }
  }

  static ExpressionScope* scope_;
  static PreparedScenario* prepared_;
};

ExpressionScope* Expressions::scope_ = nullptr;
PreparedScenario* Expressions::prepared_ = nullptr;

TEST_F(Expressions, EvaluateAsTheirGrammarSays) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"bank.get()", "100"},
      {"is_busy()", "false"},
      {"bank.get() + ledger.get() == 200", "true"},
      {"bank.get() - 101", "-1"},
      {"1 - 2 - 3", "-4"},
      {"1 - (2 - 3)", "2"},
      {"-bank.get() + 1", "-99"},
      {"bank.get() > 99 and bank.get() < 101", "true"},
      {"true or false and false", "true"},
      {"(true or false) and false", "false"},
      {"not true or true", "true"},
      {"not (true or true)", "false"},
      {"not bank.is_busy()", "true"},
      {"bank.get() in {1, 100}", "true"},
      {"bank.get() in {}", "false"},
      {"bank.get() not in {1, 2}", "true"},
      {"2 in vec { 1; 2 }", "true"},
      {"kv.get(7)", "null"},
      {"kv.get(7) == null", "true"},
      {"kv.get(7) == opt 5", "false"},
      {"(bank.get(), ledger.get())", "(100, 100)"},
      {"(bank.get(), ledger.get()) in {(40, 100), (100, 100)}", "true"},
      {"(1, 2).1", "2"},
      {"record { owner = \"bob\"; n = 1 }.owner == \"bob\"", "true"},
      {"variant { ok = 1 }.ok == opt 1", "true"},
      {"\"a\" < \"b\"", "true"},
      {"\"\\\"(\" == \"\\\"(\"", "true"},
      {"1.5 + 1.5 == 3", "true"},
      {"1_000 == 1000", "true"},
      {"principal \"ledger\" != principal \"bank\"", "true"},
  };
  for (const auto& [text, expected] : table) {
    try {
      EXPECT_EQ(value(text), expected) << text;
    } catch (const ExpressionError& error) {
      ADD_FAILURE() << text << ": " << error.offset() << ": " << error.what();
    }
  }
}

TEST_F(Expressions, MistakesAreAnsweredWithThePlaceAndANextStep) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"bank.get() == \"x\"",
       "11: nat == text: these are not of one type | Both sides must be of one type."},
      {"kv.get(7) == 5", "10: opt nat == int: these are not of one type | Write opt 5."},
      {"bank.get() + \"x\"",
       "11: nat + text: only numbers of one kind are added and subtracted | "},
      {"bank.gett() == 1", "5: bank has no method gett | Did you mean get?"},
      {"bnk.get() == 1", "0: there is no canister bnk | Did you mean bank?"},
      {"get() == 1",
       "0: several canisters have a method get | Write ledger.get or bank.get or kv.get."},
      {"bank.withdraw(1) == 1",
       "0: bank.withdraw is an update, and a property runs queries only | An update would change "
       "the state. Let the canister have a query for it."},
      {"bank.get() = 1", "11: unexpected = | Write == instead."},
      {"bank.is_busy() && true", "15: unexpected && | Write and instead."},
      {"bank.get() * 2", "11: unexpected * | Expressions know + and - only."},
      {"1 < 2 < 3", "6: comparisons do not chain | Write a < b and b < c."},
      {"bank.get() and true",
       "0: this is of type nat, and and is between true and false | Compare it with something."},
      {"bank.get() == ", "14: expected a value or a query, found the end | "},
      {"(bank.get()", "11: expected ) after an expression in parentheses, found the end | "},
      {"bank.get",
       "8: expected ( after get, found the end | Calls are written "
       "canister.method(arguments), also without arguments: bank.get()."},
      {"bank.get().x", "11: nat has no fields | "},
      {"(1, 2).2", "7: record { int; int } has no field 2 | Did you mean 0 or 1?"},
      {"bank.is_busy() < true",
       "15: bool has no order, so < says nothing | Compare with == or !=."},
  };
  for (const auto& [text, expected] : table) {
    EXPECT_EQ(mistake(text), expected) << text;
  }
}

TEST_F(Expressions, ArgumentsThatDoNotFitAreShownInTheirText) {
  const std::string text = mistake("kv.get(\"x\") == null");
  EXPECT_TRUE(text.starts_with("7: ")) << text;
  EXPECT_TRUE(text.ends_with("| kv.get takes (nat).")) << text;
}

}  // namespace
}  // namespace heddle::internal
