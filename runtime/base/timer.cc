#include <cpp_lite/loop.h>

#include <utility>

namespace cpp_lite {

void Timer::start(SteadyTime when, Task task) {
  stop();
  when_ = when;
  if (when == SteadyTime::max()) return;
  task_ = std::move(task);
  armed_ = true;
  loop_->start_timer(*this);
}

// In both functions below, what the task holds may own this timer, so the task goes last.

void Timer::stop() {
  if (!armed_) return;
  armed_ = false;
  loop_->stop_timer(*this);
  const Task dropped = std::move(task_);
}

void Timer::expire() {
  armed_ = false;
  Task task = std::move(task_);
  task();
}

}  // namespace cpp_lite
