#include <cpp_lite/layers.h>
#include <cpp_lite/testing.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "many_calls.h"

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;

struct Breaking : Layered {
  Breaking() : Breaking(std::make_unique<testing::ManualClock>()) {}
  explicit Breaking(std::unique_ptr<testing::ManualClock> own)
      : Layered(circuit_breaker({.clock = own.get(), .random = [] { return 0.5; }})),
        clock(std::move(own)) {}

  bool refuses() {
    const int before = calls->begun;
    const auto reply = begin();
    return calls->begun == before;
  }

  std::unique_ptr<testing::ManualClock> clock;
};

TEST(CircuitBreaker, RefusesHereAndSaysWhy) {
  Breaking it;
  it.repeat(10, Code::unavailable);
  const Status status = it.begin().get().status;
  EXPECT_EQ(it.calls->begun, 10);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(status.origin(), Origin::local);
  EXPECT_TRUE(status.is_not_executed());
  EXPECT_EQ(status.phase(), "circuit breaker");
  EXPECT_EQ(reason_of(status), "CIRCUIT_OPEN");
}

TEST(CircuitBreaker, RefusesStreamsToo) {
  Breaking it;
  it.repeat(10, Code::unavailable);
  const auto stream = it.stream();
  EXPECT_EQ(it.calls->begun, 10);
  EXPECT_FALSE(stream->write(Bytes(6)).get());
  EXPECT_FALSE(stream->close_writes().get());
  EXPECT_EQ(stream->read().get(), std::nullopt);
  EXPECT_TRUE(stream->headers().get().empty());
  EXPECT_EQ(reason_of(stream->finish().get().status), "CIRCUIT_OPEN");
  stream->cancel();
}

// A client that sends nonsense takes nobody offline.
TEST(CircuitBreaker, StaysClosedForTheApplicationsErrors) {
  Breaking it;
  for (const Code code : {Code::invalid_argument, Code::not_found, Code::permission_denied,
                          Code::failed_precondition, Code::cancelled, Code::aborted}) {
    it.repeat(50, code);
  }
  EXPECT_FALSE(it.refuses());
}

TEST(CircuitBreaker, ProbesAfterFiveSecondsAndClosesAgain) {
  Breaking it;
  it.repeat(10, Code::internal);
  it.clock->advance(5s - 1ns);
  EXPECT_TRUE(it.refuses());
  it.clock->advance(1ns);
  std::vector<Future<RawReply>> probes;
  for (int i = 0; i < 3; ++i) probes.push_back(it.begin());
  EXPECT_EQ(it.calls->replies.size(), 3U);
  EXPECT_TRUE(it.refuses());
  for (std::size_t i = 0; i < 3; ++i) it.calls->end(i);
  EXPECT_FALSE(it.refuses());
}

TEST(CircuitBreaker, GivesThePlaceOfADroppedProbeToAnother) {
  Breaking it;
  it.repeat(10, Code::unknown);
  it.clock->advance(5s);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(it.refuses());  // each is dropped at once
  it.repeat(3, Code::ok);
  EXPECT_FALSE(it.refuses());
}

TEST(CircuitBreaker, IsNotBlockedForEverByProbesThatHang) {
  Breaking it;
  it.repeat(10, Code::unavailable);
  it.clock->advance(5s);
  std::vector<Future<RawReply>> hanging;
  for (int i = 0; i < 3; ++i) hanging.push_back(it.begin());
  it.clock->advance(59s);
  EXPECT_TRUE(it.refuses());
  it.clock->advance(1s);
  it.repeat(3, Code::ok);
  EXPECT_FALSE(it.refuses());
}

TEST(CircuitBreaker, CountsAStreamByItsFirstMessageOrItsEnd) {
  Breaking failing;
  for (int i = 0; i < 10; ++i) (void)failing.stream(Code::unavailable)->finish().get();
  EXPECT_TRUE(failing.refuses());
  Breaking answering;
  for (int i = 0; i < 10; ++i) {
    const auto stream = answering.stream(Code::unavailable, true);
    EXPECT_EQ(stream->read().get(), Bytes{1});
    EXPECT_EQ(stream->read().get(), std::nullopt);
    EXPECT_EQ(stream->finish().get().status.code(), Code::unavailable);
  }
  EXPECT_FALSE(answering.refuses());
}

TEST(CircuitBreaker, CountsNoStreamThatWasDropped) {
  Breaking it;
  for (int i = 0; i < 50; ++i) (void)it.stream(Code::unavailable);
  EXPECT_FALSE(it.refuses());
  EXPECT_TRUE(it.calls->seen->dropped);
}

TEST(CircuitBreaker, PassesAStreamThrough) {
  Breaking it;
  const auto stream = it.stream(Code::not_found, true);
  EXPECT_TRUE(stream->write(Bytes{9}).get());
  EXPECT_TRUE(stream->close_writes().get());
  EXPECT_EQ(stream->headers().get().get("from"), "fake");
  stream->cancel();
  EXPECT_EQ(stream->finish().get().status.code(), Code::not_found);
  EXPECT_TRUE(it.calls->seen->closed && it.calls->seen->cancelled);
  EXPECT_EQ(it.calls->seen->written, std::vector<Bytes>{{9}});
}

TEST(CircuitBreaker, IsOnePerChannel) {
  const ClientLayer layer = circuit_breaker();
  Layered broken(layer), other(layer);
  broken.repeat(10, Code::unavailable);
  EXPECT_EQ(broken.call(Code::ok).code(), Code::unavailable);
  EXPECT_TRUE(other.call(Code::ok).ok());
}

TEST(CircuitBreaker, OutlivesItsChannelAsLongAsACallRuns) {
  Breaking it;
  auto reply = it.begin();
  it.channel.reset();
  it.calls->end(0, Code::unavailable);
  EXPECT_EQ(reply.get().status.code(), Code::unavailable);
}

TEST(CircuitBreaker, TakesCallsOfSeveralThreads) {
  class AtOnce final : public Channel {
   public:
    Future<RawReply> unary(Call, Bytes request) override {
      return ending_with(request.empty() ? Code::ok : Code::unavailable);
    }
    std::unique_ptr<RawStream> stream(Call) override { return nullptr; }
  };
  const auto channel = circuit_breaker({.open = 1us})(std::make_shared<AtOnce>());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2'000; ++i) {
        const auto request = (i + t) % 3 == 0 ? Bytes() : Bytes{1};
        (void)channel->unary(call_of(kUnaryMethod), request).get();
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace cpp_lite
