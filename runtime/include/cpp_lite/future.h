// A result that will be there later: awaited by coroutines, or blocked on with get().
#pragma once

#include <cpp_lite/executor.h>
#include <cpp_lite/export.h>
#include <cpp_lite/future_state.h>

#include <concepts>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

// What may free the frame that it is called from must keep none of its variables there: clang
// before 17 puts those of an inlined await_suspend() into the frame.
#define CPP_LITE_NOINLINE [[gnu::noinline]]

#define CPP_LITE_NODISCARD_FUTURE \
  [[nodiscard("dropping a Future cancels its work: await it or call get()")]]

namespace cpp_lite {

template <typename T>
class Future;

namespace detail {

struct Unit {};
template <typename T>
using Stored = std::conditional_t<std::is_void_v<T>, Unit, T>;

// What a Future<T> can be made of. A pointer is no bool.
template <typename U, typename T>
concept ResultOf =
    !std::same_as<std::remove_cvref_t<U>, Future<T>> && std::convertible_to<U, Stored<T>> &&
    !(std::same_as<T, bool> && std::is_pointer_v<std::decay_t<U>>);

CPP_LITE_API void die(const char* why);  // prints, aborts
CPP_LITE_API std::exception_ptr broken_promise();

// Behind a Future<T>, FutureState::taker() is one of these: it gives the result, or throws what the
// producer ended with.
template <typename T>
using Taker = Stored<T> (*)(FutureState& ready);
template <typename T>
FutureState::AnyFunction untyped(Taker<T> take) {
  return reinterpret_cast<FutureState::AnyFunction>(take);
}
template <typename T>
Stored<T> take_from(FutureState& ready) {
  return reinterpret_cast<Taker<T>>(ready.taker())(ready);
}

// One that holds its result.
template <typename T>
class TypedState : public FutureState {
 public:
  AnyFunction taker() const override { return untyped<T>(&take); }

 protected:
  static Stored<T> take(FutureState& ready) {
    auto& result = static_cast<TypedState&>(ready).result_;
    if (result.index() == 2) std::rethrow_exception(std::get<2>(std::move(result)));
    return std::get<1>(std::move(result));
  }

  std::variant<std::monostate, Stored<T>, std::exception_ptr> result_;
};

// The state of a Promise.
template <typename T>
class LeafState final : public TypedState<T> {
 public:
  explicit LeafState(std::shared_ptr<Executor> home) : home_(std::move(home)) {}

  // False: nobody wants it any more; the value is still here.
  template <std::size_t kIndex, typename U>
  bool finish(U&& value) {
    this->result_.template emplace<kIndex>(std::forward<U>(value));
    if (!this->complete()) return false;
    on_drop.reset();
    return true;
  }
  std::shared_ptr<Executor> home() override { return home_; }

  Task on_drop;

 private:
  void abandoned() override {
    if (on_drop) std::exchange(on_drop, Task())();
    this->release();
  }
  void destroy() override { delete this; }

  std::shared_ptr<Executor> home_;
};

template <typename T>
class CoroutineState;

// How a coroutine of type Future<T> hands over its result.
template <typename T>
class CoroutineResult : public TypedState<T> {
 public:
  template <typename U = T>
  void return_value(U&& value) {
    this->result_.template emplace<1>(std::forward<U>(value));
  }
};
template <>
class CoroutineResult<void> : public TypedState<void> {
 public:
  void return_void() { result_.emplace<1>(); }
};

// The promise of a coroutine that returns Future<T>; the frame is the Future's state.
template <typename T>
class CoroutineState final : public CoroutineResult<T>, public CoroutineBase {
  using Handle = std::coroutine_handle<CoroutineState>;

 public:
  Future<T> get_return_object() { return Future<T>(static_cast<FutureState*>(this)); }
  std::suspend_never initial_suspend() noexcept { return {}; }

