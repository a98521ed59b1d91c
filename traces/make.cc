#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include <heddle/checker/critical_step.h>
#include <heddle/checker/liveness.h>
#include <heddle/model/shown.h>
#include <heddle/properties/state.h>
#include <heddle/properties/wait_for.h>
#include <heddle/traces/compare.h>
#include <heddle/traces/internal/judgements.h>
#include <heddle/traces/internal/names.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/make.h>
#include <heddle/traces/outlook.h>
#include <heddle/traces/source_place.h>

namespace heddle {
namespace {

using internal::Names;

std::string_view to_string(Execution::Kind kind) {
  switch (kind) {
    case Execution::Kind::kCode:
      return "code";
    case Execution::Kind::kCleanup:
      return "cleanup";
    case Execution::Kind::kStore:
      return "store";
    case Execution::Kind::kConsume:
      return "consume";
    case Execution::Kind::kHelper:
      return "helper";
    case Execution::Kind::kEnvironment:
      return "environment";
    case Execution::Kind::kRefused:
      return "refused";
    case Execution::Kind::kManagement:
      return "management";
  }
  return "";
}

/// Judges the properties along a replay and remembers the first that fails.
class Witness {
 public:
  Witness(Stepper& stepper, const Claims& claims, Trace& trace)
      : stepper_(stepper), claims_(claims), trace_(trace), memory_(claims.properties.size()) {}

  void follow(const Step& step) {
    const StepView view{stepper_.kernel(), step};
    for (std::size_t i = 0; i < claims_.properties.size() && !found_; ++i) {
      const Property& property = *claims_.properties[i];
      if (property.when() != Property::When::kEveryStep) {
        continue;
      }
      if (const auto next = property.after(memory_[i], view)) {
        memory_[i] = *next;
      } else {
        found(property, property.explain(memory_[i], view));
      }
    }
  }

  void judge(const StateVector& now) {
    if (found_) {
      return;
    }
    const bool quiescent = stepper_.quiescent(now);
    StateSource source(stepper_.kernel(), now);
    const State state(source, stepper_.kernel(), now);
    for (const auto& property : claims_.properties) {
      const bool asked = property->when() == Property::When::kEveryState ||
                         (property->when() == Property::When::kQuiescence && quiescent);
      if (asked && !property->is_wanted() && !property->holds(state)) {
        found(*property, property->explain(state));
        return;
      }
    }
  }

 private:
  void found(const Property& property, std::string why) {
    found_ = true;
    trace_.verdict = to_string(Answered::kViolated);
    trace_.property = property.name();
    trace_.property_kind = property.kind();
    trace_.why = std::move(why);
    trace_.violated_step = trace_.steps.size();
  }

  Stepper& stepper_;
  const Claims& claims_;
  Trace& trace_;
  std::vector<LeafValue> memory_;
  bool found_ = false;
};

/// Follows the watched values along a replay. Only those that differ from what they were are told.
class Watched {
 public:
  Watched(Stepper& stepper, const std::vector<Watch>& watches)
      : stepper_(stepper), watches_(watches), first_(values(stepper.kernel().initial())) {
    last_ = first_;
  }

  /// Adds what the step changed, unless a variable of the same name has told it.
  void follow(const StateVector& now, std::vector<VariableDiff>& diffs) {
    std::vector<std::string> values = this->values(now);
    for (std::size_t i = 0; i < watches_.size(); ++i) {
      if (values[i] != last_[i]) {
        tell(i, last_[i], values[i], diffs);
      }
    }
    last_ = std::move(values);
  }

  /// Adds all of them, from the first state to the last.
  void end(std::vector<VariableDiff>& diffs) const {
    for (std::size_t i = 0; i < watches_.size(); ++i) {
      tell(i, first_[i], last_[i], diffs);
    }
  }

 private:
  std::vector<std::string> values(const StateVector& now) {
    std::vector<std::string> values;
    if (!watches_.empty()) {
      StateSource source(stepper_.kernel(), now);
      const State state(source, stepper_.kernel(), now);
      for (const Watch& watch : watches_) {
        values.push_back(watch.observe(state));
      }
    }
    return values;
  }

