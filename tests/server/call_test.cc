#include <cpp_lite/async.h>

#include <stdexcept>

#include "server/served.h"

namespace cpp_lite::server {
namespace {

using namespace std::chrono_literals;

class ServedCalls : public Served {
 protected:
  void SetUp() override {
    service.unary = [this](detail::ServedCall& call) -> Future<Status> {
      ++runs;
      call.respond(outgoing("re: " + text(call.context().request_bytes())));
      return Status();
    };
    service.collect = [this](detail::ServedCall& call) { return collect(call); };
    service.spread = [this](detail::ServedCall& call) { return spread(call); };
    service.chat = [this](detail::ServedCall& call) { return chat(call); };
    connect();
  }

  Future<Status> collect(detail::ServedCall& call) {
    std::string all;
    while (auto message = co_await call.read()) all += text(*message) + ";";
    was_cancelled = bool(call.context().cancelled());
    call.respond(outgoing(all));
    co_return Status();
  }
  Future<Status> spread(detail::ServedCall& call) {
    const std::string word = text(call.context().request_bytes());
    for (int i = 0; i < 3; ++i) {
      if (!co_await call.write(outgoing(word + std::to_string(i)))) co_return Status(Code::aborted, "");
    }
    co_return Status();
  }
  Future<Status> chat(detail::ServedCall& call) {
    while (auto message = co_await call.read()) {
      if (!co_await call.write(outgoing("re: " + text(*message)))) break;
      ++writes;
    }
    was_cancelled = bool(call.context().cancelled());
    ended = true;
    co_return Status();
  }
  // A unary handler that stays suspended until `gate` opens.
  void suspend_unary() {
    service.unary = [this](detail::ServedCall& call) -> Future<Status> {
      ++runs;
      gate.emplace(loop);
      co_await gate->future();
      was_cancelled = bool(call.context().cancelled());
      call.respond(outgoing("late"));
      ended = true;
      co_return Status();
    };
  }

