// Leaves: what a system state is made of, and how steps read and write them.
//
// A state is a flat vector of small ids, one leaf for each thing that an event changes by itself. A
// step does not look at a leaf's whole content unless it needs to: it asks a *question* ("the
// request at the head") and performs an *operation* ("take the head off"). Both are pure functions
// of one leaf's value, so whoever knows the answers to a step's questions knows the step, and what
// it does to each leaf is one look-up more. That is what searches (transition cache) and reductions
// (who touches what, and how) stand on.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <heddle/model/internal/function_ref.h>

namespace heddle {

/// A position in a state's vector.
using LeafPosition = std::uint32_t;
/// An id (or a small number) whose meaning depends on the leaf's kind; 0 is absent, empty, none.
using LeafValue = std::uint32_t;

enum class LeafKind : std::uint8_t {
  kVariable,   ///< canister a, subject (b, c): ValueId
  kContext,    ///< context b: see ContextState
  kOpenCalls,  ///< context b: interned list of OpenCall
  kQueue,      ///< canister a to canister b: interned list of Request ids. c = 1: the copies of
               ///< delivered requests that are delivered once more (Weakened::repeated_requests)
  kInFlight,   ///< canister a to canister b: how many calls are waiting or answered, not delivered
               ///< [Q3]
  kTimer,      ///< canister a: 1 + deadline, 0 disarmed
  kTasks,      ///< canister a: interned list of task methods
  kBudget,     ///< fault a: how often it has happened
  kClock,      ///< seconds
  kResubmitted,  ///< context b (an ingress): the call was sent again
  kLifecycle,    ///< canister a: see Lifecycle; 0 as it was installed, running
  kSnapshot,     ///< canister a: interned list: 1 + code, then variable, key and value of each
  kAutomaton,    ///< property automaton a; written by the checker, not by the kernel
};

struct LeafKey {
  LeafKind kind{};
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
  friend auto operator<=>(const LeafKey&, const LeafKey&) = default;
};

/// A system state. Positions past the end read as 0. Equal states are equal vectors up to trailing
/// zeros.
class StateVector {
 public:
  [[nodiscard]] LeafValue operator[](LeafPosition position) const {
    return position < leaves_.size() ? leaves_[position] : 0;
  }

  void set(LeafPosition position, LeafValue value) {
    if (position >= leaves_.size()) {
      if (value == 0) {
        return;
      }
      leaves_.resize(position + 1);
    }
    leaves_[position] = value;
  }

  [[nodiscard]] std::size_t size() const { return leaves_.size(); }

  [[nodiscard]] std::span<const LeafValue> leaves() const { return leaves_; }

  /// Drops trailing zeros, so that `==` and hashing see equal states as equal.
  void normalise() {
    while (!leaves_.empty() && leaves_.back() == 0) {
      leaves_.pop_back();
    }
  }

  friend bool operator==(const StateVector&, const StateVector&) = default;

 private:
  std::vector<LeafValue> leaves_;
};

struct LeafChange {
  LeafPosition position = 0;
  LeafValue before = 0;
  LeafValue after = 0;
};

/// What a step may ask of one leaf.
struct LeafQuestion {
  enum class Kind : std::uint8_t {
    kValue,      ///< what it holds
    kPresent,    ///< whether it holds anything
    kAtMost,     ///< a number: whether it is `a` at most
    kElement,    ///< a list: the element at position `a`; 0 past the end
    kDelivery,   ///< open calls: what delivering the response of call `a` would do, to a context
                 ///< whose own leaf holds `b`: see DeliveryAnswer
    kAnswers,    ///< the same: the list of answers that the resumed code gets
    kStored,     ///< open calls: 1 + the stored answer of call `a`, 0 if none is stored
    kHasOpen,    ///< open calls: whether one keeps the context open
    kUntaken,    ///< open calls: the list of canister `a`'s answers that no code has taken yet
    kArguments,  ///< a queue: the list of the arguments of requests for method `a`
    kStatus,     ///< open calls: 1 + the OpenCall::Status of call `a`, 0 when it is not open
    kExpiry,     ///< open calls: whether call `a` may expire: 0 if not, 1 for unbounded wait with
                 ///< its response in flight, 2 for bounded wait, in which case it may wait, too
    kReadable,   ///< open calls of a context of canister `b`: whether the response to call `a` is
                 ///< in flight and is a reply of another canister that can be decoded
  };
  Kind kind = Kind::kValue;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  friend bool operator==(const LeafQuestion&, const LeafQuestion&) = default;
};

struct LeafRead {
  LeafPosition position = 0;
  LeafQuestion question;
  std::uint64_t answer = 0;
};

/// What a step may do to one leaf.
struct LeafOperation {
  enum class Kind : std::uint8_t {
    kSet,         ///< it holds `a`
    kAdd,         ///< a number: `a` (two's complement) is added
    kAppend,      ///< a list: the elements of list `a` are put at the end
    kEnqueue,     ///< a queue: the requests of list `a` are queued
    kErase,       ///< a list: the element at position `a` is taken out
    kAnswer,      ///< open calls: call `a`, waiting, is answered with `b`
    kExpire,      ///< open calls: call `a`, waiting or its response in flight, gets `b` instead
    kStore,       ///< open calls: the answer of `a` is stored
    kDrop,        ///< open calls: call `a` is gone
    kResume,      ///< open calls: call `a` resumed the context whose own leaf held `b`; what it
                  ///< awaited is gone
    kOpen,        ///< open calls: those of list `a` of open calls are added
    kRelease,     ///< open calls: nobody will await call `a`
    kReleaseAll,  ///< open calls: nobody will await any
    kAlign,       ///< open calls: of equal answers that the context whose own leaf holds `b` awaits
                  ///< all at once, the first ones are stored; for searches that tell them not apart
    kKeyIn,       ///< a key set: key `a` is put in
    kKeyOut,      ///< a key set: key `a` is taken out
  };
  Kind kind = Kind::kSet;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  friend bool operator==(const LeafOperation&, const LeafOperation&) = default;
};

struct LeafWrite {
  LeafPosition position = 0;
  LeafOperation operation;
};

/// The answer to LeafQuestion::Kind::kDelivery.
struct DeliveryAnswer {
  bool possible = false;  ///< the response is in flight
  bool resumes = false;   ///< it resumes code
  bool released = false;  ///< nobody can await the call any more
  bool last = false;      ///< no other call is open
  std::uint16_t callee = 0;
  std::uint32_t answer = 0;

  [[nodiscard]] std::uint64_t to_number() const {
    return std::uint64_t{answer} | std::uint64_t{callee} << 32U | std::uint64_t{possible} << 48U |
           std::uint64_t{resumes} << 49U | std::uint64_t{released} << 50U |
           std::uint64_t{last} << 51U;
  }

  static DeliveryAnswer from_number(std::uint64_t number) {
    return {(number >> 48U & 1U) != 0,
            (number >> 49U & 1U) != 0,
            (number >> 50U & 1U) != 0,
            (number >> 51U & 1U) != 0,
            static_cast<std::uint16_t>(number >> 32U),
            static_cast<std::uint32_t>(number)};
  }
};

/// Gives the values of leaves, for the length of a call.
using LeafLookup = internal::FunctionRef<LeafValue(LeafPosition)>;

}  // namespace heddle
