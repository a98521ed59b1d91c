#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <utility>

#include <fmt/format.h>

#include <heddle/simulation/round_simulation.h>

namespace heddle {

namespace {

/// What a canister has been sent: by users, by a canister, by itself as a task.
struct Input {
  Event event;
  CanisterId to = 0;
};

/// The queues of a canister, served as the replica does: tasks first, then in turns canisters of
/// the same subnet, users, and canisters of other subnets; of each group one sender after the other
/// [Q8], each in order of arrival [Q7].
class InputQueues {
 public:
  void push_task(const Event& event) { tasks_.push_back(event); }

  void push_ingress(const Event& event) { ingress_.push_back(event); }

  void push(CanisterId sender, bool is_local, const Event& event) {
    Group& group = is_local ? local_ : remote_;
    std::deque<Event>& queue = group.queues[sender];
    if (queue.empty()) {
      group.turns.push_back(sender);
    }
    queue.push_back(event);
  }

  [[nodiscard]] bool empty() const {
    return tasks_.empty() && ingress_.empty() && local_.turns.empty() && remote_.turns.empty();
  }

  /// Takes what is next; there must be something.
  Event pop() {
    if (!tasks_.empty()) {
      return take(tasks_);
    }
    for (;;) {
      const unsigned source = next_source_++ % 3;
      if (source == 1) {
        if (!ingress_.empty()) {
          return take(ingress_);
        }
        continue;
      }
      Group& group = source == 0 ? local_ : remote_;
      if (!group.turns.empty()) {
        return take(group);
      }
    }
  }

 private:
  struct Group {
    std::map<CanisterId, std::deque<Event>> queues;
    std::deque<CanisterId> turns;  ///< senders whose queue is not empty
  };

  static Event take(std::deque<Event>& queue) {
    const Event event = queue.front();
    queue.pop_front();
    return event;
  }

  static Event take(Group& group) {
    const CanisterId sender = group.turns.front();
    group.turns.pop_front();
    std::deque<Event>& queue = group.queues[sender];
    const Event event = take(queue);
    if (!queue.empty()) {
      group.turns.push_back(sender);
    }
    return event;
  }

  std::deque<Event> tasks_;
  std::deque<Event> ingress_;
  Group local_;
  Group remote_;
  unsigned next_source_ = 0;
};

class Simulation {
 public:
  Simulation(Kernel& kernel, const Placement& placement, const Network& network,
             const SimulationOptions& options)
      : kernel_(kernel),
        network_(network),
        options_(options),
        stepper_(kernel),
        state_(kernel.initial()),
        subnet_of_(kernel.system().canisters.size(), 0),
        inputs_(subnet_of_.size()),
        outputs_(subnet_of_.size()) {
    for (const auto& [canister, subnet] : placement) {
      subnet_of_[canister] = subnet;
      subnets_ = std::max(subnets_, subnet + 1);
    }
    for (std::uint32_t user = 0; user < kernel_.system().users.size(); ++user) {
      submit(user, 0);
    }
  }

  Simulated run() {
    while (result_.cut_short.empty() && is_busy()) {
      ++round_;
      for (std::uint32_t subnet = 0; subnet < subnets_ && result_.cut_short.empty(); ++subnet) {
        run_round(subnet);
      }
      end_turn();
    }
    for (const SimulatedCall& call : result_.calls) {
      result_.rounds = std::max(result_.rounds, call.last_round);
      result_.seconds = std::max(result_.seconds, call.answered_seconds.value_or(0));
    }
    return std::move(result_);
  }

 private:
  /// On its way to another subnet.
  struct Transit {
    std::uint64_t round = 0;  ///< that takes it in
    CanisterId from = 0;
    Input input;
  };

  /// On its way from a user.
  struct Ingress {
    std::uint64_t round = 0;
    Input input;
  };

  /// Timers may go on for ever: they count while somebody waits.
  [[nodiscard]] bool is_busy() const {
    const auto waits = [](const SimulatedCall& call) { return !call.answered_seconds; };
    return !transit_.empty() || !ingress_.empty() ||
           std::ranges::any_of(inputs_,
                               [](const InputQueues& queues) { return !queues.empty(); }) ||
           (next_timer() && std::ranges::any_of(result_.calls, waits));
  }

