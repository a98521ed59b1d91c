#include <fmt/format.h>

#include <heddle/wasm/engine/types.h>

namespace heddle::wasm {
namespace {

std::string list(const std::vector<ValueType>& types) {
  std::string text = "(";
  for (const ValueType type : types) {
    text += text.size() == 1 ? "" : ", ";
    text += to_string(type);
  }
  return text + ")";
}

}  // namespace

std::string_view to_string(ValueType type) {
  switch (type) {
    case ValueType::kI32:
      return "i32";
    case ValueType::kI64:
      return "i64";
    case ValueType::kF32:
      return "f32";
    case ValueType::kF64:
      return "f64";
    case ValueType::kFuncref:
      return "funcref";
    case ValueType::kExternref:
      break;
  }
  return "externref";
}

std::string to_string(const FunctionType& type) {
  return fmt::format("{} -> {}", list(type.parameters), list(type.results));
}

}  // namespace heddle::wasm