  void tell(std::size_t i, const std::string& before, const std::string& after,
            std::vector<VariableDiff>& diffs) const {
    const Watch& watch = watches_[i];
    const bool is_told = std::any_of(diffs.begin(), diffs.end(), [&](const VariableDiff& diff) {
      return diff.canister == watch.canister && diff.variable == watch.name;
    });
    if (!is_told) {
      diffs.push_back({watch.canister, watch.name, before, after});
    }
  }

  Stepper& stepper_;
  const std::vector<Watch>& watches_;
  std::vector<std::string> first_;
  std::vector<std::string> last_;
};

class Maker {
 public:
  Maker(Kernel& kernel, const Claims& claims, const TraceRequest& request)
      : kernel_(kernel),
        claims_(claims),
        request_(request),
        stepper_(kernel),
        names_(kernel),
        witness_(stepper_, claims, trace_),
        judgements_(stepper_, claims),
        watched_(stepper_, request.watched) {}

  Trace make() {
    head();
    witness_.judge(kernel_.initial());
    if (request_.for_page) {
      judgements_.judge(kernel_.initial(), 0);
    }
    const Replayed replayed = replay(
        stepper_, request_.schedule, request_.mode,
        [this](const StateVector& before, const std::vector<Event>& enabled, const Step& step,
               const StateVector& after) { observe(before, enabled, step, after); });
    for (const Divergence& divergence : replayed.divergences) {
      trace_.divergences.push_back(
          divergence.taken.empty()
              ? fmt::format("line {}: {} was not enabled and is left out", divergence.line,
                            divergence.wanted)
              : fmt::format("line {}: {} was not enabled, {} was taken instead", divergence.line,
                            divergence.wanted, divergence.taken));
    }
    verdict();
    runs(replayed.schedule);
    races();
    ends(replayed.end);
    if (request_.for_page) {
      trace_.properties = judgements_.take();
      next(replayed.end);
    }
    return std::move(trace_);
  }

 private:
  void head() {
    trace_.scenario = request_.scenario;
    trace_.description = request_.description;
    trace_.profile = request_.profile;
    trace_.repro = request_.repro;
    trace_.settings = request_.settings;
    for (const Installed& canister : kernel_.system().canisters) {
      trace_.canisters.push_back(canister.name);
    }
    for (const User& user : kernel_.system().users) {
      if (!std::all_of(user.calls.begin(), user.calls.end(),
                       [](const UserCall& call) { return call.left_out; })) {
        trace_.users.push_back(user.name);
      }
    }
  }

  /// What the verdict says of this schedule counts more than what the replay found on its own.
  void verdict() {
    if (request_.verdict == nullptr) {
      return;
    }
    const Verdict& verdict = *request_.verdict;
    trace_.strategy = verdict.strategy;
    trace_.seed = verdict.seed;
    if (verdict.schedule != request_.schedule) {
      return;  // a witness of something else
    }
    trace_.minimality = verdict.minimality;
    if (verdict.answered == Answered::kViolated && trace_.property != verdict.property) {
      trace_.verdict = heddle::to_string(verdict.answered);
      trace_.property = verdict.property;
      trace_.property_kind = verdict.property_kind;
      trace_.why = verdict.why;
      trace_.violated_step = trace_.steps.size();
    }
  }

  /// A run of which a claim about runs is not true, if nothing failed on the way.
  void runs(const Schedule& schedule) {
    const Verdict* const verdict = request_.verdict;
    const bool is_known = verdict != nullptr && verdict->schedule == request_.schedule;
    if (is_known && verdict->repeats_from) {
      repeats_from(*verdict->repeats_from);
    } else if (trace_.property.empty()) {
      if (const auto failure = failure_of_run(kernel_, claims_, schedule)) {
        const Property& property = *claims_.properties[failure->property];
        trace_.verdict = heddle::to_string(Answered::kViolated);
        trace_.property = property.name();
        trace_.property_kind = property.kind();
        trace_.why = why_of_run(kernel_, claims_, *failure);
        trace_.violated_step = trace_.steps.size();
        if (failure->repeats_from) {
          repeats_from(*failure->repeats_from);
        }
      }
    }
  }