  int runs = 0, writes = 0;
  bool was_cancelled = false, ended = false;
  std::optional<detail::Promise<void>> gate;
};

TEST_F(ServedCalls, AUnaryCallGetsItsAnswer) {
  auto answer = call("/test.Bytes/Unary");
  EXPECT_EQ(text(framed("re: hi")), answer->body);
  EXPECT_EQ("0", answer->status());
  EXPECT_EQ("200", answer->header(":status"));
  EXPECT_EQ("application/grpc", answer->header("content-type"));
}

TEST_F(ServedCalls, AnEmptyMessageIsAMessage) {
  auto answer = call("/test.Bytes/Unary", "");
  EXPECT_EQ(text(framed("re: ")), answer->body);
}

TEST_F(ServedCalls, StreamedRequestsReachOneHandler) {
  auto answer = open(request("/test.Bytes/Collect"));
  send(framed("a"), false);
  send(framed("b"), true);
  EXPECT_EQ(text(framed("a;b;")), answer->body);
}

TEST_F(ServedCalls, StreamedResponsesComeInOrder) {
  auto answer = call("/test.Bytes/Spread", "x");
  EXPECT_EQ(text(framed("x0")) + text(framed("x1")) + text(framed("x2")), answer->body);
  EXPECT_EQ("0", answer->status());
}

TEST_F(ServedCalls, AChatAnswersWhileItIsOpen) {
  auto answer = open(request("/test.Bytes/Chat"));
  send(framed("a"), false);
  EXPECT_EQ(text(framed("re: a")), answer->body);
  EXPECT_FALSE(answer->ended);
  send({}, true);
  EXPECT_EQ("0", answer->status());
}

TEST_F(ServedCalls, AnErrorBeforeAnyMessageIsTrailersOnly) {
  service.unary = [](detail::ServedCall&) -> Future<Status> {
    return Status(Code::not_found, "no such ü\n");
  };
  auto answer = call("/test.Bytes/Unary");
  EXPECT_TRUE(answer->trailers_only());
  EXPECT_EQ("5", answer->status());
  EXPECT_EQ("no such %C3%BC%0A", answer->trailer("grpc-message"));
}

TEST_F(ServedCalls, HeadersOfACallWithoutMessagesDoNotBecomeTrailers) {
  service.spread = [](detail::ServedCall& call) -> Future<Status> {
    EXPECT_TRUE(call.context().set_header("total", "0"));
    return Status();
  };
  auto answer = call("/test.Bytes/Spread");
  EXPECT_EQ("0", answer->header("total"));
  EXPECT_EQ("0", answer->status());
  EXPECT_FALSE(answer->trailers_only());
}

TEST_F(ServedCalls, AnExceptionBecomesUnknownAndHarmsNoOtherCall) {
  service.unary = [](detail::ServedCall&) -> Future<Status> { throw std::runtime_error("oops"); };
  EXPECT_EQ("2", call("/test.Bytes/Unary")->status());
  service.unary = [](detail::ServedCall&) -> Future<Status> {
    co_await ready_future();
    throw 7;
  };
  EXPECT_EQ("2", call("/test.Bytes/Unary")->status());
  EXPECT_EQ("0", call("/test.Bytes/Spread")->status());
}

TEST_F(ServedCalls, AnUnknownMethodIsUnimplemented) {
  auto answer = call("/test.Bytes/Nothing");
  EXPECT_EQ("12", answer->status());
  EXPECT_TRUE(answer->trailers_only());
  EXPECT_EQ("12", call("/other.Service/Unary")->status());
}

TEST_F(ServedCalls, AUnaryCallHasExactlyOneRequest) {
  auto none = open(request("/test.Bytes/Unary"));
  send({}, true);
  EXPECT_EQ("12", none->status());
  auto two = open(request("/test.Bytes/Unary"));
  send(framed("a"), false);
  send(framed("b"), true);
  EXPECT_EQ("12", two->status());
  EXPECT_EQ(0, runs);
}

TEST_F(ServedCalls, ATruncatedMessageIsInternal) {
  auto answer = open(request("/test.Bytes/Unary"));
  Bytes half = framed("hello");
  half.pop_back();
  send(half, true);
  EXPECT_EQ("13", answer->status());
  EXPECT_EQ(0, runs);
}

TEST_F(ServedCalls, AMessageOverTheLimitIsRefusedByItsPrefix) {
  auto answer = open(request("/test.Bytes/Unary"));
  send({0, 0, 0x40, 0, 1}, false);  // 4 MiB and a byte
  EXPECT_EQ("8", answer->status());
}

TEST_F(ServedCalls, ACompressedMessageWithoutEncodingIsInternal) {
  auto answer = open(request("/test.Bytes/Unary"));
  send(framed("hi", 1), true);
  EXPECT_EQ("13", answer->status());
}

TEST_F(ServedCalls, WhatIsNotGrpcGets415AndALine) {
  Headers headers = request("/test.Bytes/Unary");
  headers.back().second = "text/html";
  auto answer = open(headers);
  EXPECT_EQ("415", answer->header(":status"));
  EXPECT_TRUE(answer->ended);
  EXPECT_NE(std::string::npos, answer->body.find("gRPC"));
}

TEST_F(ServedCalls, AMalformedTimeoutIsInternalAndRunsNothing) {
  auto answer = call("/test.Bytes/Unary", "hi", {{"grpc-timeout", "15 seconds"}});
  EXPECT_EQ("13", answer->status());
  EXPECT_EQ("malformed grpc-timeout", answer->trailer("grpc-message"));
  EXPECT_EQ(0, runs);
  EXPECT_EQ("0", call("/test.Bytes/Unary")->status());
}

TEST_F(ServedCalls, AZeroTimeoutRunsNothing) {
  EXPECT_EQ("4", call("/test.Bytes/Unary", "hi", {{"grpc-timeout", "0S"}})->status());
  EXPECT_EQ(0, runs);
}

TEST_F(ServedCalls, TheDeadlineEndsACallWhoseHandlerIsStillAtWork) {
  suspend_unary();
  auto answer = call("/test.Bytes/Unary", "hi", {{"grpc-timeout", "1S"}});
  loop->advance(999ms);
  EXPECT_EQ("none", answer->status());
  loop->advance(1ms);
  EXPECT_EQ("4", answer->status());
  gate->set();
  turn();
  EXPECT_TRUE(ended && was_cancelled);
  EXPECT_EQ("", answer->body);
}

TEST_F(ServedCalls, AnAnswerThatNobodyLetsOutIsGivenUpAtTheDeadline) {
  service.unary = [](detail::ServedCall& call) -> Future<Status> {
    call.respond(outgoing(std::string(2 << 20, 'x')));  // twice the client's window
    return Status();
  };
  auto answer = call("/test.Bytes/Unary", "hi", {{"grpc-timeout", "1S"}});
  EXPECT_FALSE(answer->ended);
  loop->advance(1s);
  ASSERT_TRUE(answer->closed);
  EXPECT_EQ(h2::CloseReason::reset_by_peer, answer->closed->reason);
}

TEST_F(ServedCalls, AUnaryCallWithoutTimeoutHasTheServersDefault) {
  suspend_unary();
  auto answer = call("/test.Bytes/Unary");
  loop->advance(60s);
  EXPECT_EQ("4", answer->status());
  gate->set();
  turn();
}

TEST_F(ServedCalls, AStreamWithoutTimeoutHasNoDeadline) {
  std::optional<SteadyTime> deadline;
  service.collect = [&](detail::ServedCall& call) -> Future<Status> {
    deadline = call.context().deadline();
    return collect(call);
  };
  auto answer = open(request("/test.Bytes/Collect"));
  loop->advance(2h);
  EXPECT_EQ(SteadyTime::max(), deadline);
  send(framed("a"), true);
  EXPECT_EQ("0", answer->status());
}

TEST_F(ServedCalls, AnIdleStreamEndsAfterItsIdleTimeout) {
  auto answer = open(request("/test.Bytes/Chat"));
  loop->advance(29s);
  send(framed("a"), false);
  loop->advance(29s);
  EXPECT_EQ("none", answer->status());
  loop->advance(1s);
  EXPECT_EQ("4", answer->status());
  EXPECT_TRUE(ended);
}

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
  auto answer =
      call("/test.Bytes/Unary", "hi", {{"tenant", "acme"}, {"trace-bin", "AQI"}});
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
  int attempt = 0;
  service.unary = [&](detail::ServedCall& call) -> Future<Status> {
    attempt = call.context().attempt();
    call.respond(outgoing(""));
    return Status();
  };
  (void)call("/test.Bytes/Unary", "hi", {{"grpc-previous-rpc-attempts", "2"}});
  EXPECT_EQ(3, attempt);
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
