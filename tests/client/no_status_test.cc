// A response of headers alone that says nothing of how the call ended is a loss, not an answer
// (docs/rules.md, LOST).
#include "retrying.h"

namespace cpp_lite::client {
namespace {

class NoStatus : public RetryTest {
 protected:
  NoStatus() {
    options.service_config = R"({"methodConfig": [{"name": [{}], "retryPolicy": {
        "maxAttempts": 3, "initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE", "UNKNOWN"]}}]})";
  }
  void say_nothing() {
    peer.last().only_headers({{":status", "200"}, {"content-type", "application/grpc"}});
    turn();
  }
};

TEST_F(NoStatus, ASafeCallIsRepeatedIfItsPolicyListsTheCode) {
  Future<RawReply> reply = call(kSafe);
  say_nothing();
  wait(50ms);
  ASSERT_EQ(peer.streams.size(), 2U);
  peer.last().answer("pong");
  turn();
  const RawReply done = take(reply);
  EXPECT_TRUE(done.status.ok());
  EXPECT_EQ(done.status.attempts()[0].outcome, Outcome::lost);
  EXPECT_EQ(done.status.attempts()[0].code, Code::unknown);
}

TEST_F(NoStatus, ASafeCallEndsIfItsPolicyDoesNot) {
  options.service_config = {};
  Future<RawReply> reply = call(kSafe);
  say_nothing();
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::unknown);
  EXPECT_EQ(status.attempts()[0].verdict, "stopped: the code is not retryable");
}

TEST_F(NoStatus, AnUnsafeCallEnds) {
  Future<RawReply> reply = call(kUnary);
  say_nothing();
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::unknown);
  EXPECT_EQ(status.attempts()[0].outcome, Outcome::lost);
  EXPECT_EQ(status.attempts()[0].verdict, "stopped: the method is UNSAFE");
  EXPECT_FALSE(status.is_not_executed());
}

TEST_F(NoStatus, AnOkWithoutItsMessageIsAnAnswer) {
  Future<RawReply> reply = call(kSafe);
  reject("0");
  const Status status = status_of(reply);
  EXPECT_EQ(status.attempts()[0].outcome, Outcome::committed);
}

}  // namespace
}  // namespace cpp_lite::client
