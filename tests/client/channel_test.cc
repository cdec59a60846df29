// Channels as their users have them: connect(), threads, layers, and the end of a channel.
#include "client/channel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "echo.h"
#include "fixture.h"

namespace cpp_lite::client {
namespace {

std::shared_ptr<Channel> echo_channel(ConnectOptions options = {}) {
  options.authority = "echo.example";
  return connect_through({.dialer = dial_with(connect_to_echo)}, std::move(options));
}

Call a_call(const Method& method = kUnary) { return {&method, Deadline::never()}; }

TEST(Channels, BlockingCallsWorkFromAnyThread) {
  const auto channel = echo_channel();
  const RawReply reply = channel->unary(a_call(), bytes("ping")).get();
  EXPECT_TRUE(reply.status.ok()) << reply.status.to_string();
  EXPECT_EQ(text(reply.message), "ping");
}

TEST(Channels, BlockingStreamsWorkFromAnyThread) {
  const auto channel = echo_channel();
  const auto call = channel->stream(a_call(kBidi));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(call->write(bytes(std::to_string(i))).get());
  EXPECT_TRUE(call->close_writes().get());
  (void)call->headers().get();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(text(*call->read().get()), std::to_string(i));
  EXPECT_EQ(call->read().get(), std::nullopt);
  EXPECT_TRUE(call->finish().get().status.ok());
}

TEST(Channels, ManyThreadsShareOne) {
  const auto channel = echo_channel();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) {
        const RawReply reply = channel->unary(a_call(), bytes(std::to_string(n))).get();
        good += reply.status.ok() && text(reply.message) == std::to_string(n) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 800);
}

TEST(Channels, AHundredComeAndGo) {
  for (int i = 0; i < 100; ++i) {
    const auto channel = echo_channel();
    if (i % 2 == 0) {
      EXPECT_TRUE(channel->unary(a_call(), bytes("ping")).get().status.ok());
    }
  }
}

TEST(Channels, CallsOutliveTheirChannel) {
  Future<RawReply> reply = echo_channel()->unary(a_call(), bytes("ping"));
  EXPECT_EQ(text(reply.get().message), "ping");
  const auto call = echo_channel()->stream(a_call(kBidi));
  EXPECT_TRUE(call->write(bytes("one")).get());
  EXPECT_TRUE(call->finish().get().status.ok());
}

TEST(Channels, TheLastReferenceMayGoOnItsOwnLoop) {
  for (int i = 0; i < 20; ++i) {
    auto channel = echo_channel();
    Channel& it = *channel;
    detail::Promise<void> gone;
    Future<void> done = gone.future();
    detail::when_ready(it.unary(a_call(), bytes("ping")),
                       [channel = std::move(channel), gone = std::move(gone)](auto) mutable {
                         channel.reset();
                         gone.set();
                       });
    done.get();
  }
}

TEST(Channels, DroppedFuturesRaceWithTheirResultsWithoutHarm) {
  const auto channel = echo_channel();
  for (int i = 0; i < 500; ++i) {
    Future<RawReply> dropped = channel->unary(a_call(), bytes("ping"));
    if (i % 3 == 0) std::this_thread::yield();
  }
  EXPECT_TRUE(channel->unary(a_call(), bytes("ping")).get().status.ok());
}

TEST(Channels, SharingALoopMakesCallsOnItComplete) {
  const auto loop = Loop::create();
  const auto channel = echo_channel({.loop = loop});
  std::atomic<bool> on_loop = false;
  detail::Promise<void> promise;
  Future<void> done = promise.future();
  // Begun on the loop, so that the reply cannot be there before somebody waits for it.
  loop->post([&] {
    detail::when_ready(channel->unary(a_call(), bytes("ping")), [&](auto) {
      on_loop = loop->is_current();
      promise.set();
    });
  });
  done.get();
  EXPECT_TRUE(on_loop);
}

TEST(Channels, ALoopThatEndsEndsItsCalls) {
  const auto loop = Loop::create();
  const auto channel = connect_through({.dialer = dial_with([](Loop&) { return nullptr; })},
                                       {.authority = "x", .loop = loop});
  Future<RawReply> waiting =
      channel->unary({&kUnary, Deadline::never(), {.wait_for_ready = true}}, bytes("ping"));
  loop->stop();
  EXPECT_EQ(waiting.get().status.code(), Code::unavailable);
  EXPECT_EQ(channel->unary(a_call(), bytes("ping")).get().status.code(), Code::unavailable);
}

TEST(Connect, FailsFastWithTheSystemsWords) {
  const auto channel = connect("127.0.0.1:1");
  const RawReply reply = channel->unary(a_call(), bytes("ping")).get();
  EXPECT_EQ(reply.status.code(), Code::unavailable);
  EXPECT_NE(reply.status.message().find("ipv4:127.0.0.1:1"), std::string::npos)
      << reply.status.to_string();
}

Status first_status(const std::shared_ptr<Channel>& channel) {
  Future<RawReply> reply = channel->unary(a_call(), bytes("ping"));
  EXPECT_TRUE(reply.ready()) << "known at once";
  return reply.get().status;
}

TEST(Connect, ABadTargetGivesAChannelWhoseCallsSayWhy) {
  for (const char* target : {"", "host:port", "ipv4:1.2.3", "ftp://x"}) {
    const auto channel = connect(target, {.insecure = true});
    EXPECT_EQ(first_status(channel).code(), Code::invalid_argument) << target;
    const auto call = channel->stream(a_call(kBidi));
    EXPECT_EQ(call->finish().get().status.code(), Code::invalid_argument);
    EXPECT_FALSE(call->write(bytes("x")).get());
  }
}

TEST(Connect, PlaintextBeyondThisMachineMustBeAskedFor) {
  EXPECT_EQ(first_status(connect("dns:///payments:50051")).message(),
            "bad configuration: plaintext to dns:///payments:50051 needs .insecure = true; "
            "or give it .tls");
  EXPECT_EQ(first_status(connect("192.0.2.1:50051")).code(), Code::invalid_argument);
}

TEST(Connect, OptionsThatMakeNoSenseAreNamed) {
  const auto words = [](ConnectOptions options) {
    return first_status(connect("127.0.0.1:1", std::move(options))).message();
  };
  EXPECT_NE(words({.connect_timeout = 0s}).find("connect_timeout"), std::string::npos);
  EXPECT_NE(words({.initial_backoff = 0s}).find("initial_backoff"), std::string::npos);
  EXPECT_NE(words({.backoff_multiplier = 0.5}).find("backoff_multiplier"), std::string::npos);
  EXPECT_NE(words({.backoff_jitter = 1}).find("backoff_jitter"), std::string::npos);
  EXPECT_NE(words({.keepalive = -1s}).find("keepalive"), std::string::npos);
  EXPECT_NE(words({.max_header_list = 0}).find("max_header_list"), std::string::npos);
  EXPECT_NE(words({.stream_window = 0}).find("stream_window"), std::string::npos);
  EXPECT_NE(words({.stream_window = 1u << 31}).find("stream_window"), std::string::npos);
  EXPECT_NE(words({.connection_window = 0}).find("connection_window"), std::string::npos);
  EXPECT_NE(words({.connection_window = 1u << 31}).find("connection_window"), std::string::npos);
  EXPECT_NE(words({.send_buffer = 0}).find("send_buffer"), std::string::npos);
  EXPECT_NE(words({.authority = "a b"}).find("authority"), std::string::npos);
}

class Tagging final : public Channel {
 public:
  Tagging(std::string tag, std::shared_ptr<Channel> next)
      : tag_(std::move(tag)), next_(std::move(next)) {}
  Future<RawReply> unary(Call call, Bytes request) override {
    request.insert(request.end(), tag_.begin(), tag_.end());
    return next_->unary(std::move(call), std::move(request));
  }
  std::unique_ptr<RawStream> stream(Call call) override { return next_->stream(std::move(call)); }

 private:
  const std::string tag_;
  const std::shared_ptr<Channel> next_;
};

ClientLayer tagging(std::string tag) {
  return [tag](std::shared_ptr<Channel> next) -> std::shared_ptr<Channel> {
    return std::make_shared<Tagging>(tag, std::move(next));
  };
}

TEST(Connect, ALayerThatGivesNoChannelIsNamed) {
  const ClientLayer nothing = [](std::shared_ptr<Channel>) { return nullptr; };
  EXPECT_EQ(first_status(connect("127.0.0.1:1", {.layers = {nothing}})).code(),
            Code::invalid_argument);
  EXPECT_EQ(first_status(connect("127.0.0.1:1", {.layers = {ClientLayer()}})).code(),
            Code::invalid_argument);
}

TEST(Connect, LayersAreOutermostFirst) {
  const auto channel = echo_channel({.layers = {tagging("1"), tagging("2")}});
  EXPECT_EQ(text(channel->unary(a_call(), bytes("0")).get().message), "012");
}

}  // namespace
}  // namespace cpp_lite::client
