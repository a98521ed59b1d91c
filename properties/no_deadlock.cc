#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/no_deadlock.h>
#include <heddle/properties/state.h>
#include <heddle/properties/wait_for.h>

namespace heddle {

namespace {

class NoDeadlock : public Property {
 public:
  [[nodiscard]] std::string name() const override { return "no deadlock"; }

  [[nodiscard]] std::string kind() const override { return "deadlock"; }

  [[nodiscard]] When when() const override { return When::kQuiescence; }

  [[nodiscard]] bool is_memoised() const override { return false; }

  [[nodiscard]] bool is_symmetric() const override { return true; }

  [[nodiscard]] bool holds(const State& now) const override {
    return WaitFor(now.kernel(), now.vector()).cycle().empty();
  }

  [[nodiscard]] std::string explain(const State& now) const override {
    return fmt::format("{}", fmt::join(WaitFor(now.kernel(), now.vector()).lines(), "\n"));
  }
};

}  // namespace

std::shared_ptr<const Property> make_no_deadlock() {
  return std::make_shared<NoDeadlock>();
}

}  // namespace heddle
