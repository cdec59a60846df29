// The store against a server that is slow, gone, or answers nobody.
#include <gtest/gtest.h>

#include "postgres_support.h"
#include "proxy.h"

namespace cpp_lite::postgres {
namespace {

class PostgresFaults : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    proxy = std::make_unique<Proxy>(TestServer::instance().socket());
    options.where = proxy->where();
    options.timeouts = {5s, 5s};
    far = make_store(options);  // by way of the proxy
    ASSERT_EQ(far->check().to_string(), "OK");
  }

  std::unique_ptr<Proxy> proxy;
  std::shared_ptr<TransactionalStore> far;
};

Code code_of(const auto& result) { return result.status().code(); }

// --- One connection ---

TEST_F(PostgresFaults, AClaimWhoseAnswerIsLostIsThereAndKnownByItsToken) {
  proxy->next_commit(Fate::lose_answer);
  EXPECT_EQ(code_of(far->begin(begin_of(1, 1)).get()), Code::unavailable);
  EXPECT_TRUE(is<Busy>(far->begin(begin_of(1, 2)).get()));
  BeginArgs again = begin_of(1, 3);
  again.previous = token_of(1);
  const auto granted = far->begin(again).get();
  ASSERT_TRUE(is<Acquired>(granted));
  EXPECT_EQ(std::get<Acquired>(*granted).attempt, 1u);
}

TEST_F(PostgresFaults, AClaimThatNeverReachedTheServerIsNotThere) {
  proxy->next_commit(Fate::lose_request);
  EXPECT_EQ(code_of(far->begin(begin_of(1, 1)).get()), Code::unavailable);
  EXPECT_EQ(*far->release(id_of(1), token_of(1)).get(), FenceResult::fence_lost);
  EXPECT_TRUE(is<Acquired>(far->begin(begin_of(1, 2)).get()));
}

TEST_F(PostgresFaults, ACommitWhoseAnswerIsLostIsNotRepeated) {
  auto transaction = open(*far, transactional(1, 1));
  EXPECT_TRUE(charge(*transaction));
  const int before = proxy->commits();
  proxy->next_commit(Fate::lose_answer);
  EXPECT_EQ(code_of(transaction->complete(result_of("once"), 1h, true).get()), Code::unavailable);
  EXPECT_EQ(proxy->commits(), before + 1);
  EXPECT_EQ(*far->release(id_of(1), token_of(1)).get(), FenceResult::fence_lost);
  EXPECT_TRUE(is<Replay>(far->lookup(id_of(1), {}).get()));
  EXPECT_EQ(charges(), 1);
}

TEST_F(PostgresFaults, ACommitThatNeverReachedTheServerLeavesNothing) {
  auto transaction = open(*far, transactional(1, 1));
  EXPECT_TRUE(charge(*transaction));
  proxy->next_commit(Fate::lose_request);
  EXPECT_EQ(code_of(transaction->complete(result_of("lost"), 1h, true).get()), Code::unavailable);
  options.lock_timeout = 10s;
  const auto patient = make_store(options);
  EXPECT_EQ(*patient->release(id_of(1), token_of(1)).get(), FenceResult::fence_lost);
  EXPECT_TRUE(is<idempotency::Absent>(far->lookup(id_of(1), {}).get()));
  EXPECT_EQ(charges(), 0);
}

TEST_F(PostgresFaults, WhoSettlesACommitThatIsStillUnderWayWaitsForIt) {
  options.timeouts.answer = 300ms;
  const auto hasty = make_store(options);
  auto transaction = open(*hasty, transactional(1, 1));
  EXPECT_TRUE(charge(*transaction));
  proxy->next_commit(Fate::hold);
  EXPECT_EQ(code_of(transaction->complete(result_of("slow"), 1h, true).get()), Code::unavailable);
  // Neither done nor lost: nobody can tell yet.
  EXPECT_EQ(code_of(far->release(id_of(1), token_of(1)).get()), Code::unavailable);
  EXPECT_TRUE(is<Busy>(far->begin(transactional(1, 2)).get()));
  options.timeouts.answer = 10s;
  options.lock_timeout = 10s;
  const auto patient = make_store(options);
  auto settled = patient->release(id_of(1), token_of(1));
  proxy->let_go();
  EXPECT_EQ(*settled.get(), FenceResult::fence_lost);
  EXPECT_TRUE(is<Replay>(patient->lookup(id_of(1), {}).get()));
  EXPECT_EQ(charges(), 1);
}

