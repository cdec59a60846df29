// A handler's turn with the connection: from open() to the end of its Transaction.
#pragma once

#include <cpp_lite/future.h>
#include <cpp_lite/idempotency.h>
#include <cpp_lite/result.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

#include "sqlite/database.h"
#include "sqlite/writer.h"

namespace cpp_lite::sqlite {

// How the handler ended it.
struct Completion {
  idempotency::StoredResult result;
  idempotency::Milliseconds ttl{};
  bool keep_effect = false;
  detail::Promise<Result<idempotency::CompleteResult>> promise{};
};
struct Withdrawal {
  detail::Promise<Result<idempotency::FenceResult>> promise{};
};
using Ending = std::variant<Completion, Withdrawal>;

// Shared by the writer, which waits, and the Transaction. Thread-safe.
//
//   offered --take()--> taken --end()--> over
//      | not taken in time, or dropped      ^
//      +------------------------------------+
class Turn {
 public:
  // False: it is over, the connection is not the handler's.
  bool take() {
    const std::lock_guard lock(mutex_);
    if (over_) return false;
    taken_ = true;
    moved_.notify_one();
    return true;
  }
  // False: the time is over, the writer has gone on without it.
  bool end(Ending& ending) {
    const std::lock_guard lock(mutex_);
    if (over_) return false;
    over_ = true;
    ending_.emplace(std::move(ending));
    moved_.notify_one();
    return true;
  }

  // False: nobody came for it in time, and nobody will any more.
  bool wait_taken(std::chrono::nanoseconds patience) {
    std::unique_lock lock(mutex_);
    moved_.wait_for(lock, patience, [this] { return taken_ || over_; });
    if (taken_ || over_) return true;
    over_ = true;
    return false;
  }

  // Once. nullopt: it did not end in time, and will not any more.
  std::optional<Ending> wait(idempotency::Milliseconds patience) {
    std::unique_lock lock(mutex_);
    constexpr idempotency::Milliseconds kLongest = std::chrono::hours(24);
    moved_.wait_for(lock, std::min(patience, kLongest), [this] { return over_; });
    over_ = true;
    return std::move(ending_);
  }

 private:
  std::mutex mutex_;  // guards the rest
  std::condition_variable moved_;
  bool taken_ = false;
  bool over_ = false;
  std::optional<Ending> ending_;
};

// While it has its turn, once taken, it has the connection, and keeps the store.
std::unique_ptr<idempotency::Transaction> open_transaction(idempotency::Acquired begun,
                                                           std::shared_ptr<Turn> turn,
                                                           std::shared_ptr<Database> database,
                                                           std::shared_ptr<Writer> writer);

}  // namespace cpp_lite::sqlite
