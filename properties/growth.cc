#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/growth.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

class OpenAtMost : public Property {
 public:
  OpenAtMost(CanisterId canister, std::uint32_t most, std::string shown)
      : canister_(canister), most_(most), shown_(std::move(shown)) {}

  [[nodiscard]] std::string name() const override {
    return fmt::format("at most {} calls open in {}", most_, shown_);
  }

  [[nodiscard]] std::string kind() const override { return "growth"; }

  [[nodiscard]] When when() const override { return When::kEveryState; }

  [[nodiscard]] bool holds(const State& now) const override {
    return now.open_contexts(AnyRef(canister_)).size() <= most_;
  }

  [[nodiscard]] std::string explain(const State& now) const override {
    std::vector<std::string> names;
    for (const OpenContext& context : now.open_contexts(AnyRef(canister_))) {
      names.push_back(context.method.empty() ? context.name + " (answered)"
                                             : context.name + " " + context.method);
    }
    return fmt::format("{} calls are open in {}: {}", names.size(), shown_, fmt::join(names, ", "));
  }

 private:
  CanisterId canister_;
  std::uint32_t most_;
  std::string shown_;
};

class QueuedAtMost : public Property {
 public:
  QueuedAtMost(CanisterId caller, CanisterId callee, std::uint32_t most, std::string pair)
      : caller_(caller), callee_(callee), most_(most), pair_(std::move(pair)) {}

  [[nodiscard]] std::string name() const override {
    return fmt::format("at most {} queued {}", most_, pair_);
  }

  [[nodiscard]] std::string kind() const override { return "growth"; }

  [[nodiscard]] When when() const override { return When::kEveryState; }

  [[nodiscard]] bool holds(const State& now) const override { return queued(now) <= most_; }

  [[nodiscard]] std::string explain(const State& now) const override {
    return fmt::format("{} requests are queued {}", queued(now), pair_);
  }

 private:
  [[nodiscard]] std::size_t queued(const State& now) const {
    const auto& methods = now.kernel().system().canisters[callee_].program->info().methods;
    std::size_t queued = 0;
    for (std::size_t method = 0; method < methods.size(); ++method) {
      queued += now.queued(caller_, callee_, static_cast<MethodId>(method)).size();
    }
    return queued;
  }

  CanisterId caller_;
  CanisterId callee_;
  std::uint32_t most_;
  std::string pair_;
};

}  // namespace

std::shared_ptr<const Property> make_open_at_most(const System& system, CanisterId canister,
                                                  std::uint32_t most) {
  return std::make_shared<OpenAtMost>(canister, most, system.canisters[canister].name);
}

std::shared_ptr<const Property> make_queued_at_most(const System& system, CanisterId caller,
                                                    CanisterId callee, std::uint32_t most) {
  return std::make_shared<QueuedAtMost>(
      caller, callee, most,
      fmt::format("{} > {}", system.canisters[caller].name, system.canisters[callee].name));
}

}  // namespace heddle
