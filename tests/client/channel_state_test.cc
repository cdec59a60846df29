// What a channel says of its connections, and whom it tells when that changes.
#include <string>
#include <thread>
#include <vector>

#include "fixture.h"

namespace cpp_lite::client {
namespace {

class State : public ClientTest {
 protected:
  std::string state() { return std::string(to_string(channel()->state())); }
  // What somebody who waits for something else than that is told by then.
  static std::string told(Future<ChannelState>& future) {
    return future.ready() ? std::string(to_string(future.take())) : "nothing";
  }
  void refuse() { script->ways = {Status(Code::unavailable, "connection refused")}; }
};

TEST_F(State, FollowsAConnectionFromTheFirstCallToItsEnd) {
  EXPECT_EQ(state(), "IDLE");
  Future<RawReply> call = unary();
  EXPECT_EQ(state(), "CONNECTING");
  turn();
  EXPECT_EQ(state(), "READY");
  peer.last().answer("pong");
  turn();
  EXPECT_EQ(state(), "READY");
  peer.pipes.back()->cut("gone");
  turn();
  EXPECT_EQ(state(), "IDLE");
}

// gRFC A62
TEST_F(State, AFailureLastsUntilAConnectionIsReady) {
  refuse();
  Future<RawReply> call = unary();
  turn();
  EXPECT_EQ(state(), "TRANSIENT_FAILURE");
  script->hold_dialing = true;
  loop->advance(1s);
  EXPECT_EQ(script->rounds, 2);
  EXPECT_EQ(state(), "TRANSIENT_FAILURE") << "while it tries again";
  script->hold_dialing = false;
  drop_channel();
  script->ways = {Status()};
  Future<RawReply> other = unary();
  turn();
  EXPECT_EQ(state(), "READY");
}

TEST_F(State, IsIdleAgainWhenTheChannelHadNoCallsForAWhile) {
  (void)answered([](PeerStream& call) { call.answer("pong"); });
  loop->advance(1h);
  EXPECT_EQ(state(), "IDLE");
}

TEST_F(State, WhoeverWaitsIsToldOfTheNextOne) {
  Future<ChannelState> first = channel()->state_other_than(ChannelState::idle);
  Future<ChannelState> same = channel()->state_other_than(ChannelState::idle);
  Future<ChannelState> at_once = channel()->state_other_than(ChannelState::ready);
  EXPECT_EQ(told(first), "nothing");
  EXPECT_EQ(told(at_once), "IDLE");
  channel()->connect_now();
  loop->poll();
  loop->poll();
  EXPECT_EQ(told(first), "CONNECTING");
  EXPECT_EQ(told(same), "CONNECTING");
  Future<ChannelState> next = channel()->state_other_than(ChannelState::connecting);
  turn();
  EXPECT_EQ(told(next), "READY");
}

TEST_F(State, ConnectNowNeedsNoCall) {
  channel()->connect_now();
  turn();
  EXPECT_EQ(peer.connections.size(), 1u);
  EXPECT_EQ(state(), "READY");
  channel()->connect_now();
  turn();
  EXPECT_EQ(peer.connections.size(), 1u);
  loop->advance(2h);
  EXPECT_EQ(state(), "IDLE") << "but it is not for ever";
}

TEST_F(State, WhoeverWaitsForAChannelThatIsGoneIsTold) {
  Future<ChannelState> last = channel()->state_other_than(ChannelState::idle);
  { Future<ChannelState> dropped = channel()->state_other_than(ChannelState::idle); }
  drop_channel();
  turn();
  EXPECT_EQ(told(last), "SHUTDOWN");
}

TEST_F(State, OfAChannelWithoutAValidServiceConfigIsAFailure) {
  options.service_config = "no JSON";
  channel()->connect_now();
  turn();
  EXPECT_EQ(state(), "TRANSIENT_FAILURE");
}

TEST_F(State, LayersNeedNotKnowOfIt) {
  struct Layer final : Channel {
    explicit Layer(std::shared_ptr<Channel> inner) : next(std::move(inner)) {}
    Future<RawReply> unary(Call call, Bytes request) override {
      return next->unary(std::move(call), std::move(request));
    }
    std::unique_ptr<RawStream> stream(Call call) override { return next->stream(std::move(call)); }
    const std::shared_ptr<Channel> next;
  };
  options.layers = {[](std::shared_ptr<Channel> next) -> std::shared_ptr<Channel> {
    return std::make_shared<Layer>(std::move(next));
  }};
  EXPECT_EQ(state(), "IDLE");
  channel()->connect_now();
  turn();
  EXPECT_EQ(state(), "READY");
  EXPECT_EQ(Layer(channel()).state(), ChannelState::ready) << "on its own it is always ready";
}

TEST_F(State, WithSeveralEndpointsOneThatIsReadyIsEnough) {
  options.load_balancing = LoadBalancing::round_robin;
  channel()->connect_now();
  turn();
  EXPECT_EQ(state(), "READY");
  refuse();
  peer.pipes.back()->cut("gone");
  turn();
  EXPECT_EQ(state(), "TRANSIENT_FAILURE");
  script->ways = {Status()};
  loop->advance(1s);
  EXPECT_EQ(state(), "READY") << "it is connected all the time";
}

TEST(ChannelStates, AWrongTargetIsTheEndFromTheBeginning) {
  EXPECT_EQ(connect("127.0.0.1:99999")->state(), ChannelState::shutdown);
}

TEST(ChannelStates, AreReadAndWaitedForOnAnyThread) {
  const auto channel = connect("127.0.0.1:1", {.initial_backoff = 1h, .max_backoff = 1h});
  channel->connect_now();
  const auto wait = [&channel] {
    ChannelState state = channel->state();
    while (state != ChannelState::transient_failure) {
      state = channel->state_other_than(state).get();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(wait);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(channel->state(), ChannelState::transient_failure);
}

TEST(ChannelStates, EndWithTheLoop) {
  const auto loop = Loop::create();
  const auto channel =
      connect("127.0.0.1:1", {.loop = loop, .initial_backoff = 1h, .max_backoff = 1h});
  channel->connect_now();
  ChannelState state = ChannelState::idle;
  while (state != ChannelState::transient_failure) state = channel->state_other_than(state).get();
  Future<ChannelState> last = channel->state_other_than(state);
  loop->stop();
  EXPECT_EQ(last.get(), ChannelState::shutdown);
}

// Without connections there is nothing to tell, and waiting ends with the Future.
TEST(ChannelStates, OfAChannelWithoutConnectionsNeverChange) {
  struct Fake final : Channel {
    Future<RawReply> unary(Call, Bytes) override { return RawReply{}; }
    std::unique_ptr<RawStream> stream(Call) override { return ended_stream(Status()); }
  } fake;
  Future<ChannelState> never = fake.state_other_than(ChannelState::ready);
  EXPECT_FALSE(never.ready());
  EXPECT_TRUE(fake.state_other_than(ChannelState::idle).ready());
}

}  // namespace
}  // namespace cpp_lite::client
