#include "config/status_codes.h"

#include <cpp_lite/status.h>
#include <gtest/gtest.h>

namespace cpp_lite::config {
namespace {

TEST(StatusCodes, AreReadAsStatusCallsThem) {
  for (int code = 0; code < kStatusCodes; ++code) {
    EXPECT_EQ(parse_status_code(cpp_lite::to_string(static_cast<Code>(code))), code);
  }
}

TEST(StatusCodes, AreReadInAnyCase) {
  EXPECT_EQ(parse_status_code("unavailable"), 14);
  EXPECT_EQ(parse_status_code("Data_Loss"), 15);
}

TEST(StatusCodes, AreNotGuessed) {
  for (const char* name : {"", "UNAVAIL", "UNAVAILABLE ", "CANCELED", "NotFound", "14"}) {
    EXPECT_EQ(parse_status_code(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace cpp_lite::config
