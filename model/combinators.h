/// Awaiting several calls: `all`, `all_settled`, `join_all` and `any`, over a vector of futures of
/// one type or over futures of different types.
///
///     std::vector<Nat> blocks = co_await all(transfers);
///     std::vector<Outcome<Nat>> each = co_await all_settled(transfers);
///     auto [paid, received] = co_await all(payment, receipt);
///     First<Nat> first = co_await any(transfers);
#pragma once

#include <cstddef>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <heddle/model/future.h>
#include <heddle/model/method.h>
#include <heddle/model/outcome.h>
#include <heddle/model/view.h>

namespace heddle {

namespace internal {

/// What awaits of several calls do: `all` stops at the first reject in the order of the list in the
/// Motoko dialect, and awaits one after the other there.
Star<std::vector<Answer>> settle(std::vector<FutureBase*> futures, bool stop_at_reject,
                                 std::source_location where);
Star<std::pair<std::size_t, Answer>> settle_first(std::vector<FutureBase*> futures,
                                                  std::source_location where);

template <class T>
std::vector<FutureBase*> pointers(std::vector<Future<T>>& futures) {
  std::vector<FutureBase*> all;
  all.reserve(futures.size());
  for (auto& future : futures) {
    all.push_back(&future);
  }
  return all;
}

template <class... F>
std::vector<FutureBase*> pointers(std::tuple<F...>& futures) {
  return std::apply([](auto&... future) { return std::vector<FutureBase*>{&future...}; }, futures);
}

/// Unit in a tuple stands for void.
template <class F>
using ValueOf = typename std::remove_cvref_t<F>::Value;

}  // namespace internal

/// The first of several: which, and its value (std::monostate for void).
template <class T = void>
struct First {
  std::size_t index = 0;
  internal::Kept<T> value;
};

namespace internal {

struct AllOf {
  template <class T>
  static Star<std::conditional_t<std::is_void_v<T>, void, std::vector<Kept<T>>>> run(
      std::vector<FutureBase*> futures, std::source_location where, std::vector<Future<T>>*) {
    const std::vector<Answer> answers = co_await settle(std::move(futures), true, where);
    std::vector<Kept<T>> values;
    for (const Answer& answer : answers) {
      values.push_back(reply_value<T>(answer));
    }
    if constexpr (!std::is_void_v<T>) {
      co_return std::move(values);
    }
  }

  template <class... F>
  static Star<std::tuple<Kept<ValueOf<F>>...>> run(std::vector<FutureBase*> futures,
                                                   std::source_location where, std::tuple<F...>*) {
    const std::vector<Answer> answers = co_await settle(std::move(futures), true, where);
    for (const Answer& answer : answers) {
      reply_bytes(answer);
    }
    co_return values<F...>(answers, std::index_sequence_for<F...>());
  }

 private:
  template <class... F, std::size_t... kIndex>
  static std::tuple<Kept<ValueOf<F>>...> values(const std::vector<Answer>& answers,
                                                std::index_sequence<kIndex...>) {
    return {reply_value<ValueOf<F>>(answers[kIndex])...};
  }
};

struct EachOf {
  template <class T>
  static Star<std::vector<Outcome<T>>> run(std::vector<FutureBase*> futures,
                                           std::source_location where, std::vector<Future<T>>*) {
    const std::vector<Answer> answers = co_await settle(std::move(futures), false, where);
    std::vector<Outcome<T>> outcomes;
    for (const Answer& answer : answers) {
      outcomes.push_back(outcome_of<T>(answer));
    }
    co_return std::move(outcomes);
  }

  template <class... F>
  static Star<std::tuple<Outcome<ValueOf<F>>...>> run(std::vector<FutureBase*> futures,
                                                      std::source_location where,
                                                      std::tuple<F...>*) {
    const std::vector<Answer> answers = co_await settle(std::move(futures), false, where);
    co_return outcomes<F...>(answers, std::index_sequence_for<F...>());
  }

 private:
  template <class... F, std::size_t... kIndex>
  static std::tuple<Outcome<ValueOf<F>>...> outcomes(const std::vector<Answer>& answers,
                                                     std::index_sequence<kIndex...>) {
    return {outcome_of<ValueOf<F>>(answers[kIndex])...};
  }
};

struct FirstOf {
  template <class T>
  static Star<First<Outcome<T>>> run(std::vector<FutureBase*> futures, std::source_location where,
                                     std::vector<Future<T>>*) {
    const std::pair<std::size_t, Answer> first = co_await settle_first(std::move(futures), where);
    co_return First<Outcome<T>>{first.first, outcome_of<T>(first.second)};
  }
};

struct AnyOf {
  template <class T>
  static Star<First<T>> run(std::vector<FutureBase*> futures, std::source_location where,
                            std::vector<Future<T>>*) {
    const std::pair<std::size_t, Answer> first = co_await settle_first(std::move(futures), where);
    co_return First<T>{first.first, reply_value<T>(first.second)};
  }