  struct Final {
    bool await_ready() noexcept { return false; }
    CPP_LITE_NOINLINE void await_suspend(Handle self) noexcept {
      CoroutineState& state = self.promise();
      state.complete();
      const bool given_up = state.ended();
      state.release();  // the frame may end here
      if (given_up) state.release();
    }
    void await_resume() noexcept {}
  };
  Final final_suspend() noexcept { return {}; }
  void unhandled_exception() { this->result_.template emplace<2>(std::current_exception()); }

  std::shared_ptr<Executor> home() override { return where(); }

 private:
  void abandoned() override { this->give_up(*this, Handle::from_promise(*this)); }
  void destroy() override { Handle::from_promise(*this).destroy(); }
};

}  // namespace detail

// Eager: the work started when the function that returned it was called. Movable, for one consumer,
// who awaits it, blocks on it or drops it, once.
//
// Dropping: the Future of a call cancels the call; that of a read or write on a stream gives up
// that operation only; that of a coroutine destroys its frame, with the Futures in it, before the
// destructor returns when this is where the coroutine runs, and otherwise soon, over there.
//
// Resuming: a coroutine that a handler runs in resumes on the handler's loop or pool; any other one
// on the loop of the first call that it waited for, unless it awaits on(loop).
template <typename T>
class CPP_LITE_NODISCARD_FUTURE Future {
 public:
  using promise_type = detail::CoroutineState<T>;
  using value_type = T;

  Future() = default;  // empty: valid() is false

  // A result that is there already; takes no memory.
  template <detail::ResultOf<T> U>
  Future(U&& value) : value_(std::in_place_index<1>, std::forward<U>(value)) {}

  // For the runtime: of a state whose taker() is a Taker<T>; its consumer's reference.
  explicit Future(detail::FutureState* state) : value_(std::in_place_index<2>, state) {}

  Future(Future&& other) noexcept : value_(std::move(other.value_)) {
    other.value_.template emplace<0>();
  }
  Future& operator=(Future&& other) noexcept {
    detail::FutureState* old = shared();
    value_ = std::move(other.value_);
    other.value_.template emplace<0>();
    if (old != nullptr) old->drop();  // last: what ends then may look at this future
    return *this;
  }
  ~Future() {
    if (detail::FutureState* state = shared()) state->drop();
  }

  bool valid() const { return value_.index() != 0; }
  // Whether get() would return at once.
  bool ready() const {
    return value_.index() == 1 || (value_.index() == 2 && std::get<2>(value_)->ready());
  }

  // Waits for the result, once. Not on a loop's thread, and not for a coroutine that can only go on
  // where this code runs: these are bugs and stop the program.
  T get() {
    if (detail::FutureState* state = shared()) detail::block_on(*state);
    return take();
  }

  struct Awaiter;
  Awaiter operator co_await() && { return Awaiter{std::move(*this)}; }
  Awaiter operator co_await() & { return Awaiter{std::move(*this)}; }

  // For the runtime: the result of a ready Future; and what is shared with the producer, if
  // anything.
  T take() {
    if (value_.index() == 0) detail::die("a Future was used twice, or is empty");
    if (detail::FutureState* state = shared()) {
      const Future self(state);  // drops it when the result is out
      value_.template emplace<0>();
      return static_cast<T>(detail::take_from<T>(*state));
    }
    [[maybe_unused]] detail::Stored<T> result = std::get<1>(std::move(value_));
    value_.template emplace<0>();
    if constexpr (!std::is_void_v<T>) return result;
  }
  // Null: it is not in this Future itself.
  detail::Stored<T>* held() { return std::get_if<1>(&value_); }
  detail::FutureState* shared() const {
    return value_.index() == 2 ? std::get<2>(value_) : nullptr;
  }
  // The same, and from now on the caller's.
  detail::FutureState* give_shared() {
    detail::FutureState* const state = shared();
    value_.template emplace<0>();
    return state;
  }

 private:
  std::variant<std::monostate, detail::Stored<T>, detail::FutureState*> value_;
};

template <typename T>
struct Future<T>::Awaiter {
  Future future;

