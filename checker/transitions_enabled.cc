// Transitions: what is enabled in a state.
#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include <heddle/checker/transitions.h>

namespace heddle {

namespace {

/// Sources of events are asked together while they look at so many bits of a state or fewer.
constexpr std::size_t kGroupBits = 13;

bool is_of_leaf(const EventSource& source) {
  return source.kind != EventSource::Kind::kUser && source.kind != EventSource::Kind::kTime;
}

}  // namespace

void Transitions::find_sources() {
  for (; leaves_seen_ < state_.size(); ++leaves_seen_) {
    const auto found = stepper_.source_of(static_cast<LeafPosition>(leaves_seen_));
    if (!found) {
      continue;
    }
    Source source;
    source.source = *found;
    // After the users and before the clock.
    const auto at =
        std::ranges::upper_bound(sources_, source, [this](const Source& left, const Source& right) {
          const auto rank = [](const EventSource& one) {
            return one.kind == EventSource::Kind::kUser   ? 0
                   : one.kind == EventSource::Kind::kTime ? 2
                                                          : 1;
          };
          const int left_rank = rank(left.source);
          const int right_rank = rank(right.source);
          return left_rank != right_rank
                     ? left_rank < right_rank
                     : left_rank == 1 && stepper_.before(left.source, right.source);
        });
    sources_.insert(at, std::move(source));
    groups_are_due_ = true;
  }
}

// As many neighbours in each group as look at few bits together.
void Transitions::form_groups() {
  groups_are_due_ = false;
  groups_.clear();
  std::vector<LeafPosition> leaves;
  for (std::size_t at = 0; at < sources_.size(); ++at) {
    std::size_t bits = 0;
    std::vector<LeafPosition> together = leaves;
    std::ranges::copy(sources_[at].looked_at, std::back_inserter(together));
    std::ranges::sort(together);
    together.erase(std::ranges::unique(together).begin(), together.end());
    for (const LeafPosition leaf : together) {
      if (!state_.is_plain()) {
        break;
      }
      const Root mask = state_.mask_of(leaf);
      bits += static_cast<std::size_t>(std::popcount(mask.low) + std::popcount(mask.high));
    }
    if (groups_.empty() || bits > kGroupBits) {
      groups_.emplace_back().first = at;
      together = sources_[at].looked_at;
    }
    ++groups_.back().count;
    leaves = std::move(together);
  }
}

void Transitions::list(Source& source) {
  if (options_.memo && !source.always_asks_kernel) {
    const Branch end = walk(source.root);
    if (end.is_known()) {
      add(end.number());
      return;
    }
  }
  new_events_.clear();
  const bool says_all =
      stepper_.enabled_by(state_.vector(), source.source, new_events_, new_reads_);
  const std::size_t first = enabled_.size();
  for (const Event& event : new_events_) {
    enabled_.push_back(number_of(event));
  }
  if (!options_.memo) {
    return;
  }
  if (!says_all) {
    source.always_asks_kernel = true;
    return;
  }
  grow(source.root, new_reads_, Branch::end(listed_from(first)));
}

void Transitions::add(Listed listed) {
  enabled_.append(&lists_[listed + 1], lists_[listed]);
}

// The list of what has been found enabled from there on.
Transitions::Listed Transitions::listed_from(std::size_t first) {
  const auto found = enabled_.all().subspan(first);
  const std::vector<EventNumber> events(found.begin(), found.end());
  const auto [known, fresh] = lists_known_.try_emplace(events, static_cast<Listed>(lists_.size()));
  if (fresh) {
    lists_.push_back(static_cast<std::uint32_t>(events.size()));
    lists_.insert(lists_.end(), events.begin(), events.end());
    lists_.resize(known->second + 1 + std::max(events.size(), internal::RunList::kAtOnce));
  }
  return known->second;
}

void Transitions::list_group(Group& group) {
  state_.unpack();
  if (!state_.is_plain() || !options_.memo || group.table.times_full() >= kTimesFullMax) {
    for (std::size_t at = group.first; at < group.first + group.count; ++at) {
      const bool is_leaf = is_of_leaf(sources_[at].source);
      if (!is_leaf || state_[sources_[at].source.leaf] != 0) {
        list(sources_[at]);
      }
    }
    return;
  }
  const std::size_t first = enabled_.size();
  bool is_known = true;
  std::vector<LeafPosition> looked_at;
  for (std::size_t at = group.first; at < group.first + group.count; ++at) {
    Source& source = sources_[at];
    looked_at_.clear();
    const bool is_leaf = is_of_leaf(source.source);
    if (is_leaf) {
      looked_at_.push_back(source.source.leaf);
    }
    if (!is_leaf || state_[source.source.leaf] != 0) {
      list(source);
      look_along(source.root);
    }
    is_known = is_known && !source.always_asks_kernel;
    for (const LeafPosition leaf : looked_at_) {
      const auto place = std::ranges::lower_bound(source.looked_at, leaf);
      if (place == source.looked_at.end() || *place != leaf) {
        source.looked_at.insert(place, leaf);
      }
    }
    looked_at.insert(looked_at.end(), looked_at_.begin(), looked_at_.end());
  }
  if (!is_known || !state_.is_plain()) {
    return;
  }
  const bool is_new = group.table.look_at(state_, looked_at);
  group.table.add(state_.words(), listed_from(first));
  if (is_new && group.count > 1 && group.table.place().count() > kGroupBits) {
    groups_are_due_ = true;
  }
}

void Transitions::list_optional(EventSource::Kind kind, std::uint32_t number, LeafPosition leaf,
                                const Event& event) {
  auto& of_kind = optional_[static_cast<std::size_t>(kind)];
  if (of_kind.size() <= number) {
    of_kind.resize(number + 1);
  }
  if (!of_kind[number]) {
    of_kind[number].emplace();
    of_kind[number]->source.source = {kind, 0, leaf, event};
  }
  Optional& optional = *of_kind[number];
  const bool plain = state_.is_plain() && options_.memo && !optional.source.always_asks_kernel &&
                     optional.table.times_full() < kTimesFullMax;
  if (plain) {
    if (const std::uint32_t listed = optional.table.find(state_.words()); listed != 0) {
      add(listed - 1);
      return;
    }
    state_.unpack();
  }
  const std::size_t first = enabled_.size();
  list(optional.source);
  if (plain && !optional.source.always_asks_kernel && state_.is_plain()) {
    looked_at_.clear();
    look_along(optional.source.root);
    optional.table.look_at(state_, looked_at_);
    optional.table.add(state_.words(), listed_from(first));
  }
}

std::span<const EventNumber> Transitions::enabled() {
  if (leaves_seen_ != state_.size()) {
    find_sources();
  }
  if (groups_are_due_) {
    form_groups();
  }
  enabled_.clear();
  const bool looks_up = state_.is_plain() && options_.memo;
  const Root words = looks_up ? state_.words() : Root();
  for (Group& group : groups_) {
    if (const std::uint32_t listed = looks_up ? group.table.find(words) : 0; listed != 0) {
      add(listed - 1);
    } else {
      list_group(group);
    }
  }
  obligatory_ = enabled_.size();
  for (const EventSource::Kind kind : optional_kinds_) {
    switch (kind) {
      case EventSource::Kind::kSendFailures:
      case EventSource::Kind::kTraps:
      case EventSource::Kind::kCleanupTraps:
      case EventSource::Kind::kSilences:
      case EventSource::Kind::kDrops:
      case EventSource::Kind::kRepeats:
        for (std::size_t i = 0; i < obligatory_; ++i) {
          const EventNumber number = enabled_[i];
          list_optional(kind, number, 0, events_[number]);
        }
        break;
      case EventSource::Kind::kRejects:
      case EventSource::Kind::kExpiries:
      case EventSource::Kind::kLosses:
      case EventSource::Kind::kGarbles:
        if (!kernel_.has_bounded_calls() && (kind == EventSource::Kind::kLosses ||
                                             (kind == EventSource::Kind::kExpiries &&
                                              kernel_.system().weakened.expired_answers == 0))) {
          break;  // nothing may expire
        }
        state_.unpack();
        for (const Source& source : sources_) {
          if (source.source.kind == EventSource::leaf_of(kind) && state_[source.source.leaf] != 0) {
            list_optional(kind, source.source.leaf, source.source.leaf, {});
          }
        }
        break;
      default:
        list_optional(kind, 0, 0, {});
        break;
    }
  }
  return enabled_.all();
}

}  // namespace heddle
