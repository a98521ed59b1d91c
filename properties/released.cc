#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <heddle/properties/judged.h>
#include <heddle/properties/released.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

class Released : public Property {
 public:
  Released(CanisterId canister, std::uint32_t variable, bool keyed, std::string shown)
      : canister_(canister), variable_(variable), keyed_(keyed), shown_(std::move(shown)) {}

  [[nodiscard]] std::string name() const override { return fmt::format("released({})", shown_); }

  [[nodiscard]] std::string kind() const override { return "guard held"; }

  [[nodiscard]] When when() const override { return When::kQuiescence; }

  [[nodiscard]] bool holds(const State& now) const override {
    return !now.open_contexts(AnyRef(canister_)).empty() || is_as_at_first(now);
  }

  [[nodiscard]] std::string explain(const State& now) const override {
    return fmt::format(
        "{}, and no call of its canister is open to let it go",
        values_read(now, [this](const State& state) { static_cast<void>(is_as_at_first(state)); }));
  }

 private:
  [[nodiscard]] bool is_as_at_first(const State& now) const {
    // The initial state is a constant of the kernel, so looking at it is no observation of `now`.
    StateSource first(now.kernel(), now.kernel().initial());
    const auto is_same = [&](std::uint32_t key, ObservationSource& source) {
      const Observation question{ObservationKind::kVariable, canister_, {variable_, key}, 0};
      return source.answer(question) == first.answer(question);
    };
    if (!keyed_) {
      return is_same(0, now.source());
    }
    if (!is_same(Subject::kKeySet, now.source())) {
      return false;
    }
    const std::uint32_t keys =
        first.answer({ObservationKind::kVariable, canister_, {variable_, Subject::kKeySet}, 0});
    if (keys == 0) {
      return true;
    }
    const std::string_view words = now.kernel().tables().values[keys];
    for (std::size_t at = 0; at < words.size(); at += sizeof(ValueId)) {
      ValueId key = 0;
      std::memcpy(&key, words.data() + at, sizeof key);
      if (!is_same(key, now.source())) {
        return false;
      }
    }
    return true;
  }

  CanisterId canister_;
  std::uint32_t variable_;
  bool keyed_;
  std::string shown_;
};

}  // namespace

std::shared_ptr<const Property> make_released(const System& system, CanisterId canister,
                                              std::uint32_t variable) {
  const Installed& installed = system.canisters[canister];
  const VariableInfo& info = installed.program->info().variables[variable];
  return std::make_shared<Released>(canister, variable, info.keyed,
                                    fmt::format("{}.{}", installed.name, info.name));
}

}  // namespace heddle
