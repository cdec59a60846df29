#include "wire/metadata_fields.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/fake_fields.h"

namespace cpp_lite::wire {
namespace {

std::vector<std::string> written(const Metadata& metadata) {
  FieldWriter out;
  write_metadata(out, metadata);
  return lines(out);
}

Metadata read(const FakeFields& fields) {
  Metadata metadata;
  EXPECT_TRUE(read_metadata(fields, metadata).ok());
  return metadata;
}

TEST(WriteMetadata, KeepsOrderAndDuplicates) {
  EXPECT_EQ(written({{"b", "1"}, {"a", "2"}, {"b", "3"}}),
            (std::vector<std::string>{"b: 1", "a: 2", "b: 3"}));
}

TEST(WriteMetadata, EncodesBinaryValues) {
  EXPECT_EQ(written({{"x-bin", std::string("\0\xff", 2)}, {"y-bin", ""}}),
            (std::vector<std::string>{"x-bin: AP8", "y-bin: "}));
}

TEST(WriteMetadata, NeverSendsReservedNames) {
  Metadata metadata;
  for (const char* name :
       {"grpc-status", "grpc-timeout", "grpc-anything", "grpc-x-bin", "te", "content-type",
        "user-agent", "host", "connection", "keep-alive", "proxy-connection", "transfer-encoding",
        "upgrade", "content-length", ":path", ":status"}) {
    metadata.add(name, "x");
  }
  metadata.add("authorization", "Bearer t");
  EXPECT_EQ(written(metadata), (std::vector<std::string>{"authorization: Bearer t"}));
}

TEST(WriteMetadata, StripsOuterSpace) {
  EXPECT_EQ(written({{"a", "  b c "}, {"d", "   "}}), (std::vector<std::string>{"a: b c", "d: "}));
}

TEST(ReadMetadata, ShowsTheUsersFieldsAndHidesTheProtocols) {
  const Metadata metadata = read({{":path", "/a/B"},
                                  {"content-type", "application/grpc"},
                                  {"te", "trailers"},
                                  {"grpc-timeout", "1S"},
                                  {"grpc-encoding", "gzip"},
                                  {"grpc-accept-encoding", "gzip"},
                                  {"grpc-status", "0"},
                                  {"grpc-message", "x"},
                                  {"grpc-status-details-bin", "not base64!"},
                                  {"x", "1"},
                                  {"user-agent", "grpc-go/1.83.0"},
                                  {"grpc-previous-rpc-attempts", "2"}});
  EXPECT_EQ(metadata, (Metadata{{"x", "1"},
                                {"user-agent", "grpc-go/1.83.0"},
                                {"grpc-previous-rpc-attempts", "2"}}));
}

TEST(ReadMetadata, DecodesBinaryValuesPaddedOrNot) {
  EXPECT_EQ(read({{"a-bin", "AP8"}, {"b-bin", "AP8="}, {"c-bin", ""}}),
            (Metadata{{"a-bin", std::string("\0\xff", 2)},
                      {"b-bin", std::string("\0\xff", 2)},
                      {"c-bin", ""}}));
}

TEST(ReadMetadata, SplitsJoinedBinaryValuesButNotText) {
  EXPECT_EQ(read({{"a-bin", "Zg==,Zm8, Zm9v"}, {"b", "1,2"}}),
            (Metadata{{"a-bin", "f"}, {"a-bin", "fo"}, {"a-bin", "foo"}, {"b", "1,2"}}));
}

TEST(ReadMetadata, EndsWithInternalForBadBase64) {
  Metadata metadata;
  const Status status =
      read_metadata(FakeFields{{"a", "1"}, {"b-bin", "Zg==,?"}, {"c", "2"}}, metadata);
  EXPECT_EQ(status.code(), Code::internal);
  EXPECT_NE(status.message().find("b-bin"), std::string::npos);
}

TEST(ReadMetadata, BringsBackWhatWasWritten) {
  const Metadata metadata{{"a", "1"}, {"b-bin", std::string("\0,\xff=", 4)}, {"a", "2"}, {"e", ""}};
  FieldWriter out;
  write_metadata(out, metadata);
  Metadata back;
  ASSERT_TRUE(read_metadata(out, back).ok());
  EXPECT_EQ(back, metadata);
}

TEST(IsBinaryValue, IsOneOrMoreBase64Values) {
  for (const char* value : {"", "Zg", "Zg==", "Zg,Zg", "Zg==, Zm8=", ","}) {
    EXPECT_TRUE(is_binary_value(value)) << value;
  }
  for (const char* value : {"A", "Zg,A", "?", "Zg;Zg"})
    EXPECT_FALSE(is_binary_value(value)) << value;
}

}  // namespace
}  // namespace cpp_lite::wire
