#include "wire/timeout.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

namespace cpp_lite::wire {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

std::string encoded(nanoseconds remaining) { return std::string(TimeoutText(remaining).view()); }

TEST(TimeoutText, UsesTheFinestUnitOfEightDigits) {
  EXPECT_EQ(encoded(1ns), "1n");
  EXPECT_EQ(encoded(99'999'999ns), "99999999n");
  EXPECT_EQ(encoded(100'000'000ns), "100000u");
  EXPECT_EQ(encoded(3s), "3000000u");
  EXPECT_EQ(encoded(1h + 1s), "3601000m");
  EXPECT_EQ(encoded(30h), "108000S");
  EXPECT_EQ(encoded(99'999'999s), "99999999S");
  EXPECT_EQ(encoded(100'000'000s), "1666667M");
}

TEST(TimeoutText, RoundsUp) {
  EXPECT_EQ(encoded(100'000'001ns), "100001u");
  EXPECT_EQ(encoded(99'999'999'001ns), "100000m");
  EXPECT_EQ(encoded(99'999'999'000'001ns), "100000S");
  EXPECT_EQ(encoded(nanoseconds::max()), "2562048H");
}

TEST(TimeoutText, IsNeverZero) {
  EXPECT_EQ(encoded(0ns), "1n");
  EXPECT_EQ(encoded(-5s), "1n");
  EXPECT_EQ(encoded(nanoseconds::min()), "1n");
}

TEST(RoundedTimeout, IsTheSameForCallsThatWereGivenTheSame) {
  EXPECT_EQ(rounded_timeout(10s), 10s);
  EXPECT_EQ(rounded_timeout(10s - 1ns), 10s);
  EXPECT_EQ(rounded_timeout(10s - 999us), 10s);
  EXPECT_EQ(rounded_timeout(10s - 1ms), 9999ms);
  EXPECT_EQ(rounded_timeout(100ms - 9us), 100ms);
  EXPECT_EQ(rounded_timeout(950ms), 950ms);
}

TEST(RoundedTimeout, IsNeverLongerByTenMilliseconds) {
  EXPECT_EQ(rounded_timeout(24h - 1ms), 24h);
  EXPECT_EQ(rounded_timeout(24h - 10ms), 24h - 10ms);
}

TEST(RoundedTimeout, LeavesWhatIsShortOrCannotGrow) {
  for (const nanoseconds time : {nanoseconds(-1), 0ns, 1ns, 9'999ns, nanoseconds::max()}) {
    EXPECT_EQ(rounded_timeout(time), time);
  }
  EXPECT_EQ(rounded_timeout(nanoseconds::min()), nanoseconds::min());
}

TEST(RoundedTimeout, IsNoShorterAndLessThanAThousandthLonger) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto time = nanoseconds(static_cast<std::int64_t>(random() >> (1 + random() % 63)));
    const nanoseconds rounded = rounded_timeout(time);
    ASSERT_GE(rounded, time);
    ASSERT_LE((rounded - time).count(), time.count() / 1000);
    ASSERT_LE(rounded - timeout_step(time), time);
  }
}

TEST(DecodeTimeout, KnowsAllUnits) {
  EXPECT_EQ(decode_timeout("00000001n"), 1ns);
  EXPECT_EQ(decode_timeout("2u"), 2us);
  EXPECT_EQ(decode_timeout("3m"), 3ms);
  EXPECT_EQ(decode_timeout("4S"), 4s);
  EXPECT_EQ(decode_timeout("5M"), 5min);
  EXPECT_EQ(decode_timeout("6H"), 6h);
  EXPECT_EQ(decode_timeout("99999999S"), 99'999'999s);
}

TEST(DecodeTimeout, SaturatesWhatDoesNotFit) {
  EXPECT_EQ(decode_timeout("2562047H"), 2'562'047h);
  EXPECT_EQ(decode_timeout("2562048H"), nanoseconds::max());
  EXPECT_EQ(decode_timeout("99999999H"), nanoseconds::max());
  EXPECT_EQ(decode_timeout("99999999M"), 99'999'999min);
}

TEST(DecodeTimeout, TakesZero) {
  for (const char* text : {"0S", "00000000S", "0n", "0H"}) EXPECT_EQ(decode_timeout(text), 0ns);
}

TEST(DecodeTimeout, RefusesEverythingElse) {
  for (const char* text :
       {"",           "-1S",        "+5S", "1234x", "1234s", "1234", "1",    "9a1S",
        "000000000S", "100000000n", "S",   " 1S",   "1S ",   "1 S",  "1.5S", "15 seconds",
        "1h",         "0x1S",       "1SS", "\xb2S", "1N",    "1U"}) {
    EXPECT_EQ(decode_timeout(text), std::nullopt) << '"' << text << '"';
  }
  EXPECT_EQ(decode_timeout(std::string_view("1\0S", 3)), std::nullopt);
}

TEST(Timeout, ComesBackNoShorterAndHardlyLonger) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto sent = nanoseconds(static_cast<std::int64_t>(random() >> (1 + random() % 63)));
    const auto received = decode_timeout(TimeoutText(sent).view());
    ASSERT_TRUE(received.has_value());
    ASSERT_GE(*received, sent);
    if (sent < 1'000'000h) {
      ASSERT_LE((*received - sent).count(), std::max<std::int64_t>(1, sent.count() / 100'000));
    }
  }
}

}  // namespace
}  // namespace cpp_lite::wire
