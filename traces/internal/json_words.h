// What stands for the model's enumerations in a trace's JSON.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <heddle/model/event.h>
#include <heddle/model/reject.h>
#include <heddle/model/view.h>
#include <heddle/traces/trace.h>

namespace heddle::internal {

template <class T, std::size_t count>
using Words = std::array<std::pair<T, std::string_view>, count>;

inline constexpr Words<EventKind, 15> kEventWords{{
    {EventKind::kStartIngress, "start-ingress"},
    {EventKind::kStartRequest, "start-request"},
    {EventKind::kDeliver, "deliver"},
    {EventKind::kStartTask, "start-task"},
    {EventKind::kFireTimer, "fire-timer"},
    {EventKind::kAdvanceTime, "advance-time"},
    {EventKind::kHeartbeat, "heartbeat"},
    {EventKind::kRejectRequest, "reject-request"},
    {EventKind::kDropIngress, "drop-ingress"},
    {EventKind::kResubmit, "resubmit"},
    {EventKind::kExpireCall, "expire-call"},
    {EventKind::kDropRequest, "drop-request"},
    {EventKind::kStopped, "stopped"},
    {EventKind::kManage, "manage"},
    {EventKind::kGarbleReply, "garble-reply"},
}};

inline constexpr Words<Access::Kind, 5> kAccessWords{{
    {Access::Kind::kTold, "told"},
    {Access::Kind::kWritten, "written"},
    {Access::Kind::kModified, "modified"},
    {Access::Kind::kSent, "sent"},
    {Access::Kind::kAwaitReady, "await-ready"},
}};

inline constexpr Words<TraceTried::Kind, 6> kTriedWords{{
    {TraceTried::Kind::kUser, "user"},
    {TraceTried::Kind::kCall, "call"},
    {TraceTried::Kind::kFault, "fault"},
    {TraceTried::Kind::kParameter, "parameter"},
    {TraceTried::Kind::kNumber, "number"},
    {TraceTried::Kind::kOrder, "order"},
}};

inline constexpr Words<TraceTried::Came, 4> kCameWords{{
    {TraceTried::Came::kLeftOut, "left-out"},
    {TraceTried::Came::kNeeded, "needed"},
    {TraceTried::Came::kFailsOtherwise, "fails-otherwise"},
    {TraceTried::Came::kNotEstablished, "not-established"},
}};

/// "" of what has no word.
template <class T, std::size_t count>
constexpr std::string_view word_of(const Words<T, count>& words, T value) {
  for (const auto& [known, word] : words) {
    if (known == value) {
      return word;
    }
  }
  return "";
}

template <class T, std::size_t count>
constexpr std::optional<T> value_of(const Words<T, count>& words, std::string_view word) {
  for (const auto& [value, known] : words) {
    if (known == word) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace heddle::internal