  template <class... F>
  static Star<std::variant<Kept<ValueOf<F>>...>> run(std::vector<FutureBase*> futures,
                                                     std::source_location where,
                                                     std::tuple<F...>*) {
    const std::pair<std::size_t, Answer> first = co_await settle_first(std::move(futures), where);
    co_return alternative<F...>(first, std::index_sequence_for<F...>());
  }

 private:
  template <class... F, std::size_t... kIndex>
  static std::variant<Kept<ValueOf<F>>...> alternative(const std::pair<std::size_t, Answer>& first,
                                                       std::index_sequence<kIndex...>) {
    using Result = std::variant<Kept<ValueOf<F>>...>;
    using Make = Result (*)(const Answer&);
    static constexpr Make kMake[] = {[](const Answer& answer) {
      return Result(std::in_place_index<kIndex>, reply_value<ValueOf<F>>(answer));
    }...};
    return kMake[first.first](first.second);
  }
};

/// `How` applied to futures that are referred to (`Futures` is a reference) or held.
template <class How, class Futures>
class Combined {
 public:
  using Plain = std::remove_cvref_t<Futures>;
  using Result = ResultOf<decltype(How::run(std::declval<std::vector<FutureBase*>>(),
                                            std::declval<std::source_location>(),
                                            static_cast<Plain*>(nullptr)))>;

  explicit Combined(Futures&& futures) : futures_(std::forward<Futures>(futures)) {}

  StarOwner<Result> await_at(std::source_location where) && {
    return {How::run(pointers(futures_), where, static_cast<Plain*>(nullptr)), where};
  }

 private:
  Futures futures_;
};

template <class C>
struct IsFutures : std::false_type {};

template <class T>
struct IsFutures<std::vector<Future<T>>> : std::true_type {};

template <class... F>
struct IsFutures<std::tuple<F...>> : std::bool_constant<(AnyFuture<F> && ...)> {};

template <class C>
concept SomeFutures = IsFutures<std::remove_cvref_t<C>>::value;

}  // namespace internal

/// All values, in order (a vector; nothing for Future<>). Motoko: awaits one after the other, and
/// the first reject in that order is thrown, the rest dropped; each complete future costs two
/// executions [M4]. Rust: sends what is not sent, and resumes once, when the last response is there
/// [U5].
template <internal::SomeFutures F>
auto all(F&& futures) {
  return internal::Combined<internal::AllOf, F>(std::forward<F>(futures));
}

/// The same of futures of different types: a tuple, with std::monostate for void.
template <internal::AnyFuture... F>

requires(sizeof...(F) > 1) auto all(F&&... futures) {
  using Held = std::tuple<F...>;
  return internal::Combined<internal::AllOf, Held>(Held(std::forward<F>(futures)...));
}

/// All outcomes, in order: nothing is thrown, nothing dropped.
template <internal::SomeFutures F>
auto all_settled(F&& futures) {
  return internal::Combined<internal::EachOf, F>(std::forward<F>(futures));
}

template <internal::AnyFuture... F>

requires(sizeof...(F) > 1) auto all_settled(F&&... futures) {
  using Held = std::tuple<F...>;
  return internal::Combined<internal::EachOf, Held>(Held(std::forward<F>(futures)...));
}

/// Rust's `futures::future::join_all` and `join!`: `all_settled` under its other name [U5].
template <internal::SomeFutures F>
auto join_all(F&& futures) {
  return all_settled(std::forward<F>(futures));
}

template <internal::AnyFuture... F>

requires(sizeof...(F) > 1) auto join_all(F&&... futures) {
  return all_settled(std::forward<F>(futures)...);
}

/// Resumes at the first response, which may be a reject and is thrown then. The others can be
/// awaited later if the futures still exist; else their responses are dropped, and keep the context
/// open [C4].
template <internal::SomeFutures F>
auto any(F&& futures) {
  return internal::Combined<internal::AnyOf, F>(std::forward<F>(futures));
}

/// The first response with its Reject as a value, so that `index` says whose it was.
template <internal::SomeFutures F>
auto any_settled(F&& futures) {
  return internal::Combined<internal::FirstOf, F>(std::forward<F>(futures));
}

/// The same of futures of different types: a variant whose `index()` says which was first.
template <internal::AnyFuture... F>

requires(sizeof...(F) > 1) auto any(F&&... futures) {
  using Held = std::tuple<F...>;
  return internal::Combined<internal::AnyOf, Held>(Held(std::forward<F>(futures)...));
}

}  // namespace heddle
