// The end of an attempt and the end of its call: deadlines that pass meanwhile, what was never
// sent, and what the history says of it.
#include <functional>
#include <string>
#include <vector>

#include "hedging.h"
#include "retrying.h"

namespace cpp_lite::client {
namespace {

constexpr Method kTicking{.path = "/test.Service/Ticking",
                          .server_streams = true,
                          .safety = Safety::idempotent,
                          .idle_timeout = 1s};

class AttemptEnd : public RetryTest {
 protected:
  static std::string verdict(const Status& status) {
    return status.attempts().empty() ? "(no attempt)" : status.attempts().back().verdict;
  }
};

TEST_F(AttemptEnd, WhateverComesWithTheEndOfTheDeadlineIsLate) {
  using Answer = std::function<void(PeerStream&)>;
  const std::vector<Answer> answers = {
      [](PeerStream& s) { s.answer("pong"); },
      [](PeerStream& s) { s.trailers_only("14"); },
      [](PeerStream& s) {
        s.only_headers({{":status", "200"},
                        {"content-type", "application/grpc"},
                        {"grpc-status", "14"},
                        {"cpp-lite-not-executed", "1"}});
      },
      [](PeerStream& s) {
        s.headers();
        s.status("14");
      },
      [](PeerStream& s) { s.reset(kRefusedStream); },
  };
  for (std::size_t i = 0; i < answers.size(); ++i) {
    Future<RawReply> reply = call(kSafe, 1s);
    answers[i](peer.last());
    loop->advance_late(1s);
    turn();
    const Status status = status_of(reply);
    EXPECT_EQ(status.code(), Code::deadline_exceeded) << i << ": " << status.to_string();
    EXPECT_EQ(peer.streams.size(), i + 1);
  }
}

TEST_F(AttemptEnd, AnAttemptTimeoutEndsNoCallThatHasTimeLeftButNotForAnotherAttempt) {
  Future<RawReply> reply = call(kPatient, 1030ms);
  wait(1s);
  EXPECT_FALSE(reply.ready());
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(status_of(reply).ok());
}

TEST_F(AttemptEnd, AStreamIsNotIdleWhileItPausesBetweenTwoAttempts) {
  const auto call = stream(kTicking, 60s);
  (void)call->write(bytes("x"));
  (void)call->close_writes();
  turn();
  reject("14", {{"grpc-retry-pushback-ms", "5000"}});
  wait(5s);
  ASSERT_EQ(peer.streams.size(), 2U);
  Future<RawReply> end = call->finish();
  wait(999ms);
  EXPECT_FALSE(end.ready());
  wait(1ms);
  EXPECT_EQ(status_of(end).code(), Code::deadline_exceeded) << "idle_timeout begins anew with it";
}

TEST_F(AttemptEnd, ACallThatIsLateFromTheBeginningWasNotSent) {
  Future<RawReply> reply = call(kUnary, Deadline(0s));
  const Status status = status_of(reply);
  EXPECT_TRUE(status.is_not_executed());
  ASSERT_EQ(status.attempts().size(), 1U);
  EXPECT_EQ(status.attempts()[0].outcome, Outcome::not_sent);
  EXPECT_EQ(verdict(status), "stopped: deadline");
}

TEST_F(AttemptEnd, ARequestThatCannotBeSentWasNotExecuted) {
  options.max_send_message = 3;
  Future<RawReply> reply = call(kUnary);
  const Status status = status_of(reply);
  EXPECT_TRUE(status.is_not_executed());
  EXPECT_EQ(verdict(status), "stopped: the request cannot be sent");
}

TEST_F(AttemptEnd, TheHistorySaysWhatEndedTheCallAtThisSide) {
  Future<RawReply> late = call(kUnary, 1s);
  wait(1s);
  EXPECT_EQ(verdict(status_of(late)), "stopped: deadline");

  const auto cancelled = stream(kBidi);
  turn();
  cancelled->cancel();
  EXPECT_EQ(verdict(finish(*cancelled).status), "stopped: cancelled");

  const auto idle = stream(kTicking, 60s);
  turn();
  wait(1s);
  EXPECT_EQ(verdict(finish(*idle).status), "stopped: idle_timeout");

  Future<RawReply> garbled = call(kUnary);
  peer.last().headers();
  peer.last().message("one");
  peer.last().message("two");
  turn();
  EXPECT_EQ(verdict(status_of(garbled)), "stopped: the response is unusable");
}

// R13
TEST_F(AttemptEnd, ACodeOfApplicationsDoesNotComeFromTheWayToTheServer) {
  for (const Code code :
       {Code::invalid_argument, Code::not_found, Code::already_exists, Code::failed_precondition,
        Code::aborted, Code::out_of_range, Code::data_loss}) {
    drop_channel();
    script->ways = {Status(code, "no such host")};
    Future<RawReply> reply = call(kUnary, 1s);
    const Status status = status_of(reply);
    EXPECT_EQ(status.code(), Code::internal);
    EXPECT_NE(status.message().find("no such host"), std::string::npos) << status.message();
  }
  drop_channel();
  script->ways = {Status(Code::permission_denied, "not from here")};
  Future<RawReply> other = call(kUnary, 1s);
  EXPECT_EQ(status_of(other).code(), Code::permission_denied);
}

// R12, R13: the built-in policy lists UNAVAILABLE, which this is not
TEST_F(AttemptEnd, AWayThatFailsWithAnotherCodeThanUnavailableIsNotTriedAgain) {
  script->ways = {Status(Code::not_found, "no such host")};
  Future<RawReply> reply = call(kSafe, 60s);
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::internal);
  EXPECT_EQ(verdict(status), "stopped: the code is not retryable");
}

// The peer takes headers as long as those of the first attempt, and so many bytes more.
class NarrowPeer : public AttemptEnd {
 protected:
  void take_first_attempts_of(const Method& method, CallSettings settings, std::uint32_t more = 0) {
    Future<RawReply> measured = call(method, Deadline::never(), std::move(settings));
    peer.options.max_header_list = peer.last().header_list() + more;
    peer.last().answer("pong");
    turn();
    drop_channel();
    peer.streams.clear();
  }
};

TEST_F(NarrowPeer, AnAttemptThatCannotSayHowManyCameBeforeEndsTheCallAsThoseDid) {
  take_first_attempts_of(kSafe, {});
  Future<RawReply> reply = call(kSafe);
  reject("14", {{"grpc-message", "busy"}});
  wait(50ms);
  EXPECT_EQ(peer.streams.size(), 1U);
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(status.message(), "busy");
  EXPECT_FALSE(status.is_not_executed());
  ASSERT_EQ(status.attempts().size(), 2U);
  EXPECT_EQ(status.attempts()[1].outcome, Outcome::not_sent);
  EXPECT_EQ(status.attempts()[1].code, Code::resource_exhausted);
  EXPECT_EQ(verdict(status), "stopped: the request cannot be sent");
}

TEST_F(NarrowPeer, AnAttemptThatCannotNameItsStoreEndsTheCallAsTheLastOneDid) {
  CallSettings settings;
  settings.idempotency_key = "k1";
  constexpr std::uint32_t kCount = 26 + 1 + 32;  // grpc-previous-rpc-attempts
  take_first_attempts_of(kKeyed, settings, kCount);
  Future<RawReply> reply = call(kKeyed, Deadline::never(), settings);
  reject("14", {{"grpc-message", "busy"}, {"cpp-lite-store", "s1"}});
  wait(50ms);
  EXPECT_EQ(peer.streams.size(), 1U);
  EXPECT_EQ(status_of(reply).message(), "busy");
}

// R43
TEST_F(AttemptEnd, NothingOfAFailedAttemptIsLeftInTheNext) {
  CallSettings settings;
  settings.authority = "one.example";
  Future<RawReply> reply = call(kSafe, Deadline::never(), settings);
  reject("14", {{"of-the-first", "x"}});
  wait(50ms);
  ASSERT_EQ(peer.streams.size(), 2U);
  EXPECT_EQ(peer.last().header(":authority"), peer.stream(0).header(":authority"));
  peer.last().answer("pong");
  turn();
  const RawReply done = take(reply);
  EXPECT_FALSE(done.headers.contains("of-the-first"));
  EXPECT_FALSE(done.trailers.contains("of-the-first"));
}

TEST_F(AttemptEnd, TheStoryOfOneAttemptNamesItsPeer) {
  Future<RawReply> reply = call(kUnary);
  reject("14");
  const std::string story = status_of(reply).to_string();
  EXPECT_NE(story.find("inproc:"), std::string::npos) << story;
}

class HedgedAttemptEnd : public HedgingTest {
 protected:
  static constexpr Method kPatientHedged{
      .path = "/test.Service/PatientHedged",
      .safety = Safety::idempotent,
      .attempt_timeout = 1s,
      .hedging = {.max_attempts = 2, .delay = 100ms, .non_fatal_codes = kUnavailableOnly}};
};

TEST_F(HedgedAttemptEnd, AnAttemptTimeoutDoesNotEndTheOnlyAttemptThatThereCanBe) {
  Future<RawReply> reply = call(kPatientHedged, 60s);
  std::vector<Future<RawReply>> others;  // which use the budget up before the hedge is due
  for (int i = 0; i < 20; ++i) others.push_back(call(kBurst));
  wait(100ms);
  wait(900ms);
  EXPECT_FALSE(reply.ready());
  answer(0, "late");
  EXPECT_TRUE(status_of(reply).ok());
}

TEST_F(HedgedAttemptEnd, AnAttemptTimeoutEndsTheFirstOfTwoButNotTheSecond) {
  Future<RawReply> reply = call(kPatientHedged, 60s);
  wait(100ms);
  ASSERT_EQ(sent(), 2U);
  wait(900ms);
  EXPECT_EQ(state(0), "reset 8");
  wait(10s);
  EXPECT_EQ(state(1), "open");
  answer(1, "late");
  EXPECT_TRUE(status_of(reply).ok());
}

TEST_F(HedgedAttemptEnd, AHedgeThatCannotBeSentSaysNothingOfTheCall) {
  Future<RawReply> measured = call(kHedged);
  peer.options.max_header_list = peer.last().header_list();
  answer(0, "pong");
  drop_channel();
  Future<RawReply> beside = call(kBurst);  // the others cannot say how many came before
  ASSERT_EQ(sent(), 2U);
  EXPECT_FALSE(beside.ready());
  answer(1, "pong");
  EXPECT_TRUE(status_of(beside).ok());
  Future<RawReply> after = call(kHedged);
  ASSERT_EQ(sent(), 3U);
  reject(2, "14", {{"grpc-message", "busy"}});
  const Status status = status_of(after);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(status.message(), "busy");
  EXPECT_EQ(verdicts(status), (Words{"repeated: not fatal", "stopped: it could not be sent"}));
}

TEST_F(HedgedAttemptEnd, ACallThatIsLateFromTheBeginningWasNotSent) {
  Future<RawReply> reply = call(kHedged, Deadline(0s));
  EXPECT_TRUE(status_of(reply).is_not_executed());
}

}  // namespace
}  // namespace cpp_lite::client
