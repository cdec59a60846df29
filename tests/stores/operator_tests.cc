// What operators ask of a store, and what scopes may hold.
#include <algorithm>
#include <set>

#include "stores/store_suite.h"

namespace cpp_lite::idempotency::testing {

// --- resolve and redact ---

TEST_P(StoreSuite, AnOperatorsAnswerEndsAnUnknownOutcome) {
  begin(1, 1);
  pass(kLease);
  begin(1, 2);
  EXPECT_TRUE(resolve(1, 1, answer("it was charged")).ok());
  EXPECT_EQ(replayed(begin(1, 3)), "it was charged");
  pass(kTtl - 1min);
  EXPECT_EQ(replayed(begin(1, 3)), "it was charged");
  pass(1min);
  EXPECT_TRUE(is<Absent>(lookup(1)));
}

TEST_P(StoreSuite, ResolvedAsNeverBegunTheKeyIsFree) {
  begin(1, 1);
  pass(kLease);
  EXPECT_TRUE(resolve(1, 1, std::nullopt).ok());
  EXPECT_EQ(attempt(begin(1, 2)), 1U);
}

TEST_P(StoreSuite, ResolveIsRefusedWhereTheOutcomeIsNotUnknown) {
  EXPECT_EQ(resolve(1, 1, std::nullopt).code(), Code::not_found);
  begin(1, 1);
  EXPECT_EQ(resolve(1, 1, std::nullopt, true).code(), Code::failed_precondition);
  mark_unknown(1, 1);
  EXPECT_EQ(resolve(1, 2, std::nullopt, true).code(), Code::failed_precondition);
  EXPECT_EQ(resolve(1, 1, std::nullopt).code(), Code::failed_precondition);
  EXPECT_TRUE(is<Indeterminate>(lookup(1)));
  EXPECT_TRUE(resolve(1, 1, answer("x"), true).ok());
  EXPECT_EQ(resolve(1, 1, std::nullopt, true).code(), Code::failed_precondition);
  EXPECT_EQ(replayed(lookup(1)), "x");
}

TEST_P(StoreSuite, ARedactedResultIsATombstone) {
  StoredResult result = answer("card 4242");
  result.message = "of Alice";
  begin(1, 1);
  EXPECT_EQ(redact(1).code(), Code::failed_precondition);
  complete(1, 1, result);
  EXPECT_TRUE(redact(1).ok());
  StoredResult tombstone;
  tombstone.tombstone = true;
  EXPECT_EQ(begin(1, 2), BeginResult(Replay{tombstone}));
  EXPECT_EQ(redact(2).code(), Code::not_found);
}

// --- purge ---

TEST_P(StoreSuite, PurgeTakesExpiredRecordsAsManyAsItMay) {
  for (std::uint8_t key = 1; key <= 5; ++key) {
    begin(key, 1);
    complete(key, 1);
  }
  pass(kTtl - 1min);
  EXPECT_EQ(purge(), 0U);
  pass(1min);
  if (GetParam().purges_itself) return;
  EXPECT_EQ(purge(2), 2U);
  EXPECT_EQ(list().size(), 3U);
  EXPECT_EQ(purge(), 3U);
  EXPECT_EQ(purge(), 0U);
  EXPECT_TRUE(list().empty());
}

TEST_P(StoreSuite, PurgeLeavesWhatRunsAndWhatIsUnknown) {
  begin(1, 1);
  begin(2, 1);
  mark_unknown(2, 1);
  rerun_until = kWindow;
  begin(3, 1);
  rerun_until = kAlways;
  expires = true;
  BeginArgs long_lease = args(4, 1);
  long_lease.lease = 2 * kTtl;
  begin(long_lease);
  pass(kTtl);
  EXPECT_EQ(purge(), 0U);
  EXPECT_EQ(list().size(), 4U);
  EXPECT_EQ(complete(4, 1), CompleteResult::completed);
}

// --- list ---

TEST_P(StoreSuite, ListTellsWhatToolsWantToKnow) {
  scope = std::string("issuer\0alice's \"scope\" \xff", 24);
  begin(1, 7);
  const std::vector<Entry> entries = list();
  ASSERT_EQ(entries.size(), 1U);
  const Entry& entry = entries[0];
  EXPECT_EQ(entry.id, id(1));
  EXPECT_EQ(entry.state, State::in_progress);
  EXPECT_EQ(entry.token, token(7));
  EXPECT_EQ(entry.attempt, 1U);
  EXPECT_TRUE(is_near(entry.lease_until - entry.first_begin, kLease));
  EXPECT_EQ(entry.owner, (Owner{"host-7", 7, Time(5s)}));
  EXPECT_EQ(entry.label, (Label{"pay.Payments.Charge", scope, "key-1"}));
  EXPECT_FALSE(entry.result);
}

TEST_P(StoreSuite, ListChoosesByState) {
  begin(1, 1);
  begin(2, 1);
  mark_unknown(2, 1);
  begin(3, 1);
  complete(3, 1);
  ASSERT_EQ(list(State::indeterminate).size(), 1U);
  EXPECT_EQ(list(State::indeterminate)[0].id, id(2));
  ASSERT_EQ(list(State::completed).size(), 1U);
  EXPECT_EQ(body_of(*list(State::completed)[0].result), "done");
  EXPECT_EQ(list(State::in_progress).size(), 1U);
}

TEST_P(StoreSuite, ListGoesPageByPageInTheOrderOfIds) {
  std::set<Id> expected;
  for (std::uint8_t key = 1; key <= 10; ++key) {
    begin(key, 1);
    expected.insert(id(key));
  }
  std::vector<Id> found;
  for (std::vector<Entry> page = list(std::nullopt, std::nullopt, 3); !page.empty();
       page = list(std::nullopt, found.back(), 3)) {
    EXPECT_LE(page.size(), 3U);
    for (const Entry& entry : page) found.push_back(entry.id);
  }
  EXPECT_TRUE(std::equal(found.begin(), found.end(), expected.begin(), expected.end()));
}

// --- Quotas ---

TEST_P(StoreSuite, AScopeHoldsNoMoreRecordsThanItMay) {
  quota.records = 2;
  begin(1, 1);
  begin(2, 1);
  EXPECT_TRUE(is<Full>(begin(3, 1)));
  EXPECT_TRUE(is<Absent>(lookup(3)));
  scope = "bob";
  EXPECT_EQ(attempt(begin(4, 1)), 1U);
}

TEST_P(StoreSuite, AFullScopeStillGetsItsAnswers) {
  quota.records = 2;
  begin(1, 1);
  begin(2, 1);
  EXPECT_TRUE(is<Busy>(begin(1, 2)));
  EXPECT_EQ(complete(1, 1), CompleteResult::completed);
  EXPECT_EQ(replayed(begin(1, 2)), "done");
  EXPECT_TRUE(is<Full>(begin(3, 1)));
}

TEST_P(StoreSuite, ReleasedAndPurgedRecordsMakeRoomInTheirScope) {
  quota.records = 2;
  begin(1, 1);
  begin(2, 1);
  complete(2, 1);
  release(1, 1);
  EXPECT_EQ(attempt(begin(3, 1)), 1U);
  EXPECT_TRUE(is<Full>(begin(4, 1)));
  pass(kTtl);
  purge();
  EXPECT_EQ(attempt(begin(4, 1)), 1U);
}

TEST_P(StoreSuite, AScopeThatHoldsTooManyBytesBeginsNothingNew) {
  quota.bytes = 1000;
  begin(1, 1);
  begin(2, 1);
  EXPECT_EQ(complete(1, 1, answer(std::string(5000, 'x'))), CompleteResult::completed);
  EXPECT_TRUE(is<Full>(begin(3, 1)));
  EXPECT_EQ(complete(2, 1), CompleteResult::completed);
  EXPECT_TRUE(redact(1).ok());
  EXPECT_EQ(attempt(begin(3, 1)), 1U);
}

}  // namespace cpp_lite::idempotency::testing
