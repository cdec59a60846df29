// The retry budget through a real channel (docs/rules.md, "Budget", C6).
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "client/channel.h"
#include "client/dialer.h"
#include "scripted_peer.h"
#include "support/fake_loop.h"

namespace cpp_lite::retries {
namespace {

using namespace std::chrono_literals;

constexpr Method kSafe{.path = "/test.Service/Safe", .safety = Safety::idempotent};

TEST(Budget, AThousandFailingCallsInASecondAreRepeatedAHundredAndElevenTimesAtMost) {
  const auto loop = support::FakeLoop::create();
  ScriptedPeer peer(
      loop, [](const Seen&) { return Reply{.kind = Reply::Kind::trailers_only, .code = 14}; });
  ConnectOptions options;
  options.loop = loop;
  options.authority = "test.example";
  auto channel = client::connect_through(
      {.dialer = client::dial_with([&](Loop&) { return peer.connect(); })}, options);
  std::vector<Future<RawReply>> replies;
  for (int i = 0; i < 1000; ++i) {
    replies.push_back(channel->unary({&kSafe, Deadline::never(), {}}, Bytes(kMessagePrefix)));
    loop->advance(1ms);
  }
  loop->advance(1min);
  int stopped_by_budget = 0;
  for (Future<RawReply>& reply : replies) {
    ASSERT_TRUE(reply.ready());
    const Status status = reply.take().status;
    EXPECT_EQ(status.code(), Code::unavailable);
    EXPECT_LE(status.attempts().size(), 3U);
    stopped_by_budget += status.attempts().back().verdict == "stopped: budget" ? 1 : 0;
  }
  const std::size_t repetitions = peer.seen.size() - 1000;
  EXPECT_LE(repetitions, 111U);
  EXPECT_GE(repetitions, 105U);
  EXPECT_GT(stopped_by_budget, 800);
  channel.reset();
  loop->run_until_idle();
}

}  // namespace
}  // namespace cpp_lite::retries