  /// After so many events.
  void repeats_from(std::size_t events) {
    trace_.repeats_from = events + 1;
    if (events < trace_.steps.size()) {
      trace_.steps[events].notes.push_back(
          fmt::format("steps {} to {} repeat for ever", events + 1, trace_.steps.size()));
    } else if (!trace_.steps.empty()) {
      trace_.steps.back().notes.emplace_back("nothing more need happen");
    }
  }

  // ---- One step.

  void observe(const StateVector& before, const std::vector<Event>& enabled, const Step& step,
               const StateVector& after) {
    TraceStep told;
    told.number = trace_.steps.size() + 1;
    told.event = kernel_.to_text(step.event);
    told.kind = step.event.kind;
    told.is_fault = step.event.is_fault();
    told.enabled_count = enabled.size();
    for (std::size_t i = 0; i < std::min(enabled.size(), TraceStep::kEnabledMax); ++i) {
      told.enabled.push_back(kernel_.to_text(enabled[i]));
    }
    locate(step, told);
    calls(step, told);
    responses(step, told);
    for (const Execution& execution : step.executions) {
      ran(before, execution, told);
    }
    if (const std::uint32_t open = step.callbacks_cut_off; open > 0) {
      told.notes.push_back(fmt::format("{} of the code before {} open; what answers {} traps",
                                       open == 1 ? "1 callback" : fmt::format("{} callbacks", open),
                                       open == 1 ? "is" : "are", open == 1 ? "it" : "them"));
    }
    if (step.event.kind == EventKind::kDeliver) {
      const ContextState waiting =
          kernel_.context_state(before[kernel_.context_leaf(step.event.context)]);
      if (waiting.is_cut_off && !waiting.responded) {
        told.notes.emplace_back("its callback traps: the code that made the call is gone");
      }
    }
    if (step.delivered) {
      told.delivered_call = call_name(step.event.context, step.event.index);
      told.delivered =
          step.event.index == kHelperCall && step.delivered->replied
              ? "its self-call"
              : names_.answer(*step.delivered, callee_of(step.event.context, step.event.index));
    }
    told.diffs = internal::told_once(names_.diffs(step.changes));
    if (const ContextId context = running(step); context != 0) {
      const ContextState state = kernel_.context_state(after[kernel_.context_leaf(context)]);
      told.gone = state.phase == ContextState::Phase::kAbsent ||
                  state.phase == ContextState::Phase::kFinished;
    }
    records_.push_back(access_record(kernel_, step));
    trace_.steps.push_back(std::move(told));
    // These run code of their own, after which `step` may be gone.
    witness_.follow(step);
    if (request_.for_page) {
      judgements_.follow(step);
      judgements_.judge(after, trace_.steps.size());
    }
    witness_.judge(after);
    watched_.follow(after, trace_.steps.back().diffs);
  }

  /// The context whose code ran.
  static ContextId running(const Step& step) {
    return !step.executions.empty() && step.event.kind != EventKind::kManage &&
                   step.executions.front().kind == Execution::Kind::kCode
               ? step.executions.front().context
               : 0;
  }

  std::string call_name(ContextId caller, CallIndex index) const {
    return index == kHelperCall ? fmt::format("{}/h", kernel_.name(caller))
                                : fmt::format("{}/{}", kernel_.name(caller), index + 1);
  }

