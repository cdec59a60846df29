// The untyped half of Future: one result on its way from a producer to a consumer. For the runtime; users see future.h.
#pragma once

#include <cpp_lite/executor.h>
#include <cpp_lite/export.h>

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <utility>

namespace cpp_lite::detail {

// Two parties share it, each with a reference: the producer, which completes it once, and the
// consumer (a Future), which waits or drops. They may live on different threads.
//
//   pending --wait()--> waiting --complete()--> ready      the continuation runs
//   pending --complete()--> ready                           the consumer finds it
//   pending, waiting --drop()--> abandoned                  the producer's later result is lost
class CPP_LITE_API FutureState {
 public:
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

  bool ready() const { return phase_.load(std::memory_order_acquire) == kReady; }

  // Producer: whether the consumer still waits for the result. Certain only on the executor where
  // the consumer would drop it.
  bool wanted() const { return phase_.load(std::memory_order_acquire) != kAbandoned; }

  // Consumer: has `continuation` run when the result is there: on `on`, or with null on the
  // completing thread. False when it is there already; then the continuation is untouched.
  bool wait(std::shared_ptr<Executor> on, Task& continuation);
  // Consumer: gives up its reference and, if there is no result yet, the result.
  void drop();

  // Consumer, for one that waits: gives up unless the continuation runs already. False: it does.
  bool try_abandon();

  // Where the producer completes; null: anywhere. What a waiting coroutine without an executor of
  // its own belongs to.
  virtual std::shared_ptr<Executor> home() = 0;

 protected:
  FutureState() = default;
  virtual ~FutureState() = default;

  // Producer: the result is stored. False when nobody wants it any more.
  bool complete();
  // The consumer dropped while there was no result, on the dropping thread; owns its reference.
  virtual void abandoned() = 0;
  virtual void destroy() = 0;  // the last reference is gone

 private:
  enum Phase : std::uint8_t { kPending, kWaiting, kReady, kAbandoned };
  void wake();

  std::atomic<std::uint32_t> references_{2};
  std::atomic<Phase> phase_{kPending};
  // Written by the consumer before kWaiting; then the one who wakes, or who drops, has them.
  std::shared_ptr<Executor> resume_on_;
  Task continuation_;
};

// Blocks the calling thread until the state is ready. Aborts on a loop's thread: it would wait for
// itself.
CPP_LITE_API void block_on(FutureState& state);

// Tells that this thread runs a loop from now on (or, with false, no longer).
CPP_LITE_API void set_loop_thread(bool running);

// What a coroutine of ours is, without its result type. It belongs to one executor: that of the code
// that started it, else the home of the first thing that it waits for.
class CPP_LITE_API CoroutineBase {
 public:
  // Arranges that `self` resumes when `awaited` is ready. False: it is ready now, do not suspend.
  bool suspend_until(FutureState& awaited, std::coroutine_handle<> self);
  // The same, and from the resumption on the coroutine belongs to the home of `awaited`.
  bool move_with(FutureState& awaited, std::coroutine_handle<> self);

 protected:
  CoroutineBase() : scope_(*current_scope()) {}
  ~CoroutineBase() = default;

  std::shared_ptr<Executor> where();
  // Whether the frame may be destroyed here and now. Otherwise try again on where().
  bool destroyable();
  void stopped() { running_ = false; }

 private:
  class SpinLock;
  void resume(std::coroutine_handle<> self);

  Scope scope_;
  bool running_ = true;  // touched on where() alone
  // While it moves: what it waits for on its new executor. The lock guards this and scope_.executor.
  FutureState* moving_ = nullptr;
  std::atomic_flag lock_;
};

}  // namespace cpp_lite::detail
