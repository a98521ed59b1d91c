#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <heddle/model/combinators.h>
#include <heddle/model/future.h>
#include <heddle/model/trap.h>

namespace heddle {

namespace internal {

namespace {

constexpr std::string_view kNoSlot = "the call could not be sent: no free slot for this callee";

/// How the callee writes and reads messages, if that is Candid.
const CandidForm* candid_of(const Canister& caller, CanisterId callee) {
  const Directory* const directory = caller.heddle_directory();
  return directory != nullptr && callee < directory->infos.size() ? directory->infos[callee]->candid
                                                                  : nullptr;
}

std::string in_form_of(const CandidForm* candid, View& view, const Directory* directory,
                       const Message& message) {
  if (candid == nullptr) {
    return message.arguments;
  }
  try {
    return candid->from_model(message.arguments_type(), message.arguments, *directory);
  } catch (const Misuse& misuse) {
    view.misuse(fmt::format("the arguments of {} {}", message.method, misuse.what()));
  }
}

/// Fills in who is called and as what.
Send send_of(View& view, const Canister& caller, const Message& message) {
  Send send;
  send.where = message.where;
  send.site = message.site;
  send.method = message.method_id;
  if (message.timeout) {
    send.timeout = std::min(*message.timeout, Send::kTimeoutMax);
  }
  const Directory* const directory = caller.heddle_directory();
  CanisterId callee = message.callee.id();
  if (message.principal) {
    callee = directory == nullptr ? kNoCanister : directory->find(*message.principal);
    send.callee_principal = view.tables().values.intern(to_bytes(*message.principal));
  }
  send.callee = callee;
  if (directory != nullptr && callee < directory->infos.size()) {
    send.method = directory->infos[callee]->method(message.method);
  }
  if (callee == kNoCanister || send.method == Send::kNoMethod) {
    send.method = Send::kNoMethod;
    send.method_name = view.tables().values.intern(message.method);
  }
  send.arguments =
      view.tables().values.intern(in_form_of(candid_of(caller, callee), view, directory, message));
  return send;
}

}  // namespace

FutureBase::FutureBase(FutureBase&& other) noexcept
    : status_(std::exchange(other.status_, Status::kNone)),
      index_(other.index_),
      owner_(other.owner_),
      reply_type_(other.reply_type_),
      send_(other.send_) {}

FutureBase& FutureBase::operator=(FutureBase&& other) noexcept {
  if (this != &other) {
    release();
    status_ = std::exchange(other.status_, Status::kNone);
    index_ = other.index_;
    owner_ = other.owner_;
    reply_type_ = other.reply_type_;
    send_ = other.send_;
  }
  return *this;
}

FutureBase FutureBase::call(const Message& message) {
  View& view = View::current("a call was made");
  const Frame& frame = Frame::current("a call was made");
  FutureBase future;
  future.owner_ = frame.serial();
  future.send_ = send_of(view, frame.canister(), message);
  if (candid_of(frame.canister(), future.send_.callee) != nullptr) {
    future.reply_type_ = message.reply_type;
  }
  future.status_ = Status::kPrepared;
  if (view.dialect() == Dialect::kMotoko || view.input().query) {
    future.poll();
    if (future.failed()) {
      throw Reject(RejectCode::kCallError, std::string(kNoSlot));
    }
  }
  return future;
}

FutureBase FutureBase::of_open_call(CallIndex index) {
  FutureBase future;
  future.status_ = Status::kOpen;
  future.index_ = index;
  future.owner_ = Frame::current("a Deferred was made").serial();
  return future;
}

void FutureBase::check_awaitable() const {
  View& view = View::current("a future was awaited");
  const Frame& frame = Frame::current("a future was awaited");
  if (frame.continuation()) {
    view.misuse("a method went on after continue_as(): write co_return continue_as(...)");
  }
  if (status_ == Status::kNone) {
    view.misuse(
        "an empty future was awaited: it was default-made, or moved into another one before");
  }
  if (status_ == Status::kAwaited) {
    view.misuse("a future was awaited twice: keep the value that the first await gave");
  }
  if (owner_ != frame.serial()) {
    view.misuse(
        "a future was awaited by a context that did not make the call: pass on the value, or a "
        "Deferred, which any execution of the canister can resolve");
  }
}

void FutureBase::poll() {
  if (status_ != Status::kPrepared) {
    return;
  }
  const auto index = View::current("a call was made").send(send_);
  status_ = index ? Status::kOpen : Status::kFailed;
  index_ = index.value_or(0);
}

Answer FutureBase::read(const Answer& answer) const {
  if (reply_type_ == nullptr || !answer.replied) {
    return answer;
  }
  View& view = View::current("a future was awaited");
  const Directory& directory =
      *Frame::current("a future was awaited").canister().heddle_directory();
  const ProgramInfo& callee = *directory.infos[send_.callee];
  try {
    return {true, RejectCode::kNone,
            view.tables().values.intern(callee.candid->to_model(
                reply_type_(), view.tables().values[answer.value], directory))};
  } catch (const DecodeError& error) {
    const std::string text =
        fmt::format("the reply of {}.{} cannot be decoded: {}", directory.names[send_.callee],
                    callee.methods[send_.method].name, error.what());
    if (view.dialect() == Dialect::kMotoko) {
      trap(text);
    }
    return {false, RejectCode::kDecodeFailed, view.tables().values.intern(text)};
  }
}

void FutureBase::release() noexcept {
  if (status_ != Status::kOpen) {
    return;
  }
  const Frame* const frame = Frame::current_or_null();
  if (frame != nullptr && frame->serial() == owner_) {
    View::current_or_null()->release(index_);
  }
}

namespace {

Answer failed_send(View& view) {
  return {false, RejectCode::kCallError, view.tables().values.intern(kNoSlot)};
}

AwaitMode mode_of(const View& view, bool now) {
  return now || view.dialect() == Dialect::kRust ? AwaitMode::kNow : AwaitMode::kCommit;
}

/// Suspends until a response resumes the context.
void wait_in(std::coroutine_handle<> handle) {
  Frame::current("a future was awaited").wait_in(handle);
}

}  // namespace

bool OneAwaiter::await_ready() {
  future_.check_awaitable();
  future_.poll();
  failed_ = future_.failed();
  future_.mark_awaited();
  if (failed_) {
    return true;
  }
  View& view = View::current("a future was awaited");
  return view.await(Await::Kind::kOne, {future_.index()}, mode_of(view, now_), where_);
}

void OneAwaiter::await_suspend(std::coroutine_handle<> handle) const {
  wait_in(handle);
}

Answer OneAwaiter::answer() const {
  View& view = View::current("a future was awaited");
  return failed_ ? failed_send(view) : future_.read(view.answers().front());
}

std::string_view reply_bytes(const Answer& answer) {
  if (!answer.replied) {
    throw reject_of(answer);
  }
  const std::string_view bytes =
      View::current("a future was awaited").tables().values[answer.value];
  if (bytes == kUndecodable) {
    undecodable_reply("it is of another type than its caller expects", true);
  }
  return bytes;
}

Reject reject_of(const Answer& answer) {
  View& view = View::current("a future was awaited");
  return {answer.code,
          answer.value == 0 ? std::string() : std::string(view.tables().values[answer.value])};
}

void undecodable_reply(const char* why, bool injected) {
  View& view = View::current("a future was awaited");
  std::string text = fmt::format("the reply cannot be decoded: {}", why);
  if (view.dialect() == Dialect::kRust) {
    throw Reject(RejectCode::kDecodeFailed, std::move(text));
  }
  view.trap(std::move(text), injected);
}

namespace {

/// Awaits one call for its answer.
class AnswerAwaiter : public OneAwaiter {
 public:
  using OneAwaiter::OneAwaiter;

