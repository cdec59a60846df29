// Which executors the present thread is running tasks of.
#pragma once

#include <cpp_lite/executor.h>

namespace cpp_lite::io {

// Lives on the stack of whoever runs an executor's tasks, as long as he does. Usually one, more
// where a task posts to an executor that has stopped, which runs it inside post().
class Running {
 public:
  explicit Running(const Executor* executor);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  // Whether this thread is inside tasks of `executor`, directly or further down the stack.
  static bool is(const Executor* executor);

 private:
  const Executor* executor_;
  Running* below_;
};

// While it lives, this thread runs nothing of what is below it on the stack: a thread that turns a
// loop while it waits inside a task of another executor, which is not to be entered again.
class Apart {
 public:
  Apart();
  ~Apart();
  Apart(const Apart&) = delete;
  Apart& operator=(const Apart&) = delete;

 private:
  Running* below_;
};

}  // namespace cpp_lite::io
