// Transitions: what is judged of a state.
#include <algorithm>
#include <optional>

#include <heddle/checker/transitions.h>

namespace heddle {

namespace {

/// Predicates that can see more different things than this are not remembered any further.
constexpr std::size_t kPredicateEndsMax = std::size_t{1} << 20U;

/// What an observation of a predicate asks of which leaves; false: that cannot be said.
/// `looked_through`: all leaves of a kind that there are by now.
bool questions_of(Kernel& kernel, const Observation& asked,
                  std::vector<std::pair<LeafKey, LeafQuestion>>& questions, bool& looked_through) {
  const auto all_at = [&](LeafKind kind, const LeafQuestion& question) {
    looked_through = true;
    const std::size_t count = kernel.leaf_count();
    for (LeafPosition at = 0; at < count; ++at) {
      const LeafKey key = kernel.key(at);
      if (key.kind == kind && kernel.origin(key.b).canister == asked.canister) {
        questions.emplace_back(key, question);
      }
    }
  };
  const auto one = [&](const LeafKey& key, const LeafQuestion& question = {}) {
    questions.emplace_back(key, question);
  };
  switch (asked.kind) {
    case ObservationKind::kVariable:
      one({LeafKind::kVariable, asked.canister, asked.subject.variable, asked.subject.key});
      return true;
    case ObservationKind::kInFlight:
      one({LeafKind::kInFlight, asked.canister, asked.detail, 0});
      return true;
    case ObservationKind::kRequests:
      one({LeafKind::kQueue, asked.canister, asked.detail, 0},
          {LeafQuestion::Kind::kArguments, asked.subject.variable, 0});
      return true;
    case ObservationKind::kResult:
    case ObservationKind::kContextLeaf:
      one({LeafKind::kContext, 0, asked.detail, 0});
      return true;
    case ObservationKind::kCallsLeaf:
      one({LeafKind::kOpenCalls, 0, asked.detail, 0});
      return true;
    case ObservationKind::kReplies:
      all_at(LeafKind::kOpenCalls, {LeafQuestion::Kind::kUntaken, asked.detail, 0});
      return true;
    case ObservationKind::kContexts:
      all_at(LeafKind::kContext, {});
      return true;
    case ObservationKind::kTimer:
      one({LeafKind::kTimer, asked.canister, 0, 0});
      one({LeafKind::kClock, 0, 0, 0});
      return true;
    case ObservationKind::kTime:
      one({LeafKind::kClock, 0, 0, 0});
      return true;
    case ObservationKind::kStatus:
      one({LeafKind::kLifecycle, asked.canister, 0, 0});
      return true;
    case ObservationKind::kVersion:
      return true;
    default:
      return false;
  }
}

}  // namespace

Judge::Judged Transitions::judge() {
  if (options_.memo && looked_through_ && predicate_leaves_ != state_.size()) {
    forget_predicates();
  }
  judge_.begin();
  for (Predicate& predicate : predicates_) {
    judge_.note_property(predicate.index, evaluate(predicate, false) != 0);
  }
  for (Predicate& measure : measures_) {
    judge_.note_measure(measure.index, evaluate(measure, true));
  }
  if (is_quiescent()) {
    judge_.judge_at_quiescence(state_.vector());
  }
  return judge_.end(is_quiescent());
}

std::uint64_t Transitions::evaluate(Predicate& predicate, bool measure) {
  const bool memoised = measure || judge_.claims().properties[predicate.index]->is_memoised();
  const bool remembered = options_.memo && !predicate.asks_always && memoised;
  if (remembered && state_.is_plain()) {
    const Root words = state_.words();
    if (predicate.last_fields == state_.fields() &&
        ((words.low ^ predicate.last_words.low) & predicate.mask.low) == 0 &&
        ((words.high ^ predicate.last_words.high) & predicate.mask.high) == 0) {
      return predicate.last;
    }
    if (const std::uint32_t result = predicate.table.find(words); result != 0) {
      return said(predicate, results_[result - 1]);
    }
    state_.unpack();
  }
  std::optional<std::uint64_t> answers;
  if (remembered && (!state_.is_plain() || predicate.table.times_full() >= kTimesFullMax)) {
    answers = predicate.answers.key(
        state_, [this](LeafPosition leaf, const LeafQuestion& question, LocalValue local) {
          return kernel_.ask(question, state_.value(leaf, local));
        });
    if (const std::uint32_t result = answers ? predicate.answers.find(*answers) : 0; result != 0) {
      return said(predicate, results_[result - 1]);
    }
  }
  if (remembered) {
    const Branch end = walk(predicate.root);
    if (end.is_known()) {
      const std::uint64_t result = results_[end.number()];
      if (answers) {
        predicate.answers.add(*answers, end.number());
      }
      if (state_.is_plain() && predicate.table.times_full() < kTimesFullMax) {
        looked_at_.clear();
        look_along(predicate.root);
        predicate.table.look_at(state_, looked_at_);
        predicate.table.add(state_.words(), end.number());
        if (predicate.table.times_full() >= kTimesFullMax) {
          predicate.table.drop();
        }
      }
      return said(predicate, result);
    }
  }
  Judge::Consulted consulted;
  const std::uint64_t result =
      measure ? judge_.measure(predicate.index, state_.vector(), consulted)
              : (judge_.holds(predicate.index, state_.vector(), consulted) ? 1U : 0U);
  const bool blind = judge_.is_blind(consulted) && (memoised || representatives_ == nullptr);
  if (selector_) {
    selector_->read(consulted);
  }
  if (!blind) {
    // What hangs on names is a function of more than what was consulted.
    if (selector_) {
      selector_->read_names();
    }
    return measure
               ? judge_.measure_renamed(predicate.index, state_.vector(), result)
               : (judge_.holds_renamed(predicate.index, state_.vector(), result != 0) ? 1U : 0U);
  }
  if (!remembered || results_.size() >= kPredicateEndsMax) {
    return result;
  }
  std::vector<std::pair<LeafKey, LeafQuestion>> questions;
  for (const auto& [asked, answer] : consulted) {
    if (!questions_of(kernel_, asked, questions, looked_through_)) {
      predicate.asks_always = true;
      return result;
    }
  }
  predicate_leaves_ = state_.size();
  std::vector<LeafRead> reads;
  for (const auto& [key, question] : questions) {
    const LeafPosition at = kernel_.position(key);
    const auto known = std::ranges::find_if(reads, [&](const LeafRead& read) {
      return read.position == at && read.question == question;
    });
    if (known == reads.end()) {
      reads.push_back({at, question, kernel_.ask(question, state_.vector()[at])});
      if (std::ranges::find(predicate.leaves, at) == predicate.leaves.end()) {
        predicate.leaves.push_back(at);
        predicate.last_fields = 0;
      }
    }
  }
  results_.push_back(result);
  grow(predicate.root, reads, Branch::end(static_cast<std::uint32_t>(results_.size() - 1)));
  predicate.answers.asks(reads);
  return result;
}

std::uint64_t Transitions::said(Predicate& predicate, std::uint64_t result) {
  if (state_.is_plain()) {
    if (predicate.last_fields != state_.fields()) {
      predicate.last_fields = state_.fields();
      predicate.mask = {};
      for (const LeafPosition leaf : predicate.leaves) {
        const Root mask = state_.mask_of(leaf);
        predicate.mask.low |= mask.low;
        predicate.mask.high |= mask.high;
      }
    }
    predicate.last_words = state_.words();
    predicate.last = result;
  }
  return result;
}

void Transitions::forget_predicates() {
  // What was looked through has become more.
  for (auto* some : {&predicates_, &measures_}) {
    for (Predicate& predicate : *some) {
      predicate.root = {};
      predicate.table.drop();
      predicate.answers.clear();
      predicate.leaves.clear();
      predicate.last_fields = 0;
    }
  }
  predicate_leaves_ = state_.size();
}

}  // namespace heddle
