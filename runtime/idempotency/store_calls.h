// The store as the layer uses it: no operation hangs, what fails is repeated where that is safe,
// and each latency is told.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/keyed_server.h>
#include <cpp_lite/loop.h>

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
};

// One per server. Thread-safe; its coroutines run where they are started.
class StoreCalls : public std::enable_shared_from_this<StoreCalls> {
 public:
  StoreCalls(std::shared_ptr<Store> store, IdempotencyOptions options);

  // Until `deadline`. Claims that may have been granted unheard are released in the background.
  Future<Begun> begin(std::shared_ptr<Loop> loop, const Method& method, BeginArgs args,
                      SteadyTime deadline);
  Future<Begun> open(std::shared_ptr<Loop> loop, const Method& method, BeginArgs args,
                     SteadyTime deadline);
  // Repeated until the store answers. `at` comes first: then an error, and it may be asked again.
  Future<Result<CompleteResult>> complete(std::shared_ptr<Loop> loop, const Method& method, Id id,
                                          Token token, StoredResult result, Milliseconds ttl,
                                          SteadyTime at);
  Future<Result<FenceResult>> release(std::shared_ptr<Loop> loop, const Method& method, Id id,
                                      Token token);
  Future<Result<FenceResult>> yield(std::shared_ptr<Loop> loop, const Method& method, Id id,
                                    Token token);
  Future<Result<FenceResult>> mark_unknown(std::shared_ptr<Loop> loop, const Method& method, Id id,
                                           Token token);
  Future<Result<LookupResult>> lookup(std::shared_ptr<Loop> loop, const Method& method, Id id,
                                      Fingerprint fingerprint);
  Future<Result<FenceResult>> renew(std::shared_ptr<Loop> loop, const Method& method, Id id,
                                    Token token, Milliseconds lease);

  // What goes on in the background ends: claims that nobody gave back end with their leases.
  void stop();

  Store& store() { return *store_; }
  const IdempotencyOptions& options() const { return options_; }
  void tell(KeyedEvent::Kind kind, const Method& method, std::chrono::nanoseconds latency) const;

 private:
  void release_later(std::shared_ptr<Loop> loop, const Method& method, Id id,
                     std::vector<Token> tokens);
  static Future<void> keep_releasing(std::shared_ptr<StoreCalls> self, std::shared_ptr<Loop> loop,
                                     const Method& method, Id id, std::vector<Token> tokens);
  template <typename T>
  Future<Result<T>> timed(std::shared_ptr<Loop> loop, const Method& method,
                          Future<Result<T>> operation, std::chrono::nanoseconds limit);

  const std::shared_ptr<Store> store_;
  const IdempotencyOptions options_;

  std::mutex mutex_;                      // guards the rest
  std::vector<Future<void>> background_;  // some have ended
  bool stopped_ = false;
};

}  // namespace cpp_lite::idempotency
