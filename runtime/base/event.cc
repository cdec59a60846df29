#include <cpp_lite/event.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace cpp_lite {

// Shared with the Futures, which take themselves out when they are dropped.
struct Event::Waiters {
  std::mutex mutex;
  std::uint64_t next_id = 0;                               // guarded by mutex
  std::map<std::uint64_t, detail::Promise<void>> waiting;  // guarded by mutex

  void forget(std::uint64_t id) {
    decltype(waiting)::node_type forgotten;  // destroyed outside the lock
    std::lock_guard lock(mutex);
    forgotten = waiting.extract(id);
  }
};

Event::Event() : waiters_(std::make_shared<Waiters>()) {}
Event::~Event() { notify_all(); }

Future<void> Event::wait() {
  std::lock_guard lock(waiters_->mutex);
  const std::uint64_t id = waiters_->next_id++;
  detail::Promise<void> promise;
  promise.on_drop([waiters = waiters_, id] { waiters->forget(id); });
  Future<void> notified = promise.future();
  waiters_->waiting.emplace(id, std::move(promise));
  return notified;
}

void Event::notify_all() {
  decltype(Waiters::waiting) woken;
  {
    std::lock_guard lock(waiters_->mutex);
    woken.swap(waiters_->waiting);
  }
  for (auto& [id, promise] : woken) promise.set();
}

}  // namespace cpp_lite
