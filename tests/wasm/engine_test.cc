// What Module and Instance promise beyond the specification: limits, fuel, depth, dirty blocks,
// capture and restore, hosts, and that hostile modules end in an error or a trap.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/wasm/engine/error.h>
#include <heddle/wasm/engine/instance.h>
#include <heddle/wasm/engine/module.h>
#include <heddle/wasm/engine/trap.h>

#include "wasm/module_bytes.h"

namespace heddle::wasm {
namespace {

using enum ValueType;

/// Provides every function; what calling one does is up to the test.
class TestHost : public Host {
 public:
  bool provides(const Import&, const FunctionType&) override { return is_willing; }

  void call(Instance& instance, std::uint32_t, std::span<const std::uint64_t> arguments,
            std::span<std::uint64_t> results) override {
    seen.assign(arguments.begin(), arguments.end());
    if (throws_foreign) {
      throw std::runtime_error("the host gave up");
    }
    if (!trap_text.empty()) {
      throw Trap(TrapKind::kHost, trap_text);
    }
    if (instance.has_memory() && !written.empty()) {
      instance.memory().write(written_at, written);
    }
    std::fill(results.begin(), results.end(), result);
  }

  bool is_willing = true;
  bool throws_foreign = false;
  std::string trap_text;
  std::vector<std::uint64_t> seen;
  std::uint64_t result = 0;
  std::uint64_t written_at = 0;
  std::vector<std::uint8_t> written;
};

/// What a module of one function of that type and body needs; memory 1 to 3 pages, exported "f".
ModuleBytes one_function(std::vector<ValueType> parameters, std::vector<ValueType> results,
                         const Body& body) {
  ModuleBytes module;
  const std::uint32_t type = module.type(std::move(parameters), std::move(results));
  module.memory(1, 3);
  module.export_function("f", module.function(type, {}, body));
  return module;
}

std::vector<std::uint64_t> invoke(Instance& instance, const std::string& name,
                                  std::vector<std::uint64_t> arguments = {}) {
  const std::uint32_t function = instance.module().exported_function(name).value();
  std::vector<std::uint64_t> results(instance.module().function_type(function).results.size());
  instance.invoke(function, arguments, results);
  return results;
}

TrapKind trap_of(Instance& instance, const std::string& name,
                 std::vector<std::uint64_t> arguments = {}) {
  try {
    invoke(instance, name, std::move(arguments));
  } catch (const Trap& trap) {
    return trap.kind();
  }
  throw std::runtime_error("it did not trap");
}

WasmError error_of(const Bytes& bytes, const ModuleLimits& limits = {}) {
  try {
    Module::decode(bytes, limits);
  } catch (const WasmError& error) {
    return error;
  }
  throw std::runtime_error("it was accepted");
}

std::vector<std::uint32_t> dirty(const Instance& instance) {
  const auto blocks = instance.memory().dirty_blocks();
  return {blocks.begin(), blocks.end()};
}

Body endless_loop() {
  return Body().op(0x03).op(0x40).op(0x0c, {0}).op(0x0b);
}

/// i32.store of the second parameter at the first.
Body store() {
  return Body().get(0).get(1).op(0x36, {2, 0});
}

TEST(Instance, EndlessLoopRunsOutOfFuel) {
  TestHost host;
  Instance instance(Module::decode(one_function({}, {}, endless_loop()).bytes()), host);
  instance.set_fuel(10'000);
  EXPECT_EQ(trap_of(instance, "f"), TrapKind::kOutOfFuel);
  EXPECT_EQ(instance.fuel(), 0U);
}

TEST(Instance, FuelIsTakenForTurnsOfLoopsAndCalls) {
  // f: calls g, then loops 5 times: 1 call and 4 turns back.
  ModuleBytes module;
  const std::uint32_t type = module.type({}, {});
  const std::uint32_t g = module.function(type, {}, Body());
  Body body;
  body.op(0x10, {g}).i32(5).set(0);
  body.op(0x03).op(0x40).get(0).i32(1).op(0x6b).op(0x22, {0}).op(0x0d, {0}).op(0x0b);
  module.export_function("f", module.function(type, {kI32}, body));
  TestHost host;
  Instance instance(Module::decode(module.bytes()), host);
  instance.set_fuel(100);
  invoke(instance, "f");
  EXPECT_EQ(instance.fuel(), 95U);
}

TEST(Instance, BulkOperationsBurnFuelByLength) {
  const Body fill = Body().i32(0).i32(7).get(0).bulk(0x0b, {0});
  TestHost host;
  Instance instance(Module::decode(one_function({kI32}, {}, fill).bytes()), host);
  instance.set_fuel(1'000);
  invoke(instance, "f", {6'400});
  EXPECT_EQ(instance.fuel(), 900U);
  instance.set_fuel(99);
  EXPECT_EQ(trap_of(instance, "f", {6'400}), TrapKind::kOutOfFuel);
}

TEST(Instance, DeepRecursionTrapsAtTheLimitAndTheInstanceGoesOn) {
  // f(n): if n is 0 then 0 else 1 + f(n - 1)
  Body body;
  body.get(0).op(0x45).op(0x04).op(0x7f).i32(0);
  body.op(0x05).get(0).i32(1).op(0x6b).op(0x10, {0}).i32(1).op(0x6a).op(0x0b);
  TestHost host;
  InstanceOptions options;
  options.call_depth_max = 1'000;
  Instance instance(Module::decode(one_function({kI32}, {kI32}, body).bytes()), host, options);
  EXPECT_EQ(invoke(instance, "f", {999}), std::vector<std::uint64_t>{999});
  EXPECT_EQ(trap_of(instance, "f", {1'000}), TrapKind::kCallStackExhausted);
  EXPECT_EQ(invoke(instance, "f", {999}), std::vector<std::uint64_t>{999});
}

TEST(Instance, TheDefaultDepthIsGenerous) {
  Body body;
  body.get(0).op(0x45).op(0x04).op(0x7f).i32(0);
  body.op(0x05).get(0).i32(1).op(0x6b).op(0x10, {0}).i32(1).op(0x6a).op(0x0b);
  TestHost host;
  Instance instance(Module::decode(one_function({kI32}, {kI32}, body).bytes()), host);
  EXPECT_EQ(invoke(instance, "f", {99'000}), std::vector<std::uint64_t>{99'000});
}

TEST(Instance, TheStackOfRegistersIsBoundedToo) {
  ModuleBytes module;
  const std::uint32_t type = module.type({}, {});
  const std::vector<ValueType> locals(1'000, kI64);
  module.export_function("f", module.function(type, locals, Body().op(0x10, {0})));
  TestHost host;
  InstanceOptions options;
  options.stack_slots_max = 10'000;
  Instance instance(Module::decode(module.bytes()), host, options);
  EXPECT_EQ(trap_of(instance, "f"), TrapKind::kCallStackExhausted);
}

TEST(Trap, TellsTheFunctionsThatWereRunningInnermostFirst) {
  ModuleBytes module;
  const std::uint32_t type = module.type({}, {});
  const std::uint32_t inner = module.function(type, {}, Body().op(0x00));
  const std::uint32_t middle = module.function(type, {}, Body().op(0x10, {inner}));
  module.export_function("f", module.function(type, {}, Body().op(0x10, {middle})));
  module.custom("name", name_section({"inner", "middle", "outer"}, {}));
  TestHost host;
  Instance instance(Module::decode(module.bytes()), host);
  try {
    invoke(instance, "f");
    FAIL();
  } catch (const Trap& trap) {
    EXPECT_EQ(trap.message(), "unreachable");
    EXPECT_EQ(trap.stack(), (std::vector<std::uint32_t>{0, 1, 2}));
    EXPECT_EQ(trap.depth(), 3U);
    EXPECT_EQ(instance.module().describe_function(trap.stack()[0]), "inner");
  }
}

TEST(Memory, StoresMarkTheirBlocksOnce) {
  TestHost host;
  Instance instance(Module::decode(one_function({kI32, kI32}, {}, store()).bytes()), host);
  constexpr std::uint32_t kBlock = Memory::kBlockBytes;
  invoke(instance, "f", {5 * kBlock, 1});
  invoke(instance, "f", {5 * kBlock + 8, 1});
  invoke(instance, "f", {3 * kBlock - 2, 1});  // across a border
  EXPECT_EQ(dirty(instance), (std::vector<std::uint32_t>{5, 2, 3}));
  instance.memory().clear_dirty();
  EXPECT_TRUE(dirty(instance).empty());
  invoke(instance, "f", {2 * kBlock - 4, 1});  // up to a border
  EXPECT_EQ(dirty(instance), std::vector<std::uint32_t>{1});
}

TEST(Memory, EveryKindOfStoreMarksTheBlockAfterABorder) {
  struct Store {
    std::uint8_t opcode;
    unsigned bytes;
    Body value;
  };

  const Store stores[] = {
      {0x36, 4, Body().i32(1)},
      {0x37, 8, Body().i64(1)},
      {0x38, 4, Body().op(0x43).fixed(1, 4)},
      {0x39, 8, Body().op(0x44).fixed(1, 8)},
      {0x3a, 1, Body().i32(1)},
      {0x3b, 2, Body().i32(1)},
      {0x3c, 1, Body().i64(1)},
      {0x3d, 2, Body().i64(1)},
      {0x3e, 4, Body().i64(1)},
  };
  for (const Store& kind : stores) {
    Body body;
    body.get(0).append(kind.value).op(kind.opcode, {0, 0});
    TestHost host;
    Instance instance(Module::decode(one_function({kI32}, {}, body).bytes()), host);
    invoke(instance, "f", {Memory::kBlockBytes - kind.bytes});
    EXPECT_EQ(dirty(instance), std::vector<std::uint32_t>{0}) << int{kind.opcode};
    instance.memory().clear_dirty();
    invoke(instance, "f", {Memory::kBlockBytes - kind.bytes + 1});
    EXPECT_EQ(dirty(instance).back(), 1U) << int{kind.opcode};
    EXPECT_EQ(dirty(instance).size(), kind.bytes == 1 ? 1U : 2U) << int{kind.opcode};
  }
}

TEST(Memory, BulkOperationsAndTheHostMarkToo) {
  constexpr std::uint32_t kBlock = Memory::kBlockBytes;
  ModuleBytes module;
  const std::uint32_t type = module.type({}, {});
  const std::uint32_t import = module.import_function("host", "write", type);
  module.memory(1);
  module.passive_data(Bytes(2 * kBlock, 9));
  const auto add = [&](const std::string& name, const Body& body) {
    module.export_function(name, module.function(type, {}, body));
  };
  add("fill", Body().i32(4 * kBlock).i32(1).i32(kBlock + 1).bulk(0x0b, {0}));
  add("copy", Body().i32(10 * kBlock).i32(4 * kBlock).i32(kBlock).bulk(0x0a, {0, 0}));
  add("init", Body().i32(20 * kBlock + 1).i32(0).i32(kBlock).bulk(0x08, {0, 0}));
  add("nothing", Body().i32(30 * kBlock).i32(1).i32(0).bulk(0x0b, {0}));
  add("host", Body().op(0x10, {import}));
  TestHost host;
  host.written = {1, 2, 3};
  host.written_at = 40 * kBlock - 1;
  Instance instance(Module::decode(module.bytes()), host);
  const auto dirty_after = [&](const std::string& name) {
    instance.memory().clear_dirty();
    invoke(instance, name);
    return dirty(instance);
  };
  EXPECT_EQ(dirty_after("fill"), (std::vector<std::uint32_t>{4, 5}));
  EXPECT_EQ(dirty_after("copy"), std::vector<std::uint32_t>{10});
  EXPECT_EQ(dirty_after("init"), (std::vector<std::uint32_t>{20, 21}));
  EXPECT_TRUE(dirty_after("nothing").empty());
  EXPECT_EQ(dirty_after("host"), (std::vector<std::uint32_t>{39, 40}));
}

TEST(Memory, WhatIsCutOffReadsAsZeroWhenItComesBack) {
  Memory memory(MemoryType{Limits{1, 4, false}}, 4);
  ASSERT_TRUE(memory.grow(1));
  const std::vector<std::uint8_t> bytes = {1, 2, 3};
  memory.write(Memory::kPageBytes + 5, bytes);
  memory.write(5, bytes);
  memory.set_pages(1);
  EXPECT_EQ(memory.dirty_blocks().size(), 1U);
  EXPECT_EQ(memory.dirty_blocks()[0], 0U);
  memory.set_pages(2);
  EXPECT_EQ(memory.read(Memory::kPageBytes + 5, 1)[0], 0);
  EXPECT_EQ(memory.read(5, 1)[0], 1);
  EXPECT_THROW(static_cast<void>(memory.read(2 * Memory::kPageBytes - 1, 2)), Trap);
  EXPECT_FALSE(memory.grow(3));
}

TEST(Instance, GrowingBeyondTheOptionIsRefusedNotTrapped) {
  const Body grow = Body().get(0).op(0x40, {0});
  ModuleBytes module;
  module.memory(1, 60'000, true);
  module.export_function("f", module.function(module.type({kI64}, {kI64}), {}, grow));
  TestHost host;
  InstanceOptions options;
  options.memory_pages_max = 10;
  Instance instance(Module::decode(module.bytes()), host, options);
  EXPECT_EQ(invoke(instance, "f", {9}), std::vector<std::uint64_t>{1});
  EXPECT_EQ(invoke(instance, "f", {1}), std::vector<std::uint64_t>{~std::uint64_t{0}});
  EXPECT_EQ(instance.memory().pages(), 10U);
}

TEST(Instance, AModuleThatWantsTooMuchMemoryIsRefusedByName) {
  ModuleBytes module;
  module.memory(50'000, {}, true);
  TestHost host;
  InstanceOptions options;
  options.memory_pages_max = 1'000;
  try {
    Instance(Module::decode(module.bytes()), host, options);
    FAIL();
  } catch (const WasmError& error) {
    EXPECT_EQ(error.cause(), "50000 pages of memory are wanted, 1000 allowed");
  }
}

/// One module that changes all that there is to change.
ModuleBytes changing_module() {
  ModuleBytes module;
  const std::uint32_t type = module.type({kI32}, {});
  module.memory(1, 10);
  module.table(4);
  const std::uint32_t global = module.global(kI64, true, Body().i64(7));
  module.passive_data({1, 2, 3});
  Body body;
  body.get(0).get(0).op(0x36, {2, 0});                         // i32.store
  body.op(0x23, {global}).i64(1).op(0x7c).op(0x24, {global});  // global += 1
  body.get(0).op(0x40, {0}).op(0x1a);                          // memory.grow
  body.i32(1).op(0xd2, {0}).op(0x26, {0});                     // table.set
  body.bulk(0x09, {0});                                        // data.drop
  const std::uint32_t function = module.function(type, {}, body);
  module.elements(Body().i32(0), {function});
  module.export_function("f", function);
  return module;
}

TEST(Cells, CaptureAndRestoreAreExact) {
  TestHost host;
  Instance instance(Module::decode(changing_module().bytes()), host);
  instance.initialise();
  instance.memory().clear_dirty();
  const Cells before = instance.capture_cells();
  invoke(instance, "f", {2});
  const Cells after = instance.capture_cells();
  EXPECT_EQ(after.memory_pages, 3U);
  EXPECT_EQ(after.globals, std::vector<std::uint64_t>{8});
  EXPECT_EQ(after.tables[0][1], after.tables[0][0]);
  EXPECT_EQ(after.dropped_data, std::vector<bool>{true});

  instance.restore_cells(before);
  EXPECT_EQ(instance.capture_cells(), before);
  EXPECT_EQ(instance.memory().pages(), 1U);
  instance.restore_cells(after);
  EXPECT_EQ(instance.capture_cells(), after);
}

TEST(Cells, ASetBlockIsNotDirty) {
  TestHost host;
  Instance instance(Module::decode(one_function({kI32, kI32}, {}, store()).bytes()), host);
  const std::vector<std::uint8_t> before(instance.memory().bytes().begin(),
                                         instance.memory().bytes().end());
  invoke(instance, "f", {1'000, 42});
  for (const std::uint32_t block : dirty(instance)) {
    const auto* const start = before.data() + std::size_t{block} * Memory::kBlockBytes;
    instance.memory().set_block(
        block, std::span<const std::uint8_t, Memory::kBlockBytes>(start, Memory::kBlockBytes));
  }
  instance.memory().clear_dirty();
  const auto bytes = instance.memory().bytes();
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), before.begin(), before.end()));
  EXPECT_TRUE(dirty(instance).empty());
}

TEST(Image, AFreshInstanceIsInTheImagesState) {
  TestHost host;
  Instance first(Module::decode(changing_module().bytes()), host);
  first.initialise();
  invoke(first, "f", {3});
  const Image image = first.capture_image();
  Instance second(image, host);
  EXPECT_EQ(second.capture_cells(), first.capture_cells());
  const auto a = first.memory().bytes();
  const auto b = second.memory().bytes();
  EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end()));
  EXPECT_TRUE(dirty(second).empty());
  // They share nothing but the module.
  invoke(second, "f", {1});
  EXPECT_NE(second.capture_cells(), first.capture_cells());
}

TEST(Module, TellsWhetherTablesAreWritten) {
  EXPECT_TRUE(Module::decode(changing_module().bytes())->writes_tables());
  EXPECT_FALSE(Module::decode(one_function({}, {}, endless_loop()).bytes())->writes_tables());
}

TEST(Module, NamesFunctionsAndGlobalsAndKeepsCustomSections) {
  ModuleBytes bytes = one_function({}, {}, Body());
  bytes.global(kI32, false, Body().i32(3));
  bytes.custom("name", name_section({"main"}, {"__heap_base"}));
  bytes.custom("icp:public candid:service", {'s'});
  const auto module = Module::decode(bytes.bytes());
  EXPECT_EQ(module->function_name(0), "main");
  EXPECT_EQ(module->global_name(0), "__heap_base");
  EXPECT_EQ(module->global_named("__heap_base"), 0U);
  EXPECT_EQ(module->function_named("absent"), std::nullopt);
  ASSERT_TRUE(module->custom_section("icp:public candid:service"));
  EXPECT_EQ(module->custom_section("icp:public candid:service")->size(), 1U);
}

TEST(Module, AFunctionWithoutANameIsCalledAsItIsExportedOrByItsNumber) {
  const auto module = Module::decode(one_function({}, {}, Body()).bytes());
  EXPECT_EQ(module->describe_function(0), "f");
  EXPECT_EQ(module->describe_function(1), "function 1");
}

TEST(Module, AMalformedNameSectionIsAsGoodAsNone) {
  ModuleBytes bytes = one_function({}, {}, Body());
  bytes.custom("name", {1, 0xff, 0xff, 0xff});
  EXPECT_EQ(Module::decode(bytes.bytes())->function_name(0), "");
}

TEST(WasmError, NamesTheOffsetTheSectionAndTheCause) {
  const Bytes bytes = one_function({}, {kI32}, Body().i64(1)).bytes();
  const WasmError error = error_of(bytes);
  EXPECT_EQ(error.kind(), WasmError::Kind::kInvalid);
  EXPECT_EQ(error.section(), "code");
  EXPECT_EQ(error.offset(), bytes.size() - 1);
  EXPECT_EQ(error.cause(), "type mismatch: i64 instead of i32");
}

TEST(WasmError, NamesWhatIsNotSupported) {
  EXPECT_EQ(error_of(one_function({}, {}, Body().op(0xfd)).bytes()).cause(),
            "SIMD is not supported");
  EXPECT_EQ(error_of(one_function({}, {}, Body().op(0x12, {0})).bytes()).cause(),
            "tail calls are not supported");
  EXPECT_EQ(error_of(one_function({}, {}, Body().op(0xfe)).bytes()).kind(),
            WasmError::Kind::kUnsupported);
}

TEST(WasmError, NamesTheLimitThatIsExceeded) {
  ModuleBytes module;
  const std::uint32_t type = module.type({}, {});
  for (int i = 0; i < 3; ++i) {
    module.function(type, {kI32}, Body());
    module.global(kI32, false, Body().i32(0));
    module.custom("icp:public x", {1, 2, 3});
  }
  ModuleLimits limits;
  limits.functions = 2;
  EXPECT_EQ(error_of(module.bytes(), limits).cause(), "more than 2 functions");
  limits = {};
  limits.globals = 2;
  EXPECT_EQ(error_of(module.bytes(), limits).cause(), "more than 2 globals");
  limits = {};
  limits.public_custom_bytes = 8;
  EXPECT_EQ(error_of(module.bytes(), limits).cause(), "more than 8 bytes in icp: custom sections");
  limits = {};
  limits.locals = 0;
  EXPECT_EQ(error_of(module.bytes(), limits).cause(), "more than 0 locals");
  limits = {};
  limits.code_bytes = 3;
  EXPECT_EQ(error_of(module.bytes(), limits).kind(), WasmError::Kind::kLimit);
}

TEST(Module, HostileCountsAreRefusedBeforeAnythingIsAllocated) {
  // Sections that announce four thousand million elements in a few bytes.
  for (std::uint8_t section = 1; section <= 11; ++section) {
    Bytes bytes = {0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, section, 5, 0xff, 0xff, 0xff, 0xff, 0x0f};
    EXPECT_THROW(Module::decode(bytes), WasmError) << int{section};
  }
  // Locals in billions.
  ModuleBytes module;
  module.function(module.type({}, {}), {}, Body());
  Bytes bytes = module.bytes();
  bytes.resize(bytes.size() - 3);  // size, locals, end
  const Bytes body = {8, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b};
  bytes[bytes.size() - 2] = static_cast<std::uint8_t>(1 + body.size());
  bytes.insert(bytes.end(), body.begin(), body.end());
  EXPECT_EQ(error_of(bytes).cause(), "more than 50000 locals");
}

TEST(Module, DeepNestingIsRefusedNotRecursedInto) {
  Body body;
  for (int i = 0; i < 60'000; ++i) {
    body.op(0x02).op(0x40);
  }
  for (int i = 0; i < 60'000; ++i) {
    body.op(0x0b);
  }
  EXPECT_EQ(error_of(one_function({}, {}, body).bytes()).cause(), "more than 50000 nested blocks");
}

TEST(Module, AnOperandStackBombIsRefused) {
  Body body;
  for (int i = 0; i < 100'001; ++i) {
    body.i32(0);
  }
  EXPECT_EQ(error_of(one_function({}, {}, body).bytes()).cause(),
            "more than 100000 operands on the stack");
}

TEST(Instance, ATrapInStartPassesToTheCaller) {
  ModuleBytes module;
  module.start(module.function(module.type({}, {}), {}, Body().op(0x00)));
  TestHost host;
  Instance instance(Module::decode(module.bytes()), host);
  EXPECT_THROW(instance.initialise(), Trap);
}

ModuleBytes host_caller() {
  ModuleBytes module;
  const std::uint32_t type = module.type({kI32, kI64}, {kI32});
  const std::uint32_t host = module.import_function("ic0", "do", type);
  const Body body = Body().get(0).get(1).op(0x10, {host}).i32(1).op(0x6a);
  module.export_function("f", module.function(type, {}, body));
  return module;
}

TEST(Host, GetsArgumentsAndGivesResults) {
  TestHost host;
  host.result = 0xaaaaaaaa00000029;  // only its low half is an i32
  Instance instance(Module::decode(host_caller().bytes()), host);
  EXPECT_EQ(invoke(instance, "f", {5, 6}), std::vector<std::uint64_t>{42});
  EXPECT_EQ(host.seen, (std::vector<std::uint64_t>{5, 6}));
}

TEST(Host, MayTrapWithAMessage) {
  TestHost host;
  host.trap_text = "ic0.do: not in this entry point";
  Instance instance(Module::decode(host_caller().bytes()), host);
  try {
    invoke(instance, "f", {5, 6});
    FAIL();
  } catch (const Trap& trap) {
    EXPECT_EQ(trap.message(), "ic0.do: not in this entry point");
    EXPECT_EQ(trap.stack(), std::vector<std::uint32_t>{1});
  }
}

TEST(Host, ItsOwnExceptionsPassThroughAndTheInstanceGoesOn) {
  TestHost host;
  host.throws_foreign = true;
  Instance instance(Module::decode(host_caller().bytes()), host);
  EXPECT_THROW(invoke(instance, "f", {5, 6}), std::runtime_error);
  host.throws_foreign = false;
  EXPECT_EQ(invoke(instance, "f", {5, 6}), std::vector<std::uint64_t>{1});
}

TEST(Host, WhatItDoesNotProvideIsNamed) {
  TestHost host;
  host.is_willing = false;
  try {
    Instance(Module::decode(host_caller().bytes()), host);
    FAIL();
  } catch (const WasmError& error) {
    EXPECT_EQ(error.kind(), WasmError::Kind::kLink);
    EXPECT_EQ(error.cause(), "unknown import: ic0.do");
  }
}

TEST(Instance, CallTableChecksElementAndType) {
  ModuleBytes module;
  const std::uint32_t type = module.type({kI64}, {});
  module.table(3, {}, true);
  const std::uint32_t global = module.global(kI64, true, Body().i64(0));
  const std::uint32_t callback = module.function(type, {}, Body().get(0).op(0x24, {global}));
  module.elements(Body().i64(1), {callback});
  TestHost host;
  Instance instance(Module::decode(module.bytes()), host);
  instance.initialise();
  const FunctionType callback_type{{kI64}, {}};
  const std::vector<std::uint64_t> arguments = {77};
  instance.call_table(0, 1, callback_type, arguments, {});
  EXPECT_EQ(instance.global(global), 77U);
  EXPECT_EQ(instance.referenced_function(instance.table(0).elements()[1]), callback);
  const auto kind_of = [&](std::uint64_t index, const FunctionType& wanted) {
    try {
      instance.call_table(0, index, wanted, arguments, {});
    } catch (const Trap& trap) {
      return trap.kind();
    }
    throw std::runtime_error("it did not trap");
  };
  EXPECT_EQ(kind_of(0, callback_type), TrapKind::kUninitializedElement);
  EXPECT_EQ(kind_of(3, callback_type), TrapKind::kUndefinedElement);
  EXPECT_EQ(kind_of(1, FunctionType{{kI32}, {}}), TrapKind::kIndirectCallTypeMismatch);
}

TEST(Instance, InvokeRefusesAWrongNumberOfArguments) {
  TestHost host;
  Instance instance(Module::decode(one_function({kI32, kI32}, {}, store()).bytes()), host);
  EXPECT_THROW(invoke(instance, "f", {1}), std::invalid_argument);
}

TEST(Instance, NaNsOfArithmeticAreCanonical) {
  // A NaN with a payload and a sign, plus 1.
  constexpr std::uint64_t kOther = 0xfff8000000001234;
  const Body add = Body().get(0).op(0x44).fixed(0x3ff0000000000000, 8).op(0xa0);
  TestHost host;
  Instance instance(Module::decode(one_function({kF64}, {kF64}, add).bytes()), host);
  EXPECT_EQ(invoke(instance, "f", {kOther}), std::vector<std::uint64_t>{0x7ff8000000000000});
}

}  // namespace
}  // namespace heddle::wasm
