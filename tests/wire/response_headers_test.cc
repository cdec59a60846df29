#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/fake_fields.h"
#include "wire/headers.h"

namespace cpp_lite::wire {
namespace {

using Lines = std::vector<std::string>;

const FakeFields& good_head() {
  static const FakeFields fields{{":status", "200"}, {"content-type", "application/grpc"}};
  return fields;
}

Code ends_with(const FakeFields& fields, bool end_stream) {
  const ResponseHead head = read_response(fields, end_stream);
  EXPECT_TRUE(head.over.has_value());
  return head.over.value_or(Status()).code();
}

TEST(WriteResponse, IsTwoFieldsInTheSimplestCase) {
  FieldWriter out;
  write_response(out, {});
  EXPECT_EQ(lines(out), (Lines{":status: 200", "content-type: application/grpc"}));
}

TEST(WriteResponse, SaysEncodingsAndMetadata) {
  FieldWriter out;
  const Metadata metadata{{"x", "1"}, {"content-type", "text/html"}};
  write_response(out, {.encoding = Encoding::gzip, .name_encodings = true, .metadata = &metadata});
  EXPECT_EQ(lines(out), (Lines{":status: 200", "content-type: application/grpc",
                               "grpc-encoding: gzip", "grpc-accept-encoding: gzip", "x: 1"}));
}

TEST(ReadResponse, GoesOnAfterGoodHeaders) {
  const ResponseHead head = read_response(good_head(), false);
  EXPECT_FALSE(head.over.has_value());
  EXPECT_FALSE(head.informational);
  EXPECT_EQ(head.http_status, 200);
  EXPECT_EQ(head.encoding, Encoding::identity);
}

TEST(ReadResponse, LearnsTheEncodings) {
  const ResponseHead head = read_response(
      good_head().plus("grpc-encoding", "gzip").plus("grpc-accept-encoding", "identity,gzip"),
      false);
  EXPECT_EQ(head.encoding, Encoding::gzip);
  EXPECT_TRUE(head.accepts_gzip);
}

TEST(ReadResponse, PassesOverInformationalBlocks) {
  for (const char* status : {"100", "103", "199"}) {
    const ResponseHead head = read_response(FakeFields{{":status", status}}, false);
    EXPECT_TRUE(head.informational);
    EXPECT_FALSE(head.over.has_value());
  }
  EXPECT_EQ(ends_with(FakeFields{{":status", "100"}}, true), Code::unknown);
}

TEST(ReadResponse, TakesAStatusOfTrailersOnly) {
  const FakeFields fields = good_head().plus("grpc-status", "5").plus("grpc-message", "no");
  const ResponseHead head = read_response(fields, true);
  EXPECT_EQ(head.over, Status(Code::not_found, "no"));
  EXPECT_EQ(head.over->origin(), Origin::peer);
}

TEST(ReadResponse, IgnoresAStatusWhenABodyOrTrailersFollow) {
  EXPECT_FALSE(read_response(good_head().plus("grpc-status", "5"), false).over.has_value());
}

TEST(ReadResponse, TrailersOnlyOutweighsHttpStatusAndContentType) {
  EXPECT_EQ(ends_with(FakeFields{{":status", "400"}, {"grpc-status", "13"}}, true), Code::internal);
  EXPECT_EQ(ends_with(FakeFields{{":status", "200"}, {"grpc-status", "7"}}, true),
            Code::permission_denied);
}

TEST(ReadResponse, TrailersOnlyWithoutStatusIsUnknown) {
  EXPECT_EQ(ends_with(good_head(), true), Code::unknown);
}

TEST(ReadResponse, TranslatesHttpStatuses) {
  const std::vector<std::pair<const char*, Code>> table = {
      {"400", Code::internal},          {"401", Code::unauthenticated},
      {"403", Code::permission_denied}, {"404", Code::unimplemented},
      {"409", Code::unknown},           {"415", Code::unknown},
      {"429", Code::unavailable},       {"431", Code::unknown},
      {"502", Code::unavailable},       {"503", Code::unavailable},
      {"504", Code::unavailable},       {"505", Code::unknown},
      {"800", Code::unknown},           {"204", Code::unknown},
  };
  for (const auto& [http, code] : table) {
    const FakeFields html{{":status", http}, {"content-type", "text/html"}};
    EXPECT_EQ(ends_with(html, false), code) << http;
    EXPECT_EQ(ends_with(html, true), code) << http;
    EXPECT_EQ(ends_with(FakeFields{{":status", http}}, true), code) << http;
    EXPECT_EQ(ends_with(good_head().with(":status", http), true), code) << http;
  }
}

TEST(ReadResponse, WaitsForTheTrailersOfAGrpcErrorResponse) {
  const ResponseHead head = read_response(good_head().with(":status", "503"), false);
  EXPECT_FALSE(head.over.has_value());
  EXPECT_EQ(read_status(FakeFields{}, head.http_status).code(), Code::unavailable);
  EXPECT_EQ(read_status(FakeFields{{"grpc-status", "9"}}, head.http_status).code(),
            Code::failed_precondition);
}

TEST(ReadResponse, RefusesAStatusThatIsNone) {
  for (const char* status : {"", "20", "2000", "abc", "099", "-20", "2 0"}) {
    EXPECT_EQ(ends_with(good_head().with(":status", status), false), Code::unknown) << status;
  }
  EXPECT_EQ(ends_with(good_head().without(":status"), false), Code::unknown);
}

TEST(ReadResponse, IsUnknownForOtherContentWithHttp200) {
  EXPECT_EQ(ends_with(good_head().with("content-type", "image/jpeg"), false), Code::unknown);
  EXPECT_EQ(ends_with(good_head().without("content-type"), false), Code::unknown);
  EXPECT_EQ(ends_with(good_head().with("content-type", "application/grpc-web"), false),
            Code::unknown);
}

TEST(ReadResponse, IsInternalForAnotherCodecOrEncoding) {
  EXPECT_EQ(ends_with(good_head().with("content-type", "application/grpc+json"), false),
            Code::internal);
  EXPECT_EQ(ends_with(good_head().plus("grpc-encoding", "foo"), false), Code::internal);
}

TEST(ReadResponse, TakesProtoAsCodec) {
  const FakeFields fields = good_head().with("content-type", "application/grpc+proto");
  EXPECT_FALSE(read_response(fields, false).over.has_value());
}

TEST(ReadResponse, UnderstandsItsOwnServer) {
  FieldWriter out;
  write_response(out, {.encoding = Encoding::gzip});
  EXPECT_EQ(read_response(out, false).encoding, Encoding::gzip);
  FieldWriter only;
  write_trailers_only(only, Status(Code::aborted, "x"));
  EXPECT_EQ(read_response(only, true).over, Status(Code::aborted, "x"));
}

}  // namespace
}  // namespace cpp_lite::wire
