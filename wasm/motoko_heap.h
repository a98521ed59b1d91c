// The heap of a Motoko canister as a graph of objects, so that two memories which mean the same are
// known to be the same.
//
// The bytes of a Motoko canister's memory depend on the order in which objects were allocated, on
// garbage and on the collector. What the program can see does not: it sees the objects that its
// roots reach. The graph is walked breadth first from the roots, objects are numbered in the order
// in which they are found, and tags, scalars and numbers are written down: the *key*. Where the
// runtime system keeps its roots is read from the module: its name section names the accessors, and
// their bodies contain the addresses. Layouts are those of moc 0.13 to 1.x, both with enhanced
// orthogonal persistence (64 bits) and classic (32 bits, all collectors but the incremental one).
//
// Suspended `await`s are closures in a table of continuations, known to the outside by their places
// in it, which depend on the order of arrival. Whoever makes a key says what each continuation is
// called; places are no part of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/wasm/engine/memory.h>
#include <heddle/wasm/engine/module.h>

namespace heddle::wasm {

class MotokoHeap {
 public:
  /// Where the roots are in such a module. Nothing, and the reason in `why`, when it is not
  /// Motoko's, or not of a layout that is known.
  static std::optional<MotokoHeap> find(const Module& module, std::string& why);

  /// A continuation that waits to be called.
  struct Continuation {
    std::uint32_t slot = 0;  ///< its place in the table: what the callback is called with
    std::string_view name;   ///< what it is called whatever its place; empty: by its place
  };

  /// The occupied slots, ascending. Nothing when the memory does not look as it should.
  [[nodiscard]] bool occupied(const Memory& memory, std::vector<std::uint32_t>& slots) const;

  /// Appends the key to `key`. `continuations` are all that are occupied, in the order of their
  /// names. False when something was met that is not understood; `key` is then good for nothing.
  [[nodiscard]] bool append_key(const Memory& memory, std::span<const Continuation> continuations,
                                std::string& key) const;

 private:
  class Walk;

  unsigned word_ = 8;                ///< bytes
  std::uint64_t roots_ = 0;          ///< 64 bits: address of the pointer to the static variables
  std::uint64_t static_roots_ = 0;   ///< 32 bits: the pointer to the array of static roots
  std::uint64_t continuations_ = 0;  ///< address of the pointer to the table
  std::uint64_t region_ = 0;         ///< address of the pointer to region 0; 0 where there is none
};

}  // namespace heddle::wasm
