#include "idempotency/store_calls.h"

#include <cpp_lite/async.h>
#include <cpp_lite/transform.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "idempotency/answers.h"
#include "idempotency/decisions.h"
#include "idempotency/random.h"

namespace cpp_lite::idempotency {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kOperation = std::chrono::seconds(5);  // what one operation may take
constexpr nanoseconds kShortestPause = std::chrono::milliseconds(10);
constexpr nanoseconds kLongestPause = std::chrono::seconds(1);
constexpr int kPatience = 3;  // for what the end of a lease brings about as well

nanoseconds longer(nanoseconds pause) { return std::min(2 * pause, kLongestPause); }

nanoseconds until(SteadyTime when, const Loop& loop) {
  return when == SteadyTime::max() ? nanoseconds::max() : nanoseconds(when - loop.now());
}

Status no_answer() { return Status(Code::unavailable, "it did not answer in time"); }

// A store that throws is one that fails.
template <typename T>
Future<Result<T>> caught(Future<Result<T>> operation) {
  try {
    co_return co_await std::move(operation);
  } catch (const std::exception& exception) {
    co_return Status(Code::internal, exception.what());
  }
}

}  // namespace

StoreCalls::StoreCalls(std::shared_ptr<Store> store, IdempotencyOptions options)
    : store_(std::move(store)), options_(std::move(options)) {}

void StoreCalls::tell(KeyedEvent::Kind kind, const Method& method, nanoseconds latency) const {
  if (options_.observe) options_.observe({kind, &method, latency});
}

template <typename T>
Future<Result<T>> StoreCalls::timed(std::shared_ptr<Loop> loop, const Method& method,
                                    Future<Result<T>> operation, nanoseconds limit) {
  const SteadyTime start = loop->now();
  if (operation.ready()) {
    Result<T> result = co_await caught(std::move(operation));
    tell(KeyedEvent::Kind::store, method, nanoseconds(0));
    co_return result;
  }
  auto first = co_await when_any(caught(std::move(operation)), sleep(loop, limit));
  tell(KeyedEvent::Kind::store, method, loop->now() - start);
  if (first.index() == 1) co_return no_answer();
  co_return std::get<0>(std::move(first));
}

Future<Begun> StoreCalls::begin(std::shared_ptr<Loop> loop, const Method& method, BeginArgs args,
                                SteadyTime deadline) {
  const auto self = shared_from_this();
  std::vector<Token> unanswered;
  nanoseconds pause = kShortestPause;
  for (;;) {
    const SteadyTime sent = loop->now();
    const nanoseconds limit = std::min(until(deadline, *loop), kOperation);
    Result<BeginResult> result = no_answer();
    if (limit.count() > 0) result = co_await timed(loop, method, store_->begin(args), limit);
    if (result.ok()) co_return Begun{std::move(result), args.token, sent};
    if (limit.count() > 0) unanswered.push_back(args.token);
    if (until(deadline, *loop) <= pause) {
      tell(KeyedEvent::Kind::store_failed, method, {});
      release_later(loop, method, args.id, std::move(unanswered));
      co_return Begun{result.status(), args.token, sent};
    }
    co_await sleep(loop, pause);
    pause = longer(pause);
    ask_again(args, random_token());
  }
}

Future<Begun> StoreCalls::open(std::shared_ptr<Loop> loop, const Method& method, BeginArgs args,
                               SteadyTime deadline) {
  const auto self = shared_from_this();
  auto& transactions = static_cast<TransactionalStore&>(*store_);
  nanoseconds pause = kShortestPause;
  for (;;) {
    const SteadyTime sent = loop->now();
    const nanoseconds limit = until(deadline, *loop);
    Result<std::unique_ptr<Transaction>> opened = no_answer();
    if (limit.count() > 0) opened = co_await timed(loop, method, transactions.open(args), limit);
    if (opened.ok()) {
      std::unique_ptr<Transaction> transaction = *std::move(opened);
      BeginResult begun = transaction->begun();
      co_return Begun{std::move(begun), args.token, sent, std::move(transaction)};
    }
    if (until(deadline, *loop) <= pause) {
      tell(KeyedEvent::Kind::store_failed, method, {});
      co_return Begun{opened.status(), args.token, sent};
    }
    co_await sleep(loop, pause);
    pause = longer(pause);
  }
}

