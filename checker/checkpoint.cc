#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include <heddle/checker/checkpoint.h>
#include <heddle/checker/partial_order.h>
#include <heddle/checker/symmetry.h>

namespace heddle {

namespace {

using internal::ArchiveReader;
using internal::ArchiveWriter;
using internal::Checksum;
using Identity = std::vector<std::pair<std::string, std::string>>;

/// Changes with what files contain.
constexpr std::uint64_t kFormat = 0x3174706b63646868U;
/// Checkpoints are at least so many times as far apart as one takes.
constexpr int kApart = 50;
constexpr std::size_t kReadBytes = std::size_t{1} << 20U;

std::string error_text(int error) {
  return std::generic_category().message(error);
}

std::string text_of(std::uint64_t hash) {
  return fmt::format("{:016x}", hash);
}

// What a file is for.

/// The program's own file: whatever canister code or property has changed, this has.
std::string program_text() {
  static const std::string text = [] {
    Checksum checksum;
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    std::vector<char> buffer(kReadBytes);
    while (file >= 0) {
      const ::ssize_t got = ::read(file, buffer.data(), buffer.size());
      if (got <= 0) {
        break;
      }
      checksum.add(buffer.data(), static_cast<std::size_t>(got));
    }
    if (file >= 0) {
      ::close(file);
    }
    return text_of(checksum.value());
  }();
  return text;
}

/// Hashes texts and numbers one after the other.
class Hash {
 public:
  void add(std::string_view text) {
    add(text.size());
    checksum_.add(text.data(), text.size());
  }

  void add(std::uint64_t number) {
    checksum_.add(reinterpret_cast<const char*>(&number), sizeof number);
  }

  [[nodiscard]] std::string text() const { return text_of(checksum_.value()); }

