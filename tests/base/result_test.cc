#include <cpp_lite/result.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace cpp_lite {
namespace {

TEST(Result, HoldsAValue) {
  Result<std::string> result = "text";
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result);
  EXPECT_TRUE(result.status().ok());
  EXPECT_EQ(*result, "text");
  EXPECT_EQ(result->size(), 4U);
}

TEST(Result, HoldsWhyThereIsNone) {
  const Result<std::string> result = Status(Code::not_found, "no such card");
  EXPECT_FALSE(result);
  EXPECT_EQ(result.status().code(), Code::not_found);
}

TEST(Result, HandsOverAMoveOnlyValue) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> value = *std::move(result);
  EXPECT_EQ(*value, 3);
}

TEST(Result, OfAnOkStatusIsAnError) {
  const Result<int> result = Status();
  EXPECT_FALSE(result);
  EXPECT_EQ(result.status().code(), Code::internal);
}

TEST(ResultDeathTest, StopsTheProgramWithTheStatusWhenAMissingValueIsRead) {
  Result<std::string> result = Status(Code::not_found, "no such card");
  EXPECT_DEATH((void)*result, "NOT_FOUND: no such card");
  EXPECT_DEATH((void)result->size(), "NOT_FOUND: no such card");
  EXPECT_DEATH((void)*std::as_const(result), "NOT_FOUND: no such card");
  EXPECT_DEATH((void)*std::move(result), "NOT_FOUND: no such card");
}

TEST(Reply, CarriesTheMetadataOfItsCall) {
  Reply<int> reply = 3;
  reply.set_metadata(Metadata({"a", "1"}), Metadata({"b", "2"}), 2);
  EXPECT_EQ(*reply, 3);
  EXPECT_EQ(reply.headers().get("a"), "1");
  EXPECT_EQ(reply.trailers().get("b"), "2");
  EXPECT_EQ(reply.attempts(), 2);
}

}  // namespace
}  // namespace cpp_lite
