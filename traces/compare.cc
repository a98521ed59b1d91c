#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include <heddle/traces/compare.h>
#include <heddle/traces/internal/names.h>

namespace heddle {
namespace {

/// What a step is about, whatever it did.
using Matter =
    std::tuple<EventKind, std::string, std::string, std::uint32_t, std::string, std::string>;

std::vector<Matter> matters(const Trace& trace) {
  std::vector<Matter> result;
  std::map<Matter, std::uint32_t> count;
  for (const TraceStep& step : trace.steps) {
    Matter matter{step.kind,           step.lane,
                  step.call,           step.segment,
                  step.delivered_call, step.call.empty() ? step.event : std::string()};
    // Faults and time may be about nothing that tells them apart.
    const std::uint32_t again = count[matter]++;
    if (again > 0) {
      std::get<5>(matter) += fmt::format(" ({})", again + 1);
    }
    result.push_back(std::move(matter));
  }
  return result;
}

bool same_response(const TraceResponse& a, const TraceResponse& b) {
  return std::tie(a.call, a.to, a.replied, a.code, a.value) ==
         std::tie(b.call, b.to, b.replied, b.code, b.value);
}

bool same_send(const TraceSend& a, const TraceSend& b) {
  return std::tie(a.call, a.callee, a.method, a.arguments, a.accepted) ==
         std::tie(b.call, b.callee, b.method, b.arguments, b.accepted);
}

bool same_diff(const VariableDiff& a, const VariableDiff& b) {
  return std::tie(a.canister, a.variable, a.before, a.after) ==
         std::tie(b.canister, b.variable, b.before, b.after);
}

bool same_effects(const TraceStep& a, const TraceStep& b) {
  return std::tie(a.arguments, a.delivered, a.ran, a.ended, a.trap, a.awaiting) ==
             std::tie(b.arguments, b.delivered, b.ran, b.ended, b.trap, b.awaiting) &&
         std::ranges::equal(a.sends, b.sends, same_send) &&
         std::ranges::equal(a.responses, b.responses, same_response) &&
         std::ranges::equal(a.diffs, b.diffs, same_diff);
}

/// A longest common subsequence, as pairs of positions.
std::vector<std::pair<std::size_t, std::size_t>> common(const std::vector<Matter>& left,
                                                        const std::vector<Matter>& right) {
  std::size_t begin = 0;
  while (begin < left.size() && begin < right.size() && left[begin] == right[begin]) {
    ++begin;
  }
  std::size_t end = 0;
  while (begin + end < left.size() && begin + end < right.size() &&
         left[left.size() - 1 - end] == right[right.size() - 1 - end]) {
    ++end;
  }
  const std::size_t rows = left.size() - begin - end;
  const std::size_t columns = right.size() - begin - end;
  // longest[i][j]: of what is left from i and from j on.
  std::vector<std::vector<std::uint32_t>> longest(rows + 1,
                                                  std::vector<std::uint32_t>(columns + 1, 0));
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      longest[i][j] = left[begin + i] == right[begin + j]
                          ? longest[i + 1][j + 1] + 1
                          : std::max(longest[i + 1][j], longest[i][j + 1]);
    }
  }
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < begin; ++i) {
    pairs.emplace_back(i, i);
  }
  for (std::size_t i = 0, j = 0; i < rows && j < columns;) {
    if (left[begin + i] == right[begin + j]) {
      pairs.emplace_back(begin + i++, begin + j++);
    } else if (longest[i + 1][j] >= longest[i][j + 1]) {
      ++i;
    } else {
      ++j;
    }
  }
  for (std::size_t i = end; i-- > 0;) {
    pairs.emplace_back(left.size() - 1 - i, right.size() - 1 - i);
  }
  return pairs;
}

