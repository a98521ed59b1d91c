#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/internal/coercion.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::candid {
namespace internal {
namespace {

std::string shown(const Value& value) {
  return fmt::format("{} ({})", to_text(value.kind()), to_text(value, PrintOptions::shortened()));
}

}  // namespace

std::string path_text(const std::vector<Step>& path, const std::vector<Type>& types) {
  std::string text;
  TypeView at;  // null where the types say nothing of what is next
  bool known = false;
  for (const Step& step : path) {
    text += text.empty() ? "" : ", ";
    const Part* part = nullptr;
    switch (step.kind) {
      case Step::Kind::kArgument:
        text += fmt::format("argument {}", step.number + 1);
        known = step.number < types.size();
        at = known ? TypeView(types[step.number]) : TypeView();
        continue;
      case Step::Kind::kField:
      case Step::Kind::kCase: {
        const auto id = static_cast<std::uint32_t>(step.number);
        while (known && at.kind() == Kind::kOpt) {
          at = at.part(0);  // a value read at an option of its type
        }
        known = known && (at.kind() == Kind::kRecord || at.kind() == Kind::kVariant);
        part = known ? at.find(id) : nullptr;
        text += fmt::format("{} {}", step.kind == Step::Kind::kField ? "field" : "case",
                            part == nullptr ? std::to_string(id) : part->label.to_text());
        break;
      }
      case Step::Kind::kElement:
        text += fmt::format("element {}", step.number + 1);
        known = known && at.kind() == Kind::kVec;
        part = known ? &at.node().parts.front() : nullptr;
        break;
      case Step::Kind::kContent:
        text += "content of the option";
        known = known && at.kind() == Kind::kOpt;
        part = known ? &at.node().parts.front() : nullptr;
        break;
    }
    known = part != nullptr;
    at = known ? TypeView(at.table, part->type) : TypeView();
  }
  return text;
}

std::optional<Value> Coercion::coerce(const Value& value, TypeView type) {
  const Kind kind = type.kind();
  switch (kind) {
    case Kind::kReserved:
      return Value::reserved();
    case Kind::kOpt:
      return coerce_to_opt(value, type);
    case Kind::kInt:
      if (value.kind() == Kind::kNat) {
        return Value(Int(value.nat()));
      }
      break;
    default:
      break;
  }
  if (value.kind() != kind || kind == Kind::kEmpty || kind == Kind::kFuture) {
    return refuse(
        [&] { return fmt::format("expected {}, found {}", to_text(type), shown(value)); });
  }
  switch (kind) {
    case Kind::kVec:
      return coerce_to_vec(value, type);
    case Kind::kRecord:
      return coerce_to_record(value, type);
    case Kind::kVariant:
      return coerce_to_variant(value, type);
    case Kind::kFunc:
    case Kind::kService:
      return coerce_reference(value, type);
    default:
      return value;
  }
}

std::optional<Value> Coercion::missing(TypeView type) {
  if (type.kind() != Kind::kOpt && type.kind() != Kind::kReserved) {
    return std::nullopt;
  }
  spend_value();
  return type.kind() == Kind::kOpt ? Value::opt() : Value::reserved();
}

std::optional<Value> Coercion::coerce_to_opt(const Value& value, TypeView type) {
  const TypeView content = type.part(0);
  const Value* inside = &value;
  if (value.kind() == Kind::kOpt) {
    if (value.elements().empty()) {
      return Value::opt();
    }
    inside = &value.elements().front();
  } else {
    // A value may stand for an option of it, unless it could then be read in two ways.
    const bool ambiguous = content.kind() == Kind::kNull || content.kind() == Kind::kOpt ||
                           content.kind() == Kind::kReserved;
    if (value.is_null() || ambiguous) {
      return Value::opt();
    }
  }
  ++recovering_;
  std::optional<Value> result = coerce(*inside, content);
  --recovering_;
  if (!result) {
    path_.clear();
    return Value::opt();
  }
  return Value::opt(*std::move(result));
}

std::optional<Value> Coercion::coerce_to_vec(const Value& value, TypeView type) {
  if (type.is_blob() && value.is_blob()) {
    return value;
  }
  std::vector<Value> elements;
  elements.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Step step = {Step::Kind::kElement, i};
    // Bytes are kept together, and read one by one only where something else is expected.
    std::optional<Value> result =
        value.is_blob()
            ? coerce_part(Value::unsigned_number(8, static_cast<unsigned char>(value.bytes()[i])),
                          type.part(0), step)
            : coerce_part(value.elements()[i], type.part(0), step);
    if (!result) {
      return std::nullopt;
    }
    elements.push_back(*std::move(result));
  }
  return Value::vec(std::move(elements));
}

