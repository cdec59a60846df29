// Coroutines, deadlines and cancellation over real sockets and in process.
#include <cpp_lite/layers.h>
#include <cpp_lite/testing.h>

#include "echo_server.h"

namespace e2e {
namespace {

Future<std::string> chat_twice(Echo::Client echo) {
  auto chat = echo.Chat(kPatience);
  std::string heard;
  for (const char* word : {"a", "b"}) {
    co_await chat.write(blob(word));
    heard += (co_await chat.read())->data();
  }
  co_await chat.close_writes();
  const Status status = co_await chat.finish();
  co_return status.ok() ? heard : status.to_string();
}

TEST_F(EndToEnd, OneFunctionServesCoroutinesAndBlockingCallers) {
  serve();
  EXPECT_EQ("ab", chat_twice(client()).get());
}

// Gives back what it gets as metadata.
class Mirror final : public Echo::Handler {
 public:
  Future<Result<Blob>> Unary(ServerContext& context, Blob request) override {
    for (const auto& [key, value] : context.metadata()) {
      context.set_header(key, value);
      context.set_trailer(key, value);
    }
    return request;
  }
};

TEST(Metadata, OfSeventyKilobytesPassesWhereBothSidesTakeIt) {
  Mirror mirror;
  cpp_lite::Server server({.max_header_list = 1 << 20});
  server.add(mirror);
  ASSERT_TRUE(server.listen("127.0.0.1:0").ok());
  Echo::Client echo(cpp_lite::connect("127.0.0.1:" + std::to_string(server.port()),
                                      {.max_header_list = 1 << 20}));
  cpp_lite::Metadata metadata;
  for (int i = 0; i < 35; ++i)
    metadata.add("x-part", std::string(2000, static_cast<char>('A' + i)));
  const auto reply = echo.Unary(blob("x"), kPatience, {.metadata = metadata}).get();
  ASSERT_TRUE(reply.ok()) << reply.status().to_string();
  EXPECT_EQ(metadata.get_all("x-part"), reply.headers().get_all("x-part"));
  EXPECT_EQ(metadata.get_all("x-part"), reply.trailers().get_all("x-part"));
}

// Calls on, from inside a handler.
class Relay final : public Echo::Handler {
 public:
  explicit Relay(Echo::Client next) : next_(std::move(next)) {}
  Future<Result<Blob>> Wait(ServerContext&, Blob request) override {
    auto reply = co_await next_.Wait(request, kPatience);
    if (!reply) co_return reply.status();
    co_return *reply;
  }

 private:
  Echo::Client next_;
};

TEST_F(EndToEnd, DeadlinesPassOnToCallsMadeInsideHandlers) {
  serve();
  Relay relay(client());
  cpp_lite::Server front;
  front.add(relay);
  ASSERT_TRUE(front.listen("127.0.0.1:0").ok());
  Echo::Client echo(cpp_lite::connect("127.0.0.1:" + std::to_string(front.port())));
  // The relay asks for two minutes; its own caller has 300 ms, so the last server has less.
  EXPECT_EQ(Code::deadline_exceeded, echo.Wait(blob("w"), 300ms).get().status().code());
  handler.until_waiting(0);
}

TEST_F(EndToEnd, CancellingACallCancelsTheCallsMadeInsideItsHandler) {
  serve();
  Relay relay(client());
  cpp_lite::Server front;
  front.add(relay);
  ASSERT_TRUE(front.listen("127.0.0.1:0").ok());
  Echo::Client echo(cpp_lite::connect("127.0.0.1:" + std::to_string(front.port())));
  auto pending = echo.Wait(blob("w"), kPatience);
  handler.until_waiting(1);
  { auto dropped = std::move(pending); }
  handler.until_waiting(0);
}

// Blocks its thread for everything: a stream of its own caller's and calls of every kind.
class BlockingRelay final : public Echo::Handler {
 public:
  explicit BlockingRelay(Echo::Client next) : next_(std::move(next)) {}

  Future<Result<Blob>> Unary(ServerContext&, Blob request) override {
    auto reply = next_.Unary(request, kPatience).get();
    if (!reply) return reply.status();
    return *reply;
  }
  Future<Status> Spread(ServerContext&, Blob request, Writer<Blob>& out) override {
    auto rows = next_.Spread(request, kPatience);
    while (auto row = rows.read().get()) {
      if (!out.write(*row).get()) break;
    }
    return rows.finish().get();
  }
  Future<Result<Blob>> Collect(ServerContext&, Reader<Blob>& in) override {
    auto batch = next_.Collect(kPatience);
    while (auto message = in.read().get()) {
      if (!batch.write(*message).get()) break;
    }
    auto reply = batch.finish().get();
    if (!reply) return reply.status();
    return *reply;
  }

