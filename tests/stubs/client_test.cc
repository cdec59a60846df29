#include <cpp_lite/client.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "base/fake_call.h"
#include "texts.h"

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;
using NeedsFields = google::protobuf::UninterpretedOption::NamePart;  // proto2, required fields

struct Stub {
  std::shared_ptr<FakeChannel> fake = std::make_shared<FakeChannel>();
  std::shared_ptr<Channel> channel = fake;

  Future<Reply<StringValue>> say(const google::protobuf::MessageLite& request,
                                 CallOptions options = {}) {
    return unary<StringValue>(channel, kUnaryMethod, request, 1s, options);
  }
  WriteStream<StringValue, StringValue> collect() {
    return client_streaming<StringValue, StringValue>(channel, kStreamMethod, 1s, {});
  }
  ReadWriteStream<NeedsFields, StringValue> chat() {
    return bidi_streaming<NeedsFields, StringValue>(channel, kStreamMethod, 1s, {});
  }
};

TEST(Unary, SendsTheRequestAndYieldsTheResponseWithItsMetadata) {
  Stub stub;
  auto reply = stub.say(text("ping"), {.metadata = {{"tenant", "acme"}}, .authority = "bank"});
  EXPECT_EQ(stub.fake->last.method, &kUnaryMethod);
  EXPECT_EQ(stub.fake->last.options.metadata.get("tenant"), "acme");
  EXPECT_EQ(stub.fake->last.options.authority, "bank");
  EXPECT_EQ(stub.fake->last_request, *detail::serialize(text("ping")));
  stub.fake->reply.promise.set(
      RawReply{Status(), on_the_wire(text("pong")), Metadata({"h", "1"}), Metadata({"t", "2"}), 1});
  const Reply<StringValue> pong = reply.get();
  ASSERT_TRUE(pong);
  EXPECT_EQ(pong->value(), "pong");
  EXPECT_EQ(pong.headers().get("h"), "1");
  EXPECT_EQ(pong.trailers().get("t"), "2");
  EXPECT_EQ(pong.attempts(), 1);
}

TEST(Unary, YieldsTheStatusOfACallThatFailed) {
  Stub stub;
  auto reply = stub.say(text("ping"));
  stub.fake->reply.promise.set(
      RawReply{Status(Code::not_found, "nobody"), {}, {}, Metadata({"t", "2"})});
  const Reply<StringValue> nobody = reply.get();
  EXPECT_EQ(nobody.status().code(), Code::not_found);
  EXPECT_EQ(nobody.trailers().get("t"), "2");
}

TEST(Unary, IsInternalWhenTheResponseDoesNotParse) {
  Stub stub;
  auto reply = stub.say(text("ping"));
  stub.fake->reply.promise.set(RawReply{Status(), Bytes{0xff}});
  const Status status = reply.get().status();
  EXPECT_EQ(status.code(), Code::internal);
  EXPECT_EQ(status.message(), "response cannot be parsed: it is no google.protobuf.StringValue");
}

TEST(Unary, IsInternalAtOnceWhenTheRequestCannotBeSerialized) {
  Stub stub;
  auto reply = stub.say(NeedsFields());
  ASSERT_TRUE(reply.ready());
  const Status status = reply.get().status();
  EXPECT_EQ(status.code(), Code::internal);
  EXPECT_EQ(status.message().rfind("request cannot be serialized: ", 0), 0U) << status.message();
  EXPECT_EQ(stub.fake->last.method, nullptr);
}

TEST(Unary, WithoutAChannelIsInvalid) {
  Stub stub;
  stub.channel = nullptr;
  EXPECT_EQ(stub.say(text("ping")).get().status().code(), Code::invalid_argument);
}

TEST(Unary, DropsTheCallWithTheFuture) {
  Stub stub;
  { const auto reply = stub.say(text("ping")); }
  EXPECT_TRUE(*stub.fake->reply.dropped);
}

