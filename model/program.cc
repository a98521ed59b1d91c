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

MethodId ProgramInfo::task(MethodKind kind) const {
  for (std::size_t i = 0; i < methods.size(); ++i) {
    if (methods[i].kind == kind) {
      return static_cast<MethodId>(i);
    }
  }
  return Send::kNoMethod;
}

}  // namespace heddle
