// The canisters of fixtures/, one for each rule, run as their first lines say.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/model/value.h>

#include "wasm/real_setting.h"

namespace heddle::wasm {
namespace {

namespace fs = std::filesystem;

/// Empty: wabt is not there, and nothing was compiled.
constexpr std::string_view kCompiled = HEDDLE_COMPILED;
const fs::path kSources = "tests/wasm/fixtures";

/// A line of a fixture: `;; word: rest`.
struct Line {
  std::string word;
  std::string rest;
};

std::vector<Line> lines_of(const fs::path& source) {
  std::ifstream file(source);
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text) && text.starts_with(";; ");) {
    const std::size_t colon = text.find(':');
    std::string rest = text.substr(colon + 1);
    rest.erase(0, rest.find_first_not_of(' '));
    lines.push_back({text.substr(3, colon - 3), rest});
  }
  return lines;
}

/// The text in quotes, if there is one; `\0a` is a byte.
std::optional<std::string> in_quotes(std::string_view text) {
  const std::size_t begin = text.find('"');
  if (begin == std::string_view::npos) {
    return std::nullopt;
  }
  std::string bytes;
  for (std::size_t at = begin + 1; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') {
      bytes.push_back(
          static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16)));
      at += 2;
    } else {
      bytes.push_back(text[at]);
    }
  }
  return bytes;
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find(' '));
}

/// One fixture while its lines are gone through.
class FixtureRun {
 public:
  explicit FixtureRun(const fs::path& source)
      : lines_(lines_of(source)), name_(source.stem().string()) {}

  void everything() {
    ASSERT_FALSE(lines_.empty()) << "no lines that say what is to be done";
    if (!install()) {
      return;
    }
    kernel_.emplace(system());
    stepper_.emplace(*kernel_);
    state_ = kernel_->initial();
    for (const Line& line : lines_) {
      step(line);
      if (testing::Test::HasFatalFailure()) {
        return;
      }
    }
  }

 private:
  /// False when it traps, and is meant to.
  bool install() {
    WasmOptions options;
    options.settings.self = Principal::canister(7);
    bool traps = false;
    for (const auto& [word, rest] : lines_) {
      if (word == "fuel") {
        options.fuel = std::stoull(rest);
      } else if (word == "environment") {
        const std::size_t equals = rest.find('=');
        options.settings.environment[rest.substr(0, equals)] = rest.substr(equals + 1);
      } else if (word == "controller") {
        options.settings.controllers.insert(Principal::from_bytes(in_quotes(rest).value()));
      } else if (word == "install") {
        traps = rest == "trap";
        options.init_argument = in_quotes(rest).value_or("");
      }
    }
    const std::string bytes = file_bytes(fmt::format("{}/{}.wasm", kCompiled, name_));
    try {
      program_ = std::make_shared<WasmProgram>(
          "canister",
          std::span<const std::uint8_t>(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                        bytes.size()),
          options);
    } catch (const Misuse& misuse) {
      EXPECT_TRUE(traps) << misuse.what();
      EXPECT_NE(std::string_view(misuse.what()).find("trapped"), std::string_view::npos)
          << misuse.what();
      return false;
    }
    EXPECT_FALSE(traps) << "the installation was to trap";
    principal_ = options.settings.self;
    return !traps;
  }

  System system() {
    System system;
    system.keep_results = true;
    system.clock = true;
    Installed installed;
    installed.name = "canister";
    installed.principal = principal_;
    installed.program = program_;
    system.canisters.push_back(installed);
    directory_->names = {"canister"};
    directory_->principals = {principal_};
    directory_->infos = {&program_->info()};
    directory_->clock = true;
    program_->connect(directory_);
    User user{"anonymous", ScriptOrder::kThen, {}};
    for (const auto& [word, rest] : lines_) {
      if (word == "call") {
        const MethodId method = program_->info().method(first_word(rest));
        EXPECT_NE(method, Send::kNoMethod) << rest;
        user.calls.push_back({0, method, in_quotes(rest).value_or("")});
      }
      system.faults.heartbeats += word == "heartbeat" ? 1 : 0;
    }
    system.users.push_back(user);
    return system;
  }

