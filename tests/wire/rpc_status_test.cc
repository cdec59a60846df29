#include "wire/rpc_status.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace cpp_lite::wire {
namespace {

bool decodes(std::string_view bytes) {
  RpcStatus status;
  return decode_rpc_status(bytes, status);
}

TEST(RpcStatus, HasTheBytesOfProtobuf) {
  Status status(Code::not_found, "no");
  status.add_raw_detail({"t/n", "v"});
  EXPECT_EQ(encode_rpc_status(status, "no"),
            std::string("\x08\x05\x12\x02no\x1a\x08\x0a\x03t/n\x12\x01v"));
}

TEST(RpcStatus, BringsAllFieldsBack) {
  Status status(Code::aborted, "m");
  const std::string large(1000, '\xff');
  status.add_raw_detail({"type.googleapis.com/a.B", large}).add_raw_detail({"x/y", ""});
  RpcStatus back;
  ASSERT_TRUE(decode_rpc_status(encode_rpc_status(status, "m"), back));
  EXPECT_EQ(back.code, 10);
  EXPECT_EQ(back.message, "m");
  ASSERT_EQ(back.details.size(), 2u);
  EXPECT_EQ(back.details[0].type_url, "type.googleapis.com/a.B");
  EXPECT_EQ(back.details[0].value, large);
  EXPECT_EQ(back.details[1].type_url, "x/y");
}

TEST(RpcStatus, MayBeEmpty) {
  RpcStatus back;
  ASSERT_TRUE(decode_rpc_status("", back));
  EXPECT_EQ(back.code, 0);
}

TEST(RpcStatus, SkipsUnknownFieldsOfEveryKind) {
  RpcStatus back;
  const std::string_view unknown(
      "\x20\x96\x01\x2a\x02zz\x35"
      "abcd"
      "\x39"
      "abcdefgh",
      21);
  ASSERT_TRUE(decode_rpc_status(std::string(unknown) + "\x08\x05", back));
  EXPECT_EQ(back.code, 5);
}

TEST(RpcStatus, RefusesEveryTruncation) {
  Status status(Code::not_found, "no such");
  status.add_raw_detail({"type/name", "value"});
  const std::string whole = encode_rpc_status(status, "no such");
  int good = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) good += decodes(whole.substr(0, size));
  EXPECT_EQ(good, 3);  // at the ends of fields: nothing, the code, the message
}

TEST(RpcStatus, RefusesWhatIsNoMessage) {
  EXPECT_FALSE(decodes(std::string_view("\x00\x01", 2)));                     // field 0
  EXPECT_FALSE(decodes("\x0b"));                                              // a group
  EXPECT_FALSE(decodes("\x0f"));                                              // type 7
  EXPECT_FALSE(decodes("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));  // long varint
  EXPECT_FALSE(
      decodes("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
              "x"));                          // length
  EXPECT_FALSE(decodes("\x1a\x02\x0a\x05"));  // bad Any
}

TEST(RpcStatus, IgnoresFieldsOfTheWrongType) {
  RpcStatus back;
  ASSERT_TRUE(decode_rpc_status("\x0a\x01x\x10\x05", back));
  EXPECT_EQ(back.code, 0);
  EXPECT_EQ(back.message, "");
}

}  // namespace
}  // namespace cpp_lite::wire
