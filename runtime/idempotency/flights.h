// The keys that this process is at work on, so that duplicates wait here instead of at the store.
#pragma once

#include <cpp_lite/event.h>
#include <cpp_lite/idempotency.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace cpp_lite::idempotency {

// One key that a request, the leader, holds; the others wait for it to land. Thread-safe.
class Flight {
 public:
  explicit Flight(const Fingerprint& fingerprint) : fingerprint_(fingerprint) {}

  const Fingerprint& fingerprint() const { return fingerprint_; }
  // The store has said that the key is used for this fingerprint. Before that it says nothing of
  // requests with another one.
  void confirm() { confirmed_.store(true, std::memory_order_relaxed); }
  bool confirmed() const { return confirmed_.load(std::memory_order_relaxed); }
  // Yields when it has landed; at once if it has.
  Future<void> landed();
  // Valid once it has landed. Null: there is no answer, ask the store again.
  const std::shared_ptr<const StoredResult>& result() const { return result_; }

 private:
  friend class Flights;
  void land(std::shared_ptr<const StoredResult> result);

  const Fingerprint fingerprint_;
  std::atomic<bool> confirmed_{false};
  std::mutex mutex_;
  bool over_ = false;                           // guarded by mutex_
  std::shared_ptr<const StoredResult> result_;  // written once, before over_
  std::optional<Event> event_;                  // guarded by mutex_; most flights are lonely
};

class Flights {
 public:
  // The flight of that key, and whether it began with this call: then it is to be ended.
  std::pair<std::shared_ptr<Flight>, bool> enter(const Id& id, const Fingerprint& fingerprint);
  void end(const Id& id, std::shared_ptr<const StoredResult> result);

 private:
  struct Shard {
    std::mutex mutex;
    std::map<Id, std::shared_ptr<Flight>> flights;  // guarded by mutex
  };
  Shard& shard(const Id& id) { return shards_[id[0] % shards_.size()]; }

  std::array<Shard, 16> shards_;
};

}  // namespace cpp_lite::idempotency
