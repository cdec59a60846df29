// What becomes of a key when its handler ends this way or that, by where its effect is
// (docs/rules.md, "Outcomes of handlers").
#include <stdexcept>

#include "idempotency/keyed_calls.h"

namespace cpp_lite::idempotency {
namespace {

class KeyedEffects : public KeyedCalls {};

TEST_F(KeyedEffects, AnExternalHandlerThatFailsAmbiguouslyLeavesAnUnknownOutcome) {
  fail_with(Status(Code::unavailable, "the bank does not answer"));
  serve();
  EXPECT_EQ(reason(*charge()), "IDEMPOTENCY_OUTCOME_UNKNOWN");
  const auto again = charge();
  EXPECT_EQ(again->status(), "2");
  EXPECT_EQ(reason(*again), "IDEMPOTENCY_OUTCOME_UNKNOWN");
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(events, (std::vector{KeyedEvent::Kind::unknown, KeyedEvent::Kind::unknown}));
}

TEST_F(KeyedEffects, ADefiniteErrorIsStoredAndReplayed) {
  fail_with(Status(Code::failed_precondition, "declined"));
  serve();
  const auto first = charge(), again = charge();
  EXPECT_EQ(first->status(), "9");
  EXPECT_EQ(again->status(), "9");
  EXPECT_EQ(again->trailer("grpc-message"), "declined");
  EXPECT_FALSE(replayed(*first));
  EXPECT_TRUE(replayed(*again));
  EXPECT_EQ(runs, 1);
}

TEST_F(KeyedEffects, AMethodThatNobodyImplementsGivesTheKeyBack) {
  fail_with(unimplemented(kCharge));
  serve();
  EXPECT_EQ(charge()->status(), "12");
  EXPECT_TRUE(store->records.empty());
}

TEST_F(KeyedEffects, AHandlerThatDidNothingGivesTheKeyBack) {
  fail_with(Status::not_executed(Code::unavailable, "not now"));
  serve();
  const auto first = charge();
  EXPECT_EQ(first->status(), "14");
  EXPECT_TRUE(first->not_executed());
  EXPECT_TRUE(store->records.empty());
  charge();
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(told(KeyedEvent::Kind::released), 2U);
}

TEST_F(KeyedEffects, TheCodesOfReleaseOnGiveTheKeyBack) {
  keyed.policy.release_on = 1U << 8U;
  fail_with(Status(Code::resource_exhausted, "no funds today"));
  serve();
  const auto first = charge();
  EXPECT_EQ(first->status(), "8");
  EXPECT_TRUE(store->records.empty());
}

TEST_F(KeyedEffects, AnotherServersPromiseIsNotTheHandlersOwn) {
  fail_with(Status::not_executed(Code::unavailable, "not now").set_origin(Origin::peer));
  serve();
  EXPECT_EQ(reason(*charge()), "IDEMPOTENCY_OUTCOME_UNKNOWN");
}

TEST_F(KeyedEffects, AThrownExceptionOfAnExternalHandlerIsAnUnknownOutcome) {
  keyed.charge = [](detail::ServedCall&) -> Future<Status> { throw std::runtime_error("oops"); };
  serve();
  EXPECT_EQ(reason(*charge()), "IDEMPOTENCY_OUTCOME_UNKNOWN");
  ASSERT_NE(store->only(), nullptr);
  EXPECT_EQ(store->only()->state, State::indeterminate);
}

TEST_F(KeyedEffects, AHandlerThatOverrunsItsTimeIsCancelled) {
  hold(Status(Code::aborted, "gave up"));
  serve();
  const auto answer = charge();
  loop->advance(31s);
  finish();
  EXPECT_TRUE(was_cancelled);
  EXPECT_EQ(reason(*answer), "IDEMPOTENCY_OUTCOME_UNKNOWN");
}

TEST_F(KeyedEffects, TheLeaseIsRenewedWhileTheHandlerRuns) {
  hold();
  serve();
  const auto answer = charge();
  loop->advance(25s);
  EXPECT_GE(store->count(Op::renew), 5U);
  ASSERT_NE(store->only(), nullptr);
  EXPECT_GT(store->only()->lease_until, store->now());
  finish();
  const std::size_t renewals = store->count(Op::renew);
  EXPECT_EQ(answer->status(), "0");
  loop->advance(30s);
  EXPECT_EQ(store->count(Op::renew), renewals);
}

TEST_F(KeyedEffects, AnExecutionThatLostItsKeyIsCancelledAndAnswersFromTheStore) {
  hold(Status(Code::aborted, "cancelled"));
  serve();
  const auto answer = charge();
  Record& record = store->records.begin()->second;
  record.token = Token{9};  // another process took it over
  record.state = State::completed;
  record.result.body = {'x'};
  record.expires_at = store->now() + 1h;
  loop->advance(4s);
  finish();
  EXPECT_TRUE(was_cancelled);
  EXPECT_EQ(body(*answer), "x");
  EXPECT_TRUE(replayed(*answer));
  EXPECT_EQ(events, std::vector{KeyedEvent::Kind::replayed});
}

TEST_F(KeyedEffects, AnExecutionThatLostItsKeyKeepsItsMetadataToItself) {
  hold();
  config.options.keyed.stored_trailers = {"transaction"};
  keyed.charge = [this, held = keyed.charge](detail::ServedCall& call) {
    call.context().set_header("ours", "1");
    call.context().set_trailer("transaction", std::to_string(runs));
    return held(call);
  };
  serve();
  const auto lost = charge();
  Record& record = taken_over();
  finish();
  EXPECT_FALSE(lost->ended) << "the other one's answer is waited for";
  record.state = State::completed;
  record.result.body = {'x'};
  record.result.trailers = {{"transaction", "9"}};
  record.expires_at = store->now() + 1h;
  loop->advance(1s);
  EXPECT_EQ(body(*lost), "x");
  EXPECT_EQ(lost->header("ours"), "");
  EXPECT_EQ(lost->trailer("transaction"), "9");
  const auto fine = charge("5 EUR", "another-key-of-16");
  finish(1);
  EXPECT_EQ(fine->header("ours"), "1");
  EXPECT_EQ(fine->trailer("transaction"), "1");
}

TEST_F(KeyedEffects, ADuplicateOfAnotherProcessExecutionPollsForItsAnswer) {
  serve();
  charge();
  Record& record = taken_over();
  const auto waits = charge();
  EXPECT_FALSE(waits->ended);
  record.state = State::completed;
  loop->advance(1s);
  EXPECT_EQ(body(*waits), "charged 5 EUR");
  EXPECT_TRUE(replayed(*waits));
}

TEST_F(KeyedEffects, AfterTheLeaseOfAnotherProcessNobodyKnowsUnlessItMayBeRunAgain) {
  serve();
  charge();
  taken_over(3s);
  const auto waits = charge();
  loop->advance(5s);
  EXPECT_EQ(reason(*waits), "IDEMPOTENCY_OUTCOME_UNKNOWN");
  EXPECT_EQ(runs, 1);
}

TEST_F(KeyedEffects, DownstreamKeyedHandlersAreRunAgainWithTheSameDownstreamKey) {
  keyed.policy.effects = Effects::downstream_keyed;
  keyed.policy.downstream_ttl = 24h;
  keyed.policy.rerun = true;
  std::vector<std::string> keys;
  keyed.charge = [&](detail::ServedCall& call) -> Future<Status> {
    ++runs;
    keys.push_back(call.context().idempotency().downstream_key("bank"));
    if (runs == 1) return Status(Code::unavailable, "the bank does not answer");
    call.respond(outgoing("paid"));
    return Status();
  };
  serve();
  const auto first = charge();
  EXPECT_EQ(first->status(), "14");
  EXPECT_NE(first->pushback(), "");
  EXPECT_FALSE(first->not_executed());
  const auto again = charge();
  EXPECT_EQ(body(*again), "paid");
  EXPECT_EQ(events, (std::vector{KeyedEvent::Kind::yielded, KeyedEvent::Kind::executed}));
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0], keys[1]);
}