  bool await_ready() const { return !future.valid() || future.ready(); }
  template <typename P>
  CPP_LITE_NOINLINE bool await_suspend(std::coroutine_handle<P> self) {
    if constexpr (std::derived_from<P, detail::CoroutineBase>) {
      return self.promise().suspend_until(*future.shared(), self);
    } else {
      Task resume([self] { self.resume(); });
      return future.shared()->wait(nullptr, resume);
    }
  }
  T await_resume() { return future.take(); }
};

inline Future<void> ready_future() { return Future<void>(detail::Unit{}); }

namespace detail {

// The producing end of a Future. Its holder completes it once, on `home` if there is one; dropping
// it unfulfilled ends the Future with an exception, which is a bug of the holder.
template <typename T>
class Promise {
 public:
  explicit Promise(std::shared_ptr<Executor> home = nullptr)
      : state_(new LeafState<T>(std::move(home))), future_taken_(false) {}
  Promise(Promise&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)), future_taken_(other.future_taken_) {}
  Promise& operator=(Promise&& other) noexcept {
    std::swap(state_, other.state_);
    std::swap(future_taken_, other.future_taken_);
    return *this;
  }
  ~Promise() {
    if (state_ != nullptr) finish<2>(broken_promise());
  }

  // Once.
  Future<T> future() {
    future_taken_ = true;
    return Future<T>(static_cast<FutureState*>(state_));
  }
  // What to do when the Future is dropped early; on the dropping thread. Set before future().
  void on_drop(Task task) { state_->on_drop = std::move(task); }

  template <typename... U>
  void set(U&&... value) {
    finish<1>(Stored<T>(std::forward<U>(value)...));
  }
  void fail(std::exception_ptr why) { finish<2>(std::move(why)); }
  // As set(), but nothing is lost: gives the value back when the Future was dropped before.
  template <typename U>
  std::optional<Stored<T>> offer(U&& value) {
    LeafState<T>* state = std::exchange(state_, nullptr);
    if (!future_taken_) state->release();
    std::optional<Stored<T>> back;
    if (!state->template finish<1>(std::forward<U>(value))) back = take_from<T>(*state);
    state->release();
    return back;
  }
  explicit operator bool() const { return state_ != nullptr; }
  bool wanted() const { return state_ != nullptr && state_->wanted(); }

 private:
  template <std::size_t kIndex, typename U>
  void finish(U&& value) {
    LeafState<T>* state = std::exchange(state_, nullptr);
    if (!future_taken_) state->release();  // nobody will
    state->template finish<kIndex>(std::forward<U>(value));
    state->release();
  }

  LeafState<T>* state_;
  bool future_taken_;
};

// Runs `then(Future<T>)` with the ready Future, on the completing thread, at once if it is ready
// now.
template <typename T, typename F>
void when_ready(Future<T> future, F then) {
  FutureState* state = future.shared();
  if (state == nullptr || state->ready()) return then(std::move(future));
  Task continuation(
      [then = std::move(then), future = std::move(future)]() mutable { then(std::move(future)); });
  if (!state->wait(nullptr, continuation)) continuation();
}

// Awaitable that moves the coroutine to an executor.
class MoveTo {
 public:
  explicit MoveTo(std::shared_ptr<Executor> executor) : executor_(std::move(executor)) {}

  bool await_ready() const { return false; }
  template <std::derived_from<CoroutineBase> P>
  CPP_LITE_NOINLINE bool await_suspend(std::coroutine_handle<P> self) {
    Promise<void> arrived(executor_);
    arrived_ = arrived.future();
    FutureState& state = *arrived_.shared();
    std::shared_ptr<Executor> to = std::move(executor_);
    self.promise().move_with(state, self);  // `this` may be gone now: the coroutine may be dropped
    to->post([arrived = std::move(arrived)]() mutable { arrived.set(); });
    return true;
  }
  void await_resume() { arrived_.take(); }

 private:
  std::shared_ptr<Executor> executor_;
  Future<void> arrived_;
};

}  // namespace detail
}  // namespace cpp_lite
