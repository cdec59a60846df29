// ServerCall, on its way to a thread of the pool: it may be turned away, or wait too long.
#include <utility>

#include "server/call.h"
#include "wire/causes.h"

namespace cpp_lite::server {

void ServerCall::start_on_pool() {
  const std::shared_ptr<io::Strand> strand = io::make_strand(shard_.config().pool);
  queued_at_ = shard_.loop()->now();
  stage_.store(Stage::queued, std::memory_order_relaxed);
  const bool taken =
      strand->try_post([self = shared_from_this(), strand] { self->begin_on_pool(strand); });
  if (taken) return;
  leave_queue(Stage::ended);
  shard_.counters.refused_by_queue.fetch_add(1, std::memory_order_relaxed);
  finish(shard_.config().overload->refuse(queued_at_));
}

void ServerCall::begin_on_pool(std::shared_ptr<Executor> executor) {
  if (!leave_queue(Stage::begun)) {
    return handler_done(Status(Code::cancelled, "the call ended before its handler began"));
  }
  const SteadyTime now = clock_.now();
  if (now < deadline() && !waited_too_long(queued_at_, now, deadline())) {
    return run_handler(std::move(executor));
  }
  shard_.counters.expired_in_queue.fetch_add(1, std::memory_order_relaxed);
  handler_done(now < deadline()
                   ? shard_.config().overload->refuse(now)
                   : wire::local_status(wire::LocalCause::deadline_passed).set_not_executed(true));
}

// Loop and pool both may end the wait; the first one decides. False: it was over, or there was
// none.
bool ServerCall::leave_queue(Stage next) {
  Stage expected = Stage::queued;
  return stage_.compare_exchange_strong(expected, next, std::memory_order_acq_rel,
                                        std::memory_order_relaxed);
}

}  // namespace cpp_lite::server
