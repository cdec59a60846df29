// The connections of a store, each with a thread: they take what is due, all of it at once.
//
//     any thread --submit()--> queue --> one of the threads: read, step, compare and set -->
//     answers
//
// An operation that comes alone goes alone, at once. While a connection waits for its server, the
// others take what comes, or it gathers.
#pragma once

#include <cpp_lite/channel.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "redis/batch.h"

namespace cpp_lite::redis {

struct PoolOptions {
  Result<Address> address = Address();  // an error is what all operations come to
  std::string prefix = "cpp-lite";
  std::size_t connections = 2;
  std::chrono::nanoseconds timeout = std::chrono::seconds(1);
  std::size_t max_waiting = 10'000;
  std::chrono::nanoseconds purge_interval{};  // 0: never
  LogFunction log;
  std::function<void(std::size_t)> on_exchange;
  idempotency::Clocks clocks = idempotency::system_clocks();
  std::function<Milliseconds()> ahead;  // of the server's clock; for tests
};

// Thread-safe. When it ends, what was submitted is done first. The last reference may be dropped on
// one of its threads.
class Pool {
 public:
  explicit Pool(PoolOptions options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // They fail inside this call where as many wait as may.
  void submit(std::unique_ptr<Operation> operation);
  void submit(std::unique_ptr<Errand> errand);

  ServerClock& clock();
  // Of the store that was found first; null before. Another one is not accepted later.
  const Identity* identity() const;

 private:
  class Shared;
  class Worker;

  const std::shared_ptr<Shared> shared_;
  std::vector<std::thread> threads_;
};

// Removes expired records; how many.
Result<std::size_t> purge(Session& session, ServerClock& clock, std::size_t max);

}  // namespace cpp_lite::redis
