#include <utility>

#include <fmt/format.h>

#include <heddle/model/canister.h>

namespace heddle {

Canister::~Canister() = default;

Principal Canister::caller() {
  View& view = View::current("caller() was asked for");
  const ValueId caller = view.caller();
  return caller == 0 ? Principal() : from_bytes<Principal>(view.tables().values[caller]);
}

Principal Canister::principal_of(AnyRef canister) const {
  if (directory_ == nullptr || canister.id() >= directory_->principals.size()) {
    return Principal::canister(canister.id());
  }
  return directory_->principals[canister.id()];
}

AnyRef Canister::canister_of(const Principal& principal) const {
  return directory_ == nullptr ? AnyRef() : AnyRef(directory_->find(principal));
}

std::uint64_t Canister::time() {
  constexpr std::uint64_t kNanoseconds = 1'000'000'000;
  return View::current("time() was asked for").time() * kNanoseconds;
}

std::optional<std::uint64_t> Canister::deadline() {
  constexpr std::uint64_t kNanoseconds = 1'000'000'000;
  const std::uint64_t deadline = View::current("deadline() was asked for").deadline();
  return deadline == 0 ? std::nullopt : std::optional((deadline - 1) * kNanoseconds);
}

void Canister::set_timer(std::uint64_t seconds) {
  View::current("set_timer() was called").set_timer(seconds);
}

void Canister::cancel_timer() {
  View::current("cancel_timer() was called").cancel_timer();
}

std::uint64_t Canister::timer() {
  return View::current("timer() was called").timer();
}

CanisterStatus Canister::status() {
  return static_cast<CanisterStatus>(View::current("status() was asked for").status());
}

void expected_trap(std::string text) {
  View::current("expected_trap() was called").trap(std::move(text), true);
}

namespace internal {

const MethodEntry& MethodTable::find(const MethodKey& key) const {
  for (const MethodEntry& entry : entries) {
    if (entry.key == key) {
      return entry;
    }
  }
  throw Misuse(fmt::format(
      "a method of {} was named that its HEDDLE_CANISTER({}, ...) does not list: add it there",
      type_name, type_name));
}

}  // namespace internal
}  // namespace heddle
