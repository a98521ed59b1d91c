#include <algorithm>
#include <array>
#include <cstdlib>
#include <dwarf.h>
#include <map>
#include <string>
#include <string_view>
#include <unistd.h>

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include <heddle/traces/source_place.h>

namespace heddle {
namespace {

std::string without_dot(std::string_view path) {
  while (path.starts_with("./")) {
    path.remove_prefix(2);
  }
  return std::string(path);
}

/// Whether the file is not the canister author's: it belongs to the compiler, the system, or is one
/// of Heddle's headers that canisters are written with.
bool is_library(std::string_view file) {
  constexpr std::string_view kInstalled = "/heddle/model/";
  constexpr std::string_view kInTree = "model/";
  if (file.starts_with("/usr/") || file.find(kInstalled) != std::string_view::npos) {
    return true;
  }
  if (!file.starts_with(kInTree)) {
    return false;
  }
  // An author may have a folder model/ too.
  constexpr std::array<std::string_view, 14> kHeaders{
      "canister.h", "future.h", "method.h", "nat.h",   "outcome.h", "principal.h", "ref.h",
      "reject.h",   "sized.h",  "trap.h",   "value.h", "var.h",     "view.h",      "deferred.h"};
  file.remove_prefix(kInTree.size());
  return file.starts_with("internal/") ||
         std::find(kHeaders.begin(), kHeaders.end(), file) != kHeaders.end();
}

/// Debug information is taken from the program itself and never looked for elsewhere: that could
/// mean asking a server.
int no_separate_debug_information(Dwfl_Module*, void**, const char*, Dwarf_Addr, const char*,
                                  const char*, GElf_Word, char**) {
  return -1;
}

}  // namespace

class SourcePlaces::DebugInformation {
 public:
  DebugInformation() {
    callbacks_.find_elf = dwfl_linux_proc_find_elf;
    callbacks_.find_debuginfo = no_separate_debug_information;
    session_ = dwfl_begin(&callbacks_);
    if (session_ != nullptr && (dwfl_linux_proc_report(session_, getpid()) != 0 ||
                                dwfl_report_end(session_, nullptr, nullptr) != 0)) {
      dwfl_end(session_);
      session_ = nullptr;
    }
  }

  ~DebugInformation() {
    if (session_ != nullptr) {
      dwfl_end(session_);
    }
  }

  DebugInformation(const DebugInformation&) = delete;
  DebugInformation& operator=(const DebugInformation&) = delete;

  const SourcePlace& operator[](const void* site) {
    const auto [known, is_new] = places_.try_emplace(site);
    if (is_new && site != nullptr && session_ != nullptr) {
      // The call itself ends right before the address that it returns to.
      known->second = look_up(reinterpret_cast<Dwarf_Addr>(site) - 1);
    }
    return known->second;
  }

 private:
  SourcePlace look_up(Dwarf_Addr address) {
    SourcePlace place;
    Dwfl_Module* module = dwfl_addrmodule(session_, address);
    if (module == nullptr) {
      return place;
    }
    // The units are gone through one by one: clang++ writes no table of their address ranges
    // (.debug_aranges), without which libdw's own search finds nothing.
    Dwarf_Addr bias = 0;
    for (Dwarf_Die* unit = dwfl_module_nextcu(module, nullptr, &bias); unit != nullptr;
         unit = dwfl_module_nextcu(module, unit, &bias)) {
      if (dwarf_haspc(unit, address - bias) > 0) {
        return look_up(unit, address - bias);
      }
    }
    return place;
  }

  static SourcePlace look_up(Dwarf_Die* unit, Dwarf_Addr address) {
    SourcePlace place;
    Dwarf_Line* line = dwarf_getsrc_die(unit, address);
    const char* file = line == nullptr ? nullptr : dwarf_linesrc(line, nullptr, nullptr);
    int number = 0;
    if (file == nullptr || dwarf_lineno(line, &number) != 0 || number <= 0) {
      return place;
    }
    place.file = without_dot(file);
    place.line = static_cast<std::uint32_t>(number);
    leave_libraries(unit, address, place);
    return place;
  }

  /// Goes outwards through what was inlined at the address, from the innermost scope on, until the
  /// place is in an author's file.
  static void leave_libraries(Dwarf_Die* unit, Dwarf_Addr address, SourcePlace& place) {
    // Of the scopes at an address libdw gives the innermost as it is there and the others as they
    // were written; around the innermost they are all as they are there.
    Dwarf_Die* innermost = nullptr;
    if (dwarf_getscopes(unit, address, &innermost) <= 0) {
      return;
    }
    Dwarf_Die* scopes = nullptr;
    const int count = dwarf_getscopes_die(&innermost[0], &scopes);
    std::free(innermost);
    SourcePlace outer = place;
    for (int i = 0; i < count; ++i) {
      const int tag = dwarf_tag(&scopes[i]);
      const bool inlined = tag == DW_TAG_inlined_subroutine;
      if (!inlined && tag != DW_TAG_subprogram) {
        continue;
      }
      if (const char* name = dwarf_diename(&scopes[i]); name != nullptr) {
        outer.function = name;
      }
      if (!is_library(outer.file)) {
        place = outer;
        break;
      }
      if (!inlined || !caller(unit, &scopes[i], outer)) {
        break;
      }
    }
    std::free(scopes);
  }

  /// Where an inlined function was called.
  static bool caller(Dwarf_Die* unit, Dwarf_Die* inlined, SourcePlace& place) {
    Dwarf_Attribute attribute;
    Dwarf_Word file = 0;
    Dwarf_Word line = 0;
    Dwarf_Files* files = nullptr;
    std::size_t count = 0;
    if (dwarf_attr(inlined, DW_AT_call_file, &attribute) == nullptr ||
        dwarf_formudata(&attribute, &file) != 0 ||
        dwarf_attr(inlined, DW_AT_call_line, &attribute) == nullptr ||
        dwarf_formudata(&attribute, &line) != 0 || dwarf_getsrcfiles(unit, &files, &count) != 0 ||
        file >= count) {
      return false;
    }
    const char* name = dwarf_filesrc(files, file, nullptr, nullptr);
    if (name == nullptr || line == 0) {
      return false;
    }
    place = {without_dot(name), static_cast<std::uint32_t>(line), {}};
    return true;
  }

  Dwfl_Callbacks callbacks_{};
  Dwfl* session_ = nullptr;
  std::map<const void*, SourcePlace> places_;
};

SourcePlaces::SourcePlaces() = default;
SourcePlaces::~SourcePlaces() = default;

const SourcePlace& SourcePlaces::operator[](const void* site) {
  if (information_ == nullptr) {
    information_ = std::make_unique<DebugInformation>();
  }
  return (*information_)[site];
}

SourcePlace to_place(const std::source_location& where) {
  if (where.line() == 0) {
    return {};
  }
  return {without_dot(where.file_name()), where.line(), where.function_name()};
}

}  // namespace heddle
