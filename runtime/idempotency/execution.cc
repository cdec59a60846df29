#include "idempotency/execution.h"

#include <cpp_lite/async.h>
#include <cpp_lite/handler.h>

#include <algorithm>
#include <utility>

#include "idempotency/answers.h"
#include "idempotency/decisions.h"
#include "idempotency/record_id.h"

namespace cpp_lite::idempotency {
namespace {

using Kind = KeyedEvent::Kind;

constexpr Milliseconds kPause{100};  // before another request runs it again

Landing final_answer(Status status) { return {{.status = std::move(status), .response = {}}, {}}; }

// What the one that executed gets: the handler's own answer.
KeyedAnswer own_answer(HandlerEnd end) {
  return {.status = std::move(end.status), .response = std::move(end.response)};
}

}  // namespace

Execution::Execution(StoreCalls& calls, Orphans& orphans, const Job& job, Begun begun)
    : calls_(calls),
      job_(job),
      token_(begun.token),
      acquired_(std::get<Acquired>(*begun.result)),
      until_(begun.sent + job.policy.max_execution),
      transaction_(std::move(begun.transaction)),
      watch_(orphans, job.call.context().handle()) {}

std::string Execution::downstream_key(std::string_view label) {
  used_downstream_key_ = true;
  return idempotency::downstream_key(calls_.store().secret(), job_.id, acquired_.first_begin,
                                     label);
}

bool Execution::client_gone() const { return job_.call.context().handle()->cancelled(); }

void* Execution::transaction() const { return transaction_ ? transaction_->handle() : nullptr; }

std::string_view Execution::transaction_kind() const {
  return transaction_ ? transaction_->kind() : std::string_view();
}

// Nobody would hear of it, or it could not end in time.
bool Execution::no_time() const { return client_gone() || job_.loop->now() >= until_; }

Future<Landing> Execution::run() {
  if (no_time()) co_return co_await unheld();
  HandlerEnd end = co_await run_handler();
  const Treatment what =
      treatment(job_.policy, job_.effects, {end, acquired_.attempt, used_downstream_key_});
  co_return co_await conclude(std::move(end), what);
}

// The claim is given back before the handler was started.
Future<Landing> Execution::unheld() {
  HandlerEnd never;
  never.status = Status::not_executed(Code::cancelled, "nobody waits for it any more");
  if (transaction_ != nullptr) return undo(std::move(never));
  return release(std::move(never));
}

Future<HandlerEnd> Execution::run_handler() {
  if (transaction_ != nullptr) return job_.call.run(*this, until_);
  // On a loop handlers do not block: many have ended when they return.
  if (job_.loop->is_current()) {
    Future<HandlerEnd> handler = job_.call.run(*this, until_);
    if (handler.ready()) return handler;
    return renew_during(std::move(handler));
  }
  return run_blocking_handler();
}

Future<HandlerEnd> Execution::renew_during(Future<HandlerEnd> handler) {
  const Future<void> renewals = keep_renewing();
  co_return co_await std::move(handler);
}

Future<HandlerEnd> Execution::run_blocking_handler() {
  const Future<void> renewals = keep_renewing();
  co_return co_await job_.call.run(*this, until_);
}

// Until it is dropped, or another execution holds the key: then this one must not go on.
Future<void> Execution::keep_renewing() {
  const Milliseconds lease = calls_.options().lease;
  for (;;) {
    co_await sleep(job_.loop, lease / 3);
    if (job_.loop->now() + lease / 3 > until_ + std::chrono::seconds(5)) co_return;
    Result<FenceResult> renewed =
        co_await calls_.renew(job_.loop, job_.method, job_.id, token_, lease);
    if (lost_fence(renewed)) co_return job_.call.cancel_handler();
  }
}

Future<Landing> Execution::conclude(HandlerEnd end, Treatment what) {
  switch (what) {
    case Treatment::store:
      return store_result(std::move(end), true);
    case Treatment::store_and_undo:
      return store_result(std::move(end), false);
    case Treatment::release:
      return release(std::move(end));
    case Treatment::undo_and_release:
      return undo(std::move(end));
    case Treatment::mark_unknown:
      return mark_unknown(std::move(end));
    case Treatment::yield:
      break;
  }
  return yield(std::move(end));
}

// Durable first, then told; for as long as that takes.
Future<Landing> Execution::store_result(HandlerEnd end, bool keep_effect) {
  auto result =
      std::make_shared<StoredResult>(stored(end, calls_.options(), job_.policy.max_response_bytes));
  KeyedAnswer answer = own_answer(std::move(end));
  if (transaction_ != nullptr) {
    co_return co_await store_in_transaction(std::move(result), std::move(answer), keep_effect);
  }
  SteadyTime at = job_.answer_by;
  for (;;) {
    Result<CompleteResult> done =
        co_await calls_.complete(job_.loop, job_.method, job_.id, token_, *result, job_.ttl(), at);
    const AfterComplete next = after_complete(done);
    if (next == AfterComplete::fence_lost) co_return co_await fence_lost();
    if (next == AfterComplete::read_back) co_return co_await stored_before();
    if (next == AfterComplete::answer) break;
    if (at != SteadyTime::max()) job_.call.answer_early(unknown().answer.status);
    at = SteadyTime::max();
  }
  calls_.tell(Kind::executed, job_.method, job_.loop->now() - job_.arrived);
  co_return Landing{std::move(answer), std::move(result)};
}

Future<Landing> Execution::store_in_transaction(std::shared_ptr<StoredResult> result,
                                                KeyedAnswer answer, bool keep_effect) {
  Result<CompleteResult> done = co_await transaction_->complete(*result, job_.ttl(), keep_effect);
  transaction_.reset();
  const AfterCommit next = after_commit(done);
  if (next == AfterCommit::answer) {
    calls_.tell(Kind::executed, job_.method, job_.loop->now() - job_.arrived);
    co_return Landing{std::move(answer), std::move(result)};
  }
  // The release waits until it is known whether the commit was applied.
  if (next == AfterCommit::settle) {
    (void)co_await calls_.release(job_.loop, job_.method, job_.id, token_);
  }
  co_return co_await fence_lost();
}

Future<Landing> Execution::release(HandlerEnd end) {
  (void)co_await calls_.release(job_.loop, job_.method, job_.id, token_);
  calls_.tell(Kind::released, job_.method, job_.loop->now() - job_.arrived);
  if (!proves_nothing_ran(acquired_.attempt)) co_return final_answer(yielded(end.status, kPause));
  end.status.set_not_executed(true);
  co_return final_answer(std::move(end.status));
}

// The claim and the effect go together.
Future<Landing> Execution::undo(HandlerEnd end) {
  Result<FenceResult> done = co_await transaction_->release();
  transaction_.reset();
  calls_.tell(Kind::released, job_.method, job_.loop->now() - job_.arrived);
  end.status.set_not_executed(done.ok());
  co_return final_answer(std::move(end.status));
}

Future<Landing> Execution::yield(HandlerEnd end) {
  Result<FenceResult> done = co_await calls_.yield(job_.loop, job_.method, job_.id, token_);
  if (lost_fence(done)) co_return co_await fence_lost();
  co_return final_answer(yielded(end.status, kPause));
}

Future<Landing> Execution::mark_unknown(HandlerEnd) {
  Result<FenceResult> done = co_await calls_.mark_unknown(job_.loop, job_.method, job_.id, token_);
  if (lost_fence(done)) co_return co_await fence_lost();
  calls_.tell(Kind::unknown, job_.method, job_.loop->now() - job_.arrived);
  co_return unknown();
}

// An acknowledgement was lost: what the record holds is this execution's, and is what is told.
Future<Landing> Execution::stored_before() {
  Landing landing = co_await fence_lost();
  landing.answer.replayed = false;
  co_return landing;
}

// Another execution has the key: its answer is the answer, and this one's is nothing.
Future<Landing> Execution::fence_lost() {
  for (std::chrono::nanoseconds pause = Milliseconds(10);; pause *= 2) {
    Result<LookupResult> found =
        co_await calls_.lookup(job_.loop, job_.method, job_.id, job_.fingerprint);
    const AfterFenceLost next =
        after_fence_lost(found, job_.effects, rerun_until(job_.policy, job_.effects));
    if (next == AfterFenceLost::replay) {
      auto result = std::make_shared<StoredResult>(std::get<Replay>(*found).result);
      co_return Landing{replay(*result, calls_.options()), result};
    }
    if (next == AfterFenceLost::come_back) co_return final_answer(yielded(Status(), kPause));
    if (next == AfterFenceLost::unknown) co_return unknown();
    if (job_.loop->now() + pause >= job_.answer_by) {
      co_return found ? final_answer(busy(std::get<Busy>(*found).lease_left)) : unknown();
    }
    co_await sleep(job_.loop, std::min<std::chrono::nanoseconds>(pause, Milliseconds(250)));
  }
}

Landing Execution::unknown() const {
  return final_answer(outcome_unknown(acquired_.attempt, acquired_.first_begin));
}

// --- Orphans ---

struct Orphans::Watch::Shared {
  explicit Shared(Orphans& all) : orphans(all) {}
  Orphans& orphans;
  std::atomic<int> state{0};  // 1: counted, 2: over
};

Orphans::Watch::Watch(Orphans& orphans, std::shared_ptr<CallContext> caller)
    : caller_(std::move(caller)), shared_(std::make_shared<Shared>(orphans)) {
  registration_ = caller_->on_cancel([shared = shared_] {
    int fresh = 0;
    if (shared->state.compare_exchange_strong(fresh, 1)) shared->orphans.count_.fetch_add(1);
  });
}

Orphans::Watch::~Watch() {
  caller_->forget(registration_);
  if (shared_->state.exchange(2) == 1) shared_->orphans.count_.fetch_sub(1);
}

}  // namespace cpp_lite::idempotency
