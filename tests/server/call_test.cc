// What a call may ask, and what it is answered.
#include <stdexcept>

#include "server/served_calls.h"

namespace cpp_lite::server {
namespace {

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

// The client takes 16 KiB.
TEST_F(ServedCalls, TrailersThatTheClientDoesNotTakeAreLeftOutAndTheStatusSaysSo) {
  Status outcome;
  service.unary = [&](detail::ServedCall& call) -> Future<Status> {
    EXPECT_TRUE(call.context().set_trailer("big", std::string(20'000, 'x')));
    call.respond(outgoing("done"));
    return outcome;
  };
  auto well = call("/test.Bytes/Unary");
  EXPECT_EQ("8", well->status());
  EXPECT_TRUE(well->trailer("grpc-message").starts_with("metadata to send is larger"))
      << well->trailer("grpc-message");
  outcome = Status(Code::not_found, "no such thing");
  auto badly = call("/test.Bytes/Unary");
  EXPECT_EQ("5", badly->status());
  EXPECT_TRUE(badly->trailer("grpc-message").starts_with("no such thing (metadata to send"))
      << badly->trailer("grpc-message");
}

TEST_F(ServedCalls, HeadersThatTheClientDoesNotTakeEndTheCall) {
  const auto set_big = [](detail::ServedCall& call) {
    EXPECT_TRUE(call.context().set_header("big", std::string(20'000, 'x')));
  };
  service.unary = [=](detail::ServedCall& call) -> Future<Status> {
    set_big(call);
    call.respond(outgoing("done"));
    return Status();
  };
  service.spread = [=](detail::ServedCall& call) -> Future<Status> {
    set_big(call);
    EXPECT_FALSE(call.write(outgoing("row")).take());
    return Status();
  };
  service.chat = [=](detail::ServedCall& call) -> Future<Status> {
    set_big(call);
    EXPECT_FALSE(call.context().send_headers().take());
    return Status();
  };
  for (const char* path : {"/test.Bytes/Unary", "/test.Bytes/Spread", "/test.Bytes/Chat"}) {
    auto answer = call(path);
    EXPECT_TRUE(answer->trailers_only()) << path;
    EXPECT_EQ("8", answer->status()) << path;
    EXPECT_TRUE(answer->trailer("grpc-message").starts_with("metadata to send is larger")) << path;
    EXPECT_EQ(std::string::npos, answer->trailer("grpc-message").find('(')) << path;
  }
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
  send(framed("hello"), false);
  EXPECT_FALSE(answer->ended);  // HTTP answers requests that are over
  send({}, true);
  EXPECT_EQ("415", answer->header(":status"));
  EXPECT_TRUE(answer->ended);
  EXPECT_NE(std::string::npos, answer->body.find("gRPC"));
}

TEST_F(ServedCalls, WhatIsNotGrpcAndDoesNotEndIsNotWaitedForForEver) {
  Headers headers = request("/test.Bytes/Unary");
  headers.back().second = "text/html";
  auto slow = open(headers);
  loop->advance(60s);
  EXPECT_EQ("415", slow->header(":status"));
  auto large = open(headers);
  send(Bytes(65 << 10), false);
  EXPECT_EQ("415", large->header(":status"));
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

}  // namespace
}  // namespace cpp_lite::server