  [[nodiscard]] Answer await_resume() const { return answer(); }
};

/// Lets a library coroutine await at the place where its caller does.
template <class Awaiter>
class Placed {
 public:
  template <class... Arguments>
  explicit Placed(Arguments&&... arguments) : awaiter_(std::forward<Arguments>(arguments)...) {}

  Awaiter await_at(std::source_location /*here*/) { return awaiter_; }

 private:
  Awaiter awaiter_;
};

/// Rust's join_all: one await for all [U5].
class JoinAwaiter {
 public:
  JoinAwaiter(const std::vector<FutureBase*>& futures, std::source_location where)
      : futures_(&futures), where_(where) {}

  bool await_ready() {
    for (FutureBase* const future : *futures_) {
      future->check_awaitable();
      future->poll();
      open_.push_back(!future->failed());
      if (open_.back()) {
        calls_.push_back(future->index());
      }
      future->mark_awaited();
    }
    return calls_.empty() || View::current("futures were awaited")
                                 .await(Await::Kind::kAll, calls_, AwaitMode::kNow, where_);
  }

  void await_suspend(std::coroutine_handle<> handle) const { wait_in(handle); }

  [[nodiscard]] std::vector<Answer> await_resume() const {
    View& view = View::current("futures were awaited");
    std::vector<Answer> answers;
    std::size_t at = 0;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      answers.push_back(open_[i] ? (*futures_)[i]->read(view.answers()[at++]) : failed_send(view));
    }
    return answers;
  }