std::optional<Value> Coercion::coerce_to_record(const Value& value, TypeView type) {
  std::vector<FieldValue> fields;
  fields.reserve(type.part_count());
  for (std::size_t i = 0; i < type.part_count(); ++i) {
    const Label& label = type.node().parts[i].label;
    const Value* given = value.find(label.id);
    std::optional<Value> result =
        given == nullptr ? missing(type.part(i))
                         : coerce_part(*given, type.part(i), {Step::Kind::kField, label.id});
    if (!result) {
      return given != nullptr
                 ? std::nullopt
                 : refuse([&] { return fmt::format("field {} is missing", label.to_text()); });
    }
    fields.push_back({label, *std::move(result)});
  }
  return Value::record(std::move(fields));
}

std::optional<Value> Coercion::coerce_to_variant(const Value& value, TypeView type) {
  const FieldValue& given = value.fields().front();
  const Part* part = type.find(given.label.id);
  if (part == nullptr) {
    return refuse([&] {
      return fmt::format("case {} is not one of {}", given.label.to_text(), to_text(type));
    });
  }
  std::optional<Value> result =
      coerce_part(given.value, {type.table, part->type}, {Step::Kind::kCase, given.label.id});
  if (!result) {
    return std::nullopt;
  }
  return Value::variant(part->label, *std::move(result));
}

std::optional<Value> Coercion::coerce_reference(const Value& value, TypeView type) {
  const Reference& reference = value.reference();
  if (reference_types_.empty() || reference_types_.back().table() != reference.type.table()) {
    reference_types_.push_back(reference.type);
  }
  if (!subtyping_.holds(TypeView(reference.type), type)) {
    return refuse([&] {
      return fmt::format("expected {}, found {}: {}", to_text(type),
                         candid::to_text(reference.type), subtyping_.reason());
    });
  }
  return value;
}

std::optional<Value> Coercion::coerce_part(const Value& value, TypeView type, Step step) {
  std::optional<Value> result = coerce(value, type);
  if (!result) {
    path_.push_back(step);
  }
  return result;
}

void Coercion::spend_value() {
  if (values_left_ == 0) {
    CandidError::Details details;
    details.problem = "there are too many fields to make up for";
    details.likely_cause =
        "the message was made to exhaust its reader, or DecodeLimits::values_max is too small";
    throw CandidError(std::move(details));
  }
  --values_left_;
}

}  // namespace internal

Value coerce(const Value& value, const Type& type) {
  const DecodeLimits limits;
  internal::Coercion coercion(limits.values_max, limits.subtype_steps_max);
  std::optional<Value> result = coercion.coerce(value, internal::TypeView(type));
  if (!result) {
    std::vector<internal::Step> path = coercion.path();
    path.insert(path.begin(), internal::Step());
    CandidError::Details details;
    details.problem = coercion.problem();
    details.path = internal::path_text(path, {type});
    // There is one value only, so that its number says nothing.
    const std::size_t first = details.path.find(", ");
    details.path = first == std::string::npos ? "" : details.path.substr(first + 2);
    throw CandidError(std::move(details));
  }
  return *std::move(result);
}

}  // namespace heddle::candid
