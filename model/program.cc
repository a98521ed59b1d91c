#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include <heddle/model/program.h>
#include <heddle/model/shown.h>
#include <heddle/model/value.h>

namespace heddle {

MethodId ProgramInfo::method(std::string_view name) const {
  for (std::size_t i = 0; i < methods.size(); ++i) {
    if (methods[i].name == name) {
      return static_cast<MethodId>(i);
    }
  }
  return Send::kNoMethod;
}

std::string_view to_string(Management action) {
  switch (action) {
    case Management::kNone:
      return "";
    case Management::kStop:
      return "stop";
    case Management::kStart:
      return "restart";
    case Management::kUpgrade:
      return "upgrade";
    case Management::kReinstall:
      return "reinstall";
    case Management::kUninstall:
      return "uninstall";
    case Management::kTakeSnapshot:
      return "take-snapshot";
    case Management::kLoadSnapshot:
      return "load-snapshot";
    case Management::kTimeOut:
      return "time-out";
  }
  return "?";
}

MethodId ProgramInfo::management(Management action) const {
  for (std::size_t i = 0; i < methods.size(); ++i) {
    if (methods[i].kind == MethodKind::kManagement && methods[i].management == action) {
      return static_cast<MethodId>(i);
    }
  }
  return Send::kNoMethod;
}

void add_management(ProgramInfo& info) {
  if (info.management(Management::kStop) != Send::kNoMethod) {
    return;
  }
  const auto add = [&](std::string name, Management action) {
    MethodInfo method;
    method.name = std::move(name);
    method.kind = MethodKind::kManagement;
    method.management = action;
    // Nothing, or the name of the class to install.
    method.show_arguments = [](std::string_view bytes) {
      return bytes.size() <= to_bytes(std::tuple<>()).size()
                 ? show(std::tuple<>())
                 : show(from_bytes<std::tuple<std::string>>(bytes));
    };
    method.show_reply = [](std::string_view) { return show(std::tuple<>()); };
    info.methods.push_back(std::move(method));
  };
  add("stop_canister", Management::kStop);
  add("start_canister", Management::kStart);
  add("upgrade_code", Management::kUpgrade);
  add("reinstall_code", Management::kReinstall);
  add("uninstall_code", Management::kUninstall);
  add("take_snapshot", Management::kTakeSnapshot);
  add("load_snapshot", Management::kLoadSnapshot);
}

void Program::grant_management() {
  throw Misuse(info().type_name + ": this kind of code has no controller");
}

std::string Program::query(View& /*view*/, CanisterId /*self*/, std::string_view method,
                           std::string_view /*arguments*/) {
  throw Misuse(
      fmt::format("a property asks {}.{}: this canister has no queries", info().type_name, method));
}

MethodId ProgramInfo::task(MethodKind kind) const {
  for (std::size_t i = 0; i < methods.size(); ++i) {
    if (methods[i].kind == kind && !methods[i].is_absent) {
      return static_cast<MethodId>(i);
    }
  }
  return Send::kNoMethod;
}

}  // namespace heddle
