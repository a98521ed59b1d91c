// Program: canister code behind one interface. Coroutine canisters (canister.h) and compiled Wasm
// both implement it, so that a real canister and a thirty-line model of a ledger can be checked
// together.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/model/nat.h>
#include <heddle/model/value.h>
#include <heddle/model/view.h>

namespace heddle {

struct Directory;  // ref.h
struct TypeInfo;   // type_info.h

enum class MethodKind : std::uint8_t {
  kUpdate,
  kQuery,        ///< runs in line with other messages when called, its writes are discarded [L1]
  kPrivate,      ///< a local `async` function: only the canister itself may call it [M7]
  kTimer,        ///< the system task of the global timer [T1]
  kHeartbeat,    ///< the system task of the heartbeat [T3]
  kPreUpgrade,   ///< runs before the code is replaced [X4]
  kPostUpgrade,  ///< runs in the new code, on what is stable [X4]
  kManagement,   ///< a method of the management canister, about this canister: `management`
};

/// What a controller has the management canister do to a canister.
enum class Management : std::uint8_t {
  kNone,
  kStop,          ///< stop_canister [X1, X2]
  kStart,         ///< start_canister
  kUpgrade,       ///< install_code, mode upgrade [X4, X5]
  kReinstall,     ///< install_code, mode reinstall [X6], also where there is no code (mode install)
  kUninstall,     ///< uninstall_code [C11]
  kTakeSnapshot,  ///< take_canister_snapshot: of variables and code, replacing the one before [X7]
  kLoadSnapshot,  ///< load_canister_snapshot
  kTimeOut,       ///< the environment only: a user's stop is answered SYS_TRANSIENT [X2]
};
std::string_view to_string(Management action);  // "stop", "take-snapshot"

/// What one method is called and how its messages read.
struct MethodInfo {
  std::string name;
  MethodKind kind = MethodKind::kUpdate;
  std::function<Shown(std::string_view)> show_arguments;  ///< of the encoded argument tuple
  std::function<Shown(std::string_view)> show_reply;
  /// What the encoded argument tuple and the encoded reply are; null where nobody knows.
  const TypeInfo& (*arguments_type)() = nullptr;
  const TypeInfo& (*reply_type)() = nullptr;
  /// A message of the language's runtime to itself, which it could not make sense of a second time.
  bool is_runtimes_own = false;
  Management management = Management::kNone;  ///< of kManagement
  /// It is a method of code that may be installed later only (Installed::later).
  bool is_absent = false;
};

/// One variable. A keyed one (VarMap) has a value for each key instead of one of its own.
struct VariableInfo {
  std::string name;
  bool keyed = false;
  std::string initial;  ///< encoded; of a keyed one empty
  std::vector<std::pair<std::string, std::string>> initial_entries;  ///< encoded keys and values
  std::function<Shown(std::string_view)> show_value;
  std::function<Shown(std::string_view)> show_key;
  /// It keeps its value when the code is upgraded [X4].
  bool is_stable = true;
  /// It is a variable of code that may be installed later only (Installed::later).
  bool is_absent = false;
};

/// Between Candid's binary form and the model's encoding (value.h): how canisters in C++ speak to
/// compiled ones.
struct CandidForm {
  /// The message for arguments of this type. Throws Misuse if they have no Candid form.
  std::string (*from_model)(const TypeInfo& type, std::string_view encoded,
                            const Directory& directory);
  /// What a reply holds, at this type. Throws DecodeError that names the types if it does not fit.
  std::string (*to_model)(const TypeInfo& type, std::string_view message,
                          const Directory& directory);
  /// The whole numbers in a message, as they stand in it. Throws Misuse if it is no message.
  std::vector<Int> (*numbers)(std::string_view message);
  /// The message with `number` in the place of the one at `index`. Throws Misuse if it does not
  /// fit.
  std::string (*with_number)(std::string_view message, std::size_t index, const Int& number);
};

/// What is known of a canister apart from what it does.
struct ProgramInfo {
  std::string type_name;
  Dialect dialect = Dialect::kMotoko;
  /// Not null: arguments and replies are in Candid's binary form, not in the model's encoding.
  const CandidForm* candid = nullptr;
  /// What the canister was made from, encoded, as far as it has an encoding.
  std::string made_from;
  std::vector<MethodInfo> methods;      ///< by MethodId
  std::vector<VariableInfo> variables;  ///< by Subject::variable
  /// The global timer as installation left it: due in this many seconds (at least 1) [T1].
  std::optional<std::uint64_t> initial_timer;
  /// Why the writes of an execution that traps cannot be kept (Weakened::traps_keep_writes); empty
  /// where they can.
  std::string writes_of_traps_lost;
  /// Why the code cannot be replaced, removed or go back to a snapshot; empty where it can.
  std::string no_other_code;

  /// The method of that name, or Send::kNoMethod.
  [[nodiscard]] MethodId method(std::string_view name) const;
  /// The system task's method, or Send::kNoMethod when the canister has none.
  [[nodiscard]] MethodId task(MethodKind kind) const;
  /// The method that does this to the canister, or Send::kNoMethod.
  [[nodiscard]] MethodId management(Management action) const;
};

/// Puts the management canister's methods at the end of the list, once.
void add_management(ProgramInfo& info);

/// Canister code. One object serves all threads of a check at once: what `run` keeps between pieces
/// is its own to guard.
class Program {
 public:
  virtual ~Program() = default;

  [[nodiscard]] virtual const ProgramInfo& info() const = 0;

  /// Makes the other canisters known; before anything runs. The infos must live as long.
  virtual void connect(std::shared_ptr<const Directory> /*directory*/) {}

  /// Adds the methods of kind kManagement (`add_management`): the canister has a controller.
  virtual void grant_management();

  /// Runs one piece to its end against `view` (and makes it current meanwhile). Throws Misuse for
  /// undefined use; a canister's trap is no exception here, it is in the view.
  virtual void run(View& view) = 0;

  /// Runs a query to its end on the committed state that `view`, a predicate's, shows of canister
  /// `self`, which this is; gives the reply. Arguments and reply are encoded as messages to it are.
  /// Throws Misuse if there is no such query, or if it traps or rejects.
  virtual std::string query(View& view, CanisterId self, std::string_view method,
                            std::string_view arguments);
};

}  // namespace heddle
