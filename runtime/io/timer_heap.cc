#include "io/timer_heap.h"

#include <algorithm>

namespace cpp_lite::io {

void TimerHeap::add(Timer& timer) {
  const Entry entry{std::max(timer.when(), expired_until_), started_++, &timer};
  entries_.push_back(entry);
  sift_up(entries_.size() - 1, entry);
}

void TimerHeap::remove(Timer& timer) {
  const std::size_t at = timer.heap_index;
  if (at >= entries_.size() || entries_[at].timer != &timer) return;
  timer.heap_index = Timer::kNowhere;
  const Entry last = entries_.back();
  entries_.pop_back();
  if (at == entries_.size()) return;
  if (at > 0 && last.before(entries_[(at - 1) / 2])) {
    sift_up(at, last);
  } else {
    sift_down(at, last);
  }
}

std::size_t TimerHeap::expire(SteadyTime now) {
  // From here on nothing is entered with an earlier time than `now` (see add()), so that a timer
  // which restarts itself for the past comes after all that are due already.
  expired_until_ = std::max(expired_until_, now);
  const std::uint64_t older_than = started_;
  std::size_t count = 0;
  while (!empty() && entries_.front().when <= now && entries_.front().order < older_than) {
    Timer& timer = *entries_.front().timer;
    remove(timer);
    timer.expire();
    ++count;
  }
  return count;
}

void TimerHeap::clear() {
  while (!empty()) entries_.back().timer->stop();
}

void TimerHeap::place(std::size_t at, const Entry& entry) {
  entries_[at] = entry;
  entry.timer->heap_index = at;
}

void TimerHeap::sift_up(std::size_t at, const Entry& entry) {
  while (at > 0 && entry.before(entries_[(at - 1) / 2])) {
    place(at, entries_[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  place(at, entry);
}

void TimerHeap::sift_down(std::size_t at, const Entry& entry) {
  for (std::size_t child = 2 * at + 1; child < entries_.size(); child = 2 * at + 1) {
    if (child + 1 < entries_.size() && entries_[child + 1].before(entries_[child])) ++child;
    if (!entries_[child].before(entry)) break;
    place(at, entries_[child]);
    at = child;
  }
  place(at, entry);
}

}  // namespace cpp_lite::io
