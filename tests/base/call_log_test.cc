// The line of a call: what it tells, and what it keeps to itself.
#include <cpp_lite/layers.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fake_call.h"
#include "support/fake_loop.h"

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;

Call log_call(const Method& method) { return {&method, Deadline::never()}; }

struct Log {
  std::vector<std::string> lines;
  support::FakeClock clock;
  CallLog layer(CallLogOptions options = {}) {
    return log_calls([this](LogLevel, std::string_view line) { lines.emplace_back(line); },
                     std::move(options), clock);
  }
  void pass(std::chrono::microseconds time) { clock.set(clock.now() + time); }
};

TEST(LogCalls, WritesALineForAUnaryCallWhenItEnds) {
  Log log;
  auto fake = std::make_shared<FakeChannel>();
  const ClientLayer layer = log.layer();
  Call call = log_call(kUnaryMethod);
  call.options.metadata = {{"x-request-id", "7f"}};
  auto reply = layer(fake)->unary(std::move(call), Bytes{});
  log.pass(1500us);
  EXPECT_TRUE(log.lines.empty());
  fake->reply.promise.set(RawReply{Status(Code::not_found, "no such card")});
  EXPECT_EQ(reply.get().status.code(), Code::not_found);
  EXPECT_EQ(log.lines, std::vector<std::string>{"client /test.Echo/Say id=7f "
                                                "NOT_FOUND: no such card (local) in 1.500 ms "
                                                "received=0 sent=0"});
}

TEST(LogCalls, WritesALineForACallWithoutAMethod) {
  Log log;
  const ClientLayer layer = log.layer();
  Future<RawReply> reply =
      layer(std::make_shared<FakeChannel>())->unary({nullptr, Deadline::never()}, Bytes());
  reply = {};
  ASSERT_EQ(log.lines.size(), 1U);
  EXPECT_TRUE(log.lines[0].starts_with("client (no method) ")) << log.lines[0];
}

std::vector<std::string> lines_of_two_attempts(std::string message, CallLogOptions options = {}) {
  Log log;
  auto fake = std::make_shared<FakeChannel>();
  const ClientLayer layer = log.layer(std::move(options));
  auto reply = layer(fake)->unary(log_call(kUnaryMethod), Bytes{});
  Status status(Code::unavailable, std::move(message));
  const std::vector<Attempt> attempts = {
      {.number = 1, .outcome = Outcome::rejected, .verdict = "repeated: the method is IDEMPOTENT"},
      {.number = 2, .outcome = Outcome::rejected, .verdict = "stopped: budget"}};
  fake->reply.promise.set(RawReply{status.set_attempts(attempts)});
  (void)reply.get();
  return log.lines;
}

TEST(LogCalls, SumsUpTheAttemptsOfACallInItsLine) {
  EXPECT_EQ(
      lines_of_two_attempts("busy\n  attempt 1: not I"),
      std::vector<std::string>{"client /test.Echo/Say UNAVAILABLE: busy\\x0a  attempt 1: not I "
                               "(local; attempts=2, stopped: budget) in 0.000 ms "
                               "received=0 sent=0"});
}

TEST(LogCalls, SaysThatACallWasDroppedAndDropsIt) {
  Log log;
  auto fake = std::make_shared<FakeChannel>();
  const ClientLayer layer = log.layer();
  { const auto reply = layer(fake)->unary(log_call(kUnaryMethod), Bytes{}); }
  EXPECT_TRUE(*fake->reply.dropped);
  ASSERT_EQ(log.lines.size(), 1U);
  EXPECT_NE(log.lines[0].find("CANCELLED: dropped before its end"), std::string::npos);
}

TEST(LogCalls, WritesALineForAStreamWhenItIsGone) {
  Log log;
  auto fake = std::make_shared<FakeChannel>();
  fake->seen->to_read = {Bytes{2}, Bytes{1}};
  const ClientLayer layer = log.layer();
  auto stream = layer(fake)->stream(log_call(kStreamMethod));
  EXPECT_TRUE(stream->write(Bytes{9}).get());
  EXPECT_EQ(stream->read().get(), Bytes{1});
  EXPECT_EQ(stream->headers().get().get("from"), "fake");
  EXPECT_TRUE(stream->finish().get().status.ok());
  EXPECT_TRUE(log.lines.empty());
  stream.reset();
  EXPECT_EQ(log.lines, std::vector<std::string>{"client /test.Echo/Chat OK in 0.000 ms "
                                                "received=1 sent=0"});
  EXPECT_TRUE(fake->seen->dropped);
}

TEST(LogCalls, IsSilentWithoutALogFunction) {
  auto fake = std::make_shared<FakeChannel>();
  const ClientLayer layer = log_calls(nullptr);
  const auto stream = layer(fake)->stream(log_call(kStreamMethod));
}

