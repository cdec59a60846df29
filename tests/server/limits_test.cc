// What a client may not have of its server, and which counter says that it tried.
#include <string>
#include <vector>

#include "server/served_calls.h"

namespace cpp_lite::server {
namespace {

class Limits : public ServedCalls {
 protected:
  void SetUp() override {}
  void begin() { ServedCalls::SetUp(); }
  std::uint64_t attacks(h2::Attack attack) const {
    return shard->counters.attacks[static_cast<std::size_t>(attack)];
  }
};

TEST_F(Limits, AConnectionOfRapidResetsIsCountedOnce) {
  config.options.abuse.reset_sample = 10;
  begin();
  for (int i = 0; i < 10; ++i) {
    auto answer = open(request("/test.Bytes/Collect"));
    client->reset(id, 8);
    turn();
  }
  EXPECT_EQ(attacks(h2::Attack::rapid_resets), 1u);
  EXPECT_NE(lost, "");
}

TEST_F(Limits, CallsThatAreTakenBackLateAreNoAttack) {
  config.options.abuse.reset_sample = 10;
  begin();
  for (int i = 0; i < 20; ++i) {
    auto answer = open(request("/test.Bytes/Collect", {{"grpc-timeout", "100m"}}));
    loop->advance(91ms);  // as a client does whose time is over
    client->reset(id, 8);
    turn();
  }
  for (int i = 0; i < 20; ++i) {
    auto answer = open(request("/test.Bytes/Chat"));
    loop->advance(1s);
    client->reset(id, 8);
    turn();
  }
  EXPECT_EQ(attacks(h2::Attack::rapid_resets), 0u);
  EXPECT_EQ(lost, "");
}

TEST_F(Limits, RequestsThatAreNoCallsAndTakenBackAreAnAttackToo) {
  config.options.abuse.reset_sample = 10;
  begin();
  for (int i = 0; i < 10; ++i) {
    auto answer = open({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}});
    client->reset(id, 8);
    turn();
  }
  EXPECT_EQ(attacks(h2::Attack::rapid_resets), 1u);
}

TEST_F(Limits, AHandlerWhoseCallWasTakenBackKeepsItsPlace) {
  config.options.max_concurrent_streams = 2;
  begin();
  std::vector<detail::Promise<void>> gates;
  service.unary = [&](detail::ServedCall& served) -> Future<Status> {
    gates.emplace_back(loop);
    co_await gates.back().future();
    served.respond(outgoing("late"));
    co_return Status();
  };
  for (int i = 0; i < 2; ++i) {
    call("/test.Bytes/Unary");
    client->reset(id, 8);
    turn();
  }
  auto refused = call("/test.Bytes/Unary");
  EXPECT_EQ(refused->status(), "14");
  EXPECT_TRUE(refused->not_executed());
  EXPECT_NE(refused->pushback(), "");
  EXPECT_EQ(shard->counters.refused_for_abandoned, 1u);
  EXPECT_EQ(gates.size(), 2u);

  gates.front().set();
  turn();
  auto served = call("/test.Bytes/Unary");
  EXPECT_EQ(gates.size(), 3u);
  for (std::size_t i = 1; i < 3; ++i) gates[i].set();
  turn();
  EXPECT_EQ(served->status(), "0");
}

TEST_F(Limits, HeadersAndMessagesOverTheLimitEndTheirCallAndAreCounted) {
  config.options.max_receive_message = 10;
  begin();
  EXPECT_EQ(call("/test.Bytes/Unary", "hi", Headers(99, {"name", "value"}))->status(), "8");
  EXPECT_EQ(shard->counters.headers_over_limit, 1u);
  EXPECT_EQ(call("/test.Bytes/Unary", "eleven byte")->status(), "8");
  EXPECT_EQ(shard->counters.messages_over_limit, 1u);

  Bytes bomb(kMessagePrefix);
  ASSERT_TRUE(wire::Gzip().compress(Bytes(1000), bomb).ok());
  auto answer = open(request("/test.Bytes/Unary", {{"grpc-encoding", "gzip"}}));
  send(framed(text(bomb).substr(kMessagePrefix), 1), true);
  EXPECT_EQ(answer->status(), "8");
  EXPECT_EQ(shard->counters.messages_over_limit, 2u);
  EXPECT_EQ(call("/test.Bytes/Unary")->status(), "0");
}

TEST_F(Limits, AnAnswerThatIsNotReadIsDroppedAtTheDeadline) {
  config.options.default_deadline = 5s;
  begin();
  service.unary = [](detail::ServedCall& served) -> Future<Status> {
    served.respond(outgoing(std::string(2'000'000, 'x')));
    return Status();
  };
  auto answer = call("/test.Bytes/Unary");  // nobody gives its bytes back to the window
  EXPECT_EQ(client->streams(), 1u);
  loop->advance(5s);
  ASSERT_TRUE(answer->closed);
  EXPECT_EQ(answer->closed->error, 8u);
  EXPECT_EQ(shard->counters.answers_not_read, 1u);
}

TEST_F(Limits, WhoSaysNothingLosesItsConnectionInTime) {
  begin();
  io::Pipe pipe = io::make_pipe(*loop);
  shard->accept(std::move(pipe.server));
  turn();
  EXPECT_EQ(shard->counters.open, 2u);
  loop->advance(20s);
  EXPECT_EQ(shard->counters.handshakes_timed_out, 1u);
  EXPECT_EQ(shard->counters.open, 1u);
}

class Memory : public Limits {
 protected:
  void SetUp() override {
    config.options.memory_budget = 100'000;
    config.options.loops = 1;
    begin();
  }
  // A message of which the end is missing.
  std::shared_ptr<Answer> begin_message(std::size_t size) {
    auto answer = open(request("/test.Bytes/Unary"));
    Bytes message = framed(std::string(size, 'x'));
    message.resize(size);
    send(std::move(message), false);
    return answer;
  }
};

TEST_F(Memory, WhoHoldsMostIsEndedWhenThereIsNoMore) {
  auto small = begin_message(20'000);
  auto large = begin_message(50'000);
  EXPECT_GE(config.memory, 69'990u);
  auto one_more = begin_message(40'000);
  EXPECT_EQ(large->status(), "8");
  EXPECT_TRUE(large->not_executed());
  EXPECT_EQ(small->status(), "none");
  EXPECT_EQ(one_more->status(), "none");
  EXPECT_EQ(shard->counters.ended_for_memory, 1u);
  EXPECT_LT(config.memory, 87'500u);
  EXPECT_EQ(call("/test.Bytes/Unary")->status(), "0");
}

TEST_F(Memory, IsGivenBackInTheEnd) {
  auto message = begin_message(50'000);
  send(Bytes(5), true);
  EXPECT_EQ(message->status(), "0");
  auto lost = begin_message(50'000);
  client->reset(id, 8);
  turn();
  EXPECT_EQ(config.memory, 0u);
}

TEST_F(Memory, OfAnswersThatNobodyReadsIsCounted) {
  service.unary = [](detail::ServedCall& served) -> Future<Status> {
    served.respond(outgoing(std::string((1 << 20) + 60'000, 'x')));
    return Status();
  };
  config.options.memory_budget = 2'400'000;  // both of them
  auto first = call("/test.Bytes/Unary");
  auto second = call("/test.Bytes/Unary");
  EXPECT_GT(config.memory, 2'200'000u);  // whatever the windows have taken of them
  EXPECT_EQ(shard->counters.ended_for_memory, 0u);

  config.options.memory_budget = 1'300'000;
  loop->advance(200ms);
  EXPECT_EQ(shard->counters.ended_for_memory, 1u);
  EXPECT_LT(config.memory, 1'137'500u);
  EXPECT_EQ(int(first->closed.has_value()) + int(second->closed.has_value()), 1);
}

TEST_F(Memory, ThatOthersHoldRefusesNewCallsAndClosesWindows) {
  config.options.memory_budget = 4 << 20;
  auto open_one = open(request("/test.Bytes/Collect"));
  const auto first = id;
  config.memory += 5 << 20;  // another loop's
  auto refused = call("/test.Bytes/Unary");
  EXPECT_EQ(refused->status(), "8");
  EXPECT_TRUE(refused->not_executed());
  EXPECT_NE(refused->pushback(), "");
  EXPECT_EQ(shard->counters.refused_for_memory, 1u);

  client->send_data(first, framed(std::string(3 << 20, 'x')), true);
  turn();
  EXPECT_GT(client->queued(first), 0u);
  EXPECT_EQ(open_one->status(), "none");
  config.memory -= 5 << 20;
  loop->advance(200ms);
  EXPECT_EQ(client->queued(first), 0u);
}

TEST(ServerStats, HasANameForEachCounter) {
  ServerStats stats;
  stats.rapid_resets = 7;
  EXPECT_NE(to_string(stats).find("rapid_resets 7\n"), std::string::npos);
}

}  // namespace
}  // namespace cpp_lite::server
