// What a service config does to the calls of a channel, and what it may not do.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
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

TEST_F(NoConfig, GivesWayToAConfigThatChoosesTheEndpoints) {
  const auto hosts = std::make_shared<Hosts>(loop);
  hosts->addresses = {"a", "b"};
  options.loop = loop;
  options.authority = "test.example";
  auto several = connect_through(
      {.dialer = std::make_unique<HostsDialer>(hosts), .random = [] { return 0.5; }}, options);
  const auto begin = [&] {
    Future<RawReply> reply = several->unary({&kUnary, Deadline::never()}, bytes("ping"));
    turn();
    return reply;
  };
  Future<RawReply> refused = begin();
  EXPECT_TRUE(refused.ready());
  (void)options.service_config.update(R"({"loadBalancingConfig": [{"round_robin": {}}]})");
  Future<RawReply> first = begin(), second = begin();
  EXPECT_EQ(hosts->at("a").asked, 1);
  EXPECT_EQ(hosts->at("b").asked, 1);
  several.reset();
  for (auto& [address, host] : hosts->peers) host->close_all();
  for (const std::string& address : hosts->addresses) hosts->refuse(address);
  turn();
}

TEST_F(RetryTest, AConfigThatIsGivenLaterReachesAChannelThatHadNone) {
  (void)channel();
  (void)options.service_config.update(for_all(R"("maxRequestMessageBytes": 0)"));
  Future<RawReply> reply = call(kSafe);
  EXPECT_EQ(status_of(reply).code(), Code::resource_exhausted);
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
