#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>

#include <heddle/checker/coverage.h>

namespace heddle {

namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t part) {
  hash = (hash ^ part) * 0x9fb21c651e98df25U;
  return hash ^ hash >> 29U;
}

/// Points and items in words.
class Names {
 public:
  Names(const Kernel& kernel, const CoveragePoints& points) : kernel_(kernel), points_(points) {}

  [[nodiscard]] std::string method(std::uint32_t id) const { return method(points_.point(id)); }

  /// "bank.withdraw", "bank.withdraw at bank.h:45".
  [[nodiscard]] std::string place(std::uint32_t id) const {
    const CoveragePoint point = points_.point(id);
    return point.line == 0 ? method(point)
                           : fmt::format("{} at {}:{}", method(point), point.file, point.line);
  }

 private:
  [[nodiscard]] std::string method(const CoveragePoint& point) const {
    const Installed& canister = kernel_.system().canisters[point.canister];
    const auto& methods = canister.program->info().methods;
    return fmt::format("{}.{}", canister.name,
                       point.method < methods.size() ? methods[point.method].name : "?");
  }

  const Kernel& kernel_;
  const CoveragePoints& points_;
};

std::string code_text(std::uint32_t code) {
  return fmt::format("code {}", code);
}

std::set<std::string> all_methods(const Kernel& kernel) {
  std::set<std::string> methods;
  for (const Installed& canister : kernel.system().canisters) {
    if (canister.environment || canister.program == nullptr) {
      continue;
    }
    for (const MethodInfo& method : canister.program->info().methods) {
      methods.insert(fmt::format("{}.{}", canister.name, method.name));
    }
  }
  return methods;
}

std::set<std::string> firsts(const std::set<std::pair<std::string, std::string>>& pairs) {
  std::set<std::string> names;
  for (const auto& pair : pairs) {
    names.insert(pair.first);
  }
  return names;
}

/// What of `all` is not in `seen`.
std::vector<std::string> missing(const std::set<std::string>& all,
                                 const std::set<std::string>& seen) {
  std::vector<std::string> names;
  std::ranges::set_difference(all, seen, std::back_inserter(names));
  return names;
}

}  // namespace

std::size_t CoveragePoints::Hash::operator()(const CoveragePoint& point) const {
  const std::uint64_t where = std::uint64_t{point.line} << 32U | point.column;
  const std::uint64_t method = std::uint64_t{point.canister} << 16U | point.method;
  return mixed(mixed(std::hash<std::string_view>{}(point.file), where), method);
}

std::uint32_t CoveragePoints::id(const CoveragePoint& point) {
  const std::scoped_lock lock(mutex_);
  const auto [known, fresh] = ids_.try_emplace(point, static_cast<std::uint32_t>(points_.size()));
  if (fresh) {
    points_.push_back(point);
  }
  return known->second;
}

CoveragePoint CoveragePoints::point(std::uint32_t id) const {
  const std::scoped_lock lock(mutex_);
  return points_[id];
}

std::size_t Coverage::Hash::operator()(const CoverageItem& item) const {
  return mixed(mixed(static_cast<std::uint64_t>(item.kind), item.first), item.second);
}

bool Coverage::add(const CoverageItem& item) {
  return items_.insert(item).second;
}

