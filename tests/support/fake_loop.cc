#include "support/fake_loop.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cpp_lite::support {

void FakeLoop::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      posted_.push_back(std::move(task));
      return;
    }
  }
  task();
}

void FakeLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  run_until_idle();
}

std::deque<Task> FakeLoop::take_posted() {
  const std::lock_guard lock(mutex_);
  return std::exchange(posted_, {});
}

std::size_t FakeLoop::run_posted() {
  std::size_t ran = 0;
  for (std::deque<Task> tasks = take_posted(); !tasks.empty(); tasks.pop_front()) {
    tasks.front()();
    ++ran;
  }
  return ran;
}

std::size_t FakeLoop::poll() {
  std::size_t ran = run_posted();
  while (expire_one()) ++ran;
  return ran;
}

void FakeLoop::run_until_idle() {
  constexpr int kTurns = 10'000'000;
  for (int i = 0; i < kTurns; ++i) {
    if (poll() == 0) return;
  }
  throw std::runtime_error("FakeLoop: tasks post tasks for ever");
}

void FakeLoop::advance(std::chrono::nanoseconds by) {
  const SteadyTime end = clock_.now() + by;
  run_until_idle();
  while (next_alarm() <= end) {
    clock_.set(std::max(clock_.now(), next_alarm()));
    run_until_idle();
  }
  clock_.set(end);
}

void FakeLoop::advance_late(std::chrono::nanoseconds by) {
  clock_.set(clock_.now() + by);
  while (run_posted() > 0) {
  }
  run_until_idle();
}

SteadyTime FakeLoop::next_alarm() const {
  SteadyTime first = SteadyTime::max();
  for (const Timer* timer : timers_) first = std::min(first, timer->when());
  return first;
}

bool FakeLoop::expire_one() {
  const auto first =
      std::min_element(timers_.begin(), timers_.end(),
                       [](const Timer* a, const Timer* b) { return a->when() < b->when(); });
  if (first == timers_.end() || (*first)->when() > clock_.now()) return false;
  Timer* timer = *first;
  timers_.erase(first);
  timer->expire();
  return true;
}

void FakeLoop::start_timer(Timer& timer) { timers_.push_back(&timer); }

void FakeLoop::stop_timer(Timer& timer) { std::erase(timers_, &timer); }

}  // namespace cpp_lite::support