  void locate(const Step& step, TraceStep& told) {
    const Event& event = step.event;
    const auto canister = [&](CanisterId id) { return kernel_.system().canisters[id].name; };
    switch (event.kind) {
      case EventKind::kStartIngress:
      case EventKind::kDeliver:
        told.lane = canister(kernel_.origin(event.context).canister);
        told.call = kernel_.name(event.context);
        break;
      case EventKind::kStartRequest:
        told.lane = canister(event.to);
        told.call = kernel_.name(step.context);
        if (event.again) {
          add_call({.name = told.call,
                    .parent = kernel_.name(kernel_.origin(step.context).parent),
                    .caller = canister(event.from),
                    .canister = told.lane});
        }
        break;
      case EventKind::kStartTask:
        told.lane = canister(event.to);
        told.call = step.context == 0 ? std::string() : kernel_.name(step.context);
        break;
      case EventKind::kFireTimer:
      case EventKind::kHeartbeat:
      case EventKind::kStopped:
        told.lane = canister(event.to);
        break;
      case EventKind::kManage:
        told.lane = canister(event.to);
        told.call =
            event.action == Management::kTimeOut ? kernel_.name(event.context) : std::string();
        break;
      case EventKind::kAdvanceTime:
        break;
      case EventKind::kRejectRequest:
        told.lane = canister(event.from);
        for (const Response& response : step.responses) {
          told.call = call_name(response.to, response.index);
        }
        break;
      case EventKind::kDropRequest:
        told.lane = canister(event.to);
        told.call = kernel_.name(step.context);
        break;
      case EventKind::kExpireCall:
      case EventKind::kGarbleReply:
        told.lane = canister(kernel_.origin(event.context).canister);
        told.call = call_name(event.context, event.index);
        break;
      case EventKind::kDropIngress:
      case EventKind::kResubmit:
        told.call = kernel_.name(event.context);
        break;
    }
    if (event.kind == EventKind::kStartIngress) {
      const ContextOrigin origin = kernel_.origin(event.context);
      const UserCall& call = kernel_.user_call(origin);
      add_call({.name = told.call,
                .caller = kernel_.system().users[origin.user].name,
                .canister = told.lane,
                .method = names_.method({call.canister, call.method}),
                .arguments = names_.arguments({call.canister, call.method}, call.arguments)});
    } else if (event.kind == EventKind::kStartTask && step.context != 0) {
      add_call({.name = told.call, .caller = "system", .canister = told.lane});
    }
  }

  void add_call(TraceCall call) {
    if (call_numbers_.try_emplace(call.name, trace_.calls.size()).second) {
      trace_.calls.push_back(std::move(call));
    }
  }

  /// The calls that the step sends.
  void calls(const Step& step, TraceStep& told) {
    for (const auto& [callee, request] : step.requests) {
      if (request.index != kHelperCall) {
        callees_[{request.caller, request.index}] = {callee, request.method};
      }
    }
    const ContextId context = running(step);
    const Effects* effects = context == 0 ? nullptr : step.executions.front().effects;
    if (effects == nullptr) {
      return;
    }
    for (const Send& send : effects->sends) {
      if (send.method == Send::kHelperMethod) {
        continue;
      }
      TraceSend sent;
      sent.accepted = send.accepted;
      sent.deferred = send.deferred;
      sent.one_way = send.one_way;
      sent.place = to_place(send.where);
      if (!send.deferred) {
        const internal::Callee callee{send.callee, send.method};
        sent.callee = send.callee == kNoCanister ? names_.principal(send.callee_principal)
                                                 : kernel_.system().canisters[send.callee].name;
        sent.method =
            send.method == Send::kNoMethod ? names_.text(send.method_name) : names_.method(callee);
        sent.arguments = names_.arguments(callee, send.arguments);
      }
      if (send.accepted) {
        sent.call = call_name(context, send.index);
        callees_[{context, send.index}] = {send.callee, send.method, send.deferred,
                                           send.show_value};
        if (!send.deferred) {
          add_call({.name = sent.call,
                    .parent = kernel_.name(context),
                    .caller = told.lane,
                    .canister = sent.callee,
                    .method = sent.method,
                    .arguments = sent.arguments});
        }
      }
      told.sends.push_back(std::move(sent));
    }
  }

