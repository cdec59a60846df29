// What a service config does to the calls of a channel, and what it may not do.
#include <cpp_lite/layers.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "hedging.h"
#include "hosts.h"
#include "retrying.h"

namespace cpp_lite::client {
namespace {

constexpr RetryPolicyData kTwice{.max_attempts = 2};

std::string for_all(std::string_view members) {
  return R"({"methodConfig": [{"name": [{}], )" + std::string(members) + "}]}";
}
std::string retrying(std::string_view codes) {
  return for_all(R"("retryPolicy": {"maxAttempts": 2, "initialBackoff": "0.05s",
      "maxBackoff": "1s", "backoffMultiplier": 2, "retryableStatusCodes": [)" +
                 std::string(codes) + "]}");
}

// ---- A config that is no good.

class NoConfig : public RetryTest {
 protected:
  NoConfig() { options.service_config = ServiceConfig("["); }
};

TEST_F(NoConfig, EndsCallsUntilAGoodOneComes) {
  Future<RawReply> early = call(kSafe);
  const Status status = status_of(early);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(status.message(),
            "there is no valid service config yet: " + options.service_config.status().message());
  EXPECT_TRUE(status.is_not_executed());
  EXPECT_TRUE(options.service_config.update("{}").ok());
  Future<RawReply> late = call(kSafe);
  ASSERT_EQ(peer.streams.size(), 1U);
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(status_of(late).ok());
}

TEST_F(NoConfig, EndsStreamsAndHedgedCallsToo) {
  const auto up = stream();
  EXPECT_EQ(finish(*up).status.code(), Code::unavailable);
  Future<RawReply> hedged = call(kHedged);
  EXPECT_EQ(status_of(hedged).code(), Code::unavailable);
  const auto rows = stream(kHedgedStream);
  EXPECT_EQ(finish(*rows).status.code(), Code::unavailable);
  EXPECT_TRUE(peer.streams.empty());
}

TEST_F(NoConfig, LeavesAChannelThatNobodyUsedAnyFurther) {
  Future<RawReply> only = call(kSafe);
  EXPECT_FALSE(status_of(only).ok());
  wait(2h);  // it is looked after whether it is idle
  drop_channel();
  turn();
  EXPECT_TRUE(peer.connections.empty());
}

constexpr const char* kRoundRobin = R"({"loadBalancingConfig": [{"round_robin": {}}]})";

// A name with two endpoints.
class Several : public ClientTest {
 protected:
  Several() { hosts->addresses = {"a", "b"}; }
  ~Several() override {
    several_.reset();
    for (auto& [address, host] : hosts->peers) host->close_all();
    for (const std::string& address : hosts->addresses) hosts->refuse(address);
    turn();
  }
  void connect_several() {
    options.loop = loop;
    options.authority = "test.example";
    several_ = connect_through(
        {.dialer = std::make_unique<HostsDialer>(hosts), .random = [] { return 0.5; }}, options);
  }
  Future<RawReply> begin() { return several_->unary({&kUnary, Deadline::never()}, bytes("ping")); }

  const std::shared_ptr<Hosts> hosts = std::make_shared<Hosts>(loop);

