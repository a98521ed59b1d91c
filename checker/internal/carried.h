// Carried: what a scheduler remembers of each enabled event from one choice to the next.
//
// Enabled events come in canonical order, so what is known of one is almost always found at the
// place after the one before: a choice costs no look-up and, once the lists have their size, no
// allocation.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <heddle/model/event.h>

namespace heddle::internal {

template <class Value>
class Carried {
 public:
  /// A schedule begins.
  void clear() {
    events_.clear();
    values_.clear();
    performed_ = kNone;
  }

  /// Takes over what is known of the events that stayed enabled; `fresh(event)` is asked, in order,
  /// for each that is new. What was performed counts as new when it is enabled again at once (the
  /// next request of a queue).
  template <class Fresh>
  void carry(std::span<const Event> enabled, const Fresh& fresh) {
    std::swap(events_, events_before_);
    std::swap(values_, values_before_);
    events_.assign(enabled.begin(), enabled.end());
    values_.clear();
    std::size_t expected = 0;
    for (const Event& event : enabled) {
      const std::size_t known = find(event, expected);
      if (known == kNone) {
        values_.push_back(fresh(event));
      } else {
        values_.push_back(values_before_[known]);
        expected = known + 1;
      }
    }
    performed_ = kNone;
  }

  /// The event at `index` is chosen.
  void performed(std::size_t index) { performed_ = index; }

  [[nodiscard]] std::size_t size() const { return values_.size(); }

  Value& operator[](std::size_t index) { return values_[index]; }

  const Value& operator[](std::size_t index) const { return values_[index]; }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};

  [[nodiscard]] std::size_t find(const Event& event, std::size_t expected) const {
    const std::size_t size = events_before_.size();
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t at = expected + i < size ? expected + i : expected + i - size;
      if (at != performed_ && events_before_[at] == event) {
        return at;
      }
    }
    return kNone;
  }

  std::vector<Event> events_;
  std::vector<Event> events_before_;
  std::vector<Value> values_;
  std::vector<Value> values_before_;
  std::size_t performed_ = kNone;
};

}  // namespace heddle::internal