  // Time.

  /// The start of a round. The first one begins when the first message has come and has waited.
  [[nodiscard]] double start_of(std::uint64_t round) const {
    return network_.ingress_seconds +
           (network_.ingress_wait_rounds + static_cast<double>(round) - 1) *
               network_.round_seconds +
           network_.execution_seconds * static_cast<double>(result_.executions);
  }

  /// The first round that takes in what a user sends then.
  [[nodiscard]] std::uint64_t round_for(double submitted) const {
    const double waits = submitted / network_.round_seconds - network_.ingress_wait_rounds;
    const double first = std::ceil(std::max(waits, 0.0) - 1e-9) + 1;
    return std::max(round_ + 1, static_cast<std::uint64_t>(first));
  }

  // Users.

  /// Sends what the user's script allows to be sent now. Without a time, it was sent together with
  /// the call before.
  void submit(std::uint32_t user, std::optional<double> when) {
    for (const ContextId context : startable(user)) {
      if (numbers_.contains(context)) {
        continue;
      }
      numbers_.emplace(context, result_.calls.size());
      const CanisterId to = kernel_.origin(context).canister;
      SimulatedCall call;
      call.name = kernel_.name(context);
      call.method = method_of(context);
      call.submitted_seconds = when.value_or(0);
      call.first_round = !when ? round_ : *when > 0 ? round_for(*when) : 1;
      Event event;
      event.kind = EventKind::kStartIngress;
      event.context = context;
      event.to = to;
      if (!when) {
        inputs_[to].push_ingress(event);
      } else {
        ingress_.push_back({call.first_round, {event, to}});
      }
      result_.calls.push_back(std::move(call));
    }
  }

  std::vector<ContextId> startable(std::uint32_t user) {
    const auto leaf = [this](LeafPosition position) { return state_[position]; };
    return kernel_.startable(user, leaf);
  }

  std::string method_of(ContextId context) {
    const ContextOrigin origin = kernel_.origin(context);
    const UserCall& call = kernel_.user_call(origin);
    const Installed& callee = kernel_.system().canisters[call.canister];
    if (const Management action = kernel_.management(call); action != Management::kNone) {
      return fmt::format("{} {}", to_string(action), callee.name);
    }
    return fmt::format("{}.{}", callee.name, callee.program->info().methods[call.method].name);
  }

  // Rounds.

  void run_round(std::uint32_t subnet) {
    take_in(subnet);
    start_timers(subnet);
    std::uint64_t budget = network_.budget.start_below;
    for (std::uint64_t iteration = 1; result_.cut_short.empty(); ++iteration) {
      const std::uint64_t used = run_iteration(subnet, iteration, budget);
      hand_over(subnet);
      if (used == 0) {
        finish_stops(subnet);
        return;
      }
      budget -= std::min(used, budget);
    }
  }

  /// Canisters that are stopping and have no call context left are stopped at the end of a round
  /// [X2].
  void finish_stops(std::uint32_t subnet) {
    for (CanisterId canister = 0; canister < subnet_of_.size(); ++canister) {
      if (subnet_of_[canister] != subnet || !kernel_.is_managed(canister)) {
        continue;
      }
      std::vector<Event> events;
      stepper_.enabled(state_, events);
      const auto stopped = std::ranges::find_if(events, [&](const Event& event) {
        return event.kind == EventKind::kStopped && event.to == canister;
      });
      if (stopped != events.end()) {
        perform(Event(*stopped), canister, 0);
      }
    }
  }

  void take_in(std::uint32_t subnet) {
    std::erase_if(ingress_, [&](const Ingress& ingress) {
      const bool comes = ingress.round <= round_ && subnet_of_[ingress.input.to] == subnet;
      if (comes) {
        inputs_[ingress.input.to].push_ingress(ingress.input.event);
      }
      return comes;
    });
    std::erase_if(transit_, [&](const Transit& message) {
      const bool comes = message.round <= round_ && subnet_of_[message.input.to] == subnet;
      if (comes) {
        inputs_[message.input.to].push(message.from, false, message.input.event);
      }
      return comes;
    });
  }

