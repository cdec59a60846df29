#include <cpp_lite/block.h>
#include <cpp_lite/future.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace cpp_lite::detail {

namespace {
thread_local bool on_loop_thread = false;

// Looks for the result without sleeping. Others may need the core, so it is offered to them.
bool comes_within(const FutureState& state, std::chrono::nanoseconds limit) {
  if (limit <= std::chrono::nanoseconds::zero()) return false;
  const auto until = std::chrono::steady_clock::now() + limit;
  do {
    if (state.ready()) return true;
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < until);
  return state.ready();
}

// Of a thread that blocks; shared with who wakes it, so that it can be woken without a lock held:
// it would have to wait for that one at once.
class Sleeper {
 public:
  explicit Sleeper(std::shared_ptr<Executor> home) : home_(std::move(home)) {}

  void sleep() {
    if (home_ != nullptr) {
      at_home_.store(true);
      home_->run_until(done_);
      at_home_.store(false);
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_.load(); });
  }
  void wake() {
    {
      const std::lock_guard lock(mutex_);
      done_.store(true);
    }
    changed_.notify_one();
    if (at_home_.load() && !home_->is_current()) home_->post([] {});
  }

 private:
  const std::shared_ptr<Executor> home_;  // where it helps meanwhile; null: nowhere
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> done_ = false;
  std::atomic<bool> at_home_ = false;
};
}  // namespace

void set_loop_thread(bool running) { on_loop_thread = running; }

void die(const char* why) {
  std::fprintf(stderr, "cpp_lite: %s\n", why);
  std::abort();
}

std::exception_ptr broken_promise() {
  return std::make_exception_ptr(
      std::runtime_error("cpp_lite: the producer of a Future went away"));
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
    resume_on_.reset();
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
  std::shared_ptr<Executor> home = state.home();
  if (home != nullptr) {
    if (home->is_current() && !state.ready()) {
      die("Future::get() waits for a coroutine that can only go on where it is called; use "
          "co_await");
    }
    if (comes_within(state, home->busy_poll())) return;
  }
  const auto sleeper = std::allocate_shared<Sleeper>(BlockAllocator<Sleeper>(), std::move(home));
  Task signal([sleeper] { sleeper->wake(); });
  if (state.wait(nullptr, signal)) sleeper->sleep();
}

// Held for a few instructions, and rarely wanted by two.
class CoroutineBase::SpinLock {
 public:
  explicit SpinLock(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~SpinLock() { flag_.clear(std::memory_order_release); }
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

 private:
  std::atomic_flag& flag_;
};

bool CoroutineBase::suspend_until(FutureState& awaited, std::coroutine_handle<> self) {
  if (scope_.executor == nullptr) return move_with(awaited, self);
  if (given_up_) {
    end_frame(self);
    return true;
  }
  phase_ = Phase::suspended;
  Task resume_self([this, self] { resume(self); });
  if (awaited.wait(scope_.executor, resume_self)) return true;
  phase_ = Phase::running;
  return false;
}

bool CoroutineBase::move_with(FutureState& awaited, std::coroutine_handle<> self) {
  std::shared_ptr<Executor> to = awaited.home();
  {
    const SpinLock lock(lock_);
    if (!given_up_) {
      phase_ = Phase::suspended;
      contested_ = &awaited;
      Task resume_self([this, self] { resume(self); });
      // Who resumes or drops it from now on waits for the lock first.
      if (awaited.wait(std::move(to), resume_self)) return true;
      contested_ = nullptr;
      phase_ = Phase::running;
      return false;
    }
  }
  end_frame(self);
  return true;
}

void CoroutineBase::resume(std::coroutine_handle<> self) {
  if (contested_ == nullptr) {
    phase_ = Phase::running;
  } else if (!arrive()) {
    return end_frame(self);
  }
  const ScopeGuard guard(&scope_);
  self.resume();
}

// False: it was given up on the way.
bool CoroutineBase::arrive() {
  std::shared_ptr<Executor> left;  // goes outside the lock: it may be the last reference
  const SpinLock lock(lock_);
  if (const auto& to = contested_->resumes_on()) left = std::exchange(scope_.executor, to);
  contested_ = nullptr;
  phase_ = Phase::running;
  return !given_up_;
}

std::shared_ptr<Executor> CoroutineBase::where() {
  const SpinLock lock(lock_);
  if (contested_ != nullptr && contested_->resumes_on() != nullptr) return contested_->resumes_on();
  return scope_.executor;
}

void CoroutineBase::give_up(FutureState& own, std::coroutine_handle<> self) {
  std::shared_ptr<Executor> at;
  {
    const SpinLock lock(lock_);
    at = scope_.executor;
  }
  if (at == nullptr || at->is_current()) return give_up_at(at.get(), own, self);
  Executor& there = *at;
  there.post([this, at = std::move(at), &own, self] { give_up_at(at.get(), own, self); });
}

void CoroutineBase::give_up_at(const Executor* at, FutureState& own, std::coroutine_handle<> self) {
  switch (fate_at(at)) {
    case Fate::now:
      return self.destroy();
    case Fate::later:
      return;
    case Fate::ended:
      return own.release();
    case Fate::moved:
      return give_up(own, self);
  }
}

CoroutineBase::Fate CoroutineBase::fate_at(const Executor* at) {
  const SpinLock lock(lock_);
  if (scope_.executor.get() != at) return Fate::moved;
  if (phase_ == Phase::ended) return Fate::ended;
  if (phase_ == Phase::suspended && (contested_ == nullptr || contested_->try_abandon())) {
    return Fate::now;
  }
  given_up_ = true;
  return Fate::later;
}

bool CoroutineBase::ended() {
  leave_scope();
  // The frame stays until the result is taken; executor and call need not.
  Scope left;
  const SpinLock lock(lock_);
  phase_ = Phase::ended;
  left = std::exchange(scope_, Scope());
  return given_up_;
}

void CoroutineBase::end_frame(std::coroutine_handle<> self) {
  leave_scope();
  self.destroy();
}

// Before the frame goes, and the scope with it: what its destructors start is part of nothing.
void CoroutineBase::leave_scope() {
  if (current_scope() == &scope_) set_current_scope(no_scope());
}

}  // namespace cpp_lite::detail
