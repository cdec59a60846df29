// What callers of a keyed method see, and when its handler runs (docs/rules.md, "Keys").
#include "idempotency/keyed_calls.h"

namespace cpp_lite::idempotency {
namespace {

class KeyedLayer : public KeyedCalls {};

TEST_F(KeyedLayer, RunsTheHandlerOfAFreshKey) {
  serve();
  const auto answer = charge();
  EXPECT_EQ(answer->status(), "0");
  EXPECT_EQ(body(*answer), "charged 5 EUR");
  EXPECT_FALSE(replayed(*answer));
  EXPECT_EQ(attempt, 1);
  EXPECT_EQ(told(KeyedEvent::Kind::executed), 1U);
}

TEST_F(KeyedLayer, AnswersADuplicateFromTheStore) {
  serve();
  charge();
  const auto again = charge();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(body(*again), "charged 5 EUR");
  EXPECT_TRUE(replayed(*again));
  EXPECT_EQ(told(KeyedEvent::Kind::replayed), 1U);
}

TEST_F(KeyedLayer, ClaimsBeforeTheHandlerStartsAndStoresBeforeItAnswers) {
  keyed.charge = [this](detail::ServedCall& call) -> Future<Status> {
    EXPECT_EQ(store->asked, std::vector{Op::begin});
    call.respond(outgoing("x"));
    return Status();
  };
  store->next(Op::complete, Fault::silent);
  serve();
  const auto answer = charge();
  EXPECT_FALSE(answer->headers.has_value());
  loop->advance(6s);  // the silent operation is given up and repeated
  EXPECT_EQ(answer->status(), "0");
}

TEST_F(KeyedLayer, DuplicatesThatComeMeanwhileWaitForTheOneExecution) {
  hold();
  serve();
  const auto first = charge();
  const auto second = charge(), third = charge();
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(second->ended);
  finish();
  EXPECT_EQ(body(*first), "charged late");
  EXPECT_EQ(body(*second), "charged late");
  EXPECT_EQ(body(*third), "charged late");
  EXPECT_FALSE(replayed(*first));
  EXPECT_TRUE(replayed(*second));
  EXPECT_TRUE(replayed(*third));
  EXPECT_EQ(store->count(Op::begin), 1U);
  EXPECT_EQ(told(KeyedEvent::Kind::waited), 2U);
  EXPECT_EQ(told(KeyedEvent::Kind::replayed), 2U);
  EXPECT_EQ(told(KeyedEvent::Kind::executed), 1U);
}

TEST_F(KeyedLayer, AnotherRequestWithTheSameKeyIsRefusedDuringAndAfter) {
  hold();
  serve();
  const auto first = charge("5 EUR");
  const auto during = charge("6 EUR");
  EXPECT_EQ(during->status(), "3");
  EXPECT_EQ(reason(*during), "IDEMPOTENCY_KEY_REUSED");
  EXPECT_NE(details(*during).at(1).type_url.find("google.rpc.BadRequest"), std::string::npos);
  EXPECT_NE(details(*during).at(1).value.find("idempotency-key"), std::string::npos);
  EXPECT_EQ(during->pushback(), "");
  finish();
  EXPECT_EQ(first->status(), "0");
  const auto after = charge("6 EUR");
  EXPECT_EQ(after->status(), "3");
  EXPECT_EQ(body(*after), "");
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(body(*charge("5 EUR")), "charged late");
  EXPECT_EQ(told(KeyedEvent::Kind::mismatched), 2U);
}

TEST_F(KeyedLayer, AWrongRequestThatAsksFirstDoesNotDenyTheRightOneItsAnswer) {
  serve();
  charge("5 EUR");
  store->next(Op::begin, Fault::silent);
  const auto wrong = charge("6 EUR");
  const auto right = charge("5 EUR");
  EXPECT_EQ(body(*right), "charged 5 EUR");
  EXPECT_TRUE(replayed(*right));
  loop->advance(6s);
  EXPECT_EQ(reason(*wrong), "IDEMPOTENCY_KEY_REUSED");
}

TEST_F(KeyedLayer, WhereTheStoreIsDownNoKeyIsSaidToBeReused) {
  store->next(Op::begin, Fault::lost, 1000);
  serve();
  const auto one = charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  const auto other = charge("6 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(2s);
  EXPECT_EQ(reason(*one), "IDEMPOTENCY_STORE_UNAVAILABLE");
  EXPECT_EQ(reason(*other), "IDEMPOTENCY_STORE_UNAVAILABLE");
}

TEST_F(KeyedLayer, ARequestWithoutAKeyIsRefused) {
  serve();
  const auto answer = charge("5 EUR", "");
  EXPECT_EQ(answer->status(), "3");
  EXPECT_EQ(reason(*answer), "IDEMPOTENCY_KEY_REQUIRED");
  EXPECT_EQ(told(KeyedEvent::Kind::invalid), 1U);
  EXPECT_EQ(runs, 0);
  EXPECT_TRUE(store->asked.empty());
}

TEST_F(KeyedLayer, ARequestThatCannotBeParsedClaimsNothing) {
  keyed.check = [](std::span<const std::uint8_t> bytes) {
    return text(bytes) == "5 EUR" ? Status() : Status(Code::internal, "it is no amount");
  };
  serve();
  EXPECT_EQ(charge("?")->status(), "13");
  EXPECT_TRUE(store->asked.empty());
  EXPECT_EQ(body(*charge("5 EUR")), "charged 5 EUR");
}

TEST_F(KeyedLayer, AnOptionalKeyThatIsMissingMeansAnOrdinaryCall) {
  keyed.policy.optional = true;
  serve();
  EXPECT_EQ(body(*charge("5 EUR", "")), "charged 5 EUR");
  EXPECT_EQ(attempt, 0);
  EXPECT_TRUE(store->asked.empty());
}

TEST_F(KeyedLayer, AMalformedKeyIsRefused) {
  keyed.policy.format = KeyFormat::uuid4;
  serve();
  const auto answer = charge("5 EUR", "no uuid");
  EXPECT_EQ(answer->status(), "3");
  EXPECT_EQ(reason(*answer), "IDEMPOTENCY_KEY_INVALID");
}

TEST_F(KeyedLayer, TheCallersEndDoesNotEndTheHandler) {
  hold();
  serve();
  const auto answer = charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(2s);
  EXPECT_EQ(answer->status(), "4");
  finish();
  EXPECT_FALSE(was_cancelled);
  EXPECT_TRUE(caller_gone);
  EXPECT_EQ(body(*charge()), "charged late");
  EXPECT_EQ(runs, 1);
}

TEST_F(KeyedLayer, ARetryOfTheClientsJoinsTheExecutionThatItsFirstAttemptBegan) {
  hold();
  serve();
  charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(2s);
  const auto retry = charge("5 EUR", "a-key-of-16-or-more", {{"grpc-previous-rpc-attempts", "1"}});
  finish();
  EXPECT_EQ(retry->status(), "0");
  EXPECT_TRUE(replayed(*retry));
  EXPECT_EQ(runs, 1);
}

TEST_F(KeyedLayer, AnAttemptAfterOneOnAnotherStoreIsRefusedAndLeavesNothing) {
  serve();
  const auto lost = charge("5 EUR", "a-key-of-16-or-more", {{"cpp-lite-store", "another"}});
  EXPECT_EQ(lost->status(), "14");
  EXPECT_TRUE(lost->not_executed());
  EXPECT_EQ(lost->pushback(), "-1");
  EXPECT_EQ(runs, 0);
  EXPECT_EQ(body(*charge()), "charged 5 EUR") << "the key is free";
}

TEST_F(KeyedLayer, AnAttemptAfterOneOnThisStoreIsServedAndItsHandlerDoesNotSeeTheStore) {
  std::optional<bool> seen;
  keyed.charge = [&](detail::ServedCall& call) -> Future<Status> {
    seen = call.context().metadata().get("cpp-lite-store").has_value();
    call.respond(outgoing("charged"));
    return Status();
  };
  serve();
  EXPECT_EQ(body(*charge("5 EUR", "a-key-of-16-or-more", {{"cpp-lite-store", store->id()}})),
            "charged");
  EXPECT_EQ(seen, false);
}

TEST_F(KeyedLayer, AServerThatIgnoresKeysRefusesWhatAStoreMayKnow) {
  config.options.ignore_keys = true;
  config.router.add(keyed, run_on);
  connect();
  const auto lost = charge("5 EUR", "a-key-of-16-or-more", {{"cpp-lite-store", "another"}});
  EXPECT_EQ(lost->status(), "14");
  EXPECT_TRUE(lost->not_executed());
}

TEST_F(KeyedLayer, ADuplicateWhoseTimeIsShortIsToldToComeBack) {
  hold();
  serve();
  charge();
  const auto hasty = charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(960ms);  // one margin before its deadline
  EXPECT_EQ(hasty->status(), "14");
  EXPECT_EQ(reason(*hasty), "IDEMPOTENCY_IN_PROGRESS");
  EXPECT_NE(hasty->pushback(), "");
  EXPECT_FALSE(hasty->not_executed());
  EXPECT_EQ(told(KeyedEvent::Kind::busy), 1U);
  finish();
}

TEST_F(KeyedLayer, WhereTheProtoSaysRejectADuplicateDoesNotWait) {
  keyed.policy.reject_in_progress = true;
  hold();
  serve();
  charge();
  EXPECT_EQ(charge()->status(), "14");
  finish();
}

TEST_F(KeyedLayer, MoreThanTheMostThatMayWaitAreToldToComeBack) {
  config.options.keyed.max_waiters = 1;
  hold();
  serve();
  charge();
  const auto waits = charge(), too_many = charge();
  EXPECT_FALSE(waits->ended);
  EXPECT_EQ(too_many->status(), "14");
  finish();
  EXPECT_EQ(waits->status(), "0");
}

TEST_F(KeyedLayer, EveryAnswerNamesTheStore) {
  serve();
  EXPECT_EQ(charge()->header("cpp-lite-store"), "scripted");
  EXPECT_EQ(charge("x", "")->header("cpp-lite-store"), "scripted");
  EXPECT_EQ(call("/test.Keyed/Nothing")->header("cpp-lite-store"), "scripted");
}

TEST_F(KeyedLayer, AStoreThatIsDownExecutesNothingAndSaysSo) {
  store->next(Op::begin, Fault::lost, 100);
  serve();
  const auto answer = charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(2s);
  EXPECT_EQ(answer->status(), "14");
  EXPECT_EQ(reason(*answer), "IDEMPOTENCY_STORE_UNAVAILABLE");
  EXPECT_TRUE(answer->not_executed());
  EXPECT_EQ(told(KeyedEvent::Kind::store_failed), 1U);
  EXPECT_EQ(runs, 0);
}

TEST_F(KeyedLayer, AClaimWhoseAnswerWasLostIsClaimedAgain) {
  store->next(Op::begin, Fault::unheard);
  serve();
  const auto answer = charge();
  loop->advance(1s);
  EXPECT_EQ(answer->status(), "0");
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(attempt, 1);
}

TEST_F(KeyedLayer, AClaimThatMayHaveBeenGrantedUnheardIsReleased) {
  store->next(Op::begin, Fault::unheard);
  store->next(Op::begin, Fault::lost, 100);
  serve();
  const auto answer = charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(3s);
  EXPECT_EQ(answer->status(), "14");
  EXPECT_TRUE(answer->not_executed());
  EXPECT_TRUE(store->records.empty());
}

TEST_F(KeyedLayer, ItsOwnClaimIsFoundHoweverManyAnswersWereLostAfterIt) {
  store->next(Op::begin, Fault::unheard);
  store->next(Op::begin, Fault::lost, 3);
  serve();
  const auto answer = charge();
  loop->advance(1s);
  EXPECT_EQ(answer->status(), "0");
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(attempt, 1);
  EXPECT_EQ(store->count(Op::release), 0U) << "it is claimed again, not given up first";
}

TEST_F(KeyedLayer, ItsOwnClaimIsFoundWhenItsLeaseIsOver) {
  store->next(Op::begin, Fault::unheard);
  store->next(Op::begin, Fault::lost, 20);
  serve();
  const auto answer = charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "60S"}});
  loop->advance(30s);
  EXPECT_EQ(answer->status(), "0");
  EXPECT_EQ(runs, 1);
}

