#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/fake_fields.h"
#include "wire/headers.h"

namespace cpp_lite::wire {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

const FakeFields& good() {
  static const FakeFields fields{
      {":method", "POST"},      {":scheme", "http"}, {":path", "/pkg.Service/Do"},
      {":authority", "host:1"}, {"te", "trailers"},  {"content-type", "application/grpc"},
  };
  return fields;
}

RequestHead accepted(const FakeFields& fields) {
  RequestHead head;
  const auto refusal = read_request(fields, head);
  EXPECT_FALSE(refusal.has_value()) << refusal->status.to_string();
  // Views into the caller's fields; only short-lived ones would dangle.
  head.path = head.authority = {};
  return head;
}

Refusal refused(const FakeFields& fields) {
  RequestHead head;
  const auto refusal = read_request(fields, head);
  EXPECT_TRUE(refusal.has_value());
  return refusal.value_or(Refusal{});
}

TEST(WriteRequest, WritesTheFieldsInTheSpecificationsOrder) {
  FieldWriter out;
  const Metadata metadata{{"x", "1"}, {"y-bin", "f"}};
  write_request(out,
                {.path = "/a.B/C", .authority = "host:1", .timeout = 3s, .metadata = &metadata});
  EXPECT_EQ(lines(out), (Lines{":method: POST", ":scheme: http", ":path: /a.B/C",
                               ":authority: host:1", "grpc-timeout: 3000000u", "te: trailers",
                               "content-type: application/grpc", "user-agent: cpp-lite/0.1.0",
                               "grpc-accept-encoding: gzip", "x: 1", "y-bin: Zg"}));
}

TEST(WriteRequest, SaysHowMessagesAreCompressedAndWhichAttemptThisIs) {
  FieldWriter out;
  write_request(out, {.path = "/a.B/C",
                      .authority = "h",
                      .scheme = "https",
                      .encoding = Encoding::gzip,
                      .previous_attempts = 2});
  EXPECT_EQ(value_of(out, ":scheme"), "https");
  EXPECT_EQ(value_of(out, "grpc-encoding"), "gzip");
  EXPECT_EQ(value_of(out, "grpc-previous-rpc-attempts"), "2");
  EXPECT_EQ(value_of(out, "grpc-timeout"), std::nullopt);
}

TEST(WriteRequest, KeepsTheTimeoutOutOfTheHpackTable) {
  FieldWriter out;
  write_request(out, {.path = "/a.B/C", .authority = "h", .timeout = 1s});
  EXPECT_EQ(out.name(4), "grpc-timeout");
  EXPECT_TRUE(out.never_index(4));
}

TEST(WriteRequest, IsUnderstoodByTheServer) {
  FieldWriter out;
  const Metadata metadata{{"k", "v"}, {"b-bin", std::string("\0", 1)}};
  write_request(out, {.path = "/a.B/C",
                      .authority = "h",
                      .timeout = 5ms,
                      .encoding = Encoding::gzip,
                      .previous_attempts = 3,
                      .metadata = &metadata});
  RequestHead head;
  ASSERT_FALSE(read_request(out, head).has_value());
  EXPECT_EQ(head.path, "/a.B/C");
  EXPECT_EQ(head.authority, "h");
  EXPECT_EQ(head.timeout, 5ms);
  EXPECT_EQ(head.encoding, Encoding::gzip);
  EXPECT_TRUE(head.accepts_gzip);
  EXPECT_EQ(head.previous_attempts, 3u);
}

TEST(ReadRequest, TakesTheLeastThatGrpcAsksFor) {
  RequestHead head;
  ASSERT_FALSE(read_request(good(), head).has_value());
  EXPECT_EQ(head.path, "/pkg.Service/Do");
  EXPECT_EQ(head.authority, "host:1");
  EXPECT_EQ(head.timeout, std::nullopt);
  EXPECT_EQ(head.encoding, Encoding::identity);
  EXPECT_FALSE(head.accepts_gzip);
}

TEST(ReadRequest, ForgetsTheHeadOfTheRequestBefore) {
  RequestHead head;
  head.timeout = 1s;
  head.encoding = Encoding::gzip;
  ASSERT_FALSE(read_request(good(), head).has_value());
  EXPECT_EQ(head.timeout, std::nullopt);
  EXPECT_EQ(head.encoding, Encoding::identity);
}

TEST(ChangeHead, KnowsWhatAnotherTimeoutMeansAndThatMetadataMeansNothing) {
  const FakeFields fields = good().plus("grpc-timeout", "1S").plus("key", "a");
  RequestHead head;
  ASSERT_FALSE(read_request(fields, head).has_value());
  EXPECT_TRUE(change_head(head, "key", "b"));
  EXPECT_EQ(head.timeout, 1s);
  EXPECT_TRUE(change_head(head, "grpc-timeout", "250m"));
  EXPECT_EQ(head.timeout, 250ms);
  EXPECT_FALSE(change_head(head, "grpc-timeout", "soon"));
}

// Each field that the reader looks at.
TEST(ChangeHead, LeavesAllElseToTheReader) {
  RequestHead head;
  for (const char* name :
       {":path", ":method", ":authority", "grpc-encoding", "grpc-accept-encoding",
        "grpc-previous-rpc-attempts", "te", "content-type", "host", "x-envoy-attempt-count",
        "cpp-lite-store", "trace-bin"}) {
    EXPECT_FALSE(change_head(head, name, "1")) << name;
  }
}

TEST(ReadRequest, TakesHostWhereThereIsNoAuthority) {
  const FakeFields fields = good().without(":authority").plus("host", "other:2");
  RequestHead head;
  ASSERT_FALSE(read_request(fields, head).has_value());
  EXPECT_EQ(head.authority, "other:2");
}

TEST(ReadRequest, PrefersAuthorityToHost) {
  const FakeFields fields = good().plus("host", "other:2");
  RequestHead head;
  ASSERT_FALSE(read_request(fields, head).has_value());
  EXPECT_EQ(head.authority, "host:1");
}

TEST(ReadRequest, ToleratesAMissingTe) { accepted(good().without("te")); }

TEST(ReadRequest, RefusesAnotherTe) {
  EXPECT_EQ(refused(good().with("te", "frobnicate")).status.code(), Code::internal);
}

TEST(ReadRequest, TakesProtoInAllItsSpellings) {
  for (const char* type : {"application/grpc+proto", "application/grpc;x", "Application/grpc"}) {
    accepted(good().with("content-type", type));
  }
}

TEST(ReadRequest, AnswersOtherCodecsWithUnimplemented) {
  const Refusal refusal = refused(good().with("content-type", "application/grpc+foo"));
  EXPECT_EQ(refusal.status.code(), Code::unimplemented);
  EXPECT_TRUE(refusal.grpc);
  EXPECT_EQ(refusal.http_status, 200);
}

TEST(ReadRequest, AnswersWhatIsNotGrpcWith415) {
  for (const FakeFields& fields :
       {good().with("content-type", "image/jpeg"), good().without("content-type"),
        good().with("content-type", "application/grpc-web"),
        good().with(":method", "GET").without("content-type")}) {
    const Refusal refusal = refused(fields);
    EXPECT_FALSE(refusal.grpc);
    EXPECT_EQ(refusal.http_status, 415);
  }
}

TEST(ReadRequest, AnswersOtherVerbsWith405AndInternal) {
  for (const char* verb : {"GET", "DELETE", "PUT", "post", ""}) {
    const Refusal refusal = refused(good().with(":method", verb));
    EXPECT_EQ(refusal.http_status, 405);
    EXPECT_TRUE(refusal.grpc);
    EXPECT_EQ(refusal.status.code(), Code::internal) << verb;
  }
  EXPECT_EQ(refused(good().without(":method")).http_status, 405);
}

TEST(ReadRequest, AnswersMalformedPathsWithUnimplemented) {
  for (const char* path :
       {"", "/", "//", "*", "Service/Method", "/Service", "/Service/", "//Method"}) {
    const Refusal refusal = refused(good().with(":path", path));
    EXPECT_EQ(refusal.status.code(), Code::unimplemented) << path;
    EXPECT_NE(refusal.status.message().find("malformed method name"), std::string::npos);
  }
  EXPECT_EQ(refused(good().without(":path")).status.code(), Code::unimplemented);
}

TEST(ReadRequest, AnswersAMalformedTimeoutWithInternal) {
  for (const char* timeout : {"", "1", "1x", "-1S", "15 seconds", "000000000S"}) {
    EXPECT_EQ(refused(good().plus("grpc-timeout", timeout)).status,
              Status(Code::internal, "malformed grpc-timeout"));
  }
}

TEST(ReadRequest, AnswersTwoTimeoutsWithInternalEvenWhenTheyAgree) {
  const FakeFields fields = good().plus("grpc-timeout", "1S").plus("grpc-timeout", "1S");
  EXPECT_EQ(refused(fields).status, Status(Code::internal, "malformed grpc-timeout"));
  EXPECT_EQ(refused(fields.plus("grpc-timeout", "1S")).status.code(), Code::internal);
}

TEST(ReadRequest, PassesAZeroTimeoutOn) {
  EXPECT_EQ(accepted(good().plus("grpc-timeout", "0n")).timeout, 0ns);
}

TEST(ReadRequest, RefusesDuplicatedHeaders) {
  for (const char* name :
       {"content-type", "te", ":path", ":method", ":authority", "grpc-encoding"}) {
    const FakeFields once = good().without(name);
    const std::string value = name == std::string(":method")        ? "POST"
                              : name == std::string("content-type") ? "application/grpc"
                                                                    : "trailers";
    const Refusal refusal = refused(once.plus(name, value).plus(name, value));
    EXPECT_EQ(refusal.status, Status(Code::internal, std::string("duplicated header: ") + name));
  }
}

TEST(ReadRequest, AnswersAnUnknownEncodingWithUnimplementedAndTheKnownOnes) {
  const Refusal refusal = refused(good().plus("grpc-encoding", "foo"));
  EXPECT_EQ(refusal.status.code(), Code::unimplemented);
  EXPECT_TRUE(refusal.name_encodings);
}

TEST(ReadRequest, JoinsSeveralAcceptEncodings) {
  const FakeFields fields =
      good().plus("grpc-accept-encoding", "identity").plus("grpc-accept-encoding", "zstd,gzip");
  EXPECT_TRUE(accepted(fields).accepts_gzip);
}

TEST(ReadRequest, RefusesBadBase64BeforeAnyoneReadsIt) {
  const Refusal refusal = refused(good().plus("good-bin", "Zg").plus("bad-bin", "?"));
  EXPECT_EQ(refusal.status.code(), Code::internal);
  EXPECT_NE(refusal.status.message().find("bad-bin"), std::string::npos);
  EXPECT_EQ(refused(good().plus("grpc-trace-bin", "?")).status.code(), Code::internal);
}

TEST(ReadRequest, IgnoresAnAttemptNumberThatIsNone) {
  for (const char* value : {"x", "", "-1", "+1", "2x", " 2", "0x2", "1,2"}) {
    EXPECT_EQ(accepted(good().plus("grpc-previous-rpc-attempts", value)).previous_attempts, 0u)
        << value;
  }
}

TEST(ReadRequest, CutsAnAttemptNumberThatNoIntCanHold) {
  for (const char* value : {"2147483647", "4294967295", "99999999999999999999"}) {
    EXPECT_EQ(accepted(good().plus("grpc-previous-rpc-attempts", value)).previous_attempts,
              1'000'000'000u)
        << value;
  }
}

TEST(ReadRequest, KnowsThatAMeshSendsItAgain) {
  EXPECT_FALSE(accepted(good()).mesh_repeats);
  EXPECT_FALSE(accepted(good().plus("x-envoy-attempt-count", "1")).mesh_repeats);
  for (const char* value : {"2", "10", "", "x", "1,2"}) {
    EXPECT_TRUE(accepted(good().plus("x-envoy-attempt-count", value)).mesh_repeats) << value;
  }
  EXPECT_TRUE(accepted(good().plus("x-envoy-attempt-count", "2").plus("x-envoy-attempt-count", "1"))
                  .mesh_repeats);
}

TEST(WriteRefusal, AnswersGrpcInOneBlock) {
  FieldWriter out;
  write_refusal(out, refused(good().plus("grpc-encoding", "foo")));
  EXPECT_EQ(lines(out),
            (Lines{":status: 200", "content-type: application/grpc", "grpc-accept-encoding: gzip",
                   "grpc-status: 12", "grpc-message: unknown grpc-encoding: foo"}));
}

TEST(WriteRefusal, SaysWhichVerbIsAllowed) {
  FieldWriter out;
  write_refusal(out, refused(good().with(":method", "GET")));
  EXPECT_EQ(value_of(out, ":status"), "405");
  EXPECT_EQ(value_of(out, "allow"), "POST");
  EXPECT_EQ(value_of(out, "grpc-status"), "13");
}

TEST(WriteRefusal, AnswersAnythingElseInPlainText) {
  FieldWriter out;
  write_refusal(out, refused(good().with("content-type", "text/html")));
  EXPECT_EQ(lines(out), (Lines{":status: 415", "content-type: text/plain; charset=utf-8",
                               "content-length: " + std::to_string(kNotGrpcBody.size())}));
  EXPECT_TRUE(kNotGrpcBody.ends_with('\n'));
  EXPECT_EQ(kNotGrpcBody.find('\n'), kNotGrpcBody.size() - 1);
}

}  // namespace
}  // namespace cpp_lite::wire