  /// What the busiest thread used; 0 when nothing ran.
  std::uint64_t run_iteration(std::uint32_t subnet, std::uint64_t iteration, std::uint64_t budget) {
    const RoundBudget& costs = network_.budget;
    std::vector<std::uint64_t> used(costs.threads, 0);
    std::size_t canisters = 0;
    std::size_t thread = 0;
    for (CanisterId canister = 0; canister < subnet_of_.size(); ++canister) {
      if (subnet_of_[canister] != subnet) {
        continue;
      }
      ++canisters;
      if (inputs_[canister].empty()) {
        continue;
      }
      std::uint64_t& mine = used[thread++ % costs.threads];
      if (mine >= budget) {
        continue;
      }
      mine += costs.per_switch;
      bool runs = true;
      while (runs && !inputs_[canister].empty() && result_.cut_short.empty()) {
        perform(inputs_[canister].pop(), canister, iteration);
        mine += costs.per_execution + costs.code;
        runs = mine < budget;
      }
    }
    const std::uint64_t most = *std::ranges::max_element(used);
    return most == 0 ? 0 : most + costs.per_canister * canisters;
  }

  /// Messages between canisters of the subnet, by sender.
  void hand_over(std::uint32_t subnet) {
    for (CanisterId from = 0; from < outputs_.size(); ++from) {
      if (subnet_of_[from] != subnet) {
        continue;
      }
      for (const Input& output : outputs_[from]) {
        inputs_[output.to].push(from, true, output.event);
      }
      outputs_[from].clear();
    }
  }

  /// Clients learn of the answers of a turn when all subnets have had their round.
  void end_turn() {
    const double now = start_of(round_ + 1) + network_.certify_seconds;
    std::vector<std::uint32_t> users;
    for (const ContextId context : answered_) {
      SimulatedCall& call = result_.calls[numbers_.at(context)];
      call.answered_seconds = now;
      users.push_back(kernel_.origin(context).user);
    }
    for (const std::uint32_t user : users) {
      submit(user, now);
    }
    answered_.clear();
    if (network_.rounds_max == 0) {
      return;
    }
    for (const SimulatedCall& call : result_.calls) {
      if (!call.answered_seconds && call.first_round <= round_ &&
          round_ - call.first_round + 1 >= network_.rounds_max) {
        result_.cut_short =
            fmt::format("{} was not answered after {} rounds", call.name, network_.rounds_max);
        result_.seconds = now;
        result_.rounds = round_;
        return;
      }
    }
  }

  // Timers.

  /// When the next timer is due, in seconds of the model's clock; 0 for one without clock.
  [[nodiscard]] std::optional<std::uint64_t> next_timer() const {
    std::optional<std::uint64_t> next;
    for (CanisterId canister = 0; canister < subnet_of_.size(); ++canister) {
      const LeafValue armed = timer_of(canister);
      if (armed != 0 && (!next || armed - 1U < *next)) {
        next = armed - 1U;
      }
    }
    return next;
  }

  [[nodiscard]] LeafValue timer_of(CanisterId canister) const {
    const std::optional<LeafPosition> leaf = kernel_.find({LeafKind::kTimer, canister, 0, 0});
    return leaf ? state_[*leaf] : 0;
  }

  /// Timers that are due begin with the round [T2].
  void start_timers(std::uint32_t subnet) {
    std::vector<Event> events;
    for (;;) {
      const std::optional<std::uint64_t> next = next_timer();
      if (!next || (kernel_.system().clock && start_of(round_) < static_cast<double>(*next))) {
        return;
      }
      stepper_.enabled(state_, events);
      const auto found = std::ranges::find_if(events, [&](const Event& event) {
        return event.kind == EventKind::kAdvanceTime ||
               (event.kind == EventKind::kFireTimer && subnet_of_[event.to] == subnet);
      });
      if (found == events.end()) {
        return;
      }
      const Event event = *found;
      Stepper::apply(state_, stepper_.step(state_, event));
      record(event, event.to, 0);
      if (event.kind == EventKind::kFireTimer) {
        Event task;
        task.kind = EventKind::kStartTask;
        task.to = event.to;
        inputs_[event.to].push_task(task);
      }
    }
  }

