// Where a canister's code comes from: a module, or the Motoko actor that it is compiled of.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include <heddle/suite/internal/compile_motoko.h>
#include <heddle/suite/internal/file_describer.h>

namespace heddle::internal {

std::string FileDescriber::module_of(const TomlNode& canister, std::string_view where) const {
  const TomlNode* const motoko = entry(canister, "motoko", Kind::kText);
  const TomlNode& source =
      motoko != nullptr ? *motoko : needed(canister, "wasm", Kind::kText, where, "\"Bank.wasm\"");
  if (motoko != nullptr && canister.find("wasm") != nullptr) {
    document_.fail(motoko->key_place, fmt::format("{} has wasm and motoko", where),
                   "Name the module, or the actor that it is compiled of.");
  }
  const std::string file = path(source.text);
  if (!std::filesystem::is_regular_file(file)) {
    document_.fail(document_.within(source, 0), fmt::format("there is no file {}", file),
                   "Names are relative to the scenario file's folder.");
  }
  if (motoko != nullptr) {
    try {
      return compile_motoko(file);
    } catch (const MotokoError& error) {
      document_.fail(document_.within(source, 0), error.problem(), error.next());
    }
  }
  std::ifstream stream(file, std::ios::binary);
  std::string module{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad()) {
    document_.fail(document_.within(source, 0),
                   fmt::format("cannot read {}: {}", file, std::strerror(errno)));
  }
  return module;
}

}  // namespace heddle::internal
