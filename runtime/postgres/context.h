// What all threads of a store share: where the database is, what is known of it, and its time.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/result.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "idempotency/clock.h"
#include "postgres/clock.h"
#include "postgres/connection.h"
#include "postgres/schema.h"
#include "postgres/work.h"

namespace cpp_lite::postgres {

struct StoreOptions {
  std::string where;  // URL or connection string
  SchemaOptions schema = {};
  Connection::Timeouts timeouts{std::chrono::seconds(3), std::chrono::seconds(5)};
  Milliseconds lock_timeout = std::chrono::seconds(1);
  std::size_t connections = 10;  // for transactions of handlers
  std::size_t max_waiting = 10'000;
  std::chrono::nanoseconds purge_interval{};  // 0: never
  LogFunction log = {};
  std::function<void(std::size_t)> on_commit = {};
  // For tests, which turn clocks: the server's is ahead by so much.
  std::function<Milliseconds()> elapsed = idempotency::system_clocks().steady;
  std::function<Milliseconds()> ahead = [] { return Milliseconds(0); };
};

// Thread-safe.
class Context {
 public:
  explicit Context(StoreOptions options) : options_(std::move(options)), clock_(options_.elapsed) {}

  const StoreOptions& options() const { return options_; }
  ServerClock& clock() { return clock_; }
  // Of the database that was opened first; null before.
  const Known* known() const { return known_.load(std::memory_order_acquire); }

  // Blocks. The first connection finds the tables, or makes them.
  Result<std::unique_ptr<Connection>> connect();
  // After connect() succeeded once.
  Work new_work() { return Work(*known(), clock_, options_.ahead()); }

  void committed(std::size_t operations) const {
    if (options_.on_commit) options_.on_commit(operations);
  }
  void log(LogLevel level, const std::string& line) const {
    if (options_.log) options_.log(level, "postgresql: " + line);
  }
  // Says so, when what was believed about the clock changes.
  void watch(const Reading& reading);
  // Whether somebody should write down what is believed. Asked by one thread.
  bool is_clock_notable() { return notable_.exchange(false); }

 private:
  Status open_first(Connection& connection);

  const StoreOptions options_;
  ServerClock clock_;
  std::atomic<const Known*> known_{nullptr};  // &*first_
  std::atomic<bool> lost_{false}, trusted_{true}, notable_{false};

  std::mutex mutex_;            // guards the rest
  std::optional<Known> first_;  // set once
};

}  // namespace cpp_lite::postgres
