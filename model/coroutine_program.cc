#include <algorithm>
#include <cstring>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include <heddle/model/coroutine_program.h>
#include <heddle/model/internal/frame.h>
#include <heddle/model/internal/var_base.h>
#include <heddle/model/internal/watchdog.h>

namespace heddle {

using internal::Frame;

/// Suspended frames by what they have observed. Thread-safe. The oldest goes first.
class CoroutineProgram::Frames {
 public:
  using Key = std::tuple<MethodId, ValueId, LogId>;

  /// The frame that has observed just this, if it was kept.
  std::unique_ptr<Frame> take(const Tables& tables, const Key& key) {
    const std::lock_guard lock(mutex_);
    if (!belongs(tables)) {
      return nullptr;
    }
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) {
      return nullptr;
    }
    std::unique_ptr<Frame> frame = std::move(found->second->second);
    by_age_.erase(found->second);
    by_key_.erase(found);
    return frame;
  }

  void keep(const Tables& tables, const Key& key, std::unique_ptr<Frame> frame, std::size_t max) {
    std::list<Entry> dropped;  // destroyed after the lock, as disposal
    {
      const std::lock_guard lock(mutex_);
      if (!belongs(tables)) {
        dropped.swap(by_age_);
        by_key_.clear();
        identity_ = tables.identity;
      }
      if (max == 0 || by_key_.contains(key)) {
        dropped.emplace_back(key, std::move(frame));
      } else {
        by_age_.emplace_back(key, std::move(frame));
        by_key_[key] = std::prev(by_age_.end());
      }
      while (by_age_.size() > max) {
        by_key_.erase(by_age_.front().first);
        dropped.splice(dropped.end(), by_age_, by_age_.begin());
      }
    }
    const View::Disposal disposal;
    dropped.clear();
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    const View::Disposal disposal;
    by_key_.clear();
    by_age_.clear();
  }

 private:
  using Entry = std::pair<Key, std::unique_ptr<Frame>>;

  /// Ids mean nothing in other tables than those that they came from.
  [[nodiscard]] bool belongs(const Tables& tables) const {
    return !identity_.owner_before(tables.identity) && !tables.identity.owner_before(identity_);
  }

  std::mutex mutex_;
  std::weak_ptr<const int> identity_;
  std::list<Entry> by_age_;
  std::map<Key, std::list<Entry>::iterator> by_key_;
};

namespace {

/// Throws a frame away: its destructors run, and nothing of what they do counts.
void dispose(std::unique_ptr<Frame> frame) {
  const View::Disposal disposal;
  frame.reset();
}

/// `show` with canisters' names in it.
std::function<Shown(std::string_view)> with_names(Shown (*show)(std::string_view),
                                                  std::shared_ptr<const Directory> directory) {
  if (show == nullptr || directory == nullptr) {
    return show;
  }
  return [show, directory = std::move(directory)](std::string_view bytes) {
    Shown shown = show(bytes);
    internal::name_refs(shown, *directory);
    return shown;
  };
}

}  // namespace

CoroutineProgram::CoroutineProgram(std::unique_ptr<Canister> canister, std::size_t object_bytes,
                                   CanisterId id, std::string name, std::string made_from)
    : canister_(std::move(canister)),
      object_bytes_(object_bytes),
      name_(std::move(name)),
      frames_(std::make_unique<Frames>()) {
  canister_->id_ = id;
  canister_->installed_ = true;
  info_.made_from = std::move(made_from);
  describe();
  std::set<std::string> names;
  for (const VariableInfo& variable : info_.variables) {
    if (variable.name.empty() || !names.insert(variable.name).second) {
      throw Misuse(
          fmt::format("{}: {} Vars are named \"{}\"; each needs a name of its own, which "
                      "diffs and traces use",
                      info_.type_name, variable.name.empty() ? "some" : "two", variable.name));
    }
  }
  names.clear();
  for (const MethodInfo& method : info_.methods) {
    if (!names.insert(method.name).second) {
      throw Misuse(fmt::format("{} is listed twice in HEDDLE_CANISTER({}, ...)", method.name,
                               info_.type_name));
    }
  }
  remember_object();
}

