/// A map variable, of which each key is observed and written by itself.
#pragma once

#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/model/internal/place.h>
#include <heddle/model/internal/var_base.h>
#include <heddle/model/shown.h>
#include <heddle/model/trap.h>
#include <heddle/model/value.h>

namespace heddle {

class Canister;

namespace internal {

/// A key of a map variable: what `map[key]` gives. Absent, it reads as a default-made value, and
/// changing it in place makes it.
template <class V>
class Entry : public Place<Entry<V>, V> {
 public:
  Entry(VarBase& base, std::string key) : base_(base), key_(std::move(key)) {}

  Entry(const Entry&) = delete;

  HEDDLE_INTERNAL_SITED Entry& operator=(const V& value) {
    this->set_at(value, HEDDLE_INTERNAL_SITE);
    return *this;
  }

  HEDDLE_INTERNAL_SITED Entry& operator=(const Entry& other) {
    const void* const site = HEDDLE_INTERNAL_SITE;
    this->set_at(other.get_at(site), site);
    return *this;
  }

 private:
  template <class, class>
  friend class Place;

  static constexpr bool kKeyed = true;

  [[nodiscard]] VarBase& base() { return base_; }

  [[nodiscard]] const VarBase& base() const { return base_; }

  [[nodiscard]] const std::string* key() const { return &key_; }

  VarBase& base_;
  std::string key_;
};

}  // namespace internal

/// A map variable, declared as a member: `VarMap<Principal, Nat> balances{this, "balances"};`.
///
/// Each key is observed and written by itself. A look-up that finds nothing is an observation ("no
/// key k"); `size`, `empty` and iteration observe the set of keys, which every insertion and
/// removal writes. Iteration is in the order of the keys.
template <class K, class V>
class VarMap : public internal::VarBase {
 public:
  using Key = K;
  using Mapped = V;

  VarMap(Canister* canister, std::string_view name, const std::map<K, V>& initial = {},
         Lifetime lifetime = Lifetime::kOfDialect)
      : VarBase(canister, name, VariableInfo{{}, true, {}, encoded(initial), {}, {}},
                type_ops<V>().show, type_ops<K>().show, lifetime) {}

  /// The value of `key`, or nothing.
  [[nodiscard]] HEDDLE_INTERNAL_SITED std::optional<V> get(const K& key) const {
    return get_at(key, HEDDLE_INTERNAL_SITE);
  }

  /// The same.
  [[nodiscard]] HEDDLE_INTERNAL_SITED std::optional<V> find(const K& key) const {
    return get_at(key, HEDDLE_INTERNAL_SITE);
  }

  /// The value of `key`, or `other`.
  [[nodiscard]] HEDDLE_INTERNAL_SITED V get_or(const K& key, V other) const {
    return get_at(key, HEDDLE_INTERNAL_SITE).value_or(std::move(other));
  }

  /// The value of `key`; traps if there is none.
  [[nodiscard]] HEDDLE_INTERNAL_SITED V at(const K& key) const {
    const auto value = get_at(key, HEDDLE_INTERNAL_SITE);
    if (!value) {
      trap("no key " + to_string(show(key)) + " in " + heddle_name());
    }
    return *value;
  }

  /// One bit.
  [[nodiscard]] HEDDLE_INTERNAL_SITED bool contains(const K& key) const {
    const std::string bytes = to_bytes(key);
    return this->ask_bit(
        &bytes, [](Bytes value) { return value.has_value(); }, HEDDLE_INTERNAL_SITE);
  }

  /// The place of `key`, for comparing, assigning and changing: `balances[alice] += 5`.
  [[nodiscard]] internal::Entry<V> operator[](const K& key) { return {*this, to_bytes(key)}; }

  [[nodiscard]] const internal::Entry<V> operator[](const K& key) const {
    return {const_cast<VarMap&>(*this), to_bytes(key)};
  }

  HEDDLE_INTERNAL_SITED void put(const K& key, const V& value) {
    const std::string bytes = to_bytes(key);
    this->write_bytes(&bytes, to_bytes(value), HEDDLE_INTERNAL_SITE);
  }

