#include "wire/compress.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace cpp_lite::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

Bytes zipped(const Bytes& message) {
  Bytes out;
  Gzip gzip;
  EXPECT_TRUE(gzip.compress(message, out).ok());
  return out;
}

Status unzip(const Bytes& compressed, std::size_t limit, Bytes& out) {
  Gunzip gunzip;
  return gunzip.decompress(compressed, limit, out);
}

Bytes noise(std::size_t size) {
  std::mt19937 random(3);
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

TEST(Encoding, HasTheNamesOfTheSpecification) {
  EXPECT_EQ(parse_encoding("gzip"), Encoding::gzip);
  EXPECT_EQ(parse_encoding("identity"), Encoding::identity);
  for (const char* name : {"", "GZIP", "deflate", "snappy", "gzip "}) {
    EXPECT_EQ(parse_encoding(name), std::nullopt) << name;
  }
  EXPECT_EQ(parse_encoding(to_string(Encoding::gzip)), Encoding::gzip);
  EXPECT_EQ(parse_encoding(to_string(Encoding::identity)), Encoding::identity);
}

TEST(ListsGzip, FindsItAmongOthers) {
  for (const char* list :
       {"gzip", "identity,gzip", "identity, deflate, gzip", "gzip ,x", " gzip"}) {
    EXPECT_TRUE(lists_gzip(list)) << list;
  }
  for (const char* list : {"", ",", "identity", "gzipped", "x-gzip,", "gz ip", ", ,"}) {
    EXPECT_FALSE(lists_gzip(list)) << list;
  }
}

TEST(Gzip, BringsMessagesBack) {
  for (const std::size_t size : {0u, 1u, 100u, 511u, 512u, 513u, 65'536u, 1'000'000u}) {
    for (const Bytes& message : {Bytes(size, 'a'), noise(size)}) {
      Bytes out;
      ASSERT_TRUE(unzip(zipped(message), size, out).ok()) << size;
      EXPECT_TRUE(out == message) << size;
    }
  }
}

TEST(Gzip, AppendsBehindAFreePrefix) {
  Bytes out(5, 0xcc);
  Gzip gzip;
  ASSERT_TRUE(gzip.compress(Bytes(100, 'a'), out).ok());
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 5), Bytes(5, 0xcc));
  Bytes back;
  ASSERT_TRUE(unzip(Bytes(out.begin() + 5, out.end()), 100, back).ok());
  EXPECT_EQ(back, Bytes(100, 'a'));
}

TEST(Gzip, AndGunzipCanBeUsedAgainAlsoAfterAFailure) {
  Gzip gzip;
  Gunzip gunzip;
  for (const char letter : {'a', 'b', 'c'}) {
    Bytes compressed, out;
    ASSERT_TRUE(gzip.compress(Bytes(1000, static_cast<std::uint8_t>(letter)), compressed).ok());
    ASSERT_TRUE(gunzip.decompress(compressed, kNoLimit, out).ok());
    EXPECT_EQ(out, Bytes(1000, static_cast<std::uint8_t>(letter)));
    EXPECT_FALSE(gunzip.decompress(Bytes{1, 2, 3}, kNoLimit, out).ok());
  }
}

TEST(Gunzip, TakesTheLimitAndRefusesOneByteMore) {
  const Bytes compressed = zipped(Bytes(4096, 'x'));
  Bytes out;
  EXPECT_TRUE(unzip(compressed, 4096, out).ok());
  EXPECT_EQ(unzip(compressed, 4095, out).code(), Code::resource_exhausted);
  EXPECT_EQ(unzip(compressed, 0, out).code(), Code::resource_exhausted);
  EXPECT_TRUE(unzip(zipped({}), 0, out).ok());
}

TEST(Gunzip, StopsABombAtTheLimit) {
  const Bytes bomb = zipped(Bytes(50 << 20));
  Bytes out;
  EXPECT_EQ(unzip(bomb, 1 << 20, out).code(), Code::resource_exhausted);
  EXPECT_LE(out.capacity(), (2u << 20));
}

TEST(Gunzip, DoesNotInflateWhatSaysThatItIsTooLarge) {
  const Bytes bomb = zipped(Bytes(50 << 20));
  Bytes out;
  EXPECT_EQ(unzip(bomb, 1 << 20, out).code(), Code::resource_exhausted);
  EXPECT_EQ(out.capacity(), 0U);
}

TEST(Gunzip, StopsABombThatLiesWhereItSaysThatItEnds) {
  Bytes bomb = zipped(Bytes(50 << 20));
  for (const std::size_t told : {0u, 1u, 1000u, 1u << 20}) {
    for (std::size_t i = 0; i < 4; ++i) {
      bomb[bomb.size() - 4 + i] = static_cast<std::uint8_t>(told >> 8 * i);
    }
    Bytes out;
    EXPECT_EQ(unzip(bomb, 1 << 20, out).code(), Code::internal);
    EXPECT_LE(out.capacity(), 2 * (told + 1));
  }
}

TEST(Gunzip, RefusesASizeThatNoGzipCanHave) {
  Bytes message = zipped(Bytes(10, 'x'));
  message[message.size() - 2] = 1;  // 65,536 and more, of some thirty bytes
  Bytes out;
  EXPECT_EQ(unzip(message, 1 << 20, out).code(), Code::internal);
  EXPECT_EQ(out.capacity(), 0U);
}

TEST(Gunzip, RefusesEveryTruncation) {
  const Bytes whole = zipped(noise(200));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Bytes out;
    const Status status =
        unzip(Bytes(whole.begin(), whole.begin() + static_cast<long>(size)), 1 << 20, out);
    EXPECT_EQ(status.code(), Code::internal) << size;
  }
}

TEST(Gunzip, RefusesBytesBehindTheEnd) {
  Bytes compressed = zipped(Bytes(10, 'x'));
  compressed.push_back(0);
  Bytes out;
  EXPECT_EQ(unzip(compressed, 100, out).code(), Code::internal);
  const Bytes twice = [] {
    Bytes both = zipped(Bytes(10, 'x'));
    const Bytes once = both;
    both.insert(both.end(), once.begin(), once.end());
    return both;
  }();
  EXPECT_EQ(unzip(twice, 100, out).code(), Code::internal);
}

TEST(Gunzip, RefusesAWrongChecksumAndOtherFormats) {
  Bytes wrong = zipped(Bytes(10, 'x'));
  wrong[wrong.size() - 5] ^= 1;
  Bytes out;
  EXPECT_EQ(unzip(wrong, 100, out).code(), Code::internal);
  const Bytes zlib = {0x78, 0x9c, 0x4b, 0x04, 0x00, 0x00, 0x62, 0x00, 0x62};  // "a", RFC 1950
  EXPECT_EQ(unzip(zlib, 100, out).code(), Code::internal);
}

}  // namespace
}  // namespace cpp_lite::wire
