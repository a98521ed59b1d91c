#include <fmt/format.h>

#include <heddle/properties/conserved.h>
#include <heddle/properties/judged.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

class Conserved : public Property {
 public:
  Conserved(std::string name, Sum sum) : name_(std::move(name)), sum_(std::move(sum)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return "conserved"; }

  [[nodiscard]] When when() const override { return When::kEveryState; }

  [[nodiscard]] bool holds(const State& now) const override {
    const Int first = at_first(now);
    return sum_(now) == first;
  }

  [[nodiscard]] std::string explain(const State& now) const override {
    const Int first = at_first(now);
    const Int sum = sum_(now);
    return fmt::format("the sum is {}, at first it was {} ({})", sum, first,
                       values_read(now, [&](const State& state) { (void)sum_(state); }));
  }

 private:
  /// The initial state is a constant of the kernel, so looking at it is no observation of `now`.
  [[nodiscard]] Int at_first(const State& now) const {
    StateSource source(now.kernel(), now.kernel().initial());
    const State initial(source, now.kernel(), now.kernel().initial());
    return sum_(initial);
  }

  std::string name_;
  Sum sum_;
};

}  // namespace

std::shared_ptr<const Property> make_conserved(std::string name, Sum sum) {
  return std::make_shared<Conserved>(std::move(name), std::move(sum));
}

}  // namespace heddle
