// Endpoints that are asked for their health before they get calls (gRFC A17).
#include <memory>
#include <string>
#include <string_view>

#include "balancing.h"
#include "fixture.h"

namespace cpp_lite::client {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kServing = "\x08\x01"sv, kNotServing = "\x08\x02"sv,
                           kServiceUnknown = "\x08\x03"sv;

class HealthTest : public BalancingTest {
 protected:
  explicit HealthTest(LoadBalancing kind = LoadBalancing::round_robin) : BalancingTest(kind) {
    health = std::make_shared<const HealthQuestion>(
        HealthQuestion{.service = "shop.Orders", .authority = "test.example", .user_agent = "me"});
  }
  // The Watch that came last.
  PeerStream& watch(const std::string& address) { return hosts->at(address).last(); }
  std::size_t watches(const std::string& address) { return hosts->at(address).streams.size(); }
  void says(const std::string& address, std::string_view status) {
    if (watch(address).body() == framed("\x0a\x0bshop.Orders"sv) && !told_[address]) {
      watch(address).headers();
      told_[address] = true;
    }
    watch(address).message(status);
    turn();
  }
  void all_say(std::string_view status) {
    for (const char* address : {"a", "b", "c"}) says(address, status);
  }
  // Its Watch ends like that, and the next one will begin anew.
  void ends(const std::string& address, std::string_view code) {
    if (std::exchange(told_[address], false)) {
      watch(address).status(code);
    } else {
      watch(address).trailers_only(code);
    }
    turn();
  }

 private:
  std::map<std::string, bool> told_;
};

TEST_F(HealthTest, EveryEndpointIsAskedForTheService) {
  wake();
  for (const char* address : {"a", "b", "c"}) {
    ASSERT_EQ(watches(address), 1U);
    EXPECT_EQ(watch(address).header(":path"), "/grpc.health.v1.Health/Watch");
    EXPECT_EQ(watch(address).header(":authority"), "test.example");
    EXPECT_EQ(watch(address).header("grpc-timeout"), "(none)");
    EXPECT_EQ(watch(address).body(), framed("\x0a\x0bshop.Orders"sv));
    EXPECT_TRUE(watch(address).half_closed());
  }
}

TEST_F(HealthTest, NobodyIsAskedUnlessThatIsWanted) {
  health = nullptr;
  wake();
  EXPECT_EQ(hosts->at("a").asked, 0);
  EXPECT_EQ(picks(3), "abc");
}

TEST_F(HealthTest, CallsWaitForTheFirstAnswer) {
  wake();
  EXPECT_EQ(pick(), "nowhere");
  EXPECT_EQ(balancer().state(), ChannelState::connecting);
  EXPECT_EQ(balancer().outlook({}), Outlook::wait);
  EXPECT_EQ(balancer().phase(), "connecting");
  says("b", kServing);
  EXPECT_EQ(balancer().state(), ChannelState::ready);
  EXPECT_EQ(picks(3), "bbb");
}

TEST_F(HealthTest, OnlyThoseThatServeArePicked) {
  wake();
  all_say(kServing);
  EXPECT_EQ(picks(6), "aabbcc");
  says("b", kNotServing);
  EXPECT_EQ(picks(4), "aacc");
  says("c", kServiceUnknown);
  EXPECT_EQ(picks(4), "aaaa");
  says("b", kServing);
  EXPECT_EQ(picks(4), "aabb");
}

TEST_F(HealthTest, CallsFailFastWhenNoEndpointServes) {
  wake();
  all_say(kNotServing);
  EXPECT_EQ(pick(), "nowhere");
  EXPECT_EQ(balancer().state(), ChannelState::transient_failure);
  EXPECT_EQ(balancer().outlook({}), Outlook::failing);
  EXPECT_EQ(balancer().last_failure().code(), Code::unavailable);
  EXPECT_EQ(balancer().last_failure().message(), "c is not used: it is NOT_SERVING");
  says("a", kServing);
  EXPECT_EQ(balancer().state(), ChannelState::ready);
}

TEST_F(HealthTest, AnEndpointThatDoesNotServeIsLikeOneThatCannotBeReached) {
  hosts->refuse("a");
  hosts->refuse("b");
  wake();
  says("c", kNotServing);
  EXPECT_TRUE(balancer().failing());
}

TEST_F(HealthTest, AServerWithoutTheServiceIsHealthyAsLongAsItsConnectionLasts) {
  wake();
  ends("a", "12");
  EXPECT_EQ(picks(2), "aa");
  loop->advance(1h);
  EXPECT_EQ(watches("a"), 1U) << "nobody asks again";
  lose("a");
  EXPECT_EQ(pick(), "nowhere");
  loop->advance(2s);
  ASSERT_EQ(watches("a"), 2U) << "the server behind the address may be another one";
  ends("a", "12");
  EXPECT_EQ(picks(2), "aa");
}

TEST_F(HealthTest, AWatchThatFailsIsRepeatedWithBackoff) {
  link.backoff = {.initial = 1s, .max = 120s, .multiplier = 2, .jitter = 0};
  wake();
  ends("a", "13");
  EXPECT_EQ(pick(), "nowhere");
  EXPECT_EQ(balancer().outlook({.only = "a"}), Outlook::failing);
  loop->advance(999ms);
  EXPECT_EQ(watches("a"), 1U);
  loop->advance(1ms);
  ASSERT_EQ(watches("a"), 2U);
  ends("a", "2");
  loop->advance(1999ms);
  EXPECT_EQ(watches("a"), 2U);
  loop->advance(1ms);
  ASSERT_EQ(watches("a"), 3U);
  says("a", kServing);
  EXPECT_EQ(picks(2), "aa");
}

TEST_F(HealthTest, AWatchThatEndsAfterAnAnswerIsRepeatedWithoutBackoff) {
  link.backoff = {.initial = 1s, .max = 120s, .multiplier = 2, .jitter = 0};
  wake();
  ends("a", "14");
  loop->advance(1s);
  ends("a", "14");
  loop->advance(2s);
  says("a", kServing);
  loop->advance(1min);
  ends("a", "0");
  EXPECT_EQ(pick(), "nowhere") << "nobody knows how it is";
  loop->advance(1ns);
  EXPECT_EQ(watches("a"), 4U);
}

TEST_F(HealthTest, AnAnswerThatNobodyUnderstandsIsAFailure) {
  wake();
  says("a", "\x0f");
  EXPECT_EQ(pick(), "nowhere");
  EXPECT_TRUE(watch("a").closed());
  EXPECT_EQ(watch("a").reset_code(), kCancel);
  loop->advance(2s);
  EXPECT_EQ(watches("a"), 2U);
}

TEST_F(HealthTest, ADrainingConnectionIsLetGo) {
  wake();
  all_say(kServing);
  hosts->at("b").connections[0]->drain();
  turn();
  EXPECT_TRUE(hosts->at("b").streams[0]->closed());
  EXPECT_EQ(hosts->at("b").lost.size(), 1U) << "the Watch does not keep it open";
  EXPECT_EQ(picks(4), "aacc");
  loop->advance(2s);
  ASSERT_EQ(watches("b"), 2U);
  EXPECT_EQ(watch("b").body(), framed("\x0a\x0bshop.Orders"sv));
}

TEST_F(HealthTest, AnEndpointThatIsGoneIsNotAskedAnyMore) {
  wake();
  all_say(kServing);
  hosts->addresses = {"a", "c"};
  loop->advance(31s);
  lose("a");
  loop->advance(2s);
  EXPECT_EQ(hosts->at("b").lost.size(), 1U);
}

TEST_F(HealthTest, AsleepNobodyIsAsked) {
  wake();
  all_say(kServing);
  balancer().sleep();
  loop->advance(1h);
  EXPECT_EQ(balancer().state(), ChannelState::idle);
  EXPECT_EQ(watches("a"), 1U);
  wake();
  EXPECT_EQ(watches("a"), 2U);
  EXPECT_EQ(pick(), "nowhere");
}

class HealthOfLeastRequest : public HealthTest {
 protected:
  HealthOfLeastRequest() : HealthTest(LoadBalancing::least_request) {}
};

TEST_F(HealthOfLeastRequest, TheWatchItselfIsNoLoad) {
  hosts->addresses = {"a", "b"};
  wake();
  ends("a", "12");
  says("b", kServing);
  EXPECT_EQ(open(), "b") << "they are equal: chance decides";
  EXPECT_EQ(open(), "a");
}

// ---- Of a channel.

class HealthOfChannel : public ::testing::Test {
 protected:
  HealthOfChannel() {
    hosts->addresses = {"a"};
    options.load_balancing = LoadBalancing::round_robin;
    options.log = {};
    options.loop = loop;
    options.authority = "test.example";
  }
  ~HealthOfChannel() override {
    channel.reset();
    hosts->refuse("a");
    hosts->at("a").close_all();
    loop->run_until_idle();
  }
  Future<RawReply> call() {
    channel = connect_through(
        {.dialer = std::make_unique<HostsDialer>(hosts), .random = [] { return 0.5; }}, options);
    Future<RawReply> reply = channel->unary({&kUnary, Deadline::never()}, bytes("ping"));
    loop->run_until_idle();
    return reply;
  }
  PeerStream& last() { return hosts->at("a").last(); }
  static Status status_of(Future<RawReply>& reply) {
    return reply.ready() ? reply.take().status : Status(Code::unknown, "it is not over");
  }

