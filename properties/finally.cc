#include <heddle/properties/finally.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

class Finally : public Property {
 public:
  Finally(std::string name, Predicate predicate)
      : name_(std::move(name)), predicate_(std::move(predicate)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return "finally"; }

  [[nodiscard]] When when() const override { return When::kQuiescence; }

  [[nodiscard]] bool holds(const State& now) const override { return predicate_(now); }

  [[nodiscard]] std::string explain(const State& now) const override {
    return values_read(now, predicate_);
  }

 private:
  std::string name_;
  Predicate predicate_;
};

}  // namespace

std::shared_ptr<const Property> make_finally(std::string name, Predicate predicate) {
  return std::make_shared<Finally>(std::move(name), std::move(predicate));
}

}  // namespace heddle
