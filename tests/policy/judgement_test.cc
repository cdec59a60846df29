#include "policy/judgement.h"

#include <gtest/gtest.h>

#include "policy/error_info.h"

namespace cpp_lite::policy {
namespace {

RawReply reply_of(Code code) { return RawReply{Status(code, "")}; }

// docs/rules.md, "Trouble", code by code.
TEST(Judgement, TellsTroubleFromAnswers) {
  for (int number = 0; number <= 16; ++number) {
    const auto code = static_cast<Code>(number);
    Judgement expected = Judgement::ignored;
    if (code == Code::ok) expected = Judgement::success;
    for (const Code trouble : {Code::unavailable, Code::deadline_exceeded, Code::resource_exhausted,
                               Code::internal, Code::unknown}) {
      if (code == trouble) expected = Judgement::failure;
    }
    EXPECT_EQ(judge(reply_of(code)), expected) << to_string(code);
  }
}

TEST(Judgement, CountsADeadlineOfEitherSide) {
  RawReply reply = reply_of(Code::deadline_exceeded);
  EXPECT_EQ(judge(reply), Judgement::failure);
  reply.status.set_origin(Origin::peer);
  EXPECT_EQ(judge(reply), Judgement::failure);
}

TEST(Judgement, IgnoresWhatAServerSaysOfAKey) {
  for (const auto* reason : {"IDEMPOTENCY_IN_PROGRESS", "IDEMPOTENCY_OUTCOME_UNKNOWN",
                             "IDEMPOTENCY_STORE_UNAVAILABLE"}) {
    RawReply reply = reply_of(Code::unavailable);
    reply.status.add_raw_detail({"type.googleapis.com/google.rpc.RetryInfo", ""});
    reply.status.add_raw_detail(error_info(reason));
    EXPECT_EQ(judge(reply), Judgement::ignored) << reason;
  }
  RawReply reply = reply_of(Code::unavailable);
  reply.status.add_raw_detail(error_info("QUOTA"));
  EXPECT_EQ(judge(reply), Judgement::failure);
}

TEST(Judgement, IgnoresReplays) {
  RawReply reply = reply_of(Code::unavailable);
  reply.trailers.add("idempotent-replayed", "true");
  EXPECT_EQ(judge(reply), Judgement::ignored);
  RawReply good;
  good.headers.add("idempotent-replayed", "true");
  EXPECT_EQ(judge(good), Judgement::ignored);
}

TEST(Judgement, IgnoresWhatAPolicyOfThisSideRefused) {
  for (const auto reason : {kCircuitOpen, kBulkheadFull, kThrottled}) {
    EXPECT_EQ(judge(RawReply{refusal(reason, "full", "here")}), Judgement::ignored);
  }
}

TEST(Refusal, SaysWhatAProgramCanRead) {
  const Status status = refusal(kCircuitOpen, "the circuit is open", "circuit breaker");
  EXPECT_EQ(status.to_string(), "UNAVAILABLE: the circuit is open (local, circuit breaker)");
  EXPECT_TRUE(status.is_not_executed());
  ASSERT_EQ(status.raw_details().size(), 1U);
  EXPECT_EQ(status.raw_details()[0].type_url, "type.googleapis.com/google.rpc.ErrorInfo");
  EXPECT_EQ(status.raw_details()[0].value,
            "\x0a\x0c"
            "CIRCUIT_OPEN"
            "\x12\x08"
            "cpp-lite");
}

TEST(ErrorReason, ReadsWhatOthersWrite) {
  const std::string type = "example.com/google.rpc.ErrorInfo";
  // Domain first; a metadata entry (field 3) between; the last reason counts.
  const std::string value = std::string("\x12\x01x\x1a\x02zz\x0a\x01") + "A" +
                            "\x0a\x02"
                            "BC";
  EXPECT_EQ(error_reason({type, value}), "BC");
  const std::string long_one(300, 'R');
  EXPECT_EQ(error_reason({type, "\x0a\xac\x02" + long_one}), long_one);
}

TEST(ErrorReason, IsEmptyForAnythingElse) {
  const std::string type = "type.googleapis.com/google.rpc.ErrorInfo";
  EXPECT_EQ(error_reason({"type.googleapis.com/google.rpc.BadRequest",
                          "\x0a\x01"
                          "A"}),
            "");
  EXPECT_EQ(error_reason({type, ""}), "");
  EXPECT_EQ(error_reason({type,
                          "\x0a\x05"
                          "A"}),
            "");  // cut short
  EXPECT_EQ(error_reason({type, "\x0a"}), "");
  EXPECT_EQ(error_reason({type,
                          "\x08\x01\x0a\x01"
                          "A"}),
            "");                                                 // another wire type
  EXPECT_EQ(error_reason({type, std::string(12, '\xff')}), "");  // no end of a varint
}

}  // namespace
}  // namespace cpp_lite::policy
