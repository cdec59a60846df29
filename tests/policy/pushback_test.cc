#include "policy/pushback.h"

#include <gtest/gtest.h>

namespace cpp_lite::policy {
namespace {

using Kind = Pushback::Kind;

Pushback of(std::string_view value) {
  Pushback pushback;
  pushback.read(value);
  return pushback;
}

// R23, R24
TEST(Pushback, TakesADecimalInt32WithoutNeedlessZeros) {
  for (const std::string_view value : {"0", "1", "10", "999", "2147483647"}) {
    EXPECT_EQ(of(value).kind, Kind::wait) << value;
    EXPECT_EQ(std::to_string(of(value).delay.count()), value);
  }
}

// R25
TEST(Pushback, TakesNegativeNumbersAndNonsenseAsNever) {
  for (const std::string_view value :
       {"-1", "-2147483648", "-0", "", " ", "01", "00", "+1", " 1", "1 ", "1.0", "1e3", "0x10",
        "2147483648", "99999999999999999999", "five", "1,2", "-"}) {
    EXPECT_EQ(of(value).kind, Kind::never) << '"' << value << '"';
  }
}

// R26
TEST(Pushback, TakesASecondValueAsNever) {
  for (const std::string_view second : {"5", "7", "-1", ""}) {
    Pushback pushback = of("5");
    pushback.read(second);
    EXPECT_EQ(pushback.kind, Kind::never);
    pushback.read("5");
    EXPECT_EQ(pushback.kind, Kind::never);
  }
}

TEST(Pushback, IsAbsentUntilItIsRead) { EXPECT_EQ(Pushback().kind, Kind::none); }

}  // namespace
}  // namespace cpp_lite::policy
