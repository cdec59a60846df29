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
using std::chrono::nanoseconds;

constexpr Milliseconds kPause{100};  // before another request runs it again

Landing landing(Kind kind, KeyedAnswer answer) { return {std::move(answer), nullptr, kind}; }

Landing landing(Kind kind, Status status) {
  return landing(kind, KeyedAnswer{.status = std::move(status), .response = {}});
}

// Its result was not stored, and what it did is undone, or done again with the same keys.
Status taken_back() {
  return yielded(Status(Code::unavailable, "the result could not be stored; ask again"), kPause);
}

// What the one that executed gets: the handler's own answer, with the metadata that it has set.
KeyedAnswer own_answer(HandlerEnd end) {
  return {.status = std::move(end.status),
          .response = std::move(end.response),
          .headers = std::move(end.headers),
          .trailers = std::move(end.trailers)};
}

// The hold that an execution has on its key. Outlives it by the time that it takes to stop
// renewing.
struct Hold {
  std::shared_ptr<StoreCalls> calls;
  std::shared_ptr<Loop> loop;
  const Method& method;
  Id id;
  Token token;
  SteadyTime end;  // when the handler has ended, too
  std::shared_ptr<KeyedHandler> handler;
};

// On the loop, because the handler may block its own executor. Until it is dropped, or another
// execution holds the key: then this one must not go on.
Future<void> keep_renewing(std::shared_ptr<const Hold> hold) {
  const Milliseconds lease = hold->calls->options().lease;
  if (!hold->loop->is_current()) co_await on(hold->loop);
  for (;;) {
    co_await sleep(hold->loop, lease / 3);
    if (hold->loop->now() + lease / 3 > hold->end) co_return;
    Result<FenceResult> renewed =
        co_await hold->calls->renew(hold->loop, hold->method, hold->id, hold->token, lease);
    if (lost_fence(renewed)) co_return hold->handler->cancel();
  }
}

}  // namespace

Execution::Execution(StoreCalls& calls, Orphans& orphans, const Job& job, Begun begun)
    : calls_(calls),
      job_(job),
      token_(begun.token),
      unheard_(std::move(begun.unheard)),
      acquired_(std::get<Acquired>(*begun.result)),
      until_(begun.sent + job.policy.max_execution),
      transaction_(std::move(begun.transaction)),
      watch_(orphans, job.call.context().handle()),
      early_(*job.loop) {}

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
  Future<Landing> concluding = conclude(std::move(end), what);
  if (!concluding.ready()) answer_in_time();
  Landing landing = co_await std::move(concluding);
  early_.stop();
  early_elsewhere_ = {};
  if (answered_early_) landing.kind = Kind::unknown;
  co_return landing;
}

// The claim is given back before the handler was started.
Future<Landing> Execution::unheld() {
  HandlerEnd never;
  never.status = Status::not_executed(Code::cancelled, "nobody waits for it any more");
  if (transaction_ != nullptr) return undo(std::move(never));
  return release(std::move(never));
}

// --- The handler ---

Future<HandlerEnd> Execution::run_handler() {
  std::shared_ptr<KeyedHandler> handler = job_.call.prepare(*this, until_);
  if (!is_renewed(job_.policy, job_.effects, job_.leases)) return job_.call.run();
  if (!job_.loop->is_current()) return run_renewed(std::move(handler));
  // On a loop handlers do not block: many have ended when they return.
  Future<HandlerEnd> end = job_.call.run();
  if (end.ready()) return end;
  return renew_during(std::move(handler), std::move(end));
}

Future<HandlerEnd> Execution::renew_during(std::shared_ptr<KeyedHandler> handler,
                                           Future<HandlerEnd> end) {
  const Future<void> meanwhile = renewals(std::move(handler));
  co_return co_await std::move(end);
}

Future<HandlerEnd> Execution::run_renewed(std::shared_ptr<KeyedHandler> handler) {
  const Future<void> meanwhile = renewals(std::move(handler));
  co_return co_await job_.call.run();
}

Future<void> Execution::renewals(std::shared_ptr<KeyedHandler> handler) const {
  return keep_renewing(std::make_shared<const Hold>(
      Hold{calls_.shared_from_this(), job_.loop, job_.method, job_.id, token_,
           until_ + std::chrono::seconds(5), std::move(handler)}));
}

// --- What becomes of the record ---

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
      return mark_unknown();
    case Treatment::yield:
      break;
  }
  return yield(std::move(end));
}

// The caller hears one margin before its deadline, whatever the store does meanwhile.
void Execution::answer_in_time() {
  if (job_.answer_by == SteadyTime::max()) return;
  const nanoseconds wait = std::max<nanoseconds>(job_.left(), kFirstPoll);
  if (job_.loop->is_current()) {
    early_.start(job_.loop->now() + wait, [this] { answer_early(); });
  } else {
    early_elsewhere_ = answer_early_after(wait);
  }
}

Future<void> Execution::answer_early_after(nanoseconds wait) {
  co_await sleep(job_.loop, wait);
  answer_early();
}

