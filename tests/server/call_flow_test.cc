// What happens while a call runs: cancellation, flow, metadata, compression, the end of the server.
#include "server/served_calls.h"

namespace cpp_lite::server {
namespace {

TEST_F(ServedCalls, AHandlerHearsThatItsClientCancelled) {
  auto answer = open(request("/test.Bytes/Chat"));
  client->reset(id, 8);
  turn();
  EXPECT_TRUE(ended && was_cancelled);
}

TEST_F(ServedCalls, AHandlerHearsThatItsConnectionIsLost) {
  auto answer = open(request("/test.Bytes/Collect"));
  client->close("gone");
  turn();
  EXPECT_TRUE(was_cancelled);
}

TEST_F(ServedCalls, CancellationCanBeAwaited) {
  bool told = false;
  service.chat = [&](detail::ServedCall& call) -> Future<Status> {
    co_await call.context().cancelled();
    told = true;
    co_return Status();
  };
  auto answer = open(request("/test.Bytes/Chat"));
  EXPECT_FALSE(told);
  client->reset(id, 8);
  turn();
  EXPECT_TRUE(told);
}

// Who asks for it while it lies in the read buffer, who asks later, and who asks for the first
// time.
TEST_F(ServedCalls, TheRequestIsThereForAsLongAsItsHandler) {
  std::string early;
  service.unary = [&](detail::ServedCall& call) -> Future<Status> {
    early = text(call.request());
    gate.emplace(loop);
    co_await gate->future();
    call.respond(outgoing("re: " + text(call.context().request_bytes()) + text(call.request())));
    co_return Status();
  };
  auto answer = call("/test.Bytes/Unary", "hello");
  EXPECT_EQ(early, "hello");
  const auto other = open(request("/test.Bytes/Collect"));
  gate->set();
  turn();
  EXPECT_EQ("0", answer->status());
  EXPECT_EQ(answer->body, text(framed("re: hellohello")));
}

// The connection knows them from the one before: only what differs is read.
TEST_F(ServedCalls, RequestsThatAreAlikeAreToldApart) {
  std::string seen;
  service.unary = [&](detail::ServedCall& call) -> Future<Status> {
    const auto left = std::chrono::ceil<std::chrono::seconds>(call.context().remaining());
    seen += std::to_string(left.count()) + std::string(*call.context().metadata().get("n")) + " ";
    call.respond(outgoing("re"));
    return Status();
  };
  const Headers calls = {{"9S", "a"}, {"9S", "a"}, {"7S", "b"}, {"9S", "c"}};
  for (const auto& [timeout, n] : calls) {
    const auto answer = call("/test.Bytes/Unary", "hi", {{"grpc-timeout", timeout}, {"n", n}});
    EXPECT_EQ("0", answer->status());
  }
  EXPECT_EQ(seen, "9a 9a 7b 9c ");
  EXPECT_EQ("13", call("/test.Bytes/Unary", "hi", {{"grpc-timeout", "x"}, {"n", "d"}})->status());
  EXPECT_EQ("12", call("/test.Bytes/Other", "hi", {{"grpc-timeout", "9S"}, {"n", "e"}})->status());
  const auto again = call("/test.Bytes/Unary", "hi", {{"grpc-timeout", "8S"}, {"n", "f"}});
  EXPECT_EQ("0", again->status());
  EXPECT_EQ(seen, "9a 9a 7b 9c 8f ");
}

TEST_F(ServedCalls, WritingWaitsWhileTheClientDoesNotRead) {
  const std::string big(200 << 10, 'x');
  service.chat = [&](detail::ServedCall& call) -> Future<Status> {
    while (co_await call.write(outgoing(big))) ++writes;
    ended = true;
    co_return Status();
  };
  auto answer = open(request("/test.Bytes/Chat"));
  // The client's window of 1 MiB takes five; the sixth waits.
  EXPECT_EQ(5, writes);
  client->consume(id, answer->body.size());
  turn();
  EXPECT_EQ(10, writes);
  client->reset(id, 8);
  turn();
  EXPECT_TRUE(ended);
}

TEST_F(ServedCalls, AReadThatWasGivenUpLosesNoMessage) {
  std::vector<std::string> got;
  service.chat = [&](detail::ServedCall& call) -> Future<Status> {
    { Future<std::optional<Bytes>> given_up = call.read(); }
    while (auto message = co_await call.read()) got.push_back(text(*message));
    co_return Status();
  };
  auto answer = open(request("/test.Bytes/Chat"));
  send(framed("a"), false);
  send(framed("b"), true);
  EXPECT_EQ((std::vector<std::string>{"a", "b"}), got);
}

TEST_F(ServedCalls, AWriteThatWasGivenUpHarmsNoLaterOne) {
  const std::string big(200 << 10, 'x');
  bool last = false;
  service.chat = [&](detail::ServedCall& call) -> Future<Status> {
    // Beyond the client's window of 1 MiB nothing moves, so the last of these waits.
    for (int i = 0; i < 6; ++i) {
      Future<bool> given_up = call.write(outgoing(big));
    }
    last = co_await call.write(outgoing("end"));
    co_return Status();
  };
  auto answer = open(request("/test.Bytes/Chat"));
  client->consume(id, answer->body.size());
  turn();
  EXPECT_TRUE(last);
  EXPECT_EQ("0", answer->status());
}

TEST_F(ServedCalls, CompressionAskedForTooLateIsLeftOut) {
  service.spread = [](detail::ServedCall& call) -> Future<Status> {
    co_await call.write(outgoing("plain"));
    call.context().set_compression(Compression::gzip);
    co_await call.write(outgoing("still plain"));
    co_return Status();
  };
  auto answer = call("/test.Bytes/Spread", "hi", {{"grpc-accept-encoding", "gzip"}});
  EXPECT_EQ(text(framed("plain")) + text(framed("still plain")), answer->body);
}

TEST_F(ServedCalls, MetadataThatMayNotBeSentIsRefusedAtOnce) {
  service.unary = [](detail::ServedCall& call) -> Future<Status> {
    EXPECT_FALSE(call.context().set_trailer("t", "line one\nline two"));
    EXPECT_FALSE(call.context().set_header("Grpc-Foo", "x"));
    EXPECT_FALSE(call.context().set_header("b d", "x"));
    call.respond(outgoing("x"));
    return Status();
  };
  EXPECT_EQ("0", call("/test.Bytes/Unary")->status());
}

TEST_F(ServedCalls, MetadataGoesBothWays) {
  service.unary = [](detail::ServedCall& call) -> Future<Status> {
    ServerContext& context = call.context();
    EXPECT_EQ("acme", context.metadata().get("tenant"));
    EXPECT_EQ("\x01\x02", context.metadata().get("trace-bin"));
    EXPECT_TRUE(context.set_header("h", "1"));
    EXPECT_TRUE(context.set_trailer("t-bin", "\xab"));
    EXPECT_FALSE(context.set_trailer("grpc-status", "0"));
    call.respond(outgoing("x"));
    return Status();
  };
  auto answer = call("/test.Bytes/Unary", "hi", {{"tenant", "acme"}, {"trace-bin", "AQI"}});
  EXPECT_EQ("1", answer->header("h"));
  EXPECT_EQ("qw", answer->trailer("t-bin"));
}

TEST_F(ServedCalls, HeadersCanBeSentBeforeAnyMessage) {
  service.chat = [this](detail::ServedCall& call) -> Future<Status> {
    call.context().set_header("early", "yes");
    co_await call.context().send_headers();
    EXPECT_FALSE(call.context().set_header("late", "no"));
    co_return co_await chat(call);
  };
  auto answer = open(request("/test.Bytes/Chat"));
  EXPECT_EQ("yes", answer->header("early"));
  EXPECT_FALSE(answer->ended);
}

TEST_F(ServedCalls, ResponsesAreCompressedForClientsThatAcceptIt) {
  service.unary = [](detail::ServedCall& call) -> Future<Status> {
    call.context().set_compression(Compression::gzip);
    call.respond(outgoing(std::string(1000, 'a')));
    return Status();
  };
  auto plain = call("/test.Bytes/Unary");
  EXPECT_EQ(1005U, plain->body.size());
  auto packed = call("/test.Bytes/Unary", "hi", {{"grpc-accept-encoding", "identity,gzip"}});
  EXPECT_EQ("gzip", packed->header("grpc-encoding"));
  EXPECT_GT(100U, packed->body.size());
  EXPECT_EQ(1, packed->body[0]);
}

TEST_F(ServedCalls, TheAttemptNumberComesFromTheClient) {
  std::vector<int> attempts;
  service.unary = [&](detail::ServedCall& call) -> Future<Status> {
    attempts.push_back(call.context().attempt());
    call.respond(outgoing(""));
    return Status();
  };
  (void)call("/test.Bytes/Unary");
  for (const char* previous : {"0", "1", "2", "many", "-1", "99999999999"}) {
    (void)call("/test.Bytes/Unary", "hi", {{"grpc-previous-rpc-attempts", previous}});
  }
  EXPECT_EQ((std::vector<int>{1, 1, 2, 3, 1, 1, 1'000'000'001}), attempts);
}

TEST_F(ServedCalls, ADrainingServerFinishesWhatRuns) {
  suspend_unary();
  auto answer = call("/test.Bytes/Unary");
  bool done = false;
  shard->drain(loop->now() + 10s, [&] { done = true; });
  turn();
  EXPECT_FALSE(client->can_open());
  EXPECT_FALSE(done);
  gate->set();
  turn();
  EXPECT_EQ("0", answer->status());
  loop->advance(2s);
  EXPECT_TRUE(done);
}

TEST_F(ServedCalls, ADrainThatTakesTooLongEndsCallsWithUnavailable) {
  suspend_unary();
  auto answer = call("/test.Bytes/Unary");
  bool done = false;
  shard->drain(loop->now() + 10s, [&] { done = true; });
  loop->advance(10s);
  EXPECT_EQ("14", answer->status());
  EXPECT_FALSE(done);  // the handler is never dropped
  gate->set();
  turn();
  loop->advance(2s);
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace cpp_lite::server
