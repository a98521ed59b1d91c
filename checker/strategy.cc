#include <algorithm>

#include <fmt/format.h>

#include <heddle/checker/equal_answers.h>
#include <heddle/checker/lossy_set.h>
#include <heddle/checker/replay.h>
#include <heddle/checker/strategy.h>
#include <heddle/checker/symmetry.h>

namespace heddle {

void Findings::take_peaks(const std::vector<std::uint64_t>& others) {
  peaks.resize(std::max(peaks.size(), others.size()));
  for (std::size_t i = 0; i < others.size(); ++i) {
    peaks[i] = std::max(peaks[i], others[i]);
  }
}

void Findings::count(const Stepper::Statistics& statistics) {
  pieces_run += statistics.pieces_run;
  pieces_recalled += statistics.pieces_recalled;
}

void Findings::tell_loss(const LossySet& visited, std::uint64_t certain) {
  missed_expected = visited.missed(certain);
  if (visited.is_filter()) {
    storage = Storage::kBitstate;
    storage_text = fmt::format("bitstate in {} MB", visited.memory_bytes() / 1'000'000);
    return;
  }
  storage = Storage::kHashCompaction;
  storage_text = fmt::format("hash compaction to {} bits", visited.bits());
  if (certain != 0) {
    storage_text += fmt::format(" after the first {} states", certain);
  }
}

LossySet lossy_set(const Search& search) {
  const StorageOptions& options = search.options.storage;
  if (options.kind == Storage::kHashCompaction) {
    return LossySet::fingerprints(0, options.fingerprint_bits);
  }
  constexpr std::uint64_t kFilterMin = 1'000'000;
  constexpr std::uint64_t kFilterUsual = 128'000'000;
  if (options.filter_bytes != 0) {
    return LossySet::filter(options.filter_bytes, false);
  }
  const MemoryLimit& memory = search.budget.memory();
  if (!memory.is_given()) {
    return LossySet::filter(kFilterUsual, false);
  }
  // A quarter is for all else, or more when that would not do.
  constexpr std::uint64_t kElse = 12'000'000;
  const std::uint64_t room = memory.room();
  const std::uint64_t left = std::max(room / 4, kElse);
  return LossySet::filter(room < left + kFilterMin ? kFilterMin : room - left,
                          memory.has_room(kFilterMin));
}

std::unique_ptr<Representatives> hand_on(const Search& search) {
  return search.symmetry == nullptr
             ? nullptr
             : std::make_unique<Representatives>(*search.symmetry, search.aligns_answers);
}

Stepper::Options watched(Stepper::Options options, Representatives* representatives) {
  options.watcher = representatives;
  return options;
}

Stepper::Options sharing(Stepper::Options options, PieceMemo& pieces) {
  options.pieces = &pieces;
  return options;
}

Schedule unfolded(const Search& search, Stepper& stepper, Representatives* representatives,
                  Schedule schedule, const internal::Permutation* renaming) {
  if (representatives != nullptr) {
    schedule = representatives->unfolded(stepper, schedule, renaming);
  }
  return search.aligns_answers ? with_answers_unfolded(stepper, schedule) : schedule;
}

void rethrow_after(const Kernel& kernel, const Schedule& schedule,
                   const std::exception_ptr& thrown) {
  const auto told = [&](std::string_view what) {
    std::string text(what);
    text += schedule.empty() ? "\nThis was in the initial state." : "\nThis was at the end of:";
    for (const std::string& line : to_text(kernel, schedule)) {
      text += "\n  " + line;
    }
    return text;
  };
  try {
    std::rethrow_exception(thrown);
  } catch (const Misuse& misuse) {
    throw Misuse(told(misuse.what()), misuse.site());
  } catch (const BrokenInvariant& broken) {
    constexpr std::string_view kPrefix = "internal error: ";
    throw BrokenInvariant(told(std::string_view(broken.what()).substr(kPrefix.size())));
  }
}

}  // namespace heddle
