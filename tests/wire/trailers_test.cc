#include "wire/trailers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/base64.h"
#include "wire/fake_fields.h"
#include "wire/percent.h"
#include "wire/rpc_status.h"

namespace cpp_lite::wire {
namespace {

std::vector<std::string> written(const Status& status) {
  FieldWriter out;
  write_trailers(out, status);
  return lines(out);
}

std::string details_of(const Status& status) {
  std::string out;
  base64_encode(encode_rpc_status(status, status.message()), out);
  return out;
}

std::string padded(std::string base64) {
  while (base64.size() % 4 != 0) base64.push_back('=');
  return base64;
}

TEST(WriteTrailers, OkIsOneField) {
  EXPECT_EQ(written(Status()), (std::vector<std::string>{"grpc-status: 0"}));
}

TEST(WriteTrailers, AnErrorHasAPercentCodedMessage) {
  EXPECT_EQ(written(Status(Code::unauthenticated, "100% \xe2\x98\xba")),
            (std::vector<std::string>{"grpc-status: 16", "grpc-message: 100%25 %E2%98%BA"}));
}

TEST(WriteTrailers, LeavesAnEmptyMessageOut) {
  EXPECT_EQ(written(Status(Code::aborted, "")), (std::vector<std::string>{"grpc-status: 10"}));
}

TEST(WriteTrailers, SendsDetailsThatAgreeWithStatusAndMessage) {
  Status status(Code::not_found, "no");
  status.add_raw_detail({"t/n", "v"});
  FieldWriter out;
  write_trailers(out, status);
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(value_of(out, "grpc-status-details-bin"), details_of(status));
}

TEST(WriteTrailers, MakesAMessageUtf8SoThatPeersCanParseTheDetails) {
  Status status(Code::internal, "a\xff");
  status.add_raw_detail({"t/n", "v"});
  FieldWriter out;
  write_trailers(out, status);
  EXPECT_EQ(value_of(out, "grpc-message"), "a%EF%BF%BD");
  std::string bytes;
  RpcStatus details;
  ASSERT_TRUE(base64_decode(*value_of(out, "grpc-status-details-bin"), bytes));
  ASSERT_TRUE(decode_rpc_status(bytes, details));
  EXPECT_EQ(details.message, "a\xef\xbf\xbd");
}

TEST(WriteTrailers, KeepsWhatChangesOutOfTheHpackTable) {
  FieldWriter out;
  write_trailers(out, Status(Code::internal, "request 4711 failed"));
  EXPECT_FALSE(out.never_index(0));
  EXPECT_TRUE(out.never_index(1));
}

TEST(WriteTrailers, MetadataComesBehindTheStatus) {
  FieldWriter out;
  const Metadata metadata{{"a", "1"}, {"grpc-status", "0"}};
  write_trailers(out, Status(Code::aborted, "x"), &metadata);
  EXPECT_EQ(lines(out), (std::vector<std::string>{"grpc-status: 10", "grpc-message: x", "a: 1"}));
}

TEST(WriteTrailers, CutsAMessageThatNoPeerWouldTake) {
  FieldWriter out;
  write_trailers(out, Status(Code::internal, std::string(100'000, 'x')));
  EXPECT_LE(out.list_size(), kStatusRoom + 200);
  const std::string message = read_status(out).message();
  EXPECT_GT(message.size(), kStatusRoom - 100);
  EXPECT_TRUE(message.ends_with("x ... (cut)"));
}

TEST(WriteTrailers, CutsBetweenCharacters) {
  for (const std::string_view pad : {"", "a", "ab", "abc", " "}) {
    std::string text(pad);
    while (text.size() < 20'000) text.append("\xf0\x9f\x98\x88");
    FieldWriter out;
    write_trailers(out, Status(Code::internal, text));
    EXPECT_LE(value_of(out, "grpc-message")->size(), kStatusRoom);
    const std::string message = read_status(out).message();
    EXPECT_EQ(to_utf8(message), message);
    EXPECT_TRUE(text.starts_with(message.substr(0, message.find(" ..."))));
  }
}

TEST(WriteTrailers, LeavesDetailsOutThatNoPeerWouldTake) {
  Status status(Code::aborted, "why");
  status.add_raw_detail({"t/n", std::string(20'000, 'x')});
  FieldWriter out;
  write_trailers(out, status);
  EXPECT_EQ(read_status(out), Status(Code::aborted, "why (details left out: too large)"));
  EXPECT_TRUE(read_status(out).raw_details().empty());
}

TEST(WriteTrailers, SendsWhatJustFits) {
  FieldWriter out;
  const std::string text(kStatusRoom, 'x');
  write_trailers(out, Status(Code::internal, text));
  EXPECT_EQ(read_status(out).message(), text);
}

TEST(WriteTrailersOnly, IsAWholeResponse) {
  FieldWriter out;
  write_trailers_only(out, Status(Code::unimplemented, "x"));
  EXPECT_EQ(lines(out), (std::vector<std::string>{":status: 200", "content-type: application/grpc",
                                                  "grpc-status: 12", "grpc-message: x"}));
}

TEST(ReadStatus, KnowsEveryCode) {
  for (int code = 0; code <= 16; ++code) {
    const Status status = read_status(FakeFields{{"grpc-status", std::to_string(code)}});
    EXPECT_EQ(static_cast<int>(status.code()), code);
  }
}

TEST(ReadStatus, SaysThatThePeerSaidIt) {
  const Status status = read_status(FakeFields{{"grpc-status", "5"}, {"grpc-message", "a%20b"}});
  EXPECT_EQ(status, Status(Code::not_found, "a b"));
  EXPECT_EQ(status.origin(), Origin::peer);
}

TEST(ReadStatus, MakesUnknownOfCodesThatGrpcDoesNotDefine) {
  for (const char* code : {"17", "99", "255", "256", "4294967296", "99999999999999999999"}) {
    const Status status = read_status(FakeFields{{"grpc-status", code}, {"grpc-message", "m"}});
    EXPECT_EQ(status, Status(Code::unknown, "m")) << code;
  }
}

TEST(ReadStatus, MakesUnknownOfWhatIsNoNumber) {
  for (const char* code : {"", "OK", "-1", "+1", "1 ", " 1", "0x1", "1.0"}) {
    const Status status = read_status(FakeFields{{"grpc-status", code}});
    EXPECT_EQ(status.code(), Code::unknown) << code;
    EXPECT_EQ(status.origin(), Origin::local);
  }
}

TEST(ReadStatus, IsNeverOkWithoutGrpcStatus) {
  EXPECT_EQ(read_status(FakeFields{}).code(), Code::unknown);
  EXPECT_EQ(read_status(FakeFields{{"grpc-message", "fine"}}).code(), Code::unknown);
  EXPECT_EQ(read_status(FakeFields{}, 503).code(), Code::unavailable);
}

TEST(ReadStatus, TakesSeveralStatusesOnlyWhenTheyAgree) {
  EXPECT_TRUE(read_status(FakeFields{{"grpc-status", "0"}, {"grpc-status", "0"}}).ok());
  const Status status = read_status(FakeFields{{"grpc-status", "0"}, {"grpc-status", "5"}});
  EXPECT_EQ(status.code(), Code::unknown);
  EXPECT_EQ(read_status(FakeFields{{"grpc-status", "5"}, {"grpc-status", "0"}}).code(),
            Code::unknown);
}

TEST(ReadStatus, DropsAMessageOfOk) {
  EXPECT_EQ(read_status(FakeFields{{"grpc-status", "0"}, {"grpc-message", "x"}}), Status());
}

TEST(ReadStatus, GivesTheDetails) {
  Status sent(Code::not_found, "no");
  sent.add_raw_detail({"t/n", "v"});
  const Status status =
      read_status(FakeFields{{"grpc-status", "5"},
                             {"grpc-message", "no"},
                             {"grpc-status-details-bin", padded(details_of(sent))}});
  ASSERT_EQ(status.raw_details().size(), 1u);
  EXPECT_EQ(status.raw_details()[0].type_url, "t/n");
  EXPECT_EQ(status.raw_details()[0].value, "v");
  EXPECT_EQ(status.origin(), Origin::peer);
}

TEST(ReadStatus, TakesTheMessageOfTheDetailsWhereThereIsNoOther) {
  const FakeFields fields{
      {"grpc-status", "5"},
      {"grpc-status-details-bin", details_of(Status(Code::not_found, "from details"))}};
  EXPECT_EQ(read_status(fields), Status(Code::not_found, "from details"));
  EXPECT_EQ(read_status(fields).origin(), Origin::peer);
  EXPECT_EQ(read_status(fields.plus("grpc-message", "own")), Status(Code::not_found, "own"));
}

TEST(ReadStatus, KeepsTheStatusWhenTheDetailsContradictItOrAreBroken) {
  Status other(Code::aborted, "other");
  other.add_raw_detail({"t/n", "v"});
  for (const std::string& details : {details_of(other), std::string("!!"), std::string("/////w")}) {
    const Status status = read_status(FakeFields{
        {"grpc-status", "5"}, {"grpc-message", "no"}, {"grpc-status-details-bin", details}});
    EXPECT_EQ(status, Status(Code::not_found, "no"));
    EXPECT_TRUE(status.raw_details().empty());
  }
}

TEST(ReadStatus, BringsBackWhatWasWritten) {
  Status sent(Code::failed_precondition, " \t100% \xf0\x9f\x98\x88\r\n ");
  sent.add_raw_detail({"type.googleapis.com/x.Y", std::string("\0\1\2", 3)});
  FieldWriter out;
  write_trailers(out, sent);
  const Status back = read_status(out);
  EXPECT_EQ(back, sent);
  ASSERT_EQ(back.raw_details().size(), 1u);
  EXPECT_EQ(back.raw_details()[0].value, std::string("\0\1\2", 3));
}

TEST(CodeOfHttp, IsTheSpecificationsTable) {
  const std::vector<std::pair<int, Code>> table = {
      {400, Code::internal},      {401, Code::unauthenticated}, {403, Code::permission_denied},
      {404, Code::unimplemented}, {429, Code::unavailable},     {502, Code::unavailable},
      {503, Code::unavailable},   {504, Code::unavailable},
  };
  for (const auto& [http, code] : table) EXPECT_EQ(code_of_http(http), code) << http;
  for (const int http : {100, 200, 204, 302, 409, 412, 413, 415, 418, 431, 500, 505, 800, 999}) {
    EXPECT_EQ(code_of_http(http), Code::unknown) << http;
  }
}

TEST(StatusOfHttp, NamesTheStatusAndIsNeverOk) {
  EXPECT_EQ(status_of_http(404),
            Status(Code::unimplemented, "HTTP status 404 without grpc-status"));
  EXPECT_EQ(status_of_http(200).code(), Code::unknown);
  EXPECT_EQ(status_of_http(404).origin(), Origin::local);
}

TEST(CodeOfReset, IsTheSpecificationsTable) {
  const std::vector<Code> table = {
      Code::internal,            // NO_ERROR
      Code::internal,            // PROTOCOL_ERROR
      Code::internal,            // INTERNAL_ERROR
      Code::internal,            // FLOW_CONTROL_ERROR
      Code::internal,            // SETTINGS_TIMEOUT
      Code::internal,            // STREAM_CLOSED
      Code::internal,            // FRAME_SIZE_ERROR
      Code::unavailable,         // REFUSED_STREAM
      Code::cancelled,           // CANCEL
      Code::internal,            // COMPRESSION_ERROR
      Code::internal,            // CONNECT_ERROR
      Code::resource_exhausted,  // ENHANCE_YOUR_CALM
      Code::permission_denied,   // INADEQUATE_SECURITY
      Code::internal,            // HTTP_1_1_REQUIRED
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(code_of_reset(static_cast<std::uint32_t>(i)), table[i]) << i;
  }
  EXPECT_EQ(code_of_reset(14), Code::unknown);
  EXPECT_EQ(code_of_reset(0xffffffff), Code::unknown);
}

TEST(StatusOfReset, NamesTheError) {
  EXPECT_EQ(status_of_reset(8), Status(Code::cancelled, "the peer reset the stream: CANCEL (8)"));
  EXPECT_EQ(status_of_reset(99).message(), "the peer reset the stream: unknown error (99)");
}

}  // namespace
}  // namespace cpp_lite::wire
