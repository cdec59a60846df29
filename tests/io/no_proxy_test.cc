#include "io/no_proxy.h"

#include <gtest/gtest.h>

namespace cpp_lite::io {
namespace {

TEST(NoProxy, ANameIsForItselfAndAllBelow) {
  EXPECT_TRUE(is_listed("example.com", "example.com", 1));
  EXPECT_TRUE(is_listed("example.com", "a.b.EXAMPLE.com.", 1));
  EXPECT_FALSE(is_listed("example.com", "myexample.com", 1));
  EXPECT_FALSE(is_listed("example.com", "com", 1));
}

TEST(NoProxy, ANameBehindADotIsForAllBelowAlone) {
  for (const char* list : {".example.com", "*.example.com"}) {
    EXPECT_TRUE(is_listed(list, "a.example.com", 1)) << list;
    EXPECT_FALSE(is_listed(list, "example.com", 1)) << list;
  }
}

TEST(NoProxy, AStarIsForEverything) {
  EXPECT_TRUE(is_listed("x, *", "example.com", 1));
  EXPECT_TRUE(is_listed("*", "10.0.0.1", 1));
}

TEST(NoProxy, AnAddressIsForItself) {
  EXPECT_TRUE(is_listed("10.0.0.1", "10.0.0.1", 1));
  EXPECT_FALSE(is_listed("10.0.0.1", "10.0.0.10", 1));
  EXPECT_FALSE(is_listed("0.0.1", "10.0.0.1", 1)) << "no name below a name";
  EXPECT_TRUE(is_listed("2001:db8:0::1", "2001:db8::1", 1));
}

TEST(NoProxy, ANetworkIsForItsAddresses) {
  EXPECT_TRUE(is_listed("10.0.0.0/8", "10.255.0.1", 1));
  EXPECT_FALSE(is_listed("10.0.0.0/8", "11.0.0.1", 1));
  EXPECT_TRUE(is_listed("10.0.0.128/25", "10.0.0.200", 1));
  EXPECT_FALSE(is_listed("10.0.0.128/25", "10.0.0.100", 1));
  EXPECT_TRUE(is_listed("2001:db8::/32", "2001:db8:1::1", 1));
  EXPECT_FALSE(is_listed("2001:db8::/32", "10.0.0.1", 1));
  EXPECT_FALSE(is_listed("10.0.0.0/99", "10.0.0.1", 1));
}

TEST(NoProxy, APortIsToBeTheSame) {
  EXPECT_TRUE(is_listed("example.com:5", "example.com", 5));
  EXPECT_FALSE(is_listed("example.com:5", "example.com", 6));
  EXPECT_TRUE(is_listed("[::1]:5", "::1", 5));
  EXPECT_FALSE(is_listed("[::1]:5", "::1", 6));
  EXPECT_TRUE(is_listed("[::1]", "::1", 6));
}

TEST(NoProxy, SpacesAndEmptyEntriesMeanNothing) {
  EXPECT_TRUE(is_listed(" , a ,example.com ,", "example.com", 1));
  EXPECT_FALSE(is_listed("", "example.com", 1));
  EXPECT_FALSE(is_listed(" ,,:5", "example.com", 5));
}

}  // namespace
}  // namespace cpp_lite::io
