#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "sqlite_support.h"
#include "test_vfs.h"

namespace cpp_lite::sqlite {
namespace {

class SqliteFaults : public SqliteTest {
 protected:
  ~SqliteFaults() override {
    store.reset();
    fail_writes(SQLITE_OK);
    fail_syncs(SQLITE_OK);
  }

  // A begin() that fails, and what it says.
  std::string refused(std::uint8_t key) {
    const auto begun = store->begin(begin_of(key, key)).get();
    EXPECT_EQ(begun.status().code(), Code::unavailable);
    return begun.status().message();
  }
  bool begins(std::uint8_t key) { return is<Acquired>(store->begin(begin_of(key, key)).get()); }
  bool knows(std::uint8_t key) {
    return is<Busy>(store->lookup(id_of(key), idempotency::Fingerprint()).get());
  }
  void move_files(const std::string& from, const std::string& to) {
    for (const char* part : {"", "-wal", "-shm"}) {
      std::error_code ignored;
      std::filesystem::rename(from + part, to + part, ignored);
    }
  }
  void open_on_test_vfs() {
    WriterOptions with_vfs = options();
    with_vfs.setup.vfs = test_vfs();
    store = make_store(with_vfs, true);
  }

  std::shared_ptr<TransactionalStore> store;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(SqliteFaults, ADatabaseThatIsLockedForTooLongRefusesAndRecovers) {
  store = open_store();
  Shell other(path);
  ASSERT_EQ(other.run("BEGIN IMMEDIATE"), SQLITE_OK);
  EXPECT_TRUE(contains(refused(1), "locked"));
  EXPECT_FALSE(knows(1));  // reading works
  ASSERT_EQ(other.run("ROLLBACK"), SQLITE_OK);
  EXPECT_TRUE(begins(1));
}

TEST_F(SqliteFaults, ALockThatIsHeldBrieflyIsWaitedFor) {
  WriterOptions patient = options();
  patient.setup.busy_timeout = 10s;
  store = make_store(patient, true);
  Shell other(path);
  ASSERT_EQ(other.run("BEGIN IMMEDIATE"), SQLITE_OK);
  auto begun = store->begin(begin_of(1, 1));
  ASSERT_EQ(other.run("COMMIT"), SQLITE_OK);
  EXPECT_TRUE(is<Acquired>(begun.get()));
}

TEST_F(SqliteFaults, AFullDatabaseRefusesWhatItCannotHold) {
  WriterOptions small = options();
  small.setup.max_pages = 40;
  store = make_store(small, true);
  StoredResult large;
  large.body.resize(60'000);
  ASSERT_TRUE(begins(1));
  ASSERT_TRUE(store->complete(id_of(1), token_of(1), large, 1h).get().ok());
  ASSERT_TRUE(begins(2));
  const auto second = store->complete(id_of(2), token_of(2), large, 1h).get();
  ASSERT_EQ(second.status().code(), Code::ok);
  ASSERT_TRUE(begins(3));
  const auto third = store->complete(id_of(3), token_of(3), large, 1h).get();
  EXPECT_EQ(third.status().code(), Code::unavailable);
  EXPECT_TRUE(contains(third.status().message(), "full"));
  EXPECT_TRUE(is<Replay>(store->begin(begin_of(1, 9)).get()));
  EXPECT_TRUE(knows(3));
  machine.pass(1h);
  EXPECT_EQ(*store->purge(10).get(), 2u);
  EXPECT_EQ(*store->complete(id_of(3), token_of(3), large, 1h).get(), CompleteResult::completed);
}

TEST_F(SqliteFaults, AFullDiskRefusesAndRecovers) {
  open_on_test_vfs();
  ASSERT_TRUE(begins(1));
  fail_writes(SQLITE_FULL);
  EXPECT_TRUE(contains(refused(2), "full"));
  EXPECT_TRUE(knows(1));
  fail_writes(SQLITE_OK);
  EXPECT_FALSE(knows(2));
  EXPECT_TRUE(begins(2));
}

TEST_F(SqliteFaults, ADiskThatFailsRefusesAndRecovers) {
  open_on_test_vfs();
  ASSERT_TRUE(begins(1));
  fail_writes(SQLITE_IOERR_WRITE);
  EXPECT_TRUE(contains(refused(2), "disk I/O error"));
  fail_writes(SQLITE_OK);
  EXPECT_TRUE(knows(1));
  EXPECT_FALSE(knows(2));
  EXPECT_TRUE(begins(2));
}

TEST_F(SqliteFaults, NothingIsAnsweredThatCouldNotBeSynced) {
  open_on_test_vfs();
  ASSERT_TRUE(begins(1));
  fail_syncs(SQLITE_IOERR_FSYNC);
  EXPECT_TRUE(contains(refused(2), "disk I/O error"));
  fail_syncs(SQLITE_OK);
  EXPECT_TRUE(knows(1));
  BeginArgs again = begin_of(2, 3);
  again.previous = token_of(2);  // it may or may not be there
  EXPECT_TRUE(is<Acquired>(store->begin(again).get()));
}

TEST_F(SqliteFaults, ATransactionsResultThatCannotBeStoredTakesItsEffectBack) {
  WriterOptions with_ledger = options();
  with_ledger.setup.vfs = test_vfs();
  with_ledger.application_schema = "CREATE TABLE IF NOT EXISTS ledger(entry)";
  store = make_store(with_ledger, true);
  auto transaction = *store->open(transactional(1, 1)).get();
  EXPECT_EQ(Shell(*transaction).run("INSERT INTO ledger VALUES(1)"), SQLITE_OK);
  fail_writes(SQLITE_FULL);
  const auto done = transaction->complete(result_of("x"), 1h, true).get();
  EXPECT_EQ(done.status().code(), Code::unavailable);  // the COMMIT's own failure tells nothing
  fail_writes(SQLITE_OK);
  EXPECT_TRUE(is<idempotency::Absent>(store->lookup(id_of(1), idempotency::Fingerprint()).get()));
  EXPECT_EQ(Shell(path).number("SELECT count(*) FROM ledger"), 0);
}

TEST_F(SqliteFaults, ADatabaseThatWasMovedAwayIsMissedUntilItIsBack) {
  store = open_store();
  ASSERT_TRUE(begins(1));
  move_files(path, path + ".away");
  EXPECT_TRUE(contains(refused(2), "moved or deleted"));
  EXPECT_TRUE(contains(refused(2), "unable to open"));
  EXPECT_FALSE(std::filesystem::exists(path));  // no empty one is made instead
  move_files(path + ".away", path);
  EXPECT_TRUE(knows(1));
  EXPECT_TRUE(begins(2));
}

TEST_F(SqliteFaults, AFolderThatIsGoneRefuses) {
  store = open_store();
  ASSERT_TRUE(begins(1));
  std::filesystem::remove_all(std::filesystem::path(path).parent_path());
  EXPECT_FALSE(refused(2).empty());
  EXPECT_EQ(store->check().code(), Code::failed_precondition);
}

TEST_F(SqliteFaults, AnotherDatabaseInItsPlaceIsNotTakenForIt) {
  store = open_store();
  ASSERT_TRUE(begins(1));
  move_files(path, path + ".away");
  open_store();  // makes a new one there
  EXPECT_TRUE(contains(refused(2), "moved or deleted"));
  EXPECT_TRUE(contains(refused(2), "start the server again"));
}

TEST_F(SqliteFaults, AnEmptyFileInItsPlaceIsNotTakenForIt) {
  store = open_store();
  ASSERT_TRUE(begins(1));
  move_files(path, path + ".away");
  {
    std::FILE* file = std::fopen(path.c_str(), "w");
    std::fclose(file);
  }
  refused(2);
  EXPECT_TRUE(contains(refused(2), "no store in this database"));
}

TEST_F(SqliteFaults, AServerThatHasItOpenStopsWhenTheIdIsChanged) {
  store = open_store();
  const std::string id = store->id();
  ASSERT_TRUE(begins(1));
  EXPECT_EQ(sqlite_new_id(path).to_string(), "OK");
  EXPECT_TRUE(contains(refused(2), "start the server again"));
  EXPECT_TRUE(contains(refused(2), "start the server again"));
  const idempotency::Digest secret = store->secret();
  store = open_store();
  EXPECT_NE(store->id(), id);
  EXPECT_EQ(store->secret(), secret);  // what was begun keeps its downstream keys
  EXPECT_TRUE(knows(1));
}

TEST_F(SqliteFaults, LosingAndFindingTheDatabaseIsLogged) {
  store = open_store();
  ASSERT_TRUE(begins(1));
  move_files(path, path + ".away");
  refused(2);
  refused(2);
  move_files(path + ".away", path);
  EXPECT_TRUE(begins(2));
  store.reset();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(contains(lines[0], "moved or deleted")) << lines[0];
  EXPECT_TRUE(contains(lines[1], "open again")) << lines[1];
}

// --- Power failures ---

TEST_F(SqliteFaults, WhatWasAnsweredSurvivesAPowerFailure) {
  open_on_test_vfs();
  for (std::uint8_t key = 1; key <= 20; ++key) {
    ASSERT_TRUE(begins(key));
    const std::string copy = folder / ("copy-" + std::to_string(key) + ".db");
    copy_what_is_durable(path, copy);
    EXPECT_EQ(Shell(copy).number("SELECT count(*) FROM cpp_lite_records"), key);
  }
}

TEST_F(SqliteFaults, TheTestSeesAClaimThatWasNotSynced) {
  WriterOptions hasty = options();
  hasty.setup.vfs = test_vfs();
  hasty.setup.synchronous = false;
  store = make_store(hasty, true);
  ASSERT_TRUE(begins(1));
  const std::string copy = folder / "copy.db";
  copy_what_is_durable(path, copy);
  EXPECT_EQ(Shell(copy).number("SELECT count(*) FROM sqlite_master"), 0);  // not even the tables
}

}  // namespace
}  // namespace cpp_lite::sqlite
