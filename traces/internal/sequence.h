// A trace as the elements of a sequence diagram: what the languages for such diagrams have in
// common.
//
// A request's arrow stands where it starts executing and a response's where it is delivered (or
// reaches its user); where a call was sent, a note says so. The bar of a call stands from its start
// to its end, also while it is suspended, so that calls which are open together are seen together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <heddle/traces/trace.h>

namespace heddle::internal {

struct Participant {
  std::string name;
  bool is_user = false;
};

struct SequenceElement {
  enum class Kind : std::uint8_t {
    kRequest,   ///< an arrow, of one line
    kReply,     ///< an arrow back
    kReject,    ///< an arrow back that is crossed out
    kNote,      ///< beside `to`; over `from` to `to` when they differ or `over` is set
    kOpenBar,   ///< a call begins at `to`
    kCloseBar,  ///< it ends
  };

  Kind kind{};
  std::size_t from = 0;  ///< participants by position
  std::size_t to = 0;
  bool over = false;
  std::vector<std::string> lines{};  ///< text as it is: not escaped
};

struct Sequence {
  std::vector<Participant> participants;  ///< those who do something; users first
  std::vector<SequenceElement> elements;
};

Sequence sequence_of(const Trace& trace);

/// What the participant at `position` is called in the text of a diagram: "u1", "c2".
std::string name_of(const Sequence& sequence, std::size_t position);

}  // namespace heddle::internal
