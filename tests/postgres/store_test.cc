// The store against a server that is well: the conformance suite, shared commits, transactions.
#include <gtest/gtest.h>

#include <deque>

#include "postgres_support.h"
#include "stores/store_suite.h"

namespace cpp_lite::idempotency::testing {
namespace {

class PostgresUnderTest final : public StoreUnderTest {
 public:
  std::shared_ptr<Store> store(int process) override {
    auto& store = stores_[static_cast<std::size_t>(process)];
    if (store == nullptr) {
      postgres::StoreOptions options;
      options.where = postgres::TestServer::instance().where();
      options.schema.schema = schema_;
      machine_.turn(options);
      store = postgres::make_store(std::move(options));
    }
    return store;
  }
  void reopen(int process) override { stores_[static_cast<std::size_t>(process)].reset(); }
  void pass(Milliseconds time) override { machine_.pass(time); }

 private:
  const std::string schema_ = postgres::fresh_schema();
  postgres::Machine machine_;
  std::array<std::shared_ptr<Store>, 3> stores_;
};

StoreFactory factory() {
  StoreFactory factory;
  factory.name = "postgresql";
  factory.make = [] { return std::make_unique<PostgresUnderTest>(); };
  factory.sequences = sequences(40);
  factory.drift = 30s;
  factory.unavailable = postgres::TestServer::missing();
  return factory;
}

INSTANTIATE_TEST_SUITE_P(Postgres, StoreSuite, ::testing::Values(factory()));

}  // namespace
}  // namespace cpp_lite::idempotency::testing