CoverageReport Coverage::report(const Kernel& kernel, const CoveragePoints& points) const {
  const Names names(kernel, points);
  std::set<std::string> methods;
  std::set<std::string> pieces;
  std::set<std::string> awaits;
  std::set<std::string> calls;
  std::map<CanisterId, std::set<std::string>> methods_of;
  std::set<std::pair<CanisterId, std::string>> awaits_of;
  std::set<std::pair<std::string, std::string>> met;
  std::set<std::pair<std::string, std::string>> interrupted;
  std::set<std::pair<std::string, std::string>> rejects;
  for (const CoverageItem& item : items_) {
    switch (item.kind) {
      case CoverageItem::Kind::kPiece:
        methods.insert(names.method(item.first));
        methods_of[points.point(item.first).canister].insert(names.method(item.first));
        pieces.insert(names.place(item.first));
        break;
      case CoverageItem::Kind::kMet:
        met.emplace(names.place(item.first), names.place(item.second));
        break;
      case CoverageItem::Kind::kInterrupted:
        interrupted.emplace(names.place(item.first), names.method(item.second));
        break;
      case CoverageItem::Kind::kRejected:
        rejects.emplace(names.place(item.first), code_text(item.second));
        break;
      case CoverageItem::Kind::kSuspended:
        awaits.insert(names.place(item.first));
        awaits_of.emplace(points.point(item.first).canister, names.place(item.first));
        break;
      case CoverageItem::Kind::kCalled:
        calls.insert(names.place(item.first));
        break;
    }
  }
  CoverageReport report;
  report.methods.assign(methods.begin(), methods.end());
  report.pieces.assign(pieces.begin(), pieces.end());
  report.awaits.assign(awaits.begin(), awaits.end());
  report.calls.assign(calls.begin(), calls.end());
  report.met.assign(met.begin(), met.end());
  report.interrupted.assign(interrupted.begin(), interrupted.end());
  report.rejects.assign(rejects.begin(), rejects.end());
  report.never_run = missing(all_methods(kernel), methods);
  report.never_interrupted = missing(awaits, firsts(interrupted));
  report.never_rejected = missing(calls, firsts(rejects));
  for (const auto& [canister, await] : awaits_of) {
    for (const std::string& method : methods_of[canister]) {
      if (!interrupted.contains({await, method})) {
        report.never_interrupted_by.emplace_back(await, method);
      }
    }
  }
  std::ranges::sort(report.never_interrupted_by);
  return report;
}

CoveragePlaces::CoveragePlaces(const Kernel& kernel, CoveragePoints& points, bool effects_stay)
    : points_(points), effects_stay_(effects_stay), starts_(kernel.system().canisters.size()) {}

const CoveragePlaces::Ends& CoveragePlaces::ends_of(const Execution& execution) {
  if (!effects_stay_) {
    ends_now_ = find_ends(execution);
    return ends_now_;
  }
  const auto known = ends_.find(execution.effects);
  return known != ends_.end()
             ? known->second
             : ends_.emplace(execution.effects, find_ends(execution)).first->second;
}

std::uint32_t CoveragePlaces::start_of(CanisterId canister, MethodId method) {
  std::vector<std::uint32_t>& starts = starts_[canister];
  if (method >= starts.size()) {
    starts.resize(method + std::size_t{1});
  }
  if (starts[method] == 0) {
    starts[method] = 1 + points_.id({canister, method, 0, 0, {}});
  }
  return starts[method] - 1;
}

std::uint32_t CoveragePlaces::point_of(CanisterId canister, MethodId method,
                                       const std::source_location& where) {
  if (where.line() == 0) {
    return start_of(canister, method);
  }
  return points_.id({canister, method, where.line(), where.column(), where.file_name()});
}

CoveragePlaces::Ends CoveragePlaces::find_ends(const Execution& execution) {
  const Effects& effects = *execution.effects;
  Ends ends;
  if (effects.end == PieceEnd::kSuspended) {
    ends.awaits = 1 + point_of(execution.canister, effects.method, effects.await_where);
  }
  for (const Send& send : effects.sends) {
    if (send.accepted && effects.end != PieceEnd::kTrapped) {
      const std::uint32_t point = point_of(execution.canister, execution.method, send.where);
      ends.calls.emplace_back(send.index, point);
      if (!send.one_way && !send.deferred) {
        ends.answerable.push_back(point);
      }
    }
  }
  return ends;
}

CoverageProbe::CoverageProbe(const Kernel& kernel, CoveragePoints& points, bool effects_stay)
    : places_(kernel, points, effects_stay), canisters_(kernel.system().canisters.size()) {}

