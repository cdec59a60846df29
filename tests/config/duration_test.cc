#include "config/duration.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace cpp_lite::config {
namespace {

using namespace std::chrono_literals;

constexpr Duration seconds(std::int64_t whole, std::int32_t nanos = 0) { return {whole, nanos}; }

TEST(Duration, ReadsWholeSeconds) {
  EXPECT_EQ(parse_duration("0s"), seconds(0));
  EXPECT_EQ(parse_duration("30s"), seconds(30));
  EXPECT_EQ(parse_duration("007s"), seconds(7));
}

TEST(Duration, ReadsFractionsOfOneToNineDigits) {
  EXPECT_EQ(parse_duration("0.1s"), seconds(0, 100'000'000));
  EXPECT_EQ(parse_duration("1.000000001s"), seconds(1, 1));
  EXPECT_EQ(parse_duration("2.50s"), seconds(2, 500'000'000));
}

TEST(Duration, GivesBothNumbersTheSign) {
  EXPECT_EQ(parse_duration("-1.5s"), seconds(-1, -500'000'000));
  EXPECT_EQ(parse_duration("-0s"), seconds(0));
}

TEST(Duration, EndsAtTenThousandYears) {
  EXPECT_EQ(parse_duration("315576000000s"), seconds(kMaxDurationSeconds));
  EXPECT_EQ(parse_duration("-315576000000s"), seconds(-kMaxDurationSeconds));
  EXPECT_EQ(parse_duration("315576000000.000000001s"), std::nullopt);
  EXPECT_EQ(parse_duration("315576000001s"), std::nullopt);
  EXPECT_EQ(parse_duration("999999999999s"), std::nullopt);
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text :
       {"",     "s",         "5",   "5S",  "5 s",  " 5s",           "5s ",
        "+5s",  "--5s",      "5.s", ".5s", "-.5s", "5..5s",         "1e3s",
        "0x5s", "5ms",       "5m",  "1h",  "1,5s", "0.1234567890s", "1000000000000s",
        "5s5s", "unbounded", "inf", "nan", "٥s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << '"' << text << '"';
  }
  EXPECT_EQ(parse_duration(std::string_view("5s\0", 3)), std::nullopt);
}

TEST(Duration, IsExactInNanosecondsWhereTheyCanHoldIt) {
  EXPECT_EQ(to_nanoseconds(seconds(1, 1)), 1s + 1ns);
  EXPECT_EQ(to_nanoseconds(seconds(-1, -1)), -1s - 1ns);
  EXPECT_EQ(to_nanoseconds(seconds(9'223'372'035, 999'999'999)), 9'223'372'035s + 999'999'999ns);
}

TEST(Duration, SaturatesBelowTheValueThatMeansNoDeadline) {
  const auto longest = to_nanoseconds(seconds(kMaxDurationSeconds));
  EXPECT_LT(longest, std::chrono::nanoseconds::max());
  EXPECT_EQ(longest, 9'223'372'036'854ms);
  EXPECT_EQ(to_nanoseconds(seconds(-kMaxDurationSeconds)), -longest);
  EXPECT_EQ(to_nanoseconds(seconds(9'223'372'036, 999'999'999)), longest);
}

TEST(Duration, OrdersByTime) {
  EXPECT_LT(seconds(0, 1), seconds(1));
  EXPECT_LT(seconds(-1, -1), seconds(-1));
}

TEST(Duration, ReadsWellInAMessage) {
  EXPECT_EQ(to_readable(30s), "30 s");
  EXPECT_EQ(to_readable(0s), "0 s");
  EXPECT_EQ(to_readable(1500ms), "1.5 s");
  EXPECT_EQ(to_readable(1s + 500ns), "1.0000005 s");
  EXPECT_EQ(to_readable(200ms), "200 ms");
  EXPECT_EQ(to_readable(50us), "50 us");
  EXPECT_EQ(to_readable(7ns), "7 ns");
  EXPECT_EQ(to_readable(-2s), "-2 s");
}

}  // namespace
}  // namespace cpp_lite::config
