// The thread that shares transactions: operations that are due together are locked, stepped and
// written in one, with one COMMIT.
//
//     any thread --submit()--> queue --> BEGIN, locks, rows | steps | rows, COMMIT --> answers
//                                          |
//                                          +--> records that others have: each waits alone
//                                          (errands)
//
// An operation that comes alone is a transaction alone, at once. While one runs, others gather.
#pragma once

#include <memory>
#include <thread>

#include "postgres/operation.h"
#include "postgres/pool.h"

namespace cpp_lite::postgres {

// Thread-safe. When it ends, what was submitted is done first; the last reference may be dropped on
// its own thread.
class Batcher {
 public:
  // Connects at once, if that is possible.
  Batcher(std::shared_ptr<Context> context, std::shared_ptr<Pool> errands);
  ~Batcher();
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  // The operation fails inside this call where as many wait as may.
  void submit(std::unique_ptr<Operation> operation);

 private:
  class Loop;
  const std::shared_ptr<Loop> loop_;
  std::thread thread_;
};

// Removes at most so many expired records, and writes down what is believed about the clock.
Result<std::size_t> purge(Context& context, Connection& connection, std::size_t most);

}  // namespace cpp_lite::postgres
