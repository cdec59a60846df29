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
  CancelToken() = default;
  ~CancelToken() override { delete waiting_.load(std::memory_order_acquire); }

  // Before the handler starts.
  void set_deadline(SteadyTime deadline) { deadline_ = deadline; }
  void set_retry_hint(RetryHint hint) { retry_hint_ = hint; }
  // Runs what was registered, once.
  void cancel();

 private:
  SteadyTime deadline_ = SteadyTime::max();
  RetryHint retry_hint_ = RetryHint::none;
  // Most calls have nobody who wants to know.
  struct Waiting {
    std::mutex mutex;
    std::uint64_t next_id = 1;                          // guarded by mutex
    std::vector<std::pair<std::uint64_t, Task>> tasks;  // guarded by mutex
  };
  Waiting& waiting();

  std::atomic<bool> cancelled_{false};
  // Made by the first who waits. Who cancels sets cancelled_ and then looks here, who waits has
  // this made and then looks there, in one order for all: so one of them sees the other.
  std::atomic<Waiting*> waiting_{nullptr};
};

}  // namespace cpp_lite::server
