#include <cpp_lite/testing.h>

#include <algorithm>

namespace cpp_lite::testing {

SteadyTime ManualClock::now() const {
  std::lock_guard lock(mutex_);
  return now_;
}

void ManualClock::advance(std::chrono::nanoseconds by) {
  std::lock_guard lock(mutex_);
  now_ += by;
  for (ClockWatcher* watcher : watchers_) watcher->on_time_changed();
}

void ManualClock::watch(ClockWatcher& watcher) {
  std::lock_guard lock(mutex_);
  watchers_.push_back(&watcher);
}

void ManualClock::unwatch(ClockWatcher& watcher) {
  std::lock_guard lock(mutex_);
  std::erase(watchers_, &watcher);
}

}  // namespace cpp_lite::testing
