#include "wire/base64.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace cpp_lite::wire {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out;
  base64_encode(bytes, out);
  return out;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  const bool good = base64_decode(text, out);
  EXPECT_EQ(good, is_base64(text)) << text;
  EXPECT_TRUE(good || out.empty()) << text;
  return good ? std::optional(out) : std::nullopt;
}

TEST(Base64, IsWrittenWithoutPadding) {
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg");
  EXPECT_EQ(encoded("fo"), "Zm8");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foob"), "Zm9vYg");
  EXPECT_EQ(encoded("\xfb\xff\xbf"), "+/+/");
}

TEST(Base64, IsReadWithPaddingAndWithout) {
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("Zg"), "f");
  EXPECT_EQ(decoded("Zg=="), "f");
  EXPECT_EQ(decoded("Zm8="), "fo");
  EXPECT_EQ(decoded("Zm8"), "fo");
  EXPECT_EQ(decoded("Zm9v"), "foo");
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"A", "Zm9vA", "Zg=", "Zg===", "=", "==", "====", "Z===", "Zg==Zg==",
                           "Zm9v=", "Z g", " Zg", "Zg\n", "-_-_", "Zm9v,", "\xff\xff", "Z=g="}) {
    EXPECT_EQ(decoded(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(Base64, BringsEveryByteBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<char>(i));
    EXPECT_EQ(decoded(encoded(bytes)), bytes);
  }
}

TEST(Base64, AppendsToWhatIsThere) {
  std::string out = "x";
  base64_encode("foo", out);
  EXPECT_EQ(out, "xZm9v");
  out = "x";
  ASSERT_TRUE(base64_decode("Zm9v", out));
  EXPECT_EQ(out, "xfoo");
}

}  // namespace
}  // namespace cpp_lite::wire
