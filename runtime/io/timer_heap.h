// All timers of one loop, the earliest first.
#pragma once

#include <cpp_lite/loop.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cpp_lite::io {

// A binary heap of timers that its owner, the loop, does not own. Timers for the same time expire
// in the order in which they were started. Each Timer knows its place (Timer::heap_index), so that
// adding and removing take O(log n) and no memory but the vector's. Not thread-safe.
class TimerHeap {
 public:
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  // When the earliest is due; SteadyTime::max() if there is none.
  SteadyTime next() const { return empty() ? SteadyTime::max() : entries_.front().when; }

  void add(Timer& timer);
  void remove(Timer& timer);
  // Expires what is due, and returns how many. Timers that are started meanwhile have to wait for
  // the next call even if they are due: a timer that restarts itself cannot hold up the loop.
  std::size_t expire(SteadyTime now);
  // Stops all timers.
  void clear();

 private:
  struct Entry {
    SteadyTime when;
    std::uint64_t order;
    Timer* timer;
    bool before(const Entry& other) const {
      return when != other.when ? when < other.when : order < other.order;
    }
  };

  void place(std::size_t at, const Entry& entry);
  void sift_up(std::size_t at, const Entry& entry);
  void sift_down(std::size_t at, const Entry& entry);

  std::vector<Entry> entries_;
  std::uint64_t started_ = 0;
  SteadyTime expired_until_ = SteadyTime::min();
};

}  // namespace cpp_lite::io
