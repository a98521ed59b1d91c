#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/suite/internal/expression_calls.h>
#include <heddle/suite/internal/expression_terms.h>
#include <heddle/suite/internal/pattern.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::internal {

CallText CallReader::only_call() {
  skip_space();
  CallText found = call();
  skip_space();
  if (at_ != text_.size()) {
    fail(at_, fmt::format("expected the end of the call, found {}", found_text()));
  }
  return found;
}

CallText CallReader::call() {
  const std::size_t offset = at_;
  std::string first(canister_name());
  std::string_view method = first;
  const CandidRef* canister = nullptr;
  std::size_t method_at = offset;
  if (take_point()) {
    canister = &canister_named(first, offset);
    method_at = at_;
    method = name_at(at_);
    at_ += method.size();
  }
  if (method.empty()) {
    fail(at_, fmt::format("expected a method's name, found {}", found_text()),
         "Calls are written canister.method(arguments).");
  }
  if (!at_symbol("(")) {
    fail(at_, fmt::format("expected ( after {}, found {}", method, found_text()),
         "Calls are written canister.method(arguments), also without arguments: bank.get().");
  }
  if (canister == nullptr) {
    canister = &canister_with(method, offset);
  }
  const auto type = canister->canister().interface().method(method);
  if (!type) {
    fail_method(canister->canister(), method, method_at);
  }
  if (type->annotations().composite_query) {
    fail(method_at,
         fmt::format("{}.{} is a composite query, and these are not modelled",
                     canister->canister().name(), method),
         "Write the queries that it calls.");
  }
  const std::size_t begin = at_;
  at_ = end_of_brackets(at_);
  const std::string arguments(text_.substr(begin, at_ - begin));
  try {
    std::string encoded = canister->canister().arguments(method, arguments);
    return {*canister, std::string(method), *type, std::move(encoded),
            fmt::format("{}.{}{}", canister->canister().name(), method, arguments)};
  } catch (const candid::CandidError& error) {
    fail(begin + offset_of(error, arguments), error.details().problem,
         fmt::format("{}.{} takes {}.", canister->canister().name(), method,
                     candid::to_text(candid::types_of(type->arguments()))));
  }
}

std::string_view CallReader::canister_name() {
  std::string_view longest = name_at(at_);
  for (const CandidRef& canister : scope_.canisters) {
    const std::string& name = canister.canister().name();
    if (name.size() > longest.size() && text_.substr(at_).starts_with(name + ".")) {
      longest = text_.substr(at_, name.size());
    }
  }
  at_ += longest.size();
  return longest;
}

bool CallReader::take_point() {
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    return true;
  }
  return false;
}

std::vector<std::string> CallReader::canister_names() const {
  std::vector<std::string> names;
  for (const CandidRef& canister : scope_.canisters) {
    names.push_back(canister.canister().name());
  }
  return names;
}

const CandidRef& CallReader::canister_named(const std::string& name, std::size_t offset) const {
  for (const CandidRef& canister : scope_.canisters) {
    if (canister.canister().name() == name) {
      return canister;
    }
  }
  const std::vector<std::string> names = canister_names();
  const auto near = nearest(name, names);
  fail(offset, fmt::format("there is no canister {}", name),
       near.empty() ? fmt::format("There are {}.", fmt::join(names, ", "))
                    : fmt::format("Did you mean {}?", fmt::join(near, " or ")));
}

const CandidRef& CallReader::canister_with(std::string_view method, std::size_t offset) const {
  std::vector<const CandidRef*> found;
  for (const CandidRef& canister : scope_.canisters) {
    if (canister.canister().interface().method(method)) {
      found.push_back(&canister);
    }
  }
  if (found.size() == 1) {
    return *found.front();
  }
  if (found.empty() && scope_.canisters.size() == 1) {
    fail_method(scope_.canisters.front().canister(), method, offset);
  }
  std::vector<std::string> choices;
  for (const CandidRef* canister : found) {
    choices.push_back(fmt::format("{}.{}", canister->canister().name(), method));
  }
  fail(offset,
       found.empty() ? fmt::format("no canister has a method {}", method)
                     : fmt::format("several canisters have a method {}", method),
       found.empty() ? fmt::format("Canisters are {}.", fmt::join(canister_names(), ", "))
                     : fmt::format("Write {}.", fmt::join(choices, " or ")));
}

void CallReader::fail_method(const CandidCanister& canister, std::string_view method,
                             std::size_t offset) {
  const std::vector<std::string> names = canister.interface().method_names();
  const auto near = nearest(method, names);
  fail(offset, fmt::format("{} has no method {}", canister.name(), method),
       names.empty()  ? "Its Candid interface is unknown or empty: give it one, candid = \"...\"."
       : near.empty() ? fmt::format("There are {}.", fmt::join(names, ", "))
                      : fmt::format("Did you mean {}?", fmt::join(near, " or ")));
}

CallText parse_call(std::string_view text, const ExpressionScope& scope) {
  return CallReader(text, scope).only_call();
}

}  // namespace heddle::internal