TEST(ServerStreaming, WritesTheRequestAndReadsToTheEnd) {
  Stub stub;
  stub.fake->seen->to_read = {on_the_wire(text("b")), on_the_wire(text("a"))};
  auto rows = server_streaming<StringValue>(stub.channel, kStreamMethod, text("all"), 1s, {});
  EXPECT_EQ(stub.fake->seen->written, std::vector<Bytes>{*detail::serialize(text("all"))});
  EXPECT_TRUE(stub.fake->seen->closed);
  EXPECT_EQ(rows.headers().get().get("from"), "fake");
  EXPECT_EQ(rows.read().get()->value(), "a");
  EXPECT_EQ(rows.read().get()->value(), "b");
  EXPECT_EQ(rows.read().get(), std::nullopt);
  EXPECT_TRUE(rows.finish().get().ok());
}

TEST(ServerStreaming, ReadsIntoOneMessageThatIsEmptyAfterTheLast) {
  Stub stub;
  const std::string lengthy(100, 'b');
  stub.fake->seen->to_read = {Bytes(), on_the_wire(text(lengthy))};
  auto rows = server_streaming<StringValue>(stub.channel, kStreamMethod, text("all"), 1s, {});
  StringValue row = text("from before");
  EXPECT_TRUE(rows.read(row).get());
  EXPECT_EQ(row.value(), lengthy);
  EXPECT_TRUE(rows.read(row).get());
  EXPECT_EQ(row.value(), "");
  row = text("from before");
  EXPECT_FALSE(rows.read(row).get());
  EXPECT_EQ(row.value(), "");
  EXPECT_TRUE(rows.finish().get().ok());
}

TEST(ServerStreaming, ReadsNothingMoreIntoAMessageAfterOneThatDoesNotParse) {
  Stub stub;
  stub.fake->seen->to_read = {on_the_wire(text("b")), Bytes{0x0a, 1, 'x', 0xff}};
  auto rows = server_streaming<StringValue>(stub.channel, kStreamMethod, text("all"), 1s, {});
  for (int i = 0; i < 2; ++i) {
    StringValue row = text("from before");
    EXPECT_FALSE(rows.read(row).get());
    EXPECT_EQ(row.value(), "");
  }
  EXPECT_EQ(rows.finish().get().code(), Code::internal);
  EXPECT_TRUE(stub.fake->seen->cancelled);
}

TEST(ServerStreaming, FailsAtOnceWhenTheRequestCannotBeSerialized) {
  Stub stub;
  auto rows = server_streaming<StringValue>(stub.channel, kStreamMethod, NeedsFields(), 1s, {});
  EXPECT_EQ(rows.read().get(), std::nullopt);
  EXPECT_EQ(rows.finish().get().code(), Code::internal);
  EXPECT_EQ(stub.fake->last.method, nullptr);
}

TEST(ServerStreaming, WithoutAChannelIsInvalid) {
  auto rows = server_streaming<StringValue>(nullptr, kStreamMethod, text("all"), 1s, {});
  EXPECT_EQ(rows.read().get(), std::nullopt);
  EXPECT_EQ(rows.finish().get().code(), Code::invalid_argument);
}

TEST(ServerStreaming, EndsReadingWithAMessageThatDoesNotParseAndCancels) {
  Stub stub;
  stub.fake->seen->to_read = {on_the_wire(text("b")), Bytes{0xff}};
  auto rows = server_streaming<StringValue>(stub.channel, kStreamMethod, text("all"), 1s, {});
  EXPECT_EQ(rows.read().get(), std::nullopt);
  EXPECT_EQ(rows.read().get(), std::nullopt);
  EXPECT_EQ(rows.finish().get().code(), Code::internal);
  EXPECT_TRUE(stub.fake->seen->cancelled);
}

TEST(ClientStreaming, HasTrailersOnceItIsFinished) {
  Stub stub;
  stub.fake->seen->end = RawReply{Status(), on_the_wire(text("sum")), {}, Metadata({"t", "2"})};
  auto batch = stub.collect();
  EXPECT_EQ(batch.trailers().get("t"), std::nullopt);
  EXPECT_EQ(batch.finish().get().trailers().get("t"), "2");
  EXPECT_EQ(batch.trailers().get("t"), "2");
}

TEST(ClientStreaming, WritesAndYieldsTheOneResponse) {
  Stub stub;
  stub.fake->seen->end = RawReply{Status(), on_the_wire(text("sum"))};
  auto batch = stub.collect();
  EXPECT_TRUE(batch.write(text("a")).get());
  EXPECT_EQ(batch.finish().get()->value(), "sum");
  EXPECT_EQ(stub.fake->seen->written.size(), 1U);
}

