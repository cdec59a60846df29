// The rows of the table "States" of docs/rules.md.
#include "idempotency/state.h"

#include <gtest/gtest.h>

#include "idempotency/one_record.h"

namespace cpp_lite::idempotency::testing {
namespace {

class KeyState : public ::testing::Test, public OneRecord {};

// --- begin ---

TEST_F(KeyState, BeginOfAnAbsentKeyIsTheFirstAttempt) {
  EXPECT_EQ(begin(1), BeginResult(Acquired{1, now}));
  EXPECT_EQ(state(), State::in_progress);
  EXPECT_EQ(record->lease_until, now + kLease);
  EXPECT_EQ(record->label.key, "key-1");
}

TEST_F(KeyState, BeginOfAnExpiredKeyIsAFirstAttemptOfANewLife) {
  begin(1);
  complete(1);
  now += kTtl;
  EXPECT_EQ(begin_other_request(2), BeginResult(Acquired{1, now}));
  EXPECT_EQ(record->result, StoredResult());
}

TEST_F(KeyState, AnotherRequestInProgressIsAMismatchAndChangesNothing) {
  begin(1);
  const Record before = *record;
  EXPECT_TRUE(is<Mismatch>(begin_other_request(2)));
  now += 2 * kLease;
  EXPECT_TRUE(is<Mismatch>(begin_other_request(2)));
  EXPECT_EQ(*record, before);
}

TEST_F(KeyState, ADuplicateInProgressIsBusyForTheRestOfTheLease) {
  begin(1);
  now += 3s;
  EXPECT_EQ(begin(2), BeginResult(Busy{7s}));
  now += 7s - 1ms;
  EXPECT_EQ(begin(2), BeginResult(Busy{1ms}));
  EXPECT_EQ(record->token, token(1));
}

TEST_F(KeyState, AnEndedLeaseIsTakenOverWhileTheWindowIsOpen) {
  rerun_until = 1min;
  const Time first = now;
  begin(1);
  now += kLease;
  EXPECT_EQ(begin(2), BeginResult(Acquired{2, first}));
  EXPECT_EQ(record->token, token(2));
  EXPECT_EQ(record->lease_until, now + kLease);
  now += kLease;
  EXPECT_EQ(begin(3), BeginResult(Acquired{3, first}));
}

TEST_F(KeyState, AnEndedLeaseUnderFailLeavesTheOutcomeUnknown) {
  const Time first = now;
  begin(1);
  now += kLease;
  EXPECT_EQ(begin(2), BeginResult(Indeterminate{token(1), 1, first}));
  EXPECT_EQ(state(), State::indeterminate);
  EXPECT_EQ(record->token, token(1));
}

TEST_F(KeyState, TheWindowClosesAtItsEndToTheMillisecond) {
  rerun_until = 30s;
  begin(1);
  now += 30s - 1ms;
  EXPECT_EQ(attempt(begin(2)), 2U);
  yield(2);
  now += 1ms;
  EXPECT_TRUE(is<Indeterminate>(begin(3)));
}

TEST_F(KeyState, TheWindowThatNeverClosesOutlivesEveryClock) {
  rerun_until = kAlways;
  begin(1);
  now += 24h * 365 * 100;
  EXPECT_EQ(attempt(begin(2)), 2U);
}

TEST_F(KeyState, AWindowOfFailStaysClosedWhenTheClockWasSetBack) {
  begin(1);
  yield(1);
  now -= 1h;
  record->lease_until = now;
  EXPECT_TRUE(is<Indeterminate>(begin(2)));
}

TEST_F(KeyState, BothTheExecutionsBeforeAndTheNextOneMustAllowARerun) {
  rerun_until = kAlways;
  begin(1);
  now += kLease;
  BeginArgs newer = args(2);
  newer.rerun_until = kFail;
  EXPECT_TRUE(is<Indeterminate>(begin(newer)));

  record.reset();
  begin(newer);
  now += kLease;
  EXPECT_TRUE(is<Indeterminate>(begin(3)));
}

TEST_F(KeyState, ATakeoverKeepsTheNarrowerWindow) {
  rerun_until = kAlways;
  begin(1);
  now += kLease;
  BeginArgs newer = args(2);
  newer.rerun_until = 1min;
  EXPECT_EQ(attempt(begin(newer)), 2U);
  now += 1min;
  EXPECT_TRUE(is<Indeterminate>(begin(3)));
}

// --- begin with the token of a begin() whose answer was lost ---

TEST_F(KeyState, ABeginThatKnowsTheTokenAcquiresAgainAndTheLeaseRestarts) {
  begin(1);
  now += 4s;
  EXPECT_EQ(attempt(begin_after(2, 1)), 1U);
  EXPECT_EQ(record->token, token(2));
  EXPECT_EQ(record->lease_until, now + kLease);
}

TEST_F(KeyState, ABeginThatKnowsTheTokenOfAnUnknownOutcomeAcquiresTheFirstAttempt) {
  outlast_the_lease();
  EXPECT_EQ(attempt(begin_after(3, 1)), 1U);
  EXPECT_EQ(state(), State::in_progress);
}

TEST_F(KeyState, ABeginThatKnowsTheTokenOfALaterAttemptNeedsAnOpenWindow) {
  rerun_until = 1min;
  outlast_the_lease();
  EXPECT_EQ(attempt(begin_after(3, 2)), 2U);
  now += 1min;
  EXPECT_TRUE(is<Indeterminate>(begin_after(4, 3)));
  EXPECT_EQ(state(), State::indeterminate);
  EXPECT_EQ(record->token, token(3));
  EXPECT_TRUE(is<Indeterminate>(begin_after(4, 3)));
}

TEST_F(KeyState, ABeginThatKnowsAnotherTokenIsADuplicateLikeAnyOther) {
  begin(1);
  EXPECT_TRUE(is<Busy>(begin_after(3, 2)));
  complete(1);
  EXPECT_EQ(replayed(begin_after(3, 2)), "done");
}

TEST_F(KeyState, ABeginThatKnowsTheTokenOfAnAbsentKeyIsTheFirstAttempt) {
  EXPECT_EQ(attempt(begin_after(2, 1)), 1U);
}

// --- complete ---

TEST_F(KeyState, ACompletedKeyIsReplayed) {
  begin(1);
  now += 1s;
  EXPECT_EQ(complete(1), CompleteResult::completed);
  EXPECT_EQ(record->expires_at, now + kTtl);
  EXPECT_EQ(replayed(begin(2)), "done");
  EXPECT_EQ(replayed(lookup()), "done");
}

TEST_F(KeyState, ALateResultCountsWhileNobodyTookOver) {
  begin(1);
  now += 5 * kLease;
  EXPECT_EQ(complete(1), CompleteResult::completed);
}

TEST_F(KeyState, ALateResultHealsAnUnknownOutcome) {
  outlast_the_lease();
  EXPECT_EQ(complete(1), CompleteResult::completed);
  EXPECT_EQ(replayed(begin(3)), "done");
}

TEST_F(KeyState, ASecondCompleteChangesNeitherResultNorExpiry) {
  begin(1);
  complete(1, "first");
  const Record before = *record;
  now += 1s;
  EXPECT_EQ(complete(1, "second"), CompleteResult::already_completed);
  EXPECT_EQ(*record, before);
}

TEST_F(KeyState, TheResultOfAnExecutionThatWasTakenOverIsRefused) {
  rerun_until = kAlways;
  outlast_the_lease();
  EXPECT_EQ(complete(1, "late"), CompleteResult::fence_lost);
  EXPECT_EQ(complete(2, "second"), CompleteResult::completed);
  EXPECT_EQ(complete(1, "late"), CompleteResult::fence_lost);
  EXPECT_EQ(replayed(begin(3)), "second");
}

TEST_F(KeyState, AResultCannotBringBackAPurgedOrAnExpiredKey) {
  EXPECT_EQ(complete(1), CompleteResult::fence_lost);
  begin(1);
  complete(1);
  now += kTtl;
  EXPECT_EQ(complete(1), CompleteResult::fence_lost);
  expires = true;
  begin(2);
  now += kTtl;
  EXPECT_EQ(complete(2), CompleteResult::fence_lost);
}

// --- release ---

TEST_F(KeyState, ReleaseOfTheFirstAttemptFreesTheKey) {
  begin(1);
  EXPECT_EQ(release(1), FenceResult::done);
  EXPECT_FALSE(record);
  EXPECT_EQ(attempt(begin_other_request(2)), 1U);
}

TEST_F(KeyState, ReleaseOfTheFirstAttemptFreesAnUnknownOutcome) {
  outlast_the_lease();
  EXPECT_EQ(release(1), FenceResult::done);
  EXPECT_FALSE(record);
}

TEST_F(KeyState, ReleaseOfALaterAttemptOnlyEndsItsLease) {
  rerun_until = kAlways;
  outlast_the_lease();
  now += 1s;
  EXPECT_EQ(release(2), FenceResult::done);
  EXPECT_EQ(record->lease_until, now);
  EXPECT_EQ(attempt(begin(3)), 3U);
}

TEST_F(KeyState, ReleaseOfALaterAttemptLeavesAnUnknownOutcomeUnknown) {
  rerun_until = 1min;
  outlast_the_lease();
  now += 1min;
  begin(3);
  EXPECT_EQ(release(2), FenceResult::done);
  EXPECT_EQ(state(), State::indeterminate);
}

TEST_F(KeyState, ReleaseWithoutTheTokenChangesNothing) {
  EXPECT_EQ(release(1), FenceResult::fence_lost);
  begin(1);
  EXPECT_EQ(release(2), FenceResult::fence_lost);
  EXPECT_TRUE(record);
  complete(1);
  EXPECT_EQ(release(1), FenceResult::fence_lost);
  EXPECT_EQ(replayed(lookup()), "done");
}

// --- yield, mark_unknown, renew ---

TEST_F(KeyState, YieldEndsTheLeaseAndKeepsTheRest) {
  rerun_until = kAlways;
  const Time first = now;
  begin(1);
  now += 1s;
  EXPECT_EQ(yield(1), FenceResult::done);
  EXPECT_EQ(lookup(), LookupResult(Busy{0ms}));
  EXPECT_TRUE(is<Mismatch>(begin_other_request(2)));
  EXPECT_EQ(begin(2), BeginResult(Acquired{2, first}));
}

TEST_F(KeyState, YieldDoesNotPutOffALeaseThatHasEnded) {
  begin(1);
  const Time ended = now + kLease;
  now += 2 * kLease;
  EXPECT_EQ(yield(1), FenceResult::done);
  EXPECT_EQ(record->lease_until, ended);
}

TEST_F(KeyState, AnUnknownOutcomeStaysUnknownToEveryDuplicate) {
  rerun_until = kAlways;
  const Time first = now;
  begin(1);
  EXPECT_EQ(mark_unknown(1), FenceResult::done);
  now += 24h * 365;
  EXPECT_EQ(begin(2), BeginResult(Indeterminate{token(1), 1, first}));
  EXPECT_TRUE(is<Mismatch>(begin_other_request(2)));
  EXPECT_EQ(attempt(begin(2)), 0U);
}

TEST_F(KeyState, RenewMakesTheLeaseLongerNeverShorter) {
  begin(1);
  now += 5s;
  EXPECT_EQ(renew(1), FenceResult::done);
  EXPECT_EQ(record->lease_until, now + kLease);
  EXPECT_EQ(apply(idempotency::renew(before(), token(1), 1ms, now)), FenceResult::done);
  EXPECT_EQ(record->lease_until, now + kLease);
}

TEST_F(KeyState, RenewOfAnUnknownOutcomeIsFineAndChangesNothing) {
  outlast_the_lease();
  const Record before = *record;
  EXPECT_EQ(renew(1), FenceResult::done);
  EXPECT_EQ(*record, before);
}

TEST_F(KeyState, RenewYieldAndMarkUnknownNeedTheTokenAndTheState) {
  const auto refused = [this](std::uint8_t n) {
    const std::optional<Record> before = record;
    EXPECT_EQ(renew(n), FenceResult::fence_lost);
    EXPECT_EQ(yield(n), FenceResult::fence_lost);
    EXPECT_EQ(mark_unknown(n), FenceResult::fence_lost);
    EXPECT_EQ(record, before);
  };
  refused(1);  // no record
  begin(1);
  refused(2);  // not its token
  complete(1);
  refused(1);  // completed
  record.reset();
  outlast_the_lease();
  EXPECT_EQ(yield(1), FenceResult::fence_lost);
  EXPECT_EQ(mark_unknown(1), FenceResult::fence_lost);
}

// --- completed and unknown ---

TEST_F(KeyState, AnotherRequestForACompletedKeyIsAMismatch) {
  begin(1);
  complete(1);
  EXPECT_TRUE(is<Mismatch>(begin_other_request(2)));
  EXPECT_TRUE(is<Mismatch>(lookup(request(2))));
}

TEST_F(KeyState, LookupTellsWhatBeginWouldAndNeverClaims) {
  EXPECT_TRUE(is<Absent>(lookup()));
  begin(1);
  EXPECT_EQ(lookup(), LookupResult(Busy{kLease}));
  EXPECT_TRUE(is<Mismatch>(lookup(request(2))));
  now += kLease;
  EXPECT_EQ(lookup(), LookupResult(Busy{0ms}));
  begin(2);
  EXPECT_TRUE(is<Indeterminate>(lookup()));
  complete(1);
  now += kTtl;
  EXPECT_TRUE(is<Absent>(lookup()));
}

}  // namespace
}  // namespace cpp_lite::idempotency::testing
