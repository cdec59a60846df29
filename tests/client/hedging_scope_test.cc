// Which calls are hedged: what .proto, service config and options say; parents; several endpoints.
#include <string>
#include <thread>
#include <vector>

#include "hedging.h"
#include "hosts.h"

namespace cpp_lite::client {
namespace {

constexpr Method kSafeCall{.path = "/test.Service/Safe", .safety = Safety::idempotent};
constexpr Method kKeyedCall{.path = "/test.Service/Keyed", .safety = Safety::keyed};
constexpr Method kNever{.path = "/test.Service/Never",
                        .safety = Safety::idempotent,
                        .hedging = kAtOnce,
                        .no_retry = true};
constexpr const char* kConfig = R"({"methodConfig": [{"name": [{}], "hedgingPolicy": {
    "maxAttempts": 2, "hedgingDelay": "0.01s", "nonFatalStatusCodes": ["UNAVAILABLE"]}}]})";

class HedgingScope : public HedgingTest {
 protected:
  std::size_t attempts(const Method& method) {
    const std::size_t before = sent();
    Future<RawReply> reply = call(method);
    wait(10s);
    return sent() - before;
  }
};

TEST_F(HedgingScope, RetriesThatAreOffAreHedgesThatAreOff) {
  options.retries = false;
  EXPECT_EQ(attempts(kBurst), 1U);
}

TEST_F(HedgingScope, NoRetrySwitchesItOff) { EXPECT_EQ(attempts(kNever), 1U); }

TEST_F(HedgingScope, TheChannelCapsTheAttempts) {
  options.max_attempts = 2;
  EXPECT_EQ(attempts(kBurst), 2U);
  drop_channel();
  options.max_attempts = 1;
  EXPECT_EQ(attempts(kBurst), 1U);
}

TEST_F(HedgingScope, AServiceConfigSwitchesItOnForSafeMethods) {
  options.service_config = kConfig;
  EXPECT_EQ(attempts(kSafeCall), 2U);
  EXPECT_EQ(options.service_config.policy_narrowed(), 0U);
}

TEST_F(HedgingScope, AServiceConfigReplacesThePolicyOfTheProto) {
  options.service_config = kConfig;
  EXPECT_EQ(attempts(kBurst), 2U);
  (void)options.service_config.update(R"({"methodConfig": [{"name": [{}], "retryPolicy": {
      "maxAttempts": 2, "initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]}}]})");
  EXPECT_EQ(attempts(kBurst), 1U) << "R1: one policy, and it is another one";
  (void)options.service_config.update(R"({"methodConfig": [{"name": [{}], "timeout": "100s"}]})");
  EXPECT_EQ(attempts(kBurst), 3U) << "it says nothing of attempts";
}

TEST_F(HedgingScope, AServiceConfigCannotHedgeWhatTheProtoForbids) {
  options.service_config = kConfig;
  EXPECT_EQ(attempts(kUnary), 1U);
  EXPECT_EQ(attempts(kKeyedCall), 1U);
  EXPECT_EQ(attempts(kUnary), 1U);
  EXPECT_EQ(options.service_config.policy_narrowed(), 3U);
  EXPECT_EQ(log.size(), 2U) << "once for each method";
}

TEST_F(HedgingScope, CodesThatTheClassDoesNotAllowAreFatal) {
  options.service_config = R"({"methodConfig": [{"name": [{}], "hedgingPolicy": {
      "maxAttempts": 2, "nonFatalStatusCodes": ["NOT_FOUND"]}}]})";
  Future<RawReply> reply = call(kSafeCall);
  reject(0, "5");
  EXPECT_EQ(status_of(reply).code(), Code::not_found);
  EXPECT_EQ(options.service_config.policy_narrowed(), 1U);
}