TEST_F(PostgresFaults, AServerThatDoesNotAnswerFailsOperationsInTime) {
  options.timeouts = {200ms, 200ms};
  const auto hasty = make_store(options);
  ASSERT_TRUE(is<Acquired>(hasty->begin(begin_of(1, 1)).get()));
  proxy->freeze(true);
  EXPECT_EQ(code_of(hasty->begin(begin_of(2, 2)).get()), Code::unavailable);
  EXPECT_EQ(code_of(hasty->begin(begin_of(2, 3)).get()), Code::unavailable);
  EXPECT_EQ(code_of(hasty->open(transactional(3, 3)).get()), Code::unavailable);
  proxy->freeze(false);
  EXPECT_TRUE(is<Busy>(hasty->begin(begin_of(1, 4)).get()));
}

TEST_F(PostgresFaults, AConnectionThatTheServerClosedIsReplaced) {
  ASSERT_TRUE(is<Acquired>(store->begin(begin_of(1, 1)).get()));
  auto transaction = open(transactional(2, 2));
  Sql sql(TestServer::instance().where());
  EXPECT_GE(sql.number("SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity"
                       " WHERE application_name = 'cpp-lite'"),
            2);
  EXPECT_TRUE(is<Busy>(store->begin(begin_of(1, 2)).get()));
  EXPECT_EQ(code_of(transaction->complete(result_of("x"), 1h, true).get()), Code::aborted);
  EXPECT_TRUE(std::holds_alternative<Acquired>(open(transactional(2, 3))->begun()));
}

// --- Locks of others ---

TEST_F(PostgresFaults, ARecordInAnotherSessionsHandsFailsAloneAndOnlyAsLong) {
  ASSERT_TRUE(is<Acquired>(store->begin(begin_of(1, 1)).get()));
  Sql sql(TestServer::instance().where());
  ASSERT_TRUE(sql.run("BEGIN; SELECT * FROM " + schema + ".cpp_lite_records FOR UPDATE"));
  auto held = store->complete(id_of(1), token_of(1), result_of("x"), 1h);
  auto other = store->begin(begin_of(2, 2));
  EXPECT_EQ(code_of(held.get()), Code::unavailable);
  EXPECT_TRUE(is<Acquired>(other.get()));
  ASSERT_TRUE(sql.run("COMMIT"));
  EXPECT_EQ(*store->complete(id_of(1), token_of(1), result_of("x"), 1h).get(),
            CompleteResult::completed);
}

TEST_F(PostgresFaults, AStoreWhoseTablesAreGoneMakesNoEmptyOnes) {
  Sql sql(TestServer::instance().where());
  ASSERT_TRUE(sql.run("DROP SCHEMA " + schema + " CASCADE"));
  EXPECT_EQ(code_of(store->begin(begin_of(1, 1)).get()), Code::unavailable);
  EXPECT_EQ(code_of(store->open(transactional(2, 2)).get()), Code::unavailable);
  EXPECT_EQ(code_of(store->list({}, {}, 1).get()), Code::unavailable);
}

// --- The whole server ---

TEST_F(PostgresFaults, AServerThatIsStoppedAndStartedNeedsNothingElse) {
  ASSERT_TRUE(is<Acquired>(store->begin(begin_of(1, 1)).get()));
  auto transaction = open(transactional(2, 2));
  charge(*transaction);
  TestServer::instance().stop();
  EXPECT_EQ(code_of(store->begin(begin_of(1, 2)).get()), Code::unavailable);
  EXPECT_EQ(code_of(store->open(transactional(3, 3)).get()), Code::unavailable);
  EXPECT_EQ(code_of(store->list({}, {}, 1).get()), Code::unavailable);
  EXPECT_EQ(code_of(transaction->complete(result_of("x"), 1h, true).get()), Code::aborted);
  EXPECT_EQ(store->check().code(), Code::unavailable);
  const auto begun_without = make_store(default_options());
  TestServer::instance().start();
  EXPECT_TRUE(is<Busy>(store->begin(begin_of(1, 3)).get()));
  EXPECT_TRUE(std::holds_alternative<Acquired>(open(transactional(2, 4))->begun()));
  EXPECT_TRUE(is<Busy>(begun_without->begin(begin_of(1, 5)).get()));
  EXPECT_EQ(begun_without->id(), store->id());
  EXPECT_EQ(charges(), 0);
  EXPECT_EQ(lines.size(), 4u);  // lost and found, of both
}

}  // namespace
}  // namespace cpp_lite::postgres
