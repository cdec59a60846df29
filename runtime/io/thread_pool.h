// Threads for handlers that block (RunOn::threads), and executors on them.
#pragma once

#include <cpp_lite/executor.h>
#include <cpp_lite/loop.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace cpp_lite::io {

// Whether a thread is woken for a task at once, or with ThreadPool::announce(), once for several.
enum class Announce : std::uint8_t { now, later };

// A fixed number of threads and a bounded queue. Thread-safe. Held by shared_ptr; the last
// reference may be dropped on any thread, the pool's own included. When it ends, what was queued is
// run first.
class ThreadPool {
 public:
  ThreadPool(std::size_t threads, std::size_t queue_limit);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Work that may be refused: false when as many tasks as the limit wait, or after stop().
  [[nodiscard]] bool try_submit(Task task, Announce when = Announce::now);
  // Wakes a thread for what was submitted to be announced later.
  void announce();
  // Work that may not, such as the resumption of a handler: queued beyond the limit, and after
  // stop() run inside this call.
  void submit(Task task);
  // As submit(), but after stop() false, and the task is left as it is.
  [[nodiscard]] bool enqueue(Task& task);

  // Takes no more work, runs what is queued and waits until the threads are done (unless it is
  // called on one of them).
  void stop();

  // Whether this is a thread of some pool.
  static bool on_any();
  // On such a thread: whether others of its pool have begun a task since this one's began.
  static bool others_began();

 private:
  class State;

  const std::shared_ptr<State> state_;
  std::mutex joining_;
  std::vector<std::thread> threads_;  // guarded by joining_
};

// For the last thing that a task does: posts to the loop, which may be woken a little later,
// together with what the next tasks of this thread post. Not later than the next task of a pool's
// thread begins, unless another thread of it is on its way to wake the loop. What one thread posts
// while no other begins a task is a lot, which the loop takes as a whole; of others it takes a few
// in one turn. Any thread.
void post_last(Loop& loop, Task task);

// Runs its tasks one at a time, in order, on the threads of a pool, which it keeps. After the pool
// has stopped post() runs the task inside the call, or leaves it to the thread that runs this
// strand's tasks at that moment.
class Strand : public Executor {
 public:
  // As post(), but false, and nothing happens, when the pool would refuse the work: for the start
  // of a call, not for its resumptions.
  [[nodiscard]] virtual bool try_post(Task task, Announce when = Announce::now) = 0;
};

std::shared_ptr<Strand> make_strand(std::shared_ptr<ThreadPool> pool);

}  // namespace cpp_lite::io
