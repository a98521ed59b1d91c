#include <fmt/format.h>

#include <heddle/properties/journalled.h>
#include <heddle/properties/judged.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

class Journalled : public Property {
 public:
  Journalled(std::string name, Sending sending, Noted noted)
      : name_(std::move(name)), sending_(sending), noted_(std::move(noted)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return "journal"; }

  [[nodiscard]] When when() const override { return When::kEveryState; }

  [[nodiscard]] bool holds(const State& now) const override {
    for (const std::string_view arguments :
         now.queued(sending_.caller, sending_.callee, sending_.method)) {
      if (!noted_(now, arguments)) {
        return false;
      }
    }
    return true;
  }

  [[nodiscard]] std::string explain(const State& now) const override {
    const std::vector<Installed>& canisters = now.kernel().system().canisters;
    const Installed& callee = canisters[sending_.callee];
    const MethodInfo& method = callee.program->info().methods[sending_.method];
    for (const std::string_view arguments :
         now.queued(sending_.caller, sending_.callee, sending_.method)) {
      if (!noted_(now, arguments)) {
        return fmt::format(
            "{} has sent {}.{}{}, and it is not noted ({})", canisters[sending_.caller].name,
            callee.name, method.name, to_string(method.show_arguments(arguments)),
            values_read(now,
                        [&](const State& state) { static_cast<void>(noted_(state, arguments)); }));
      }
    }
    return {};
  }

 private:
  std::string name_;
  Sending sending_;
  Noted noted_;
};

}  // namespace

std::shared_ptr<const Property> make_journalled(std::string name, Sending sending, Noted noted) {
  return std::make_shared<Journalled>(std::move(name), sending, std::move(noted));
}

}  // namespace heddle
