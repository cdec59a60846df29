#include "server/cancel.h"

#include <algorithm>
#include <memory>

namespace cpp_lite::server {

CancelToken::Waiting& CancelToken::waiting() {
  Waiting* there = waiting_.load(std::memory_order_seq_cst);
  if (there != nullptr) return *there;
  auto made = std::make_unique<Waiting>();
  if (!waiting_.compare_exchange_strong(there, made.get(), std::memory_order_seq_cst)) {
    return *there;
  }
  return *made.release();
}

std::uint64_t CancelToken::on_cancel(Task task) {
  if (!cancelled()) {
    Waiting& all = waiting();
    const std::lock_guard lock(all.mutex);
    if (!cancelled_.load(std::memory_order_seq_cst)) {
      all.tasks.emplace_back(all.next_id, std::move(task));
      return all.next_id++;
    }
  }
  task();
  return 0;
}

void CancelToken::forget(std::uint64_t id) {
  Waiting* const all = waiting_.load(std::memory_order_acquire);
  if (all == nullptr) return;
  Task forgotten;  // destroyed outside the lock
  const std::lock_guard lock(all->mutex);
  const auto found =
      std::ranges::find(all->tasks, id, [](const auto& entry) { return entry.first; });
  if (found == all->tasks.end()) return;
  forgotten = std::move(found->second);
  all->tasks.erase(found);
}

void CancelToken::cancel() {
  if (cancelled_.exchange(true, std::memory_order_seq_cst)) return;
  Waiting* const all = waiting_.load(std::memory_order_seq_cst);
  if (all == nullptr) return;
  std::vector<std::pair<std::uint64_t, Task>> tasks;
  {
    const std::lock_guard lock(all->mutex);
    tasks.swap(all->tasks);
  }
  for (auto& [id, task] : tasks) task();
}

}  // namespace cpp_lite::server