namespace cpp_lite::postgres {
namespace {

using PostgresStore = PostgresTest;
using PostgresTransaction = PostgresTest;

// --- Opening ---

TEST_F(PostgresStore, IsFitForSeveralHosts) {
  const idempotency::Capabilities can = store->capabilities();
  EXPECT_TRUE(can.durable && can.multi_process && can.multi_host && can.transactional);
  EXPECT_EQ(store->id().size(), 32u);
}

TEST_F(PostgresStore, IsTheSameForAllWhoOpenIt) {
  const auto other = make_store(options);
  EXPECT_EQ(other->id(), store->id());
  EXPECT_EQ(other->secret(), store->secret());
}

TEST_F(PostgresStore, MakesNoTablesWhereThereAreToBeSome) {
  options.schema = {fresh_schema(), false, ""};
  const auto none = make_store(options);
  EXPECT_NE(none->check().message().find("no store"), std::string::npos);
  EXPECT_EQ(none->begin(begin_of(1, 1)).get().status().code(), Code::unavailable);
  EXPECT_EQ(none->id(), "");
}

TEST_F(PostgresStore, LeavesTablesOfANewerReleaseAlone) {
  Sql(options.where).run("UPDATE " + schema + ".cpp_lite_meta SET version = 9, readable_by = 9");
  EXPECT_NE(make_store(options)->check().message().find("newer release"), std::string::npos);
}

TEST_F(PostgresStore, RefusesAServerThatForgets) {
  Sql sql(options.where);
  ASSERT_TRUE(sql.run("ALTER SYSTEM SET fsync = off") && sql.run("SELECT pg_reload_conf()"));
  while (sql.number("SELECT (current_setting('fsync') = 'off')::int") != 1) {
  }
  EXPECT_EQ(store->check().code(), Code::failed_precondition);
  ASSERT_TRUE(sql.run("ALTER SYSTEM RESET fsync") && sql.run("SELECT pg_reload_conf()"));
  while (sql.number("SELECT (current_setting('fsync') = 'on')::int") != 1) {
  }
  EXPECT_TRUE(store->check().ok());
}

TEST_F(PostgresStore, ACopyIsAnotherStore) {
  Sql(options.where).run("UPDATE " + schema + ".cpp_lite_meta SET store_id = 'another'");
  const auto answer = store->begin(begin_of(1, 1)).get();
  EXPECT_EQ(answer.status().code(), Code::unavailable);
  EXPECT_NE(answer.status().message().find("start the server again"), std::string::npos);
  EXPECT_EQ(make_store(options)->id(), "another");
}

TEST_F(PostgresStore, ShowsPeopleWhatItKnows) {
  ASSERT_TRUE(is<Acquired>(store->begin(begin_of(1, 1)).get()));
  EXPECT_EQ(Sql(options.where)
                .number("SELECT count(*) FROM " + schema +
                        ".cpp_lite_readable WHERE state = 'in progress' AND \"key\" = 'key-1'"
                        " AND method = '/shop.Shop/Buy' AND id LIKE '01000%'"),
            1);
}

// --- Commits ---

TEST_F(PostgresStore, ACallThatComesAloneIsACommitAlone) {
  for (std::uint8_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(is<Acquired>(store->begin(begin_of(i, i)).get()));
  }
  EXPECT_TRUE(is<Busy>(store->begin(begin_of(1, 9)).get()));  // writes nothing
  EXPECT_EQ(commits_now(), std::vector<std::size_t>({1, 1, 1}));
}

TEST_F(PostgresStore, WhatIsDueTogetherIsOneCommit) {
  constexpr std::uint8_t kCalls = 100;
  std::deque<Future<Result<BeginResult>>> begun;
  for (std::uint8_t i = 0; i < kCalls; ++i) begun.push_back(store->begin(begin_of(i, i)));
  for (auto& each : begun) EXPECT_TRUE(is<Acquired>(each.get()));
  std::deque<Future<Result<CompleteResult>>> completed;
  for (std::uint8_t i = 0; i < kCalls; ++i) {
    completed.push_back(store->complete(id_of(i), token_of(i), result_of("x"), 1h));
  }
  for (auto& each : completed) EXPECT_EQ(*each.get(), CompleteResult::completed);
  EXPECT_LE(commits_now().size(), 2u * kCalls / 20);
}

TEST_F(PostgresStore, OperationsOnOneKeyKeepTheirOrder) {
  auto first = store->begin(begin_of(1, 1));
  auto duplicate = store->begin(begin_of(1, 2));
  auto done = store->complete(id_of(1), token_of(1), result_of("x"), 1h);
  auto replay = store->begin(begin_of(1, 3));
  EXPECT_TRUE(is<Acquired>(first.get()));
  EXPECT_TRUE(is<Busy>(duplicate.get()));
  EXPECT_EQ(*done.get(), CompleteResult::completed);
  EXPECT_TRUE(is<Replay>(replay.get()));
}

TEST_F(PostgresStore, DoesWhatItWasToldBeforeItEnds) {
  auto begun = store->begin(begin_of(1, 1));
  auto opened = store->open(transactional(2, 2));
  store.reset();
  EXPECT_TRUE(is<Acquired>(begun.get()));
  (void)opened.get();  // or why not
}

TEST_F(PostgresStore, PurgesByItself) {
  ASSERT_TRUE(is<Acquired>(store->begin(begin_of(1, 1)).get()));
  EXPECT_TRUE(store->complete(id_of(1), token_of(1), result_of("x"), 1h).get().ok());
  machine.pass(2h);
  options.purge_interval = 1ms;
  store = make_store(options);
  while (count("cpp_lite_records") != 0) {
  }
}

// --- Clocks ---

TEST_F(PostgresStore, AClockThatIsAYearAheadForAWhileForgetsNothing) {
  ASSERT_TRUE(is<Acquired>(store->begin(begin_of(1, 1)).get()));
  EXPECT_TRUE(store->complete(id_of(1), token_of(1), result_of("x"), 24h).get().ok());
  ASSERT_TRUE(is<Acquired>(store->begin(transactional(2, 2)).get()));
  machine.set_server_ahead(365 * 24h);
  EXPECT_TRUE(is<Replay>(store->begin(begin_of(1, 2)).get()));
  EXPECT_TRUE(is<Busy>(store->begin(transactional(2, 3)).get()));
  EXPECT_EQ(*store->purge(10).get(), 0u);
  // Who comes now has not seen it jump, but hears of it.
  const auto later = make_store(options);
  EXPECT_TRUE(is<Replay>(later->begin(begin_of(1, 2)).get()));
  EXPECT_EQ(*later->purge(10).get(), 0u);
  machine.set_server_ahead(-365 * 24h);
  machine.pass(24h);
  EXPECT_EQ(*store->purge(10).get(), 2u);
}

TEST_F(PostgresStore, AClockThatIsSetBackAnHourHoldsNoClaim) {
  const BeginArgs args = transactional(1, 1);
  ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
  machine.set_server_ahead(-1h);
  EXPECT_TRUE(is<Busy>(store->begin(transactional(1, 2)).get()));
  machine.pass(args.lease);
  EXPECT_TRUE(is<Acquired>(store->begin(transactional(1, 3)).get()));
}

// --- Transactions ---

TEST_F(PostgresTransaction, CommitsEffectAndResultTogether) {
  auto transaction = open(transactional(1, 1));
  ASSERT_TRUE(std::holds_alternative<Acquired>(transaction->begun()));
  EXPECT_EQ(transaction->kind(), "postgresql");
  EXPECT_TRUE(charge(*transaction));
  EXPECT_EQ(charges() + count("cpp_lite_records"), 0);
  EXPECT_EQ(*transaction->complete(result_of("charged"), 1h, true).get(),
            CompleteResult::completed);
  EXPECT_EQ(charges(), 1);
  EXPECT_EQ(commits_now(), std::vector<std::size_t>({1}));
  auto again = open(transactional(1, 2));
  ASSERT_TRUE(std::holds_alternative<Replay>(again->begun()));
  EXPECT_EQ(std::get<Replay>(again->begun()).result, result_of("charged"));
  EXPECT_EQ(again->handle(), nullptr);
}

TEST_F(PostgresTransaction, StoresADeclineWithoutItsEffect) {
  auto transaction = open(transactional(1, 1));
  EXPECT_TRUE(charge(*transaction));
  EXPECT_FALSE(charge(*transaction));  // the same entry: from now on the transaction fails
  EXPECT_EQ(*transaction->complete(result_of("declined"), 1h, false).get(),
            CompleteResult::completed);
  EXPECT_EQ(charges(), 0);
  EXPECT_TRUE(std::holds_alternative<Replay>(open(transactional(1, 2))->begun()));
}

TEST_F(PostgresTransaction, ReleaseLeavesNothing) {
  auto transaction = open(transactional(1, 1));
  charge(*transaction);
  EXPECT_EQ(*transaction->release().get(), FenceResult::done);
  EXPECT_EQ(charges() + count("cpp_lite_records"), 0);
  EXPECT_TRUE(std::holds_alternative<Acquired>(open(transactional(1, 2))->begun()));
}

TEST_F(PostgresTransaction, DroppingItLeavesNothing) {
  charge(*open(transactional(1, 1)));
  options.lock_timeout = 10s;  // it is taken back in its own time
  EXPECT_TRUE(
      std::holds_alternative<Acquired>(open(*make_store(options), transactional(1, 2))->begun()));
  EXPECT_EQ(charges(), 0);
}

TEST_F(PostgresTransaction, EndsOnce) {
  auto transaction = open(transactional(1, 1));
  EXPECT_TRUE(transaction->release().get().ok());
  EXPECT_EQ(transaction->complete(result_of("late"), 1h, true).get().status().code(),
            Code::failed_precondition);
  EXPECT_EQ(transaction->handle(), nullptr);
}

TEST_F(PostgresTransaction, TakesOverFromARecordThatWasBegunOtherwise) {
  const BeginArgs args = transactional(1, 1);
  ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
  EXPECT_TRUE(std::holds_alternative<Busy>(open(transactional(1, 2))->begun()));
  machine.pass(args.lease);
  auto transaction = open(transactional(1, 3));
  EXPECT_EQ(std::get<Acquired>(transaction->begun()).attempt, 2u);
  EXPECT_EQ(*transaction->complete(result_of("x"), 1h, true).get(), CompleteResult::completed);
  EXPECT_EQ(*store->complete(id_of(1), token_of(1), result_of("y"), 1h).get(),
            CompleteResult::fence_lost);
}

TEST_F(PostgresTransaction, OthersGoOnMeanwhile) {
  auto held = open(transactional(1, 1));
  auto other = open(transactional(2, 2));
  charge(*other);
  EXPECT_TRUE(is<Acquired>(store->begin(begin_of(3, 3)).get()));
  EXPECT_EQ(*other->complete(result_of("2"), 1h, true).get(), CompleteResult::completed);
  EXPECT_EQ(*held->complete(result_of("1"), 1h, true).get(), CompleteResult::completed);
}

TEST_F(PostgresTransaction, ADuplicateElsewhereWaitsForItAndGetsItsAnswer) {
  options.lock_timeout = 10s;
  const auto elsewhere = make_store(options);
  auto first = open(transactional(1, 1));
  auto second = elsewhere->open(transactional(1, 2));
  auto third = elsewhere->begin(transactional(1, 3));
  EXPECT_EQ(*first->complete(result_of("once"), 1h, true).get(), CompleteResult::completed);
  EXPECT_TRUE(std::holds_alternative<Replay>((*second.get())->begun()));
  EXPECT_TRUE(is<Replay>(third.get()));
}

TEST_F(PostgresTransaction, ADuplicateElsewhereIsBusyAfterAWhile) {
  auto first = open(transactional(1, 1));
  EXPECT_TRUE(
      std::holds_alternative<Busy>(open(*make_store(options), transactional(1, 2))->begun()));
  EXPECT_TRUE(is<Busy>(store->begin(transactional(1, 3)).get()));
  EXPECT_TRUE(is<idempotency::Absent>(store->lookup(id_of(1), {}).get()));
}

TEST_F(PostgresTransaction, AFailedStatementAndASuccessDoNotGoTogether) {
  auto transaction = open(transactional(1, 1));
  charge(*transaction);
  EXPECT_FALSE(charge(*transaction));
  EXPECT_EQ(transaction->complete(result_of("ok"), 1h, true).get().status().code(), Code::aborted);
  EXPECT_EQ(charges() + count("cpp_lite_records"), 0);
}

TEST_F(PostgresTransaction, WhatTheHandlerSetsDoesNotMakeItLessDurable) {
  auto transaction = open(transactional(1, 1));
  Sql sql(transaction->handle());
  EXPECT_TRUE(sql.run("SET LOCAL synchronous_commit = off; SET LOCAL search_path = nowhere"));
  EXPECT_EQ(*transaction->complete(result_of("x"), 1h, true).get(), CompleteResult::completed);
  EXPECT_EQ(count("cpp_lite_records"), 1);
}

TEST_F(PostgresTransaction, AHandlerThatCommitsByItselfLeavesAnUnknownOutcome) {
  auto transaction = open(transactional(1, 1));
  charge(*transaction);
  EXPECT_TRUE(Sql(transaction->handle()).run("COMMIT"));
  EXPECT_EQ(transaction->complete(result_of("x"), 1h, true).get().status().code(),
            Code::unavailable);
  EXPECT_EQ(*store->release(id_of(1), token_of(1)).get(), FenceResult::fence_lost);
  EXPECT_TRUE(is<idempotency::Indeterminate>(store->lookup(id_of(1), {}).get()));
}

TEST_F(PostgresTransaction, HeldBeyondItsLeaseItComesToNothing) {
  BeginArgs args = transactional(1, 1);
  args.lease = 1ms;
  auto late = open(args);
  EXPECT_EQ(late->complete(result_of("late"), 1h, true).get().status().code(), Code::aborted);
  EXPECT_TRUE(std::holds_alternative<Acquired>(open(transactional(1, 2))->begun()));
}

TEST_F(PostgresTransaction, SurvivesTheStoresOwner) {
  auto transaction = open(transactional(1, 1));
  store.reset();
  charge(*transaction);
  EXPECT_TRUE(transaction->complete(result_of("ok"), 1h, true).get().ok());
  transaction.reset();
  EXPECT_EQ(charges(), 1);
}

TEST_F(PostgresTransaction, NobodyWhoWaitsForItAnyMoreIsNoHandler) {
  options.connections = 1;
  options.lock_timeout = 10s;
  const auto small = make_store(options);
  auto first = open(*small, transactional(1, 1));
  { auto dropped = small->open(transactional(2, 2)); }
  EXPECT_TRUE(first->release().get().ok());
  EXPECT_TRUE(std::holds_alternative<Acquired>(open(*small, transactional(2, 3))->begun()));
}

}  // namespace
}  // namespace cpp_lite::postgres
