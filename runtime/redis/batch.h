// Operations that share round trips: read what is there, step, compare and set; those that another
// process was faster than, again.
#pragma once

#include <cpp_lite/status.h>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "idempotency/clock.h"
#include "redis/operation.h"

namespace cpp_lite::redis {

// The store's time, made of the server's. Thread-safe.
class ServerClock {
 public:
  // `ahead`: what tests add to the server's time.
  ServerClock(idempotency::Clocks clocks, std::function<Milliseconds()> ahead);
  idempotency::Reading read(Time server);

 private:
  const std::function<Milliseconds()> ahead_;
  std::mutex mutex_;  // guards the rest
  Time wall_{};       // as clock_ sees it
  idempotency::StoreClock clock_;
};

using Operations = std::vector<std::unique_ptr<Operation>>;

// Each is answered, or fails. What has been read may be old: every write is conditional.
void run_batch(Session& session, ServerClock& clock, Operations operations, Found found);
// The same from the start. An error: nothing was done, and nothing was answered.
Status fetch_and_run(Session& session, ServerClock& clock, Operations& operations);

}  // namespace cpp_lite::redis
