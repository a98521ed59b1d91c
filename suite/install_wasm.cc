#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/shown.h>
#include <heddle/model/view.h>
#include <heddle/properties/state.h>
#include <heddle/suite/install_wasm.h>
#include <heddle/suite/internal/pattern.h>
#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/model_values.h>
#include <heddle/wasm/engine/error.h>
#include <heddle/wasm/engine/module.h>
#include <heddle/wasm/wasm_program.h>

namespace heddle {
namespace {

std::optional<Principal> principal_named(std::string_view name) {
  if (name.empty() || name.size() > Principal::kNameSizeMax ||
      name.find(' ') != std::string_view::npos) {
    return std::nullopt;
  }
  return Principal::named(name);
}

std::optional<std::string> name_of_principal(const Principal& principal) {
  const auto name = principal.name();
  return name ? std::optional<std::string>(*name) : std::nullopt;
}

std::optional<std::string> metadata(const wasm::Module& module, std::string_view section) {
  for (const std::string_view kind : {"icp:public ", "icp:private "}) {
    if (const auto found = module.custom_section(fmt::format("{}{}", kind, section))) {
      return std::string(found->begin(), found->end());
    }
  }
  return std::nullopt;
}

/// The types of the init argument: Motoko gives them apart from the service.
std::vector<candid::Type> init_types(const wasm::Module& module,
                                     const candid::Interface& interface) {
  if (!interface.init_arguments().empty()) {
    return candid::types_of(interface.init_arguments());
  }
  const auto arguments = metadata(module, "candid:args");
  return arguments ? candid::types_of(candid::parse_types(*arguments, interface.parse_options()))
                   : std::vector<candid::Type>{};
}

/// What traces show of the canister's state: its queries that take no arguments.
std::vector<wasm::WasmProgram::ShownQuery> shown_queries(
    const wasm::WasmProgram& program, const std::shared_ptr<const CandidCanister>& canister) {
  constexpr std::size_t kShownMax = 6;
  std::vector<wasm::WasmProgram::ShownQuery> queries;
  for (const MethodInfo& method : program.info().methods) {
    const auto type = canister->interface().method(method.name);
    if (queries.size() < kShownMax && method.kind == MethodKind::kQuery && type &&
        type->annotations().query && type->arguments().empty() && !type->results().empty()) {
      queries.push_back({method.name + "()", method.name, canister->arguments(method.name, "()"),
                         [canister, name = method.name](std::string_view bytes) {
                           return canister->reply_value(name, bytes);
                         }});
    }
  }
  return queries;
}

}  // namespace

CandidCanister::CandidCanister(std::string canister, candid::Interface interface,
                               PrincipalNames names,
                               std::map<std::string, ModelMessages, std::less<>> model)
    : canister_(std::move(canister)),
      interface_(std::move(interface)),
      names_(std::move(names)),
      model_(std::move(model)) {
  if (!names_.principal_of) {
    names_.principal_of = principal_named;
  }
  if (!names_.name_of) {
    names_.name_of = name_of_principal;
  }
}

candid::ParseOptions CandidCanister::parse_options() const {
  candid::ParseOptions options = interface_.parse_options();
  options.principal_of_name = names_.principal_of;
  return options;
}

candid::Type CandidCanister::method(std::string_view method) const {
  if (const auto type = interface_.method(method)) {
    return *type;
  }
  const std::vector<std::string> names = interface_.method_names();
  const std::vector<std::string> near = internal::nearest(method, names);
  throw Misuse(
      fmt::format("{} has no method {}; {}", canister_, method,
                  names.empty()  ? "its Candid interface is unknown or empty: give it a .did"
                  : near.empty() ? fmt::format("it has {}", fmt::join(names, ", "))
                                 : fmt::format("did you mean {}?", fmt::join(near, " or "))));
}

std::string CandidCanister::arguments(std::string_view method, std::string_view text) const {
  const candid::Type type = this->method(method);
  if (type.annotations().composite_query) {
    throw Misuse(
        fmt::format("{}.{} is a composite query, and these are not modelled. Call the "
                    "queries that it calls.",
                    canister_, method));
  }
  const std::vector<candid::Type> types = candid::types_of(type.arguments());
  std::string message =
      candid::encode(candid::parse_arguments(text, types, parse_options()), types);
  const auto model = model_.find(method);
  return model == model_.end() ? std::move(message)
                               : candid::bytes_of_message(model->second.arguments(), message);
}

std::string CandidCanister::message(std::string_view method, std::string_view bytes,
                                    bool is_reply) const {
  const auto model = model_.find(method);
  return model == model_.end()
             ? std::string(bytes)
             : candid::message_of(is_reply ? model->second.reply() : model->second.arguments(),
                                  bytes);
}

std::vector<candid::Value> CandidCanister::reply(std::string_view method,
                                                 std::string_view bytes) const {
  return candid::decode(message(method, bytes, true),
                        candid::types_of(this->method(method).results()));
}

std::string CandidCanister::text(std::string_view bytes, const std::vector<candid::Type>& types,
                                 bool known, bool annotated) const {
  candid::PrintOptions options = candid::PrintOptions::shortened();
  options.annotated = annotated;
  options.name_of_principal = names_.name_of;
  try {
    return candid::to_text(known ? candid::decode(bytes, types) : candid::decode(bytes).values,
                           options);
  } catch (const candid::CandidError&) {
    return fmt::format("({} bytes{})", bytes.size(), known ? " of another type" : "");
  }
}

std::string CandidCanister::arguments_text(std::string_view method, std::string_view bytes) const {
  const auto type = interface_.method(method);
  return text(message(method, bytes, false),
              type ? candid::types_of(type->arguments()) : std::vector<candid::Type>{},
              type.has_value(), !type.has_value());
}

std::string CandidCanister::reply_text(std::string_view method, std::string_view bytes) const {
  const auto type = interface_.method(method);
  return text(message(method, bytes, true),
              type ? candid::types_of(type->results()) : std::vector<candid::Type>{},
              type.has_value(), true);
}

std::string CandidCanister::text(const candid::Value& value) const {
  candid::PrintOptions options = candid::PrintOptions::shortened();
  options.annotated = false;
  options.name_of_principal = names_.name_of;
  return candid::to_text(value, options);
}

std::string CandidCanister::reply_value(std::string_view method, std::string_view bytes) const {
  const std::vector<candid::Value> results = reply(method, bytes);
  candid::PrintOptions options;
  options.annotated = false;
  options.name_of_principal = names_.name_of;
  return results.size() == 1 ? candid::to_text(results.front(), options)
                             : candid::to_text(results, options);
}

std::string CandidRef::query(const State& now, std::string_view method,
                             std::string_view text) const {
  return canister_->reply_value(method,
                                now.query(*this, method, canister_->arguments(method, text)));
}

CandidRef install_wasm(Scenario& scenario, std::string_view canister,
                       std::span<const std::uint8_t> module, WasmInstallation installation) {
  const std::string name(canister);
  try {
    const std::shared_ptr<const wasm::Module> decoded = wasm::Module::decode(module);
    candid::Interface interface;
    if (installation.interface) {
      interface = *std::move(installation.interface);
    } else if (const auto service = metadata(*decoded, "candid:service")) {
      interface = candid::parse_did(*service, {.source = name + "'s candid:service", .load = {}});
    }
    const std::vector<candid::Type> types = init_types(*decoded, interface);
    const auto speaker =
        std::make_shared<const CandidCanister>(name, std::move(interface), installation.names);

    wasm::WasmOptions options;
    options.settings.self = installation.id.value_or(Principal::named(canister));
    options.settings.controllers = {installation.controllers.begin(),
                                    installation.controllers.end()};
    options.settings.environment = std::move(installation.environment);
    options.fuel = installation.fuel.value_or(options.fuel);
    try {
      options.init_argument = candid::encode(
          candid::parse_arguments(installation.init, types, speaker->parse_options()), types);
    } catch (const candid::CandidError& error) {
      throw BadInitArgument(
          fmt::format("{}: its init argument is {}, and should be of type {}: {}", name,
                      installation.init, candid::to_text(types), error.what()),
          error, candid::to_text(types));
    }
    auto program = std::make_shared<wasm::WasmProgram>(name, decoded, std::move(options));
    for (const MethodInfo& method : program->info().methods) {
      program->show_messages(
          method.name,
          [speaker, called = method.name](std::string_view bytes) {
            return Shown{Shown::Kind::kName, speaker->arguments_text(called, bytes)};
          },
          [speaker, called = method.name](std::string_view bytes) {
            return Shown{Shown::Kind::kName, speaker->reply_text(called, bytes)};
          });
    }
    program->show_state(shown_queries(*program, speaker),
                        [speaker](const candid::Value& value) { return speaker->text(value); });
    return {scenario.install_program(canister, std::move(program), installation.id), speaker};
  } catch (const wasm::WasmError& error) {
    throw Misuse(
        fmt::format("{}: its module cannot be used: {}. Is the file whole, and compiled for "
                    "the Internet Computer?",
                    name, error.what()));
  } catch (const candid::CandidError& error) {
    throw Misuse(fmt::format("{}: its Candid interface cannot be read: {}", name, error.what()));
  }
}

CandidRef install_wasm(Scenario& scenario, std::string_view canister,
                       const std::filesystem::path& file, WasmInstallation installation) {
  std::ifstream stream(file, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad()) {
    throw Misuse(
        fmt::format("{}: cannot read {}: {}", canister, file.string(), std::strerror(errno)));
  }
  return install_wasm(scenario, canister,
                      std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()),
                      std::move(installation));
}

}  // namespace heddle
