// What layers learn of the size of a call's messages.
#include <cpp_lite/layers.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/queued.h"
#include "server/served_calls.h"

namespace cpp_lite::server {
namespace {

// "received, sent" of each call, as a layer sees it after the handler.
class BytesSeen {
 public:
  ServerLayer layer() {
    return [this](ServerContext& context, const Method&, Next next) -> Future<Status> {
      Status status = co_await next();
      add(context.message_bytes());
      co_return status;
    };
  }
  void add(const MessageBytes& bytes) {
    std::string pair = std::to_string(bytes.received);
    all_.push_back(pair.append(", ").append(std::to_string(bytes.sent)));
  }
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_;
};

using Pairs = std::vector<std::string>;

class BytesOfMessages : public ServedCalls {
 protected:
  void SetUp() override {
    config.layers = {seen.layer(),
                     log_calls([this](LogLevel, std::string_view line) { log.emplace_back(line); },
                               loop->clock())};
    ServedCalls::SetUp();
  }
  BytesSeen seen;
  std::vector<std::string> log;
};

TEST_F(BytesOfMessages, AreThoseOfRequestAndResponseOfAUnaryCall) {
  EXPECT_EQ("0", call("/test.Bytes/Unary", "hello")->status());
  EXPECT_EQ(seen.all(), Pairs{"5, 9"});
  ASSERT_EQ(log.size(), 1u);
  EXPECT_TRUE(log[0].ends_with(" OK in 0.000 ms received=5 sent=9")) << log[0];
}

TEST_F(BytesOfMessages, AreSummedUpWhereTheClientStreams) {
  auto answer = open(request("/test.Bytes/Collect"));
  send(framed("one"), false);
  send(framed(""), false);
  send(framed("three"), true);
  EXPECT_EQ("0", answer->status());
  EXPECT_EQ(seen.all(), Pairs{"8, 11"});  // "one;;three;"
}

TEST_F(BytesOfMessages, AreSummedUpWhereTheServerStreams) {
  EXPECT_EQ("0", call("/test.Bytes/Spread", "word")->status());
  EXPECT_EQ(seen.all(), Pairs{"4, 15"});  // "word0", "word1", "word2"
}

TEST_F(BytesOfMessages, AreSummedUpBothWaysOfAChat) {
  auto answer = open(request("/test.Bytes/Chat"));
  send(framed("a"), false);
  send(framed("bcd"), true);
  EXPECT_EQ("0", answer->status());
  EXPECT_EQ(seen.all(), Pairs{"4, 12"});
  ASSERT_EQ(log.size(), 1u);
  EXPECT_TRUE(log[0].ends_with(" OK in 0.000 ms received=4 sent=12")) << log[0];
}

TEST_F(BytesOfMessages, AreCountedBeforeCompression) {
  service.spread = [](detail::ServedCall& call) -> Future<Status> {
    call.context().set_compression(Compression::gzip);
    (void)co_await call.write(outgoing(std::string(1000, 'x')));
    co_return Status();
  };
  auto answer = call("/test.Bytes/Spread", "hi", {{"grpc-accept-encoding", "gzip"}});
  EXPECT_EQ("0", answer->status());
  EXPECT_LT(answer->body.size(), 100u);
  EXPECT_EQ(seen.all(), Pairs{"2, 1000"});
}

TEST_F(BytesOfMessages, HoldNothingThatTheHandlerDidNotRead) {
  service.chat = [](detail::ServedCall& call) -> Future<Status> {
    (void)co_await call.read();
    co_return Status(Code::aborted, "one is enough");
  };
  auto answer = open(request("/test.Bytes/Chat"));
  Bytes two = framed("first");
  const Bytes second = framed("second");
  two.insert(two.end(), second.begin(), second.end());
  send(std::move(two), true);
  EXPECT_EQ("10", answer->status());
  EXPECT_EQ(seen.all(), Pairs{"5, 0"});
}

TEST_F(BytesOfMessages, HoldNoResponseThatComesTooLate) {
  suspend_unary();
  auto answer = call("/test.Bytes/Unary", "hi", {{"grpc-timeout", "1S"}});
  loop->advance(1s);
  EXPECT_EQ("4", answer->status());
  gate->set();
  turn();
  EXPECT_EQ(seen.all(), Pairs{"2, 0"});
}

class BytesOnThreads : public Queued {
 protected:
  void with(ServerLayer layer) {
    config.layers = {std::move(layer)};
    connect();
  }
  BytesSeen seen;
};

TEST_F(BytesOnThreads, AreKnownWhenTheHandlerIsDone) {
  with(seen.layer());
  auto answer = occupy();
  let_go();
  EXPECT_EQ("0", answer->status());
  EXPECT_EQ(seen.all(), Pairs{"5, 4"});  // "first", "done"
}

TEST_F(BytesOnThreads, CountWhatAHandlerWroteWithoutWaiting) {
  service.spread = [](detail::ServedCall& call) -> Future<Status> {
    for (int i = 0; i < 3; ++i) static_cast<void>(call.write(outgoing("four")));
    return Status();
  };
  with(seen.layer());
  auto answer = call("/test.Bytes/Spread", "x");
  let_go();
  EXPECT_EQ("0", answer->status());
  EXPECT_EQ(seen.all(), Pairs{"1, 12"});
}

TEST_F(BytesOnThreads, DoNotLookAtTheResponseOfAHandlerThatWasGivenUp) {
  std::optional<detail::Promise<void>> patience;
  with([&](ServerContext& context, const Method&, Next next) -> Future<Status> {
    Future<Status> pending = next();
    co_await patience.emplace(loop).future();
    seen.add(context.message_bytes());
    co_return Status(Code::aborted, "not that long");
  });
  auto answer = occupy();
  patience->set();
  turn();
  EXPECT_EQ(seen.all(), Pairs{"5, 0"});
  let_go();
}

}  // namespace
}  // namespace cpp_lite::server