// The first begin() is still on its way when the second is answered, and is applied when the key is
// free again.
TEST_F(KeyedLayer, AClaimThatIsGrantedLateIsReleased) {
  fail_with(Status::not_executed(Code::aborted, "not now"));
  store->next(Op::begin, Fault::silent);
  serve();
  const auto answer = charge();
  loop->advance(6s);
  EXPECT_EQ(answer->status(), "10");
  (void)store->begin(BeginArgs(store->begun.front())).get();
  EXPECT_EQ(store->records.size(), 1U);
  loop->advance(5s);
  EXPECT_TRUE(store->records.empty());
}

TEST_F(KeyedLayer, ReleasesWaitForAStoreThatIsAwayHoweverLong) {
  store->next(Op::begin, Fault::unheard);
  store->next(Op::begin, Fault::lost, 100);
  store->next(Op::release, Fault::lost, 1000);
  serve();
  charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(60s);
  EXPECT_EQ(store->records.size(), 1U);
  const std::size_t asked = store->count(Op::release);
  EXPECT_LT(asked, 80U) << "one at a time";
  store->heal();
  loop->advance(2s);
  EXPECT_TRUE(store->records.empty());
}

TEST_F(KeyedLayer, AServerThatIsGoneReleasesNothingMoreAndLeavesItsLoop) {
  const auto users = loop.use_count();
  store->next(Op::begin, Fault::lost, 100);
  store->next(Op::release, Fault::lost, 1000);
  serve();
  charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(2s);
  const std::size_t tried = store->count(Op::release), begun = store->count(Op::begin);
  EXPECT_GT(tried, 0U);
  client->close("gone");
  client.reset();
  turn();
  const std::weak_ptr<KeyedServer> server = std::exchange(config.keyed, nullptr);
  EXPECT_TRUE(server.expired());
  const std::size_t asked = store->count(Op::release);
  EXPECT_EQ(asked, tried + begun) << "once more for each";
  loop->advance(1ms);  // less than the next release is away
  shard->drain(loop->now(), nullptr);
  shard.reset();
  EXPECT_EQ(loop.use_count(), users);
  loop->advance(30s);
  EXPECT_EQ(store->count(Op::release), asked);
  shard.emplace(loop, config);
}