CoroutineProgram::~CoroutineProgram() {
  frames_->clear();
}

void CoroutineProgram::describe() {
  const internal::MethodTable& table = canister_->heddle_table();
  info_.type_name = table.type_name;
  info_.dialect = canister_->heddle_dialect();
  info_.methods.clear();
  for (const internal::MethodEntry& entry : table.entries) {
    info_.methods.push_back({entry.name, entry.kind, with_names(entry.show_arguments, directory_),
                             with_names(entry.show_reply, directory_), entry.arguments_type,
                             entry.reply_type});
  }
  info_.variables.clear();
  for (const internal::VarBase* const variable : canister_->variables_) {
    VariableInfo info = *variable->info_;
    info.show_value = with_names(variable->show_value_, directory_);
    info.show_key = with_names(variable->show_key_, directory_);
    info.is_stable =
        variable->lifetime_ == Lifetime::kStable ||
        (variable->lifetime_ == Lifetime::kOfDialect && info_.dialect == Dialect::kMotoko);
    info_.variables.push_back(std::move(info));
  }
  if (next_ != nullptr) {
    const ProgramInfo& next = next_->info();
    for (std::size_t i = info_.methods.size(); i < next.methods.size(); ++i) {
      info_.methods.push_back(next.methods[i]);
      info_.methods.back().is_absent = true;
    }
    for (std::size_t i = info_.variables.size(); i < next.variables.size(); ++i) {
      info_.variables.push_back(next.variables[i]);
      info_.variables.back().is_absent = true;
    }
  }
  if (is_managed_) {
    add_management(info_);
  }
}

void CoroutineProgram::grant_management() {
  is_managed_ = true;
  describe();
}

void CoroutineProgram::followed_by(const std::shared_ptr<CoroutineProgram>& next) {
  if (next_ == nullptr) {
    next->check_follows(*this);
    next_ = next;
  } else {
    next_->followed_by(next);
  }
  describe();
}

void CoroutineProgram::check_follows(const CoroutineProgram& first) const {
  const auto refuse = [&](std::string_view why) {
    throw Misuse(fmt::format(
        "{} cannot be upgraded from {} to {}: {}. The new class declares what the old one has, in "
        "the same order and with the same types, and adds its own after it; deriving it from the "
        "old class does that for variables.",
        name_, first.info_.type_name, info_.type_name, why));
  };
  if (info_.dialect != first.info_.dialect) {
    refuse("they are of different dialects");
  }
  const auto& old_methods = first.canister_->heddle_table().entries;
  const auto& methods = canister_->heddle_table().entries;
  for (std::size_t i = 0; i < old_methods.size(); ++i) {
    if (i >= methods.size() || methods[i].name != old_methods[i].name ||
        methods[i].kind != old_methods[i].kind ||
        methods[i].arguments_type != old_methods[i].arguments_type ||
        methods[i].reply_type != old_methods[i].reply_type) {
      refuse(fmt::format("method {} is not listed in the same place", old_methods[i].name));
    }
  }
  const auto& old_variables = first.canister_->variables_;
  const auto& variables = canister_->variables_;
  for (std::size_t i = 0; i < old_variables.size(); ++i) {
    if (i >= variables.size() || variables[i]->name_ != old_variables[i]->name_ ||
        variables[i]->info_->keyed != old_variables[i]->info_->keyed ||
        variables[i]->show_value_ != old_variables[i]->show_value_ ||
        variables[i]->show_key_ != old_variables[i]->show_key_) {
      refuse(fmt::format("variable {} is not declared in the same place", old_variables[i]->name_));
    }
  }
}

void CoroutineProgram::connect(std::shared_ptr<const Directory> directory) {
  directory_ = std::move(directory);
  canister_->directory_ = directory_.get();
  describe();
  remember_object();
}

