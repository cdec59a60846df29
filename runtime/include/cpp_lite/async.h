// Helpers for coroutines: sleep, move to a loop, start there, wait for several.
#pragma once

#include <cpp_lite/future.h>
#include <cpp_lite/loop.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace cpp_lite {

// Yields after `duration` on the loop's clock. Any thread. Dropping it disarms the timer.
CPP_LITE_API Future<void> sleep(std::shared_ptr<Loop> loop, std::chrono::nanoseconds duration);

// `co_await on(loop)`: the coroutine goes on there, and resumes there from now on.
inline detail::MoveTo on(std::shared_ptr<Executor> executor) {
  return detail::MoveTo(std::move(executor));
}

// Starts `start()`, which returns a Future, on an executor. The callable is kept until that Future
// is ready, so it may be a coroutine with captures.
template <typename F>
auto spawn(std::shared_ptr<Executor> executor, F start) -> std::invoke_result_t<F&> {
  co_await on(std::move(executor));
  co_return co_await start();
}

// Yields all results, in order, when the last one is there. If one fails, so does the whole, once
// those before it are there; the others are dropped.
template <typename T>
Future<std::vector<T>> when_all(std::vector<Future<T>> futures) {
  std::vector<T> results;
  results.reserve(futures.size());
  try {
    for (Future<T>& future : futures) results.push_back(co_await std::move(future));
  } catch (...) {
    futures.clear();  // not only when the result is taken
    throw;
  }
  co_return results;
}

template <typename... T>
Future<std::tuple<detail::Stored<T>...>> when_all(Future<T>... futures);

// Yields the first result that is there, as the alternative with its index (detail::Unit for void),
// and drops the other Futures before that. A Future that fails counts as a result.
template <typename... T>
Future<std::variant<detail::Stored<T>...>> when_any(Future<T>... futures);

namespace detail {

// Where the results of several Futures are gathered: where this code belongs, else with the first.
template <typename First, typename... Rest>
std::shared_ptr<Executor> gathering_place(const Future<First>& first, const Rest&... rest) {
  if (const auto& executor = current_scope()->executor) return executor;
  if (FutureState* state = first.shared()) return state->home();
  if constexpr (sizeof...(rest) > 0) return gathering_place(rest...);
  return nullptr;
}

template <typename T>
Stored<T> stored_of(Future<T>& ready) {
  if constexpr (std::is_void_v<T>) {
    ready.take();
    return Unit{};
  } else {
    return ready.take();
  }
}

template <typename T>
Future<Stored<T>> stored(Future<T> future) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(future);
    co_return Unit{};
  } else {
    co_return co_await std::move(future);
  }
}

// The race of when_any: whoever claims it first hands over its result. Thread-safe.
template <typename... T>
class Race : public std::enable_shared_from_this<Race<T...>> {
 public:
  using Winner = std::variant<Stored<T>...>;

  Race(std::shared_ptr<Executor> home, Future<T>... futures)
      : executor_(home), futures_(std::move(futures)...), promise_(std::move(home)) {}

  Future<Winner> start() {
    auto self = this->shared_from_this();
    promise_.on_drop([self] { self->call_off(); });
    Future<Winner> result = promise_.future();
    [this]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
      (this->template enter<kIndex>(), ...);
    }
    (std::index_sequence_for<T...>());
    pass_gate();
    return result;
  }

 private:
  static constexpr int kNobody = -1, kCalledOff = -2;

  template <std::size_t kIndex>
  void enter() {
    auto* state = std::get<kIndex>(futures_).shared();
    Task finish([self = this->shared_from_this()] { self->claim(static_cast<int>(kIndex)); });
    if (state == nullptr || !state->wait(executor_, finish)) claim(static_cast<int>(kIndex));
  }
  void claim(int who) {
    int nobody = kNobody;
    if (winner_.compare_exchange_strong(nobody, who)) pass_gate();
  }
  // Passed twice, by the start and by the winner; the later one delivers.
  void pass_gate() {
    if (gates_.fetch_sub(1) != 1) return;
    [this]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
      static_cast<void>(
          ((winner_ == static_cast<int>(kIndex) && this->template deliver<kIndex>()) || ...));
    }
    (std::index_sequence_for<T...>());
  }
  template <std::size_t kIndex>
  bool deliver() {
    std::tuple<Future<T>...> futures = std::move(futures_);
    try {
      Winner result(std::in_place_index<kIndex>, stored_of(std::get<kIndex>(futures)));
      futures = {};  // the losers are gone before anybody hears of the winner
      promise_.set(std::move(result));
    } catch (...) {
      futures = {};
      promise_.fail(std::current_exception());
    }
    return true;
  }
  void call_off() {
    int nobody = kNobody;
    if (!winner_.compare_exchange_strong(nobody, kCalledOff)) return;
    std::tuple<Future<T>...> dropped = std::move(futures_);
  }

  const std::shared_ptr<Executor> executor_;
  std::tuple<Future<T>...> futures_;  // of the winner, or of who calls off, once there is one
  Promise<Winner> promise_;
  std::atomic<int> winner_{kNobody};
  std::atomic<int> gates_{2};
};

}  // namespace detail

template <typename... T>
Future<std::tuple<detail::Stored<T>...>> when_all(Future<T>... futures) {
  try {
    co_return std::tuple<detail::Stored<T>...>{co_await detail::stored(std::move(futures))...};
  } catch (...) {
    ((futures = Future<T>()), ...);  // not only when the result is taken
    throw;
  }
}

template <typename... T>
Future<std::variant<detail::Stored<T>...>> when_any(Future<T>... futures) {
  auto place = detail::gathering_place(futures...);
  return std::make_shared<detail::Race<T...>>(std::move(place), std::move(futures)...)->start();
}

}  // namespace cpp_lite
