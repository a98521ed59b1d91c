// What tests in Rust that are made of a trace have in common: names, literals, and the order of
// messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/traces/trace.h>

namespace heddle::internal {

/// A literal of a text in Rust.
std::string rust_literal(std::string_view text);

/// Text in lines of a comment.
std::string rust_comment(std::string_view indent, std::string_view text);

/// Identifiers that are none twice.
class RustNames {
 public:
  /// `prefix` and what of `text` can be in an identifier; the same for the same text.
  const std::string& name(std::string_view prefix, const std::string& text);

 private:
  std::map<std::string, std::string> names_;
  std::set<std::string> taken_;
};

/// A step as a message that a replica executes.
struct ReplicaMessage {
  enum class Kind : std::uint8_t {
    kIngress,
    kRequest,
    kResponse,
    kHeartbeat,
    kTimer,
    kTime,
    kNone
  };

  Kind kind = Kind::kNone;  ///< kNone: no message does this
  std::string source{};     ///< canisters
  std::string target{};
  std::string what{};   ///< the step in words
  std::string fault{};  ///< what the environment does to it
  // kIngress:
  std::string call{};
  std::size_t user = 0;  ///< position among the trace's users
  std::string method{};
  std::string arguments{};
};

std::vector<ReplicaMessage> replica_messages(const Trace& trace);

/// The head of such a test: what it is of, that nobody has checked it, and what it leaves out.
/// `by` is what decides the order.
std::string rust_head(const Trace& trace, const std::vector<ReplicaMessage>& messages,
                      std::string_view format, std::string_view by);

}  // namespace heddle::internal
