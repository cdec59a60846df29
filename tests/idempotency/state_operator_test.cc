// What operators do to a record, what time does to it, and how requests are told apart.
#include <gtest/gtest.h>

#include "idempotency/one_record.h"
#include "idempotency/state.h"

namespace cpp_lite::idempotency::testing {
namespace {

class KeyRecord : public ::testing::Test, public OneRecord {};

// --- resolve ---

TEST_F(KeyRecord, AnOperatorsAnswerEndsAnUnknownOutcome) {
  outlast_the_lease();
  EXPECT_TRUE(resolve(1, answer("it was charged")).ok());
  EXPECT_EQ(record->expires_at, now + kTtl);
  EXPECT_EQ(replayed(begin(3)), "it was charged");
}

TEST_F(KeyRecord, TheLateResultOfAResolvedExecutionChangesNothing) {
  outlast_the_lease();
  EXPECT_TRUE(resolve(1, answer("it was charged")).ok());
  EXPECT_EQ(complete(1, "late"), CompleteResult::already_completed);
  EXPECT_EQ(replayed(begin(3)), "it was charged");
}

TEST_F(KeyRecord, ResolvedAsNeverBegunTheKeyIsFree) {
  outlast_the_lease();
  EXPECT_TRUE(resolve(1, std::nullopt).ok());
  EXPECT_FALSE(record);
  EXPECT_EQ(complete(1), CompleteResult::fence_lost);
  EXPECT_EQ(attempt(begin(3)), 1U);
}

TEST_F(KeyRecord, ResolveWithAnotherTokenIsRefused) {
  outlast_the_lease();
  EXPECT_EQ(resolve(2, std::nullopt, true).code(), Code::failed_precondition);
  EXPECT_EQ(state(), State::indeterminate);
}

TEST_F(KeyRecord, ResolveOfAnAbsentOrCompletedKeyIsRefused) {
  EXPECT_EQ(resolve(1, std::nullopt).code(), Code::not_found);
  begin(1);
  complete(1);
  EXPECT_EQ(resolve(1, std::nullopt, true).code(), Code::failed_precondition);
  EXPECT_EQ(replayed(lookup()), "done");
}

TEST_F(KeyRecord, ResolveWaitsForTheLeaseOfAnExecutionThatMayRunYet) {
  begin(1);
  EXPECT_EQ(resolve(1, std::nullopt, true).code(), Code::failed_precondition);
  now += kLease;
  EXPECT_TRUE(resolve(1, std::nullopt).ok());
}

TEST_F(KeyRecord, OnlyForceResolvesAnUnknownOutcomeWhoseLeaseRuns) {
  begin(1);
  mark_unknown(1);
  EXPECT_EQ(resolve(1, answer("x")).code(), Code::failed_precondition);
  EXPECT_TRUE(resolve(1, answer("x"), true).ok());
}

TEST_F(KeyRecord, ResolveLeavesAloneWhatTheNextRequestRunsAgain) {
  rerun_until = 1min;
  begin(1);
  now += kLease;
  EXPECT_EQ(resolve(1, std::nullopt, true).code(), Code::failed_precondition);
  now += 1min;
  EXPECT_TRUE(resolve(1, std::nullopt).ok());
}

// --- redact ---

TEST_F(KeyRecord, RedactLeavesThatThereWasAnAnswer) {
  begin(1);
  complete(1, "card 4242");
  record->result.message = "of Alice";
  const Time expires_at = record->expires_at;
  EXPECT_TRUE(redact().ok());
  StoredResult tombstone;
  tombstone.tombstone = true;
  EXPECT_EQ(begin(2), BeginResult(Replay{tombstone}));
  EXPECT_EQ(record->expires_at, expires_at);
}

TEST_F(KeyRecord, ThereIsNothingToRedactWithoutAResult) {
  EXPECT_EQ(redact().code(), Code::not_found);
  begin(1);
  EXPECT_EQ(redact().code(), Code::failed_precondition);
}

// --- Expiry ---

TEST_F(KeyRecord, AResultExpiresAfterItsTimeToLive) {
  begin(1);
  now += 1s;
  complete(1);
  now += kTtl - 1ms;
  EXPECT_FALSE(expired());
  now += 1ms;
  EXPECT_TRUE(expired());
}

TEST_F(KeyRecord, AnUnknownOutcomeNeverExpires) {
  expires = true;
  begin(1);
  mark_unknown(1);
  now += 24h * 365 * 100;
  EXPECT_FALSE(expired());
  EXPECT_TRUE(is<Indeterminate>(begin(2)));
}

TEST_F(KeyRecord, AClaimOnExternalEffectsNeverExpires) {
  begin(1);
  now += 24h * 365 * 100;
  EXPECT_FALSE(expired());
  EXPECT_TRUE(is<Indeterminate>(begin(2)));
}

TEST_F(KeyRecord, ATransactionalClaimExpiresOnceItsLeaseIsOver) {
  expires = true;
  rerun_until = kAlways;
  BeginArgs long_lease = args(1);
  long_lease.lease = kTtl + 1min;
  begin(long_lease);
  now += kTtl;
  EXPECT_FALSE(expired());
  EXPECT_EQ(renew(1), FenceResult::done);
  now += 1min;
  EXPECT_TRUE(expired());
  EXPECT_EQ(renew(1), FenceResult::fence_lost);
  EXPECT_EQ(attempt(begin(2)), 1U);
}

TEST_F(KeyRecord, ALifetimeWithoutEndDoesNotOverflow) {
  BeginArgs endless = args(1);
  endless.ttl = Milliseconds::max();
  endless.lease = Milliseconds::max();
  begin(endless);
  EXPECT_EQ(record->expires_at, Time::max());
  EXPECT_EQ(record->lease_until, Time::max());
}

// --- Fingerprints ---

Fingerprint fingerprint(std::uint8_t reduced, std::uint8_t full, std::uint8_t excluded) {
  Fingerprint fingerprint;
  fingerprint.reduced[0] = reduced;
  fingerprint.full[0] = full;
  fingerprint.excluded[0] = excluded;
  return fingerprint;
}

class SameKey : public KeyRecord {
 protected:
  SameKey() {
    BeginArgs first = args(1);
    first.fingerprint = fingerprint(1, 1, 1);
    begin(first);
  }
  BeginResult begin_as(const Fingerprint& fingerprint) {
    BeginArgs second = args(2);
    second.fingerprint = fingerprint;
    return begin(second);
  }
};

TEST_F(SameKey, TheExcludedFieldsMayDiffer) {
  EXPECT_TRUE(is<Busy>(begin_as(fingerprint(1, 2, 1))));
  EXPECT_TRUE(is<Mismatch>(begin_as(fingerprint(2, 2, 1))));
}

TEST_F(SameKey, WithAnotherListOfExcludedFieldsTheWholeRequestsAreCompared) {
  EXPECT_TRUE(is<Busy>(begin_as(fingerprint(9, 1, 2))));
}

TEST_F(SameKey, WithAnotherListOfExcludedFieldsADifferenceProvesNothing) {
  const Record before = *record;
  EXPECT_TRUE(is<Indeterminate>(begin_as(fingerprint(1, 2, 2))));
  EXPECT_TRUE(is<Indeterminate>(lookup(fingerprint(1, 2, 2))));
  now += 2 * kLease;
  EXPECT_TRUE(is<Indeterminate>(begin_as(fingerprint(1, 2, 2))));
  EXPECT_EQ(*record, before);
}

TEST_F(SameKey, AnotherAlgorithmProvesNothingButEquality) {
  Fingerprint newer = fingerprint(1, 7, 1);
  newer.algorithm = 2;
  EXPECT_TRUE(is<Indeterminate>(begin_as(newer)));
  newer.full[0] = 1;
  EXPECT_TRUE(is<Busy>(begin_as(newer)));
}

TEST_F(SameKey, ACompletedKeyThatCannotBeComparedIsNotReplayed) {
  complete(1);
  EXPECT_TRUE(is<Indeterminate>(begin_as(fingerprint(1, 2, 2))));
  EXPECT_EQ(replayed(begin_as(fingerprint(1, 1, 2))), "done");
}

// --- For stores ---

TEST_F(KeyRecord, ItsSizeCountsLabelsAndResult) {
  begin(1);
  const std::size_t label = std::string(
                                "pay.Payments.Charge"
                                "alice"
                                "key-1")
                                .size();
  EXPECT_EQ(bytes_held(*record), label);
  record->result.trailers = {{"a", "bc"}};
  record->result.message = "m";
  EXPECT_EQ(bytes_held(*record), label + 4);
}

TEST_F(KeyRecord, AnEntryHasAResultOnlyWhenItIsCompleted) {
  begin(1);
  EXPECT_FALSE(entry_of(Id{}, *record).result);
  complete(1);
  const Entry entry = entry_of(Id{7}, *record);
  EXPECT_EQ(entry.id, Id{7});
  EXPECT_EQ(entry.state, State::completed);
  EXPECT_EQ(entry.label, record->label);
  EXPECT_EQ(body_of(*entry.result), "done");
}

}  // namespace
}  // namespace cpp_lite::idempotency::testing