TEST(BidiStreaming, EndsWithAMessageThatCannotBeSerialized) {
  Stub stub;
  auto chat = stub.chat();
  EXPECT_FALSE(chat.write(NeedsFields()).get());
  EXPECT_TRUE(stub.fake->seen->written.empty());
  EXPECT_EQ(chat.finish().get().code(), Code::internal);
  EXPECT_TRUE(stub.fake->seen->cancelled);
}

TEST(BidiStreaming, DropsTheCallWithTheStream) {
  Stub stub;
  { const auto chat = stub.chat(); }
  EXPECT_TRUE(stub.fake->seen->dropped);
}

// --- Inside a handler (docs/rules.md D12) ---

class FakeParent final : public CallContext {
 public:
  SteadyTime deadline() const override { return SteadyTime::max(); }
  bool cancelled() const override { return false; }
  std::uint64_t on_cancel(Task) override { return 0; }
  void forget(std::uint64_t) override {}
};

TEST(Unary, InsideAHandlerIsPartOfItsCall) {
  Stub stub;
  const Scope scope{nullptr, std::make_shared<FakeParent>()};
  const detail::ScopeGuard guard(&scope);
  { const auto reply = stub.say(text("ping")); }
  EXPECT_EQ(stub.fake->last.options.parent, scope.call);
  { const auto stream = stub.chat(); }
  EXPECT_EQ(stub.fake->last.options.parent, scope.call);
}

TEST(Unary, IsPartOfNothingWhenItIsDetached) {
  Stub stub;
  const Scope scope{nullptr, std::make_shared<FakeParent>()};
  const detail::ScopeGuard guard(&scope);
  { const auto reply = stub.say(text("ping"), {.detached = true}); }
  EXPECT_EQ(stub.fake->last.options.parent, nullptr);
}

TEST(Unary, IsPartOfTheCallThatItsOptionsName) {
  Stub stub;
  const Scope scope{nullptr, std::make_shared<FakeParent>()};
  const std::shared_ptr<CallContext> other = std::make_shared<FakeParent>();
  const detail::ScopeGuard guard(&scope);
  { const auto reply = stub.say(text("ping"), {.parent = other}); }
  EXPECT_EQ(stub.fake->last.options.parent, other);
}

// What such an expression makes goes once, with g++ 12 too (docs/decisions/0003): nothing in the
// options is a literal here, and nothing fits into a string's own bytes.
Future<int> calls_on(Stub& stub, std::shared_ptr<CallContext> parent, int number) {
  const auto made = [number](const char* what) {
    return std::string(what).append(100, 'x').append(std::to_string(number));
  };
  const auto reply = co_await stub.say(
      text(made("ping")), {.metadata = {{made("tenant"), made("acme")}, {"trace", made("7")}},
                           .authority = made("bank"),
                           .token = made("token"),
                           .parent = std::shared_ptr<CallContext>(parent)});
  co_return reply ? static_cast<int>(reply->value().size()) : -1;
}

TEST(Unary, TakesOptionsThatAreMadeInsideAnAwaitExpression) {
  const std::shared_ptr<CallContext> parent = std::make_shared<FakeParent>();
  for (int number = 0; number < 40; ++number) {
    Stub stub;
    Future<int> size = calls_on(stub, parent, number);
    const std::string tail = std::string(100, 'x').append(std::to_string(number));
    const CallSettings& options = stub.fake->last.options;
    EXPECT_EQ(options.metadata.get(std::string("tenant").append(tail)),
              std::string("acme").append(tail));
    EXPECT_EQ(options.metadata.get("trace"), std::string("7").append(tail));
    EXPECT_EQ(options.authority, std::string("bank").append(tail));
    EXPECT_EQ(options.token, std::string("token").append(tail));
    EXPECT_EQ(options.parent, parent);
    stub.fake->reply.promise.set(RawReply{Status(), on_the_wire(text("pong"))});
    EXPECT_EQ(size.get(), 4);
  }
  EXPECT_EQ(parent.use_count(), 1);
}

}  // namespace
}  // namespace cpp_lite
