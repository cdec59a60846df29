// A Loop that a test turns by hand, on a clock that the test moves.
#pragma once

#include <cpp_lite/loop.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace cpp_lite::support {

// Time that stands still until it is moved.
class FakeClock final : public Clock {
 public:
  SteadyTime now() const override { return now_; }
  void set(SteadyTime when) { now_ = when; }

 private:
  SteadyTime now_{std::chrono::hours(1)};
};

// Belongs to the thread that made it; post() may be called from any thread. Nothing runs but inside
// poll(), run_until_idle() and advance().
class FakeLoop final : public Loop {
 public:
  static std::shared_ptr<FakeLoop> create() { return std::make_shared<FakeLoop>(); }

  void post(Task task) override;
  bool is_current() const override { return std::this_thread::get_id() == owner_; }
  const Clock& clock() const override { return clock_; }
  void stop() override;
  void run() override { run_until_idle(); }
  // Runs what was posted before the call, and the timers that are due; how many tasks ran.
  std::size_t poll() override;

  // Polls until nothing is left to do at the present time, or fails after very many turns.
  void run_until_idle();
  // Moves the clock from alarm to alarm up to now + by; everything that falls due runs on the way.
  void advance(std::chrono::nanoseconds by);
  // As if the thread had been busy so long: moves the clock, runs what is posted and what that
  // posts, and only then what has fallen due.
  void advance_late(std::chrono::nanoseconds by);
  // As if the code that runs now took so long.
  void be_busy(std::chrono::nanoseconds by) { clock_.set(clock_.now() + by); }

  std::size_t armed_timers() const { return timers_.size(); }
  // Of all timers, when the first is due; SteadyTime::max() if there is none.
  SteadyTime next_alarm() const;

 private:
  void start_timer(Timer& timer) override;
  void stop_timer(Timer& timer) override;
  std::deque<Task> take_posted();
  std::size_t run_posted();
  bool expire_one();

  const std::thread::id owner_ = std::this_thread::get_id();
  FakeClock clock_;
  std::vector<Timer*> timers_;  // in the order of their start
  std::mutex mutex_;
  std::deque<Task> posted_;  // guarded by mutex_
  bool stopped_ = false;     // guarded by mutex_
};

}  // namespace cpp_lite::support