void CoroutineProgram::set_options(const Options& options) {
  options_ = options;
  if (options.frames_max == 0) {
    frames_->clear();
  }
}

CoroutineProgram::Statistics CoroutineProgram::statistics() const {
  return {pieces_.load(), replays_.load(), taken_.load()};
}

void CoroutineProgram::throw_other_class(std::string_view asked) {
  throw Misuse(fmt::format("a canister was asked for as {}, which it is not", asked));
}

std::string CoroutineProgram::canister_name(CanisterId canister) const {
  if (canister == canister_->id_) {
    return name_;
  }
  return directory_ != nullptr && canister < directory_->names.size()
             ? directory_->names[canister]
             : fmt::format("canister {}", canister);
}

std::string CoroutineProgram::method_name(CanisterId canister, MethodId method) const {
  const ProgramInfo* info = nullptr;
  if (canister == canister_->id_) {
    info = &info_;
  } else if (directory_ != nullptr && canister < directory_->infos.size()) {
    info = directory_->infos[canister];
  }
  return info != nullptr && method < info->methods.size() ? info->methods[method].name
                                                          : fmt::format("method {}", method);
}

std::string CoroutineProgram::variable_name(CanisterId canister, std::uint32_t variable) const {
  const ProgramInfo* info = nullptr;
  if (canister == canister_->id_) {
    info = &info_;
  } else if (directory_ != nullptr && canister < directory_->infos.size()) {
    info = directory_->infos[canister];
  }
  return info != nullptr && variable < info->variables.size()
             ? info->variables[variable].name
             : fmt::format("variable {}", variable);
}

std::string CoroutineProgram::call_text(CanisterId canister, MethodId method,
                                        std::string_view arguments) const {
  std::string shown = "(...)";
  if (canister == canister_->id_ && method < info_.methods.size()) {
    try {
      shown = to_string(info_.methods[method].show_arguments(arguments));
    } catch (const DecodeError&) {
      shown = "(arguments that cannot be decoded)";
    }
  }
  return fmt::format("{}.{}{}", canister_name(canister), method_name(canister, method), shown);
}

void CoroutineProgram::remember_object() {
  object_.resize(object_bytes_);
  std::memcpy(object_.data(), static_cast<const void*>(dynamic_cast<const void*>(canister_.get())),
              object_bytes_);
}

void CoroutineProgram::check_object() const {
  if (std::memcmp(object_.data(), dynamic_cast<const void*>(canister_.get()), object_bytes_) != 0) {
    throw Misuse(fmt::format(
        "{} changed a member that is not a Var: everything else in a canister is constant after "
        "installation, since one object stands for the canister in every state. Make it a Var.",
        name_));
  }
}

std::string CoroutineProgram::place(const View& view) const {
  const std::source_location where = view.last_place();
  const std::string method = method_name(canister_->id_, view.effects().method);
  return where.line() == 0 ? fmt::format("{}.{}", name_, method)
                           : fmt::format("{}.{}, at or after {}:{}", name_, method,
                                         where.file_name(), where.line());
}

void CoroutineProgram::execute(View& view) const {
  const View::Scope scope(&view);
  view.set_names(this);
  pieces_.fetch_add(1, std::memory_order_relaxed);
  const internal::Watched watched(view, options_.piece_ms_max);
  try {
    run_piece(view);
    if (view.misused()) {
      throw Misuse(*view.misused());
    }
    check_object();
  } catch (const Misuse& misuse) {
    view.set_frame(nullptr);
    throw Misuse(fmt::format("{}: {}", place(view), misuse.what()), misuse.site());
  }
  view.set_frame(nullptr);
}

std::unique_ptr<Frame> CoroutineProgram::grow(View& view, MethodId method,
                                              std::string_view arguments) const {
  const internal::MethodEntry& entry = canister_->heddle_table().entries[method];
  auto frame = std::make_unique<Frame>(*canister_);
  view.set_frame(frame.get());
  try {
    frame->start(entry.start(*canister_, entry.key, arguments));
  } catch (const DecodeError& error) {
    view.mark_trapped(
        fmt::format("the arguments of {} cannot be decoded: {}", entry.name, error.what()));
  }
  return frame;
}

