// Calls inside a served call that asks them to be modest: docs/rules.md, "Amplification".
#include "retrying.h"

namespace cpp_lite::client {
namespace {

class Asking final : public CallContext {
 public:
  SteadyTime deadline() const override { return SteadyTime::max(); }
  bool cancelled() const override { return false; }
  std::uint64_t on_cancel(Task) override { return 1; }
  void forget(std::uint64_t) override {}
  RetryHint retry_hint() const override { return RetryHint::attempts_1; }
};

class HintedCall : public RetryTest {
 protected:
  Future<RawReply> part(const Method& method) {
    CallSettings settings;
    settings.parent = std::make_shared<Asking>();
    return call(method, Deadline::never(), std::move(settings));
  }
};

TEST_F(HintedCall, IsNotRepeatedByPolicy) {
  Future<RawReply> reply = part(kSafe);
  reject("14");
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(status.attempts()[0].verdict, "stopped: it is part of a repetition");
}

TEST_F(HintedCall, IsNotRepeatedEvenIfItWasNotExecuted) {
  Future<RawReply> reply = part(kUnary);
  reject("14", {{"cpp-lite-not-executed", "1"}});
  EXPECT_TRUE(status_of(reply).is_not_executed());
}

TEST_F(HintedCall, IsRepeatedWhereThatAddsNoLoad) {
  peer.refuses = true;
  Future<RawReply> reply = part(kUnary);
  EXPECT_EQ(peer.asked, 2);
  EXPECT_EQ(status_of(reply).code(), Code::unavailable);
}

TEST_F(HintedCall, MayUseTheWholeDeadlineForItsAttempt) {
  Future<RawReply> reply = part(kPatient);
  wait(10s);
  EXPECT_FALSE(reply.ready());
}

}  // namespace
}  // namespace cpp_lite::client
