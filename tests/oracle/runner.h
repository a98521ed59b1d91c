// The two ways in which Heddle runs the programs of an oracle::System; see adapter.h.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/model/principal.h>
#include <heddle/model/program.h>

#include "oracle/oracle.h"
#include "oracle/program.h"

namespace heddle::oracle {

/// Numbers as Heddle encodes a Nat: variables, arguments and replies.
std::string encoded(int value);
int decoded(std::string_view bytes);

std::string canister_name(std::size_t canister);
Principal canister_principal(std::size_t canister);

/// The code of each canister, interpreted against the View. The index of a method is its MethodId.
std::vector<std::shared_ptr<Program>> make_view_programs(const System& system);

/// The code of each canister, interpreted by coroutines. Methods are found by name: "m3", and "q3"
/// for queries. `replayed`: no suspended frame is kept. Throws InvalidSystem for what the language
/// refuses to compile.
std::vector<std::shared_ptr<Program>> make_coroutine_programs(const System& system, bool replayed);

/// Of calls with bounded wait, in seconds.
inline constexpr std::uint32_t kTimeout = 10;

/// What a local of a method holds: a number, or a reject (then `number` is negative).
struct Held {
  int number = 0;
  RejectCode code = RejectCode::kNone;
  std::string text;
};

using Locals = std::vector<Held>;

inline int evaluate(const Expr& expr, int argument, const Locals& locals, int modulus) {
  int value = expr.constant + (expr.argument ? argument : 0);
  if (expr.local >= 0) {
    value += std::max(0, locals[static_cast<std::size_t>(expr.local)].number);
  }
  if (expr.ok_of >= 0) {
    value += locals[static_cast<std::size_t>(expr.ok_of)].number >= 0 ? 1 : 0;
  }
  return value % modulus;
}

inline bool passes(const Statement& test, const Locals& locals) {
  const int value = locals[static_cast<std::size_t>(test.local)].number;
  return test.test_ok ? value >= 0 : value > 0;
}

/// What an await of a variable without a future gives: no exception, whatever the await says.
inline Held nothing_there() {
  return {-1, RejectCode::kNone, "no future"};
}

}  // namespace heddle::oracle