 private:
  Echo::Client next_;
};

// A client layer that is a coroutine.
class Passing final : public cpp_lite::Channel {
 public:
  explicit Passing(std::shared_ptr<cpp_lite::Channel> next) : next_(std::move(next)) {}
  Future<cpp_lite::RawReply> unary(cpp_lite::Call call, cpp_lite::Bytes request) override {
    co_return co_await next_->unary(std::move(call), std::move(request));
  }
  std::unique_ptr<cpp_lite::RawStream> stream(cpp_lite::Call call) override {
    return next_->stream(std::move(call));
  }

 private:
  const std::shared_ptr<cpp_lite::Channel> next_;
};

TEST_F(EndToEnd, HandlersOnThreadsMayBlockOnCallsAndStreams) {
  serve();
  const auto passing = [](std::shared_ptr<cpp_lite::Channel> next) {
    return std::make_shared<Passing>(std::move(next));
  };
  BlockingRelay relay(client({.layers = {passing, cpp_lite::log_calls(nullptr)}}));
  cpp_lite::Server front({.threads = 1});
  front.add(relay, cpp_lite::RunOn::threads);
  ASSERT_TRUE(front.listen("127.0.0.1:0").ok());
  Echo::Client echo(cpp_lite::connect("127.0.0.1:" + std::to_string(front.port())));

  EXPECT_EQ("x", echo.Unary(blob("x"), kPatience).get()->data());
  auto rows = echo.Spread(blob("row", 20), kPatience);
  int count = 0;
  while (rows.read().get()) ++count;
  EXPECT_EQ(20, count);
  EXPECT_TRUE(rows.finish().get().ok());
  auto batch = echo.Collect(kPatience);
  for (const char* word : {"a", "b"}) EXPECT_TRUE(batch.write(blob(word)).get());
  EXPECT_EQ("ab", batch.finish().get()->data());
}

TEST_F(EndToEnd, DroppingAStreamCancelsItsCall) {
  serve();
  {
    auto stream = client().Spread(blob(std::string(1000, 'x'), std::int64_t{1} << 40), kPatience);
    EXPECT_TRUE(stream.read().get());
  }
  while (server->stats().calls_open > 0) {
    ASSERT_TRUE(client().Unary(blob("x"), kPatience).get().ok());
  }
}

TEST_F(EndToEnd, InProcessAndNetworkAgree) {
  serve();
  Echo::Client near(cpp_lite::testing::in_process(*server));
  Echo::Client far = client();
  for (Echo::Client* echo : {&near, &far}) {
    EXPECT_EQ("x", echo->Unary(blob("x"), kPatience).get()->data());
    EXPECT_EQ("ab", chat_twice(*echo).get());
  }
}

TEST(InProcess, VirtualTimeDrivesDeadlinesOfBothSides) {
  cpp_lite::testing::ManualClock clock;
  EchoHandler handler;
  cpp_lite::Server server({.clock = &clock});
  server.add(handler);
  Echo::Client echo(cpp_lite::testing::in_process(server));
  auto pending = echo.Wait(blob("w"), 1h);
  handler.until_waiting(1);
  clock.advance(1h);
  EXPECT_EQ(Code::deadline_exceeded, pending.get().status().code());
  handler.until_waiting(0);
}

TEST(InProcess, FaultsHappenOnDemand) {
  EchoHandler handler;
  cpp_lite::Server server;
  server.add(handler);
  auto faults = cpp_lite::testing::Faults::create();
  Echo::Client echo(cpp_lite::testing::in_process(server, {}, faults));
  EXPECT_TRUE(echo.Unary(blob("x"), kPatience).get().ok());
  auto pending = echo.Wait(blob("w"), kPatience);
  handler.until_waiting(1);
  faults->cut();
  EXPECT_EQ(Code::unavailable, pending.get().status().code());
  faults->chunk(1);
  EXPECT_TRUE(echo.Unary(blob("x"), kPatience).get().ok());
  faults->refuse_connections(true);
  faults->cut();
  const Status status = echo.Unary(blob("x"), kPatience).get().status();
  EXPECT_EQ(Code::unavailable, status.code()) << status.to_string();
}

}  // namespace
}  // namespace e2e
