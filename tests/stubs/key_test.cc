// The idempotency key of a unary call: where it comes from, where it ends up, and what never
// changes.
#include <cpp_lite/client.h>
#include <cpp_lite/message.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/fake_call.h"
#include "base/uuid.h"

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;
using google::protobuf::StringValue;

// StringValue has one field, number 1: here it is the key.
constexpr Method kInField{.path = "/test.Pay/Charge", .safety = Safety::keyed, .key_field = 1};
constexpr Method kGenerated{
    .path = "/test.Pay/Charge", .safety = Safety::keyed, .key_field = 1, .client_generates = true};
constexpr Method kFarField{.path = "/test.Pay/Charge",
                           .safety = Safety::keyed,
                           .key_field = 3000,
                           .client_generates = true};
constexpr Method kInMetadata{.path = "/test.Pay/Charge",
                             .safety = Safety::keyed,
                             .key_metadata = "idempotency-key",
                             .client_generates = true};

StringValue keyed(std::string key) {
  StringValue message;
  message.set_value(std::move(key));
  return message;
}

bool is_uuid4(std::string_view text) {
  if (text.size() != 36 || text[14] != '4') return false;
  if (std::string_view("89ab").find(text[19]) == text.npos) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return false;
    if (!dash && std::string_view("0123456789abcdef").find(text[i]) == text.npos) return false;
  }
  return true;
}

class Keys : public testing::Test {
 protected:
  // Starts a call whose request holds this key; the status if it ended at once.
  Status call(const Method& method, const StringValue& request, const CallOptions& options = {}) {
    fake_ = std::make_shared<FakeChannel>();
    auto reply = unary_with_key<StringValue>(fake_, method, request, request.value(), 1s, options);
    return reply.ready() ? reply.get().status() : Status();
  }
  StringValue sent() const {
    StringValue message;
    EXPECT_TRUE(detail::parse(std::span(fake_->last_request).subspan(kMessagePrefix), message));
    return message;
  }
  const CallSettings& settings() const { return fake_->last.options; }
  bool was_sent() const { return fake_->last.method != nullptr; }

  std::shared_ptr<FakeChannel> fake_;
};

TEST_F(Keys, OfTheRequestAreLeftAloneAndKnownToTheCall) {
  for (const Method* method : {&kInField, &kGenerated}) {
    EXPECT_TRUE(call(*method, keyed("order-1")).ok());
    EXPECT_EQ(fake_->last_request, *detail::serialize(keyed("order-1")));
    EXPECT_EQ(settings().idempotency_key, "order-1");
  }
}

TEST_F(Keys, ThatAreMissingStayMissingUnlessTheMethodGeneratesThem) {
  EXPECT_TRUE(call(kInField, keyed("")).ok());
  EXPECT_EQ(fake_->last_request, *detail::serialize(keyed("")));
  EXPECT_EQ(settings().idempotency_key, "");
}

TEST_F(Keys, AreGeneratedOncePerCallAndAppendedToTheRequest) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(call(kGenerated, keyed("")).ok());
    EXPECT_TRUE(is_uuid4(sent().value())) << sent().value();
    EXPECT_EQ(sent().value(), settings().idempotency_key);
    seen.insert(sent().value());
  }
  EXPECT_EQ(seen.size(), 100U);
}

TEST_F(Keys, AreAppendedBehindTheOtherFieldsAtAnyNumber) {
  fake_ = std::make_shared<FakeChannel>();
  auto reply = unary_with_key<StringValue>(fake_, kFarField, keyed("other"), "", 1s, {});
  const StringValue message = sent();
  EXPECT_EQ(message.value(), "other");
  const auto& fields = StringValue::GetReflection()->GetUnknownFields(message);
  ASSERT_EQ(fields.field_count(), 1);
  EXPECT_EQ(fields.field(0).number(), 3000);
  EXPECT_EQ(fields.field(0).length_delimited(), settings().idempotency_key);
}

TEST_F(Keys, OfTheOptionsGoIntoARequestThatHasNone) {
  for (const Method* method : {&kInField, &kGenerated}) {
    EXPECT_TRUE(call(*method, keyed(""), {.idempotency_key = "order-2"}).ok());
    EXPECT_EQ(sent().value(), "order-2");
    EXPECT_EQ(settings().idempotency_key, "order-2");
  }
  const std::string longest(255, 'k');  // its length takes two bytes
  EXPECT_TRUE(call(kInField, keyed(""), {.idempotency_key = longest}).ok());
  EXPECT_EQ(sent().value(), longest);
}

