// An event loop: one thread that owns sockets, timers and the connections on them.
#pragma once

#include <cpp_lite/deadline.h>
#include <cpp_lite/executor.h>

#include <chrono>
#include <cstddef>
#include <memory>

namespace cpp_lite {

class Timer;

struct LoopOptions {
  Clock* clock = nullptr;  // null: system_steady_clock(). Must outlive the loop.
  bool thread = true;      // false: the owner turns the loop itself, with run() or poll()
  // Looks for work so long before it sleeps, by real time, which spares calls the wait for a core
  // that wakes up. Takes a core of its own, busy even when nothing comes. 0: never.
  std::chrono::nanoseconds busy_poll = {};
};

// Thread-safe: post(), is_current(), now(), clock(), stop(). Everything else: on the loop's thread.
class CPP_LITE_API Loop : public Executor {
 public:
  // A loop that runs until stop(), or until the last reference goes away, on any thread, its own
  // included.
  static std::shared_ptr<Loop> create(LoopOptions options = {});

  virtual const Clock& clock() const = 0;
  SteadyTime now() const { return clock().now(); }

  // Ends the loop: it runs what was posted already, closes its sockets and returns from run().
  virtual void stop() = 0;
  // Turns a loop that was created with thread = false, until stop().
  virtual void run() = 0;
  // Runs what is ready now, without waiting; how many tasks ran. For thread = false.
  virtual std::size_t poll() = 0;

 protected:
  friend class Timer;
  virtual void start_timer(Timer& timer) = 0;
  virtual void stop_timer(Timer& timer) = 0;
};

// A one-shot alarm on a loop. Belongs to the loop's thread; destroying it disarms it. Costs no
// system call and no memory per use: a loop keeps all its timers in one ordered structure.
class CPP_LITE_API Timer {
 public:
  explicit Timer(Loop& loop) : loop_(&loop) {}
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Runs the task at `when` on the loop's clock, or soon after. Replaces an earlier start().
  // SteadyTime::max() never comes.
  void start(SteadyTime when, Task task);
  void stop();
  bool armed() const { return armed_; }
  SteadyTime when() const { return when_; }

  // For the loop alone.
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  std::size_t heap_index = kNowhere;
  void expire();  // disarms, then runs the task

 private:
  Loop* loop_;
  SteadyTime when_{};
  Task task_;
  bool armed_ = false;
};

}  // namespace cpp_lite
