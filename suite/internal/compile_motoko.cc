#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <heddle/suite/check_scenario.h>
#include <heddle/suite/internal/compile_motoko.h>

namespace heddle::internal {
namespace {

namespace fs = std::filesystem;

/// What Node runs: node -e kCompile -- PACKAGE OUTPUT ROOT MAIN IMPORTED..., the last ones relative
/// to ROOT. The compiler has a file system of its own. Mistakes go to the standard output.
constexpr std::string_view kCompile = R"js(
const { readFileSync, readdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const [pkg, output, root, ...sources] = process.argv.slice(1);
const motoko = require(pkg);
const bundles = join(pkg, 'packages', 'latest');
for (const bundle of readdirSync(bundles)) {
  motoko.loadPackage(JSON.parse(readFileSync(join(bundles, bundle))));
}
motoko.setPublicMetadata(['candid:service', 'candid:args']);
for (const source of sources) {
  motoko.write(source, readFileSync(join(root, source), 'utf8'));
}
const { diagnostics, code } = motoko.compiler.compileWasm('ic', sources[0]);
const kError = 1;
for (const { source, range, code, message, severity } of diagnostics) {
  if (severity === kError) {
    console.log(`${source}:${range.start.line + 1}:${range.start.character + 1}: ${message} [${code}]`);
  }
}
if (!code) {
  process.exit(1);
}
writeFileSync(output, code.wasm);
)js";

constexpr std::string_view kOtherwise =
    "or compile it yourself, and name the module: wasm = \"Bank.wasm\".";

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// The parts of a list of folders, "/usr/bin:/bin".
std::vector<fs::path> folders_of(const std::string& list) {
  std::vector<fs::path> folders;
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(':', begin), list.size());
    if (end > begin) {
      folders.emplace_back(list.substr(begin, end - begin));
    }
    begin = end + 1;
  }
  return folders;
}

/// As people would name it from where they are.
std::string shown(const fs::path& file) {
  std::error_code error;
  const fs::path near = fs::proximate(file, error);
  return error || near.string().starts_with("../..") ? file.string() : near.string();
}

// ---- Sources ------------------------------------------------------------------------------------

/// What stands in quotes after the word `import`; comments are read as well, which does no harm.
std::vector<std::string> imports_of(std::string_view text) {
  constexpr std::string_view kWord = "import";
  std::vector<std::string> names;
  for (std::size_t at = text.find(kWord); at != std::string_view::npos;
       at = text.find(kWord, at + kWord.size())) {
    const std::size_t quote = text.find_first_of("\";", at);
    if (quote == std::string_view::npos || text[quote] != '"') {
      continue;
    }
    const std::size_t end = text.find('"', quote + 1);
    if (end != std::string_view::npos) {
      names.emplace_back(text.substr(quote + 1, end - quote - 1));
    }
  }
  return names;
}

/// The file that `name`, imported in `folder`, stands for, if it is one of this machine's.
std::optional<fs::path> imported(const fs::path& folder, const std::string& name) {
  if (name.find(':') != std::string::npos) {
    return std::nullopt;
  }
  const fs::path path = (folder / name).lexically_normal();
  for (const fs::path& file : {path, fs::path(path.string() + ".mo"), path / "lib.mo"}) {
    if (fs::is_regular_file(file)) {
      return file;
    }
  }
  return std::nullopt;
}

struct Sources {
  fs::path main;
  fs::path root;  ///< a folder that holds all of them
  std::map<fs::path, std::string> texts;

  [[nodiscard]] std::string name(const fs::path& file) const {
    return file.lexically_relative(root).generic_string();
  }
};

Sources sources_of(const fs::path& file) {
  Sources sources;
  sources.main = fs::absolute(file).lexically_normal();
  sources.root = sources.main.parent_path();
  std::vector<fs::path> unread{sources.main};
  while (!unread.empty()) {
    const fs::path next = unread.back();
    unread.pop_back();
    if (sources.texts.contains(next)) {
      continue;
    }
    const std::string& text = sources.texts.emplace(next, read(next)).first->second;
    while (sources.name(next).starts_with("..")) {
      sources.root = sources.root.parent_path();
    }
    for (const std::string& name : imports_of(text)) {
      if (const auto found = imported(next.parent_path(), name)) {
        unread.push_back(*found);
      }
    }
  }
  return sources;
}

// ---- What is on this machine --------------------------------------------------------------------

std::optional<fs::path> find_node() {
  for (const fs::path& folder : folders_of(variable("PATH"))) {
    if (::access((folder / "node").c_str(), X_OK) == 0) {
      return folder / "node";
    }
  }
  return std::nullopt;
}

