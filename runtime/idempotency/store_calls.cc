#include "idempotency/store_calls.h"

#include <cpp_lite/async.h>

#include <algorithm>
#include <utility>

#include "idempotency/answers.h"
#include "idempotency/bounded.h"
#include "idempotency/decisions.h"
#include "idempotency/random.h"

namespace cpp_lite::idempotency {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kOperation = std::chrono::seconds(5);  // what one operation may take
constexpr nanoseconds kShortestPause = std::chrono::milliseconds(10);
constexpr nanoseconds kLongestPause = std::chrono::seconds(1);
constexpr std::size_t kMostUnwanted = 10'000;
constexpr int kPatience = 3;  // for what the end of a lease brings about as well

nanoseconds longer(nanoseconds pause) { return std::min(2 * pause, kLongestPause); }

nanoseconds until(SteadyTime when, const Loop& loop) {
  return when == SteadyTime::max() ? nanoseconds::max() : nanoseconds(when - loop.now());
}

// How long an operation may take of the time that its caller has.
nanoseconds within(nanoseconds limit) { return std::clamp(limit, kShortestPause, kOperation); }

}  // namespace

StoreCalls::StoreCalls(std::shared_ptr<Store> store, IdempotencyOptions options)
    : store_(std::move(store)), options_(std::move(options)) {}

void StoreCalls::tell(KeyedEvent::Kind kind, const Method& method, nanoseconds latency) const {
  if (options_.observe) options_.observe({kind, &method, latency});
}

template <typename T>
Future<Result<T>> StoreCalls::timed(const std::shared_ptr<Loop>& loop, const Method& method,
                                    Future<Result<T>> operation, nanoseconds limit) {
  const auto told = [this, &method](nanoseconds latency) {
    tell(KeyedEvent::Kind::store, method, latency);
  };
  if (!operation.ready()) return bounded(loop, std::move(operation), limit, told);
  told(nanoseconds(0));
  return taken(operation);
}

Future<Result<BeginResult>> StoreCalls::ask(const std::shared_ptr<Loop>& loop, const Method& method,
                                            BeginArgs args, nanoseconds limit) {
  return timed(loop, method, store_->begin(std::move(args)), std::min(limit, kOperation));
}

Future<Begun> StoreCalls::ask_again(std::shared_ptr<Loop> loop, const Method& method,
                                    BeginArgs args, SteadyTime deadline, Begun unheard) {
  const auto self = shared_from_this();
  const Id id = args.id;
  const Token fresh = std::exchange(args.token, unheard.token);
  Claiming asked(std::move(args));
  asked.unheard(fresh);
  Result<BeginResult> said = std::move(unheard.result);
  SteadyTime sent = unheard.sent;
  for (nanoseconds pause = kShortestPause;;) {
    if (!said.ok()) {
      if (until(deadline, *loop) <= pause || given_up()) break;
      co_await sleep(loop, pause);
      pause = longer(pause);
    }
    if (until(deadline, *loop).count() <= 0) break;
    sent = loop->now();
    said = co_await ask(loop, method, asked.args(), until(deadline, *loop));
    if (said.ok() && !asked.may_be_own(*said)) break;
    if (!said.ok()) asked.unheard(random_token());
  }
  const Token token = asked.args().token;
  const bool granted = said.ok() && after_begin(*said) == AfterBegin::execute;
  if (granted) co_return Begun{std::move(said), token, sent, nullptr, asked.take_unheard()};
  release_later(loop, method, id, asked.take_unheard());
  co_return Begun{std::move(said), token, sent};
}

Future<Begun> StoreCalls::open(std::shared_ptr<Loop> loop, const Method& method, BeginArgs args,
                               SteadyTime deadline) {
  const auto self = shared_from_this();
  auto& transactions = static_cast<TransactionalStore&>(*store_);
  using Opened = Result<std::unique_ptr<Transaction>>;
  nanoseconds pause = kShortestPause;
  bool hold_thread = false;
  for (;;) {
    const SteadyTime sent = loop->now();
    const nanoseconds limit = until(deadline, *loop);
    Opened opened = no_answer();
    if (limit.count() > 0) {
      Future<Opened> opening = timed(loop, method, transactions.open(args), limit);
      if (hold_thread) {
        opened = opening.get();
      } else {
        opened = co_await std::move(opening);
      }
    }
    if (opened.ok()) {
      std::unique_ptr<Transaction> transaction = *std::move(opened);
      BeginResult begun = transaction->begun();
      if (after_begin(begun) == AfterBegin::execute && !transaction->take()) {
        // All threads were busy when its turn came; so this one waits for the next.
        hold_thread = !loop->is_current();
        continue;
      }
      co_return Begun{std::move(begun), args.token, sent, std::move(transaction)};
    }
    if (until(deadline, *loop) <= pause || given_up()) {
      co_return Begun{opened.status(), args.token, sent};
    }
    co_await sleep(loop, pause);
    pause = longer(pause);
  }
}

Future<Result<CompleteResult>> StoreCalls::complete(const std::shared_ptr<Loop>& loop,
                                                    const Method& method, const Id& id,
                                                    const Token& token, StoredResult result,
                                                    Milliseconds ttl) {
  return timed(loop, method, store_->complete(id, token, std::move(result), ttl), kOperation);
}

