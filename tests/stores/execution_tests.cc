// What servers ask of a store: claims, results, and who may touch them.
#include <atomic>
#include <thread>
#include <vector>

#include "stores/store_suite.h"

namespace cpp_lite::idempotency::testing {

TEST_P(StoreSuite, BeginOfANewKeyIsGranted) {
  EXPECT_EQ(attempt(begin(1, 1)), 1U);
  EXPECT_EQ(attempt(begin(2, 2)), 1U);
}

TEST_P(StoreSuite, ADuplicateIsBusyForTheRestOfTheLease) {
  begin(1, 1);
  pass(4min);
  const BeginResult duplicate = begin(1, 2);
  ASSERT_TRUE(is<Busy>(duplicate));
  EXPECT_TRUE(is_near(std::get<Busy>(duplicate).lease_left, 6min));
}

TEST_P(StoreSuite, AnotherRequestWithTheKeyIsAMismatchFromClaimToResult) {
  begin(1, 1);
  EXPECT_TRUE(is<Mismatch>(begin_other_request(1, 2)));
  EXPECT_TRUE(is<Mismatch>(lookup(1, request(2))));
  complete(1, 1);
  EXPECT_TRUE(is<Mismatch>(begin_other_request(1, 2)));
  EXPECT_EQ(replayed(begin(1, 3)), "done");
}

TEST_P(StoreSuite, TheOutcomeOfAnEndedLeaseIsUnknownUnderFail) {
  begin(1, 1);
  pass(kLease);
  const BeginResult second = begin(1, 2);
  ASSERT_TRUE(is<Indeterminate>(second));
  EXPECT_EQ(std::get<Indeterminate>(second).token, token(1));
  EXPECT_EQ(std::get<Indeterminate>(second).attempt, 1U);
  EXPECT_TRUE(is<Indeterminate>(lookup(1)));
}

TEST_P(StoreSuite, AnUnknownOutcomeIsStillUnknownAfterAYear) {
  begin(1, 1);
  EXPECT_EQ(mark_unknown(1, 1), FenceResult::done);
  pass(24h * 365);
  EXPECT_EQ(purge(), 0U);
  EXPECT_TRUE(is<Indeterminate>(begin(1, 2)));
}

TEST_P(StoreSuite, AnEndedLeaseIsTakenOverInsideTheWindow) {
  rerun_until = kWindow;
  const BeginResult first = begin(1, 1);
  pass(kLease);
  const BeginResult second = begin(1, 2);
  EXPECT_EQ(attempt(second), 2U);
  EXPECT_EQ(std::get<Acquired>(second).first_begin, std::get<Acquired>(first).first_begin);
  pass(kWindow - kLease);
  EXPECT_TRUE(is<Indeterminate>(begin(1, 3)));
}

TEST_P(StoreSuite, ABeginWhoseAnswerWasLostIsRepeatedWithItsToken) {
  begin(1, 1);
  pass(5min);
  EXPECT_EQ(attempt(begin_after(1, 2, 1)), 1U);
  pass(9min);
  EXPECT_TRUE(is<Busy>(begin(1, 3)));
  EXPECT_EQ(complete(1, 1), CompleteResult::fence_lost);
  EXPECT_EQ(complete(1, 2), CompleteResult::completed);
}

TEST_P(StoreSuite, AResultComesBackByteForByte) {
  StoredResult result = answer(std::string("\0\xff\n\"'", 5));
  result.code = Code::failed_precondition;
  result.message = "declin\xc3\xa9";
  result.details = std::string("\0\x08\x09", 3);
  result.trailers = {{"b-bin", std::string("\0\xff", 2)}, {"a", ""}, {"a", "2"}};
  begin(1, 1);
  EXPECT_EQ(complete(1, 1, result), CompleteResult::completed);
  EXPECT_EQ(begin(1, 2), BeginResult(Replay{result}));
  EXPECT_EQ(lookup(1), LookupResult(Replay{result}));
}

TEST_P(StoreSuite, AnEmptyResultAndALargeOneComeBack) {
  const StoredResult large = answer(std::string(1 << 20, 'x'));
  begin(1, 1);
  begin(2, 1);
  complete(1, 1, StoredResult());
  complete(2, 1, large);
  EXPECT_EQ(begin(1, 2), BeginResult(Replay{StoredResult()}));
  EXPECT_EQ(begin(2, 2), BeginResult(Replay{large}));
}

TEST_P(StoreSuite, ASecondResultOfTheSameExecutionChangesNothing) {
  begin(1, 1);
  complete(1, 1, answer("first"));
  pass(kTtl - 1min);
  EXPECT_EQ(complete(1, 1, answer("second")), CompleteResult::already_completed);
  EXPECT_EQ(replayed(lookup(1)), "first");
  pass(1min);
  EXPECT_TRUE(is<Absent>(lookup(1)));
}

TEST_P(StoreSuite, AnExecutionThatWasTakenOverCannotTouchTheRecord) {
  rerun_until = kWindow;
  begin(1, 1);
  pass(kLease);
  begin(1, 2);
  EXPECT_EQ(complete(1, 1), CompleteResult::fence_lost);
  EXPECT_EQ(release(1, 1), FenceResult::fence_lost);
  EXPECT_EQ(renew(1, 1), FenceResult::fence_lost);
  EXPECT_EQ(yield(1, 1), FenceResult::fence_lost);
  EXPECT_EQ(mark_unknown(1, 1), FenceResult::fence_lost);
  EXPECT_EQ(complete(1, 2, answer("second")), CompleteResult::completed);
  EXPECT_EQ(complete(1, 1), CompleteResult::fence_lost);
  EXPECT_EQ(release(1, 1), FenceResult::fence_lost);
  EXPECT_EQ(replayed(begin(1, 3)), "second");
}

TEST_P(StoreSuite, NobodyCanTouchAKeyThatIsNotThere) {
  EXPECT_TRUE(is<Absent>(lookup(1)));
  EXPECT_EQ(complete(1, 1), CompleteResult::fence_lost);
  EXPECT_EQ(release(1, 1), FenceResult::fence_lost);
  EXPECT_EQ(renew(1, 1), FenceResult::fence_lost);
  EXPECT_EQ(yield(1, 1), FenceResult::fence_lost);
  EXPECT_EQ(mark_unknown(1, 1), FenceResult::fence_lost);
  EXPECT_TRUE(is<Absent>(lookup(1)));
}

TEST_P(StoreSuite, ALateResultHealsAnUnknownOutcome) {
  begin(1, 1);
  pass(kLease);
  EXPECT_TRUE(is<Indeterminate>(begin(1, 2)));
  EXPECT_EQ(renew(1, 1), FenceResult::done);
  EXPECT_EQ(complete(1, 1), CompleteResult::completed);
  EXPECT_EQ(replayed(begin(1, 2)), "done");
}

TEST_P(StoreSuite, AReleasedKeyIsFree) {
  begin(1, 1);
  EXPECT_EQ(release(1, 1), FenceResult::done);
  EXPECT_TRUE(is<Absent>(lookup(1)));
  EXPECT_EQ(attempt(begin_other_request(1, 2)), 1U);
}

TEST_P(StoreSuite, AReleasedLaterAttemptOnlyEndsItsLease) {
  rerun_until = kWindow;
  begin(1, 1);
  pass(kLease);
  begin(1, 2);
  EXPECT_EQ(release(1, 2), FenceResult::done);
  EXPECT_EQ(lookup(1), LookupResult(Busy{0ms}));
  EXPECT_EQ(attempt(begin(1, 3)), 3U);
}

TEST_P(StoreSuite, ARenewedLeaseLastsLonger) {
  begin(1, 1);
  pass(9min);
  EXPECT_EQ(renew(1, 1), FenceResult::done);
  pass(9min);
  EXPECT_TRUE(is<Busy>(begin(1, 2)));
  pass(1min);
  EXPECT_TRUE(is<Indeterminate>(begin(1, 2)));
}

TEST_P(StoreSuite, AfterYieldTheNextRequestRunsItAgain) {
  rerun_until = kWindow;
  begin(1, 1);
  EXPECT_EQ(yield(1, 1), FenceResult::done);
  EXPECT_EQ(lookup(1), LookupResult(Busy{0ms}));
  EXPECT_EQ(attempt(begin(1, 2)), 2U);
}

TEST_P(StoreSuite, LookupClaimsNothing) {
  EXPECT_TRUE(is<Absent>(lookup(1)));
  begin(1, 1);
  pass(kLease);
  EXPECT_EQ(lookup(1), LookupResult(Busy{0ms}));
  EXPECT_EQ(complete(1, 1), CompleteResult::completed);
}

TEST_P(StoreSuite, AResultLivesAsLongAsItShould) {
  begin(1, 1);
  pass(5min);
  complete(1, 1);
  pass(kTtl - 1min);
  EXPECT_EQ(replayed(begin(1, 2)), "done");
  pass(1min);
  EXPECT_TRUE(is<Absent>(lookup(1)));
  EXPECT_EQ(complete(1, 1), CompleteResult::fence_lost);
  EXPECT_EQ(attempt(begin_other_request(1, 3)), 1U);
}

TEST_P(StoreSuite, ATransactionalClaimExpiresAnExternalOneDoesNot) {
  expires = true;
  rerun_until = kAlways;
  begin(1, 1);
  expires = false;
  rerun_until = kFail;
  begin(2, 1);
  pass(kTtl);
  EXPECT_TRUE(is<Absent>(lookup(1)));
  EXPECT_EQ(complete(1, 1), CompleteResult::fence_lost);
  EXPECT_EQ(lookup(2), LookupResult(Busy{0ms}));
}

TEST_P(StoreSuite, WhereExcludedFieldsDifferADifferenceProvesNothing) {
  begin(1, 1);
  Fingerprint newer = request(2);
  newer.excluded[0] = 1;
  EXPECT_TRUE(is<Indeterminate>(lookup(1, newer)));
  newer.full = request(1).full;
  EXPECT_TRUE(is<Busy>(lookup(1, newer)));
}

TEST_P(StoreSuite, OneOfManyThreadsIsGrantedEachKey) {
  std::atomic<int> granted = 0;
  std::vector<std::thread> threads;
  for (std::uint8_t n = 0; n < 3; ++n) {
    threads.emplace_back([this, n, &granted] {
      for (std::uint8_t key = 1; key <= 20; ++key) {
        const Result<BeginResult> answer = at(n).begin(args(key, n)).get();
        if (answer.ok() && is<Acquired>(*answer)) ++granted;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted, 20);
}

// --- What outlives a process, and what several share ---

TEST_P(StoreSuite, ADurableStoreRemembersEverything) {
  if (!promised().durable) GTEST_SKIP() << "promises no such thing";
  begin(1, 1);
  begin(2, 1);
  complete(2, 1);
  begin(3, 1);
  mark_unknown(3, 1);
  const std::string id = at(0).id();
  const Digest secret = at(0).secret();
  reopen();
  EXPECT_EQ(at(0).id(), id);
  EXPECT_EQ(at(0).secret(), secret);
  EXPECT_TRUE(is<Busy>(begin(1, 2)));
  EXPECT_EQ(replayed(begin(2, 2)), "done");
  EXPECT_TRUE(is<Indeterminate>(begin(3, 2)));
}

TEST_P(StoreSuite, ProcessesThatShareAStoreSeeOneAnother) {
  if (!promised().multi_process) GTEST_SKIP() << "promises no such thing";
  EXPECT_EQ(at(0).id(), at(1).id());
  EXPECT_EQ(at(0).secret(), at(1).secret());
  begin(1, 1);
  process = 1;
  EXPECT_TRUE(is<Busy>(begin(1, 2)));
  process = 0;
  complete(1, 1);
  process = 2;
  EXPECT_EQ(replayed(begin(1, 3)), "done");
}

}  // namespace cpp_lite::idempotency::testing