  internal::Callee callee_of(ContextId caller, CallIndex index) const {
    const auto found = callees_.find({caller, index});
    return found == callees_.end() ? internal::Callee{} : found->second;
  }

  void responses(const Step& step, TraceStep& told) {
    for (const Response& response : step.responses) {
      if (response.to != 0 && response.index == kHelperCall) {
        continue;  // the helper self-call is no call of the author's
      }
      TraceResponse given;
      internal::Callee answering;
      if (response.to == 0) {
        const ContextOrigin origin = kernel_.origin(response.from);
        const UserCall& call = kernel_.user_call(origin);
        answering = {call.canister, call.method};
        given.call = kernel_.name(response.from);
        given.to = kernel_.system().users[origin.user].name;
      } else {
        answering = callee_of(response.to, response.index);
        given.call = call_name(response.to, response.index);
        given.to = kernel_.system().canisters[kernel_.origin(response.to).canister].name;
      }
      given.replied = response.answer.replied;
      given.code = response.answer.code;
      given.value = response.answer.replied ? names_.reply(answering, response.answer.value)
                                            : names_.text(response.answer.value);
      given.injected = response.injected;
      if (const auto call = call_numbers_.find(given.call); call != call_numbers_.end()) {
        trace_.calls[call->second].result = names_.answer(response.answer, answering);
      }
      told.responses.push_back(std::move(given));
    }
    for (const Response& response : step.dropped) {
      told.notes.push_back(
          fmt::format("its answer, {}, is dropped: {} has been answered before",
                      names_.answer(response.answer, callee_of(response.to, response.index)),
                      call_name(response.to, response.index)));
    }
  }

  void ran(const StateVector& before, const Execution& execution, TraceStep& told) {
    const Effects* effects = execution.effects;
    if (effects != nullptr) {
      for (const std::string& note : effects->notes) {
        told.notes.push_back(note);
      }
    }
    if (execution.kind == Execution::Kind::kCleanup) {
      told.cleanup_ran = true;
      if (execution.injected_trap) {
        told.notes.push_back("cleanup trapped: injected trap");
      } else if (effects != nullptr && effects->end == PieceEnd::kTrapped) {
        told.notes.push_back(
            fmt::format("cleanup trapped: {}", names_.text(effects->response.value)));
      }
      return;
    }
    if (told.kind == EventKind::kManage || told.ran == to_string(Execution::Kind::kManagement)) {
      // Before and after an upgrade.
      const std::string method = names_.method({execution.canister, execution.method});
      told.notes.push_back(effects != nullptr && effects->end == PieceEnd::kTrapped
                               ? fmt::format("{} traps ({}), and nothing has changed", method,
                                             names_.text(effects->response.value))
                               : fmt::format("{} runs", method));
      return;
    }
    told.ran = to_string(execution.kind);
    if (execution.kind == Execution::Kind::kHelper) {
      told.call = kernel_.name(kernel_.origin(execution.context).parent);
      return;
    }
    // Of a context whose code is gone nothing more is known than its name.
    if (execution.arguments != 0) {
      const internal::Callee method{execution.canister, execution.method};
      told.method = names_.method(method);
      told.arguments = names_.arguments(method, execution.arguments);
    }
    if (auto call = call_numbers_.find(told.call);
        call != call_numbers_.end() && trace_.calls[call->second].method.empty()) {
      trace_.calls[call->second].method = told.method;
      trace_.calls[call->second].arguments = told.arguments;
    }
    if (execution.kind != Execution::Kind::kCode) {
      return;
    }
    told.segment = segments_[execution.context]++;
    if (effects == nullptr) {
      told.ended = "trapped";
      told.trap = "injected trap";
      told.rolled_back = true;
      return;
    }
    told.accesses = accesses(before, execution, *effects);
    end(execution, *effects, told);
  }

