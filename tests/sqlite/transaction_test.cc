#include <gtest/gtest.h>

#include "sqlite_support.h"

namespace cpp_lite::sqlite {
namespace {

class SqliteTransaction : public SqliteTest {
 protected:
  SqliteTransaction() {
    WriterOptions with_ledger = options();
    with_ledger.application_schema =
        "CREATE TABLE IF NOT EXISTS ledger(entry TEXT UNIQUE ON CONFLICT ROLLBACK)";
    store = make_store(with_ledger, true);
  }

  std::unique_ptr<Transaction> open(BeginArgs args) {
    auto opened = store->open(std::move(args)).get();
    EXPECT_TRUE(opened.ok()) << opened.status().to_string();
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  std::int64_t charges() { return Shell(path).number("SELECT count(*) FROM ledger"); }
  static int charge(Transaction& transaction, const std::string& entry = "a") {
    return Shell(transaction).run("INSERT INTO ledger VALUES('" + entry + "')");
  }

  std::shared_ptr<TransactionalStore> store;
};

TEST_F(SqliteTransaction, CommitsEffectAndResultTogether) {
  auto transaction = open(transactional(1, 1));
  ASSERT_TRUE(std::holds_alternative<Acquired>(transaction->begun()));
  EXPECT_EQ(transaction->kind(), "sqlite");
  EXPECT_EQ(charge(*transaction), SQLITE_OK);
  EXPECT_EQ(charges(), 0);
  EXPECT_EQ(*transaction->complete(result_of("charged"), 1h, true).get(),
            CompleteResult::completed);
  EXPECT_EQ(charges(), 1);
  auto again = open(transactional(1, 2));
  ASSERT_TRUE(std::holds_alternative<Replay>(again->begun()));
  EXPECT_EQ(std::get<Replay>(again->begun()).result, result_of("charged"));
  EXPECT_EQ(again->handle(), nullptr);
}

TEST_F(SqliteTransaction, StoresADeclineWithoutItsEffect) {
  auto transaction = open(transactional(1, 1));
  charge(*transaction);
  EXPECT_EQ(*transaction->complete(result_of("declined"), 1h, false).get(),
            CompleteResult::completed);
  EXPECT_EQ(charges(), 0);
  EXPECT_TRUE(std::holds_alternative<Replay>(open(transactional(1, 2))->begun()));
}

TEST_F(SqliteTransaction, ReleaseLeavesNothing) {
  auto transaction = open(transactional(1, 1));
  charge(*transaction);
  EXPECT_EQ(*transaction->release().get(), FenceResult::done);
  EXPECT_EQ(charges(), 0);
  EXPECT_EQ(Shell(path).number("SELECT count(*) FROM cpp_lite_records"), 0);
}

TEST_F(SqliteTransaction, DroppingItLeavesNothing) {
  charge(*open(transactional(1, 1)));
  EXPECT_TRUE(std::holds_alternative<Acquired>(open(transactional(1, 2))->begun()));
  EXPECT_EQ(charges(), 0);
}

TEST_F(SqliteTransaction, EndsOnce) {
  auto transaction = open(transactional(1, 1));
  EXPECT_TRUE(transaction->release().get().ok());
  EXPECT_EQ(transaction->complete(result_of("late"), 1h, true).get().status().code(),
            Code::failed_precondition);
  EXPECT_EQ(transaction->handle(), nullptr);
}

TEST_F(SqliteTransaction, TakesOverFromARecordThatWasBegunOtherwise) {
  BeginArgs args = transactional(1, 1);
  ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
  EXPECT_TRUE(std::holds_alternative<Busy>(open(transactional(1, 2))->begun()));
  machine.pass(args.lease);
  auto transaction = open(transactional(1, 3));
  EXPECT_EQ(std::get<Acquired>(transaction->begun()).attempt, 2u);
  EXPECT_TRUE(transaction->release().get().ok());
  EXPECT_EQ(std::get<Acquired>(open(transactional(1, 4))->begun()).attempt, 2u);
}

TEST_F(SqliteTransaction, SharesItsCommitWithWhatIsDueWhenItEnds) {
  auto first = open(transactional(1, 1));
  auto second = store->open(transactional(2, 2));
  auto other = store->begin(begin_of(3, 3));
  charge(*first, "first");
  auto first_done = first->complete(result_of("1"), 1h, true);
  auto second_open = *second.get();
  EXPECT_FALSE(first_done.ready());
  charge(*second_open, "second");
  auto second_done = second_open->complete(result_of("2"), 1h, true);
  EXPECT_TRUE(first_done.get().ok());
  EXPECT_TRUE(second_done.get().ok());
  EXPECT_TRUE(is<Acquired>(other.get()));
  EXPECT_EQ(charges(), 2);
  EXPECT_EQ(commit_count(), 1u);
}

TEST_F(SqliteTransaction, PastItsTimeATransactionWaitsForNoFurtherHandler) {
  store = nullptr;
  WriterOptions hasty = options();
  hasty.share_for = 0ns;
  store = make_store(hasty, true);
  auto first = open(transactional(1, 1));
  auto second = store->open(transactional(2, 2)), third = store->open(transactional(3, 3));
  EXPECT_TRUE(first->release().get().ok());
  auto second_open = *second.get();
  charge(*second_open, "second");
  EXPECT_TRUE(second_open->complete(result_of("2"), 1h, true).get().ok());
  EXPECT_EQ(charges(), 1);
  auto third_open = *third.get();
  charge(*third_open, "third");
  EXPECT_TRUE(third_open->complete(result_of("3"), 1h, true).get().ok());
  EXPECT_EQ(charges(), 2);
}

TEST_F(SqliteTransaction, HandlersMayNotEndTheTransaction) {
  auto transaction = open(transactional(1, 1));
  Shell shell(*transaction);
  charge(*transaction);
  for (const char* sql : {"COMMIT", "END", "ROLLBACK", "BEGIN", "RELEASE cpp_lite_effect",
                          "ROLLBACK TO cpp_lite_effect", "ATTACH 'other.db' AS other",
                          "PRAGMA journal_mode=DELETE"}) {
    EXPECT_EQ(shell.run(sql), SQLITE_AUTH) << sql;
  }
  EXPECT_TRUE(transaction->complete(result_of("ok"), 1h, true).get().ok());
  EXPECT_EQ(charges(), 1);
}

TEST_F(SqliteTransaction, HandlersMayNotTouchTheStoresTables) {
  auto transaction = open(transactional(1, 1));
  Shell shell(*transaction);
  for (const char* sql :
       {"DELETE FROM cpp_lite_records", "UPDATE cpp_lite_meta SET store_id='x'",
        "INSERT INTO cpp_lite_scopes VALUES('a', 1, 1)", "DROP TABLE cpp_lite_records",
        "ALTER TABLE cpp_lite_records ADD COLUMN x", "DROP INDEX cpp_lite_expiry",
        "CREATE TRIGGER t AFTER INSERT ON cpp_lite_records BEGIN SELECT 1; END"}) {
    EXPECT_EQ(shell.run(sql), SQLITE_AUTH) << sql;
  }
  EXPECT_EQ(shell.number("SELECT count(*) FROM cpp_lite_records"), 0);
}

TEST_F(SqliteTransaction, TheApplicationsSchemaMakesNoCommitLessDurable) {
  WriterOptions hasty = options();
  hasty.setup.synchronous = true;
  hasty.application_schema = "PRAGMA synchronous=OFF";
  store = make_store(hasty, true);
  auto transaction = open(transactional(1, 1));
  EXPECT_EQ(Shell(*transaction).number("PRAGMA synchronous"), 2);
}

TEST_F(SqliteTransaction, HandlersMayUseSavepointsAndMakeTables) {
  auto transaction = open(transactional(1, 1));
  Shell shell(*transaction);
  EXPECT_EQ(shell.run("CREATE TABLE more(x); SAVEPOINT a; INSERT INTO more VALUES(1);"
                      "ROLLBACK TO a; INSERT INTO more VALUES(2)"),
            SQLITE_OK);  // and leave them open
  EXPECT_TRUE(transaction->complete(result_of("ok"), 1h, true).get().ok());
  EXPECT_EQ(Shell(path).number("SELECT sum(x) FROM more"), 2);
  EXPECT_TRUE(is<Replay>(store->begin(begin_of(1, 2)).get()));
}

TEST_F(SqliteTransaction, AConflictThatRollsBackTakesEverythingBack) {
  auto first = open(transactional(1, 1));
  charge(*first, "same");
  ASSERT_TRUE(first->complete(result_of("1"), 1h, true).get().ok());
  auto second = open(transactional(2, 2));
  auto waiting = store->begin(begin_of(3, 3));
  EXPECT_EQ(charge(*second, "other"), SQLITE_OK);
  EXPECT_EQ(charge(*second, "same"), SQLITE_CONSTRAINT);  // the transaction is over
  // What follows cannot become durable either, by itself or in a transaction of its own.
  EXPECT_NE(charge(*second, "alone"), SQLITE_OK);
  EXPECT_EQ(Shell(*second).run("SAVEPOINT mine; INSERT INTO ledger VALUES('mine')"), SQLITE_OK);
  EXPECT_NE(Shell(*second).run("RELEASE mine"), SQLITE_OK);
  EXPECT_EQ(second->complete(result_of("2"), 1h, true).get().status().code(), Code::aborted);
  EXPECT_EQ(charges(), 1);
  EXPECT_TRUE(is<Acquired>(waiting.get()));
  EXPECT_TRUE(std::holds_alternative<Acquired>(open(transactional(2, 4))->begun()));
}

TEST_F(SqliteTransaction, AStatementThatIsLeftOpenIsEnded) {
  auto transaction = open(transactional(1, 1));
  charge(*transaction, "a");
  charge(*transaction, "b");
  sqlite3_stmt* statement = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(Shell(*transaction).handle(), "SELECT * FROM ledger", -1, &statement,
                               nullptr),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_step(statement), SQLITE_ROW);
  EXPECT_TRUE(transaction->complete(result_of("ok"), 1h, true).get().ok());
  EXPECT_EQ(sqlite3_stmt_busy(statement), 0);
  sqlite3_finalize(statement);
  EXPECT_EQ(charges(), 2);
}

TEST_F(SqliteTransaction, AnEffectThatBreaksForeignKeysHarmsNobodyElse) {
  store.reset();
  WriterOptions with_keys = options();
  with_keys.application_schema =
      "PRAGMA foreign_keys=ON; CREATE TABLE IF NOT EXISTS account(id INTEGER PRIMARY KEY);"
      "CREATE TABLE IF NOT EXISTS entry(account REFERENCES account(id) DEFERRABLE INITIALLY "
      "DEFERRED)";
  store = make_store(with_keys, true);
  auto first = open(transactional(1, 1));
  auto waiting = store->open(transactional(2, 2));
  auto first_done = first->complete(result_of("1"), 1h, true);
  auto second = *waiting.get();
  EXPECT_EQ(Shell(*second).run("INSERT INTO entry VALUES(7)"), SQLITE_OK);
  EXPECT_EQ(second->complete(result_of("2"), 1h, true).get().status().code(), Code::aborted);
  EXPECT_TRUE(first_done.get().ok());
  EXPECT_TRUE(std::holds_alternative<Acquired>(open(transactional(2, 3))->begun()));
  EXPECT_EQ(Shell(path).number("SELECT count(*) FROM entry"), 0);
}

TEST_F(SqliteTransaction, HeldBeyondItsLeaseItComesToNothingAndNobodyWaitsLonger) {
  BeginArgs args = transactional(1, 1);
  args.lease = 10ms;
  auto late = open(args);
  charge(*late, "late");
  EXPECT_TRUE(is<Acquired>(store->begin(begin_of(2, 2)).get()));  // after ten milliseconds
  EXPECT_EQ(charge(*late, "later"), SQLITE_AUTH);
  EXPECT_EQ(Shell(*late).run("SELECT * FROM ledger"), SQLITE_AUTH);
  EXPECT_EQ(late->complete(result_of("late"), 1h, true).get().status().code(), Code::aborted);
  EXPECT_EQ(charges(), 0);
  EXPECT_TRUE(std::holds_alternative<Acquired>(open(transactional(1, 3))->begun()));
}

TEST_F(SqliteTransaction, WhatSharesATransactionWithALateHandlerFailsWithIt) {
  auto first = open(transactional(1, 1));
  BeginArgs args = transactional(2, 2);
  args.lease = 10ms;
  auto second = store->open(args);
  auto first_done = first->complete(result_of("1"), 1h, true);
  auto late = *second.get();
  ASSERT_TRUE(late->take());
  ASSERT_FALSE(first_done.ready());
  EXPECT_EQ(first_done.get().status().code(), Code::aborted);
  EXPECT_TRUE(std::holds_alternative<Acquired>(open(transactional(1, 3))->begun()));
}

TEST_F(SqliteTransaction, AStatementInALateHandlersHandsIsWaitedForAndOthersFailMeanwhile) {
  BeginArgs args = transactional(1, 1);
  args.lease = 1s;
  auto late = open(args);
  charge(*late, "a");
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(Shell(*late).handle(), "SELECT * FROM ledger", -1, &statement, nullptr);
  ASSERT_EQ(sqlite3_step(statement), SQLITE_ROW);
  const auto meanwhile = store->begin(begin_of(2, 2)).get();
  EXPECT_EQ(meanwhile.status().code(), Code::unavailable);
  EXPECT_STREQ(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)), "a");
  sqlite3_finalize(statement);
  EXPECT_TRUE(is<Acquired>(store->begin(begin_of(2, 3)).get()));
  EXPECT_EQ(charges(), 0);
}

