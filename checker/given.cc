// Given: the one schedule that the caller has, for orders that others decide.
//
// Its events are those of CheckOptions::given, one after another. An event that is not enabled ends
// it as a Misuse: who made the schedule made it for another system.
#include <algorithm>

#include <fmt/format.h>

#include <heddle/checker/sample.h>

namespace heddle {

namespace {

class Given : public Scheduler {
 public:
  Given(Kernel& kernel, const std::vector<std::string>& schedule)
      : kernel_(&kernel), schedule_(&schedule) {}

  void begin(Random /*random*/) override { next_ = 0; }

  std::optional<std::size_t> choose(const CurrentState& /*now*/,
                                    std::span<const Event> enabled) override {
    if (next_ == schedule_->size()) {
      return std::nullopt;
    }
    const std::string& text = (*schedule_)[next_++];
    // A name may stand for several contexts, so it is the text that counts.
    const EventKind kind = kernel_->from_text(text).kind;
    const auto found = std::ranges::find_if(enabled, [&](const Event& event) {
      return event.kind == kind && kernel_->to_text(event) == text;
    });
    if (found == enabled.end()) {
      throw Misuse(fmt::format("event {} of the given schedule, {}, is not enabled", next_, text));
    }
    return static_cast<std::size_t>(found - enabled.begin());
  }

 private:
  Kernel* kernel_;
  const std::vector<std::string>* schedule_;
  std::size_t next_ = 0;
};

}  // namespace

Findings follow_given(const Search& search) {
  return sample(search, 1, {{Strategy::kReplica, [&search](Kernel& kernel) {
                               return std::make_unique<Given>(kernel, search.options.given);
                             }}});
}

}  // namespace heddle
