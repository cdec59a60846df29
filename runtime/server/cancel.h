// The end of a served call before its time, made known to whoever works for it.
#pragma once

#include <cpp_lite/channel.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace cpp_lite::server {

// What handle() of a served call is. Thread-safe; may outlive call and server.
class CancelToken final : public CallContext {
 public:
  SteadyTime deadline() const override { return deadline_; }
  bool cancelled() const override { return cancelled_.load(std::memory_order_acquire); }
  std::uint64_t on_cancel(Task task) override;
  void forget(std::uint64_t id) override;
  RetryHint retry_hint() const override { return retry_hint_; }

  // Before the handler starts.
  void set_deadline(SteadyTime deadline) { deadline_ = deadline; }
  void set_retry_hint(RetryHint hint) { retry_hint_ = hint; }
  // Runs what was registered, once.
  void cancel();

 private:
  SteadyTime deadline_ = SteadyTime::max();
  RetryHint retry_hint_ = RetryHint::none;
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::uint64_t next_id_ = 1;                            // guarded by mutex_
  std::vector<std::pair<std::uint64_t, Task>> waiting_;  // guarded by mutex_
};

}  // namespace cpp_lite::server
