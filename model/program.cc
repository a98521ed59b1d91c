#include <fmt/format.h>

#include <heddle/model/program.h>

namespace heddle {

MethodId ProgramInfo::method(std::string_view name) const {
  for (std::size_t i = 0; i < methods.size(); ++i) {
    if (methods[i].name == name) {
      return static_cast<MethodId>(i);
    }
  }
  return Send::kNoMethod;
}

std::string Program::query(View& /*view*/, CanisterId /*self*/, std::string_view method,
                           std::string_view /*arguments*/) {
  throw Misuse(
      fmt::format("a property asks {}.{}: this canister has no queries", info().type_name, method));
}

MethodId ProgramInfo::task(MethodKind kind) const {
  for (std::size_t i = 0; i < methods.size(); ++i) {
    if (methods[i].kind == kind) {
      return static_cast<MethodId>(i);
    }
  }
  return Send::kNoMethod;
}

}  // namespace heddle