TEST_F(HedgingScope, LimitsOfAServiceConfigHoldForAllAttempts) {
  options.service_config = R"({"methodConfig": [{"name": [{}], "timeout": "0.06s",
      "maxRequestMessageBytes": 4, "maxResponseMessageBytes": 3}]})";
  Future<RawReply> late = call();
  wait(60ms);
  EXPECT_EQ(sent(), 2U);
  EXPECT_EQ(status_of(late).code(), Code::deadline_exceeded);
  Future<RawReply> large = call(kBurst);
  peer.last().answer("pong");
  turn();
  EXPECT_EQ(status_of(large).code(), Code::resource_exhausted);
}

TEST_F(HedgingScope, ACallKeepsToTheConfigThatItWasPlannedWith) {
  options.service_config = kConfig;
  Future<RawReply> planned;
  const std::shared_ptr<Channel> shared = channel();
  // On another thread, as the loop's own would begin the call at once.
  std::thread([&] {
    planned = shared->unary({&kSafeCall, Deadline::never(), {}}, bytes("ping"));
  }).join();
  (void)options.service_config.update(R"({"methodConfig": [{"name": [{}], "retryPolicy": {
      "maxAttempts": 2, "initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 2,
      "retryableStatusCodes": ["ABORTED"]}}]})");
  EXPECT_EQ(attempts(kSafeCall), 3U) << "one of the later call, two of the earlier";
  (void)options.service_config.update(R"({"retryThrottling": {"maxTokens": 1, "tokenRatio": 1}})");
  EXPECT_EQ(attempts(kBurst), 3U);
}

// ---- D12, D13.

class Parent final : public CallContext {
 public:
  SteadyTime deadline() const override { return when; }
  bool cancelled() const override { return is_cancelled; }
  std::uint64_t on_cancel(Task task) override {
    tasks.push_back(std::move(task));
    return tasks.size();
  }
  void forget(std::uint64_t) override { ++forgotten; }
  RetryHint retry_hint() const override { return hint; }
  void cancel() {
    is_cancelled = true;
    for (Task& task : std::exchange(tasks, {})) task();
  }

  SteadyTime when = SteadyTime::max();
  bool is_cancelled = false;
  std::vector<Task> tasks;
  int forgotten = 0;
  RetryHint hint = RetryHint::none;
};

class HedgingParents : public HedgingTest {
 protected:
  Future<RawReply> part(const Method& method) {
    CallSettings settings;
    settings.parent = parent;
    return call(method, Deadline::never(), std::move(settings));
  }
  const std::shared_ptr<Parent> parent = std::make_shared<Parent>();
};

TEST_F(HedgingParents, AllAttemptsHaveOneLinkToIt) {
  Future<RawReply> reply = part(kBurst);
  EXPECT_EQ(parent->tasks.size(), 1U);
  answer(1, "pong");
  EXPECT_EQ(parent->forgotten, 1);
}

TEST_F(HedgingParents, TakeAllAttemptsAlongWithinATurnOfTheLoop) {
  Future<RawReply> reply = part(kBurst);
  parent->cancel();
  turn();
  EXPECT_EQ(status_of(reply).code(), Code::cancelled);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(state(i), "reset 8");
}

TEST_F(HedgingParents, ThatServeARepetitionAreNotHedgedFor) {
  parent->hint = RetryHint::attempts_1;
  Future<RawReply> reply = part(kBurst);
  EXPECT_EQ(sent(), 1U);
  reject(0, "14");
  EXPECT_EQ(verdicts(status_of(reply)), Words{"stopped: it is part of a repetition"});
}

TEST_F(HedgingParents, EndAPauseToo) {
  Future<RawReply> reply = part(kHedged);
  reject(0, "14", {{"grpc-retry-pushback-ms", "700"}});
  parent->cancel();
  turn();
  EXPECT_EQ(status_of(reply).code(), Code::cancelled);
  wait(1h);
  EXPECT_EQ(sent(), 1U);
}

