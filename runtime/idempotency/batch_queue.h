// What waits for the thread that writes to a store: taken all at once, so that what is due together
// becomes one transaction.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace cpp_lite::idempotency {

// Thread-safe; one thread takes. T is movable.
template <typename T>
class BatchQueue {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  explicit BatchQueue(std::size_t most) : most_(most) {}

  // False: as many wait as may, and `item` is the caller's still.
  bool push(T& item) {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= most_) return false;
    queue_.push_back(std::move(item));
    changed_.notify_one();
    return true;
  }
  // Nothing new will come; what is there is still taken.
  void stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }

  // Until something is there, or `until`; at most `most` items. False: it is over.
  bool wait(std::vector<T>& batch, std::optional<Instant> until, std::size_t most = SIZE_MAX) {
    std::unique_lock lock(mutex_);
    const auto is_due = [this] { return stopping_ || !queue_.empty(); };
    if (until) {
      changed_.wait_until(lock, *until, is_due);
    } else {
      changed_.wait(lock, is_due);
    }
    take(batch, most);
    return !stopping_ || !batch.empty();
  }
  // Appends what has come since, if `admit` likes all of it. False: nothing.
  template <typename F>
  bool take_more(std::vector<T>& batch, F admit) {
    const std::lock_guard lock(mutex_);
    if (queue_.empty() || !admit(std::as_const(queue_))) return false;
    take(batch, queue_.size());
    return true;
  }

 private:
  void take(std::vector<T>& batch, std::size_t most) {
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(most, queue_.size()));
    std::move(queue_.begin(), end, std::back_inserter(batch));
    queue_.erase(queue_.begin(), end);
  }

  const std::size_t most_;

  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::vector<T> queue_;
  bool stopping_ = false;
};

}  // namespace cpp_lite::idempotency