  void step(const Line& line) {
    if (line.word == "call") {
      begin();
      perform(EventKind::kStartIngress);
      drain();
      const std::string call = fmt::format("anonymous#{}", ++calls_);
      StateSource source(*kernel_, state_);
      const std::uint32_t id =
          source.answer({ObservationKind::kResult, 0, {}, kernel_->context_named(call)});
      ASSERT_NE(id, 0U) << call << " is unanswered";
      const Answer answer = kernel_->tables().answer(id - 1);
      answer_ = fmt::format("{}{}", answer.replied ? "reply" : "reject ",
                            answer.replied ? "" : std::to_string(static_cast<int>(answer.code)));
      text_ = kernel_->tables().values[answer.value];
    } else if (line.word == "query") {
      begin();
      query(line.rest);
    } else if (line.word == "timer" || line.word == "heartbeat") {
      begin();
      answer_ = "nothing";
      if (line.word == "heartbeat") {
        perform(EventKind::kHeartbeat);
      } else {
        if (!is_enabled(EventKind::kFireTimer)) {
          perform(EventKind::kAdvanceTime);
        }
        perform(EventKind::kFireTimer);
      }
      drain();
    } else if (line.word == "prints") {
      ASSERT_LT(printed_, prints_.size()) << "nothing more was printed";
      EXPECT_EQ(prints_[printed_++], in_quotes(line.rest).value());
    } else if (line.word == "expect") {
      const auto text = in_quotes(line.rest);
      const std::string_view whole = line.rest;
      const std::string_view words = whole.substr(0, whole.find(" \""));
      EXPECT_EQ(answer_, words) << text_;
      if (text && answer_ == "reply") {
        EXPECT_EQ(text_, *text);
      } else if (text) {
        EXPECT_NE(text_.find(*text), std::string::npos) << text_;
      }
    }
  }

  void begin() {
    prints_.clear();
    printed_ = 0;
    text_.clear();
  }

  void query(std::string_view rest) {
    StateSource source(*kernel_, state_);
    View view(kernel_->tables(), source);
    try {
      text_ = program_->query(view, 0, first_word(rest), in_quotes(rest).value_or(""));
      answer_ = "reply";
    } catch (const Misuse& misuse) {
      text_ = misuse.what();
      answer_ = text_.find("rejected: ") != std::string::npos ? "reject 4" : "reject 5";
    }
  }

  std::vector<Event> enabled() {
    std::vector<Event> events;
    stepper_->enabled(state_, events);
    return events;
  }

  bool is_enabled(EventKind kind) {
    const auto events = enabled();
    return std::ranges::find(events, kind, &Event::kind) != events.end();
  }

  void perform(EventKind kind) {
    const auto events = enabled();
    const auto event = std::ranges::find(events, kind, &Event::kind);
    if (event != events.end()) {
      perform(*event);
    }
  }

  void perform(const Event& event) {
    const Step& step = stepper_->step(state_, event);
    for (const auto& execution : step.executions) {
      if (execution.effects == nullptr) {
        continue;
      }
      if (event.kind == EventKind::kStartTask) {
        answer_ = execution.effects->end == PieceEnd::kTrapped ? "trap" : "done";
      }
      for (const std::string& note : execution.effects->notes) {
        constexpr std::string_view kPrint = "debug_print: ";
        if (note.starts_with(kPrint)) {
          prints_.push_back(note.substr(kPrint.size()));
        }
      }
    }
    Stepper::apply(state_, step);
  }

  /// Whatever follows from what was done, in the order in which it came to be possible.
  void drain() {
    std::vector<Event> waiting;
    while (true) {
      std::vector<Event> now = enabled();
      std::erase_if(now, [](const Event& event) {
        return event.is_optional() || event.kind == EventKind::kStartIngress ||
               event.kind == EventKind::kFireTimer || event.kind == EventKind::kAdvanceTime;
      });
      std::erase_if(waiting,
                    [&](const Event& event) { return std::ranges::find(now, event) == now.end(); });
      for (const Event& event : now) {
        if (std::ranges::find(waiting, event) == waiting.end()) {
          waiting.push_back(event);
        }
      }
      if (waiting.empty()) {
        return;
      }
      const Event next = waiting.front();
      waiting.erase(waiting.begin());
      perform(next);
    }
  }

  std::vector<Line> lines_;
  std::string name_;
  std::shared_ptr<WasmProgram> program_;
  Principal principal_;
  std::shared_ptr<Directory> directory_ = std::make_shared<Directory>();
  std::optional<Kernel> kernel_;
  std::optional<Stepper> stepper_;
  StateVector state_;
  std::size_t calls_ = 0;
  std::string answer_;
  std::string text_;
  std::vector<std::string> prints_;
  std::size_t printed_ = 0;
};

class SystemApiFixture : public testing::TestWithParam<fs::path> {};

TEST_P(SystemApiFixture, DoesAsItsFirstLinesSay) {
  if (kCompiled.empty()) {
    GTEST_SKIP() << "wat2wasm is missing; on Debian: apt-get install wabt";
  }
  FixtureRun(GetParam()).everything();
}

std::vector<fs::path> fixtures() {
  std::vector<fs::path> sources;
  if (fs::is_directory(kSources)) {
    for (const auto& entry : fs::directory_iterator(kSources)) {
      if (entry.path().extension() == ".wat") {
        sources.push_back(entry.path());
      }
    }
  }
  std::ranges::sort(sources);
  return sources;
}

INSTANTIATE_TEST_SUITE_P(SystemApi, SystemApiFixture, testing::ValuesIn(fixtures()),
                         [](const auto& param_info) { return param_info.param.stem().string(); });

}  // namespace
}  // namespace heddle::wasm