 private:
  std::shared_ptr<Channel> several_;
};

TEST_F(Several, AreFoundByTheFirstGoodConfig) {
  options.service_config = ServiceConfig("[");
  connect_several();
  Future<RawReply> refused = begin();
  turn();
  EXPECT_TRUE(refused.ready());
  (void)options.service_config.update(kRoundRobin);
  Future<RawReply> first = begin();
  turn();
  Future<RawReply> second = begin();
  turn();
  EXPECT_EQ(hosts->at("a").asked, 1);
  EXPECT_EQ(hosts->at("b").asked, 1);
}

TEST_F(Several, AreFoundByTheConfigThatTheirFirstCallHasSeen) {
  options.service_config = kRoundRobin;
  connect_several();
  Future<RawReply> first;
  std::thread([&] { first = begin(); }).join();
  (void)options.service_config.update("{}");  // before the loop has heard of the call
  turn();
  EXPECT_EQ(hosts->dialed.size(), 2U);
}

TEST_F(RetryTest, AConfigThatIsGivenLaterReachesAChannelThatHadNone) {
  (void)channel();
  (void)options.service_config.update(for_all(R"("maxRequestMessageBytes": 0)"));
  Future<RawReply> reply = call(kSafe);
  EXPECT_EQ(status_of(reply).code(), Code::resource_exhausted);
}

// R37
TEST_F(RetryTest, ACallHasOneConfigFromItsLayersToItsEnd) {
  options.service_config = retrying("\"ABORTED\"");
  options.layers = {bulkhead({.in_flight = 1, .queue = 1, .loop = loop})};
  Future<RawReply> first = call(kSafe), waiting = call(kSafe);
  (void)options.service_config.update(for_all(R"("maxRequestMessageBytes": 0)"));
  peer.last().answer("pong");
  turn();
  ASSERT_EQ(peer.streams.size(), 2U);
  reject("10");
  wait(50ms);
  EXPECT_EQ(peer.streams.size(), 3U);
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(status_of(waiting).ok());
  Future<RawReply> later = call(kSafe);
  EXPECT_EQ(status_of(later).code(), Code::resource_exhausted);
  drop_channel();
  options.layers.clear();
}

TEST_F(RetryTest, AConfigThatACallBringsFromAnotherChannelIsNotItsOwn) {
  CallSettings settings;
  settings.config = ServiceConfig(for_all(R"("maxRequestMessageBytes": 0)")).get();
  Future<RawReply> reply = call(kSafe, Deadline::never(), settings);
  EXPECT_EQ(peer.streams.size(), 1U);
}

// ---- A config that asks for more than the .proto allows.

constexpr Method kOff{.path = "/test.Service/Off", .safety = Safety::idempotent, .no_retry = true};
constexpr Method kUp{
    .path = "/test.Service/Up", .client_streams = true, .safety = Safety::idempotent};
constexpr Method kUpTwice{.path = "/test.Service/UpTwice",
                          .client_streams = true,
                          .safety = Safety::idempotent,
                          .retry = kTwice};
constexpr Method kDown{
    .path = "/test.Service/Down", .server_streams = true, .safety = Safety::idempotent};

struct Case {
  const char* name;
  const Method* method;
  const char* codes;
  bool wider;
};

constexpr Case kCases[] = {
    {"UnsafeAtAll", &kUnary, "\"UNAVAILABLE\"", true},
    {"IdempotentWithinItsClass", &kSafe, "\"UNAVAILABLE\", \"INTERNAL\"", false},
    {"IdempotentBeyondIt", &kSafe, "\"UNAVAILABLE\", \"NOT_FOUND\"", true},
    {"KeyedWithinItsClass", &kKeyed, "\"UNAVAILABLE\"", false},
    {"KeyedBeyondIt", &kKeyed, "\"FAILED_PRECONDITION\"", true},
    {"NoRetry", &kOff, "\"UNAVAILABLE\"", true},
    {"AStreamedRequestThatNeverAsked", &kUp, "\"UNAVAILABLE\"", true},
    {"AStreamedRequestThatAsked", &kUpTwice, "\"UNAVAILABLE\"", false},
    {"AStreamedResponse", &kDown, "\"UNAVAILABLE\"", false},
};

class Narrowed : public RetryTest, public ::testing::WithParamInterface<Case> {
 protected:
  void begin_a_call() {
    const auto call = stream(*GetParam().method);
    turn();
  }
  std::size_t lines() const {
    return static_cast<std::size_t>(std::ranges::count_if(log, [](const std::string& line) {
      return line.starts_with("the service config would repeat ");
    }));
  }
};

TEST_P(Narrowed, IsCountedForEachCallAndToldOnceForEachConfig) {
  const std::size_t one = GetParam().wider ? 1 : 0;
  options.service_config = retrying(GetParam().codes);
  begin_a_call();
  begin_a_call();
  EXPECT_EQ(options.service_config.policy_narrowed(), 2 * one);
  EXPECT_EQ(lines(), one);
  EXPECT_TRUE(options.service_config.update(retrying(GetParam().codes)).ok());
  begin_a_call();
  EXPECT_EQ(options.service_config.policy_narrowed(), 3 * one);
  EXPECT_EQ(lines(), 2 * one);
}

INSTANTIATE_TEST_SUITE_P(ServiceConfig, Narrowed, ::testing::ValuesIn(kCases),
                         [](const auto& row) { return row.param.name; });

TEST_F(RetryTest, AServiceConfigDoesNotRepeatStreamedRequestsThatNeverAskedForIt) {
  options.service_config = retrying("\"UNAVAILABLE\"");
  for (const Method* method : {&kUp, &kUpTwice}) {
    const std::size_t before = peer.streams.size();
    const auto call = stream(*method);
    (void)call->write(bytes("one"));
    (void)call->close_writes();
    turn();
    reject("14");
    wait(1s);
    EXPECT_EQ(peer.streams.size() - before, method == &kUp ? 1U : 2U) << method->path;
  }
}

}  // namespace
}  // namespace cpp_lite::client
