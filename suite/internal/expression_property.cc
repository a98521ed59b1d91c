#include <string>
#include <utility>

#include <heddle/suite/internal/expression_property.h>

namespace heddle::internal {
namespace {

class Explained : public Property {
 public:
  Explained(std::shared_ptr<const Property> property, std::shared_ptr<const Expression> expression)
      : property_(std::move(property)), expression_(std::move(expression)) {}

  [[nodiscard]] std::string name() const override { return property_->name(); }

  [[nodiscard]] std::string kind() const override { return property_->kind(); }

  [[nodiscard]] When when() const override { return property_->when(); }

  [[nodiscard]] bool is_wanted() const override { return property_->is_wanted(); }

  [[nodiscard]] bool is_memoised() const override { return property_->is_memoised(); }

  [[nodiscard]] bool holds(const State& now) const override { return property_->holds(now); }

  [[nodiscard]] bool is_symmetric() const override { return property_->is_symmetric(); }

  [[nodiscard]] std::string explain(const State& now) const override {
    return expression_->queries(now);
  }

 private:
  std::shared_ptr<const Property> property_;
  std::shared_ptr<const Expression> expression_;
};

}  // namespace

std::shared_ptr<const Property> explained(std::shared_ptr<const Property> property,
                                          std::shared_ptr<const Expression> expression) {
  return std::make_shared<Explained>(std::move(property), std::move(expression));
}

}  // namespace heddle::internal