TEST_F(HedgingParents, BoundAllAttemptsAsOne) {
  parent->when = loop->now() + 1s;
  Future<RawReply> reply = part(kHedged);
  wait(100ms);
  EXPECT_EQ(peer.stream(0).header("grpc-timeout"), "950000u");
  EXPECT_EQ(peer.stream(2).header("grpc-timeout"), "850000u");
}

TEST_F(HedgingParents, ThatHaveEndedLetNothingBegin) {
  parent->is_cancelled = true;
  Future<RawReply> cancelled = part(kBurst);
  EXPECT_EQ(status_of(cancelled).code(), Code::cancelled);
  parent->is_cancelled = false;
  parent->when = loop->now() + 1ms;
  Future<RawReply> late = part(kBurst);
  EXPECT_EQ(status_of(late).code(), Code::deadline_exceeded);
  EXPECT_EQ(sent(), 0U);
}

// ---- Several endpoints.

class HedgingEndpoints : public ::testing::Test {
 protected:
  HedgingEndpoints() {
    hosts->addresses = {"a", "b"};
    options.load_balancing = LoadBalancing::round_robin;
    options.log = {};
    options.loop = loop;
    options.authority = "test.example";
    channel = connect_through(
        {.dialer = std::make_unique<HostsDialer>(hosts), .random = [] { return 0.5; }}, options);
    Future<RawReply> first = call(kSafeCall);  // connects
    loop->run_until_idle();
  }
  ~HedgingEndpoints() override {
    channel.reset();
    for (auto& [address, peer] : hosts->peers) peer->close_all();
    for (const std::string& address : hosts->addresses) hosts->refuse(address);
    loop->run_until_idle();
  }
  Future<RawReply> call(const Method& method) {
    Future<RawReply> reply = channel->unary({&method, Deadline::never()}, bytes("ping"));
    loop->run_until_idle();
    return reply;
  }
  // A letter for each attempt of a call to this method.
  std::string places(const Method& method) {
    std::string text;
    for (const auto& [address, peer] : hosts->peers) {
      for (const auto& stream : peer->streams) {
        if (stream->header(":path") == method.path) text += address;
      }
    }
    return text;
  }

  const std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  const std::shared_ptr<Hosts> hosts = std::make_shared<Hosts>(loop);
  ConnectOptions options;
  std::shared_ptr<Channel> channel;
};

constexpr Method kPairs[] = {
    {.path = "/test.Service/0", .safety = Safety::idempotent, .hedging = kThrice},
    {.path = "/test.Service/1", .safety = Safety::idempotent, .hedging = kThrice},
    {.path = "/test.Service/2", .safety = Safety::idempotent, .hedging = kThrice},
};

TEST_F(HedgingEndpoints, ALaterAttemptGoesToAnotherOneWhoseverTurnItIs) {
  for (std::size_t others = 0; others < 3; ++others) {
    Future<RawReply> reply = call(kPairs[others]);
    for (std::size_t i = 0; i < others; ++i) {
      Future<RawReply> moves_the_turn_on = call(kSafeCall);
    }
    loop->advance(50ms);
    EXPECT_EQ(places(kPairs[others]), "ab");
  }
}

TEST_F(HedgingEndpoints, AfterAFailureAsWell) {
  Future<RawReply> reply = call(kPairs[0]);
  const std::string first = places(kPairs[0]);
  Future<RawReply> moves_the_turn_on = call(kSafeCall);
  for (const auto& stream : hosts->at(first).streams) {
    if (stream->header(":path") == kPairs[0].path) stream->trailers_only("14");
  }
  loop->run_until_idle();
  EXPECT_EQ(places(kPairs[0]), "ab");
}

TEST_F(HedgingEndpoints, TheSameOneServesWhereNoOtherIsReady) {
  hosts->refuse("b");
  hosts->at("b").pipes.back()->cut("gone");
  loop->run_until_idle();
  Future<RawReply> reply = call(kPairs[0]);
  loop->advance(50ms);
  EXPECT_EQ(places(kPairs[0]), "aa");
}

}  // namespace
}  // namespace cpp_lite::client