TEST_F(SqliteTransaction, WhoDoesNotComeForItsTurnHoldsUpNobody) {
  store = nullptr;
  WriterOptions hasty = options();
  hasty.patience = 0ns;
  store = make_store(hasty, true);
  auto absent = open(transactional(1, 1));
  ASSERT_TRUE(std::holds_alternative<Acquired>(absent->begun()));
  EXPECT_TRUE(is<Acquired>(store->begin(begin_of(2, 2)).get()));
  EXPECT_FALSE(absent->take());
  EXPECT_EQ(absent->handle(), nullptr);
  EXPECT_EQ(absent->complete(result_of("1"), 1h, true).get().status().code(), Code::aborted);
  EXPECT_TRUE(is<Acquired>(store->begin(begin_of(1, 3)).get()));
}

TEST_F(SqliteTransaction, SurvivesTheStoresOwner) {
  auto transaction = open(transactional(1, 1));
  store.reset();
  charge(*transaction);
  EXPECT_TRUE(transaction->complete(result_of("ok"), 1h, true).get().ok());
  transaction.reset();
  EXPECT_EQ(charges(), 1);
}

TEST_F(SqliteTransaction, NobodyWhoWaitsForItAnyMoreIsNoHandler) {
  auto first = open(transactional(1, 1));
  { auto dropped = store->open(transactional(2, 2)); }
  EXPECT_TRUE(first->release().get().ok());
  EXPECT_TRUE(std::holds_alternative<Acquired>(open(transactional(2, 3))->begun()));
}

}  // namespace
}  // namespace cpp_lite::sqlite
