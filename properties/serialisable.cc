#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/serialisable.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

/// A user's call and what it came to.
struct Made {
  enum class Is : std::uint8_t {
    kReplied,
    kRefused,  ///< as the specification should
    kUnknown,  ///< it may have had its effect
  };
  ContextId context = 0;
  const SpecifiedMethod* method = nullptr;
  std::string_view arguments{};
  Principal caller{};
  Is is = Is::kUnknown;
  std::optional<Answer> answer{};
  std::uint64_t before = 0;  ///< the calls that come before it; all of them have happened
};

/// Whether what the specification replies is what the call came to.
bool fits(const Tables& tables, const Made& call, const std::optional<std::string>& reply) {
  switch (call.is) {
    case Made::Is::kReplied:
      return reply && *reply == tables.values[call.answer->value];
    case Made::Is::kRefused:
      return !reply;
    case Made::Is::kUnknown:
      return reply.has_value();
  }
  return false;
}

/// What a user's script says of the order of its calls, as one after another is added.
class Script {
 public:
  explicit Script(const User& user) : user_(user) {}

  /// The calls that come before this one. To be asked in the order of the script.
  std::uint64_t before(const UserCall& call) {
    if (user_.order != ScriptOrder::kThen || !call.together) {
      // What runs on when a call submitted with it is rejected has no order with what follows.
      before_ |= rejected_ && members_ > 1 ? 0 : group_;
      group_ = 0;
      members_ = 0;
      rejected_ = false;
    }
    ++members_;
    return user_.order == ScriptOrder::kAny ? 0 : before_;
  }

  /// What became of it: nothing of a call that has had no effect.
  void add(const std::optional<Made>& call, std::size_t number) {
    if (!call || (call->answer && !call->answer->replied)) {
      rejected_ = true;
    }
    if (call && call->is != Made::Is::kUnknown) {
      group_ |= std::uint64_t{1} << number;
    }
  }

 private:
  const User& user_;
  std::uint64_t before_ = 0;
  std::uint64_t group_ = 0;
  std::size_t members_ = 0;
  bool rejected_ = false;
};

/// Looks for an order of calls.
class Orders {
 public:
  Orders(const Kernel& kernel, const std::vector<Made>& calls) : kernel_(kernel), calls_(calls) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      must_ |= calls[i].is == Made::Is::kUnknown ? 0 : bit(i);
    }
  }

  /// `accepts` is asked for the specification's state at the end of an order.
  template <class Accepts>
  bool explain(const std::string& initial, const Accepts& accepts) {
    return go_on(initial, 0, accepts);
  }

  /// The calls of the order that came furthest.
  [[nodiscard]] const std::vector<std::size_t>& longest() const { return longest_; }

  /// What the specification holds after these.
  [[nodiscard]] const std::string& longest_state() const { return longest_state_; }

 private:
  static std::uint64_t bit(std::size_t i) { return std::uint64_t{1} << i; }

  [[nodiscard]] std::uint64_t answered(std::uint64_t calls) const {
    return static_cast<std::uint64_t>(std::popcount(calls & must_));
  }

  template <class Accepts>
  bool go_on(const std::string& state, std::uint64_t happened, const Accepts& accepts) {
    if (!visited_.emplace(happened, state).second) {
      return false;
    }
    if (longest_state_.empty() || answered(happened) > longest_answers_) {
      longest_ = order_;
      longest_state_ = state;
      longest_answers_ = answered(happened);
    }
    if ((happened & must_) == must_ && accepts(state)) {
      return true;
    }
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const Made& call = calls_[i];
      if ((happened & bit(i)) != 0 || (call.before & ~happened) != 0) {
        continue;
      }
      std::string next = state;
      const auto reply = call.method->serve(next, call.caller, call.arguments);
      if (!fits(kernel_.tables(), call, reply)) {
        continue;
      }
      order_.push_back(i);
      const bool found = go_on(next, happened | bit(i), accepts);
      order_.pop_back();
      if (found) {
        return true;
      }
    }
    return false;
  }

  const Kernel& kernel_;
  const std::vector<Made>& calls_;
  std::uint64_t must_ = 0;  ///< happened, as their answers say
  std::set<std::pair<std::uint64_t, std::string>> visited_;
  std::vector<std::size_t> order_;
  std::vector<std::size_t> longest_;
  std::string longest_state_;
  std::uint64_t longest_answers_ = 0;
};

class Serialisable : public Property {
 public:
  Serialisable(std::string name, Specification specification, SpecificationEnd end,
               bool keeps_scripts)
      : name_(std::move(name)),
        specification_(std::move(specification)),
        end_(std::move(end)),
        keeps_scripts_(keeps_scripts) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override {
    return keeps_scripts_ ? "sequentially consistent" : "serialisable";
  }

  [[nodiscard]] When when() const override { return When::kQuiescence; }

  [[nodiscard]] bool holds(const State& now) const override {
    const std::vector<Made> calls = made(now);
    Orders orders(now.kernel(), calls);
    return orders.explain(specification_.initial,
                          [&](const std::string& state) { return !end_ || end_(now, state); });
  }