 private:
  const std::vector<FutureBase*>* futures_;
  std::source_location where_;
  std::vector<bool> open_;
  std::vector<CallIndex> calls_;
};

/// The first of several calls.
class FirstAwaiter {
 public:
  FirstAwaiter(const std::vector<FutureBase*>& futures, std::source_location where)
      : futures_(&futures), where_(where) {}

  bool await_ready() {
    View& view = View::current("futures were awaited");
    if (futures_->empty()) {
      view.misuse("any() of no futures: nothing can ever resume it");
    }
    for (const FutureBase* const future : *futures_) {
      future->check_awaitable();
    }
    std::vector<CallIndex> calls;
    std::optional<std::size_t> failing;
    for (std::size_t i = 0; i < futures_->size(); ++i) {
      FutureBase& future = *(*futures_)[i];
      future.poll();
      if (!future.failed()) {
        calls.push_back(future.index());
      } else if (!failing) {
        failing = i;
      }
    }
    if (failing) {
      return settle_at_once(view, *failing);
    }
    return view.await(Await::Kind::kAny, calls, mode_of(view, false), where_);
  }

  void await_suspend(std::coroutine_handle<> handle) const { wait_in(handle); }

  [[nodiscard]] std::pair<std::size_t, Answer> await_resume() const {
    View& view = View::current("futures were awaited");
    if (failed_) {
      (*futures_)[*failed_]->mark_awaited();
      return {*failed_, failed_send(view)};
    }
    for (std::size_t i = 0; i < futures_->size(); ++i) {
      if ((*futures_)[i]->index() == view.resumed_call()) {
        (*futures_)[i]->mark_awaited();
        return {i, (*futures_)[i]->read(view.answers().front())};
      }
    }
    throw BrokenInvariant("any() was resumed by a call that it does not wait for");
  }

 private:
  /// The send of future `failing` failed, which is its answer; one before it may have been answered
  /// earlier and comes first.
  bool settle_at_once(View& view, std::size_t failing) {
    for (std::size_t i = 0; i < failing; ++i) {
      const CallIndex call = (*futures_)[i]->index();
      if (view.is_complete(call)) {
        return view.await(Await::Kind::kAny, {call}, AwaitMode::kNow, where_);
      }
    }
    failed_ = failing;
    return true;
  }

  const std::vector<FutureBase*>* futures_;
  std::source_location where_;
  std::optional<std::size_t> failed_;
};

}  // namespace

Star<std::vector<Answer>> settle(std::vector<FutureBase*> futures, bool stop_at_reject,
                                 std::source_location where) {
  if (View::current("futures were awaited").dialect() == Dialect::kRust) {
    Placed<JoinAwaiter> join(futures, where);
    std::vector<Answer> answers = co_await join;
    co_return answers;
  }
  std::vector<Answer> answers;
  for (FutureBase* const future : futures) {
    Placed<AnswerAwaiter> one(*future, false, where);
    const Answer answer = co_await one;
    if (answer.replied) {
      reply_bytes(answer);  // that cannot be decoded traps now, not with the last of them [M16]
    }
    answers.push_back(answer);
    if (stop_at_reject && !answer.replied) {
      break;
    }
  }
  co_return answers;
}

Star<std::pair<std::size_t, Answer>> settle_first(std::vector<FutureBase*> futures,
                                                  std::source_location where) {
  Placed<FirstAwaiter> first(futures, where);
  const std::pair<std::size_t, Answer> result = co_await first;
  co_return result;
}

Message message_to(AnyRef callee, const MethodTable* table, const MethodKey& key) {
  const Canister& self = Frame::current("a call was made").canister();
  if (table == nullptr || callee.id() == self.heddle_id()) {
    table = &self.heddle_table();
  }
  const MethodEntry* entry = nullptr;
  try {
    entry = &table->find(key);
  } catch (const Misuse& misuse) {
    View::current("a call was made").misuse(misuse.what());
  }
  Message message;
  message.callee = callee;
  message.method = entry->name;
  message.method_id = static_cast<MethodId>(entry - table->entries.data());
  return message;
}

void request_continuation(const MethodKey& key, std::string arguments) {
  View& view = View::current("continue_as() was called");
  Frame& frame = Frame::current("continue_as() was called");
  const Message message = message_to(AnyRef(), nullptr, key);
  if (frame.continuation()) {
    view.misuse("continue_as() was called twice: write co_return continue_as(...)");
  }
  frame.continue_as({message.method_id, std::move(arguments)});
}

}  // namespace internal

void ignore(internal::FutureBase&& future) {
  const internal::FutureBase dropped = [&future] {
    future.poll();
    return std::move(future);
  }();
}

}  // namespace heddle