 private:
  Checksum checksum_;
};

std::string system_text(const System& system) {
  Hash hash;
  for (const Installed& canister : system.canisters) {
    hash.add(canister.name);
    hash.add(canister.principal.bytes());
    hash.add(canister.environment ? 1U : 0U);
    hash.add(canister.inspect_may_drop ? 1U : 0U);
    for (const auto& [method, answers] : canister.answers) {
      hash.add(method);
      for (const EnvironmentAnswer& answer : answers) {
        hash.add(static_cast<std::uint64_t>(answer.kind));
        hash.add(answer.value);
      }
    }
    for (const auto& variable : canister.program->info().variables) {
      hash.add(variable.name);
      hash.add(variable.initial);
      for (const auto& [key, value] : variable.initial_entries) {
        hash.add(key);
        hash.add(value);
      }
    }
  }
  for (const User& user : system.users) {
    hash.add(user.name);
    hash.add(static_cast<std::uint64_t>(user.order));
    for (const UserCall& call : user.calls) {
      hash.add(std::uint64_t{call.canister} << 32U | std::uint64_t{call.method} << 1U |
               (call.together ? 1U : 0U));
      hash.add(call.arguments);
      hash.add(std::uint64_t{call.left_out});
    }
  }
  const Faults& faults = system.faults;
  for (const int budget :
       {faults.send_failures, faults.rejects, faults.fatal_rejects, faults.first_traps,
        faults.callback_traps, faults.cleanup_traps, faults.undecodable_replies, faults.heartbeats,
        faults.dropped_ingress, faults.resubmissions, faults.environment_silence, faults.expiries,
        faults.stops, faults.upgrades, faults.open_upgrades, faults.uninstalls, faults.snapshots,
        system.weakened.repeated_requests, system.weakened.expired_answers}) {
    hash.add(static_cast<std::uint64_t>(budget));
  }
  for (const auto& [pair, limit] : system.limits) {
    hash.add(std::uint64_t{pair.first} << 32U | pair.second);
    hash.add(limit);
  }
  hash.add(system.limit_default);
  hash.add((system.weakened.traps_keep_writes ? 8U : 0U) | (system.weakened.overtaking ? 4U : 0U) |
           (system.keep_results ? 2U : 0U) | (system.clock ? 1U : 0U));
  return hash.text();
}

std::string claims_text(const Claims& claims) {
  Hash hash;
  for (const auto& property : claims.properties) {
    hash.add(property->name());
    hash.add(property->kind());
  }
  for (const OutcomeSet& outcomes : claims.outcome_sets) {
    hash.add(outcomes.name);
  }
  for (const Measure& measure : claims.measures) {
    hash.add(measure.name);
  }
  return hash.text();
}

Identity identity_of(const Kernel& kernel, const Claims& claims, const CheckOptions& options) {
  Identity identity = options.checkpoint.about;
  identity.emplace_back("strategy", to_string(options.strategy));
  identity.emplace_back("reduction", to_string(options.reduction));
  identity.emplace_back("depth bound", fmt::to_string(options.depth_max));
  identity.emplace_back("schedules", fmt::to_string(options.schedules));
  identity.emplace_back("seed", fmt::to_string(options.seed));
  identity.emplace_back("pct depth", fmt::to_string(options.pct_depth));
  identity.emplace_back("delays", fmt::to_string(options.delays_max));
  identity.emplace_back("program", program_text());
  identity.emplace_back("system", system_text(kernel.system()));
  identity.emplace_back("claims", claims_text(claims));
  return identity;
}

/// The first thing in which they differ; empty if none.
std::string difference(const Identity& stored, const Identity& here) {
  for (std::size_t i = 0; i < std::max(stored.size(), here.size()); ++i) {
    if (i >= stored.size() || i >= here.size() || stored[i].first != here[i].first) {
      return "is of another version of Heddle";
    }
    const auto& [name, value] = here[i];
    if (stored[i].second == value) {
      continue;
    }
    if (name == "program") {
      return "is of another build of this program";
    }
    if (name == "system") {
      return "is of a system with other canisters, calls, limits or faults";
    }
    if (name == "claims") {
      return "is of a check of other properties, outcome sets or measures";
    }
    return fmt::format("is of {} \"{}\", not \"{}\"", name, stored[i].second, value);
  }
  return {};
}

// What the kernel's ids refer to.

void save_kernel(Kernel& kernel, ArchiveWriter& writer) {
  for (const Interner* interner : kernel.interners()) {
    std::uint64_t size = interner->size();
    writer(size);
    for (std::uint32_t id = 1; id <= size; ++id) {
      const std::string_view content = (*interner)[id];
      std::uint64_t bytes = content.size();
      writer(bytes);
      writer.bytes(content.data(), content.size());
    }
  }
  std::uint64_t leaves = kernel.leaf_count();
  writer(leaves);
  for (LeafPosition at = 0; at < leaves; ++at) {
    LeafKey key = kernel.key(at);
    writer(key.kind, key.a, key.b, key.c);
  }
}

/// Ids are given out in order, so what this kernel has already must have the same ones.
bool restore_kernel(Kernel& kernel, ArchiveReader& reader) {
  std::string content;
  for (Interner* interner : kernel.interners()) {
    std::uint64_t size = 0;
    reader(size);
    for (std::uint32_t id = 1; id <= size; ++id) {
      reader(content);
      if (interner->intern(content) != id) {
        return false;
      }
    }
  }
  kernel.look_for_bounded_calls();
  std::uint64_t leaves = 0;
  reader(leaves);
  for (LeafPosition at = 0; at < leaves; ++at) {
    LeafKey key;
    reader(key.kind, key.a, key.b, key.c);
    if (kernel.position(key) != at) {
      return false;
    }
  }
  return true;
}

// Files.

/// The name under which a file is written until it is whole.
std::string unfinished(const std::string& file) {
  return file + ".new";
}

/// Opens it, empty, for this process alone. -1: see errno; EWOULDBLOCK when another has it.
int open_alone(const std::string& name) {
  while (true) {
    const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) {
      return -1;
    }

    struct stat opened {};

    struct stat named {};

    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      ::close(file);
      errno = error;
      return -1;
    }
    // Meanwhile another process may have finished it and given it its name.
    if (::fstat(file, &opened) == 0 && ::stat(name.c_str(), &named) == 0 &&
        opened.st_ino == named.st_ino && ::ftruncate(file, 0) == 0) {
      return file;
    }
    ::close(file);
  }
}

void sync_folder_of(const std::string& file) {
  std::string folder = std::filesystem::path(file).parent_path().string();
  if (folder.empty()) {
    folder = ".";
  }
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened >= 0) {
    ::fsync(opened);
    ::close(opened);
  }
}

/// Closes the file and gives it its name. The error, or 0.
int finish_file(int file, const std::string& name) {
  int error = ::fsync(file) == 0 ? 0 : errno;
  if (error == 0 && ::rename(unfinished(name).c_str(), name.c_str()) != 0) {
    error = errno;
  }
  // The lock is held until the name is given.
  ::close(file);
  if (error == 0) {
    sync_folder_of(name);
  }
  return error;
}

std::chrono::steady_clock::duration seconds(double count) {
  constexpr double kMax = 1e9;
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(std::min(count, kMax)));
}

}  // namespace

Checkpoint::Checkpoint(Kernel& kernel, const Claims& claims, const CheckOptions& options,
                       Budget& budget)
    : kernel_(kernel),
      claims_(claims),
      check_options_(options),
      options_(options.checkpoint),
      budget_(budget),
      due_(Clock::now() + seconds(options_.every_seconds)) {
  const int file = ::open(options_.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    take_up(std::make_unique<ArchiveReader>(file));
  } else if (errno != ENOENT && errno != ENOTDIR) {
    refuse("cannot be read: " + error_text(errno));
  }
}