  [[nodiscard]] std::string explain(const State& now) const override {
    const std::vector<Made> calls = made(now);
    Orders orders(now.kernel(), calls);
    static_cast<void>(orders.explain(specification_.initial, [&](const std::string& state) {
      return !end_ || end_(now, state);
    }));
    return told(now.kernel(), calls, orders);
  }

 private:
  /// In the order of users and scripts. The calls that have surely had no effect are left out.
  [[nodiscard]] std::vector<Made> made(const State& now) const {
    const System& system = now.kernel().system();
    if (!system.keep_results) {
      throw Misuse(fmt::format(
          "\"{}\" is about the results of users' calls, and this scenario keeps none: say "
          "s.keep_results().",
          name_));
    }
    std::vector<Made> calls;
    for (std::uint32_t user = 0; user < system.users.size(); ++user) {
      const std::vector<UserCall>& script = system.users[user].calls;
      Script order(system.users[user]);
      for (std::size_t number = 0; number < script.size(); ++number) {
        const std::uint64_t before = order.before(script[number]);
        const SpecifiedMethod* const method = specification_.find(script[number]);
        if (method == nullptr || script[number].left_out) {
          continue;
        }
        for (int copy = 0; copy <= system.faults.resubmissions; ++copy) {
          const std::size_t place = number + static_cast<std::size_t>(copy) * script.size();
          auto call = made(now, *method, user, static_cast<std::uint32_t>(place));
          if (copy == 0) {
            order.add(call, calls.size());
          }
          if (!call) {
            continue;
          }
          if (calls.size() == kCallsMax) {
            too_many();
          }
          call->before = copy == 0 && keeps_scripts_ ? before : 0;
          calls.push_back(std::move(*call));
        }
      }
    }
    return calls;
  }

  [[noreturn]] void too_many() const {
    throw Misuse(fmt::format(
        "\"{}\" is about more than {} calls: it looks for an order of them. Let fewer calls be "
        "made, or list fewer methods.",
        name_, kCallsMax));
  }

  static std::optional<Made> made(const State& now, const SpecifiedMethod& method,
                                  std::uint32_t user, std::uint32_t number) {
    Kernel& kernel = now.kernel();
    const ContextId context =
        kernel.context({ContextOrigin::Kind::kIngress, method.canister, user, number, 0, 0});
    Made one{.context = context,
             .method = &method,
             .arguments = kernel.user_call(kernel.origin(context)).arguments,
             .caller = kernel.caller(context)};
    const std::uint32_t result = now.source().answer({ObservationKind::kResult, 0, {}, context});
    if (result == 0) {
      return one;
    }
    one.answer = kernel.tables().answer(result - 1);
    if (one.answer->replied) {
      one.is = Made::Is::kReplied;
      return one;
    }
    switch (reject_means(method, one.answer->code)) {
      case RejectMeans::kNoEffect:
        return std::nullopt;
      case RejectMeans::kAnyEffect:
        break;
      case RejectMeans::kAsSpecified:
        one.is = Made::Is::kRefused;
        break;
    }
    return one;
  }

  [[nodiscard]] std::string told(const Kernel& kernel, const std::vector<Made>& calls,
                                 const Orders& orders) const {
    std::vector<std::string> order;
    for (const std::size_t i : orders.longest()) {
      order.push_back(Specification::shown_call(kernel, calls[i].context));
    }
    const std::string after =
        order.empty() ? "At first" : fmt::format("After {}", fmt::join(order, ", "));
    std::vector<std::string> left;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (std::ranges::find(orders.longest(), i) != orders.longest().end() ||
          calls[i].is == Made::Is::kUnknown) {
        continue;
      }
      std::string state = orders.longest_state();
      const auto reply = calls[i].method->serve(state, calls[i].caller, calls[i].arguments);
      if (fits(kernel.tables(), calls[i], reply)) {
        continue;  // it comes after one that does not
      }
      left.push_back(
          fmt::format("{} would give {}, and was answered {}",
                      Specification::shown_call(kernel, calls[i].context),
                      Specification::shown_reply(kernel, *calls[i].method, reply),
                      Specification::shown_answer(kernel, calls[i].context, *calls[i].answer)));
    }
    if (left.empty()) {
      return fmt::format(
          "no order of the calls explains their answers and the end. {} the specification is {}, "
          "and the end is not",
          after, specification_.shown(orders.longest_state()));
    }
    return fmt::format("no order of the calls{} explains their answers. {} (which leaves {}) {}",
                       keeps_scripts_ ? " that keeps each user's own" : "", after,
                       specification_.shown(orders.longest_state()), fmt::join(left, "; "));
  }

  static constexpr std::size_t kCallsMax = 64;

  std::string name_;
  Specification specification_;
  SpecificationEnd end_;
  bool keeps_scripts_;
};

}  // namespace

std::shared_ptr<const Property> make_serialisable(std::string name, Specification specification,
                                                  SpecificationEnd end) {
  return std::make_shared<Serialisable>(std::move(name), std::move(specification), std::move(end),
                                        false);
}

std::shared_ptr<const Property> make_sequentially_consistent(std::string name,
                                                             Specification specification) {
  return std::make_shared<Serialisable>(std::move(name), std::move(specification),
                                        SpecificationEnd{}, true);
}

}  // namespace heddle
