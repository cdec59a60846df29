// The store as the layer uses it: no operation hangs, what fails is repeated where that is safe,
// and each latency is told.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/keyed_server.h>
#include <cpp_lite/loop.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace cpp_lite::idempotency {

// What begin() came to. On an error nothing may be executed.
struct Begun {
  Result<BeginResult> result;
  Token token{};      // of the claim, if it was granted
  SteadyTime sent{};  // when the request was sent that was answered
  std::unique_ptr<Transaction> transaction = nullptr;
  // Of earlier begin()s of this request, which may be applied late. Where the claim was not granted
  // they are released already.
  std::vector<Token> unheard = {};
};

// One per server. Thread-safe; its coroutines run where they are started.
class StoreCalls : public std::enable_shared_from_this<StoreCalls> {
 public:
  StoreCalls(std::shared_ptr<Store> store, IdempotencyOptions options);

  // begin(), once: most stores answer.
  Future<Result<BeginResult>> ask(const std::shared_ptr<Loop>& loop, const Method& method,
                                  BeginArgs args, std::chrono::nanoseconds limit);
  // After an ask() that was not answered: until `deadline`, with a new token of `args` each time.
  // Claims that may have been granted unheard are released in the background.
  Future<Begun> ask_again(std::shared_ptr<Loop> loop, const Method& method, BeginArgs args,
                          SteadyTime deadline, Begun unheard);
  Future<Begun> open(std::shared_ptr<Loop> loop, const Method& method, BeginArgs args,
                     SteadyTime deadline);
  Future<Result<CompleteResult>> complete(const std::shared_ptr<Loop>& loop, const Method& method,
                                          const Id& id, const Token& token, StoredResult result,
                                          Milliseconds ttl);
  // After one that was not answered: until the store answers, or give_up().
  Future<Result<CompleteResult>> complete_again(std::shared_ptr<Loop> loop, const Method& method,
                                                Id id, Token token,
                                                std::shared_ptr<const StoredResult> result,
                                                Milliseconds ttl);
  // Goes on in the background where the store does not answer within `limit`, and with those
  // `unheard`.
  Future<Result<FenceResult>> release(std::shared_ptr<Loop> loop, const Method& method, Id id,
                                      Token token, std::vector<Token> unheard,
                                      std::chrono::nanoseconds limit);
  Future<Result<FenceResult>> yield(std::shared_ptr<Loop> loop, const Method& method, Id id,
                                    Token token);
  Future<Result<FenceResult>> mark_unknown(std::shared_ptr<Loop> loop, const Method& method, Id id,
                                           Token token);
  // Within `limit`, if that is shorter than what an operation may take.
  Future<Result<LookupResult>> lookup(std::shared_ptr<Loop> loop, const Method& method, Id id,
                                      Fingerprint fingerprint, std::chrono::nanoseconds limit);
  Future<Result<FenceResult>> renew(std::shared_ptr<Loop> loop, const Method& method, Id id,
                                    Token token, Milliseconds lease);

  // From now on nothing is asked twice that is not answered.
  void give_up() { given_up_.store(true, std::memory_order_relaxed); }
  bool given_up() const { return given_up_.load(std::memory_order_relaxed); }
  // What goes on in the background ends: what is still to be released is so once more.
  void stop();

  Store& store() { return *store_; }
  const IdempotencyOptions& options() const { return options_; }
  void tell(KeyedEvent::Kind kind, const Method& method, std::chrono::nanoseconds latency) const;

 private:
  // A claim that nobody wants: granted unheard perhaps, or yet to be.
  struct Unwanted {
    const Method* method;
    Id id;
    Token token;
    SteadyTime until;  // by then it has been granted, or never is
  };
  void release_later(std::shared_ptr<Loop> loop, const Method& method, const Id& id,
                     const std::vector<Token>& tokens);
  static Future<void> keep_releasing(std::shared_ptr<StoreCalls> self, std::shared_ptr<Loop> loop);
  Future<void> release_each(std::shared_ptr<Loop> loop);
  std::optional<Unwanted> next_unwanted();
  void settle(const Unwanted& claim, bool again);
  std::size_t count_unwanted();
  template <typename T>
  Future<Result<T>> timed(const std::shared_ptr<Loop>& loop, const Method& method,
                          Future<Result<T>> operation, std::chrono::nanoseconds limit);

  const std::shared_ptr<Store> store_;
  const IdempotencyOptions options_;
  std::atomic<bool> given_up_{false};

  std::mutex mutex_;               // guards the rest
  std::deque<Unwanted> unwanted_;  // no more than kMostUnwanted
  Future<void> releasing_;         // while there are any
  bool at_work_ = false;           // it is
  bool stopped_ = false;
};

}  // namespace cpp_lite::idempotency