  /// Removes the key if it is there, without telling.
  HEDDLE_INTERNAL_SITED void erase(const K& key) {
    const std::string bytes = to_bytes(key);
    this->write_bytes(&bytes, std::nullopt, HEDDLE_INTERNAL_SITE);
  }

  /// Removes all keys; tells which there were.
  HEDDLE_INTERNAL_SITED void clear() {
    const void* const site = HEDDLE_INTERNAL_SITE;
    for (const K& key : keys_at(site)) {
      const std::string bytes = to_bytes(key);
      this->write_bytes(&bytes, std::nullopt, site);
    }
  }

  /// How many keys there are; tells that number.
  [[nodiscard]] HEDDLE_INTERNAL_SITED std::size_t size() const {
    return this->key_count(HEDDLE_INTERNAL_SITE);
  }

  /// One bit.
  [[nodiscard]] HEDDLE_INTERNAL_SITED bool empty() const {
    return !this->has_keys(HEDDLE_INTERNAL_SITE);
  }

  /// The keys in order; tells the set of keys and no value.
  [[nodiscard]] HEDDLE_INTERNAL_SITED std::vector<K> keys() const {
    return keys_at(HEDDLE_INTERNAL_SITE);
  }

  /// All of it.
  [[nodiscard]] HEDDLE_INTERNAL_SITED std::map<K, V> get() const {
    const void* const site = HEDDLE_INTERNAL_SITE;
    std::map<K, V> content;
    for (const K& key : keys_at(site)) {
      if (auto value = get_at(key, site)) {
        content.emplace(key, std::move(*value));
      }
    }
    return content;
  }

  /// Iteration over the keys that there are when it begins. Each value is told when it is reached;
  /// a key that is gone by then is passed over.
  class Iterator {
   public:
    Iterator(const VarMap& map, std::vector<K> keys, const void* site)
        : map_(&map), keys_(std::move(keys)), site_(site) {
      settle();
    }

    const std::pair<const K, V>& operator*() const { return *current_; }

    const std::pair<const K, V>* operator->() const { return &*current_; }

    Iterator& operator++() {
      ++at_;
      settle();
      return *this;
    }

    friend bool operator==(const Iterator& iterator, std::default_sentinel_t) {
      return iterator.at_ == iterator.keys_.size();
    }

   private:
    void settle() {
      current_.reset();
      for (; at_ < keys_.size(); ++at_) {
        if (auto value = map_->get_at(keys_[at_], site_)) {
          current_.emplace(keys_[at_], std::move(*value));
          return;
        }
      }
    }

    const VarMap* map_;
    std::vector<K> keys_;
    const void* site_;
    std::size_t at_ = 0;
    std::optional<std::pair<const K, V>> current_;
  };

  [[nodiscard]] HEDDLE_INTERNAL_SITED Iterator begin() const {
    const void* const site = HEDDLE_INTERNAL_SITE;
    return Iterator(*this, keys_at(site), site);
  }

  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  static std::vector<std::pair<std::string, std::string>> encoded(const std::map<K, V>& values) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (const auto& [key, value] : values) {
      entries.emplace_back(to_bytes(key), to_bytes(value));
    }
    return entries;
  }

  [[nodiscard]] std::optional<V> get_at(const K& key, const void* site) const {
    const std::string bytes = to_bytes(key);
    const Bytes value = this->read_bytes(&bytes, site);
    return value ? std::optional<V>(from_bytes<V>(*value)) : std::nullopt;
  }

  [[nodiscard]] std::vector<K> keys_at(const void* site) const {
    std::map<K, char> sorted;
    for (const std::string_view bytes : this->key_list(site)) {
      sorted.emplace(from_bytes<K>(bytes), 0);
    }
    std::vector<K> keys;
    for (auto& [key, unused] : sorted) {
      keys.push_back(key);
    }
    return keys;
  }
};

}  // namespace heddle