TEST(LogCalls, WritesALineForAServedCall) {
  Log log;
  FakeServedCall call;
  Leaf<Status> handler;
  call.handler = std::move(handler.future);
  const ServerLayer layer = log.layer();
  Future<Status> done = layer(call, kUnaryMethod, Next(call, 1));
  log.pass(250us);
  handler.promise.set(Status());
  EXPECT_TRUE(done.get().ok());
  EXPECT_EQ(log.lines,
            std::vector<std::string>{"server /test.Echo/Say ipv4:127.0.0.1:4000 OK in 0.250 ms "
                                     "received=0 sent=0"});
}

TEST(LogCalls, EscapesControlCharactersOfAMessage) {
  Log log;
  FakeServedCall call;
  call.handler = Status(Code::not_found, "no\nserver /fake OK\x1b[2J\x7f \xc3\xbc");
  const ServerLayer layer = log.layer();
  EXPECT_FALSE(layer(call, kUnaryMethod, Next(call, 1)).get().ok());
  EXPECT_EQ(log.lines, std::vector<std::string>{
                           "server /test.Echo/Say ipv4:127.0.0.1:4000 NOT_FOUND: "
                           "no\\x0aserver /fake OK\\x1b[2J\\x7f \xc3\xbc (local) in 0.000 ms "
                           "received=0 sent=0"});
}

TEST(LogCalls, EscapesControlsBeyondAsciiAndWhatIsNoUtf8) {
  Log log;
  FakeServedCall call;
  call.handler = Status(Code::not_found,
                        "\xe2\x82\xac \xf0\x9f\x98\x88 \xc2\xa0 \xc2\x9b \xff \xc0\xaf "
                        "\xe0\x80\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \x80 \xe2\x82");
  const ServerLayer layer = log.layer();
  EXPECT_FALSE(layer(call, kUnaryMethod, Next(call, 1)).get().ok());
  ASSERT_EQ(log.lines.size(), 1u);
  EXPECT_NE(log.lines[0].find("NOT_FOUND: \xe2\x82\xac \xf0\x9f\x98\x88 \xc2\xa0 "
                              "\\xc2\\x9b \\xff \\xc0\\xaf \\xe0\\x80\\x80 \\xed\\xa0\\x80 "
                              "\\xf4\\x90\\x80\\x80 \\x80 \\xe2\\x82 (local)"),
            std::string::npos)
      << log.lines[0];
}

TEST(LogCalls, WritesALineForAHandlerThatThrows) {
  Log log;
  FakeServedCall call;
  Leaf<Status> handler;
  call.handler = std::move(handler.future);
  const ServerLayer layer = log.layer();
  Future<Status> done = layer(call, kUnaryMethod, Next(call, 1));
  handler.promise.fail(std::make_exception_ptr(std::runtime_error("no")));
  EXPECT_THROW((void)done.get(), std::runtime_error);
  ASSERT_EQ(log.lines.size(), 1U);
  EXPECT_NE(log.lines[0].find("UNKNOWN: the handler threw"), std::string::npos);
}

// --- Bytes ---

TEST(LogCalls, CountsTheMessagesOfAUnaryCallWithoutTheirPrefix) {
  Log log;
  auto fake = std::make_shared<FakeChannel>();
  const ClientLayer layer = log.layer();
  auto reply = layer(fake)->unary(log_call(kUnaryMethod), Bytes(kMessagePrefix + 300));
  fake->reply.promise.set(RawReply{Status(), Bytes(20)});
  EXPECT_TRUE(reply.get().status.ok());
  EXPECT_EQ(log.lines,
            std::vector<std::string>{"client /test.Echo/Say OK in 0.000 ms received=20 sent=300"});
}

TEST(LogCalls, CountsAllMessagesOfAStreamBothWays) {
  Log log;
  auto fake = std::make_shared<FakeChannel>();
  fake->seen->to_read = {Bytes(30), Bytes(4)};
  fake->seen->end.message = Bytes(500);
  const ClientLayer layer = log.layer();
  auto stream = layer(fake)->stream(log_call(kStreamMethod));
  EXPECT_TRUE(stream->write(Bytes(kMessagePrefix + 7)).get());
  EXPECT_TRUE(stream->write(Bytes(kMessagePrefix)).get());
  EXPECT_TRUE(stream->write(Bytes(kMessagePrefix + 60)).get());
  while (stream->read().get()) {
    EXPECT_TRUE(log.lines.empty());
  }
  EXPECT_TRUE(stream->finish().get().status.ok());
  stream.reset();
  EXPECT_EQ(log.lines,
            std::vector<std::string>{"client /test.Echo/Chat OK in 0.000 ms received=534 sent=67"});
}

TEST(LogCalls, CountsTheMessagesOfAServedCall) {
  Log log;
  FakeServedCall call;
  call.request = Bytes(12);
  call.response = Bytes(34);
  const ServerLayer layer = log.layer();
  EXPECT_TRUE(layer(call, kUnaryMethod, Next(call, 1)).get().ok());
  ASSERT_EQ(log.lines.size(), 1U);
  EXPECT_TRUE(log.lines[0].ends_with(" OK in 0.000 ms received=12 sent=34")) << log.lines[0];
}

