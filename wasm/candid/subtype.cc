#include <algorithm>

#include <fmt/format.h>

#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/subtype.h>

namespace heddle::candid {
namespace {

using internal::Part;
using internal::Subtyping;
using internal::TypeNode;
using internal::TypeView;

/// What a field or argument that is not there can be read as.
bool may_be_missing(TypeView type) {
  return type.kind() == Kind::kOpt || type.kind() == Kind::kReserved;
}

std::string annotations_text(const Annotations& annotations) {
  std::string text;
  text += annotations.query ? " query" : "";
  text += annotations.composite_query ? " composite_query" : "";
  text += annotations.oneway ? " oneway" : "";
  return text.empty() ? "an update" : text.substr(1);
}

}  // namespace

bool is_subtype(const Type& sub, const Type& super) {
  return Subtyping().holds(TypeView(sub), TypeView(super));
}

bool is_subtype(const std::vector<Type>& sub, const std::vector<Type>& super) {
  return is_subtype(Type::tuple(sub), Type::tuple(super));
}

std::optional<std::string> why_no_subtype(const Type& sub, const Type& super) {
  Subtyping subtyping;
  if (subtyping.holds(TypeView(sub), TypeView(super))) {
    return std::nullopt;
  }
  return subtyping.reason();
}

namespace internal {

bool Subtyping::holds(TypeView sub, TypeView super) {
  const Key asked = {sub.key(), super.key()};
  if (refused_.contains(asked)) {
    return false;
  }
  if (held_.contains(asked)) {
    return true;
  }
  obligations_.clear();
  obligations_.push_back({sub, super, 0, {}});
  std::vector<Key> assumed;
  for (std::size_t i = 0; i < obligations_.size(); ++i) {
    const Key key = {obligations_[i].sub.key(), obligations_[i].super.key()};
    if (!held_.insert(key).second) {
      continue;
    }
    assumed.push_back(key);
    if (steps_left_ == 0) {
      CandidError::Details details;
      details.problem = "comparing the types takes too many steps";
      details.likely_cause =
          "the message was made to exhaust its reader, or the limit "
          "(DecodeLimits::subtype_steps_max) is too small for these types";
      throw CandidError(std::move(details));
    }
    --steps_left_;
    if (!examine(i)) {
      for (const Key& pair : assumed) {
        held_.erase(pair);
      }
      refused_.insert(asked);
      return false;
    }
  }
  return true;
}

bool Subtyping::examine(std::size_t index) {
  const TypeView sub = obligations_[index].sub;
  const TypeView super = obligations_[index].super;
  const Kind a = sub.kind();
  const Kind b = super.kind();
  if (b == Kind::kReserved || b == Kind::kOpt || a == Kind::kEmpty ||
      (a == Kind::kNat && b == Kind::kInt)) {
    return true;
  }
  if (a != b || a == Kind::kFuture) {
    return refuse(index, fmt::format("{} is no {}", candid::to_text(a), candid::to_text(b)));
  }
  switch (a) {
    case Kind::kVec:
      obligations_.push_back({sub.part(0), super.part(0), index, "element"});
      return true;
    case Kind::kRecord:
      return examine_fields(index);
    case Kind::kVariant:
      return examine_cases(index);
    case Kind::kFunc:
      return examine_function(index);
    case Kind::kService:
      return examine_service(index);
    default:
      return true;
  }
}

bool Subtyping::examine_fields(std::size_t index) {
  const TypeView sub = obligations_[index].sub;
  const TypeView super = obligations_[index].super;
  for (std::size_t i = 0; i < super.part_count(); ++i) {
    const Label& label = super.node().parts[i].label;
    const Part* part = sub.find(label.id);
    if (part != nullptr) {
      obligations_.push_back(
          {{sub.table, part->type}, super.part(i), index, "field " + label.to_text()});
    } else if (!may_be_missing(super.part(i))) {
      return refuse(index, fmt::format("field {} is missing", label.to_text()));
    }
  }
  return true;
}

bool Subtyping::examine_cases(std::size_t index) {
  const TypeView sub = obligations_[index].sub;
  const TypeView super = obligations_[index].super;
  for (std::size_t i = 0; i < sub.part_count(); ++i) {
    const Label& label = sub.node().parts[i].label;
    const Part* part = super.find(label.id);
    if (part == nullptr) {
      return refuse(index, fmt::format("case {} is not expected", label.to_text()));
    }
    obligations_.push_back(
        {sub.part(i), {super.table, part->type}, index, "case " + label.to_text()});
  }
  return true;
}

bool Subtyping::examine_function(std::size_t index) {
  const TypeView sub = obligations_[index].sub;
  const TypeView super = obligations_[index].super;
  const TypeNode& a = sub.node();
  const TypeNode& b = super.node();
  if (a.annotations != b.annotations) {
    return refuse(index, fmt::format("it is {}, not {}", annotations_text(a.annotations),
                                     annotations_text(b.annotations)));
  }
  return examine_tuple(super, 0, b.argument_count, sub, 0, a.argument_count, index, "argument") &&
         examine_tuple(sub, a.argument_count, a.parts.size(), super, b.argument_count,
                       b.parts.size(), index, "result");
}

bool Subtyping::examine_tuple(TypeView sub, std::size_t sub_first, std::size_t sub_last,
                              TypeView super, std::size_t super_first, std::size_t super_last,
                              std::size_t parent, const char* what) {
  for (std::size_t i = 0; i < super_last - super_first; ++i) {
    if (i < sub_last - sub_first) {
      obligations_.push_back({sub.part(sub_first + i), super.part(super_first + i), parent,
                              fmt::format("{} {}", what, i + 1)});
    } else if (!may_be_missing(super.part(super_first + i))) {
      return refuse(parent, fmt::format("{} {} is missing", what, i + 1));
    }
  }
  return true;
}

bool Subtyping::examine_service(std::size_t index) {
  const TypeView sub = obligations_[index].sub;
  const TypeView super = obligations_[index].super;
  for (const Part& expected : super.node().parts) {
    const std::string& name = expected.label.name;
    const auto found = std::ranges::lower_bound(sub.node().parts, name, {},
                                                [](const Part& part) { return part.label.name; });
    if (found == sub.node().parts.end() || found->label.name != name) {
      return refuse(index, fmt::format("method {} is missing", quoted_unless_plain(name)));
    }
    obligations_.push_back({{sub.table, found->type},
                            {super.table, expected.type},
                            index,
                            "method " + quoted_unless_plain(name)});
  }
  return true;
}

bool Subtyping::refuse(std::size_t index, std::string problem) {
  reason_ = std::move(problem);
  std::string path;
  for (std::size_t i = index; i != 0; i = obligations_[i].parent) {
    path = obligations_[i].step + (path.empty() ? "" : ", " + path);
  }
  if (!path.empty()) {
    reason_ = path + ": " + reason_;
  }
  return false;
}

}  // namespace internal
}  // namespace heddle::candid