TEST_F(KeyedEffects, TwoTenantsOfOneNameOfKeyAreTwoExecutionsWithTwoDownstreamKeys) {
  static constexpr std::string_view kTenant[] = {"tenant"};
  keyed.policy.scope_metadata = kTenant;
  std::vector<std::string> keys;
  keyed.charge = [&](detail::ServedCall& call) -> Future<Status> {
    keys.push_back(call.context().idempotency().downstream_key("bank"));
    call.respond(outgoing("x"));
    return Status();
  };
  serve();
  charge("5 EUR", "a-key-of-16-or-more", {{"tenant", "a"}});
  charge("5 EUR", "a-key-of-16-or-more", {{"tenant", "b"}});
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_NE(keys[0], keys[1]);
}

TEST_F(KeyedEffects, ACallThatDoesNotSayWhoseItIsOrSaysItTwiceIsRefused) {
  static constexpr std::string_view kTenant[] = {"tenant"};
  keyed.policy.scope_metadata = kTenant;
  serve();
  const std::string key = "a-key-of-16-or-more";
  const std::vector<Headers> wrong = {{}, {{"tenant", ""}}, {{"tenant", "a"}, {"tenant", "b"}}};
  for (const Headers& tenants : wrong) {
    const auto refused = charge("5 EUR", key, tenants);
    EXPECT_EQ(refused->status(), "3");
    EXPECT_EQ(reason(*refused), "IDEMPOTENCY_SCOPE_INVALID");
    EXPECT_NE(refused->trailer("grpc-message").find("tenant"), std::string::npos);
  }
  EXPECT_TRUE(store->asked.empty());
}