TEST(LogCalls, CountsNoResponseWhereAnErrorStandsInItsPlace) {
  Log log;
  FakeServedCall call;
  call.request = Bytes(12);
  call.response = Bytes(34);
  call.handler = Status(Code::aborted, "changed my mind");
  const ServerLayer layer = log.layer();
  EXPECT_FALSE(layer(call, kUnaryMethod, Next(call, 1)).get().ok());
  ASSERT_EQ(log.lines.size(), 1U);
  EXPECT_TRUE(log.lines[0].ends_with(" received=12 sent=0")) << log.lines[0];
}

// --- Redaction ---

// Of a request with all that a line could give away.
std::string line_of(CallLogOptions options) {
  Log log;
  FakeServedCall call;
  call.received = {{"x-request-id", "7f"}, {"authorization", "Bearer s3cret"},
                   {"cookie", "s3cret"},   {"proxy-authorization", "s3cret"},
                   {"tenant", "acme"},     {"tenant", "apex"}};
  call.handler = Status(Code::not_found, "no user ann@example.com");
  const ServerLayer layer = log.layer(std::move(options));
  EXPECT_FALSE(layer(call, kUnaryMethod, Next(call, 1)).get().ok());
  return log.lines.size() == 1 ? log.lines[0] : "not one line";
}

TEST(LogCalls, ShowsNoMetadataThatNobodyAskedFor) {
  EXPECT_EQ(line_of({}),
            "server /test.Echo/Say ipv4:127.0.0.1:4000 id=7f NOT_FOUND: no user ann@example.com "
            "(local) in 0.000 ms received=0 sent=0");
}

TEST(LogCalls, ShowsEachValueOfTheMetadataThatItIsToldTo) {
  EXPECT_EQ(line_of({.metadata = {"tenant", "trace"}}),
            "server /test.Echo/Say ipv4:127.0.0.1:4000 id=7f tenant=acme tenant=apex NOT_FOUND: "
            "no user ann@example.com (local) in 0.000 ms received=0 sent=0");
}

TEST(LogCalls, NeverShowsTokensWhateverItIsTold) {
  const std::string line = line_of(
      {.metadata = {"authorization", "Authorization", "Proxy-Authorization", "cookie", "tenant"}});
  EXPECT_EQ(line.find("s3cret"), std::string::npos) << line;
  EXPECT_NE(line.find("tenant=acme"), std::string::npos) << line;
}

TEST(LogCalls, NeverShowsTheTokenOfAChannelsCall) {
  Log log;
  auto fake = std::make_shared<FakeChannel>();
  const ClientLayer layer = log.layer({.metadata = {"authorization"}});
  Call call = log_call(kUnaryMethod);
  call.options.token = "s3cret";
  call.options.metadata = {{"authorization", "Bearer s3cret"}, {"tenant", "acme"}};
  auto reply = layer(fake)->unary(std::move(call), Bytes{});
  fake->reply.promise.set(RawReply{});
  (void)reply.get();
  EXPECT_EQ(log.lines,
            std::vector<std::string>{"client /test.Echo/Say OK in 0.000 ms received=0 sent=0"});
}

TEST(LogCalls, LetsAFunctionReplaceWhatOthersWrote) {
  const auto redact = [](CallLogPart part, std::string_view key, std::string_view text) {
    if (part == CallLogPart::peer) return std::string("somewhere");
    if (part == CallLogPart::message) return std::to_string(text.size()).append(" bytes");
    if (part == CallLogPart::metadata) return std::string(key).append(":").append(text, 0, 2);
    return std::string(text).append("..");
  };
  EXPECT_EQ(line_of({.metadata = {"tenant"}, .redact = redact}),
            "server /test.Echo/Say somewhere id=7f.. tenant=tenant:ac tenant=tenant:ap "
            "NOT_FOUND: 23 bytes (local) in 0.000 ms received=0 sent=0");
}

TEST(LogCalls, LeavesOutWhatAFunctionReplacesWithNothing) {
  const auto nothing = [](CallLogPart, std::string_view, std::string_view) {
    return std::string();
  };
  EXPECT_EQ(line_of({.metadata = {"tenant"}, .redact = nothing}),
            "server /test.Echo/Say NOT_FOUND (local) in 0.000 ms received=0 sent=0");
}

TEST(LogCalls, RedactsTheMessageOfACallThatWasRepeated) {
  const auto dash = [](CallLogPart, std::string_view, std::string_view) {
    return std::string("-");
  };
  EXPECT_EQ(
      lines_of_two_attempts("ann is busy", {.redact = dash}),
      std::vector<std::string>{"client /test.Echo/Say UNAVAILABLE: - (local; attempts=2, stopped: "
                               "budget) in 0.000 ms received=0 sent=0"});
}

TEST(LogCalls, EscapesWhatAFunctionGives) {
  const auto forging = [](CallLogPart, std::string_view, std::string_view) {
    return std::string("a\nb");
  };
  EXPECT_EQ(line_of({.redact = forging}),
            "server /test.Echo/Say a\\x0ab id=a\\x0ab NOT_FOUND: a\\x0ab (local) in 0.000 ms "
            "received=0 sent=0");
}

}  // namespace
}  // namespace cpp_lite
