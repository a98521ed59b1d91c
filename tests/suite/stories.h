// Canisters of the suite's tests, and running command lines in this process.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include <heddle/heddle.h>
#include <heddle/suite/run.h>

namespace heddle::testing {

/// Answers whatever is asked.
class Clerk : public Canister {
 public:
  Update<> confirm() { co_return; }

  HEDDLE_CANISTER(Clerk, confirm)
};

/// Pays out after it has asked the clerk.
class Till : public Canister {
 public:
  explicit Till(Ref<Clerk> clerk_canister) : clerk(clerk_canister) {}

  /// Looks before the await and writes after it.
  Update<> careless(Nat amount) {
    const Nat before = cash;
    co_await call(clerk, &Clerk::confirm);
    cash = before - amount;
  }

  /// Writes before the await.
  Update<> careful(Nat amount) {
    cash -= amount;
    co_await call(clerk, &Clerk::confirm);
  }

  /// Undefined use.
  Update<> confused() {
    Future<> answer = call(clerk, &Clerk::confirm);
    co_await answer;
    co_await answer;
  }

  Ref<Clerk> clerk;
  Var<Nat> cash{this, "cash", 100};
  HEDDLE_CANISTER(Till, careless, careful, confused)
};

/// What a command line came to.
struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

/// `heddle WORDS...`, on no terminal.
inline Ran heddle(std::vector<std::string> words) {
  words.insert(words.begin(), "heddle");
  std::ostringstream out;
  std::ostringstream err;
  const int code = run(words, Console{out, err});
  return {code, out.str(), err.str()};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace heddle::testing
