#include <algorithm>

#include <heddle/checker/equal_answers.h>
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

std::unique_ptr<Representatives> hand_on(const Search& search) {
  return search.symmetry == nullptr
             ? nullptr
             : std::make_unique<Representatives>(*search.symmetry, search.aligns_answers);
}

Stepper::Options watched(Stepper::Options options, Representatives* representatives) {
  options.watcher = representatives;
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