/// Users' calls that get another answer. One without an answer counts where the trace ends for
/// good.
std::vector<VariableDiff> different_answers(const Trace& left, const Trace& right) {
  const auto answer = [](const Trace& trace, const TraceCall& call) {
    const auto found = std::ranges::find(trace.calls, call.name, &TraceCall::name);
    const bool ends_waiting = !trace.wait_for.empty();
    return found == trace.calls.end() ? std::string()
           : found->result.empty()    ? (ends_waiting ? "(never)" : "")
                                      : found->result;
  };
  std::vector<VariableDiff> result;
  for (const TraceCall& call : left.calls) {
    const std::string at_left = answer(left, call);
    const std::string at_right = answer(right, call);
    if (call.parent.empty() && !at_left.empty() && !at_right.empty() && at_left != at_right) {
      result.push_back({"", fmt::format("answer to {}", call.name), at_left, at_right});
    }
  }
  return result;
}

std::vector<VariableDiff> different_ends(const Trace& left, const Trace& right) {
  using Name = std::pair<std::string, std::string>;

  struct Ends {
    std::string initial;
    std::string left;
    std::string right;
  };

  std::map<Name, Ends> variables;
  std::vector<Name> order;
  const auto note = [&](const Trace& trace, std::string Ends::*end) {
    for (const VariableDiff& diff : trace.final_variables) {
      const Name name{diff.canister, diff.variable};
      const auto [known, is_new] = variables.try_emplace(name, Ends{diff.before, {}, {}});
      if (is_new) {
        order.push_back(name);
      }
      known->second.*end = diff.after;
    }
  };
  note(left, &Ends::left);
  note(right, &Ends::right);
  std::vector<VariableDiff> result;
  for (const Name& name : order) {
    Ends& ends = variables.at(name);
    // One that a trace does not list ends as it began.
    const std::string& at_left = ends.left.empty() ? ends.initial : ends.left;
    const std::string& at_right = ends.right.empty() ? ends.initial : ends.right;
    if (at_left != at_right) {
      result.push_back({name.first, name.second, at_left, at_right});
    }
  }
  result = internal::told_once(result);
  std::ranges::copy(different_answers(left, right), std::back_inserter(result));
  return result;
}

}  // namespace

bool Comparison::same() const {
  return ends.empty() && std::ranges::all_of(rows, [](const ComparedSteps& row) {
           return row.kind == ComparedSteps::Kind::kSame;
         });
}

Comparison compare(const Trace& left, const Trace& right) {
  const std::vector<Matter> of_left = matters(left);
  const std::vector<Matter> of_right = matters(right);
  std::map<Matter, std::size_t> left_at;
  std::map<Matter, std::size_t> right_at;
  for (std::size_t i = 0; i < of_left.size(); ++i) {
    left_at.emplace(of_left[i], i);
  }
  for (std::size_t i = 0; i < of_right.size(); ++i) {
    right_at.emplace(of_right[i], i);
  }
  Comparison result;
  const auto alone = [](const Matter& matter, const std::map<Matter, std::size_t>& elsewhere) {
    ComparedSteps row;
    const auto found = elsewhere.find(matter);
    row.kind = found == elsewhere.end() ? ComparedSteps::Kind::kOnly : ComparedSteps::Kind::kMoved;
    row.other = found == elsewhere.end() ? 0 : found->second + 1;
    return row;
  };
  std::size_t i = 0;
  std::size_t j = 0;
  const auto up_to = [&](std::size_t left_end, std::size_t right_end) {
    for (; i < left_end; ++i) {
      ComparedSteps row = alone(of_left[i], right_at);
      row.left = i + 1;
      result.rows.push_back(row);
    }
    for (; j < right_end; ++j) {
      ComparedSteps row = alone(of_right[j], left_at);
      row.right = j + 1;
      result.rows.push_back(row);
    }
  };
  for (const auto& [at_left, at_right] : common(of_left, of_right)) {
    up_to(at_left, at_right);
    const bool same = same_effects(left.steps[i], right.steps[j]);
    result.rows.push_back(
        {same ? ComparedSteps::Kind::kSame : ComparedSteps::Kind::kChanged, ++i, ++j, 0});
  }
  up_to(of_left.size(), of_right.size());
  result.ends = different_ends(left, right);
  return result;
}

}  // namespace heddle