  void end(const Execution& execution, const Effects& effects, TraceStep& told) {
    switch (effects.end) {
      case PieceEnd::kSuspended:
        told.ended = "suspended";
        told.awaiting = awaiting(execution.context, effects.await);
        told.await_place = to_place(effects.await_where);
        last_place_[execution.context] = told.await_place;
        break;
      case PieceEnd::kReplied:
      case PieceEnd::kCleanedUp:
        told.ended = "replied";
        break;
      case PieceEnd::kEnded:
        told.ended = "ended";
        break;
      case PieceEnd::kRejected:
        told.ended = "rejected";
        break;
      case PieceEnd::kTrapped:
        told.ended = "trapped";
        told.trap = names_.text(effects.response.value);
        break;
    }
    const bool trapped = effects.end == PieceEnd::kTrapped;
    told.kept_writes = trapped && !effects.writes.empty();
    told.rolled_back = trapped && !told.kept_writes;
    told.committed = !trapped;
  }

  std::string awaiting(ContextId context, const Await& await) {
    constexpr std::size_t kNamed = 3;
    std::vector<std::string> calls;
    for (std::size_t i = 0; i < std::min(await.calls.size(), kNamed); ++i) {
      const internal::Callee callee = callee_of(context, await.calls[i]);
      const std::string name = call_name(context, await.calls[i]);
      calls.push_back(callee.is_deferred ? fmt::format("Deferred {}", name)
                      : callee.canister == kNoCanister
                          ? name
                          : fmt::format("{} ({})", names_.full_method(callee), name));
    }
    if (await.calls.size() > kNamed) {
      calls.push_back(fmt::format("{} more", await.calls.size() - kNamed));
    }
    std::string text = fmt::format("{}", fmt::join(calls, ", "));
    if (await.calls.size() > 1) {
      text = fmt::format("{} of {}",
                         await.kind == Await::Kind::kAny    ? "any"
                         : await.kind == Await::Kind::kEach ? "each"
                                                            : "all",
                         text);
    }
    if (await.via_helper) {
      text += ", complete already";
    }
    return text;
  }

  /// Operations in program order, each with the best that is known of its place.
  std::vector<TraceAccess> accesses(const StateVector& before, const Execution& execution,
                                    const Effects& effects) {
    std::vector<TraceAccess> result;
    std::set<Subject> written;
    SourcePlace last = last_place_[execution.context];
    for (const Access& access : effects.accesses) {
      TraceAccess told;
      told.kind = access.kind;
      switch (access.kind) {
        case Access::Kind::kTold:
        case Access::Kind::kWritten:
        case Access::Kind::kModified: {
          const bool reads = access.kind == Access::Kind::kTold;
          told.variable = names_.variable(execution.canister, access.subject);
          if (reads && !written.contains(access.subject)) {
            told.value = names_.value_in(before, execution.canister, access.subject);
          } else if (!reads) {
            written.insert(access.subject);
            told.value = written_value(execution.canister, effects, access.subject);
          }
          told.place = places_[access.site];
          break;
        }
        case Access::Kind::kSent:
          told.value = call_name(execution.context, access.call);
          told.place = to_place(access.where);
          break;
        case Access::Kind::kAwaitReady:
          told.place = to_place(access.where);
          break;
      }
      result.push_back(std::move(told));
    }
    // Without debug information: the sends and awaits around it, whose places the compiler knew.
    SourcePlace next = to_place(effects.await_where);
    for (std::size_t i = result.size(); i-- > 0;) {
      if (result[i].place.line != 0) {
        next = result[i].place;
      } else {
        result[i].place.file = internal::to_text(next, true);
      }
    }
    for (TraceAccess& access : result) {
      if (access.place.line != 0) {
        last = access.place;
        continue;
      }
      const std::string from = internal::to_text(last, true);
      const std::string to = std::exchange(access.place.file, {});
      if (!from.empty() && !to.empty()) {
        access.place.file = fmt::format("between {} and {}", from, to);
      } else if (!from.empty() || !to.empty()) {
        access.place.file =
            from.empty() ? fmt::format("before {}", to) : fmt::format("after {}", from);
      }
    }
    return result;
  }

