// Memo: a tree that branches on each answer to each observation, so that what depends on
// observations alone is computed once for each distinct thing that can be observed, and looked up
// afterwards.
//
// Two users: pieces of canister code (kernel.h) and state predicates (properties). The computation
// must be a function of its key and of the answers that it asks for, in an order that depends on
// nothing else.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include <heddle/model/view.h>

namespace heddle {

/// Passes questions on and records them with their answers.
class RecordingSource : public ObservationSource {
 public:
  explicit RecordingSource(ObservationSource& source) : source_(source) {}

  std::uint32_t answer(const Observation& question) override {
    const std::uint32_t answer = source_.answer(question);
    consulted_.emplace_back(question, answer);
    return answer;
  }

  [[nodiscard]] const std::vector<std::pair<Observation, std::uint32_t>>& consulted() const {
    return consulted_;
  }

 private:
  ObservationSource& source_;
  std::vector<std::pair<Observation, std::uint32_t>> consulted_;
};

/// What a computation is of, apart from its observations.
struct MemoKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  friend bool operator==(const MemoKey&, const MemoKey&) = default;
};

struct MemoKeyHash {
  std::size_t operator()(const MemoKey& key) const {
    std::uint64_t hash = key.first * 0x9fb21c651e98df25ULL ^ (key.second + (key.first >> 31U));
    hash *= 0xff51afd7ed558ccdULL;
    return hash ^ (hash >> 32U);
  }
};

/// Results by (key, answers). Not thread-safe. Pointers to results stay valid.
template <class Result>
class Memo {
 public:
  /// The result for `key` under the answers that `source` gives, or null when it is not known yet.
  const Result* find(const MemoKey& key, ObservationSource& source) const {
    const auto root = roots_.find(key);
    if (root == roots_.end()) {
      return nullptr;
    }
    const Entry* entry = &entries_[root->second];
    while (entry->result == nullptr) {
      const std::size_t next = child(*entry, source.answer(entry->question));
      if (next == 0) {
        return nullptr;
      }
      entry = &entries_[next];
    }
    return entry->result;
  }

  /// Stores the result under what was consulted. Replaces nothing: equal paths have equal results.
  const Result& insert(const MemoKey& key,
                       const std::vector<std::pair<Observation, std::uint32_t>>& consulted,
                       Result result) {
    const auto [root, fresh] = roots_.try_emplace(key, entries_.size());
    if (fresh) {
      entries_.emplace_back();
    }
    std::size_t at = root->second;
    for (const auto& [question, answer] : consulted) {
      entries_[at].question = question;
      std::size_t next = child(entries_[at], answer);
      if (next == 0) {
        next = entries_.size();
        add_child(entries_[at], answer, next);
        entries_.emplace_back();
      }
      at = next;
    }
    if (entries_[at].result == nullptr) {
      entries_[at].result = &results_.emplace_back(std::move(result));
    }
    return *entries_[at].result;
  }

  [[nodiscard]] std::size_t size() const { return results_.size(); }

 private:
  struct Entry {
    Observation question;
    const Result* result = nullptr;
    std::vector<std::pair<std::uint32_t, std::size_t>> children;
    /// All of them, once they are many: a compiled canister's image has as many values as there are
    /// images.
    std::unique_ptr<std::unordered_map<std::uint32_t, std::size_t>> many;
  };

  static constexpr std::size_t kFew = 16;

  /// 0 when there is none: the entry at 0 is a root.
  [[nodiscard]] static std::size_t child(const Entry& entry, std::uint32_t answer) {
    if (entry.many != nullptr) {
      const auto found = entry.many->find(answer);
      return found == entry.many->end() ? 0 : found->second;
    }
    for (const auto& [value, position] : entry.children) {
      if (value == answer) {
        return position;
      }
    }
    return 0;
  }

  static void add_child(Entry& entry, std::uint32_t answer, std::size_t position) {
    if (entry.many != nullptr) {
      entry.many->emplace(answer, position);
      return;
    }
    entry.children.emplace_back(answer, position);
    if (entry.children.size() > kFew) {
      entry.many = std::make_unique<std::unordered_map<std::uint32_t, std::size_t>>(
          entry.children.begin(), entry.children.end());
      entry.children = {};
    }
  }

  std::unordered_map<MemoKey, std::size_t, MemoKeyHash> roots_;
  std::deque<Entry> entries_;
  std::deque<Result> results_;
};

}  // namespace heddle
