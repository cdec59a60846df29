// What goes wrong in a handler or with a server's owner, who hears of it, and who must not.
#include <stdexcept>
#include <thread>
#include <vector>

#include "server/served_calls.h"

namespace cpp_lite::server {
namespace {

class Misuse : public ServedCalls {
 protected:
  Misuse() {
    config.options.log = [this](LogLevel level, std::string_view line) {
      if (level >= LogLevel::warning) log.emplace_back(line);
    };
  }

  std::vector<std::string> log;
};

TEST_F(Misuse, WhatAnExceptionSaysIsForTheLogAlone) {
  service.unary = [](detail::ServedCall&) -> Future<Status> {
    throw std::runtime_error("password=hunter2\nforged");
  };
  auto answer = call("/test.Bytes/Unary");
  EXPECT_EQ("2", answer->status());
  EXPECT_EQ("the handler threw an exception", answer->trailer("grpc-message"));
  ASSERT_EQ(1U, log.size());
  EXPECT_EQ("the handler of /test.Bytes/Unary threw password=hunter2\\x0aforged", log[0]);
}

TEST_F(Misuse, ASecondReadEndsTheCallInsteadOfLosingMessages) {
  service.chat = [](detail::ServedCall& call) -> Future<Status> {
    Future<std::optional<Bytes>> first = call.read();
    Future<std::optional<Bytes>> second = call.read();
    EXPECT_FALSE((co_await std::move(second)).has_value());
    co_return Status();
  };
  auto answer = open(request("/test.Bytes/Chat"));
  EXPECT_EQ("13", answer->status());
  EXPECT_EQ("two reads pending at once", answer->trailer("grpc-message"));
  ASSERT_EQ(1U, log.size());
}

TEST_F(Misuse, CallsCountAsTheirClientsSawThem) {
  service.chat = [](detail::ServedCall& call) -> Future<Status> {
    co_await call.context().cancelled();
    co_return Status();  // too late
  };
  auto late = open(request("/test.Bytes/Chat", {{"grpc-timeout", "1S"}}));
  loop->advance(std::chrono::seconds(1));
  turn();
  EXPECT_EQ("4", late->status());
  EXPECT_EQ(0U, shard->counters.ok.load());
  EXPECT_EQ(1U, shard->counters.failed.load());
  call("/test.Bytes/Nothing");
  EXPECT_EQ(2U, shard->counters.started.load());
  EXPECT_EQ(2U, shard->counters.failed.load());
}

TEST_F(Misuse, ARequestByHeadGetsNoBody) {
  auto answer =
      open({{":method", "HEAD"}, {":scheme", "http"}, {":path", "/"}, {":authority", "test"}});
  send({}, true);
  EXPECT_EQ("415", answer->header(":status"));
  EXPECT_TRUE(answer->ended);
  EXPECT_EQ("", answer->body);
}

// The client reads nothing, so that only a reset ends the call; both its timers were running, and
// its last owner is on another thread.
TEST_F(Misuse, ACallThatWasResetHasNoTimersWhenItEndsElsewhere) {
  const std::string big(200 << 10, 'x');
  std::shared_ptr<CallContext> kept;
  service.chat = [&](detail::ServedCall& call) -> Future<Status> {
    kept = call.context().handle();
    while (co_await call.write(outgoing(big))) {
    }
    co_return Status();
  };
  auto answer = open(request("/test.Bytes/Chat", {{"grpc-timeout", "10S"}}));
  loop->advance(std::chrono::seconds(10));
  turn();
  ASSERT_TRUE(answer->closed);
  ASSERT_NE(nullptr, kept);
  std::thread([&] { kept.reset(); }).join();
  loop->advance(std::chrono::minutes(1));
  turn();
}

TEST(Listening, ServesAllAddressesOfACallOrNone) {
  Server busy;
  ASSERT_TRUE(busy.listen("ipv4:127.0.0.1:0").ok());
  Server server;
  const Status status = server.listen("ipv4:127.0.0.1:0,127.0.0.1:" + std::to_string(busy.port()));
  EXPECT_EQ(Code::unavailable, status.code());
  EXPECT_EQ(0, server.port());
}

TEST(Listening, RunReturnsWhereNothingListens) {
  std::vector<std::string> log;
  Server server({.log = [&](LogLevel, std::string_view line) { log.emplace_back(line); }});
  server.run();
  ASSERT_EQ(1U, log.size());
  EXPECT_EQ("run() without a listen() that succeeded: nothing to do", log[0]);
}

TEST(Listening, OptionsThatMakeNoSenseAreNamed) {
  const auto wrong = [](ServerOptions options) {
    return Server(std::move(options)).listen("127.0.0.1:0").message();
  };
  EXPECT_EQ("ServerOptions: max_header_list must be at least 1", wrong({.max_header_list = 0}));
  EXPECT_EQ("ServerOptions: handshake_timeout must be positive", wrong({.handshake_timeout = {}}));
  EXPECT_EQ("ServerOptions: keepalive must not be negative",
            wrong({.keepalive = std::chrono::seconds(-1)}));
  EXPECT_EQ("ServerOptions: max_connection_age must not be negative",
            wrong({.max_connection_age = std::chrono::seconds(-1)}));
}

TEST(ListeningDeathTest, ServicesAreAddedBefore) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Server server;
        ByteService service;
        (void)server.listen("127.0.0.1:0");
        server.add(service);
      },
      "add\\(\\) after listen\\(\\)");
}

}  // namespace
}  // namespace cpp_lite::server