TEST_F(KeyedEffects, TwoPrincipalsAreTwoExecutions) {
  config.options.principal = [](const ServerContext& context) {
    return Principal{"issuer", std::string(context.metadata().get("who").value_or(""))};
  };
  serve();
  charge("5 EUR", "a-key-of-16-or-more", {{"who", "alice"}});
  charge("5 EUR", "a-key-of-16-or-more", {{"who", "bob"}});
  charge("5 EUR", "a-key-of-16-or-more", {{"who", "alice"}});
  EXPECT_EQ(runs, 2);
}

TEST_F(KeyedEffects, ALargeAnswerIsGivenOnceAndThenKnownToHaveBeen) {
  keyed.policy.max_response_bytes = 4;
  serve();
  EXPECT_EQ(body(*charge()), "charged 5 EUR");
  const auto again = charge();
  EXPECT_EQ(again->status(), "2");
  EXPECT_EQ(reason(*again), "IDEMPOTENCY_RESPONSE_NOT_RETAINED");
  EXPECT_EQ(again->pushback(), "-1");
  EXPECT_EQ(runs, 1);
}

TEST_F(KeyedEffects, ATransactionCommitsTheEffectWithTheAnswer) {
  keyed.policy.effects = Effects::transactional;
  keyed.policy.rerun = true;
  keyed.charge = [this](detail::ServedCall& call) -> Future<Status> {
    ++runs;
    auto* effects =
        static_cast<std::vector<std::string>*>(call.context().idempotency().transaction());
    effects->push_back("5 EUR");
    EXPECT_TRUE(store->effects.empty());
    call.respond(outgoing("charged"));
    return Status();
  };
  serve();
  EXPECT_EQ(body(*charge()), "charged");
  EXPECT_EQ(store->effects.size(), 1U);
  EXPECT_EQ(body(*charge()), "charged");
  EXPECT_EQ(store->effects.size(), 1U);
}

