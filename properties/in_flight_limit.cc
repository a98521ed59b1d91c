#include <fmt/format.h>

#include <heddle/properties/in_flight_limit.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

class InFlightAtMost : public Property {
 public:
  InFlightAtMost(CanisterId caller, CanisterId callee, std::uint32_t most, std::string pair)
      : caller_(caller), callee_(callee), most_(most), pair_(std::move(pair)) {}

  [[nodiscard]] std::string name() const override {
    return fmt::format("at most {} in flight {}", most_, pair_);
  }

  [[nodiscard]] std::string kind() const override { return "in flight"; }

  [[nodiscard]] When when() const override { return When::kEveryState; }

  [[nodiscard]] bool holds(const State& now) const override {
    return now.in_flight(caller_, callee_) <= most_;
  }

  [[nodiscard]] std::string explain(const State& now) const override {
    return fmt::format("{} calls are in flight {}", now.in_flight(caller_, callee_), pair_);
  }

 private:
  CanisterId caller_;
  CanisterId callee_;
  std::uint32_t most_;
  std::string pair_;
};

std::string pair_name(const System& system, CanisterId caller, CanisterId callee) {
  return fmt::format("{} > {}", system.canisters[caller].name, system.canisters[callee].name);
}

}  // namespace

std::shared_ptr<const Property> make_in_flight_at_most(const System& system, CanisterId caller,
                                                       CanisterId callee, std::uint32_t most) {
  return std::make_shared<InFlightAtMost>(caller, callee, most, pair_name(system, caller, callee));
}

Measure make_occupancy(const System& system, CanisterId caller, CanisterId callee) {
  return {"in flight " + pair_name(system, caller, callee),
          [caller, callee](const State& now) { return now.in_flight(caller, callee); }};
}

}  // namespace heddle
