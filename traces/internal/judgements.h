// Every property along one schedule, each by itself: what a page shows beside the steps.
//
// A trace says which property fails first; a reader who steps through it also wants to know what
// the others are at each step, and of one that failed whether it holds again.
#pragma once

#include <string>
#include <vector>

#include <heddle/model/kernel.h>
#include <heddle/properties/property.h>
#include <heddle/traces/trace.h>

namespace heddle::internal {

class Judgements {
 public:
  Judgements(Stepper& stepper, const Claims& claims);

  /// Those of steps. To be called before `judge` of the state that the step leads to, as long as
  /// the step is valid.
  void follow(const Step& step);
  /// Those of states: of the state after step `number`; 0 is the first state.
  void judge(const StateVector& now, std::uint64_t number);

  [[nodiscard]] std::vector<TraceProperty> take();

 private:
  struct Now {
    LeafValue memory = 0;
    std::string is;
    std::string why;
  };

  void judge_state(std::size_t index, const StateVector& now, bool quiescent);

  Stepper& stepper_;
  const Claims& claims_;
  std::vector<Now> now_;  ///< of each property
  std::vector<TraceProperty> told_;
};

}  // namespace heddle::internal
