#include <algorithm>
#include <exception>
#include <limits>
#include <span>

#include <fmt/format.h>

#include <heddle/checker/internal/dependence.h>

namespace heddle::internal {

namespace {

using Kind = Touch::Kind;
using Phase = ContextState::Phase;
using Status = OpenCall::Status;

/// Positions that stand for families of contexts, above all real ones.
constexpr LeafPosition kFamilies = LeafPosition{1} << 31U;
constexpr LeafPosition kTaskFamilies = kFamilies | LeafPosition{1} << 30U;
constexpr LeafPosition kNowhere = std::numeric_limits<LeafPosition>::max();
/// With more memories than this an automaton is taken to be interested in every step.
constexpr std::size_t kMemoriesMax = 64;
constexpr std::uint64_t kNoSlot = std::numeric_limits<std::uint64_t>::max();

bool is_ingress(const Event& event) {
  return event.kind == EventKind::kStartIngress || event.kind == EventKind::kDropIngress;
}

bool is_response(const Event& event) {
  return event.kind == EventKind::kDeliver || event.kind == EventKind::kExpireCall ||
         event.kind == EventKind::kGarbleReply;
}

bool is_write(Kind kind) {
  return kind == Kind::kWrite || kind == Kind::kWritePresence;
}

bool is_read(Kind kind) {
  return kind == Kind::kRead || kind == Kind::kReadPresence;
}

bool is_take(Kind kind) {
  return kind == Kind::kTake || kind == Kind::kTakeAny;
}

/// Of two ways to touch the same leaf, the lesser kind first.
bool clash(const Touch& a, const Touch& b, bool overtaking) {
  if (is_read(a.kind)) {
    return !is_read(b.kind) && (a.kind == Kind::kRead || b.kind != Kind::kWrite);
  }
  if (is_write(a.kind)) {
    return true;
  }
  const bool same = a.detail == b.detail;
  switch (a.kind) {
    case Kind::kAdd:
      return b.kind != Kind::kAdd;
    case Kind::kKey:
      return b.kind != Kind::kKey || same;
    case Kind::kEnqueue:
      return b.kind == Kind::kEnqueue ? !overtaking : !is_take(b.kind) || same;
    case Kind::kTake:
      return true;  // who is first depends on who was taken before
    case Kind::kTakeAny:
      return b.kind != Kind::kTakeAny || same;
    case Kind::kAnswer:
      return b.kind != Kind::kOwn && same;
    case Kind::kDeliver:
      return b.kind != Kind::kDeliver || same;
    case Kind::kOpen:
    case Kind::kOwn:
      return true;
    case Kind::kFamily:
      return b.kind == Kind::kFamilyRead;
    default:
      return false;
  }
}

bool sees_calls(const Observation& read) {
  switch (read.kind) {
    case ObservationKind::kVariable:
    case ObservationKind::kRequests:
    case ObservationKind::kResult:
    case ObservationKind::kContextLeaf:
    case ObservationKind::kTimer:
    case ObservationKind::kTime:
    case ObservationKind::kVersion:
    case ObservationKind::kStatus:
      return false;
    default:
      return true;
  }
}

}  // namespace

Dependence::Dependence(Stepper& stepper, const Claims& claims)
    : stepper_(stepper), kernel_(stepper.kernel()), claims_(claims) {
  const System& system = kernel_.system();
  overtaking_ = system.weakened.overtaking;
  clock_ = system.clock;
  for (const EventSource::Kind kind : stepper.optional_kinds()) {
    faults_ = true;
    may_stop_ = may_stop_ || kind == EventSource::Kind::kHeartbeats ||
                kind == EventSource::Kind::kResubmits || kind == EventSource::Kind::kControls;
  }
  seen_.read.assign(claims.properties.size() + claims.measures.size(), Known(kernel_, nullptr));
  seen_.remembered.resize(claims.properties.size());
  for (std::size_t i = 0; i < claims.properties.size(); ++i) {
    const Property& property = *claims.properties[i];
    if (property.when() == Property::When::kEveryState && !property.is_memoised()) {
      unrecorded_ |= bit_of_observer(i);
      notes_.push_back(
          fmt::format("what \"{}\" reads is not recorded: no two events are taken to commute",
                      property.name()));
    }
    if (property.when() == Property::When::kEveryStep && !property.looks_at_one_context()) {
      automata_.push_back(i);
      seen_.remembered[i].insert(0);
    }
  }
  known_ = seen_;
}

// Choices.

Choice Dependence::choice_of(const StateVector& state, const Event& event) const {
  Choice choice{Choice::Kind::kEvent, event};
  if (takes_request(event)) {
    const auto queue = kernel_.find(queue_of(event));
    const Request request = kernel_.request(kernel_.list(state[*queue])[event.index]);
    choice.event.context = request.caller;
    choice.event.index = request.index;
  }
  return choice;
}

std::optional<std::uint32_t> Dependence::place_of(const StateVector& state,
                                                  const Event& event) const {
  const auto queue = kernel_.find(queue_of(event));
  if (!queue) {
    return std::nullopt;
  }
  const std::vector<std::uint32_t> requests = kernel_.list(state[*queue]);
  for (std::uint32_t place = 0; place < requests.size(); ++place) {
    const Request request = kernel_.request(requests[place]);
    if (request.caller == event.context && request.index == event.index) {
      return place;
    }
  }
  return std::nullopt;
}

std::optional<Dependence::Withheld> Dependence::withheld(const StateVector& state,
                                                         ContextId context, bool& complete) {
  if (known_.calls_are_read || !automata_.empty()) {
    return std::nullopt;
  }
  const LeafPosition own = kernel_.context_leaf(context);
  const ContextState suspended = kernel_.context_state(state[own]);
  if (suspended.phase != Phase::kSuspended || suspended.await.kind != Await::Kind::kAll ||
      suspended.await.via_helper) {
    return std::nullopt;
  }
  const CanisterId where = kernel_.origin(context).canister;
  Withheld all{context, {}};
  complete = true;
  for (const OpenCall& call : kernel_.open_calls(state[kernel_.open_calls_leaf(context)])) {
    if (std::ranges::find(suspended.await.calls, call.index) == suspended.await.calls.end()) {
      continue;
    }
    const auto pair = kernel_.find({LeafKind::kInFlight, where, call.callee, 0});
    if (pair && known_.scarce.contains(*pair)) {
      return std::nullopt;
    }
    complete = complete && call.status != Status::kWaiting;
    if (call.status == Status::kAnswered) {
      all.calls.push_back(call.index);
    }
  }
  return all;
}

void Dependence::enabled(const StateVector& state, std::vector<Choice>& choices) {
  choices.clear();
  stepper_.enabled(state, events_);
  std::vector<Withheld> withheld_now;
  ContextId looked_at = 0;
  std::optional<Withheld> all;
  bool obligatory = false;
  for (const Event& event : events_) {
    if (event.kind != EventKind::kDeliver) {
      choices.push_back(choice_of(state, event));
      obligatory = obligatory || !event.is_optional();
      continue;
    }
    if (event.context != looked_at) {
      looked_at = event.context;
      bool complete = false;
      all = withheld(state, event.context, complete);
      const auto known = std::ranges::find(withheld_now, looked_at, &Withheld::context);
      if (all && known == withheld_now.end()) {
        withheld_now.push_back(*all);
        if (complete) {
          together(state, *all, choices);
          obligatory = true;
        }
      }
    }
    if (!all || std::ranges::find(all->calls, event.index) == all->calls.end()) {
      choices.push_back({Choice::Kind::kEvent, event});
      obligatory = obligatory || !event.is_optional();
    }
  }
  if (!obligatory && (may_stop_ || !withheld_now.empty())) {
    choices.push_back({Choice::Kind::kStop, {}});
  }
}

/// The ways in which the last of the responses can be delivered.
void Dependence::together(const StateVector& state, const Withheld& all,
                          std::vector<Choice>& choices) {
  Event last;
  last.kind = EventKind::kDeliver;
  last.to = kernel_.origin(all.context).canister;
  last.context = all.context;
  last.index = all.calls.back();
  const auto offer = [&](Event event) {
    event.index = 0;
    choices.push_back({Choice::Kind::kTogether, event});
  };
  if (!faults_) {
    offer(last);
    return;
  }
  StateVector before_last = state;
  for (std::size_t i = 0; i + 1 < all.calls.size(); ++i) {
    Event event = last;
    event.index = all.calls[i];
    Stepper::apply(before_last, stepper_.step(before_last, event));
  }
  stepper_.enabled(before_last, variants_);
  for (const Event& event : variants_) {
    if (event.kind == EventKind::kDeliver && event.context == last.context &&
        event.index == last.index) {
      offer(event);
    }
  }
}

Schedule Dependence::events(const StateVector& state, const Choice& choice) {
  Schedule schedule;
  if (choice.kind == Choice::Kind::kEvent) {
    schedule.push_back(choice.event);
    if (takes_request(choice.event)) {
      const auto place = place_of(state, choice.event);
      if (!place) {
        return {};
      }
      schedule.back().context = 0;
      schedule.back().index = *place;
    }
    return schedule;
  }
  const auto deliver = [&](const Withheld& all) {
    for (const CallIndex call : all.calls) {
      Event event;
      event.kind = EventKind::kDeliver;
      event.to = kernel_.origin(all.context).canister;
      event.context = all.context;
      event.index = call;
      schedule.push_back(event);
    }
  };
  bool complete = false;
  if (choice.kind == Choice::Kind::kTogether) {
    const auto all = withheld(state, choice.event.context, complete);
    if (!all || !complete || all->calls.empty()) {
      return {};
    }
    deliver(*all);
    const CallIndex last = schedule.back().index;
    schedule.back() = choice.event;
    schedule.back().index = last;
    return schedule;
  }
  stepper_.enabled(state, events_);
  ContextId delivered = 0;
  for (const Event& event : std::vector<Event>(events_)) {
    if (event.kind == EventKind::kDeliver && event.context != delivered) {
      delivered = event.context;
      if (const auto all = withheld(state, delivered, complete)) {
        deliver(*all);
      }
    }
  }
  return schedule;
}

bool Dependence::same_message(const Choice& left, const Choice& right) {
  const Event& a = left.event;
  const Event& b = right.event;
  if (left.kind != right.kind || a.context != b.context || a.index != b.index || a.from != b.from ||
      a.to != b.to || a.again != b.again) {
    return false;
  }
  return (is_ingress(a) && is_ingress(b)) || (takes_request(a) && takes_request(b)) ||
         (is_response(a) && is_response(b));
}

// Footprints.

const LeafKey& Dependence::key(LeafPosition position) {
  while (keys_.size() <= position) {
    keys_.push_back(kernel_.key(static_cast<LeafPosition>(keys_.size())));
  }
  return keys_[position];
}

void Dependence::touch(const StateVector& before, const Step& step, ExactFootprint& footprint) {
  const auto add = [&](LeafPosition position, Kind kind, std::uint32_t detail = 0) {
    footprint.touches.push_back({position, kind, detail});
  };
  for (const LeafRead& read : step.reads) {
    switch (key(read.position).kind) {
      case LeafKind::kInFlight:
        if (known_.scarce.contains(read.position) ||
            read.question.kind != LeafQuestion::Kind::kAtMost) {
          add(read.position, Kind::kRead);
        }
        break;
      case LeafKind::kOpenCalls:
        if (read.question.kind == LeafQuestion::Kind::kValue) {
          add(read.position, Kind::kRead);
        } else if (read.question.kind == LeafQuestion::Kind::kStatus ||
                   read.question.kind == LeafQuestion::Kind::kExpiry) {
          // Of two who answer a call the second is heard by nobody.
          add(read.position, Kind::kAnswer, read.question.a);
        } else if (read.question.kind != LeafQuestion::Kind::kDelivery) {
          add(read.position, Kind::kOwn);
        }
        break;
      case LeafKind::kQueue:
        if (read.question.kind != LeafQuestion::Kind::kElement) {
          add(read.position, Kind::kRead);
        }
        break;
      default:
        add(read.position, Kind::kRead);
        break;
    }
  }
  bool taken = false;
  for (const LeafWrite& write : step.writes) {
    const LeafOperation& operation = write.operation;
    const LeafPosition at = write.position;
    switch (key(at).kind) {
      case LeafKind::kInFlight:
        if (known_.scarce.contains(at)) {
          add(at, Kind::kAdd);
        }
        break;
      case LeafKind::kOpenCalls:
        break;  // below
      case LeafKind::kQueue:
        if (operation.kind == LeafOperation::Kind::kEnqueue) {
          for (const std::uint32_t request : kernel_.list(operation.a)) {
            add(at, Kind::kEnqueue, request);
          }
        } else if (operation.kind == LeafOperation::Kind::kErase && !taken) {
          taken = true;
          const bool any = overtaking_ || step.event.kind != EventKind::kStartRequest;
          add(at, any ? Kind::kTakeAny : Kind::kTake, kernel_.list(before[at])[operation.a]);
        } else {
          add(at, Kind::kWrite);
        }
        break;
      case LeafKind::kBudget:
        add(at, Kind::kRead);  // whether it is used up decides whether the event may happen
        add(at, Kind::kAdd);
        break;
      case LeafKind::kContext: {
        const auto change = std::ranges::find(step.changes, at, &LeafChange::position);
        const bool flips =
            change != step.changes.end() && (change->before == 0) != (change->after == 0);
        add(at, flips ? Kind::kWritePresence : Kind::kWrite);
        break;
      }
      default:
        if (operation.kind == LeafOperation::Kind::kAdd) {
          add(at, Kind::kAdd);
        } else if (operation.kind == LeafOperation::Kind::kKeyIn ||
                   operation.kind == LeafOperation::Kind::kKeyOut) {
          add(at, Kind::kKey, operation.a);
        } else {
          add(at, Kind::kWritePresence);
        }
        break;
    }
  }
  touch_calls(before, step, footprint);
  touch_enabling(step, footprint);
  touch_families(step, footprint);
  footprint.seen_by |= readers(step) | interested(step);
}

/// What was done to the calls of contexts: their own doing, and the answers of others.
void Dependence::touch_calls(const StateVector& before, const Step& step,
                             ExactFootprint& footprint) {
  const auto add = [&](LeafPosition position, Kind kind, std::uint32_t detail = 0) {
    footprint.touches.push_back({position, kind, detail});
  };
  bool aside = false;  // nothing but that one call is looked at
  LeafPosition delivered_to = kNowhere;
  if (step.event.kind == EventKind::kDeliver) {
    delivered_to = kernel_.open_calls_leaf(step.event.context);
    add(delivered_to, Kind::kDeliver, step.event.index);
    const ContextState context =
        kernel_.context_state(before[kernel_.context_leaf(step.event.context)]);
    const bool runs =
        step.executions.empty() || (step.executions.front().kind != Execution::Kind::kStore &&
                                    step.executions.front().kind != Execution::Kind::kConsume);
    const bool waits_for_all =
        context.await.kind == Await::Kind::kAll && !context.await.via_helper &&
        std::ranges::find(context.await.calls, step.event.index) != context.await.calls.end();
    aside = !runs && context.phase == Phase::kSuspended && !waits_for_all;
    if (!aside) {
      add(delivered_to, Kind::kOwn);
    }
  }
  for (const LeafWrite& write : step.writes) {
    if (key(write.position).kind != LeafKind::kOpenCalls) {
      continue;
    }
    const LeafOperation& operation = write.operation;
    if (operation.kind == LeafOperation::Kind::kAnswer ||
        operation.kind == LeafOperation::Kind::kExpire) {
      add(write.position, Kind::kAnswer, operation.a);
      continue;
    }
    if (!aside || write.position != delivered_to) {
      add(write.position, Kind::kOwn);
    }
    if (operation.kind == LeafOperation::Kind::kOpen) {
      for (const OpenCall& call : kernel_.open_calls(operation.a)) {
        add(write.position, Kind::kOpen, call.index);
      }
    }
  }
}

/// What decides that the event may happen, where performing it does not ask.
void Dependence::touch_enabling(const Step& step, ExactFootprint& footprint) {
  const Event& event = step.event;
  const auto add = [&](const LeafKey& leaf, Kind kind) {
    footprint.touches.push_back({kernel_.position(leaf), kind, 0});
  };
  if (event.kind == EventKind::kManage || event.kind == EventKind::kStopped ||
      (event.kind == EventKind::kStartIngress && kernel_.is_managed(event.to) &&
       kernel_.management(kernel_.user_call(kernel_.origin(event.context))) != Management::kNone)) {
    // Which contexts are open decides what it does, or whether it may happen.
    footprint.everything = true;
  }
  const bool runs_if_running = event.kind == EventKind::kStartTask ||
                               event.kind == EventKind::kFireTimer ||
                               event.kind == EventKind::kHeartbeat;
  if (runs_if_running && kernel_.is_managed(event.to)) {
    add({LeafKind::kLifecycle, event.to, 0, 0}, Kind::kRead);
  }
  if (event.kind == EventKind::kFireTimer && clock_) {
    add({LeafKind::kClock, 0, 0, 0}, Kind::kRead);
  }
  if (event.kind == EventKind::kResubmit) {
    add({LeafKind::kContext, 0, event.context, 0}, Kind::kRead);
  }
  if (!is_ingress(event)) {
    return;
  }
  const ContextOrigin origin = kernel_.origin(event.context);
  const User& user = kernel_.system().users[origin.user];
  const auto calls = static_cast<std::uint32_t>(user.calls.size());
  const auto context_of = [&](std::uint32_t number) {
    return kernel_.context({ContextOrigin::Kind::kIngress, user.calls[number % calls].canister,
                            origin.user, number, 0, 0});
  };
  const UserCall& own = kernel_.user_call(origin);
  const auto identical = [&](std::uint32_t number) {
    const UserCall& other = user.calls[number];
    return other.canister == own.canister && other.method == own.method &&
           other.arguments == own.arguments;
  };
  if (origin.number >= calls) {
    // Sent again: of identical copies the first stands for all.
    for (std::uint32_t i = 0; i < calls; ++i) {
      if (identical(i)) {
        add({LeafKind::kResubmitted, 0, context_of(i), 0}, Kind::kRead);
        for (std::uint32_t copy = i + calls; copy < origin.number; copy += calls) {
          add({LeafKind::kContext, 0, context_of(copy), 0}, Kind::kReadPresence);
        }
      }
    }
    return;
  }
  for (std::uint32_t i = 0; i < origin.number; ++i) {
    const LeafKey leaf{LeafKind::kContext, 0, context_of(i), 0};
    if (user.order == ScriptOrder::kThen) {
      add(leaf, Kind::kRead);
    } else if (user.order == ScriptOrder::kInOrder ? user.calls[i].canister == own.canister
                                                   : identical(i)) {
      add(leaf, Kind::kReadPresence);
    }
  }
}

LeafPosition Dependence::family(ContextId context) const {
  ContextOrigin origin = kernel_.origin(context);
  while (origin.kind == ContextOrigin::Kind::kCall) {
    context = origin.parent;
    origin = kernel_.origin(context);
  }
  return origin.kind == ContextOrigin::Kind::kTask ? kTaskFamilies | origin.canister
                                                   : kFamilies | context;
}

/// Tasks that start, `continue_as` and Deferreds look for contexts by name.
void Dependence::touch_families(const Step& step, ExactFootprint& footprint) {
  const auto add = [&](LeafPosition position, Kind kind) {
    footprint.touches.push_back({position, kind, 0});
  };
  for (const LeafChange& change : step.changes) {
    const LeafKey& leaf = key(change.position);
    if (leaf.kind == LeafKind::kContext && (change.before == 0) != (change.after == 0)) {
      add(family(leaf.b), Kind::kFamily);
    }
  }
  for (const LeafWrite& write : step.writes) {
    // The copy of a request will have a name in the family of its caller.
    if (key(write.position).kind != LeafKind::kQueue || key(write.position).c == 0) {
      continue;
    }
    if (write.operation.kind == LeafOperation::Kind::kEnqueue) {
      for (const std::uint32_t request : kernel_.list(write.operation.a)) {
        add(family(kernel_.request(request).caller), Kind::kFamily);
      }
    } else if (step.context != 0) {
      add(family(step.context), Kind::kFamily);
    }
  }
  if (!step.looked_everywhere) {
    return;
  }
  bool by_name = false;
  for (const Execution& execution : step.executions) {
    by_name = by_name || execution.effects == nullptr ||
              execution.effects->end == PieceEnd::kTrapped ||
              !execution.effects->resolutions.empty();
  }
  if (step.event.kind == EventKind::kStartTask) {
    add(kTaskFamilies | step.event.to, Kind::kFamilyRead);
  } else if (step.context != 0) {
    add(family(step.context), Kind::kFamilyRead);
  }
  // Which contexts have had the name of a Deferred's is known from schedules, not from the state.
  footprint.everything = footprint.everything || by_name;
}

void Dependence::seal(const Choice& choice, ExactFootprint& footprint) {
  footprint.everything = footprint.everything || choice.kind == Choice::Kind::kStop;
  std::ranges::sort(footprint.touches);
  const auto again = std::ranges::unique(footprint.touches);
  footprint.touches.erase(again.begin(), again.end());
}

bool Dependence::meet(const ExactFootprint& left, const ExactFootprint& right) const {
  if (left.everything || right.everything || (left.seen_by & right.seen_by) != 0) {
    return true;
  }
  auto a = left.touches.begin();
  auto b = right.touches.begin();
  while (a != left.touches.end() && b != right.touches.end()) {
    if (a->position < b->position) {
      ++a;
      continue;
    }
    if (b->position < a->position) {
      ++b;
      continue;
    }
    const LeafPosition position = a->position;
    const auto from = b;
    for (; a != left.touches.end() && a->position == position; ++a) {
      for (b = from; b != right.touches.end() && b->position == position; ++b) {
        if (a->kind <= b->kind ? clash(*a, *b, overtaking_) : clash(*b, *a, overtaking_)) {
          return true;
        }
      }
    }
  }
  return false;
}

// What is learned.

std::uint64_t Dependence::bit_of_observer(std::size_t observer) {
  return std::uint64_t{1} << (observer % 64);
}

std::uint64_t Dependence::readers_of(LeafPosition position) {
  while (readers_.size() <= position) {
    const LeafKey& leaf = key(static_cast<LeafPosition>(readers_.size()));
    std::uint64_t readers = unrecorded_;
    for (std::size_t i = 0; i < known_.read.size(); ++i) {
      readers |= known_.read[i].is_visible(kernel_, leaf) ? bit_of_observer(i) : 0;
    }
    readers_.push_back(readers);
  }
  return readers_[position];
}

std::uint64_t Dependence::readers(const Step& step) {
  std::uint64_t readers = 0;
  for (const LeafWrite& write : step.writes) {
    readers |= readers_of(write.position);
  }
  return readers;
}

std::uint64_t Dependence::interested(const Step& step) {
  std::uint64_t interested = 0;
  const StepView view{kernel_, step};
  for (const std::size_t index : automata_) {
    const Property& property = *claims_.properties[index];
    const std::set<LeafValue>& memories = known_.remembered[index];
    bool is = memories.size() > kMemoriesMax;
    for (auto memory = memories.begin(); memory != memories.end() && !is; ++memory) {
      try {
        is = property.after(*memory, view) != *memory;
      } catch (const std::exception&) {
        is = true;  // the search itself meets it, and says where
      }
    }
    interested |= is ? bit_of_observer(index) : 0;
  }
  return interested;
}

void Dependence::was_read(std::size_t observer, const Observation& read) {
  grew_ = seen_.read[observer].learn(kernel_, read) || grew_;
  if (sees_calls(read) && !seen_.calls_are_read) {
    seen_.calls_are_read = true;
    grew_ = true;
  }
}

void Dependence::was_remembered(std::size_t property, LeafValue memory) {
  if (!claims_.properties[property]->looks_at_one_context()) {
    grew_ = seen_.remembered[property].insert(memory).second || grew_;
  }
}

Dependence::Asked Dependence::asked(const Step& step) const {
  Asked asked;
  for (const LeafRead& read : step.reads) {
    if (read.question.kind != LeafQuestion::Kind::kAtMost) {
      continue;
    }
    const LeafKey leaf = kernel_.key(read.position);
    if (leaf.kind != LeafKind::kInFlight) {
      continue;
    }
    const bool freed = std::ranges::any_of(step.writes, [&](const LeafWrite& write) {
      return write.position == read.position && write.operation.kind == LeafOperation::Kind::kAdd &&
             static_cast<std::int32_t>(write.operation.a) < 0;
    });
    const std::uint64_t limit =
        kernel_.system().limit(static_cast<CanisterId>(leaf.a), static_cast<CanisterId>(leaf.b));
    const std::uint64_t slots =
        read.answer == 0 ? kNoSlot : limit - read.question.a + (freed ? 1 : 0);
    const auto known = std::ranges::find(asked, read.position, &Asked::value_type::first);
    if (known == asked.end()) {
      asked.emplace_back(read.position, slots);
    } else {
      known->second = std::max(known->second, slots);
    }
  }
  return asked;
}

bool Dependence::were_asked(const std::map<LeafPosition, std::uint64_t>& slots) {
  bool fresh = false;
  for (const auto& [position, count] : slots) {
    const LeafKey leaf = kernel_.key(position);
    if (count >
        kernel_.system().limit(static_cast<CanisterId>(leaf.a), static_cast<CanisterId>(leaf.b))) {
      fresh = seen_.scarce.insert(position).second || fresh;
    }
  }
  grew_ = grew_ || fresh;
  return fresh;
}

void Dependence::start_again() {
  known_ = seen_;
  grew_ = false;
  readers_.clear();
}

}  // namespace heddle::internal
