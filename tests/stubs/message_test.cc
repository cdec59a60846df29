#include <cpp_lite/channel.h>
#include <cpp_lite/message.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "texts.h"

namespace cpp_lite {
namespace {

using NeedsFields = google::protobuf::UninterpretedOption::NamePart;  // proto2, required fields

std::span<const std::uint8_t> payload(const Bytes& bytes) {
  return std::span(bytes).subspan(kMessagePrefix);
}

TEST(Serialize, LeavesRoomForThePrefixInFront) {
  const auto bytes = detail::serialize(text("abc"));
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, (Bytes{0, 0, 0, 0, 0, 0x0a, 3, 'a', 'b', 'c'}));
}

TEST(Serialize, MakesNothingButThePrefixOfAnEmptyMessage) {
  EXPECT_EQ(detail::serialize(StringValue()), Bytes(kMessagePrefix));
}

TEST(Serialize, RefusesAMessageWithoutItsRequiredFields) {
  EXPECT_EQ(detail::serialize(NeedsFields()), std::nullopt);
}

TEST(Parse, ReadsWhatSerializeWrote) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 70'000U}) {
    const auto bytes = detail::serialize(text(std::string(size, 'x')));
    StringValue back = text("old");
    ASSERT_TRUE(detail::parse(payload(*bytes), back));
    EXPECT_EQ(back.value(), std::string(size, 'x'));
  }
}

TEST(Parse, TakesNoBytesForAnEmptyMessage) {
  StringValue message = text("old");
  EXPECT_TRUE(detail::parse({}, message));
  EXPECT_EQ(message.value(), "");
}

TEST(Parse, RefusesWhatIsNoMessage) {
  StringValue message;
  EXPECT_FALSE(detail::parse(Bytes{0xff, 0xff}, message));
  EXPECT_FALSE(detail::parse(Bytes{0x0a, 3, 'a'}, message));
}

TEST(Parse, RefusesAMessageWithoutItsRequiredFieldsAndPrintsNothing) {
  NeedsFields message;
  testing::internal::CaptureStderr();
  EXPECT_FALSE(detail::parse({}, message));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace cpp_lite
