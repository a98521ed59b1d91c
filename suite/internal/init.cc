// init: a first scenario file, made of what a canister says of itself.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/principal.h>
#include <heddle/model/view.h>
#include <heddle/suite/install_wasm.h>
#include <heddle/suite/internal/compile_motoko.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/text.h>
#include <heddle/wasm/candid/type.h>
#include <heddle/wasm/engine/error.h>
#include <heddle/wasm/engine/module.h>

namespace heddle::internal {
namespace {

using candid::Kind;

constexpr std::size_t kDepthMax = 8;

/// A value of this type as text. References name the canister itself, principals a user.
std::string sample(const candid::Type& type, const std::string& canister, std::size_t depth = 0) {
  if (depth > kDepthMax) {
    return "null";
  }
  const auto fields = [&](const std::vector<candid::Field>& all, std::size_t most) {
    std::vector<std::string> texts;
    for (const candid::Field& field : all) {
      if (texts.size() < most) {
        texts.push_back(
            fmt::format("{} = {}", field.label.to_text(), sample(field.type, canister, depth + 1)));
      }
    }
    return fmt::format("{}", fmt::join(texts, "; "));
  };
  switch (type.kind()) {
    case Kind::kBool:
      return "true";
    case Kind::kFloat32:
    case Kind::kFloat64:
      return "1.0";
    case Kind::kText:
      return "\"a\"";
    case Kind::kPrincipal:
      return "principal \"alice\"";
    case Kind::kVec:
      return type.is_blob() ? "blob \"\"" : "vec {}";
    case Kind::kRecord:
      return fmt::format("record {{ {} }}", fields(type.fields(), type.fields().size()));
    case Kind::kVariant:
      return fmt::format("variant {{ {} }}", fields(type.fields(), 1));
    case Kind::kService:
      return fmt::format("service \"{}\"", canister);
    case Kind::kFunc:
      return fmt::format("func \"{}\".method", canister);
    case Kind::kNull:
    case Kind::kOpt:
    case Kind::kReserved:
    case Kind::kEmpty:
    case Kind::kFuture:
      return "null";
    default:
      return "1";
  }
}

std::string samples(const std::vector<candid::Type>& types, const std::string& canister) {
  std::vector<std::string> texts;
  for (const candid::Type& type : types) {
    texts.push_back(sample(type, canister));
  }
  return fmt::format("({})", fmt::join(texts, ", "));
}

/// In single quotes, which TOML takes literally, where double ones would have to be escaped.
std::string toml_text(const std::string& text) {
  return text.find('"') == std::string::npos ? fmt::format("\"{}\"", text)
                                             : fmt::format("'{}'", text);
}

/// "MyBank" becomes "mybank".
std::string canister_name(const std::filesystem::path& file) {
  std::string name;
  for (const char c : file.stem().string()) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  const bool is_usable = !name.empty() &&
                         std::isalpha(static_cast<unsigned char>(name.front())) != 0 &&
                         name != "alice" && name != "bob";
  return is_usable ? name.substr(0, Principal::kNameSizeMax) : "canister";
}

/// What is known of the canister.
struct Subject {
  std::filesystem::path wasm;  ///< or the actor that it is compiled of
  std::filesystem::path did;   ///< empty: the module says its interface itself
  candid::Interface interface;
  std::vector<candid::Type> init;
};

std::optional<std::string> metadata(const wasm::Module& module, std::string_view section) {
  const auto found = module.custom_section(fmt::format("icp:public {}", section));
  return found ? std::optional(std::string(found->begin(), found->end())) : std::nullopt;
}

bool is_motoko(const std::filesystem::path& file) {
  return file.extension() == ".mo";
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Subject subject_of(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) {
    throw WrongUsage(fmt::format("there is no file {}", shell_word(file.string())));
  }
  Subject subject;
  try {
    if (file.extension() == ".did") {
      subject.did = file;
      subject.wasm = std::filesystem::path(file).replace_extension(".wasm");
      subject.interface = candid::load_did(file);
      subject.init = candid::types_of(subject.interface.init_arguments());
      return subject;
    }
    subject.wasm = file;
    const std::string bytes = is_motoko(file) ? compile_motoko(file) : content_of(file);
    const auto module = wasm::Module::decode(
        std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
    const auto service = metadata(*module, "candid:service");
    if (!service) {
      throw Misuse(fmt::format(
          "{} does not say its Candid interface (it has no candid:service metadata): name its .did "
          "file instead",
          file.string()));
    }
    subject.interface = candid::parse_did(*service, {.source = file.string(), .load = {}});
    subject.init = candid::types_of(subject.interface.init_arguments());
    if (const auto arguments = metadata(*module, "candid:args");
        arguments && subject.init.empty()) {
      subject.init =
          candid::types_of(candid::parse_types(*arguments, subject.interface.parse_options()));
    }
  } catch (const wasm::WasmError& error) {
    throw Misuse(fmt::format("{} is no module that can be used: {}", file.string(), error.what()));
  } catch (const candid::CandidError& error) {
    throw Misuse(fmt::format("{}: its interface cannot be read: {}", file.string(), error.what()));
  }
  return subject;
}

std::string relative_to(const std::filesystem::path& file, const std::filesystem::path& folder) {
  return std::filesystem::relative(file, folder.empty() ? "." : folder).generic_string();
}

std::string scenario_of(const Subject& subject, const std::filesystem::path& folder) {
  const std::string name = canister_name(subject.wasm);
  std::vector<std::string> updates;
  std::vector<std::string> queries;
  for (const std::string& method : subject.interface.method_names()) {
    const candid::Type type = *subject.interface.method(method);
    const std::string call =
        fmt::format("{}.{}{}", name, method, samples(candid::types_of(type.arguments()), name));
    const candid::Annotations annotations = type.annotations();
    if (annotations.query) {
      if (!type.results().empty()) {
        queries.push_back(call);
      }
    } else if (!annotations.composite_query) {
      updates.push_back(call);
    }
  }
  const std::vector<std::string>& called = updates.empty() ? queries : updates;
  if (called.empty()) {
    throw Misuse(fmt::format("{} has no methods, so nobody can call it", subject.wasm.string()));
  }

  std::string text = fmt::format(
      "description = \"what can become of {0} when two users call it at once\"\n"
      "# Without faults. Leave it out, and the environment may fail as well.\n"
      "profile = \"happy\"\n\n[canister.{0}]\n{1} = {2}\n",
      name, is_motoko(subject.wasm) ? "motoko" : "wasm",
      toml_text(relative_to(subject.wasm, folder)));
  if (!subject.did.empty()) {
    text += fmt::format("candid = {}\n", toml_text(relative_to(subject.did, folder)));
  }
  if (!subject.init.empty()) {
    text += fmt::format("# Sample values of {}.\ninit = {}\n", candid::to_text(subject.init),
                        toml_text(samples(subject.init, name)));
  }
  const std::vector<std::string> users{"alice", "bob"};
  for (std::size_t i = 0; i < users.size(); ++i) {
    text += fmt::format("\n[user.{}]\ncalls = [{}]\n", users[i],
                        toml_text(called[std::min(i, called.size() - 1)]));
  }
  if (updates.size() > users.size()) {
    text += "\n# More to call:\n";
    for (std::size_t i = users.size(); i < updates.size(); ++i) {
      text += fmt::format("#   {}\n", updates[i]);
    }
  }
  text += "\n# What the queries may reply in the end.\n";
  for (const std::string& query : queries) {
    text += fmt::format("[[outcomes]]\nname = {}\nof = {}\n\n", toml_text(query), toml_text(query));
  }
  text += fmt::format(
      "# What must hold in every state (docs/expressions.md):\n"
      "# [[always]]\n# name = \"solvent\"\n# holds = '{} == ...'\n",
      queries.empty() ? name + ".query()" : queries.front());
  return text;
}

}  // namespace

int run_init(const CommandLine& line, const Console& console) {
  const std::filesystem::path file = line.names.front();
  const Subject subject = subject_of(file);
  if (!line.output) {
    console.out << scenario_of(subject, {});
    return kVerifiedCode;
  }
  if (std::filesystem::exists(*line.output)) {
    throw WrongUsage(
        fmt::format("{} exists; name another file, or remove it", shell_word(*line.output)));
  }
  write_file(*line.output, scenario_of(subject, std::filesystem::path(*line.output).parent_path()));
  console.out << fmt::format("Wrote {0}. Next: {1} check {0}\n", shell_word(*line.output),
                             line.program);
  return kVerifiedCode;
}

}  // namespace heddle::internal
