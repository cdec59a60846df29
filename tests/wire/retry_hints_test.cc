#include "wire/retry_hints.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/fake_fields.h"
#include "wire/headers.h"
#include "wire/trailers.h"

namespace cpp_lite::wire {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

Lines trailers(const Status& status, const Metadata* metadata = nullptr) {
  FieldWriter out;
  write_trailers(out, status, metadata);
  return lines(out);
}

bool marked(const Status& status, bool not_executed) {
  FieldWriter out;
  write_trailers_only(out, status, nullptr, not_executed);
  return value_of(out, "cpp-lite-not-executed") == "1";
}

Status busy(std::chrono::milliseconds pushback) {
  return Status(Code::unavailable, "").set_pushback(pushback);
}

TEST(RetryHints, OfAnOrdinaryBlockAreNone) {
  const FakeFields fields{{"grpc-status", "14"}, {"x", "y"}};
  const RetryHints hints = read_retry_hints(fields);
  EXPECT_TRUE(hints.pushbacks.empty());
  EXPECT_FALSE(hints.not_executed);
  EXPECT_EQ(hints.store, "");
}

TEST(RetryHints, KeepEachValueOfThePushbackAsItCame) {
  const FakeFields fields{{"grpc-retry-pushback-ms", "10"}, {"grpc-retry-pushback-ms", " x"}};
  EXPECT_EQ(read_retry_hints(fields).pushbacks, (std::vector<std::string_view>{"10", " x"}));
}

TEST(RetryHints, BelieveOnlyOneSpellingOfTheMarker) {
  for (const char* value : {"0", "", "true", "11", "1,1"}) {
    const FakeFields fields{{"cpp-lite-not-executed", value}};
    EXPECT_FALSE(read_retry_hints(fields).not_executed) << value;
  }
  const FakeFields fields{{"cpp-lite-not-executed", "1"}, {"cpp-lite-store", "s-7"}};
  EXPECT_TRUE(read_retry_hints(fields).not_executed);
  EXPECT_EQ(read_retry_hints(fields).store, "s-7");
}

TEST(Pushback, IsWrittenWithAnErrorThatAsksForIt) {
  EXPECT_EQ(trailers(Status(Code::unavailable, "")), Lines{"grpc-status: 14"});
  EXPECT_EQ(trailers(busy(0ms)), (Lines{"grpc-status: 14", "grpc-retry-pushback-ms: 0"}));
  EXPECT_EQ(trailers(busy(250ms)), (Lines{"grpc-status: 14", "grpc-retry-pushback-ms: 250"}));
}

TEST(Pushback, IsAlwaysAnInt32AndNeverIsMinusOne) {
  EXPECT_EQ(trailers(busy(-700ms)).back(), "grpc-retry-pushback-ms: -1");
  EXPECT_EQ(trailers(busy(24h * 365)).back(), "grpc-retry-pushback-ms: 2147483647");
}

TEST(Pushback, OfAPeerGoesUpwardOnlyIfItForbidsRepetition) {
  EXPECT_EQ(trailers(busy(250ms).set_origin(Origin::peer)), Lines{"grpc-status: 14"});
  EXPECT_EQ(trailers(busy(-1ms).set_origin(Origin::peer)).back(), "grpc-retry-pushback-ms: -1");
}

TEST(NotExecuted, IsTheRuntimesDecisionAndNotTheStatuss) {
  const Status promise = Status::not_executed(Code::unavailable, "");
  EXPECT_FALSE(marked(promise, false));
  EXPECT_TRUE(marked(Status(Code::unavailable, ""), true));
  EXPECT_EQ(trailers(promise), Lines{"grpc-status: 14"});
}

TEST(NotExecuted, IsNeverSaidOfASuccess) { EXPECT_FALSE(marked(Status(), true)); }

TEST(NotExecuted, AndItsLikesCannotBeSentAsMetadata) {
  const Metadata metadata{{"cpp-lite-not-executed", "1"},
                          {"cpp-lite-store", "x"},
                          {"grpc-retry-pushback-ms", "1"},
                          {"cpp-litest", "fine"}};
  EXPECT_EQ(trailers(Status(Code::aborted, ""), &metadata),
            (Lines{"grpc-status: 10", "cpp-litest: fine"}));
}

TEST(NotExecuted, IsNotShownAsMetadata) {
  const FakeFields fields{{"cpp-lite-not-executed", "1"}, {"grpc-retry-pushback-ms", "5"}};
  Metadata metadata;
  ASSERT_TRUE(read_metadata(fields, metadata).ok());
  EXPECT_EQ(metadata.get("cpp-lite-not-executed"), std::nullopt);
  EXPECT_EQ(metadata.get("grpc-retry-pushback-ms"), "5");
}

// RetryInfo { retry_delay: Duration { seconds: 1, nanos: 500000000 } }
constexpr std::string_view kOneAndAHalf("\x0a\x08\x08\x01\x10\x80\xca\xb5\xee\x01", 10);

Status with_detail(std::string type, std::string_view value) {
  Status status(Code::unavailable, "");
  return status.add_raw_detail({std::move(type), std::string(value)});
}

TEST(RetryInfo, IsFoundAmongTheDetails) {
  Status status = with_detail("type.googleapis.com/google.rpc.ErrorInfo", kOneAndAHalf);
  EXPECT_EQ(retry_info(status), std::nullopt);
  status.add_raw_detail({"type.googleapis.com/google.rpc.RetryInfo", std::string(kOneAndAHalf)});
  EXPECT_EQ(retry_info(status), 1500ms);
}

TEST(RetryInfo, TheLongestOfSeveralCounts) {
  Status status = with_detail("t/google.rpc.RetryInfo", "\x0a\x02\x08\x02");  // 2 s
  status.add_raw_detail({"t/google.rpc.RetryInfo", std::string(kOneAndAHalf)});
  EXPECT_EQ(retry_info(status), 2s);
}

TEST(RetryInfo, WithoutADelayAsksForNone) {
  EXPECT_EQ(retry_info(with_detail("t/google.rpc.RetryInfo", "")), std::nullopt);
  EXPECT_EQ(retry_info(with_detail("t/google.rpc.RetryInfo", std::string_view("\x0a\x00", 2))), 0s);
}

TEST(RetryInfo, ThatIsMalformedOrNegativeIsIgnored) {
  for (std::size_t size = 1; size < kOneAndAHalf.size(); ++size) {
    EXPECT_EQ(retry_info(with_detail("t/google.rpc.RetryInfo", kOneAndAHalf.substr(0, size))),
              std::nullopt)
        << size;
  }
  const std::string minus_one = "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  EXPECT_EQ(retry_info(with_detail("t/google.rpc.RetryInfo", minus_one)), std::nullopt);
  const std::string second_of_nanos = "\x0a\x06\x10\x80\x94\xeb\xdc\x03";
  EXPECT_EQ(retry_info(with_detail("t/google.rpc.RetryInfo", second_of_nanos)), std::nullopt);
}

TEST(RetryInfo, OfManyCenturiesIsCut) {
  const std::string ten_thousand_years = "\x0a\x07\x08\x80\xbc\xae\xce\x97\x09";
  EXPECT_EQ(retry_info(with_detail("t/google.rpc.RetryInfo", ten_thousand_years)),
            std::chrono::nanoseconds::max());
}

}  // namespace
}  // namespace cpp_lite::wire