  std::string written_value(CanisterId canister, const Effects& effects, Subject subject) {
    for (const auto& [which, value] : effects.writes) {
      if (which == subject) {
        return names_.value(canister, subject, value);
      }
    }
    return {};
  }

  // ---- The whole.

  void races() {
    const std::vector<FoundRace> found = find_races(records_, request_.groups);
    for (const FoundRace& race : found) {
      Race told;
      told.pattern = heddle::to_string(race.pattern);
      told.variable = name_of(kernel_, race.canister, race.subject);
      told.call = kernel_.name(race.overtaken);
      told.intruder = kernel_.name(race.intruder);
      told.told_step = race.told_step + 1;
      told.intruder_step = race.intruder_step + 1;
      told.write_step = race.step + 1;
      if (const TraceStep* awaits = awaiting_during(race); awaits != nullptr) {
        told.awaited = awaits->awaiting.substr(0, awaits->awaiting.find(" ("));
        told.await_place = awaits->await_place;
      }
      told.told_place = place_in(told.told_step, told.variable, race.told_site);
      told.intruder_place = place_in(told.intruder_step, told.variable, race.intruder_site);
      told.write_place = race.site == nullptr ? to_place(race.where)
                                              : place_in(told.write_step, told.variable, race.site);
      told.declared = is_declared(race);
      told.sentence = to_sentence(
          kernel_, race,
          [this](const void* site) { return internal::to_text(places_[site], true); },
          awaited_text(told));
      trace_.races.push_back(std::move(told));
    }
    // What the violated property forbids comes first, then what else is declared.
    std::vector<Race> ranked;
    for (int wanted = 0; wanted <= 2; ++wanted) {
      std::copy_if(trace_.races.begin(), trace_.races.end(), std::back_inserter(ranked),
                   [&](const Race& race) { return rank(race) == wanted; });
    }
    trace_.races = std::move(ranked);
  }

  int rank(const Race& race) const {
    if (race.declared && trace_.property.find(without_key(race.variable)) != std::string::npos) {
      return 0;
    }
    return race.declared ? 1 : 2;
  }

  static std::string without_key(const std::string& variable) {
    return variable.substr(0, variable.find('['));
  }

  bool is_declared(const FoundRace& race) const {
    const std::string variable = name_of(kernel_, race.canister, {race.subject.variable, 0});
    const auto declared = [&](std::string_view kind) {
      return std::any_of(
          claims_.properties.begin(), claims_.properties.end(), [&](const auto& property) {
            const std::string name = property->name();
            const std::size_t at = name.find(variable);
            return name.starts_with(kind) && at != std::string::npos &&
                   (name[at + variable.size()] == ')' || name[at + variable.size()] == ',');
          });
    };
    switch (race.pattern) {
      case RacePattern::kStaleWrite:
      case RacePattern::kStaleCheck:
        return declared("atomic(");
      case RacePattern::kLateWrite:
        return declared("in_start_order(");
      case RacePattern::kTornGroup:
        return declared("together(");
    }
    return false;
  }

  /// What the overtaken call was waiting for when the intruder came.
  const TraceStep* awaiting_during(const FoundRace& race) const {
    const std::string call = kernel_.name(race.overtaken);
    for (std::size_t i = std::min(race.intruder_step, trace_.steps.size()); i-- > 0;) {
      const TraceStep& step = trace_.steps[i];
      if (step.call == call && step.ended == "suspended") {
        return &step;
      }
    }
    return nullptr;
  }

  static std::string awaited_text(const Race& race) {
    const std::string place = internal::to_text(race.await_place, true);
    return race.awaited.empty() || place.empty() ? race.awaited
                                                 : fmt::format("{} ({})", race.awaited, place);
  }