TEST_F(Keys, OfOptionsAndRequestMayBeTheSameButNotDiffer) {
  EXPECT_TRUE(call(kInField, keyed("a"), {.idempotency_key = "a"}).ok());
  EXPECT_EQ(fake_->last_request, *detail::serialize(keyed("a")));
  const Status status = call(kInField, keyed("a"), {.idempotency_key = "b"});
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_EQ(status.message(),
            "test.Pay/Charge: the request and CallOptions::idempotency_key name different keys");
  EXPECT_FALSE(was_sent());
}

TEST_F(Keys, OfTheOptionsMustBeOnesThatServersTake) {
  for (const std::string& key :
       {std::string(256, 'k'), std::string("\n"), std::string("\xc3\xa4")}) {
    EXPECT_EQ(call(kInField, keyed(""), {.idempotency_key = key}).code(), Code::invalid_argument);
    EXPECT_FALSE(was_sent());
  }
}

TEST_F(Keys, GoIntoTheMetadataWhereTheMethodSaysSo) {
  EXPECT_TRUE(call(kInMetadata, keyed("a field like others")).ok());
  EXPECT_EQ(fake_->last_request, *detail::serialize(keyed("a field like others")));
  EXPECT_TRUE(is_uuid4(settings().idempotency_key));
  EXPECT_EQ(settings().metadata.get("idempotency-key"), settings().idempotency_key);
}

TEST_F(Keys, OfTheMetadataCount) {
  EXPECT_TRUE(call(kInMetadata, {}, {.metadata = {{"Idempotency-Key", "mine"}}}).ok());
  EXPECT_EQ(settings().metadata, Metadata({"idempotency-key", "mine"}));
  EXPECT_EQ(settings().idempotency_key, "mine");
  EXPECT_EQ(
      call(kInMetadata, {}, {.metadata = {{"idempotency-key", "mine"}}, .idempotency_key = "other"})
          .code(),
      Code::invalid_argument);
}

TEST_F(Keys, OfMethodsThatTakeNoneAreRefused) {
  const Status status = call(kUnaryMethod, keyed("x"), {.idempotency_key = "k"});
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_EQ(status.message(), "test.Echo/Say takes no idempotency key");
}

TEST_F(Keys, OfStreamsAreRefused) {
  fake_ = std::make_shared<FakeChannel>();
  auto stream = client_streaming<StringValue, StringValue>(fake_, kStreamMethod, 1s,
                                                           {.idempotency_key = "k"});
  EXPECT_EQ(stream.finish().get().status().message(), "test.Echo/Chat takes no idempotency key");
  EXPECT_FALSE(was_sent());
}

TEST_F(Keys, DoNotConcernOtherMethods) {
  EXPECT_TRUE(call(kUnaryMethod, keyed("x")).ok());
  EXPECT_EQ(fake_->last_request, *detail::serialize(keyed("x")));
  EXPECT_EQ(settings().idempotency_key, "");
  EXPECT_TRUE(settings().metadata.empty());
}

// Appending could change a key that is there already.
TEST_F(Keys, AreNotAppendedWhereNobodyLookedIntoTheRequest) {
  fake_ = std::make_shared<FakeChannel>();
  auto reply = unary<StringValue>(fake_, kGenerated, keyed("theirs"), 1s, {});
  EXPECT_EQ(fake_->last_request, *detail::serialize(keyed("theirs")));
  EXPECT_EQ(settings().idempotency_key, "");
  auto refused = unary<StringValue>(fake_, kGenerated, keyed("theirs"), 1s,
                                    CallOptions{.idempotency_key = "mine"});
  EXPECT_EQ(refused.get().status().code(), Code::invalid_argument);
}

TEST_F(Keys, ReachTheApplicationAlsoWhenTheResponseDoesNotParse) {
  fake_ = std::make_shared<FakeChannel>();
  auto reply = unary_with_key<StringValue>(fake_, kInField, keyed("k"), "k", 1s, {});
  Status known;
  known.set_idempotency_key("k");
  fake_->reply.promise.set(RawReply{known, Bytes{0xff}});
  const Reply<StringValue> broken = reply.get();
  EXPECT_EQ(broken.status().code(), Code::internal);
  EXPECT_EQ(broken.idempotency_key(), "k");
}

// RFC 9562, appendix A.3.
TEST(Uuid4, IsVersionAndVariantOverRandomBits) {
  EXPECT_EQ(base::uuid4_of({0x91, 0x91, 0x08, 0xf7, 0x52, 0xd1, 0x03, 0x20, 0x1b, 0xac, 0xf8, 0x47,
                            0xdb, 0x41, 0x48, 0xa8}),
            "919108f7-52d1-4320-9bac-f847db4148a8");
  EXPECT_EQ(base::uuid4_of({}), "00000000-0000-4000-8000-000000000000");
}

}  // namespace
}  // namespace cpp_lite
