#include "wire/percent.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace cpp_lite::wire {
namespace {

std::string percent_encoded(std::string_view text) {
  std::string out;
  percent_encode(text, out);
  return out;
}

TEST(Percent, LeavesPrintableAsciiAlone) {
  EXPECT_EQ(percent_encoded("no such user: ~!/?&=+"), "no such user: ~!/?&=+");
}

TEST(Percent, EncodesPercentControlsAndAllBeyondAscii) {
  EXPECT_EQ(percent_encoded("100%"), "100%25");
  EXPECT_EQ(percent_encoded("a\r\n\tb\x7f"), "a%0D%0A%09b%7F");
  EXPECT_EQ(percent_encoded("\xe2\x98\xba"), "%E2%98%BA");
}

TEST(Percent, EncodesSpacesWhereAFieldMayHaveNone) {
  EXPECT_EQ(percent_encoded(" a b "), "%20a b%20");
  EXPECT_EQ(percent_encoded(" "), "%20");
}

TEST(Percent, BringsEverythingBack) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  EXPECT_EQ(percent_decode(percent_encoded(all)), all);
  const std::string interop = "\t\ntest with whitespace\r\nand Unicode BMP \xe2\x98\xba\t\n";
  EXPECT_EQ(percent_decode(percent_encoded(interop)), interop);
}

TEST(Percent, DecodesHexInEitherCase) { EXPECT_EQ(percent_decode("%e2%98%BA"), "\xe2\x98\xba"); }

TEST(Percent, KeepsWhatItCannotDecode) {
  for (const char* text : {"%", "%4", "%zz", "100%", "%%%", "%4g", "a%"}) {
    EXPECT_EQ(percent_decode(text), text);
  }
  EXPECT_EQ(percent_decode("%%41"), "%A");
  EXPECT_EQ(percent_decode("%2541"), "%41");
}

TEST(ToUtf8, KeepsWhatIsUtf8) {
  for (const char* text :
       {"", "plain", "\xc3\xa4", "\xe2\x98\xba", "\xf0\x9f\x98\x88", "\xed\x9f\xbf",
        "\xf4\x8f\xbf\xbf", "\xe0\xa0\x80", "\xf0\x90\x80\x80"}) {
    EXPECT_EQ(to_utf8(text), text);
  }
}

TEST(ToUtf8, ReplacesEachByteThatIsNot) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(to_utf8("a\xff"
                    "b"),
            "a" + bad + "b");
  EXPECT_EQ(to_utf8("\xc3"), bad);
  EXPECT_EQ(to_utf8("\xc0\x80"), bad + bad);                      // overlong
  EXPECT_EQ(to_utf8("\xe0\x80\x80"), bad + bad + bad);            // overlong
  EXPECT_EQ(to_utf8("\xed\xa0\x80"), bad + bad + bad);            // surrogate
  EXPECT_EQ(to_utf8("\xf4\x90\x80\x80"), bad + bad + bad + bad);  // above U+10FFFF
  EXPECT_EQ(to_utf8("\xe2\x98"), bad + bad);
  EXPECT_EQ(to_utf8("\xe2\x98z"), bad + bad + "z");
}

}  // namespace
}  // namespace cpp_lite::wire
