#include "wasm/real_setting.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

#include <fmt/format.h>

#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::wasm {

std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error(fmt::format("{} cannot be read", path));
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

namespace {

/// The arguments at the types that the module says in `candid:args`.
std::string init_message(const std::string& bytes, const std::string& text) {
  const auto module =
      Module::decode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  const auto section = module->custom_section("icp:public candid:args");
  if (!section) {
    return candid::encode(candid::parse_arguments(text));
  }
  const auto types = candid::types_of(
      candid::parse_types({reinterpret_cast<const char*>(section->data()), section->size()}));
  return candid::encode(candid::parse_arguments(text, types), types);
}

}  // namespace

RealSetting::RealSetting() {
  system.keep_results = false;
}

AnyRef RealSetting::install(const std::string& name, const std::string& path,
                            const Options& options) {
  const std::string bytes = file_bytes(path);
  WasmOptions wasm;
  wasm.settings.self = Principal::named(name);
  wasm.settings.environment = options.environment;
  wasm.init_argument = init_message(bytes, options.init);
  wasm.compare_bytes = options.compare_bytes;
  wasm.swap_twins = options.swap_twins;
  const auto program = std::make_shared<WasmProgram>(
      name,
      std::span<const std::uint8_t>(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                    bytes.size()),
      wasm);
  programs_.push_back(program);
  const auto service = program->metadata("candid:service");
  interfaces_.push_back(service ? candid::parse_did(*service) : candid::Interface());
  add(name, program);
  return AnyRef(static_cast<CanisterId>(system.canisters.size() - 1));
}

void RealSetting::add(const std::string& name, const std::shared_ptr<Program>& program) {
  directory_->names.push_back(name);
  directory_->principals.push_back(Principal::named(name));
  directory_->infos.push_back(&program->info());
  program->connect(directory_);
  Installed installed;
  installed.name = name;
  installed.principal = Principal::named(name);
  installed.program = program;
  system.canisters.push_back(installed);
}

void RealSetting::call(const std::string& user, const AnyRef& canister, const std::string& method,
                       const std::string& arguments, ScriptOrder order) {
  const auto type = interfaces_[canister.id()].method(method);
  const std::string encoded =
      type ? candid::encode(candid::parse_arguments(arguments, candid::types_of(type->arguments())),
                            candid::types_of(type->arguments()))
           : candid::encode(candid::parse_arguments(arguments));
  auto known = std::ranges::find(system.users, user, &User::name);
  if (known == system.users.end()) {
    system.users.push_back({user, order, {}});
    known = system.users.end() - 1;
  }
  const MethodId id = programs_[canister.id()]->info().method(method);
  if (id == Send::kNoMethod) {
    throw std::runtime_error(fmt::format("there is no method {}", method));
  }
  known->calls.push_back({canister.id(), id, encoded});
}

std::string RealSetting::reply_text(CanisterId canister, const std::string& method,
                                    std::string_view bytes) const {
  const auto type = interfaces_[canister].method(method);
  candid::PrintOptions plain;
  plain.annotated = false;
  return candid::to_text(type ? candid::decode(bytes, candid::types_of(type->results()))
                              : candid::decode(bytes).values,
                         plain);
}

std::string RealSetting::ask(const State& state, const AnyRef& canister, const std::string& method,
                             const std::string& arguments) const {
  return reply_text(
      canister.id(), method,
      state.query(canister, method, candid::encode(candid::parse_arguments(arguments))));
}

Verdict RealSetting::explore(const Outcome& outcome, CheckOptions options) {
  directory_->clock = system.clock;
  Claims claims;
  if (outcome) {
    claims.outcome_sets.push_back({"outcome", outcome});
  }
  if (options.threads == 0) {
    options.threads = 1;
  }
  return check(system, claims, options);
}

std::set<std::string> RealSetting::values(const Verdict& verdict) {
  std::set<std::string> values;
  for (const auto& witness : verdict.outcomes.at("outcome")) {
    values.insert(witness.value);
  }
  return values;
}

std::uint64_t RealSetting::walk_at_random(int schedules, std::uint64_t seed) {
  Kernel kernel(system);
  Stepper stepper(kernel, {.memo = true, .recheck_every = 1});
  std::mt19937_64 random(seed);
  std::vector<Event> events;
  for (int i = 0; i < schedules; ++i) {
    StateVector state = kernel.initial();
    while (true) {
      events.clear();
      stepper.enabled(state, events);
      std::erase_if(events, &Event::is_optional);
      if (events.empty()) {
        break;
      }
      Stepper::apply(state, stepper.step(state, events[random() % events.size()]));
    }
  }
  return stepper.statistics().pieces_recalled;
}

std::vector<std::string> RealSetting::run_in_order() {
  System kept = system;
  kept.keep_results = true;
  Kernel kernel(kept);
  Stepper stepper(kernel);
  StateVector state = kernel.initial();
  std::vector<Event> events;
  for (stepper.enabled(state, events); !events.empty() && !events.front().is_optional();
       stepper.enabled(state, events)) {
    Stepper::apply(state, stepper.step(state, events.front()));
    events.clear();
  }
  std::vector<std::string> answers;
  StateSource source(kernel, state);
  for (const User& user : kept.users) {
    for (std::size_t i = 0; i < user.calls.size(); ++i) {
      const ContextId context = kernel.context_named(fmt::format("{}#{}", user.name, i + 1));
      const std::uint32_t id = source.answer({ObservationKind::kResult, 0, {}, context});
      if (id == 0) {
        answers.emplace_back("unanswered");
        continue;
      }
      const Answer answer = kernel.tables().answer(id - 1);
      const std::string_view bytes = kernel.tables().values[answer.value];
      const UserCall& call = user.calls[i];
      answers.push_back(answer.replied
                            ? reply_text(call.canister,
                                         programs_[call.canister]->info().methods[call.method].name,
                                         bytes)
                            : fmt::format("{}: {}", to_string(answer.code), bytes));
    }
  }
  return answers;
}

}  // namespace heddle::wasm
