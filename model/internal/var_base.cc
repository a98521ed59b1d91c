#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <heddle/model/canister.h>
#include <heddle/model/internal/var_base.h>

namespace heddle::internal {

VarBase::VarBase(Canister* canister, std::string_view name, VariableInfo info, Show show_value,
                 Show show_key, Lifetime lifetime)
    : canister_(canister),
      name_(name),
      lifetime_(lifetime),
      info_(std::make_unique<VariableInfo>(std::move(info))) {
  if (canister == nullptr) {
    throw Misuse(
        fmt::format("the Var \"{}\" has no canister: declare it as a member, with `this`", name));
  }
  if (canister->installed_) {
    throw Misuse(fmt::format(
        "the Var \"{}\" was made after its canister was installed: Vars are members", name));
  }
  number_ = static_cast<std::uint32_t>(canister->variables_.size());
  info_->name = name_;
  show_value_ = show_value;
  show_key_ = show_key;
  canister->variables_.push_back(this);
}

CanisterId VarBase::canister() const {
  return canister_->id_;
}

View* VarBase::view(std::string_view doing, const void* site) const {
  if (!canister_->installed_) {
    return nullptr;
  }
  View& view = View::current_or_null() == nullptr
                   ? View::current(fmt::format("{} was {}", name_, doing), site)
                   : *View::current_or_null();
  return view.is_disposing() ? nullptr : &view;
}

Subject VarBase::subject(View& view, const std::string* key) const {
  return {number_, key == nullptr ? 0 : view.tables().values.intern(*key)};
}

VarBase::Bytes VarBase::initial(const std::string* key) const {
  if (!info_->keyed) {
    return info_->initial;
  }
  for (const auto& [each, value] : info_->initial_entries) {
    if (key != nullptr && each == *key) {
      return value;
    }
  }
  return std::nullopt;
}

VarBase::Bytes VarBase::bytes(View& view, const std::string* key, ValueId value) const {
  if (value != 0) {
    return view.tables().values[value];
  }
  return key == nullptr ? initial(nullptr) : std::nullopt;
}

void VarBase::set_initial(const std::string* key, std::optional<std::string> value,
                          const void* site) {
  if (canister_->installed_) {
    return;  // disposal: writes are dropped
  }
  static_cast<void>(site);
  if (key == nullptr) {
    info_->initial = std::move(*value);
    return;
  }
  std::erase_if(info_->initial_entries, [key](const auto& entry) { return entry.first == *key; });
  if (value) {
    info_->initial_entries.emplace_back(*key, std::move(*value));
  }
}

VarBase::Bytes VarBase::read_bytes(const std::string* key, const void* site) const {
  View* const here = view("read", site);
  if (here == nullptr) {
    return initial(key);
  }
  return bytes(*here, key, here->read(canister(), subject(*here, key), site));
}

bool VarBase::ask_bit(const std::string* key, FunctionRef<bool(Bytes)> question,
                      const void* site) const {
  View* const here = view("read", site);
  if (here == nullptr) {
    return question(initial(key));
  }
  return here->ask(
             canister(), subject(*here, key),
             [&](ValueId value) {
               return question(bytes(*here, key, value)) ? Tables::kTrue : Tables::kFalse;
             },
             site) == Tables::kTrue;
}

std::string VarBase::ask_bytes(const std::string* key, FunctionRef<std::string(Bytes)> question,
                               const void* site) const {
  View* const here = view("read", site);
  if (here == nullptr) {
    return question(initial(key));
  }
  const ValueId told = here->ask(
      canister(), subject(*here, key),
      [&](ValueId value) {
        return here->tables().values.intern(question(bytes(*here, key, value)));
      },
      site);
  return std::string(here->tables().values[told]);
}

bool VarBase::ask_both(const std::string* key, const VarBase& other, const std::string* other_key,
                       FunctionRef<bool(Bytes, Bytes)> question, const void* site) const {
  View* const here = view("read", site);
  if (here == nullptr) {
    return question(initial(key), other.initial(other_key));
  }
  if (here->is_predicate() || key != nullptr || other_key != nullptr ||
      canister_ != other.canister_) {
    // A property compares across canisters. Of keys the right one is told.
    const Bytes right = other.read_bytes(other_key, site);
    return ask_bit(
        key, [&](Bytes left) { return question(left, right); }, site);
  }
  return here->ask(
             canister(), std::pair(subject(*here, nullptr), other.subject(*here, nullptr)),
             [&](ValueId left, ValueId right) {
               return question(bytes(*here, nullptr, left), other.bytes(*here, nullptr, right))
                          ? Tables::kTrue
                          : Tables::kFalse;
             },
             site) == Tables::kTrue;
}

void VarBase::write_bytes(const std::string* key, std::optional<std::string> value,
                          const void* site) {
  View* const here = view("written", site);
  if (here == nullptr) {
    set_initial(key, std::move(value), site);
    return;
  }
  here->write(canister(), subject(*here, key), value ? here->tables().values.intern(*value) : 0,
              site);
}

void VarBase::modify_bytes(const std::string* key, FunctionRef<std::string(Bytes)> change,
                           const void* site) {
  View* const here = view("changed", site);
  if (here == nullptr) {
    set_initial(key, canister_->installed_ ? std::string() : change(initial(key)), site);
    return;
  }
  here->modify(
      canister(), subject(*here, key),
      [&](ValueId value) { return here->tables().values.intern(change(bytes(*here, key, value))); },
      site);
}

std::string VarBase::update_bytes(const std::string* key,
                                  FunctionRef<std::pair<std::string, std::string>(Bytes)> change,
                                  const void* site) {
  View* const here = view("changed", site);
  if (here == nullptr) {
    auto [value, told] = change(initial(key));
    set_initial(key, std::move(value), site);
    return std::move(told);
  }
  Interner& values = here->tables().values;
  const ValueId told = here->update(
      canister(), subject(*here, key),
      [&](ValueId before) {
        const auto [value, answer] = change(bytes(*here, key, before));
        return View::Update{values.intern(value), values.intern(answer)};
      },
      site);
  // Nothing: it trapped in a destructor, and what it returns no longer matters.
  return told == 0 ? change(initial(key)).second : std::string(values[told]);
}

namespace {

constexpr Subject key_set_of(std::uint32_t variable) {
  return {variable, Subject::kKeySet};
}

std::size_t count_keys(View& view, ValueId key_set) {
  return key_set == 0 ? 0 : view.tables().values[key_set].size() / sizeof(ValueId);
}

}  // namespace

std::vector<std::string_view> VarBase::key_list(const void* site) const {
  std::vector<std::string_view> keys;
  View* const here = view("read", site);
  if (here == nullptr) {
    for (const auto& [key, value] : info_->initial_entries) {
      keys.push_back(key);
    }
    return keys;
  }
  const ValueId key_set = here->read(canister(), key_set_of(number_), site);
  if (key_set == 0) {
    return keys;
  }
  const Interner& values = here->tables().values;
  const std::string_view ids = values[key_set];
  for (std::size_t at = 0; at + sizeof(ValueId) <= ids.size(); at += sizeof(ValueId)) {
    ValueId id = 0;
    std::memcpy(&id, ids.data() + at, sizeof id);
    keys.push_back(values[id]);
  }
  return keys;
}

std::size_t VarBase::key_count(const void* site) const {
  View* const here = view("read", site);
  if (here == nullptr) {
    return info_->initial_entries.size();
  }
  const ValueId told = here->ask(
      canister(), key_set_of(number_),
      [&](ValueId key_set) {
        return here->tables().values.intern(to_bytes(count_keys(*here, key_set)));
      },
      site);
  return from_bytes<std::size_t>(here->tables().values[told]);
}

bool VarBase::has_keys(const void* site) const {
  View* const here = view("read", site);
  if (here == nullptr) {
    return !info_->initial_entries.empty();
  }
  return here->ask(
             canister(), key_set_of(number_),
             [&](ValueId key_set) { return key_set == 0 ? Tables::kFalse : Tables::kTrue; },
             site) == Tables::kTrue;
}

}  // namespace heddle::internal