void CoroutineProgram::run_piece(View& view) const {
  const PieceInput& input = view.input();
  std::unique_ptr<Frame> frame;
  if (input.mode != PieceInput::Mode::kStart) {
    frame = frames_->take(view.tables(), {input.method, input.arguments, input.log});
  }
  const bool kept = frame != nullptr;
  if (kept) {
    taken_.fetch_add(1, std::memory_order_relaxed);
    view.set_frame(frame.get());
    view.skip_replay();
  } else {
    if (input.mode != PieceInput::Mode::kStart) {
      replays_.fetch_add(1, std::memory_order_relaxed);
    }
    frame = grow(view, input.method, view.tables().values[input.arguments]);
  }
  if (input.mode == PieceInput::Mode::kCleanup) {
    clean_up(view, std::move(frame), kept);
    return;
  }
  frame->run();
  while (frame->done() && frame->continuation() && !view.is_trapped() && !view.responded() &&
         !view.misused()) {
    const internal::Continuation next = *frame->continuation();
    dispose(std::exchange(frame, nullptr));
    view.continue_as(next.method, view.tables().values.intern(next.arguments));
    frame = grow(view, next.method, next.arguments);
    frame->run();
  }
  if (frame->done() || view.misused() || view.is_trapped()) {
    const std::exception_ptr failure = frame->failure();
    dispose(std::move(frame));
    if (failure) {
      std::rethrow_exception(failure);
    }
    return;
  }
  const Frames::Key key{view.effects().method, view.effects().arguments, view.suspended_log()};
  view.set_frame(nullptr);
  frames_->keep(view.tables(), key, std::move(frame), options_.frames_max);
}

void CoroutineProgram::clean_up(View& view, std::unique_ptr<Frame> frame, bool kept) const {
  if (!kept) {
    frame->run();
  }
  if (frame->done() || !view.suspended()) {
    const std::exception_ptr failure = frame->failure();
    dispose(std::move(frame));
    if (failure) {
      std::rethrow_exception(failure);
    }
    return;  // finish() says that the replay did not come to its await
  }
  view.begin_cleanup();
  frame.reset();
}

std::string run_query(View& view, const CoroutineProgram& program,
                      const internal::MethodKey& method, const std::string& arguments) {
  const internal::MethodTable& table = program.canister().heddle_table();
  const internal::MethodEntry& entry = table.find(method);
  return program.answer_of(view, static_cast<MethodId>(&entry - table.entries.data()), arguments);
}

std::string CoroutineProgram::query(View& view, CanisterId /*self*/, std::string_view method,
                                    std::string_view arguments) {
  const MethodId id = info_.method(method);
  if (id == Send::kNoMethod || info_.methods[id].kind != MethodKind::kQuery) {
    throw Misuse(
        fmt::format("a property asks {}.{}, and there is no query of that name", name_, method));
  }
  return answer_of(view, id, arguments);
}

std::string CoroutineProgram::answer_of(View& view, MethodId method,
                                        std::string_view arguments) const {
  const internal::MethodTable& table = canister_->heddle_table();
  const internal::MethodEntry& entry = table.entries[method];
  PieceInput input;
  input.canister = canister_->heddle_id();
  input.method = method;
  input.arguments = view.tables().values.intern(arguments);
  input.query = true;
  View piece(view.tables(), view.source(), canister_->heddle_dialect(), input);
  execute(piece);
  const Effects effects = piece.finish();
  const std::string value(view.tables().values[effects.response.value]);
  if (effects.end != PieceEnd::kReplied) {
    throw Misuse(
        fmt::format("the query {}.{} did not reply but {} (\"{}\"): a property must have a "
                    "value in every state",
                    table.type_name, entry.name,
                    effects.end == PieceEnd::kTrapped ? "trapped" : "rejected", value));
  }
  return value;
}

}  // namespace heddle
