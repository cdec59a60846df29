// The untyped half of Future: one result on its way from a producer to a consumer. For the runtime;
// users see future.h.
#pragma once

#include <cpp_lite/block.h>
#include <cpp_lite/executor.h>
#include <cpp_lite/export.h>

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace cpp_lite::detail {

// Two parties share it, each with a reference: the producer, which completes it once, and the
// consumer (a Future), which waits or drops. They may live on different threads.
//
//   pending --wait()--> waiting --complete()--> ready       the continuation runs
//   pending --complete()--> ready                           the consumer finds it
//   pending, waiting --drop()--> abandoned                  the producer's later result is lost
//   waiting --try_abandon()--> abandoned                    the same, if drop() follows
class CPP_LITE_API FutureState {
 public:
  // Of coroutines' frames, too.
  static void* operator new(std::size_t size) { return take_block(size); }
  static void operator delete(void* at, std::size_t size) noexcept { give_block(at, size); }

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

  // Consumer, for one that waits: from now on the continuation will not run. False: it may be
  // running already.
  bool try_abandon();
  // Consumer, for one that waits or waited: what it gave to wait().
  const std::shared_ptr<Executor>& resumes_on() const { return resume_on_; }

  // Where the producer completes; null: anywhere. What a waiting coroutine without an executor of
  // its own belongs to.
  virtual std::shared_ptr<Executor> home() = 0;

  // Consumer, when it is ready, once: the function that takes the result. The only thing here that
  // knows the type of the result; take_from() in future.h calls it.
  using AnyFunction = void (*)();
  virtual AnyFunction taker() const = 0;

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

// Blocks the calling thread until the state is ready. Aborts where it would wait for itself: on a
// loop's thread, and for what completes on the executor that runs this code.
CPP_LITE_API void block_on(FutureState& state);

// Tells that this thread runs a loop from now on (or, with false, no longer).
CPP_LITE_API void set_loop_thread(bool running);

// What a coroutine of ours is, without its result type.
//
// It belongs to one executor: that of the code that started it, else the home of the first thing
// with a home that it waits for. Once it does, it resumes there and is destroyed there, so nothing
// can come in between. Before, and while it moves to another executor, the thread that wakes it and
// the thread that drops it may differ; then what it waits for is `contested_`, and of the two the
// one that is first to change that state's phase has the frame.
class CPP_LITE_API CoroutineBase {
 public:
  // Arranges that `self` resumes when `awaited` is ready. False: it is ready now, do not suspend.
  // Once it has returned true, the frame may be gone.
  bool suspend_until(FutureState& awaited, std::coroutine_handle<> self);
  // The same, and from the resumption on the coroutine belongs to the home of `awaited`, if any.
  bool move_with(FutureState& awaited, std::coroutine_handle<> self);

 protected:
  CoroutineBase() : scope_(*current_scope()) {}
  ~CoroutineBase() = default;

  // Where it runs, or will when it resumes; null: anywhere.
  std::shared_ptr<Executor> where();
  // The consumer dropped the coroutine, whose state is `own`, before its end. Any thread.
  void give_up(FutureState& own, std::coroutine_handle<> self);
  // The coroutine has come to its end and its result is known. True: it was given up, so the
  // consumer's reference is the caller's to release.
  bool ended();

 private:
  class SpinLock;
  enum class Phase : std::uint8_t { running, suspended, ended };
  // What becomes of a frame that was given up: destroyed by the caller, now; by itself, when it
  // suspends; by its last reference, as it has ended. Or it has moved and is to be sought there.
  enum class Fate : std::uint8_t { now, later, ended, moved };

  void resume(std::coroutine_handle<> self);
  bool arrive();
  void give_up_at(const Executor* at, FutureState& own, std::coroutine_handle<> self);
  Fate fate_at(const Executor* at);
  void end_frame(std::coroutine_handle<> self);
  void leave_scope();

  // The scope changes under the lock only. Without an executor, or with something contested, all
  // members are guarded by the lock; else they are touched on the executor alone.
  Scope scope_;
  FutureState* contested_ = nullptr;
  Phase phase_ = Phase::running;
  bool given_up_ = false;
  std::atomic_flag lock_;
};

}  // namespace cpp_lite::detail