  // Events.

  void record(const Event& event, CanisterId canister, std::uint64_t iteration) {
    if (options_.keep_events) {
      result_.events.push_back(
          {kernel_.to_text(event), canister, subnet_of_[canister], round_, iteration});
    }
  }

  void perform(Event event, CanisterId canister, std::uint64_t iteration) {
    if (result_.executions >= options_.events_max || round_ > options_.rounds_max ||
        (options_.stop && options_.stop())) {
      result_.cut_short = fmt::format("stopped after {} executions", result_.executions);
      return;
    }
    if (event.kind == EventKind::kStartRequest) {
      event = as_declared(event);
    }
    const Step& step = stepper_.step(state_, event);
    Stepper::apply(state_, step);
    ++result_.executions;
    record(event, canister, iteration);
    for (const auto& [callee, request] : step.requests) {
      Event start;
      start.kind = EventKind::kStartRequest;
      start.from = canister;
      start.to = callee;
      send(canister, {start, callee});
    }
    const std::vector<Response> responses = step.responses;
    for (const Response& response : responses) {
      answer(canister, response);
    }
    if (event.kind == EventKind::kStartIngress) {
      const std::uint32_t user = kernel_.origin(event.context).user;
      if (kernel_.system().users[user].order != ScriptOrder::kThen) {
        submit(user, std::nullopt);
      }
    }
  }

  /// An environment canister gives the first answer that it declares.
  Event as_declared(const Event& event) {
    if (kernel_.system().canisters[event.to].answers.empty()) {
      return event;
    }
    std::vector<Event> events;
    stepper_.enabled(state_, events);
    const auto found = std::ranges::find_if(events, [&](const Event& enabled) {
      return enabled.kind == event.kind && enabled.from == event.from && enabled.to == event.to &&
             !enabled.is_optional();
    });
    return found == events.end() ? event : *found;
  }

  void answer(CanisterId from, const Response& response) {
    if (response.to == 0) {
      const auto number = numbers_.find(response.from);
      if (number != numbers_.end()) {
        result_.calls[number->second].replied = response.answer.replied;
        result_.calls[number->second].last_round = round_;
        answered_.push_back(response.from);
      }
      return;
    }
    Event deliver;
    deliver.kind = EventKind::kDeliver;
    deliver.context = response.to;
    deliver.index = response.index;
    send(from, {deliver, kernel_.origin(response.to).canister});
  }

  void send(CanisterId from, const Input& input) {
    const std::uint32_t here = subnet_of_[from];
    const std::uint32_t there = subnet_of_[input.to];
    if (here == there) {
      outputs_[from].push_back(input);
      return;
    }
    const bool same_turn = network_.hop_rounds == 0 && there > here;
    const std::uint64_t hop = std::max(network_.hop_rounds, 1U);
    transit_.push_back({same_turn ? round_ : round_ + hop, from, input});
  }

  Kernel& kernel_;
  const Network& network_;
  const SimulationOptions& options_;
  Stepper stepper_;
  StateVector state_;
  std::vector<std::uint32_t> subnet_of_;
  std::uint32_t subnets_ = 1;
  std::vector<InputQueues> inputs_;
  std::vector<std::vector<Input>> outputs_;  ///< by sender, to canisters of its subnet
  std::deque<Transit> transit_;
  std::deque<Ingress> ingress_;
  std::map<ContextId, std::size_t> numbers_;  ///< of users' calls, in `result_`
  std::vector<ContextId> answered_;           ///< in this turn
  std::uint64_t round_ = 0;
  Simulated result_;
};

}  // namespace

std::optional<double> SimulatedCall::latency_seconds() const {
  return answered_seconds ? std::optional(*answered_seconds - submitted_seconds) : std::nullopt;
}

Simulated simulate(Kernel& kernel, const Placement& placement, const Network& network,
                   const SimulationOptions& options) {
  return Simulation(kernel, placement, network, options).run();
}

}  // namespace heddle
