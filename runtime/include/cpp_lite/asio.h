// Between Futures and Asio, both ways. Opt-in: nothing else of cpp_lite includes Asio.
//
//   co_await timer.async_wait(cpp_lite::use_future);          in a coroutine of ours
//   auto reply = co_await cpp_lite::as_awaitable(client.Get(query, 1s));      in asio::awaitable<>
//   spawn(asio_executor(context), ...), co_await on(asio_executor(context))   ours, on Asio's
//   threads
#pragma once

#include <cpp_lite/async.h>
#include <cpp_lite/executor.h>
#include <cpp_lite/future.h>

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/error.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <asio/strand.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <exception>
#include <memory>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

namespace cpp_lite {

// A completion token: the operation returns a Future of what its handler would get, as
// asio::use_awaitable does it: of void, of the one value or of a tuple. An error_code or
// exception_ptr in front is left out; if it says that something failed, the Future fails, with
// std::system_error in the first case. Dropping the Future gives up the result, not the operation.
struct UseFuture {};
inline constexpr UseFuture use_future{};

namespace detail {

class AsioExecutor final : public Executor {
 public:
  explicit AsioExecutor(asio::any_io_executor executor)
      : strand_(asio::make_strand(
            asio::prefer(std::move(executor), asio::execution::outstanding_work.tracked))) {}

  void post(Task task) override { asio::post(strand_, std::move(task)); }
  bool is_current() const override { return strand_.running_in_this_thread(); }

 private:
  asio::strand<asio::any_io_executor> strand_;
};

}  // namespace detail

// Where our coroutines can run on Asio's threads, one task at a time even if several threads run
// the context. The context must outlive it. Like a work guard it keeps the context's run() from
// returning as long as it lives, and every coroutine on it holds it.
inline std::shared_ptr<Executor> asio_executor(asio::any_io_executor executor) {
  return std::make_shared<detail::AsioExecutor>(std::move(executor));
}
template <typename Context>
requires requires(Context& context) { context.get_executor(); }
std::shared_ptr<Executor> asio_executor(Context& context) {
  return asio_executor(asio::any_io_executor(context.get_executor()));
}

namespace detail {

// What is left of a handler's arguments: void, T, or a tuple.
template <typename... Values>
struct Completed {
  using Type = std::tuple<Values...>;
};
template <>
struct Completed<> {
  using Type = void;
};
template <typename Value>
struct Completed<Value> {
  using Type = Value;
};

// Asio's handler: completes a promise.
template <typename... Values>
struct FutureHandler {
  using Result = typename Completed<std::decay_t<Values>...>::Type;

  template <typename... Given>
  void operator()(Given&&... values) {
    promise.set(std::forward<Given>(values)...);
  }
  Promise<Result> promise;
};

template <typename... Values>
struct FutureHandler<std::error_code, Values...> : FutureHandler<Values...> {
  template <typename... Given>
  void operator()(const std::error_code& error, Given&&... values) {
    if (error) {
      return this->promise.fail(std::make_exception_ptr(std::system_error(error)));
    }
    this->promise.set(std::forward<Given>(values)...);
  }
};

template <typename... Values>
struct FutureHandler<std::exception_ptr, Values...> : FutureHandler<Values...> {
  template <typename... Given>
  void operator()(std::exception_ptr error, Given&&... values) {
    if (error) return this->promise.fail(std::move(error));
    this->promise.set(std::forward<Given>(values)...);
  }
};

}  // namespace detail
}  // namespace cpp_lite

template <typename R, typename... Args>
class asio::async_result<cpp_lite::UseFuture, R(Args...)> {
 public:
  template <typename Initiation, typename... Rest>
  static auto initiate(Initiation&& initiation, cpp_lite::UseFuture, Rest&&... rest) {
    cpp_lite::detail::FutureHandler<std::decay_t<Args>...> handler;
    auto future = handler.promise.future();
    std::forward<Initiation>(initiation)(std::move(handler), std::forward<Rest>(rest)...);
    return future;
  }
};

// Asio before 1.24 does not see that clang has coroutines: define ASIO_HAS_CO_AWAIT and
// ASIO_HAS_STD_COROUTINE for the whole program then.
#if defined(ASIO_HAS_CO_AWAIT)

namespace cpp_lite {
namespace detail {

// An asio coroutine that waits for a Future: whoever is first, the result or a cancellation, posts
// the coroutine's resumption to its executor.
template <typename T, typename Handler>
class AsioWait : public std::enable_shared_from_this<AsioWait<T, Handler>> {
 public:
  AsioWait(Handler handler, Future<T> future)
      : future_(std::move(future)),
        slot_(asio::get_associated_cancellation_slot(handler)),
        executor_(asio::prefer(asio::get_associated_executor(handler),
                               asio::execution::outstanding_work.tracked)),
        handler_(std::move(handler)) {}

  void start() {
    auto self = this->shared_from_this();
    if (slot_.is_connected()) {
      slot_.assign([self](asio::cancellation_type) { self->cancel(); });
    }
    FutureState* state = future_.shared();
    Task finish([self] { self->finish(); });
    if (state == nullptr || !state->wait(nullptr, finish)) self->finish();
  }

 private:
  void finish() {
    if (over_.exchange(true)) return;
    resume(std::move(future_));
  }
  void cancel() {
    if (over_.exchange(true)) return;
    future_ = Future<T>();  // and with it what it waits for
    Promise<T> aborted;
    Future<T> error = aborted.future();
    aborted.fail(std::make_exception_ptr(std::system_error(asio::error::operation_aborted)));
    resume(std::move(error));
  }
  void resume(Future<T> ready) {
    asio::post(executor_, [self = this->shared_from_this(), ready = std::move(ready)]() mutable {
      if (self->slot_.is_connected()) self->slot_.clear();
      Handler handler = std::move(self->handler_);
      self.reset();
      std::move(handler)(std::move(ready));
    });
  }

  using Traced =
      std::decay_t<decltype(asio::prefer(asio::get_associated_executor(std::declval<Handler&>()),
                                         asio::execution::outstanding_work.tracked))>;

  Future<T> future_;
  asio::associated_cancellation_slot_t<Handler> slot_;
  Traced executor_;
  Handler handler_;
  std::atomic<bool> over_{false};
};

struct StartAsioWait {
  template <typename Handler, typename T>
  void operator()(Handler&& handler, Future<T> future) const {
    using Wait = AsioWait<T, std::decay_t<Handler>>;
    std::make_shared<Wait>(std::forward<Handler>(handler), std::move(future))->start();
  }
};

}  // namespace detail

// For `co_await` in an asio coroutine, which resumes on its own executor. Fails as the Future does.
// Cancelling the asio operation drops the Future, and so cancels a call.
template <typename T>
asio::awaitable<T> as_awaitable(Future<T> future) {
  if (future.valid() && !future.ready()) {
    future = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Future<T>)>(
        detail::StartAsioWait(), asio::use_awaitable, std::move(future));
  }
  co_return future.take();
}

}  // namespace cpp_lite

#endif
