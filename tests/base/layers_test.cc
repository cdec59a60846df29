#include <cpp_lite/layers.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fake_call.h"

namespace cpp_lite {
namespace {

Call call_of(const Method& method) { return {&method, Deadline::never()}; }

// --- Channels ---

TEST(WithMetadata, AddsItsPairToUnaryCallsAndStreams) {
  auto fake = std::make_shared<FakeChannel>();
  const auto channel = with_metadata("tenant", "acme")(fake);
  const auto reply = channel->unary(call_of(kUnaryMethod), Bytes{1});
  EXPECT_EQ(fake->last.options.metadata.get("tenant"), "acme");
  EXPECT_EQ(fake->last_request, Bytes{1});
  fake->last.options.metadata = {};
  const auto stream = channel->stream(call_of(kStreamMethod));
  EXPECT_EQ(fake->last.options.metadata.get("tenant"), "acme");
}

TEST(WithRequestIds, GivesEachCallItsOwnAndKeepsTheCallers) {
  auto fake = std::make_shared<FakeChannel>();
  const auto channel = with_request_ids()(fake);
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    const auto stream = channel->stream(call_of(kStreamMethod));
    ids.emplace(fake->last.options.metadata.get(kRequestId).value_or(""));
  }
  EXPECT_EQ(ids.size(), 100U);
  EXPECT_EQ(ids.begin()->size(), 32U);

