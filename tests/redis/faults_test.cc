// A server that is gone, slow or forgetful, and answers that are lost.
#include <deque>

#include "lossy_proxy.h"
#include "redis_support.h"

namespace cpp_lite::redis {
namespace {

using RedisFaults = RedisTest;

// --- Lost answers ---

TEST_F(RedisFaults, AClaimWhoseAnswerWasLostIsStillItsOwners) {
  LossyProxy proxy(shared_server().socket());
  auto store = make_store(options_at(proxy.address()), false);
  proxy.lose_next_answer();
  EXPECT_EQ(store->begin(begin_of(1, 1)).get().status().code(), Code::unavailable);
  EXPECT_TRUE(got<Busy>(store->begin(begin_of(1, 2)).get()));
  BeginArgs again = begin_of(1, 3);
  again.previous = token(1);
  EXPECT_EQ(attempt(*store->begin(again).get()), 1U);
}

TEST_F(RedisFaults, AResultWhoseAcknowledgementWasLostIsThere) {
  LossyProxy proxy(shared_server().socket());
  auto store = make_store(options_at(proxy.address()), false);
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  proxy.lose_next_answer();
  EXPECT_FALSE(store->complete(id_of(1), token(1), answer("x"), 1h).get().ok());
  EXPECT_EQ(*store->complete(id_of(1), token(1), answer("y"), 1h).get(),
            CompleteResult::already_completed);
  EXPECT_EQ(replayed(*store->begin(begin_of(1, 2)).get()), "x");
}

TEST_F(RedisFaults, AClaimThatNeverArrivedIsNone) {
  LossyProxy proxy(shared_server().socket());
  auto store = make_store(options_at(proxy.address()), false);
  proxy.lose_next_request();
  EXPECT_EQ(store->begin(begin_of(1, 1)).get().status().code(), Code::unavailable);
  EXPECT_EQ(attempt(*store->begin(begin_of(1, 2)).get()), 1U);
}

// --- Connections and scripts ---

TEST_F(RedisFaults, AnIdleConnectionThatWasClosedIsOpenedAgainUnnoticed) {
  auto store = open_store();
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  tell({"CLIENT", "KILL", "TYPE", "normal"});
  EXPECT_TRUE(got<Busy>(store->begin(begin_of(1, 2)).get()));
  tell({"CLIENT", "KILL", "TYPE", "normal"});
  EXPECT_TRUE(store->list(std::nullopt, std::nullopt, 10).get().ok());
}

TEST_F(RedisFaults, AScriptThatTheServerLostIsLoadedAgain) {
  auto store = open_store();
  tell({"SCRIPT", "FLUSH"});
  EXPECT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  EXPECT_TRUE(got<Busy>(store->begin(begin_of(1, 2)).get()));
}

// --- The server ---

TEST_F(RedisFaults, AStoreWhoseServerIsGoneFailsAndComesBackByItself) {
  RedisServer server(true);
  auto store = make_store(options_at(server.address()), true);
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  server.kill();
  const Status gone = store->begin(begin_of(2, 1)).get().status();
  EXPECT_EQ(gone.code(), Code::unavailable);
  EXPECT_NE(gone.message().find("redis: " + server.socket()), std::string::npos) << gone.message();
  EXPECT_EQ(store->check().code(), Code::unavailable);
  server.start();
  EXPECT_TRUE(got<Busy>(store->begin(begin_of(1, 2)).get()));
  EXPECT_TRUE(got<Acquired>(store->begin(begin_of(2, 2)).get()));
}

TEST_F(RedisFaults, AStoreThatIsMadeBeforeItsServerWorksWhenThatComes) {
  RedisServer server;
  server.kill();
  auto store = make_store(options_at(server.address()), false);
  EXPECT_EQ(store->check().code(), Code::unavailable);
  EXPECT_TRUE(store->id().empty());
  server.start();
  EXPECT_TRUE(store->check().ok());
  EXPECT_FALSE(store->id().empty());
  EXPECT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
}

TEST_F(RedisFaults, AServerThatForgotTheStoreExecutesNothing) {
  RedisServer server;
  auto store = make_store(options_at(server.address()), false);
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  server.kill();
  server.start();  // empty
  const Status status = store->begin(begin_of(1, 2)).get().status();
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_NE(status.message().find("start the server again"), std::string::npos);
  auto next = make_store(options_at(server.address()), false);
  EXPECT_NE(next->id(), store->id());
  EXPECT_TRUE(got<Acquired>(next->begin(begin_of(1, 2)).get()));
}

TEST_F(RedisFaults, KeysThatVanishUnderAnOpenConnectionAreNoticed) {
  RedisServer server;
  auto store = make_store(options_at(server.address()), false);
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  EXPECT_TRUE(tell(server.address(), {"FLUSHALL"}).ok());
  EXPECT_EQ(store->begin(begin_of(1, 2)).get().status().code(), Code::unavailable);
}

TEST_F(RedisFaults, AServerThatIsTooSlowIsNotWaitedForAndHeardAgainLater) {
  PoolOptions options = options_at(shared_server().address());
  options.timeout = 20ms;
  auto store = make_store(options, false);
  shared_server().pause();
  const Status late = store->begin(begin_of(1, 1)).get().status();
  shared_server().go_on();
  EXPECT_EQ(late.code(), Code::unavailable);
  EXPECT_NE(late.message().find("did not answer in time"), std::string::npos) << late.message();
  Result<BeginResult> begun = late;
  for (int i = 0; i < 100 && !begun.ok(); ++i) begun = store->begin(begin_of(2, 1)).get();
  EXPECT_TRUE(got<Acquired>(begun));
}

TEST_F(RedisFaults, AServerWithoutMemoryClaimsNothingButAnswersWhatItKnows) {
  RedisServer server;
  auto store = make_store(options_at(server.address()), false);
  ASSERT_TRUE(got<Acquired>(store->begin(begin_of(1, 1)).get()));
  EXPECT_TRUE(tell(server.address(), {"CONFIG", "SET", "maxmemory", "1mb"}).ok());
  const Status full = store->begin(begin_of(2, 1)).get().status();
  EXPECT_EQ(full.code(), Code::unavailable);
  EXPECT_NE(full.message().find("OOM"), std::string::npos) << full.message();
  const auto known = store->begin(begin_of(1, 2)).get();
  EXPECT_TRUE(got<Busy>(known)) << known.status().to_string();
  EXPECT_TRUE(tell(server.address(), {"CONFIG", "SET", "maxmemory", "0"}).ok());
  EXPECT_TRUE(got<Acquired>(store->begin(begin_of(2, 2)).get()));
}

TEST_F(RedisFaults, ALateStoreIsDroppedInsideItsOwnAnswer) {
  auto store = open_store();
  Future<Result<BeginResult>> begun = store->begin(begin_of(1, 1));
  detail::Promise<void> dropped;
  Future<void> is_dropped = dropped.future();
  detail::when_ready(std::move(begun),
                     [store = std::move(store), &dropped](Future<Result<BeginResult>>) mutable {
                       store.reset();
                       dropped.set();
                     });
  is_dropped.get();
}

}  // namespace
}  // namespace cpp_lite::redis