Future<Result<CompleteResult>> StoreCalls::complete(std::shared_ptr<Loop> loop,
                                                    const Method& method, Id id, Token token,
                                                    StoredResult result, Milliseconds ttl,
                                                    SteadyTime at) {
  const auto self = shared_from_this();
  nanoseconds pause = kShortestPause;
  for (;;) {
    const nanoseconds limit = std::clamp(until(at, *loop), kShortestPause, kOperation);
    Result<CompleteResult> done =
        co_await timed(loop, method, store_->complete(id, token, result, ttl), limit);
    if (done.ok() || loop->now() >= at) co_return done;
    co_await sleep(loop, std::min(pause, std::max(until(at, *loop), nanoseconds(1))));
    pause = longer(pause);
  }
}

Future<Result<FenceResult>> StoreCalls::release(std::shared_ptr<Loop> loop, const Method& method,
                                                Id id, Token token) {
  const auto self = shared_from_this();
  Result<FenceResult> done = co_await timed(loop, method, store_->release(id, token), kOperation);
  if (!done.ok()) release_later(loop, method, id, {token});
  co_return done;
}

void StoreCalls::release_later(std::shared_ptr<Loop> loop, const Method& method, Id id,
                               std::vector<Token> tokens) {
  if (tokens.empty()) return;
  Future<void> work =
      keep_releasing(shared_from_this(), std::move(loop), method, id, std::move(tokens));
  const std::lock_guard lock(mutex_);
  std::erase_if(background_, [](const Future<void>& each) { return each.ready(); });
  if (!stopped_) background_.push_back(std::move(work));
}

// One lease long, FENCE_LOST or not: a begin() may still be on its way.
Future<void> StoreCalls::keep_releasing(std::shared_ptr<StoreCalls> self,
                                        std::shared_ptr<Loop> loop, const Method& method, Id id,
                                        std::vector<Token> tokens) {
  const SteadyTime end = loop->now() + self->options_.lease;
  nanoseconds pause = kShortestPause;
  while (loop->now() < end) {
    co_await sleep(loop, pause);
    pause = longer(pause);
    for (const Token& token : tokens) {
      (void)co_await self->timed(loop, method, self->store_->release(id, token), kOperation);
    }
  }
}

void StoreCalls::stop() {
  std::vector<Future<void>> dropped;
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  dropped.swap(background_);
}

Future<Result<FenceResult>> StoreCalls::yield(std::shared_ptr<Loop> loop, const Method& method,
                                              Id id, Token token) {
  const auto self = shared_from_this();
  nanoseconds pause = kShortestPause;
  for (int i = 1;; ++i) {
    Result<FenceResult> done = co_await timed(loop, method, store_->yield(id, token), kOperation);
    if (done.ok() || i == kPatience) co_return done;
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
    if (done.ok() || i == kPatience) co_return done;
    co_await sleep(loop, pause);
    pause = longer(pause);
  }
}

Future<Result<LookupResult>> StoreCalls::lookup(std::shared_ptr<Loop> loop, const Method& method,
                                                Id id, Fingerprint fingerprint) {
  return timed(std::move(loop), method, store_->lookup(id, fingerprint), kOperation);
}

Future<Result<FenceResult>> StoreCalls::renew(std::shared_ptr<Loop> loop, const Method& method,
                                              Id id, Token token, Milliseconds lease) {
  return timed(std::move(loop), method, store_->renew(id, token, lease), kOperation);
}

}  // namespace cpp_lite::idempotency
