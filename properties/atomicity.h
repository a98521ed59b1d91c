// Atomicity between awaits: what one call context knew or had begun, and what another did to it
// while the first one was waiting.
//
// For a call context c and a variable (or map key) v, "later" meaning after at least one commit of
// c:
//   stale write  c was told v, later writes v without being told v again in that execution, and
//                another context wrote v in between.
//   late write   c first writes v after an await, and a context that started after c has written v
//                meanwhile.
//   stale check  c was told v (one bit is enough), later sends or writes, v was written by another
//                in between, and c was not told v again.
//   torn group   of variables declared together, another context was told one between c's writes of
//                two.
//
// None of these are: looking again, deltas (`balance -= amount`) of c, and releasing a guard that
// nobody else wrote (c wrote it before, in an earlier execution or earlier in this one, and no one
// else since). What another context does to v counts as a write also when it is a delta: the value
// that c was told is outdated all the same. A half of a torn group may be a delta too: what it
// leaves behind until the other half is what the intruder sees. A group is written in *rounds*: a
// round ends with the execution by which each of the variables has been written since the round
// began, so that c may change the whole group twice.
//
// Executions that are rolled back count for nothing, neither what they wrote nor what they were
// told. The writes of cleanup count. A query's writes do not, what it is told does.
//
// Each pattern is here twice: as a small deterministic automaton over steps, whose memory is a leaf
// of the state (properties), and by brute force over a recorded list of steps (`find_races`), for
// findings and for the sentences of traces. Tests hold the two against each other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/model/kernel.h>
#include <heddle/properties/property.h>

namespace heddle {

enum class RacePattern : std::uint8_t { kStaleWrite, kLateWrite, kStaleCheck, kTornGroup };
/// "stale write" and so on.
std::string_view to_string(RacePattern pattern);

/// What one step did to variables, as far as it counts for atomicity: the committed operations of
/// one execution.
struct AccessRecord {
  ContextId context = 0;
  CanisterId canister = 0;
  MethodId method = 0;
  bool started = false;  ///< the first execution of its context
  bool goes_on = false;  ///< the context has code that runs later
  std::vector<Access> accesses;
};

/// The record of a step; nothing when it ran no canister code.
std::optional<AccessRecord> access_record(const Kernel& kernel, const Step& step);

/// Variables of one canister that belong together.
struct VariableGroup {
  CanisterId canister = 0;
  std::vector<std::uint32_t> variables;
  friend bool operator==(const VariableGroup&, const VariableGroup&) = default;
};

/// One race that a recorded run contains. Steps are counted from 0. A site is a return address in
/// canister code, null where the operation was a send (then `where` says the place).
struct FoundRace {
  RacePattern pattern{};
  CanisterId canister = 0;
  Subject subject;          ///< of a torn group: the variable that the intruder was told
  ContextId overtaken = 0;  ///< c
  ContextId intruder = 0;   ///< the last one to write v in between; torn group: to be told
  MethodId overtaken_method = 0;
  MethodId intruder_method = 0;
  /// Where c was told v; late write: where c started; torn group: where c wrote the first half.
  std::size_t told_step = 0;
  std::size_t intruder_step = 0;
  std::size_t step = 0;  ///< where c wrote or sent
  const void* told_site = nullptr;
  const void* intruder_site = nullptr;
  const void* site = nullptr;
  std::source_location where{};  ///< of the send, when it is one
  /// What c wrote or sent in `step`: kWritten, kModified or kSent, and the variable it wrote.
  Access::Kind act = Access::Kind::kWritten;
  Subject act_subject;
};

/// All races in a recorded run, in the order of `step`; at most one for each pattern, subject,
/// context and step. The records are of the run from its beginning; those of steps that ran no code
/// are empty.
std::vector<FoundRace> find_races(std::span<const std::optional<AccessRecord>> records,
                                  std::span<const VariableGroup> groups = {});
/// The same from steps. Their Effects must still be valid.
std::vector<FoundRace> find_races(const Kernel& kernel, std::span<const Step> steps,
                                  std::span<const VariableGroup> groups = {});

/// "bank.balance", "bank.accounts[alice]", "the keys of bank.accounts".
std::string name_of(const Kernel& kernel, CanisterId canister, Subject subject);

/// One sentence for a person. `place` turns a site into "bank.cc:14" (or an empty text); `awaited`
/// is what c was waiting for meanwhile ("ledger.transfer"), if that is known.
std::string to_sentence(const Kernel& kernel, const FoundRace& race,
                        const std::function<std::string(const void*)>& place,
                        std::string_view awaited);

/// What an automaton remembers: a list of small numbers, canonical, empty at first.
using AutomatonMemory = std::vector<std::uint32_t>;

/// A pattern that an automaton has met.
struct RaceSeen {
  RacePattern pattern{};
  Subject subject;
  ContextId context = 0;
};

/// The automata by themselves, without kernel and interning: each changes `memory` by one record
/// and says whether the record completes a pattern.
namespace automata {

/// Stale write and stale check of one variable and its keys.
std::optional<RaceSeen> atomic(AutomatonMemory& memory, std::uint32_t variable, bool keyed,
                               const AccessRecord& record);
/// Late write of one variable and its keys.
std::optional<RaceSeen> in_start_order(AutomatonMemory& memory, std::uint32_t variable, bool keyed,
                                       const AccessRecord& record);
/// Torn group.
std::optional<RaceSeen> together(AutomatonMemory& memory,
                                 const std::vector<std::uint32_t>& variables,
                                 const AccessRecord& record);

}  // namespace automata

/// `atomic(bank.balance)`: no stale write and no stale check of this variable.
std::shared_ptr<const Property> make_atomic(const System& system, CanisterId canister,
                                            std::uint32_t variable);
/// `in_start_order(bank.balance)`: no late write.
std::shared_ptr<const Property> make_in_start_order(const System& system, CanisterId canister,
                                                    std::uint32_t variable);
/// `together(bank.a, bank.b)`: no torn group. Throws Misuse for fewer than two variables.
std::shared_ptr<const Property> make_together(const System& system, VariableGroup group);

}  // namespace heddle