void Execution::answer_early() {
  answered_early_ = true;
  job_.call.answer_early(unknown().answer.status);
}

// Durable first, then told; for as long as that takes.
Future<Landing> Execution::store_result(HandlerEnd end, bool keep_effect) {
  auto result =
      std::make_shared<StoredResult>(stored(end, calls_.options(), job_.policy.max_response_bytes));
  if (transaction_ != nullptr) {
    co_return co_await commit(std::move(end), std::move(result), keep_effect);
  }
  Future<Result<CompleteResult>> completing =
      calls_.complete(job_.loop, job_.method, job_.id, token_, *result, job_.ttl());
  Result<CompleteResult> done = co_await std::move(completing);
  if (!done.ok() && !calls_.given_up()) {
    done =
        co_await calls_.complete_again(job_.loop, job_.method, job_.id, token_, result, job_.ttl());
  }
  switch (after_complete(done)) {
    case AfterComplete::answer:
      co_return executed(std::move(end), std::move(result));
    case AfterComplete::read_back:
      co_return co_await stored_before();
    case AfterComplete::fence_lost:
      co_return co_await fence_lost();
    case AfterComplete::repeat:
      break;
  }
  co_return unknown();  // the server ends
}

Future<Landing> Execution::commit(HandlerEnd end, std::shared_ptr<StoredResult> result,
                                  bool keep_effect) {
  Result<CompleteResult> done = co_await transaction_->complete(*result, job_.ttl(), keep_effect);
  transaction_.reset();
  const AfterCommit next = after_commit(done);
  if (next == AfterCommit::answer) co_return executed(std::move(end), std::move(result));
  // The release waits until it is known whether the commit was applied.
  if (next == AfterCommit::settle) {
    (void)co_await calls_.release(job_.loop, job_.method, job_.id, token_, unheard_, job_.left());
  }
  co_return co_await fence_lost();
}

Landing Execution::executed(HandlerEnd end, std::shared_ptr<const StoredResult> result) const {
  return {own_answer(std::move(end)), std::move(result), Kind::executed};
}

Future<Landing> Execution::release(HandlerEnd end) {
  (void)co_await calls_.release(job_.loop, job_.method, job_.id, token_, unheard_, job_.left());
  if (!proves_nothing_ran(acquired_.attempt)) {
    co_return landing(Kind::yielded, yielded(end.status, kPause));
  }
  end.status.set_not_executed(true);
  co_return landing(Kind::released, own_answer(std::move(end)));
}

// The claim and the effect go together.
Future<Landing> Execution::undo(HandlerEnd end) {
  Result<FenceResult> done = co_await transaction_->release();
  transaction_.reset();
  end.status.set_not_executed(done.ok());
  co_return landing(Kind::released, own_answer(std::move(end)));
}

Future<Landing> Execution::yield(HandlerEnd end) {
  Result<FenceResult> done = co_await calls_.yield(job_.loop, job_.method, job_.id, token_);
  if (lost_fence(done)) co_return co_await fence_lost();
  co_return landing(Kind::yielded, yielded(end.status, kPause));
}

Future<Landing> Execution::mark_unknown() {
  Result<FenceResult> done = co_await calls_.mark_unknown(job_.loop, job_.method, job_.id, token_);
  if (lost_fence(done)) co_return co_await fence_lost();
  co_return unknown();
}

// An acknowledgement was lost: what the record holds is this execution's, and is what is told.
Future<Landing> Execution::stored_before() {
  Landing found = co_await fence_lost();
  found.answer.replayed = false;
  if (found.kind == Kind::replayed) found.kind = Kind::executed;
  co_return found;
}

// Another execution has the key: its answer is the answer, and this one's is nothing.
Future<Landing> Execution::fence_lost() {
  const Milliseconds window = rerun_until(job_.policy, job_.effects);
  for (nanoseconds pause = kFirstPoll;; pause = std::min(2 * pause, kLongestPoll)) {
    Result<LookupResult> found =
        co_await calls_.lookup(job_.loop, job_.method, job_.id, job_.fingerprint, job_.left());
    switch (after_fence_lost(found, job_.effects, window)) {
      case AfterFenceLost::replay:
        co_return replayed(std::get<Replay>(*found).result);
      case AfterFenceLost::come_back:
        co_return landing(Kind::yielded, taken_back());
      case AfterFenceLost::unknown:
        co_return unknown();
      case AfterFenceLost::poll:
        break;
    }
    if (job_.left() <= pause || calls_.given_up()) {
      if (!found) co_return unknown();
      co_return landing(Kind::busy, busy(std::get<Busy>(*found).lease_left));
    }
    co_await sleep(job_.loop, pause);
  }
}

Landing Execution::replayed(const StoredResult& result) const {
  return {replay(result, calls_.options()), std::make_shared<const StoredResult>(result),
          Kind::replayed};
}

Landing Execution::unknown() const {
  return landing(Kind::unknown, outcome_unknown(acquired_.attempt, acquired_.first_begin));
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