/// The compiler's package: beside the source or above it, as Node looks for it, then where we are,
/// in NODE_PATH, and where `npm install --global` puts it.
std::optional<fs::path> find_package(const fs::path& file, const std::optional<fs::path>& node) {
  std::vector<fs::path> places;
  for (const fs::path& begin : {file.parent_path(), fs::current_path()}) {
    for (fs::path folder = begin;; folder = folder.parent_path()) {
      places.push_back(folder / "node_modules");
      if (folder == folder.parent_path()) {
        break;
      }
    }
  }
  std::ranges::copy(folders_of(variable("NODE_PATH")), std::back_inserter(places));
  if (node) {
    std::error_code error;
    places.push_back(fs::canonical(*node, error).parent_path().parent_path() / "lib/node_modules");
  }
  for (const fs::path& place : places) {
    if (fs::is_regular_file(place / "motoko/package.json")) {
      return place / "motoko";
    }
  }
  return std::nullopt;
}

/// Where compiled modules are kept; nothing where there is no home.
std::optional<fs::path> cache_folder() {
  const std::string cache = variable("XDG_CACHE_HOME");
  const std::string home = variable("HOME");
  if (cache.empty() && home.empty()) {
    return std::nullopt;
  }
  return (cache.empty() ? fs::path(home) / ".cache" : fs::path(cache)) / "heddle" / "motoko";
}

std::string key_of(const Sources& sources, const fs::path& package) {
  std::string all = fmt::format("{}\n{}\n", kCompile, read(package / "package.json"));
  for (const auto& [file, text] : sources.texts) {
    all += fmt::format("{} {}\n{}\n", sources.name(file), text.size(), text);
  }
  const XXH128_hash_t hash = XXH3_128bits(all.data(), all.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

/// A folder that is removed with what is in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "heddle-motoko-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw MotokoError("no folder for the compiler's output can be made in " +
                            fs::temp_directory_path().string(),
                        "Say in TMPDIR where there is room.");
    }
    path_ = name;
  }

  ~ScratchFolder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }

  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// ---- Compiling ----------------------------------------------------------------------------------

struct Ran {
  int code = 0;
  std::string printed;
};

Ran run(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) {
    command += shell_word(word) + " ";
  }
  std::FILE* const pipe = ::popen((command + "2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) {
    return {-1, "no process can be started"};
  }
  Ran ran;
  std::array<char, 4096> buffer{};
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    ran.printed.append(buffer.data(), size);
  }
  const int status = ::pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

/// The compiler's lines, with files as people would name them.
std::string mistakes_of(const Sources& sources, const std::string& printed) {
  std::string text;
  for (std::size_t begin = 0; begin < printed.size();) {
    const std::size_t end = std::min(printed.find('\n', begin), printed.size());
    std::string line = printed.substr(begin, end - begin);
    for (const auto& [file, source] : sources.texts) {
      const std::string name = sources.name(file);
      if (line.starts_with(name + ":")) {
        line.replace(0, name.size(), shown(file));
        break;
      }
    }
    text += "\n  " + line;
    begin = end + 1;
  }
  return text;
}

std::string compile(const Sources& sources, const fs::path& node, const fs::path& package) {
  const ScratchFolder scratch;
  const fs::path output = scratch.path() / "actor.wasm";
  std::vector<std::string> words{node.string(),         "-e",
                                 std::string(kCompile), "--",
                                 package.string(),      output.string(),
                                 sources.root.string(), sources.name(sources.main)};
  for (const auto& [file, text] : sources.texts) {
    if (file != sources.main) {
      words.push_back(sources.name(file));
    }
  }
  const Ran ran = run(words);
  if (ran.code == 0 && fs::is_regular_file(output)) {
    return read(output);
  }
  throw MotokoError(
      fmt::format("{} does not compile:{}", shown(sources.main), mistakes_of(sources, ran.printed)),
      "The compiler is the npm package motoko; of other packages it has mo:core.");
}

/// Kept as a whole or not at all, also by two processes at once.
void keep(const std::string& module, const fs::path& file) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  const fs::path unfinished = file.string() + fmt::format(".{}", ::getpid());
  std::ofstream stream(unfinished, std::ios::binary);
  stream << module;
  stream.close();
  if (stream) {
    fs::rename(unfinished, file, error);
  }
  fs::remove(unfinished, error);
}

}  // namespace

std::string compile_motoko(const fs::path& file) {
  const Sources sources = sources_of(file);
  const auto node = find_node();
  const auto package = find_package(sources.main, node);
  if (!package) {
    throw MotokoError(
        fmt::format("{} cannot be compiled: {}", shown(file),
                    node ? "the npm package motoko is not installed" : "Node.js is not installed"),
        fmt::format("Install {} in its folder, {}",
                    node ? "it with npm install motoko"
                         : "Node.js (Debian: nodejs, npm) and run npm install motoko",
                    kOtherwise));
  }
  const auto folder = cache_folder();
  const fs::path kept = folder ? *folder / (key_of(sources, *package) + ".wasm") : fs::path();
  if (folder && fs::is_regular_file(kept)) {
    return read(kept);
  }
  if (!node) {
    throw MotokoError(fmt::format("{} cannot be compiled: Node.js is not installed", shown(file)),
                      fmt::format("Install Node.js (Debian: nodejs), {}", kOtherwise));
  }
  std::string module = compile(sources, *node, *package);
  if (folder) {
    keep(module, kept);
  }
  return module;
}

}  // namespace heddle::internal
