// Helpers for coroutines: sleep, move to a loop, start there, wait for several.
#pragma once

#include <cpp_lite/future.h>
#include <cpp_lite/loop.h>

#include <chrono>
#include <concepts>
#include <memory>
#include <mutex>
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

// Yields all results, in order, when the last one is there.
template <typename T>
Future<std::vector<T>> when_all(std::vector<Future<T>> futures) {
  std::vector<T> results;
  results.reserve(futures.size());
  for (Future<T>& future : futures) results.push_back(co_await std::move(future));
  co_return results;
}

template <typename... T>
  requires(sizeof...(T) > 0)
Future<std::tuple<detail::Stored<T>...>> when_all(Future<T>... futures);

// Yields the first result that is there, as the alternative with its index (std::monostate-like
// detail::Unit for void), and drops the other Futures.
template <typename... T>
  requires(sizeof...(T) > 0)
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
Future<Stored<T>> stored(Future<T> future) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(future);
    co_return Unit{};
  } else {
    co_return co_await std::move(future);
  }
}

// The race of when_any: whoever claims it first hands over its result.
template <typename... T>
struct Race {
  using Winner = std::variant<Stored<T>...>;

  explicit Race(std::shared_ptr<Executor> home) : executor(home), promise(std::move(home)) {}

  template <std::size_t kIndex, typename U>
  void enter(const std::shared_ptr<Race>& self, Future<U>& future) {
    TypedState<U>* state = future.shared();
    Task finish([self] { self->template finish<kIndex>(); });
    if (state == nullptr || !state->wait(executor, finish)) self->template finish<kIndex>();
  }

  template <std::size_t kIndex>
  void finish() {
    {
      std::lock_guard lock(mutex);
      if (decided) return;
      decided = true;
      if (!started) {
        late_finish = [](Race& race) { race.template deliver<kIndex>(); };
        return;
      }
    }
    deliver<kIndex>();
  }

  template <std::size_t kIndex>
  void deliver() {
    auto& future = std::get<kIndex>(futures);
    try {
      if constexpr (std::is_void_v<std::tuple_element_t<kIndex, std::tuple<T...>>>) {
        future.take();
        promise.set(Winner(std::in_place_index<kIndex>));
      } else {
        promise.set(Winner(std::in_place_index<kIndex>, future.take()));
      }
    } catch (...) {
      promise.fail(std::current_exception());
    }
    futures = {};
  }

  std::shared_ptr<Executor> executor;
  std::tuple<Future<T>...> futures;
  Promise<Winner> promise;
  std::mutex mutex;
  bool started = false, decided = false;
  void (*late_finish)(Race&) = nullptr;
};

}  // namespace detail

template <typename... T>
  requires(sizeof...(T) > 0)
Future<std::tuple<detail::Stored<T>...>> when_all(Future<T>... futures) {
  std::tuple<Future<T>...> pending(std::move(futures)...);
  co_return co_await std::apply(
      [](auto&... each) -> Future<std::tuple<detail::Stored<T>...>> {
        return [](Future<detail::Stored<T>>... stored)
                   -> Future<std::tuple<detail::Stored<T>...>> {
          co_return std::tuple<detail::Stored<T>...>{co_await std::move(stored)...};
        }(detail::stored(std::move(each))...);
      },
      pending);
}

template <typename... T>
  requires(sizeof...(T) > 0)
Future<std::variant<detail::Stored<T>...>> when_any(Future<T>... futures) {
  auto race = std::make_shared<detail::Race<T...>>(detail::gathering_place(futures...));
  auto result = race->promise.future();
  race->promise.on_drop([race] {
    std::lock_guard lock(race->mutex);
    race->decided = true;
    race->futures = {};
  });
  race->futures = std::tuple<Future<T>...>(std::move(futures)...);
  [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    (race->template enter<kIndex>(race, std::get<kIndex>(race->futures)), ...);
  }(std::index_sequence_for<T...>());
  void (*late)(detail::Race<T...>&) = nullptr;
  {
    std::lock_guard lock(race->mutex);
    race->started = true;
    late = race->late_finish;
  }
  if (late != nullptr) late(*race);
  return result;
}

}  // namespace cpp_lite
