// Threads for handlers that block (RunOn::threads), and executors on them.
#pragma once

#include <cpp_lite/executor.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace cpp_lite::io {

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
  [[nodiscard]] bool try_submit(Task task);
  // Work that may not, such as the resumption of a handler: queued beyond the limit, and after
  // stop() run inside this call.
  void submit(Task task);
  // As submit(), but after stop() false, and the task is left as it is.
  [[nodiscard]] bool enqueue(Task& task);

  // Takes no more work, runs what is queued and waits until the threads are done (unless it is
  // called on one of them).
  void stop();

 private:
  class State;

  const std::shared_ptr<State> state_;
  std::mutex joining_;
  std::vector<std::thread> threads_;  // guarded by joining_
};

// Runs its tasks one at a time, in order, on the threads of a pool, which it keeps. After the pool
// has stopped post() runs the task inside the call, or leaves it to the thread that runs this
// strand's tasks at that moment.
class Strand : public Executor {
 public:
  // As post(), but false, and nothing happens, when the pool would refuse the work: for the start
  // of a call, not for its resumptions.
  [[nodiscard]] virtual bool try_post(Task task) = 0;
};

std::shared_ptr<Strand> make_strand(std::shared_ptr<ThreadPool> pool);

}  // namespace cpp_lite::io
