// The official test suite of the WebAssembly specification, which stands outside of the repository:
// the CMake variable HEDDLE_WASM_SPEC_DIR names the folder that holds it.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <heddle/wasm/engine/error.h>
#include <heddle/wasm/engine/host.h>
#include <heddle/wasm/engine/instance.h>
#include <heddle/wasm/engine/module.h>
#include <heddle/wasm/engine/trap.h>

namespace heddle::wasm {
namespace {

using Json = nlohmann::json;
using Path = std::filesystem::path;

/// Empty: the suite is not there.
constexpr std::string_view kTree = HEDDLE_WASM_SPEC_TREE;

/// Assertions that are not run, by file and line, and why.
const std::map<std::pair<std::string, int>, std::string> kNotRunAssertions = {
    {{"elem", 171}, "constant expressions may refer to the module's own globals since"},
    {{"elem", 175}, "constant expressions may refer to the module's own globals since"},
};

/// Some modules are only defined, and larger than what we would instantiate.
constexpr std::uint64_t kPages = std::uint64_t{1} << 48;
constexpr ModuleLimits kLimits = {.table_elements = ~std::uint64_t{0}, .memory_pages = kPages};

struct Count {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::map<std::string, std::size_t> not_run;  ///< by reason
};

std::vector<std::uint8_t> read_bytes(const Path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The module "spectest" that the suite's modules import from.
class SpecTest {
 public:
  [[nodiscard]] static bool has_function(const Import& import, const FunctionType& type) {
    using enum ValueType;
    static const std::map<std::string, std::vector<ValueType>> kPrinters = {
        {"print", {}},
        {"print_i32", {kI32}},
        {"print_i64", {kI64}},
        {"print_f32", {kF32}},
        {"print_f64", {kF64}},
        {"print_i32_f32", {kI32, kF32}},
        {"print_f64_f64", {kF64, kF64}}};
    const auto printer = kPrinters.find(import.name);
    if (printer == kPrinters.end()) {
      return false;
    }
    if (type.parameters != printer->second || !type.results.empty()) {
      throw WasmError(WasmError::Kind::kLink, 0, "import", "incompatible import type");
    }
    return true;
  }

  std::shared_ptr<Memory> memory = std::make_shared<Memory>(MemoryType{Limits{1, 2, false}}, 2);
  std::shared_ptr<Table> table =
      std::make_shared<Table>(TableType{ValueType::kFuncref, Limits{10, 20, false}});
  std::shared_ptr<Table> table64 =
      std::make_shared<Table>(TableType{ValueType::kFuncref, Limits{10, 20, true}});
  std::uint64_t i32 = 666;
  std::uint64_t i64 = 666;
  std::uint64_t f32 = 0x4426a666;          // 666.6
  std::uint64_t f64 = 0x4084d4cccccccccd;  // 666.6

  Host::GlobalCell global(const std::string& name) {
    if (name == "global_i32") {
      return {&i32, {ValueType::kI32, false}};
    }
    if (name == "global_i64") {
      return {&i64, {ValueType::kI64, false}};
    }
    if (name == "global_f32") {
      return {&f32, {ValueType::kF32, false}};
    }
    if (name == "global_f64") {
      return {&f64, {ValueType::kF64, false}};
    }
    return {};
  }
};

using Registered = std::map<std::string, Instance*>;

/// Answers one instance's imports from the registered ones.
class Linker : public Host {
 public:
  Linker(const Module& module, const Registered& registered, SpecTest& spec_test)
      : module_(module), registered_(registered), spec_test_(spec_test) {}

  bool provides(const Import& import, const FunctionType& type) override {
    if (import.module == "spectest") {
      if (spec_test_.has_function(import, type)) {
        targets_[import.index] = {};
        return true;
      }
      refuse_other_kind(spec_test_.global(import.name).slot != nullptr || import.name == "memory" ||
                        import.name == "table");
      return false;
    }
    Instance* const owner = owner_of(import);
    const Export* const found = owner == nullptr ? nullptr : exported(import);
    if (found == nullptr) {
      return false;
    }
    if (found->kind != ExternalKind::kFunction ||
        owner->module().function_type(found->index) != type) {
      incompatible();
    }
    targets_[import.index] = {owner, found->index};
    return true;
  }

  void call(Instance&, std::uint32_t function, std::span<const std::uint64_t> arguments,
            std::span<std::uint64_t> results) override {
    const Target& target = targets_.at(function);
    if (target.instance != nullptr) {
      target.instance->invoke(target.function, arguments, results);
    }
  }

  std::shared_ptr<Memory> memory(const Import& import) override {
    if (import.module == "spectest") {
      refuse_other_kind(import.name != "memory" && is_in_spec_test(import.name));
      return import.name == "memory" ? spec_test_.memory : nullptr;
    }
    const Export* const found = exported_as(import, ExternalKind::kMemory);
    return found == nullptr ? nullptr : owner_of(import)->shared_memory();
  }

  std::shared_ptr<Table> table(const Import& import) override {
    if (import.module == "spectest") {
      refuse_other_kind(!import.name.starts_with("table") && is_in_spec_test(import.name));
      return import.name == "table"     ? spec_test_.table
             : import.name == "table64" ? spec_test_.table64
                                        : nullptr;
    }
    const Export* const found = exported_as(import, ExternalKind::kTable);
    return found == nullptr ? nullptr : owner_of(import)->shared_table(found->index);
  }

  GlobalCell global(const Import& import) override {
    if (import.module == "spectest") {
      const GlobalCell cell = spec_test_.global(import.name);
      refuse_other_kind(cell.slot == nullptr && is_in_spec_test(import.name));
      return cell;
    }
    const Export* const found = exported_as(import, ExternalKind::kGlobal);
    return found == nullptr ? GlobalCell{} : owner_of(import)->global_cell(found->index);
  }

 private:
  struct Target {
    Instance* instance = nullptr;
    std::uint32_t function = 0;
  };

  [[noreturn]] static void incompatible() {
    throw WasmError(WasmError::Kind::kLink, 0, "import", "incompatible import type");
  }

  static void refuse_other_kind(bool is_other) {
    if (is_other) {
      incompatible();
    }
  }

  bool is_in_spec_test(const std::string& name) {
    return name.starts_with("print") || name.starts_with("table") || name == "memory" ||
           spec_test_.global(name).slot != nullptr;
  }

  Instance* owner_of(const Import& import) const {
    const auto owner = registered_.find(import.module);
    return owner == registered_.end() ? nullptr : owner->second;
  }

  const Export* exported(const Import& import) const {
    Instance* const owner = owner_of(import);
    return owner == nullptr ? nullptr : owner->module().find_export(import.name);
  }

  const Export* exported_as(const Import& import, ExternalKind kind) const {
    const Export* const found = exported(import);
    refuse_other_kind(found != nullptr && found->kind != kind);
    return found;
  }

  [[maybe_unused]] const Module& module_;
  const Registered& registered_;
  SpecTest& spec_test_;
  std::map<std::uint32_t, Target> targets_;
};

/// One script: the commands of a file, in order, over the instances that it makes.
class Script {
 public:
  Script(Path json, Count& count) : path_(std::move(json)), count_(count) {}

  void run() {
    std::ifstream file(path_);
    const Json script = Json::parse(file);
    for (const Json& command : script.at("commands")) {
      const std::string problem = check(command);
      if (problem == kPassed) {
        ++count_.passed;
      } else if (problem.starts_with(kNotRun)) {
        ++count_.not_run[problem.substr(kNotRun.size())];
      } else if (!problem.empty()) {
        ++count_.failed;
        ADD_FAILURE() << path_.filename() << " line " << command.at("line") << " "
                      << command.at("type") << ": " << problem;
      }
    }
  }

 private:
  static constexpr std::string_view kPassed = "passed";
  static constexpr std::string_view kNotRun = "not run: ";

  struct Loaded {
    std::shared_ptr<const Module> module;
    std::unique_ptr<Linker> linker;
    std::unique_ptr<Instance> instance;
  };

  /// kPassed, kNotRun with a reason, "" for what is no assertion, or what went wrong.
  std::string check(const Json& command) {
    const std::string type = command.at("type");
    const auto not_run = kNotRunAssertions.find({path_.stem(), command.at("line").get<int>()});
    if (not_run != kNotRunAssertions.end()) {
      return fmt::format("{}{}", kNotRun, not_run->second);
    }
    try {
      if (type == "module") {
        load(command);
        return "";
      }
      if (type == "register") {
        registered_[command.at("as")] = &instance(command, "name");
        return "";
      }
      if (type == "action") {
        act(command.at("action"));
        return "";
      }
      if (type == "assert_return") {
        return check_results(act(command.at("action")), command.at("expected"));
      }
    } catch (const std::exception& error) {
      return error.what();
    }
    if (type == "assert_trap" || type == "assert_exhaustion" || type == "assert_uninstantiable") {
      return check_trap(command);
    }
    return check_refusal(command, type);
  }

  std::string check_trap(const Json& command) {
    const std::string text = command.at("text");
    try {
      if (command.contains("action")) {
        act(command.at("action"));
      } else {
        load(command);
      }
    } catch (const Trap& trap) {
      // The reference interpreter adds an index to some.
      return text.starts_with(trap.message())
                 ? std::string(kPassed)
                 : fmt::format("{} instead of {}", trap.message(), text);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "it does not trap: " + text;
  }

  std::string check_refusal(const Json& command, const std::string& type) {
    if (command.value("module_type", "binary") != "binary") {
      return "not run: the text format";
    }
    const std::string text = command.at("text");
    try {
      load(command);
    } catch (const WasmError& error) {
      if (error.kind() == WasmError::Kind::kUnsupported) {
        return "refused as unsupported: " + error.cause();
      }
      const bool is_linked = error.kind() == WasmError::Kind::kLink;
      if (is_linked != (type == "assert_unlinkable")) {
        return fmt::format("{} where {} is expected", error.what(), text);
      }
      if (is_linked && !error.cause().starts_with(text)) {
        return fmt::format("{} instead of {}", error.what(), text);
      }
      return std::string(kPassed);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "it is accepted: " + text;
  }

  void load(const Json& command) {
    auto loaded = std::make_unique<Loaded>();
    const auto bytes = read_bytes(path_.parent_path() / command.at("filename").get<std::string>());
    loaded->module = Module::decode(bytes, kLimits);
    if (command.contains("definition")) {
      return;
    }
    loaded->linker = std::make_unique<Linker>(*loaded->module, registered_, spec_test_);
    InstanceOptions options;
    options.linkage = linkage_;
    loaded->instance = std::make_unique<Instance>(loaded->module, *loaded->linker, options);
    // Even when it fails from here on, its functions may have come into a shared table.
    Instance& instance = *loaded->instance;
    loaded_.push_back(std::move(loaded));
    instance.initialise();
    last_ = &instance;
    if (command.contains("name")) {
      named_[command.at("name")] = &instance;
    }
  }

  Instance& instance(const Json& json, const std::string& key) {
    if (json.contains(key)) {
      return *named_.at(json.at(key));
    }
    if (last_ == nullptr) {
      throw std::runtime_error("there is no module");
    }
    return *last_;
  }

  std::vector<std::uint64_t> act(const Json& action) {
    Instance& target = instance(action, "module");
    const Export* const found = target.module().find_export(action.at("field").get<std::string>());
    if (found == nullptr) {
      throw std::runtime_error("no such export");
    }
    if (action.at("type") == "get") {
      return {target.global(found->index)};
    }
    std::vector<std::uint64_t> arguments;
    for (const Json& argument : action.at("args")) {
      arguments.push_back(slot_of(argument));
    }
    const FunctionType& type = target.module().function_type(found->index);
    std::vector<std::uint64_t> results(type.results.size());
    target.invoke(found->index, arguments, results);
    return results;
  }

  /// A number in a script; the n-th extern reference is n + 1, as null is 0.
  static std::uint64_t slot_of(const Json& value) {
    const std::string type = value.at("type");
    const std::string text = value.at("value");
    if (text == "null") {
      return 0;
    }
    return std::stoull(text) + (type == "externref" ? 1 : 0);
  }

  static std::string check_results(const std::vector<std::uint64_t>& results,
                                   const Json& expected) {
    if (results.size() != expected.size()) {
      return "another number of results";
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (!matches(results[i], expected[i])) {
        return fmt::format("result {:#x} instead of {}", results[i], expected[i].dump());
      }
    }
    return std::string(kPassed);
  }

  static bool matches(std::uint64_t result, const Json& expected) {
    const std::string type = expected.at("type");
    const std::string text = expected.value("value", "");
    if (text.starts_with("nan:")) {
      // The canonical NaN is an arithmetic one.
      return (result & (type == "f32" ? 0x7fffffffU : 0x7fffffffffffffffU)) ==
             (type == "f32" ? 0x7fc00000U : 0x7ff8000000000000U);
    }
    if (text.empty() || (type == "funcref" && text != "null")) {
      return result != 0;
    }
    return result == slot_of(expected);
  }

  Path path_;
  Count& count_;
  SpecTest spec_test_;
  std::shared_ptr<Linkage> linkage_ = std::make_shared<Linkage>();
  std::vector<std::unique_ptr<Loaded>> loaded_;
  std::map<std::string, Instance*> named_;
  Registered registered_;
  Instance* last_ = nullptr;
};

TEST(WasmSpecification, EveryAssertionOfTheOfficialSuitePasses) {
  if (kTree.empty()) {
    GTEST_SKIP() << "Wasm specification suite: not run (HEDDLE_WASM_SPEC_DIR is not set)";
  }
  std::set<Path> scripts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kTree)) {
    if (entry.path().extension() == ".json") {
      scripts.insert(entry.path());
    }
  }
  Count count;
  for (const Path& script : scripts) {
    Script(script, count).run();
  }
  fmt::print("Wasm specification suite: {} files, {} assertions passed, {} failed\n",
             scripts.size(), count.passed, count.failed);
  for (const auto& [reason, number] : count.not_run) {
    fmt::print("Wasm specification suite: {} not run: {}\n", number, reason);
  }
  EXPECT_GT(count.passed, 30'000U);
}

}  // namespace
}  // namespace heddle::wasm
