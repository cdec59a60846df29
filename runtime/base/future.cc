#include <cpp_lite/future.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>

namespace cpp_lite::detail {

namespace {
thread_local bool on_loop_thread = false;
}  // namespace

void set_loop_thread(bool running) { on_loop_thread = running; }

void die(const char* why) {
  std::fprintf(stderr, "cpp_lite: %s\n", why);
  std::abort();
}

std::exception_ptr broken_promise() {
  return std::make_exception_ptr(std::runtime_error("cpp_lite: the producer of a Future went away"));
}

bool FutureState::wait(std::shared_ptr<Executor> on, Task& continuation) {
  resume_on_ = std::move(on);
  continuation_ = std::move(continuation);
  Phase expected = kPending;
  if (phase_.compare_exchange_strong(expected, kWaiting, std::memory_order_acq_rel)) return true;
  continuation = std::move(continuation_);
  return false;
}

void FutureState::drop() {
  const Phase before = phase_.load(std::memory_order_acquire) == kReady
                           ? kReady
                           : phase_.exchange(kAbandoned, std::memory_order_acq_rel);
  if (before != kReady) {
    continuation_.reset();
    return abandoned();
  }
  // A wake-up may be on its way to the executor that we run on: it must find nobody.
  if (resume_on_ != nullptr && resume_on_->is_current()) continuation_.reset();
  release();
}

bool FutureState::try_abandon() {
  Phase expected = kWaiting;
  return phase_.compare_exchange_strong(expected, kAbandoned, std::memory_order_acq_rel);
}

bool FutureState::complete() {
  const Phase before = phase_.exchange(kReady, std::memory_order_acq_rel);
  if (before == kWaiting) wake();
  return before != kAbandoned;
}

void FutureState::wake() {
  if (resume_on_ == nullptr || resume_on_->is_current()) {
    Task continuation = std::move(continuation_);
    return continuation();
  }
  retain();
  std::shared_ptr<Executor> on = resume_on_;
  on->post([this] {
    if (Task continuation = std::move(continuation_)) continuation();
    release();
  });
}

void block_on(FutureState& state) {
  if (on_loop_thread) {
    die("Future::get() on a loop's thread waits for itself; use co_await, or RunOn::threads");
  }
  if (state.ready()) return;
  std::mutex mutex;
  std::condition_variable wake;
  bool done = false;
  Task signal([&] {
    std::lock_guard lock(mutex);
    done = true;
    wake.notify_one();
  });
  if (!state.wait(nullptr, signal)) return;
  std::unique_lock lock(mutex);
  wake.wait(lock, [&] { return done; });
}

class CoroutineBase::SpinLock {
 public:
  explicit SpinLock(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~SpinLock() { flag_.clear(std::memory_order_release); }

 private:
  std::atomic_flag& flag_;
};

bool CoroutineBase::suspend_until(FutureState& awaited, std::coroutine_handle<> self) {
  // The first suspension, so nobody else knows this coroutine yet.
  if (scope_.executor == nullptr) scope_.executor = awaited.home();
  running_ = false;
  Task resume_self([this, self] { resume(self); });
  if (awaited.wait(scope_.executor, resume_self)) return true;  // `this` may be gone by now
  running_ = true;
  return false;
}

bool CoroutineBase::move_with(FutureState& awaited, std::coroutine_handle<> self) {
  running_ = false;
  std::shared_ptr<Executor> to = awaited.home();
  {
    SpinLock lock(lock_);
    if (scope_.executor == nullptr) scope_.executor = to;
    moving_ = &awaited;
  }
  Task resume_self([this, self] { resume(self); });
  if (!awaited.wait(to, resume_self)) to->post(std::move(resume_self));
  return true;
}

void CoroutineBase::resume(std::coroutine_handle<> self) {
  if (moving_ != nullptr) {
    SpinLock lock(lock_);
    scope_.executor = moving_->home();
    moving_ = nullptr;
    running_ = true;
  } else {
    running_ = true;
  }
  ScopeGuard guard(&scope_);
  self.resume();
}

std::shared_ptr<Executor> CoroutineBase::where() {
  SpinLock lock(lock_);
  return moving_ != nullptr ? moving_->home() : scope_.executor;
}

bool CoroutineBase::destroyable() {
  SpinLock lock(lock_);
  if (scope_.executor == nullptr) return true;
  if (!scope_.executor->is_current() || running_) return false;
  return moving_ == nullptr || moving_->try_abandon();
}

}  // namespace cpp_lite::detail
