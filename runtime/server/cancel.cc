#include "server/cancel.h"

#include <algorithm>

namespace cpp_lite::server {

std::uint64_t CancelToken::on_cancel(Task task) {
  {
    std::lock_guard lock(mutex_);
    if (!cancelled()) {
      waiting_.emplace_back(next_id_, std::move(task));
      return next_id_++;
    }
  }
  task();
  return 0;
}

void CancelToken::forget(std::uint64_t id) {
  Task forgotten;  // destroyed outside the lock
  std::lock_guard lock(mutex_);
  const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                  [id](const auto& entry) { return entry.first == id; });
  if (found == waiting_.end()) return;
  forgotten = std::move(found->second);
  waiting_.erase(found);
}

void CancelToken::cancel() {
  std::vector<std::pair<std::uint64_t, Task>> waiting;
  {
    std::lock_guard lock(mutex_);
    if (cancelled_.exchange(true, std::memory_order_acq_rel)) return;
    waiting.swap(waiting_);
  }
  for (auto& [id, task] : waiting) task();
}

}  // namespace cpp_lite::server