Checkpoint::~Checkpoint() {
  wait();
}

void Checkpoint::take_up(std::unique_ptr<ArchiveReader> reader) {
  if (!reader->is_whole()) {
    return refuse("is damaged");
  }
  std::uint64_t format = 0;
  (*reader)(format);
  if (format != kFormat) {
    return refuse("is of another version of Heddle, or no checkpoint at all");
  }
  Identity stored;
  (*reader)(stored);
  if (const std::string other = difference(stored, identity()); !other.empty()) {
    return refuse(other);
  }
  Counts counts;
  (*reader)(counts);
  if (!restore_kernel(kernel_, *reader)) {
    return refuse("does not begin as this system does, which others have explored before");
  }
  budget_.add_seconds(counts.seconds);
  exists_ = true;
  reader_ = std::move(reader);
  tell(fmt::format("going on from the checkpoint {}: {} after {:.0f} s", options_.file,
                   counts.schedules != 0 ? fmt::format("{} schedules", counts.schedules)
                                         : fmt::format("{} states", counts.states),
                   counts.seconds));
}

void Checkpoint::refuse(const std::string& why) {
  const std::string text = fmt::format("the checkpoint {} {}", options_.file, why);
  if (options_.must_fit) {
    throw Misuse(text + "; remove it, or name another file");
  }
  tell(text + "; beginning anew");
}

const Identity& Checkpoint::identity() {
  if (identity_.empty()) {
    identity_ = identity_of(kernel_, claims_, check_options_);
  }
  return identity_;
}

void Checkpoint::include(std::vector<ToldApart>& told_apart) {
  told_apart_ = &told_apart;
  if (reader_) {
    (*reader_)(told_apart);
  }
}

void Checkpoint::include(PartialOrder& order) {
  order_ = &order;
  if (reader_) {
    order.archive(*reader_);
  }
}

bool Checkpoint::is_due() const {
  return Clock::now() >= due_;
}

bool Checkpoint::is_worth_keeping() const {
  return exists_ || budget_.seconds() >= options_.every_seconds;
}

ArchiveWriter* Checkpoint::begin(const Progress& progress) {
  if (!synced_) {
    due_ = Clock::now() + seconds(options_.every_seconds);
    return nullptr;  // a slow disk is still at the last one
  }
  wait();
  begun_ = Clock::now();
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(options_.file).parent_path(), ignored);
  file_ = open_alone(unfinished(options_.file));
  if (file_ < 0) {
    failed(errno);
    return nullptr;
  }
  writer_ = std::make_unique<ArchiveWriter>(file_);
  std::uint64_t format = kFormat;
  Identity identity = this->identity();
  Counts counts{progress.states, progress.schedules, budget_.seconds()};
  (*writer_)(format, identity, counts);
  save_kernel(kernel_, *writer_);
  if (told_apart_ != nullptr) {
    (*writer_)(*told_apart_);
  }
  if (order_ != nullptr) {
    order_->archive(*writer_);
  }
  return writer_.get();
}

void Checkpoint::end() {
  writer_->finish();
  const int error = writer_->error();
  writer_.reset();
  const auto took = Clock::now() - begun_;
  due_ = Clock::now() + std::max<Clock::duration>(seconds(options_.every_seconds), kApart * took);
  if (error != 0) {
    ::close(file_);
    failed(error);
    return;
  }
  synced_ = false;
  syncing_ = std::jthread([this, file = file_] {
    sync_error_ = finish_file(file, options_.file);
    synced_ = true;
  });
}

void Checkpoint::wait() {
  if (!syncing_.joinable()) {
    return;
  }
  syncing_.join();
  if (const int error = sync_error_.exchange(0); error != 0) {
    failed(error);
  } else {
    exists_ = true;
  }
}

void Checkpoint::failed(int error) {
  due_ = Clock::now() + seconds(options_.every_seconds);
  if (error == EWOULDBLOCK) {
    return;  // another process writes the same
  }
  ::unlink(unfinished(options_.file).c_str());
  if (!told_of_failure_) {
    told_of_failure_ = true;
    tell(fmt::format("the checkpoint {} cannot be written: {}; the search goes on without",
                     options_.file, error_text(error)));
  }
}

void Checkpoint::remove() {
  wait();
  if (exists_) {
    ::unlink(options_.file.c_str());
    // One that a killed process has left unfinished.
    if (const int left = open_alone(unfinished(options_.file)); left >= 0) {
      ::unlink(unfinished(options_.file).c_str());
      ::close(left);
    }
  }
}

void Checkpoint::keep() {
  wait();
  if (exists_) {
    tell(fmt::format("kept the checkpoint {}: the same command goes on from there", options_.file));
  }
}

void Checkpoint::tell(const std::string& text) const {
  if (options_.tell) {
    options_.tell(text);
  }
}

}  // namespace heddle
