// What is the memory store's own; what all stores do is tested in tests/stores.
#include <cpp_lite/idempotency.h>
#include <cpp_lite/testing.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "idempotency/one_record.h"

namespace cpp_lite::idempotency::testing {
namespace {

class MemoryStore : public ::testing::Test {
 protected:
  BeginResult begin(std::uint8_t key, std::uint8_t n = 1) {
    BeginArgs args = OneRecord().args(n);
    args.id[0] = key;
    return *store_->begin(args).get();
  }
  CompleteResult complete(std::uint8_t key) {
    Id id{};
    id[0] = key;
    return *store_->complete(id, token(1), answer("done"), kTtl).get();
  }
  void pass(Milliseconds time) { clock_.advance(time); }

  cpp_lite::testing::ManualClock clock_;
  std::shared_ptr<IdempotencyStore> store_ = memory_store({.clock = &clock_, .max_records = 3});
};

TEST_F(MemoryStore, RefusesANewKeyRatherThanForgetALiveOne) {
  for (std::uint8_t key = 1; key <= 3; ++key) EXPECT_EQ(attempt(begin(key)), 1U);
  EXPECT_TRUE(is<Full>(begin(4)));
  complete(1);
  EXPECT_TRUE(is<Full>(begin(4)));
  EXPECT_EQ(replayed(begin(1)), "done");
  EXPECT_TRUE(is<Busy>(begin(2, 2)));
}

TEST_F(MemoryStore, AnExpiredKeyGivesWayToANewOneInAnotherShard) {
  for (const std::uint8_t key : std::vector<std::uint8_t>{1, 100, 200}) begin(key);
  complete(200);
  pass(kTtl);
  EXPECT_EQ(attempt(begin(4)), 1U);
  EXPECT_TRUE(is<Full>(begin(5)));
}

TEST_F(MemoryStore, FuturesAreReadyAtOnce) {
  EXPECT_TRUE(store_->begin(OneRecord().args(1)).ready());
}

TEST_F(MemoryStore, PromisesNothingThatOutlivesTheProcess) {
  const Capabilities promised = store_->capabilities();
  EXPECT_FALSE(promised.durable || promised.multi_process || promised.multi_host ||
               promised.transactional);
  EXPECT_TRUE(store_->check().ok());
}

TEST_F(MemoryStore, OneOfManyThreadsAcquiresEachKey) {
  const auto store = memory_store();
  std::atomic<int> acquired = 0;
  std::vector<std::thread> threads;
  for (std::uint8_t n = 1; n <= 4; ++n) {
    threads.emplace_back([&, n] {
      for (int key = 0; key < 200; ++key) {
        BeginArgs args = OneRecord().args(n);
        args.id[0] = static_cast<std::uint8_t>(key);
        if (is<Acquired>(*store->begin(args).get())) ++acquired;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(acquired, 200);
}

}  // namespace
}  // namespace cpp_lite::idempotency::testing
