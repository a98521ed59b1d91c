// What a run found as SARIF 2.1.0 (OASIS), for services and editors that show such findings at the
// lines of the source.
#pragma once

#include <span>
#include <string>

#include <heddle/suite/internal/attempt.h>

namespace heddle::internal {

/// The document, ended by a newline. Each error is a result at the line to look at first, with the
/// race's lines as related locations and the trace's steps as its code flow. A scenario that could
/// not be checked, or is INCOMPLETE, is a notification: it says nothing of the source.
std::string to_sarif(std::span<const Attempt> attempts);

}  // namespace heddle::internal
