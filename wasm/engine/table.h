// Table: a table of references, each a slot (types.h).
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <heddle/wasm/engine/types.h>

namespace heddle::wasm {

class Table {
 public:
  /// No table grows beyond this, whatever its type allows.
  static constexpr std::uint64_t kElementsMax = 10'000'000;

  explicit Table(const TableType& type, std::uint64_t reference = 0)
      : type_(type), elements_(type.limits.min, reference) {}

  [[nodiscard]] const TableType& type() const { return type_; }

  [[nodiscard]] std::uint64_t size() const { return elements_.size(); }

  [[nodiscard]] std::span<std::uint64_t> elements() { return elements_; }

  [[nodiscard]] std::span<const std::uint64_t> elements() const { return elements_; }

  /// False, and nothing changes, when that is more than the table may have.
  bool grow(std::uint64_t count, std::uint64_t reference) {
    const std::uint64_t max = type_.limits.max < kElementsMax ? type_.limits.max : kElementsMax;
    if (size() > max || count > max - size()) {
      return false;
    }
    elements_.resize(size() + count, reference);
    return true;
  }

  /// For restoring.
  void set_elements(std::vector<std::uint64_t> elements) { elements_ = std::move(elements); }

 private:
  TableType type_;
  std::vector<std::uint64_t> elements_;
};

}  // namespace heddle::wasm