  /// The place of a site, or what is known of its surroundings in that step.
  SourcePlace place_in(std::uint64_t number, const std::string& variable, const void* site) {
    if (site == nullptr || places_[site].line != 0 || number > trace_.steps.size()) {
      return places_[site];
    }
    const TraceStep& step = trace_.steps[number - 1];
    const std::string name = internal::without_canister(variable, step.lane);
    const auto access =
        std::find_if(step.accesses.begin(), step.accesses.end(),
                     [&](const TraceAccess& candidate) { return candidate.variable == name; });
    return access == step.accesses.end() ? SourcePlace{} : access->place;
  }

  void ends(const StateVector& end) {
    trace_.final_variables = names_.changed(kernel_.initial(), end);
    watched_.end(trace_.final_variables);
    const WaitFor graph(kernel_, end);
    const bool stuck = stepper_.quiescent(end) && !graph.unanswered().empty();
    if (stuck || trace_.property_kind == "deadlock") {
      trace_.wait_for = graph.lines();
    }
  }

  void next(const StateVector& end) {
    std::vector<Event> enabled;
    stepper_.enabled(end, enabled);
    for (std::size_t i = 0; i < std::min(enabled.size(), TraceStep::kEnabledMax); ++i) {
      trace_.next.push_back({.event = kernel_.to_text(enabled[i])});
    }
  }

  Kernel& kernel_;
  const Claims& claims_;
  const TraceRequest& request_;
  Trace trace_;
  Stepper stepper_;
  Names names_;
  Witness witness_;
  internal::Judgements judgements_;
  Watched watched_;
  SourcePlaces places_;
  std::map<std::pair<ContextId, CallIndex>, internal::Callee> callees_;
  std::map<std::string, std::size_t> call_numbers_;  ///< into Trace::calls
  std::map<ContextId, std::uint32_t> segments_;
  std::map<ContextId, SourcePlace> last_place_;
  std::vector<std::optional<AccessRecord>> records_;
};

/// Adds the critical step and the sibling.
void compare_with_passing(Kernel& kernel, const Claims& claims, const TraceRequest& request,
                          Trace& trace) {
  const auto property = std::ranges::find_if(
      claims.properties, [&](const auto& known) { return known->name() == trace.property; });
  if (trace.property.empty() || trace.violated_step == 0 || property == claims.properties.end() ||
      (*property)->when() == Property::When::kEveryRun) {
    return;
  }
  Failure failure;
  failure.property = static_cast<std::size_t>(property - claims.properties.begin());
  for (std::size_t i = 0; i < trace.violated_step; ++i) {
    failure.schedule.push_back(kernel.from_text(trace.steps[i].event));
  }
  const CriticalStep critical = critical_step(kernel, claims, failure);
  trace.critical_step = critical.step;
  trace.never_passes = critical.known == CriticalStep::Known::kNever;
  if (critical.sibling) {
    TraceRequest passing = request;
    passing.schedule = to_text(kernel, critical.sibling->schedule);
    passing.mode = ReplayMode::kStrict;
    passing.verdict = nullptr;
    passing.for_page = false;
    trace.sibling =
        TraceSibling{critical.sibling->differences,
                     std::make_shared<const Trace>(Maker(kernel, claims, passing).make()),
                     {}};
    const Trace& other = *trace.sibling->trace;
    trace.sibling->sentence = to_sentence(trace, other, compare(trace, other), false);
  }
}

/// Compiled canisters take a hundred times as long.
OutlookOptions outlook_options(const Kernel& kernel) {
  OutlookOptions options;
  const bool is_compiled = std::ranges::any_of(
      kernel.system().canisters,
      [](const Installed& canister) { return canister.program->info().candid; });
  if (is_compiled) {
    options.work_max /= 25;
    options.search_max /= 25;
  }
  return options;
}

}  // namespace

Trace make_trace(Kernel& kernel, const Claims& claims, const TraceRequest& request) {
  Trace trace = Maker(kernel, claims, request).make();
  if (request.compares) {
    compare_with_passing(kernel, claims, request, trace);
  }
  if (request.for_page) {
    add_outlooks(kernel, claims, trace, outlook_options(kernel));
  }
  return trace;
}

}  // namespace heddle
