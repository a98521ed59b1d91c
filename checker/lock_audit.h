// Lock audit: what canister code holds across its awaits like a guard, and whether every way out
// lets it go.
//
// A call context *takes* what it changes and leaves changed when it suspends; it *lets go* when a
// later execution of its own (or its cleanup) changes it back. What is taken and let go where
// everything went well is guard-like: a flag, a key that is there meanwhile, an element of a set, a
// counter of those inside. What is changed back only after a reject is none, it is a refund; and a
// number is none unless it always comes back.
//
// All schedules within the bounds are looked at, breadth-first, without reductions: for reading,
// beside a verdict. Only what the system's faults allow happens, so a way out that needs a reject
// needs a budget of rejects.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/checker/verdict.h>
#include <heddle/model/kernel.h>

namespace heddle {

/// How a call that had taken a guard came to its end; what is later here counts, if several do.
enum class WayOut : std::uint8_t {
  kAnswered,  ///< all its calls were answered with replies
  kRejected,  ///< one was rejected, or could not be sent
  kTrapped,   ///< its code trapped after an await [C8]
  kSilent,    ///< it never ended: one was not answered [D12]
};
/// "its calls are answered" and so on.
std::string_view to_string(WayOut way);

/// One that may be guard-like: a variable, or its keys or elements, as one method uses it.
struct Guard {
  static constexpr std::size_t kWays = 4;

  /// What happened on one way out.
  struct Way {
    bool let_go = false;
    bool by_cleanup = false;             ///< ... by what runs after a trap [C9]
    const void* site = nullptr;          ///< where it was let go; null: unknown
    std::optional<ScheduleText> held{};  ///< the shortest schedule that ends the call holding it
  };

  CanisterId canister = 0;
  MethodId method = 0;   ///< which takes it
  std::string variable;  ///< "busy", "pending[...]"
  bool is_number = false;
  const void* site = nullptr;      ///< where it is taken; null: unknown
  std::set<std::string> awaiting;  ///< what was being awaited meanwhile: "ledger.pay"
  std::array<Way, kWays> ways{};   ///< by WayOut
  /// The shortest schedule by which another call takes it, or lets it go, meanwhile. Not of
  /// numbers.
  std::optional<ScheduleText> taken_twice{};
  std::optional<ScheduleText> let_go_by_other{};

  [[nodiscard]] const Way& operator[](WayOut way) const {
    return ways[static_cast<std::size_t>(way)];
  }

  /// Let go where all went well, a number always.
  [[nodiscard]] bool is_guard() const;
  /// Held for good by a call that ended, or held by two.
  [[nodiscard]] bool is_faulty() const;
};

struct LockAudit {
  /// By canister, variable and method; those that are no guards as well.
  std::vector<Guard> held;
  /// Every reachable state was looked at.
  bool finished = false;

  /// Takes over what the same system did under other faults. Of two schedules the one that was
  /// known first stays.
  void add(const LockAudit& other);
};

struct LockAuditOptions {
  std::size_t states_max = 200'000;
  /// Asked now and then: true ends the search with what there is.
  std::function<bool()> stop;
};

/// Deterministic, unless `stop` says so at some other time. Throws Misuse from user code.
LockAudit audit_locks(Kernel& kernel, const LockAuditOptions& options = {});

}  // namespace heddle