TEST_F(KeyedLayer, AResultWhoseAcknowledgementWasLostIsAnsweredFromTheStore) {
  store->next(Op::complete, Fault::unheard);
  serve();
  const auto answer = charge();
  loop->advance(1s);
  EXPECT_EQ(body(*answer), "charged 5 EUR");
  EXPECT_FALSE(replayed(*answer));
  EXPECT_EQ(runs, 1);
}

TEST_F(KeyedLayer, AResultThatCannotBeStoredInTimeIsAnUnknownOutcome) {
  store->next(Op::complete, Fault::lost, 1000);
  serve();
  const auto answer = charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "1S"}});
  loop->advance(990ms);
  EXPECT_EQ(answer->status(), "2");
  EXPECT_EQ(reason(*answer), "IDEMPOTENCY_OUTCOME_UNKNOWN");
  EXPECT_EQ(answer->pushback(), "-1");
  EXPECT_FALSE(answer->not_executed());
  store->heal();
  loop->advance(2s);
  EXPECT_EQ(events, std::vector{KeyedEvent::Kind::unknown}) << "that is what the caller heard";
  EXPECT_EQ(body(*charge()), "charged 5 EUR") << "it is stored all the same";
}

TEST_F(KeyedLayer, EachOperationOfTheStoreIsToldWithItsLatency) {
  store->next(Op::complete, Fault::silent);
  serve();
  charge();
  loop->advance(6s);  // the silent operation is given up and repeated
  EXPECT_EQ(latencies, (std::vector<std::chrono::nanoseconds>{0s, 5s, 0s}));
}

TEST_F(KeyedLayer, AShortKeyIsToldBesideItsAnswer) {
  serve();
  EXPECT_EQ(charge("5 EUR", "fifteen-letters")->status(), "0");
  EXPECT_EQ(charge("5 EUR", "sixteen-letters!")->status(), "0");
  EXPECT_EQ(events, (std::vector{KeyedEvent::Kind::short_key, KeyedEvent::Kind::executed,
                                 KeyedEvent::Kind::executed}));
}

}  // namespace
}  // namespace cpp_lite::idempotency