Future<Result<CompleteResult>> StoreCalls::complete_again(
    std::shared_ptr<Loop> loop, const Method& method, Id id, Token token,
    std::shared_ptr<const StoredResult> result, Milliseconds ttl) {
  const auto self = shared_from_this();
  for (nanoseconds pause = kShortestPause;; pause = longer(pause)) {
    co_await sleep(loop, pause);
    Result<CompleteResult> done = co_await complete(loop, method, id, token, *result, ttl);
    if (done.ok() || given_up()) co_return done;
  }
}

Future<Result<FenceResult>> StoreCalls::release(std::shared_ptr<Loop> loop, const Method& method,
                                                Id id, Token token, std::vector<Token> unheard,
                                                nanoseconds limit) {
  const auto self = shared_from_this();
  Result<FenceResult> done =
      co_await timed(loop, method, store_->release(id, token), within(limit));
  if (!done.ok()) unheard.push_back(token);
  release_later(loop, method, id, unheard);
  co_return done;
}

void StoreCalls::release_later(std::shared_ptr<Loop> loop, const Method& method, const Id& id,
                               const std::vector<Token>& tokens) {
  if (tokens.empty()) return;
  const SteadyTime until = loop->now() + options_.lease;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    for (const Token& token : tokens) unwanted_.push_back({&method, id, token, until});
    while (unwanted_.size() > kMostUnwanted) unwanted_.pop_front();
    if (std::exchange(at_work_, true)) return;
  }
  Future<void> work = keep_releasing(shared_from_this(), std::move(loop));
  const std::lock_guard lock(mutex_);
  if (!stopped_) std::swap(releasing_, work);
}

// One at a time, so that a store that comes back is not met by a storm.
Future<void> StoreCalls::keep_releasing(std::shared_ptr<StoreCalls> self,
                                        std::shared_ptr<Loop> loop) {
  co_await on(loop);
  for (nanoseconds pause = kShortestPause; self->count_unwanted() > 0; pause = longer(pause)) {
    co_await sleep(loop, pause);
    co_await self->release_each(loop);
  }
}

// Each one once, unless the store does not answer. FENCE_LOST or not: its begin() may still be on
// its way.
Future<void> StoreCalls::release_each(std::shared_ptr<Loop> loop) {
  bool answered = true;
  for (std::size_t left = count_unwanted(); answered && left > 0; --left) {
    const std::optional<Unwanted> claim = next_unwanted();
    if (!claim) co_return;
    const Result<FenceResult> done =
        co_await timed(loop, *claim->method, store_->release(claim->id, claim->token), kOperation);
    answered = done.ok();
    settle(*claim, !answered || (lost_fence(done) && loop->now() < claim->until));
  }
}

std::optional<StoreCalls::Unwanted> StoreCalls::next_unwanted() {
  const std::lock_guard lock(mutex_);
  return unwanted_.empty() ? std::nullopt : std::optional(unwanted_.front());
}

void StoreCalls::settle(const Unwanted& claim, bool again) {
  const std::lock_guard lock(mutex_);
  if (unwanted_.empty() || unwanted_.front().token != claim.token) return;  // one too many
  unwanted_.pop_front();
  if (again) unwanted_.push_back(claim);
}

// 0: the work is over, and begins anew with the next one.
std::size_t StoreCalls::count_unwanted() {
  const std::lock_guard lock(mutex_);
  at_work_ = !unwanted_.empty();
  return unwanted_.size();
}

void StoreCalls::stop() {
  std::deque<Unwanted> left;
  Future<void> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    std::swap(dropped, releasing_);
    std::swap(left, unwanted_);
  }
  for (const Unwanted& claim : left) (void)store_->release(claim.id, claim.token);
}

Future<Result<FenceResult>> StoreCalls::yield(std::shared_ptr<Loop> loop, const Method& method,
                                              Id id, Token token) {
  const auto self = shared_from_this();
  nanoseconds pause = kShortestPause;
  for (int i = 1;; ++i) {
    Result<FenceResult> done = co_await timed(loop, method, store_->yield(id, token), kOperation);
    if (done.ok() || i == kPatience || given_up()) co_return done;
    co_await sleep(loop, pause);
    pause = longer(pause);
  }
}

Future<Result<FenceResult>> StoreCalls::mark_unknown(std::shared_ptr<Loop> loop,
                                                     const Method& method, Id id, Token token) {
  const auto self = shared_from_this();
  nanoseconds pause = kShortestPause;
  for (int i = 1;; ++i) {
    Result<FenceResult> done =
        co_await timed(loop, method, store_->mark_unknown(id, token), kOperation);
    if (done.ok() || i == kPatience || given_up()) co_return done;
    co_await sleep(loop, pause);
    pause = longer(pause);
  }
}

Future<Result<LookupResult>> StoreCalls::lookup(std::shared_ptr<Loop> loop, const Method& method,
                                                Id id, Fingerprint fingerprint, nanoseconds limit) {
  return timed(loop, method, store_->lookup(id, fingerprint), within(limit));
}

Future<Result<FenceResult>> StoreCalls::renew(std::shared_ptr<Loop> loop, const Method& method,
                                              Id id, Token token, Milliseconds lease) {
  return timed(loop, method, store_->renew(id, token, lease), kOperation);
}

}  // namespace cpp_lite::idempotency
