#include <heddle/properties/always.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

class Always : public Property {
 public:
  Always(std::string name, Predicate predicate)
      : name_(std::move(name)), predicate_(std::move(predicate)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return "always"; }

  [[nodiscard]] When when() const override { return When::kEveryState; }

  [[nodiscard]] bool holds(const State& now) const override { return predicate_(now); }

  [[nodiscard]] std::string explain(const State& now) const override {
    return values_read(now, predicate_);
  }

 private:
  std::string name_;
  Predicate predicate_;
};

}  // namespace

std::shared_ptr<const Property> make_always(std::string name, Predicate predicate) {
  return std::make_shared<Always>(std::move(name), std::move(predicate));
}

}  // namespace heddle
