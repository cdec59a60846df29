// Calls of a channel with several endpoints: where they go, and where they go again.
#include <algorithm>
#include <string>
#include <vector>

#include "fixture.h"
#include "hosts.h"
#include "policy/error_info.h"

namespace cpp_lite::client {
namespace {

constexpr Method kIdempotent{.path = "/test.Service/Safe", .safety = Safety::idempotent};
constexpr Method kWithKey{.path = "/test.Service/Keyed", .safety = Safety::keyed};
constexpr Method kPatient{.path = "/test.Service/Patient",
                          .safety = Safety::idempotent,
                          .attempt_timeout = std::chrono::seconds(1)};

class EndpointsTest : public ::testing::Test {
 protected:
  EndpointsTest() {
    hosts->addresses = {"a", "b"};
    options.load_balancing = LoadBalancing::round_robin;
    options.log = {};
  }
  ~EndpointsTest() override {
    channel_.reset();
    for (auto& [address, peer] : hosts->peers) peer->close_all();
    for (const std::string& address : hosts->addresses) hosts->refuse(address);
    loop->run_until_idle();
  }

  Future<RawReply> call(const Method& method, CallSettings settings = {},
                        Deadline deadline = Deadline::never()) {
    Future<RawReply> reply =
        channel().unary({&method, deadline, std::move(settings)}, bytes("ping"));
    turn();
    return reply;
  }
  std::unique_ptr<RawStream> stream() {
    std::unique_ptr<RawStream> opened = channel().stream({&kBidi, Deadline::never()});
    turn();
    return opened;
  }
  Channel& channel() {
    if (channel_ == nullptr) {
      options.loop = loop;
      options.authority = "test.example";
      channel_ = connect_through(
          {.dialer = std::make_unique<HostsDialer>(hosts), .random = [] { return 0.5; }}, options);
    }
    return *channel_;
  }
  void turn() { loop->run_until_idle(); }
  Peer& at(const std::string& address) { return hosts->at(address); }
  // One letter for each call that an endpoint had.
  std::string asked() {
    std::string text;
    for (const char* address : {"a", "b", "c"}) {
      text += std::string(static_cast<std::size_t>(at(address).asked), address[0]);
    }
    return text;
  }
  void reject(const std::string& address, h2::HeaderList more = {}) {
    h2::HeaderList list{
        {":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "14"}};
    list.insert(list.end(), more.begin(), more.end());
    at(address).last().only_headers(list);
    turn();
  }
  // The one of the two that has the first call.
  std::string first() { return at("a").asked > 0 ? "a" : "b"; }
  static std::string other(const std::string& one) { return one == "a" ? "b" : "a"; }

  const std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  const std::shared_ptr<Hosts> hosts = std::make_shared<Hosts>(loop);
  ConnectOptions options;

 private:
  std::shared_ptr<Channel> channel_;
};

TEST_F(EndpointsTest, CallsTakeThemInTurn) {
  hosts->addresses = {"a", "b", "c"};
  std::vector<Future<RawReply>> calls;
  calls.push_back(call(kUnary));
  for (int i = 0; i < 5; ++i) calls.push_back(call(kUnary));
  EXPECT_EQ(asked(), "aabbcc");
}

TEST_F(EndpointsTest, AServiceConfigChoosesWhereTheOptionsSayNothing) {
  options.load_balancing = LoadBalancing::pick_first;
  options.service_config = R"({"loadBalancingConfig": [{"round_robin": {}}]})";
  Future<RawReply> first = call(kUnary), second = call(kUnary);
  EXPECT_EQ(asked(), "ab");
}

TEST_F(EndpointsTest, AServiceConfigMayChooseLeastRequest) {
  options.service_config =
      R"({"loadBalancingConfig": [{"least_request_experimental": {"choiceCount": 3}}]})";
  std::vector<Future<RawReply>> calls;
  for (int i = 0; i < 6; ++i) calls.push_back(call(kUnary));
  EXPECT_EQ(asked(), "aaabbb");
}

TEST_F(EndpointsTest, CallsFailOnlyWhenAllHaveFailed) {
  hosts->refuse("a");
  Future<RawReply> served = call(kUnary);
  EXPECT_EQ(asked(), "b");
  hosts->refuse("b");
  at("b").pipes.back()->cut("gone");
  turn();
  Future<RawReply> failed = call(kUnary);
  ASSERT_TRUE(failed.ready());
  EXPECT_EQ(failed.take().status.message(), "connection refused: b");
}

// R43
TEST_F(EndpointsTest, ARepeatedCallGoesToAnotherEndpoint) {
  Future<RawReply> reply = call(kIdempotent);
  const std::string one = first();
  reject(one);
  loop->advance(50ms);
  EXPECT_EQ(asked(), "ab");
  reject(other(one));
  loop->advance(100ms);
  EXPECT_EQ(at(one).asked, 2) << "and back";
}

TEST_F(EndpointsTest, AThirdAttemptGoesWhereTheCallHasNotFailedYet) {
  hosts->addresses = {"a", "b", "c"};
  Future<RawReply> reply = call(kIdempotent, {}, 60s);
  std::vector<std::string> untried = hosts->addresses;
  const auto fails = [&] {
    const auto at_work = std::ranges::find_if(
        untried, [&](const std::string& address) { return at(address).asked > 0; });
    reject(*at_work);
    untried.erase(at_work);
  };
  fails();
  loop->advance(50ms);
  fails();
  Future<RawReply> other = call(kUnary);  // takes the turn of the third
  const int before = at(untried.at(0)).asked;
  loop->advance(100ms);
  EXPECT_EQ(at(untried.at(0)).asked, before + 1);
}

TEST_F(EndpointsTest, ADeadlineThatPassesBeforeAnythingIsSentIsNoFailureOfTheEndpoint) {
  hosts->addresses = {"a"};
  options.endpoint_breaker = CircuitBreakerOptions{.window = 4, .min_calls = 1, .probes = 1};
  at("a").options.max_concurrent_streams = 1;
  Future<RawReply> first = call(kUnary);
  Future<RawReply> waits = call(kUnary, {}, 1s);
  at("a").last().answer("x");
  loop->advance_late(1s);
  ASSERT_TRUE(waits.ready());
  EXPECT_EQ(waits.take().status.code(), Code::deadline_exceeded);
  Future<RawReply> next = call(kUnary);
  EXPECT_EQ(at("a").asked, 2) << "the circuit is closed";
}

TEST_F(EndpointsTest, WhatIsDrainedGoesToAnotherEndpoint) {
  Future<RawReply> before = call(kUnary);
  const std::string one = first();
  hosts->refuse(one);
  at(one).connections[0]->drain();
  turn();
  Future<RawReply> second = call(kUnary), third = call(kUnary);
  EXPECT_EQ(at(one).asked, 1);
  EXPECT_EQ(at(other(one)).asked, 2);
}

TEST_F(EndpointsTest, AKeyedCallThatMayHaveBeenExecutedGoesToTheSameEndpoint) {
  options.assume_keyed = true;
  Future<RawReply> reply = call(kWithKey, {.idempotency_key = "k"});
  const std::string one = first();
  reject(one);
  loop->advance(50ms);
  EXPECT_EQ(at(one).asked, 2);
  EXPECT_EQ(at(other(one)).asked, 0);
}

TEST_F(EndpointsTest, OrToOneThatShowedTheSameStore) {
  Future<RawReply> warm = call(kUnary), up = call(kUnary);
  for (const char* address : {"a", "b"}) {
    at(address).last().only_headers({{":status", "200"},
                                     {"content-type", "application/grpc"},
                                     {"grpc-status", "5"},
                                     {"cpp-lite-store", "s1"}});
  }
  turn();
  Future<RawReply> reply = call(kWithKey, {.idempotency_key = "k"});
  const std::string one = at("a").asked == 2 ? "a" : "b";
  at(one).pipes.back()->cut("gone");
  loop->advance(50ms);
  EXPECT_EQ(at(one).asked, 2);
  EXPECT_EQ(at(other(one)).asked, 2);
}

TEST_F(EndpointsTest, ACallThatWaitsForItsEndpointLetsOthersPass) {
  options.assume_keyed = true;
  Future<RawReply> bound = call(kWithKey, {.idempotency_key = "k"});
  const std::string one = first();
  hosts->refuse(one);
  at(one).pipes.back()->cut("gone");
  loop->advance(50ms);
  Future<RawReply> free = call(kUnary);
  EXPECT_EQ(at(other(one)).asked, 1);
  EXPECT_FALSE(bound.ready());
  hosts->accept(one);
  loop->advance(5s);
  EXPECT_EQ(at(one).asked, 2);
}

TEST_F(EndpointsTest, AKeyedCallEndsWhenItsEndpointIsGone) {
  options.assume_keyed = true;
  Future<RawReply> reply = call(kWithKey, {.idempotency_key = "k"});
  const std::string one = first();
  loop->advance(1min);
  hosts->addresses = {other(one)};
  at(one).pipes.back()->cut("gone");
  loop->advance(1s);
  ASSERT_TRUE(reply.ready());
  EXPECT_EQ(reply.take().status.code(), Code::unavailable);
  EXPECT_EQ(at(other(one)).asked, 0);
}

TEST_F(EndpointsTest, AnEndpointThatDoesNotAnswerIsAskedForASignOfLife) {
  Future<RawReply> reply = call(kPatient);
  const std::string one = first();
  at(one).pipes[0]->set_to_server({.stall = true});
  loop->advance(1s + 50ms);
  EXPECT_EQ(at(other(one)).asked, 1) << "the call goes on there";
  Future<RawReply> second = call(kUnary), third = call(kUnary);
  EXPECT_EQ(at(other(one)).asked, 3) << "and so do later ones";
  at(one).pipes[0]->set_to_server({});
  turn();
  Future<RawReply> fourth = call(kUnary), fifth = call(kUnary);
  EXPECT_EQ(at(one).asked, 2) << "until it has answered";
}

class Breaking : public EndpointsTest {
 protected:
  Breaking() {
    options.endpoint_breaker = CircuitBreakerOptions{.window = 4, .min_calls = 2, .probes = 1};
  }
  // A call that this endpoint gets and refuses.
  void fail_at(const std::string& address) {
    const int before = at(address).asked;
    std::vector<Future<RawReply>> calls;
    while (at(address).asked == before) {
      calls.push_back(call(kUnary));
      ASSERT_LT(calls.size(), 9U);
    }
    reject(address);
  }
};

TEST_F(Breaking, CallsAvoidTheEndpointAndFailWhenNoneIsLeft) {
  fail_at("a");
  fail_at("a");
  const int before = at("a").asked;
  fail_at("b");
  EXPECT_EQ(at("a").asked, before);
  fail_at("b");
  Future<RawReply> refused = call(kIdempotent);
  ASSERT_TRUE(refused.ready());
  const Status status = refused.take().status;
  EXPECT_EQ(status.code(), Code::unavailable);
  ASSERT_EQ(status.raw_details().size(), 1U);
  EXPECT_EQ(policy::error_reason(status.raw_details()[0]), policy::kCircuitOpen);
}

TEST_F(Breaking, AProbeThatIsCancelledGivesItsPlaceBack) {
  hosts->addresses = {"a"};
  fail_at("a");
  fail_at("a");
  loop->advance(7s);
  {
    Future<RawReply> cancelled = call(kUnary);
    EXPECT_EQ(at("a").asked, 3);
  }
  turn();
  Future<RawReply> probe = call(kUnary);
  ASSERT_EQ(at("a").asked, 4);
  at("a").last().answer("pong");
  turn();
  Future<RawReply> next = call(kUnary), another = call(kUnary);
  EXPECT_EQ(at("a").asked, 6);
}

TEST_F(Breaking, DeadlinesThatPassCount) {
  hosts->addresses = {"a"};
  options.endpoint_breaker->min_calls = 1;
  Future<RawReply> late = call(kUnary, {}, 1s);
  loop->advance(1s);
  Future<RawReply> refused = call(kUnary);
  EXPECT_TRUE(refused.ready());
}

TEST_F(Breaking, WhatWasRefusedUnprocessedDoesNotCount) {
  hosts->addresses = {"a"};
  options.endpoint_breaker->min_calls = 1;
  at("a").refuses = true;
  Future<RawReply> refused = call(kUnary);
  ASSERT_TRUE(refused.ready());
  EXPECT_EQ(refused.take().status.code(), Code::unavailable);
  at("a").refuses = false;
  const int before = at("a").asked;
  Future<RawReply> next = call(kUnary);
  EXPECT_EQ(at("a").asked, before + 1);
}

TEST_F(Breaking, AStreamIsWellFromItsHeadersOn) {
  hosts->addresses = {"a"};
  fail_at("a");
  fail_at("a");
  loop->advance(7s);
  const std::unique_ptr<RawStream> probe = stream();
  ASSERT_EQ(at("a").asked, 3);
  EXPECT_TRUE(call(kUnary).ready()) << "one probe at a time";
  at("a").last().headers();
  turn();
  Future<RawReply> next = call(kUnary);
  EXPECT_EQ(at("a").asked, 4);
}

}  // namespace
}  // namespace cpp_lite::client
