// Questions about one leaf and operations on one leaf: pure functions of its value (leaf.h).
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <heddle/model/internal/stepper_body.h>

namespace heddle {

namespace {

using internal::keeps_context_open;
using Status = OpenCall::Status;

/// Whether one response is enough, and the others are left as they are.
bool resumes_one_by_one(const Await& await) {
  return await.kind == Await::Kind::kAny || await.kind == Await::Kind::kEach;
}

std::vector<std::uint32_t> answers_to(const Await& await, const std::vector<OpenCall>& calls,
                                      CallIndex delivered) {
  const auto answer_of = [&](CallIndex index) {
    return std::ranges::find(calls, index, &OpenCall::index)->answer;
  };
  std::vector<std::uint32_t> answers;
  for (const CallIndex awaited : await.calls) {
    if (awaited != delivered && resumes_one_by_one(await) && !await.via_helper) {
      continue;
    }
    answers.push_back(answer_of(awaited));
  }
  return answers;
}

std::uint64_t delivery(const ContextState& context, const std::vector<OpenCall>& calls,
                       CallIndex index) {
  const auto call = std::ranges::find(calls, index, &OpenCall::index);
  if (call == calls.end() || call->status != Status::kAnswered) {
    return DeliveryAnswer{}.to_number();
  }
  DeliveryAnswer answer;
  answer.possible = true;
  answer.resumes = internal::resumes(context, calls, index);
  answer.released = call->released;
  answer.last = calls.size() == 1;
  answer.callee = call->callee;
  answer.answer = call->answer;
  return answer.to_number();
}

std::vector<OpenCall>::iterator call_at(std::vector<OpenCall>& calls, CallIndex index,
                                        Status status, std::string_view what) {
  const auto call = std::ranges::find(calls, index, &OpenCall::index);
  if (call == calls.end() || call->status != status) {
    throw BrokenInvariant(fmt::format("call {} was {} twice", index + 1, what));
  }
  return call;
}

void release(std::vector<OpenCall>& calls, CallIndex index) {
  const auto call = std::ranges::find(calls, index, &OpenCall::index);
  if (call == calls.end()) {
    return;
  }
  if (call->status == Status::kStored) {
    calls.erase(call);
  } else {
    call->released = true;
  }
}

void resume(std::vector<OpenCall>& calls, CallIndex delivered, const Await& await) {
  const bool all = !resumes_one_by_one(await) || await.via_helper;
  std::erase_if(calls, [&](const OpenCall& call) {
    return call.index == delivered ||
           (all && std::ranges::find(await.calls, call.index) != await.calls.end());
  });
}

void align(std::vector<OpenCall>& calls, const Await& await) {
  const auto is_one = [&](const OpenCall& call) {
    return call.status != Status::kWaiting && !call.released && !call.deferred && !call.bounded &&
           std::ranges::find(await.calls, call.index) != await.calls.end();
  };
  for (auto call = calls.begin(); call != calls.end(); ++call) {
    if (call->status != Status::kAnswered || !is_one(*call)) {
      continue;
    }
    const auto later = std::find_if(call + 1, calls.end(), [&](const OpenCall& other) {
      return other.status == Status::kStored && is_one(other) && other.callee == call->callee &&
             other.answer == call->answer;
    });
    if (later != calls.end()) {
      std::swap(call->status, later->status);
    }
  }
}

void operate(std::vector<OpenCall>& calls, const LeafOperation& operation) {
  switch (operation.kind) {
    case LeafOperation::Kind::kAnswer: {
      const auto call = call_at(calls, operation.a, Status::kWaiting, "answered");
      call->status = Status::kAnswered;
      call->answer = operation.b;
      break;
    }
    case LeafOperation::Kind::kExpire: {
      const auto call = std::ranges::find(calls, operation.a, &OpenCall::index);
      if (call == calls.end() || call->status == Status::kStored) {
        throw BrokenInvariant(fmt::format("call {} expired after its delivery", operation.a + 1));
      }
      call->status = Status::kAnswered;
      call->answer = operation.b;
      break;
    }
    case LeafOperation::Kind::kStore:
      call_at(calls, operation.a, Status::kAnswered, "delivered")->status = Status::kStored;
      break;
    case LeafOperation::Kind::kDrop:
      std::erase_if(calls, [&](const OpenCall& call) { return call.index == operation.a; });
      break;
    case LeafOperation::Kind::kRelease:
      release(calls, operation.a);
      break;
    case LeafOperation::Kind::kReleaseAll:
      std::erase_if(calls, [](const OpenCall& call) { return !keeps_context_open(call); });
      for (OpenCall& call : calls) {
        call.released = true;
      }
      break;
    default:
      break;
  }
}

}  // namespace

std::uint64_t Kernel::ask(const LeafQuestion& question, LeafValue value) {
  switch (question.kind) {
    case LeafQuestion::Kind::kValue:
      return value;
    case LeafQuestion::Kind::kPresent:
      return value != 0 ? 1 : 0;
    case LeafQuestion::Kind::kAtMost:
      return value <= question.a ? 1 : 0;
    case LeafQuestion::Kind::kElement: {
      const auto elements = list(value);
      return question.a < elements.size() ? elements[question.a] : 0;
    }
    case LeafQuestion::Kind::kDelivery:
      return delivery(context_state(question.b), open_calls(value), question.a);
    case LeafQuestion::Kind::kAnswers:
      return intern(answers_to(context_state(question.b).await, open_calls(value), question.a));
    case LeafQuestion::Kind::kStored: {
      const auto calls = open_calls(value);
      const auto call = std::ranges::find(calls, question.a, &OpenCall::index);
      return call != calls.end() && call->status == Status::kStored ? 1 + call->answer : 0;
    }
    case LeafQuestion::Kind::kStatus: {
      const auto calls = open_calls(value);
      const auto call = std::ranges::find(calls, question.a, &OpenCall::index);
      return call == calls.end() ? 0 : 1 + static_cast<std::uint64_t>(call->status);
    }
    case LeafQuestion::Kind::kExpiry: {
      const auto calls = open_calls(value);
      const auto call = std::ranges::find(calls, question.a, &OpenCall::index);
      const bool is_open = call != calls.end() && call->status != Status::kStored &&
                           !call->deferred &&
                           (call->bounded || call->status == Status::kAnswered) &&
                           (call->status == Status::kWaiting ||
                            tables_.answer(call->answer).code != RejectCode::kSysUnknown);
      return !is_open ? 0 : call->bounded ? internal::kOfBounded : internal::kOfUnbounded;
    }
    case LeafQuestion::Kind::kReadable: {
      const auto calls = open_calls(value);
      const auto call = std::ranges::find(calls, question.a, &OpenCall::index);
      if (call == calls.end() || call->status != Status::kAnswered || call->deferred ||
          call->callee == question.b) {
        return 0;
      }
      const Answer answer = tables_.answer(call->answer);
      return answer.replied && tables_.values[answer.value] != kUndecodable ? 1 : 0;
    }
    case LeafQuestion::Kind::kHasOpen: {
      const auto calls = open_calls(value);
      return std::ranges::any_of(calls, keeps_context_open) ? 1 : 0;
    }
    case LeafQuestion::Kind::kUntaken: {
      std::vector<std::uint32_t> answers;
      for (const OpenCall& call : open_calls(value)) {
        if (call.callee == question.a && !call.deferred && call.index != kHelperCall &&
            call.status != Status::kWaiting) {
          answers.push_back(call.answer);
        }
      }
      return intern(answers);
    }
    case LeafQuestion::Kind::kArguments: {
      std::vector<std::uint32_t> arguments;
      for (const std::uint32_t id : list(value)) {
        if (const Request queued = request(id); queued.method == question.a) {
          arguments.push_back(queued.arguments);
        }
      }
      return intern(arguments);
    }
  }
  return 0;
}

LeafValue Kernel::apply(const LeafOperation& operation, LeafValue value) {
  switch (operation.kind) {
    case LeafOperation::Kind::kSet:
      return operation.a;
    case LeafOperation::Kind::kAdd:
      return value + operation.a;
    case LeafOperation::Kind::kAppend:
    case LeafOperation::Kind::kEnqueue: {
      auto elements = list(value);
      for (const std::uint32_t more : list(operation.a)) {
        // Without FIFO a queue is a multiset: one order stands for all.
        const bool sorted =
            operation.kind == LeafOperation::Kind::kEnqueue && system_.weakened.overtaking;
        elements.insert(sorted ? std::ranges::lower_bound(elements, more,
                                                          [this](std::uint32_t a, std::uint32_t b) {
                                                            const Request x = request(a);
                                                            const Request y = request(b);
                                                            return x.caller == y.caller
                                                                       ? x.index < y.index
                                                                       : before(x.caller, y.caller);
                                                          })
                               : elements.end(),
                        more);
      }
      return intern(elements);
    }
    case LeafOperation::Kind::kErase: {
      auto elements = list(value);
      if (operation.a >= elements.size()) {
        throw BrokenInvariant("an element of a queue was taken out twice");
      }
      elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(operation.a));
      return intern(elements);
    }
    case LeafOperation::Kind::kKeyIn:
    case LeafOperation::Kind::kKeyOut: {
      // A key set is a value: its ids in ascending order.
      std::vector<std::uint32_t> keys;
      if (value != 0) {
        const std::string_view bytes = tables_.values[value];
        keys.resize(bytes.size() / sizeof(std::uint32_t));
        std::memcpy(keys.data(), bytes.data(), bytes.size());
      }
      const auto at = std::ranges::lower_bound(keys, operation.a);
      if (operation.kind == LeafOperation::Kind::kKeyIn) {
        keys.insert(at, operation.a);
      } else {
        keys.erase(at);
      }
      return keys.empty() ? 0
                          : tables_.values.intern({reinterpret_cast<const char*>(keys.data()),
                                                   keys.size() * sizeof(std::uint32_t)});
    }
    default: {
      auto calls = open_calls(value);
      if (operation.kind == LeafOperation::Kind::kOpen) {
        const auto more = open_calls(operation.a);
        calls.insert(calls.end(), more.begin(), more.end());
        std::ranges::sort(calls, {}, &OpenCall::index);
      } else if (operation.kind == LeafOperation::Kind::kResume) {
        resume(calls, operation.a, context_state(operation.b).await);
      } else if (operation.kind == LeafOperation::Kind::kAlign) {
        // What may still expire (G3) is not equal to what has been delivered.
        if (system_.weakened.expired_answers == 0) {
          align(calls, context_state(operation.b).await);
        }
      } else {
        operate(calls, operation);
      }
      return intern(calls);
    }
  }
}

}  // namespace heddle
