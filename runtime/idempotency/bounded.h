// An operation of a store that is given up when its time is over.
#pragma once

#include <cpp_lite/future.h>
#include <cpp_lite/loop.h>
#include <cpp_lite/result.h>

#include <chrono>
#include <exception>
#include <memory>
#include <utility>

namespace cpp_lite::idempotency {

inline Status no_answer() { return Status(Code::unavailable, "it did not answer in time"); }

// The result of an operation that is ready. A store that throws is one that fails.
template <typename T>
Result<T> taken(Future<Result<T>>& operation) {
  try {
    return operation.take();
  } catch (const std::exception& exception) {
    return Status(Code::internal, exception.what());
  }
}

// What its caller waits for: as when_any(operation, sleep(limit)), but in one piece of memory. The
// caller may be anywhere; the rest is the loop's, from arm() to the end.
template <typename T, typename F>
class Bounded final : public detail::TypedState<Result<T>> {
 public:
  // `told(time that it took)` is called where the caller takes the answer.
  static Future<Result<T>> start(const std::shared_ptr<Loop>& loop, Future<Result<T>> operation,
                                 std::chrono::nanoseconds limit, F told) {
    auto* const state = new Bounded(loop, std::move(operation), std::move(told));
    Future<Result<T>> answer(static_cast<detail::FutureState*>(state));
    state->retain();
    run_on(*loop, [state, limit] {
      state->arm(limit);
      state->release();
    });
    return answer;
  }

  std::shared_ptr<Executor> home() override { return loop_; }

 private:
  // The timer's task. Goes off in the end also when the loop ends.
  class Alarm {
   public:
    explicit Alarm(Bounded& owner) : owner_(&owner) {}
    Alarm(Alarm&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Alarm& operator=(Alarm&&) = delete;
    ~Alarm() { (*this)(); }
    void operator()() {
      if (owner_ != nullptr) std::exchange(owner_, nullptr)->give_up();
    }

   private:
    Bounded* owner_;
  };

  Bounded(std::shared_ptr<Loop> loop, Future<Result<T>> operation, F told)
      : loop_(std::move(loop)),
        begun_(loop_->now()),
        told_(std::move(told)),
        timer_(*loop_),
        operation_(std::move(operation)) {}

  static void run_on(Loop& loop, Task work) {
    loop.is_current() ? work() : loop.post(std::move(work));
  }

  void arm(std::chrono::nanoseconds limit) {
    if (over_) return;
    timer_.start(Deadline(limit).resolve(begun_), Alarm(*this));
    Task finish([this] { end(taken(operation_)); });
    if (!operation_.shared()->wait(loop_, finish)) finish();
  }
  void give_up() {
    if (!over_) end(no_answer());
  }
  void end(Result<T> answer) {
    close();
    this->result_.template emplace<1>(std::move(answer));
    this->complete();
    this->release();
  }
  void close() {
    over_ = true;
    timer_.stop();
    operation_ = {};
  }

  void abandoned() override {
    const std::shared_ptr<Loop> loop = loop_;
    run_on(*loop, [this] {
      if (!over_) {
        close();
        this->release();
      }
      this->release();
    });
  }
  void destroy() override { delete this; }

  detail::FutureState::AnyFunction taker() const override {
    return detail::untyped<Result<T>>(&take_and_tell);
  }
  static Result<T> take_and_tell(detail::FutureState& ready) {
    auto& self = static_cast<Bounded&>(ready);
    self.told_(self.loop_->now() - self.begun_);
    return detail::TypedState<Result<T>>::take(ready);
  }

  const std::shared_ptr<Loop> loop_;
  const SteadyTime begun_;
  F told_;
  Timer timer_;
  Future<Result<T>> operation_;
  bool over_ = false;  // the producer's reference is gone, or about to be
};

template <typename T, typename F>
Future<Result<T>> bounded(const std::shared_ptr<Loop>& loop, Future<Result<T>> operation,
                          std::chrono::nanoseconds limit, F told) {
  return Bounded<T, F>::start(loop, std::move(operation), limit, std::move(told));
}

}  // namespace cpp_lite::idempotency
