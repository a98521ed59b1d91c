#include <algorithm>
#include <cstddef>

#include <heddle/checker/search_coverage.h>

namespace heddle {

StepCoverage::StepCoverage(Kernel& kernel, CoveragePoints& points, bool effects_stay)
    : kernel_(kernel), places_(kernel, points, effects_stay) {}

void StepCoverage::performed(const StateVector& before, const Step& step) {
  if (step.event.kind == EventKind::kDeliver && step.delivered && !step.delivered->replied) {
    const LeafValue context = before[kernel_.context_leaf(step.event.context)];
    rejected_.insert({context, step.event.index, static_cast<std::uint32_t>(step.delivered->code)});
  }
  for (const LeafChange& change : step.changes) {
    if (change.before != 0 && change.after != 0 && leaf(change.position).is_context) {
      became_.emplace(change.before, change.after);
    }
  }
  for (const Execution& execution : step.executions) {
    if (execution.kind == Execution::Kind::kCode) {
      executed(before, step, execution);
    }
  }
}

void StepCoverage::executed(const StateVector& before, const Step& step,
                            const Execution& execution) {
  const Point method = places_.start_of(execution.canister, execution.method);
  const LeafPosition position = kernel_.context_leaf(execution.context);
  if (execution.started) {
    started_.insert(method);
  } else {
    resumed_.insert(before[position]);
  }
  interrupted(before, execution, method);
  if (execution.effects == nullptr) {
    return;  // a trap was injected: the code did nothing
  }
  const CoveragePlaces::Ends& ends = places_.ends_of(execution);
  called_.insert(ends.answerable.begin(), ends.answerable.end());
  const auto change = std::ranges::find(step.changes, position, &LeafChange::position);
  const LeafValue after = change == step.changes.end() ? before[position] : change->after;
  if (after == 0) {
    return;
  }
  if (ends.awaits != 0) {
    awaits_.emplace(after, ends.awaits - 1);
  }
  if (!ends.calls.empty()) {
    made_[after].insert(ends.calls.begin(), ends.calls.end());
  }
}

void StepCoverage::interrupted(const StateVector& before, const Execution& execution,
                               Point method) {
  for (LeafPosition position = 0; position < before.size(); ++position) {
    const LeafValue value = before[position];
    if (value == 0) {
      continue;
    }
    const Leaf& other = leaf(position);
    if (other.is_context && other.canister == execution.canister &&
        other.context != execution.context && is_suspended(value)) {
      interrupted_.insert({value, method, 0});
    }
  }
}

const StepCoverage::Leaf& StepCoverage::leaf(LeafPosition position) {
  if (position >= leaves_.size()) {
    leaves_.resize(position + std::size_t{1});
  }
  Leaf& leaf = leaves_[position];
  if (!leaf.known) {
    leaf.known = true;
    const LeafKey key = kernel_.key(position);
    leaf.is_context = key.kind == LeafKind::kContext;
    if (leaf.is_context) {
      leaf.context = key.b;
      leaf.canister = kernel_.origin(key.b).canister;
    }
  }
  return leaf;
}

bool StepCoverage::is_suspended(LeafValue context) {
  if (context >= suspended_.size()) {
    suspended_.resize(context + std::size_t{1});
  }
  if (suspended_[context] == 0) {
    const bool is = kernel_.context_state(context).phase == ContextState::Phase::kSuspended;
    suspended_[context] = is ? 2 : 1;
  }
  return suspended_[context] == 2;
}

void StepCoverage::add(const StepCoverage& other) {
  started_.insert(other.started_.begin(), other.started_.end());
  resumed_.insert(other.resumed_.begin(), other.resumed_.end());
  interrupted_.insert(other.interrupted_.begin(), other.interrupted_.end());
  rejected_.insert(other.rejected_.begin(), other.rejected_.end());
  called_.insert(other.called_.begin(), other.called_.end());
  awaits_.insert(other.awaits_.begin(), other.awaits_.end());
  became_.insert(other.became_.begin(), other.became_.end());
  for (const auto& [value, calls] : other.made_) {
    made_[value].insert(calls.begin(), calls.end());
  }
}

// The calls that a context made in its last piece, and of those that it made before the ones whose
// numbers it has not given again.
std::map<LeafValue, std::set<std::pair<CallIndex, std::uint32_t>>> StepCoverage::open_calls()
    const {
  auto calls = made_;
  std::vector<std::pair<LeafValue, std::pair<CallIndex, Point>>> to_pass_on;
  for (const auto& [value, made] : made_) {
    for (const auto& call : made) {
      to_pass_on.emplace_back(value, call);
    }
  }
  while (!to_pass_on.empty()) {
    const auto [value, call] = to_pass_on.back();
    to_pass_on.pop_back();
    for (auto at = became_.lower_bound({value, 0}); at != became_.end() && at->first == value;
         ++at) {
      const auto made = made_.find(at->second);
      const bool is_given_again =
          made != made_.end() && std::ranges::any_of(made->second, [&call](const auto& other) {
            return other.first == call.first;
          });
      if (!is_given_again && calls[at->second].insert(call).second) {
        to_pass_on.emplace_back(at->second, call);
      }
    }
  }
  return calls;
}

Coverage StepCoverage::covered() const {
  using Kind = CoverageItem::Kind;
  Coverage covered;
  for (const Point method : started_) {
    covered.add({Kind::kPiece, method, 0});
  }
  for (const Point call : called_) {
    covered.add({Kind::kCalled, call, 0});
  }
  for (const auto& [value, point] : awaits_) {
    covered.add({Kind::kSuspended, point, 0});
  }
  for (const LeafValue value : resumed_) {
    if (const auto point = awaits_.find(value); point != awaits_.end()) {
      covered.add({Kind::kPiece, point->second, 0});
    }
  }
  for (const Noted& noted : interrupted_) {
    if (const auto point = awaits_.find(noted.context); point != awaits_.end()) {
      covered.add({Kind::kInterrupted, point->second, noted.first});
    }
  }
  const auto calls = open_calls();
  for (const Noted& noted : rejected_) {
    if (const auto made = calls.find(noted.context); made != calls.end()) {
      for (const auto& [index, point] : made->second) {
        if (index == noted.first) {
          covered.add({Kind::kRejected, point, noted.second});
        }
      }
    }
  }
  return covered;
}

SearchCoverage::SearchCoverage(Kernel& kernel, bool effects_stay)
    : kernel_(kernel), effects_stay_(effects_stay) {}

StepCoverage& SearchCoverage::watch() {
  const std::scoped_lock lock(mutex_);
  return watches_.emplace_back(kernel_, points_, effects_stay_);
}

CoverageReport SearchCoverage::report() const {
  CoveragePoints none;
  StepCoverage all(kernel_, none, false);
  for (const StepCoverage& watch : watches_) {
    all.add(watch);
  }
  return all.covered().report(kernel_, points_);
}

}  // namespace heddle
