// A condition variable for coroutines: many wait, somebody notifies.
// Belongs to whoever owns the data that it tells about. Thread-safe.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/future.h>

#include <memory>

namespace cpp_lite {

// What is waited for is the user's own data under the user's own lock. wait() is called under that
// lock, so that no change is missed; the Future is awaited without it:
//
//   std::unique_lock lock(mutex);
//   while (queue.empty()) {
//     Future<void> change = changed.wait();
//     lock.unlock();
//     co_await std::move(change);
//     lock.lock();
//   }
class CPP_LITE_API Event {
 public:
  Event();
  ~Event();  // wakes those who wait
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Yields at the next notify_all(). Dropping it ends the waiting.
  Future<void> wait();
  // Wakes all who wait now. Not under the lock: a coroutine that belongs to the executor that runs
  // this call goes on inside it.
  void notify_all();

 private:
  struct Waiters;
  std::shared_ptr<Waiters> waiters_;
};

}  // namespace cpp_lite