void CoverageProbe::begin(unsigned part) {
  part_ = static_cast<std::uint16_t>(1U << part);
  for (Canister& canister : canisters_) {
    canister.last_context = 0;
    canister.suspended.clear();
  }
  for (const ContextId context : were_suspended_) {
    suspended_[context] = 0;
  }
  were_suspended_.clear();
  sites_.clear();
  fresh_.clear();
}

void CoverageProbe::performed(const Step& step) {
  if (step.event.kind == EventKind::kDeliver && step.delivered && !step.delivered->replied) {
    rejected(step.event, step.delivered->code);
  }
  for (const Execution& execution : step.executions) {
    if (execution.kind == Execution::Kind::kCode) {
      executed(execution);
    }
  }
}

void CoverageProbe::executed(const Execution& execution) {
  Canister& canister = canisters_[execution.canister];
  const std::uint32_t method = places_.start_of(execution.canister, execution.method);
  const std::uint32_t resumed_at = suspended_at(execution.context);
  const std::uint32_t piece = resumed_at == 0 ? method : resumed_at - 1;
  show(Kind::kPiece, pieces_, piece, 0);
  if (canister.last_context != 0 && canister.last_context != execution.context) {
    show(Kind::kMet, met_, canister.last_piece, piece);
  }
  canister.last_context = execution.context;
  canister.last_piece = piece;
  if (resumed_at != 0) {
    suspend(canister, execution.context, 0);
  }
  for (const auto& [point, count] : canister.suspended) {
    show(Kind::kInterrupted, interrupted_, point, method);
  }
  if (execution.effects == nullptr) {
    return;  // a trap was injected: the code did nothing
  }
  const CoveragePlaces::Ends& ends = places_.ends_of(execution);
  for (const auto& [index, point] : ends.calls) {
    sites_.push_back({execution.context, index, point});
  }
  for (const std::uint32_t point : ends.answerable) {
    show(Kind::kCalled, calls_, point, 0);
  }
  if (ends.awaits != 0) {
    show(Kind::kSuspended, awaits_, ends.awaits - 1, 0);
    suspend(canister, execution.context, ends.awaits);
  }
}

void CoverageProbe::rejected(const Event& event, RejectCode code) {
  // The last: `continue_as` gives numbers again.
  for (auto site = sites_.rbegin(); site != sites_.rend(); ++site) {
    if (site->context == event.context && site->index == event.index) {
      show(Kind::kRejected, rejected_, site->point, static_cast<std::uint32_t>(code));
      return;
    }
  }
}

void CoverageProbe::show(Kind kind, Shown& shown, std::uint32_t first, std::uint32_t second) {
  if (first >= shown.size()) {
    shown.resize(first + 1);
  }
  std::vector<std::uint16_t>& row = shown[first];
  if (second >= row.size()) {
    row.resize(second + 1);
  }
  if ((row[second] & part_) == 0) {
    row[second] = static_cast<std::uint16_t>(row[second] | part_);
    fresh_.push_back({kind, first, second});
  }
}

void CoverageProbe::suspend(Canister& canister, ContextId context, std::uint32_t awaits) {
  std::uint32_t& at = suspended_at(context);
  const auto count_of = [&](std::uint32_t point) {
    return std::ranges::find(canister.suspended, point,
                             &std::pair<std::uint32_t, std::uint32_t>::first);
  };
  if (at != 0) {
    const auto old = count_of(at - 1);
    if (--old->second == 0) {
      canister.suspended.erase(old);
    }
  }
  if (awaits != 0) {
    const auto known = count_of(awaits - 1);
    if (known != canister.suspended.end()) {
      ++known->second;
    } else {
      canister.suspended.emplace_back(awaits - 1, 1);
    }
    were_suspended_.push_back(context);
  }
  at = awaits;
}

std::uint32_t& CoverageProbe::suspended_at(ContextId context) {
  if (context >= suspended_.size()) {
    suspended_.resize(context + std::size_t{1});
  }
  return suspended_[context];
}

}  // namespace heddle
