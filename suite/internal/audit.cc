// audit: which variables are held across awaits like a guard, and whether every way out lets them
// go: answers, rejects, sends that fail, traps, and calls that are never answered.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/checker/lock_audit.h>
#include <heddle/suite/internal/interrupt.h>
#include <heddle/suite/internal/table.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/source_place.h>

namespace heddle::internal {
namespace {

/// The faults that lead to ways out that are not there without them.
constexpr int Faults::*kWaysOut[] = {&Faults::rejects, &Faults::send_failures,
                                     &Faults::callback_traps, &Faults::environment_silence};

/// For each kind of fault.
constexpr std::chrono::seconds kTime{20};

/// One audit of a system, and the flags of the command line that bring it about.
struct Audited {
  LockAudit audit;
  std::string flags;
};

class AuditReport {
 public:
  AuditReport(const CommandLine& line, std::size_t width) : line_(line), width_(width) {}

  /// The exit code. Appends to `out`.
  int tell(const RegisteredScenario& registered, std::string& out) {
    audits_.clear();
    const ScenarioOverrides base = overrides_for(line_, registered, true);
    PreparedScenario scenario = prepare(registered, base);
    run(scenario, base);
    for (const FaultName& fault : fault_names()) {
      const bool leads_out = std::ranges::find(kWaysOut, fault.budget) != std::end(kWaysOut);
      const System& system = scenario.setup.system;
      if (leads_out && system.faults.*fault.budget == 0 && can_happen(system, fault)) {
        ScenarioOverrides harsher = base;
        harsher.allowed[std::string(fault.name)] = 1;
        PreparedScenario harsh = prepare(registered, harsher);
        run(harsh, harsher);
      }
    }
    LockAudit all = audits_.front().audit;
    for (std::size_t i = 1; i < audits_.size(); ++i) {
      all.add(audits_[i].audit);
    }
    std::erase_if(all.held, [](const Guard& guard) { return !guard.is_guard(); });
    std::erase_if(all.held, [named = all.held](const Guard& guard) {
      return is_query(guard) && std::ranges::any_of(named, [&](const Guard& other) {
               return !is_query(other) && other.canister == guard.canister &&
                      other.method == guard.method;
             });
    });
    const auto faulty = std::ranges::count_if(all.held, &Guard::is_faulty);
    out += fmt::format("{}: {}\n", scenario.name, summary(all, faulty));
    for (const Guard& guard : all.held) {
      tell(scenario, guard, out);
    }
    return faulty > 0 ? kViolatedCode : all.finished ? kVerifiedCode : kIncompleteCode;
  }

 private:
  /// What a query tells of a compiled canister: of no news where the variable itself has a name.
  static bool is_query(const Guard& guard) { return guard.variable.ends_with(')'); }

  void run(PreparedScenario& scenario, const ScenarioOverrides& overrides) {
    LockAuditOptions options;
    const auto end = std::chrono::steady_clock::now() + kTime;
    options.stop = [end] {
      return Interrupt::flag()->load() || std::chrono::steady_clock::now() > end;
    };
    audits_.push_back({audit_locks(*scenario.kernel, options), to_flags(overrides)});
  }

  static std::string summary(const LockAudit& all, std::ptrdiff_t faulty) {
    const std::string bound =
        all.finished ? "" : "; the search was cut short, so others may be missing";
    if (all.held.empty()) {
      return "nothing is held across an await and let go after it" + bound;
    }
    const bool is_one = all.held.size() == 1;
    const std::string held =
        is_one ? "1 variable is held across awaits like a guard"
               : fmt::format("{} variables are held across awaits like guards", all.held.size());
    const std::string fault = faulty == 0 ? "and let go on every way out"
                              : is_one
                                  ? "and there is a fault"
                                  : fmt::format("and there {} with {} of them",
                                                faulty == 1 ? "is a fault" : "are faults", faulty);
    return fmt::format("{}, {}{}", held, fault, bound);
  }

  void tell(const PreparedScenario& scenario, const Guard& guard, std::string& out) {
    const Installed& installed = scenario.setup.system.canisters[guard.canister];
    out += "\n";
    std::string head =
        fmt::format("{}.{}, taken by {}{}", installed.name, guard.variable,
                    installed.program->info().methods[guard.method].name, place(" at", guard.site));
    if (!guard.awaiting.empty()) {
      head += fmt::format(", held while it awaits {}", fmt::join(guard.awaiting, ", "));
    }
    out += wrapped_text(head, width_, 2) + "\n";
    for (std::size_t i = 0; i < Guard::kWays; ++i) {
      tell_way(scenario, guard, static_cast<WayOut>(i), out);
    }
    tell_other(scenario, "another call takes it meanwhile", guard.taken_twice, out);
    tell_other(scenario, "another call lets it go", guard.let_go_by_other, out);
  }

  void tell_way(const PreparedScenario& scenario, const Guard& guard, WayOut way,
                std::string& out) {
    const Guard::Way& happened = guard[way];
    if (happened.held) {
      // Whoever is never answered holds it for ever; no code of the canister can help that.
      row(out, to_string(way), way == WayOut::kSilent ? "held for ever" : "STILL HELD at its end");
      show(scenario, *happened.held, out);
    } else if (happened.let_go) {
      row(out, to_string(way),
          fmt::format("let go{}{}", happened.by_cleanup ? " by cleanup" : "",
                      place(" at", happened.site)));
    } else {
      row(out, to_string(way), "does not happen here");
    }
  }

  void tell_other(const PreparedScenario& scenario, std::string_view what,
                  const std::optional<ScheduleText>& schedule, std::string& out) const {
    row(out, what, schedule ? "YES" : "never");
    if (schedule) {
      show(scenario, *schedule, out);
    }
  }

  static void row(std::string& out, std::string_view what, std::string_view result) {
    out += fmt::format("  {:<32} {}\n", what, result);
  }

  /// The command that shows it, with the faults that the schedule needs.
  void show(const PreparedScenario& scenario, const ScheduleText& schedule,
            std::string& out) const {
    const auto has_it = [&](const Audited& one) {
      return std::ranges::any_of(one.audit.held, [&](const Guard& guard) {
        return guard.taken_twice == schedule || guard.let_go_by_other == schedule ||
               std::ranges::any_of(guard.ways,
                                   [&](const Guard::Way& way) { return way.held == schedule; });
      });
    };
    const auto from = std::ranges::find_if(audits_, has_it);
    out += fmt::format("      {} replay {}{} --schedule \\\n        '{}'\n", line_.program,
                       shell_word(scenario.name), from == audits_.end() ? "" : from->flags,
                       fmt::join(schedule, "; "));
  }

  std::string place(std::string_view before, const void* site) {
    const SourcePlace& found = places_[site];
    return found.line == 0 ? "" : fmt::format("{} {}:{}", before, found.file, found.line);
  }

  const CommandLine& line_;
  std::size_t width_;
  std::vector<Audited> audits_;
  SourcePlaces places_;
};

}  // namespace

int run_audit(const CommandLine& line, const Console& console) {
  AuditReport report(line, text_width(text_options(line, console)));
  const Interrupt interrupt;
  std::vector<int> codes;
  for (const RegisteredScenario& scenario : selected(line)) {
    std::string out = codes.empty() ? "" : "\n";
    codes.push_back(report.tell(scenario, out));
    console.out << out;
  }
  return worst(codes);
}

}  // namespace heddle::internal
