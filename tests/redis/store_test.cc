// What is special about the store in Redis: conditional writes, shared round trips, and what it
// asks of its server.
#include <algorithm>
#include <deque>
#include <thread>

#include "redis_support.h"

namespace cpp_lite::redis {
namespace {

class RedisStore : public RedisTest {
 protected:
  void SetUp() override {
    RedisTest::SetUp();
    if (!IsSkipped()) store = open_store();
  }
  Status check(bool require_persistence = false) {
    return make_store(options_at(shared_server().address()), require_persistence)->check();
  }

  std::shared_ptr<Store> store;
};

// --- What it promises ---

TEST_F(RedisStore, ServesManyHostsButIsNotDurable) {
  const idempotency::Capabilities can = store->capabilities();
  EXPECT_TRUE(can.multi_process && can.multi_host);
  EXPECT_FALSE(can.durable || can.transactional);
  EXPECT_EQ(store->id().size(), 32U);
}

TEST_F(RedisStore, RefusesAServerThatMayEvictKeys) {
  EXPECT_TRUE(check().ok());
  tell({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  const Status status = check();
  tell({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  EXPECT_EQ(status.code(), Code::failed_precondition);
  EXPECT_NE(status.message().find("maxmemory-policy is allkeys-lru"), std::string::npos)
      << status.message();
}

TEST_F(RedisStore, RefusesAServerThatForgetsWhenKilledUnlessThatIsNoMatter) {
  EXPECT_TRUE(check(false).ok());
  const Status status = check(true);
  EXPECT_EQ(status.code(), Code::failed_precondition);
  EXPECT_NE(status.message().find("require_persistence"), std::string::npos) << status.message();
  RedisServer persistent(true);
  const auto at = options_at(persistent.address());
  EXPECT_EQ(make_store(at, true)->check().to_string(), "OK");
  EXPECT_TRUE(tell(persistent.address(), {"CONFIG", "SET", "appendfsync", "everysec"}).ok());
  EXPECT_NE(make_store(at, true)->check().message().find("appendfsync is everysec"),
            std::string::npos);
}

TEST_F(RedisStore, SaysWhatIsWrongWithAnAddress) {
  auto options = options_at("redis:");
  const Status status = make_store(options, false)->check();
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("redis://"), std::string::npos);
}

TEST_F(RedisStore, AWrongPasswordIsToldWithoutThePassword) {
  auto options = options_at(shared_server().address());
  options.address->password = "hunter2";
  const Status status = make_store(options, false)->check();
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(status.message().find("hunter2"), std::string::npos) << status.message();
}

// --- Compare and set ---

struct SwapTest : RedisStore {
  std::unique_ptr<Session> open_session() {
    return *Session::open(*parse_address(shared_server().address()), prefix, 10s);
  }
  Swapped swap(Session& session, const Swap& swap) { return *session.swap({&swap, 1})[0]; }
};

TEST_F(SwapTest, ARecordIsReplacedOnlyWhereItIsTheOneThatWasRead) {
  const auto session = open_session();
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  const std::vector<Id> ids{id_of(1), id_of(2)};
  const Found found = *session->fetch(ids);
  EXPECT_FALSE(found.records[1].record);
  Swap first;
  first.id = ids[0];
  first.version = found.records[0].version;
  first.after = found.records[0].record;
  first.purge_from = Time::max();
  first.scope = "alice";
  EXPECT_TRUE(swap(*session, first).done);
  const Swapped second = swap(*session, first);
  EXPECT_FALSE(second.done);
  EXPECT_EQ(second.now.record, first.after);
  EXPECT_EQ(second.used.records, 1U);
  EXPECT_GE(second.server, found.server);
}

TEST_F(SwapTest, WhatTheClockHasOvertakenIsNotWritten) {
  const auto session = open_session();
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  const Found found = *session->fetch(std::vector<Id>{id_of(1)});
  Swap late;
  late.id = id_of(1);
  late.version = found.records[0].version;
  late.holds_until = found.server;
  EXPECT_FALSE(swap(*session, late).done);
  EXPECT_TRUE(got<Busy>(store->begin(begin_of(1, 2)).get()));
}

TEST_F(SwapTest, AScopeHoldsNoMoreThanItMayWhoeverComesTogether) {
  std::vector<std::thread> processes;
  std::atomic<int> granted = 0;
  for (std::uint8_t n = 0; n < 2; ++n) {
    processes.emplace_back([&, n, own = open_store()] {
      std::deque<Future<Result<BeginResult>>> begun;
      for (std::uint8_t i = 0; i < 50; ++i) {
        BeginArgs args = begin_of(static_cast<std::uint8_t>(100 * n + i), n);
        args.quota.records = 10;
        begun.push_back(own->begin(args));
      }
      for (auto& each : begun) granted += got<Acquired>(each.get()) ? 1 : 0;
    });
  }
  for (std::thread& process : processes) process.join();
  EXPECT_EQ(granted, 10);
}

TEST_F(SwapTest, AScopeThatHoldsNothingIsForgotten) {
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  EXPECT_EQ(*store->release(id_of(1), token(1)).get(), FenceResult::done);
  const auto left = tell(shared_server().address(), {"KEYS", "{" + prefix + "}:*"});
  ASSERT_EQ(left->value().size(), 1U);
  EXPECT_EQ(left->value()[0].text(), "{" + prefix + "}:meta");
}

// --- Round trips ---

TEST_F(RedisStore, AnOperationThatComesAloneGoesAlone) {
  for (std::uint8_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(got<Acquired>(store->begin(begin_of(i, i)).get()));
  }
  store.reset();
  EXPECT_EQ(exchanges, std::vector<std::size_t>({1, 1, 1}));
}

TEST_F(RedisStore, WhatIsDueTogetherSharesRoundTrips) {
  shared_server().pause();
  std::deque<Future<Result<BeginResult>>> begun;
  for (std::uint8_t i = 0; i < 100; ++i) begun.push_back(store->begin(begin_of(i, i)));
  shared_server().go_on();
  for (auto& each : begun) EXPECT_TRUE(got<Acquired>(each.get()));
  store.reset();
  EXPECT_LE(exchanges.size(), 3U);
  EXPECT_GE(*std::max_element(exchanges.begin(), exchanges.end()), 50U);
}

TEST_F(RedisStore, OneOfManyDuplicatesInARoundTripIsGranted) {
  shared_server().pause();
  std::deque<Future<Result<BeginResult>>> begun;
  for (std::uint8_t i = 0; i < 50; ++i) begun.push_back(store->begin(begin_of(1, i)));
  shared_server().go_on();
  int granted = 0, busy = 0;
  for (auto& each : begun) {
    const auto answer = each.get();
    granted += got<Acquired>(answer) ? 1 : 0;
    busy += got<Busy>(answer) ? 1 : 0;
  }
  EXPECT_EQ(granted, 1);
  EXPECT_EQ(busy, 49);
}

TEST_F(RedisStore, RefusesMoreThanMayWait) {
  PoolOptions options = options_at(shared_server().address());
  options.max_waiting = 2;
  store = make_store(options, false);
  shared_server().pause();
  std::deque<Future<Result<BeginResult>>> begun;
  for (std::uint8_t i = 0; i < 10; ++i) begun.push_back(store->begin(begin_of(i, i)));
  EXPECT_TRUE(begun.back().ready());
  EXPECT_EQ(begun.back().get().status().code(), Code::unavailable);
  begun.pop_back();
  shared_server().go_on();
  EXPECT_TRUE(got<Acquired>(begun.front().get()));
}

// --- Time ---

TEST_F(RedisStore, AServersClockThatIsAYearAheadForAWhileForgetsNothing) {
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  EXPECT_TRUE(store->complete(id_of(1), token(1), answer("x"), 24h).get().ok());
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(2, 1)).get()));
  machine.set_ahead(365 * 24h);
  EXPECT_EQ(replayed(*store->begin(begin_of(1, 2)).get()), "x");
  EXPECT_TRUE(got<Busy>(store->begin(begin_of(2, 2)).get()));
  EXPECT_EQ(*store->purge(10).get(), 0U);
  machine.set_ahead(-365 * 24h);
  machine.pass(24h);
  EXPECT_EQ(*store->purge(10).get(), 1U);
}

TEST_F(RedisStore, AServersClockThatIsSetBackHoldsNoClaim) {
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  machine.set_ahead(-1h);
  EXPECT_TRUE(got<Busy>(store->begin(begin_of(1, 2)).get()));
  machine.pass(10min);
  EXPECT_TRUE(got<idempotency::Indeterminate>(store->begin(begin_of(1, 2)).get()));
}

TEST_F(RedisStore, PurgesByItself) {
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  EXPECT_TRUE(store->complete(id_of(1), token(1), answer("x"), 1h).get().ok());
  machine.pass(1h);
  PoolOptions options = options_at(shared_server().address());
  options.purge_interval = 1ms;
  store = make_store(options, false);
  std::int64_t left = 1;
  for (int i = 0; i < 100'000 && left != 0; ++i) {
    left = tell(shared_server().address(), {"ZCARD", "{" + prefix + "}:ids"})->value().number();
  }
  EXPECT_EQ(left, 0);
}

// --- Addresses ---

TEST(RedisAddress, IsReadInAllItsForms) {
  const Address whole = *parse_address("redis://ann:p@ss:w@redis.example:7000/3");
  EXPECT_EQ(whole.host, "redis.example");
  EXPECT_EQ(whole.port, 7000);
  EXPECT_EQ(whole.database, 3);
  EXPECT_EQ(whole.user, "ann");
  EXPECT_EQ(whole.password, "p@ss:w");
  EXPECT_EQ(whole.text, "redis.example:7000");
  EXPECT_EQ(parse_address("redis:localhost")->port, 6379);
  EXPECT_EQ(parse_address("redis://[::1]:1")->host, "::1");
  EXPECT_EQ(parse_address("redis://[::1]")->host, "::1");
  EXPECT_EQ(parse_address("redis://:secret@h")->password, "secret");
  EXPECT_EQ(parse_address("unix:/run/redis.sock")->path, "/run/redis.sock");
}

TEST(RedisAddress, IsRefusedWhereItIsNone) {
  for (const char* const wrong : {"", "redis:", "redis://", "redis://h:x", "redis://h:65536",
                                  "redis://h/x", "unix:", "postgresql://h", "h:6379"}) {
    EXPECT_EQ(parse_address(wrong).status().code(), Code::invalid_argument) << wrong;
  }
}

}  // namespace
}  // namespace cpp_lite::redis
