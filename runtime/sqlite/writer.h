// The thread that has the database: it runs the operations of a store, those that are due together
// in one transaction.
//
//     any thread --submit()--> queue --> begin, run, run, ... commit --> answers, on this thread
//
// An operation that comes alone is a transaction alone, at once. While a transaction runs or the
// disk is waited for, others gather: they join it, or are the next one.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/status.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "idempotency/clock.h"
#include "sqlite/operation.h"

namespace cpp_lite::sqlite {

struct WriterOptions {
  std::string path;
  Setup setup;
  std::string application_schema;
  std::size_t max_waiting = 10'000;
  std::chrono::nanoseconds purge_interval{};  // 0: never
  LogFunction log;
  std::function<void(std::size_t)> on_commit;
  idempotency::Clocks clocks = idempotency::system_clocks();
  // For so long a transaction takes in what waits and comes while it runs: its first answers wait.
  std::chrono::nanoseconds share_for = std::chrono::milliseconds(20);
  // For so long it waits for a handler whose turn it is to come: all its threads may be busy.
  std::chrono::nanoseconds patience = std::chrono::milliseconds(30);
};

// Thread-safe. Held by shared_ptr; when it ends, what was submitted is done first. The last
// reference may be dropped on its own thread.
class Writer {
 public:
  // Opens the database at once, if it can be opened.
  explicit Writer(WriterOptions options);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // The operation fails inside this call where as many wait as may.
  void submit(std::unique_ptr<Operation> operation);

  // Of the database that was opened first; null before. Another one is not accepted later.
  const Identity* identity() const;
  std::chrono::nanoseconds patience() const { return patience_; }

 private:
  class Loop;

  const std::chrono::nanoseconds patience_;
  const std::shared_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace cpp_lite::sqlite