TEST_F(KeyedEffects, ADeclineOfATransactionTakesItsEffectBackAndIsStored) {
  keyed.policy.effects = Effects::transactional;
  keyed.charge = [this](detail::ServedCall& call) -> Future<Status> {
    ++runs;
    static_cast<std::vector<std::string>*>(call.context().idempotency().transaction())
        ->push_back("5 EUR");
    return Status(Code::failed_precondition, "declined");
  };
  serve();
  EXPECT_EQ(charge()->status(), "9");
  EXPECT_EQ(charge()->status(), "9");
  EXPECT_EQ(runs, 1);
  EXPECT_TRUE(store->effects.empty());
}

TEST_F(KeyedEffects, ACommitWhoseAnswerWasLostIsSettledByLookingAtTheRecord) {
  keyed.policy.effects = Effects::transactional;
  store->next(Op::commit, Fault::unheard);
  serve();
  const auto answer = charge();
  loop->advance(1s);
  EXPECT_EQ(body(*answer), "charged 5 EUR");
  EXPECT_EQ(runs, 1);
}

TEST_F(KeyedEffects, ACommitThatWasNotHeardIsAnsweredWhenTheStoreIsBack) {
  keyed.policy.effects = Effects::transactional;
  store->next(Op::commit, Fault::unheard);
  store->next(Op::release, Fault::lost);
  store->next(Op::lookup, Fault::lost, 1000);
  serve();
  const auto answer = charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "60S"}});
  loop->advance(20s);
  EXPECT_FALSE(answer->ended);
  store->heal();
  loop->advance(1s);
  EXPECT_EQ(body(*answer), "charged 5 EUR");
}

TEST_F(KeyedEffects, ACommitThatHangsIsAnUnknownOutcomeBeforeTheDeadline) {
  keyed.policy.effects = Effects::transactional;
  store->next(Op::commit, Fault::silent);
  serve();
  const auto answer = charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(990ms);
  EXPECT_EQ(reason(*answer), "IDEMPOTENCY_OUTCOME_UNKNOWN");
}

TEST_F(KeyedEffects, WhatCannotEvenBeSaidToBeUnknownIsAnUnknownOutcomeBeforeTheDeadline) {
  fail_with(Status(Code::internal, "oops"));
  store->next(Op::mark_unknown, Fault::silent);
  serve();
  const auto answer = charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(990ms);
  EXPECT_EQ(reason(*answer), "IDEMPOTENCY_OUTCOME_UNKNOWN");
}

TEST_F(KeyedEffects, ADuplicateWhoseStoreHangsIsToldToComeBackBeforeItsDeadline) {
  serve();
  charge();
  taken_over();
  store->next(Op::lookup, Fault::silent, 100);
  const auto waits = charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(990ms);
  EXPECT_EQ(reason(*waits), "IDEMPOTENCY_IN_PROGRESS");
}

TEST_F(KeyedEffects, ACommitThatFailedLeavesNothingAndMayBeTriedAgain) {
  keyed.policy.effects = Effects::transactional;
  store->next(Op::commit, Fault::lost);
  serve();
  const auto answer = charge();
  EXPECT_EQ(answer->status(), "14");
  EXPECT_NE(answer->pushback(), "");
  EXPECT_NE(answer->trailer("grpc-message"), "");
  EXPECT_EQ(body(*charge()), "charged 5 EUR");
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(events, (std::vector{KeyedEvent::Kind::yielded, KeyedEvent::Kind::executed}));
}

TEST_F(KeyedEffects, BeyondTheMostExecutionsWithoutACallerNothingNewBegins) {
  config.options.keyed.max_orphans = 1;
  hold();
  serve();
  charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(2s);
  const auto refused = charge("6 EUR", "another-key-of-16");
  EXPECT_EQ(refused->status(), "14");
  EXPECT_TRUE(refused->not_executed());
  EXPECT_EQ(told(KeyedEvent::Kind::refused), 1U);
  finish();
  const auto accepted = charge("6 EUR", "another-key-of-16");
  EXPECT_EQ(runs, 2);
  finish(1);
  EXPECT_EQ(accepted->status(), "0");
}

}  // namespace
}  // namespace cpp_lite::idempotency
