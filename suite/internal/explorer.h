// Explorer: what the live page asks of a scenario, answered.
//
// There is no state between two requests but the scenario: each carries the schedule that it is
// about and is answered with the trace of its replay. So going back, links to a view and several
// windows need nothing here.
//
//   GET  (nothing)   the page
//   POST replay      {schedule, then?, to_end?, compares?} -> a trace document with what only pages
//                    show. `then`: events that follow as far as they are possible; `to_end`: and
//                    what is enabled first, until nothing is. `compares`: with the critical step
//                    and the nearest schedule that passes.
//   POST check       {} -> {verdict, property?, text, schedule?, outcomes: [{set, value,
//   schedule}]} POST stop        {} -> {}; ends a check POST export      {schedule, format} ->
//   {text} POST save        {schedule} -> {file}
//
// What is wrong is answered as {error} with a status of 400 and more.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <heddle/suite/check_scenario.h>
#include <heddle/suite/internal/http.h>

namespace heddle::internal {

struct ExplorerOptions {
  /// How a check explores, and how commands begin.
  CheckRequest check{};
  /// Where `save` writes.
  std::optional<std::string> file{};
  /// What the page shows first.
  ScheduleText begin{};
};

/// Thread-safe.
class Explorer {
 public:
  /// Throws Misuse when the scenario makes no sense.
  Explorer(RegisteredScenario scenario, ScenarioOverrides overrides, ExplorerOptions options);

  /// `inside`: what is asked for, "replay". Throws nothing.
  HttpResponse answer(std::string_view inside, const HttpRequest& request);

  /// Ends a check that runs, with what it has covered.
  void stop_check() { stopped_ = true; }

  /// The same, for good.
  void close();

 private:
  /// A scenario that is replayed in, by one thread at a time.
  struct Desk {
    std::mutex mutex;
    PreparedScenario scenario;
  };

  template <class Use>
  auto at(Desk& desk, const Use& use);

  std::string page() const;
  std::string replay(const std::string& body);
  std::string check();
  std::string export_as(const std::string& body);
  std::string save(const std::string& body);
  Trace trace_of(const ScheduleText& schedule);

  RegisteredScenario scenario_;
  ScenarioOverrides overrides_;
  ExplorerOptions options_;
  Desk replays_;
  Desk comparisons_;  ///< these take longer, and nobody waits for them
  std::mutex check_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> closed_ = false;
};

}  // namespace heddle::internal