  Call call = call_of(kStreamMethod);
  call.options.metadata = {{"x-request-id", "mine"}};
  const auto stream = channel->stream(std::move(call));
  EXPECT_EQ(fake->last.options.metadata.get_all(kRequestId), std::vector<std::string_view>{"mine"});
}

// Gives what the test says, when it says so.
struct Tokens {
  std::vector<Leaf<Result<std::string>>> asked;
  ClientLayer layer() {
    return with_tokens([this](const Call&) { return std::move(asked.emplace_back().future); });
  }
  void give(Result<std::string> token) { asked.back().promise.set(std::move(token)); }
};

TEST(WithTokens, SendsAUnaryCallWhenItsTokenIsThere) {
  Tokens tokens;
  auto fake = std::make_shared<FakeChannel>();
  const auto channel = tokens.layer()(fake);
  const auto reply = channel->unary(call_of(kUnaryMethod), Bytes{1});
  EXPECT_EQ(fake->last.method, nullptr);
  tokens.give(std::string("s3cret"));
  EXPECT_EQ(fake->last.options.token, "s3cret");
  EXPECT_EQ(fake->last_request, Bytes{1});
}

TEST(WithTokens, SendsAtOnceWhatHasItsTokenOrWhoseTokenIsThere) {
  auto fake = std::make_shared<FakeChannel>();
  const auto channel = with_tokens([](const Call&) { return Result<std::string>("kept"); })(fake);
  const auto reply = channel->unary(call_of(kUnaryMethod), Bytes{1});
  EXPECT_EQ(fake->last.options.token, "kept");
  Call own = call_of(kStreamMethod);
  own.options.token = "own";
  const auto stream = channel->stream(std::move(own));
  EXPECT_EQ(fake->last.options.token, "own");
}

TEST(WithTokens, FailsTheCallWhereThereIsNone) {
  Tokens tokens;
  auto fake = std::make_shared<FakeChannel>();
  const auto channel = tokens.layer()(fake);
  auto reply = channel->unary(call_of(kUnaryMethod), Bytes{1});
  tokens.give(Status(Code::unauthenticated, "who are you?"));
  EXPECT_EQ(reply.get().status.to_string(),
            "UNAUTHENTICATED: no token for the call: who are you? (local, token)");
  auto stream = channel->stream(call_of(kStreamMethod));
  tokens.give(Status(Code::not_found, "no file"));
  EXPECT_EQ(stream->finish().get().status.message(), "no token for the call: NOT_FOUND: no file");
  EXPECT_EQ(fake->last.method, nullptr);
}

TEST(WithTokens, HoldsWhatIsWrittenUntilTheStreamBegins) {
  Tokens tokens;
  auto fake = std::make_shared<FakeChannel>();
  fake->seen->to_read = {Bytes{7}};
  const auto stream = tokens.layer()(fake)->stream(call_of(kStreamMethod));
  auto first = stream->write(Bytes{1});
  static_cast<void>(stream->write(Bytes{2}));
  auto closed = stream->close_writes();
  static_cast<void>(stream->read());  // given up, so it takes no message
  auto read = stream->read();
  EXPECT_FALSE(first.ready());
  tokens.give(std::string("s3cret"));
  EXPECT_TRUE(first.get() && closed.get());
  EXPECT_EQ(read.get(), Bytes{7});
  EXPECT_EQ(fake->seen->written, (std::vector<Bytes>{{1}, {2}}));
  EXPECT_TRUE(fake->seen->closed);
  EXPECT_EQ(fake->last.options.token, "s3cret");
}

TEST(WithTokens, ForgetsAStreamThatIsDroppedOrCancelledBefore) {
  Tokens tokens;
  auto fake = std::make_shared<FakeChannel>();
  auto dropped = tokens.layer()(fake)->stream(call_of(kStreamMethod));
  auto finish = dropped->finish();
  dropped = nullptr;
  EXPECT_TRUE(*tokens.asked.back().dropped);
  EXPECT_EQ(finish.get().status.code(), Code::cancelled);
  const auto cancelled = tokens.layer()(fake)->stream(call_of(kStreamMethod));
  cancelled->cancel();
  EXPECT_EQ(cancelled->finish().get().status.code(), Code::cancelled);
  tokens.give(std::string("late"));
  EXPECT_EQ(fake->last.method, nullptr);
}

// --- Servers ---

Status with_authorization(std::vector<std::string> values) {
  const ServerLayer layer =
      require_bearer_token([](std::string_view token) { return token == "s3cret"; });
  FakeServedCall call;
  for (const auto& value : values) call.received.add("authorization", value);
  Status status = layer(call, kUnaryMethod, Next(call, 1)).get();
  EXPECT_EQ(call.handled, status.ok() ? 1 : 0);
  return status;
}

TEST(RequireBearerToken, LetsTheRightTokenThrough) {
  EXPECT_TRUE(with_authorization({"Bearer s3cret"}).ok());
  EXPECT_TRUE(with_authorization({"bearer  s3cret"}).ok());
}

TEST(RequireBearerToken, RefusesEverythingElse) {
  for (const std::vector<std::string>& values :
       std::vector<std::vector<std::string>>{{},
                                             {""},
                                             {"s3cret"},
                                             {"Bearer"},
                                             {"Bearer "},
                                             {"Bearer wrong"},
                                             {"Bearers3cret"},
                                             {"Basic s3cret"},
                                             {"Bearer s3cret", "Bearer s3cret"}}) {
    EXPECT_EQ(with_authorization(values).code(), Code::unauthenticated);
  }
}

TEST(RequestIds, KeepsTheClientsAndReturnsIt) {
  FakeServedCall call;
  call.received.add("x-request-id", "7f");
  std::string told;
  const ServerLayer layer = request_ids([&](ServerContext&, const std::string& id) { told = id; });
  EXPECT_TRUE(layer(call, kUnaryMethod, Next(call, 1)).get().ok());
  EXPECT_EQ(told, "7f");
  EXPECT_EQ(call.sent.get(kRequestId), "7f");
  EXPECT_EQ(call.handled, 1);
}

TEST(RequestIds, MakesOneWhenThereIsNoneOrItIsTooLong) {
  for (const std::string& given : {std::string(), std::string(129, 'x')}) {
    FakeServedCall call;
    if (!given.empty()) call.received.add("x-request-id", given);
    EXPECT_TRUE(request_ids()(call, kUnaryMethod, Next(call, 1)).get().ok());
    EXPECT_EQ(call.sent.get(kRequestId).value_or("").size(), 32U);
  }
}

}  // namespace
}  // namespace cpp_lite
