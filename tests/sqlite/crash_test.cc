// The process dies: by a signal that it does not hear, in a child of the test.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "sqlite_support.h"

namespace cpp_lite::sqlite {
namespace {

class SqliteCrash : public SqliteTest {
 protected:
  // Runs that in a process that ends by SIGKILL, at the latest when it is done. The test has no
  // threads then.
  void in_a_doomed_process(const std::function<void(TransactionalStore&)>& body) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      WriterOptions with_ledger = options();
      with_ledger.application_schema = "CREATE TABLE IF NOT EXISTS ledger(entry)";
      auto store = make_store(with_ledger, true);
      body(*store);
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  }
  static void charge(Transaction& transaction) {
    Shell(transaction).run("INSERT INTO ledger VALUES(1)");
  }
  std::int64_t charges() { return Shell(path).number("SELECT count(*) FROM ledger"); }
};

TEST_F(SqliteCrash, AClaimOutlivesItsProcessUntilItsLeaseEnds) {
  in_a_doomed_process([](TransactionalStore& store) {
    (void)store.begin(begin_of(1, 1)).get();
    (void)store.begin(transactional(2, 2)).get();
  });
  auto store = open_store();
  EXPECT_TRUE(is<Busy>(store->begin(begin_of(1, 3)).get()));
  EXPECT_TRUE(is<Busy>(store->begin(transactional(2, 3)).get()));
  machine.pass(begin_of(1, 1).lease);
  EXPECT_TRUE(is<idempotency::Indeterminate>(store->begin(begin_of(1, 3)).get()));
  EXPECT_TRUE(is<Acquired>(store->begin(transactional(2, 3)).get()));
}

TEST_F(SqliteCrash, AResultOutlivesItsProcess) {
  in_a_doomed_process([](TransactionalStore& store) {
    (void)store.begin(begin_of(1, 1)).get();
    (void)store.complete(id_of(1), token_of(1), result_of("done"), 1h).get();
  });
  EXPECT_TRUE(is<Replay>(open_store()->begin(begin_of(1, 2)).get()));
}

TEST_F(SqliteCrash, ATransactionThatWasOpenLeavesNothingBehind) {
  in_a_doomed_process([](TransactionalStore& store) {
    charge(**store.open(transactional(1, 1)).get());
    auto second = *store.open(transactional(2, 2)).get();
    charge(*second);
    kill(getpid(), SIGKILL);
  });
  auto store = open_store();
  EXPECT_EQ(charges(), 0);
  EXPECT_TRUE(is<Acquired>(store->begin(begin_of(1, 3)).get()));
  EXPECT_TRUE(is<Acquired>(store->begin(begin_of(2, 3)).get()));
}

TEST_F(SqliteCrash, BetweenTheResultAndTheCommitNothingHasHappened) {
  in_a_doomed_process([](TransactionalStore& store) {
    auto first = *store.open(transactional(1, 1)).get();
    auto next = store.open(transactional(2, 2));  // shares the transaction
    charge(*first);
    auto done = first->complete(result_of("done"), 1h, true);
    auto second = *next.get();
    if (!done.ready()) kill(getpid(), SIGKILL);
  });
  auto store = open_store();
  EXPECT_EQ(charges(), 0);
  EXPECT_TRUE(is<Acquired>(store->begin(begin_of(1, 3)).get()));
}

TEST_F(SqliteCrash, AfterTheAnswerBothAreThere) {
  in_a_doomed_process([](TransactionalStore& store) {
    auto transaction = *store.open(transactional(1, 1)).get();
    charge(*transaction);
    (void)transaction->complete(result_of("done"), 1h, true).get();
  });
  auto store = open_store();
  EXPECT_EQ(charges(), 1);
  EXPECT_TRUE(is<Replay>(store->begin(begin_of(1, 3)).get()));
}

}  // namespace
}  // namespace cpp_lite::sqlite
