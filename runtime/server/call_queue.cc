// ServerCall, on its way to a thread of the pool: it may be turned away, or wait too long.
#include <memory>
#include <optional>
#include <utility>

#include "server/call.h"
#include "wire/causes.h"

namespace cpp_lite::server {
namespace {

Status ended_before() { return Status(Code::cancelled, "the call ended before its handler began"); }

}  // namespace

// For as long as it lives the handler may be at work on the pool: a layer that does not wait for
// it, or gives it up, may end the call meanwhile. Begins on the loop, ends anywhere.
class ServerCall::AtWork {
 public:
  explicit AtWork(std::shared_ptr<ServerCall> call) : call_(std::move(call)) {
    call_->at_work_ = true;
  }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;
  ~AtWork() {
    Loop& loop = *call_->shard_.loop();
    loop.post([call = std::move(call_)] { call->back_from_pool(); });
  }

 private:
  std::shared_ptr<ServerCall> call_;
};

// The layers let the call pass. Where one of them waits for the result, it goes on on the loop.
Future<Status> ServerCall::serve_on_pool() {
  if (!open()) co_return ended_before();
  const std::shared_ptr<io::Strand> strand = io::make_strand(shard_.config().pool);
  queued_at_ = clock_.now();
  stage_.store(Stage::queued, std::memory_order_relaxed);
  if (!strand->try_post([] {}, io::Announce::later)) {  // a place in the queue, for what follows
    leave_queue(Stage::ended);
    shard_.counters.refused_by_queue.fetch_add(1, std::memory_order_relaxed);
    co_return shard_.config().overload->refuse(queued_at_);
  }
  shard_.announce_soon();
  std::optional<AtWork> at_work;
  if (!shard_.config().layers.empty()) at_work.emplace(shared_from_this());
  co_await detail::MoveTo(strand);
  if (std::optional<Status> refusal = turned_away()) co_return std::move(*refusal);
  co_return co_await serve();
}

// There is a thread, but not for a call that is over, or late.
std::optional<Status> ServerCall::turned_away() {
  if (!leave_queue(Stage::begun)) return ended_before();
  const SteadyTime now = clock_.now();
  if (now < deadline() && !waited_too_long(queued_at_, now, deadline())) return std::nullopt;
  shard_.counters.expired_in_queue.fetch_add(1, std::memory_order_relaxed);
  if (now < deadline()) return shard_.config().overload->refuse(now);
  return wire::local_status(wire::LocalCause::deadline_passed).set_not_executed(true);
}

// A layer has ended the call, and the handler is still there: what it works on is not to be read.
void ServerCall::finish_later(Status status) {
  leave_queue(Stage::ended);
  if (!status.ok()) end(status);
  rare().after_work = std::move(status);
}

void ServerCall::back_from_pool() {
  at_work_ = false;
  if (rare_ && rare_->after_work) finish(*std::exchange(rare_->after_work, std::nullopt));
}

// Loop and pool both may end the wait; the first one decides. False: it was over, or there was
// none.
bool ServerCall::leave_queue(Stage next) {
  Stage expected = Stage::queued;
  return stage_.compare_exchange_strong(expected, next, std::memory_order_acq_rel,
                                        std::memory_order_relaxed);
}

}  // namespace cpp_lite::server
