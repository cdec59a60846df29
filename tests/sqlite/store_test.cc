#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <memory>
#include <vector>

#include "sqlite_support.h"

namespace cpp_lite::sqlite {
namespace {

class SqliteStore : public SqliteTest {
 protected:
  void begin(const BeginArgs& args) { EXPECT_TRUE(is<Acquired>(store->begin(args).get())); }
  void complete(std::uint8_t key, const StoredResult& result, Milliseconds ttl) {
    const auto done = store->complete(id_of(key), token_of(key), result, ttl).get();
    EXPECT_EQ(*done, CompleteResult::completed);
  }

  std::shared_ptr<TransactionalStore> store = open_store();
};

TEST_F(SqliteStore, IsFitForAServer) {
  EXPECT_EQ(store->check().to_string(), "OK");
  const idempotency::Capabilities can = store->capabilities();
  EXPECT_TRUE(can.durable && can.multi_process && can.transactional);
  EXPECT_FALSE(can.multi_host);
}

TEST_F(SqliteStore, RunsOnceAndReplays) {
  const auto begun = store->begin(begin_of(1, 1)).get();
  ASSERT_TRUE(is<Acquired>(begun)) << begun.status().to_string();
  EXPECT_EQ(std::get<Acquired>(*begun).first_begin, machine.wall());
  EXPECT_TRUE(is<Busy>(store->begin(begin_of(1, 2)).get()));
  StoredResult result = result_of("done");
  result.code = Code::not_found;
  result.details = std::string("\0\1", 2);
  result.trailers = {{"a", "1"}, {"b-bin", std::string("\0", 1)}};
  EXPECT_EQ(*store->complete(id_of(1), token_of(1), result, 1h).get(), CompleteResult::completed);
  const auto again = store->begin(begin_of(1, 3)).get();
  ASSERT_TRUE(is<Replay>(again));
  EXPECT_EQ(std::get<Replay>(*again).result, result);
}

TEST_F(SqliteStore, KeepsWhoItIsAndWhatItKnowsWhenOpenedAgain) {
  const std::string id = store->id();
  const idempotency::Digest secret = store->secret();
  EXPECT_EQ(id.size(), 32u);
  ASSERT_TRUE(is<Acquired>(store->begin(begin_of(1, 1)).get()));
  store = open_store();
  EXPECT_EQ(store->id(), id);
  EXPECT_EQ(store->secret(), secret);
  EXPECT_TRUE(is<Busy>(store->begin(begin_of(1, 2)).get()));
}

TEST_F(SqliteStore, IsSharedByTwoProcesses) {
  auto other = open_store();
  EXPECT_EQ(other->id(), store->id());
  ASSERT_TRUE(is<Acquired>(store->begin(begin_of(1, 1)).get()));
  EXPECT_TRUE(is<Busy>(other->begin(begin_of(1, 2)).get()));
  EXPECT_TRUE(other->complete(id_of(1), token_of(1), result_of("x"), 1h).get().ok());
  EXPECT_TRUE(is<Replay>(store->begin(begin_of(1, 3)).get()));
}

TEST_F(SqliteStore, ACompletionSeesWhatAnotherProcessDid) {
  auto other = open_store();
  ASSERT_TRUE(is<Acquired>(store->begin(begin_of(1, 1)).get()));
  ASSERT_TRUE(other->release(id_of(1), token_of(1)).get().ok());
  EXPECT_EQ(*store->complete(id_of(1), token_of(1), result_of("x"), 1h).get(),
            CompleteResult::fence_lost);
}

TEST_F(SqliteStore, ShowsPeopleWhatItKnows) {
  BeginArgs args = begin_of(1, 1);
  args.owner = {"host", 4711, machine.wall()};
  ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
  const auto entries = store->list(std::nullopt, std::nullopt, 10).get();
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_EQ((*entries)[0].owner, args.owner);
  EXPECT_EQ((*entries)[0].label, args.label);
  Shell shell(path);
  EXPECT_EQ(shell.number("SELECT count(*) FROM cpp_lite_readable WHERE state = 'in progress'"
                         " AND method = '/shop.Shop/Buy' AND \"key\" = 'key-1' AND owner_pid = 4711"
                         " AND id LIKE '01000%' AND first_begin LIKE '2027-01-15 %'"),
            1);
}

TEST_F(SqliteStore, AnswersWhatALoopAskedForOnThatLoop) {
  const std::shared_ptr<Loop> loop = Loop::create();
  const Scope of_loop{loop, nullptr};
  std::promise<std::vector<bool>> told;
  loop->post([&] {
    const detail::ScopeGuard guard(&of_loop);
    auto at_home = std::make_shared<std::vector<bool>>();
    for (std::uint8_t key = 1; key <= 5; ++key) {
      detail::when_ready(store->begin(begin_of(key, key)), [&, at_home](auto begun) {
        EXPECT_TRUE(is<Acquired>(begun.take()));
        at_home->push_back(loop->is_current());
        if (at_home->size() == 5) told.set_value(*at_home);
      });
    }
  });
  EXPECT_EQ(told.get_future().get(), std::vector<bool>(5, true));
}

TEST_F(SqliteStore, TellsAListOfExclusionsFromAnother) {
  BeginArgs args = begin_of(1, 1);
  args.fingerprint.full.fill(7);
  args.fingerprint.excluded.fill(8);
  ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
  store = open_store();
  EXPECT_TRUE(is<Busy>(store->lookup(args.id, args.fingerprint).get()));
  idempotency::Fingerprint others = args.fingerprint;
  others.excluded.fill(9);
  EXPECT_TRUE(is<Busy>(store->lookup(args.id, others).get())) << "the whole is the same";
  others.full.fill(6);
  EXPECT_TRUE(is<idempotency::Indeterminate>(store->lookup(args.id, others).get()));
}

TEST_F(SqliteStore, ATakeoverKeepsTheLabelAndNamesTheNewOwner) {
  BeginArgs args = transactional(1, 1);
  ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
  machine.pass(args.lease);
  BeginArgs next = transactional(1, 2);
  next.owner = {"another", 2, {}};
  ASSERT_TRUE(is<Acquired>(store->begin(next).get()));
  const auto entries = store->list(std::nullopt, std::nullopt, 10).get();
  EXPECT_EQ((*entries)[0].label, args.label);
  EXPECT_EQ((*entries)[0].owner, next.owner);
  EXPECT_EQ((*entries)[0].attempt, 2u);
}

// --- Commits ---

TEST_F(SqliteStore, ACallThatComesAloneIsACommitAlone) {
  for (std::uint8_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(is<Acquired>(store->begin(begin_of(i, i)).get()));
  }
  EXPECT_EQ(commits, std::vector<std::size_t>({1, 1, 1}));
}

TEST_F(SqliteStore, WhatIsDueTogetherIsOneCommit) {
  auto held = *store->open(transactional(200, 200)).get();
  std::deque<Future<Result<BeginResult>>> begun;
  for (std::uint8_t i = 0; i < 100; ++i) begun.push_back(store->begin(begin_of(i, i)));
  EXPECT_TRUE(held->release().get().ok());
  for (auto& each : begun) EXPECT_TRUE(is<Acquired>(each.get()));
  EXPECT_EQ(commits, std::vector<std::size_t>({101}));
}

TEST_F(SqliteStore, OperationsOnOneKeyKeepTheirOrderWithinACommit) {
  auto held = *store->open(transactional(200, 200)).get();
  auto first = store->begin(begin_of(1, 1));
  auto duplicate = store->begin(begin_of(1, 2));
  auto done = store->complete(id_of(1), token_of(1), result_of("x"), 1h);
  auto replay = store->begin(begin_of(1, 3));
  held.reset();
  EXPECT_TRUE(is<Acquired>(first.get()));
  EXPECT_TRUE(is<Busy>(duplicate.get()));
  EXPECT_TRUE(done.get().ok());
  EXPECT_TRUE(is<Replay>(replay.get()));
}

TEST_F(SqliteStore, RefusesMoreThanMayWait) {
  WriterOptions small = options();
  small.max_waiting = 2;
  store = make_store(small, true);
  auto held = *store->open(transactional(200, 200)).get();
  auto first = store->begin(begin_of(1, 1));
  auto second = store->begin(begin_of(2, 2));
  auto third = store->begin(begin_of(3, 3));
  ASSERT_TRUE(third.ready());
  EXPECT_EQ(third.get().status().code(), Code::unavailable);
  held.reset();
  EXPECT_TRUE(is<Acquired>(first.get()));
  EXPECT_TRUE(is<Acquired>(second.get()));
}

TEST_F(SqliteStore, DoesWhatItWasToldBeforeItEnds) {
  auto held = *store->open(transactional(200, 200)).get();
  auto begun = store->begin(begin_of(1, 1));
  store.reset();
  held.reset();
  EXPECT_TRUE(is<Acquired>(begun.get()));
}

// --- Expiry ---

TEST_F(SqliteStore, PurgesWhatHasExpired) {
  for (std::uint8_t i = 1; i <= 3; ++i) {
    begin(begin_of(i, i));
    complete(i, result_of("x"), i * 1h);
  }
  begin(begin_of(4, 4));       // never without a result
  begin(transactional(5, 5));  // in a day
  EXPECT_EQ(*store->purge(10).get(), 0u);
  machine.pass(2h);
  EXPECT_EQ(*store->purge(1).get(), 1u);
  EXPECT_EQ(*store->purge(10).get(), 1u);
  machine.pass(48h);
  EXPECT_EQ(*store->purge(10).get(), 2u);
  EXPECT_EQ(Shell(path).number("SELECT count(*) FROM cpp_lite_records"), 1);
}

TEST_F(SqliteStore, PurgesByItself) {
  begin(begin_of(1, 1));
  complete(1, result_of("x"), 1h);
  machine.pass(2h);
  WriterOptions purging = options();
  purging.purge_interval = 1ms;
  store = make_store(purging, true);
  Shell shell(path);
  for (int i = 0; i < 10'000 && shell.number("SELECT count(*) FROM cpp_lite_records") != 0; ++i) {
    sqlite3_sleep(1);
  }
  EXPECT_EQ(shell.number("SELECT count(*) FROM cpp_lite_records"), 0);
}

// --- Clocks ---

TEST_F(SqliteStore, AClockThatIsSetBackAnHourHoldsNoClaimAndPurgesNothing) {
  BeginArgs args = transactional(1, 1);
  ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
  begin(begin_of(2, 2));
  complete(2, result_of("x"), 1min);
  machine.set_wall_ahead(-1h);
  EXPECT_TRUE(is<Busy>(store->begin(transactional(1, 2)).get()));
  machine.pass(args.lease);
  EXPECT_TRUE(is<Acquired>(store->begin(transactional(1, 3)).get()));
  machine.pass(1min);
  EXPECT_EQ(*store->purge(10).get(), 0u);
  EXPECT_TRUE(is<Replay>(store->begin(begin_of(2, 3)).get()));
  machine.set_wall_ahead(1h);
  EXPECT_EQ(*store->purge(10).get(), 1u);
}

TEST_F(SqliteStore, AClockThatIsAYearAheadForAWhileForgetsNothing) {
  begin(begin_of(1, 1));
  complete(1, result_of("x"), 24h);
  begin(transactional(2, 2));
  machine.set_wall_ahead(365 * 24h);
  EXPECT_TRUE(is<Replay>(store->begin(begin_of(1, 2)).get()));
  EXPECT_TRUE(is<Busy>(store->begin(transactional(2, 3)).get()));
  EXPECT_EQ(*store->purge(10).get(), 0u);
  const auto meanwhile = store->begin(begin_of(3, 3)).get();
  EXPECT_EQ(std::get<Acquired>(*meanwhile).first_begin, machine.wall() - 365 * 24h);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("clock jumped"), std::string::npos);
  machine.set_wall_ahead(-365 * 24h);
  machine.pass(24h);
  EXPECT_EQ(*store->purge(10).get(), 2u);
  EXPECT_EQ(lines.size(), 2u);
}

TEST_F(SqliteStore, AJumpIsSeenAfterARestart) {
  begin(begin_of(1, 1));
  complete(1, result_of("x"), 24h);
  store.reset();
  machine.set_wall_ahead(365 * 24h);
  store = open_store();
  EXPECT_EQ(*store->purge(10).get(), 0u);
  EXPECT_TRUE(is<Replay>(store->begin(begin_of(1, 2)).get()));
}

TEST_F(SqliteStore, ACompletionDuringAJumpLivesAsLongAsItShould) {
  begin(begin_of(1, 1));
  machine.set_wall_ahead(-1h);
  complete(1, result_of("x"), 2h);
  machine.set_wall_ahead(1h);
  machine.pass(119min);
  EXPECT_TRUE(is<Replay>(store->begin(begin_of(1, 2)).get()));
  machine.pass(1min);
  EXPECT_TRUE(is<Acquired>(store->begin(begin_of(1, 3)).get()));
}

TEST_F(SqliteStore, ARenewalDuringAJumpLeavesTheExpiryAlone) {
  BeginArgs args = transactional(1, 1);
  ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
  machine.set_wall_ahead(-1h);
  EXPECT_TRUE(store->renew(id_of(1), token_of(1), 1min).get().ok());
  machine.set_wall_ahead(1h);
  const auto entries = store->list(std::nullopt, std::nullopt, 1).get();
  EXPECT_EQ((*entries)[0].expires_at, machine.wall() + args.ttl);
}

// --- Quotas ---

TEST_F(SqliteStore, CountsWhatWasThereBeforeTheFirstQuota) {
  begin(begin_of(1, 1));
  begin(begin_of(2, 2));
  complete(2, result_of("x"), 1h);
  BeginArgs args = begin_of(3, 3);
  args.quota.records = 2;
  EXPECT_TRUE(is<idempotency::Full>(store->begin(args).get()));
  EXPECT_EQ(*store->release(id_of(1), token_of(1)).get(), FenceResult::done);
  EXPECT_TRUE(is<Acquired>(store->begin(args).get()));
}

TEST_F(SqliteStore, MakesRoomByPurging) {
  BeginArgs args = begin_of(1, 1);
  args.quota.records = 1;
  begin(args);
  complete(1, result_of("x"), 1h);
  args = begin_of(2, 2);
  args.quota.records = 1;
  EXPECT_TRUE(is<idempotency::Full>(store->begin(args).get()));
  machine.pass(1h);
  EXPECT_TRUE(is<Acquired>(store->begin(args).get()));
}

TEST_F(SqliteStore, CountsBytesAsTheyComeAndGo) {
  BeginArgs args = begin_of(1, 1);
  args.quota.bytes = 10'000;
  begin(args);
  StoredResult large;
  large.body.resize(20'000);
  complete(1, large, 1h);
  BeginArgs next = begin_of(2, 2);
  next.quota.bytes = 10'000;
  EXPECT_TRUE(is<idempotency::Full>(store->begin(next).get()));
  EXPECT_TRUE(store->redact(id_of(1)).get().ok());
  EXPECT_TRUE(is<Acquired>(store->begin(next).get()));
  Shell shell(path);
  EXPECT_EQ(shell.number("SELECT bytes FROM cpp_lite_scopes"),
            shell.number("SELECT sum(bytes) FROM cpp_lite_records"));
  EXPECT_EQ(shell.number("SELECT bytes FROM cpp_lite_scopes"),
            2 * static_cast<std::int64_t>(std::string("/shop.Shop/Buyscopekey-1").size()));
}

}  // namespace
}  // namespace cpp_lite::sqlite
