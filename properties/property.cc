#include <fmt/format.h>

#include <heddle/properties/property.h>

namespace heddle {

bool Property::holds(const State& /*now*/) const {
  throw BrokenInvariant(fmt::format("property \"{}\" is not judged by state", name()));
}

std::optional<LeafValue> Property::after(LeafValue /*memory*/, const StepView& /*step*/) const {
  throw BrokenInvariant(fmt::format("property \"{}\" is not judged by step", name()));
}

std::optional<LeafValue> Property::renamed(LeafValue /*memory*/, Kernel& /*kernel*/,
                                           const Renaming& /*renaming*/) const {
  return std::nullopt;
}

std::string Property::explain(const State& /*now*/) const {
  return {};
}

std::string Property::explain(LeafValue /*memory*/, const StepView& /*step*/) const {
  return {};
}

}  // namespace heddle