  const std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  const std::shared_ptr<Hosts> hosts = std::make_shared<Hosts>(loop);
  ConnectOptions options;
  std::shared_ptr<Channel> channel;
};

TEST_F(HealthOfChannel, TheServiceConfigCountsMoreThanTheOption) {
  options.health_check_service = "shop.Orders";
  options.service_config = ServiceConfig(R"({"healthCheckConfig": {"serviceName": "x"}})");
  Future<RawReply> reply = call();
  EXPECT_EQ(last().body(), framed("\x0a\x01x"sv));
  last().headers();
  last().message(kServing);
  loop->run_until_idle();
  ASSERT_EQ(hosts->at("a").streams.size(), 2U);
  last().answer("pong");
  loop->run_until_idle();
  EXPECT_TRUE(status_of(reply).ok());
}

TEST_F(HealthOfChannel, CallsThatCouldNotBeSentSayWhy) {
  options.health_check_service = "";
  Future<RawReply> reply = call();
  EXPECT_EQ(last().body(), framed(""));
  last().headers();
  last().message(kNotServing);
  loop->run_until_idle();
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_NE(status.message().find("a is not used: it is NOT_SERVING"), std::string::npos)
      << status.message();
  EXPECT_TRUE(status.is_not_executed());
}

TEST_F(HealthOfChannel, PickFirstAsksNobody) {
  options.load_balancing = LoadBalancing::pick_first;
  options.health_check_service = "shop.Orders";
  Future<RawReply> reply = call();
  EXPECT_EQ(last().header(":path"), kUnary.path);
}

}  // namespace
}  // namespace cpp_lite::client
