// explore: the page of a trace, live: any event that is possible can be chosen at any step.
#include <chrono>
#include <ostream>
#include <spawn.h>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include <heddle/suite/internal/door.h>
#include <heddle/suite/internal/explorer.h>
#include <heddle/suite/internal/http_server.h>
#include <heddle/suite/internal/interrupt.h>
#include <heddle/suite/internal/verbs.h>

namespace heddle::internal {
namespace {

/// The scenario, and where in it the page begins.
Again asked_for(const CommandLine& line) {
  const std::string& name = line.names.front();
  if (names_file(line)) {
    if (line.schedule) {
      throw WrongUsage(
          fmt::format("{} is a trace and has a schedule; --schedule goes with a scenario's name",
                      shell_word(name)));
    }
    return replay_file(line, name, ReplayMode::kStrict);
  }
  if (line.schedule) {
    return replay_schedule(line, ReplayMode::kStrict);
  }
  RegisteredScenario scenario = selected_one(line);
  ScenarioOverrides overrides = overrides_for(line, scenario);
  return {{}, {}, std::move(scenario), std::move(overrides)};
}

/// In the browser that the desktop knows of.
void open_in_browser(std::string url, const CommandLine& line, const Console& console) {
  std::string program = "xdg-open";
  char* const arguments[] = {program.data(), url.data(), nullptr};
  pid_t child = 0;
  int status = posix_spawnp(&child, program.c_str(), nullptr, nullptr, arguments, environ);
  if (status == 0 && waitpid(child, &status, 0) == child && status == 0) {
    return;
  }
  console.err << fmt::format("{}: xdg-open does not open it; open the address in a browser\n",
                             message_prefix(line.program, line.verb));
}

}  // namespace

int run_explore(const CommandLine& line, const Console& console) {
  Again again = asked_for(line);
  ExplorerOptions options;
  options.check.options = line.options;
  options.check.strategy = line.strategy;
  options.check.schedules = line.schedules;
  options.check.program = line.program;
  options.file = line.save;
  options.begin = again.trace.schedule();
  const std::string name = again.scenario.name();
  Explorer explorer(std::move(again.scenario), std::move(again.overrides), std::move(options));

  const Interrupt interrupt;
  HttpServer server(line.port);
  const Door door(random_token(), server.port());
  server.start(door, [&explorer](std::string_view inside, const HttpRequest& request) {
    return explorer.answer(inside, request);
  });
  console.out << fmt::format("Exploring {} at {}\nCtrl-C ends it.\n", name, door.url())
              << std::flush;
  if (line.open) {
    open_in_browser(door.url(), line, console);
  }
  while (!*Interrupt::flag()) {
    constexpr auto kEvery = std::chrono::milliseconds(100);
    std::this_thread::sleep_for(kEvery);
  }
  explorer.close();
  return kVerifiedCode;
}

}  // namespace heddle::internal
