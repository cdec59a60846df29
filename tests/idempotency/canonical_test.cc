// Each rule of the canonical form, on messages of shapes.proto and closed.proto.
#include "idempotency/canonical.h"

#include <gtest/gtest.h>

#include <string>

#include "closed.lite.h"
#include "idempotency/wire.h"
#include "shapes.lite.h"

namespace cpp_lite::idempotency {
namespace {

using wire::bytes;
using wire::fixed32;
using wire::fixed64;
using wire::group;
using wire::number;
using wire::tag;
using wire::varint;

// Field numbers of shapes.Everything.
constexpr std::uint32_t kInt32 = 1, kBool = 14, kString = 15, kMaybeInt32 = 18, kMaybeString = 19,
                        kInt32s = 21, kFixed64s = 22, kStrings = 26, kChildren = 27, kChild = 28,
                        kOneInt32 = 30, kOneString = 31, kOneChild = 32, kCounts = 36,
                        kChildOf = 37, kColorOf = 38, kUnknown = 900;
// And of shapes.Old.
constexpr std::uint32_t kPart = 3, kParts = 4, kKnown = 5, kAll = 6, kPicked = 7, kText = 8,
                        kNamed = 9, kExtension = 100;

std::string form_of(const std::string& message, Service& service,
                    std::span<const detail::FieldPath> omitted = {}) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(message.data());
  const auto form = canonical({data, message.size()}, service.routes()[0].keyed->shapes, omitted);
  return form ? std::string(form->begin(), form->end()) : "malformed";
}

std::string canonical(const std::string& message) {
  static shapes::Shapes::Handler handler;
  return form_of(message, handler);
}

std::string canonical_old(const std::string& message) {
  static shapes::Closed::Handler handler;
  return form_of(message, handler);
}

TEST(Canonical, FieldsStandInTheOrderOfTheirNumbers) {
  EXPECT_EQ(canonical(bytes(kString, "a") + number(kInt32, 7)),
            number(kInt32, 7) + bytes(kString, "a"));
}

TEST(Canonical, TheLastValueCounts) {
  EXPECT_EQ(canonical(number(kInt32, 7) + number(kInt32, 8)), number(kInt32, 8));
  EXPECT_EQ(canonical(bytes(kString, "a") + bytes(kString, "b")), bytes(kString, "b"));
  EXPECT_EQ(canonical(number(kInt32, 7) + number(kInt32, 0)), "");
}

TEST(Canonical, DefaultsAreDroppedUnlessPresenceIsExplicit) {
  EXPECT_EQ(canonical(number(kInt32, 0) + number(kBool, 0) + bytes(kString, "")), "");
  const std::string present = number(kMaybeInt32, 0) + bytes(kMaybeString, "");
  EXPECT_EQ(canonical(present), present);
  const std::string in_oneof = number(kOneInt32, 0);
  EXPECT_EQ(canonical(in_oneof), in_oneof);
  EXPECT_EQ(canonical(bytes(kChild, "")), bytes(kChild, ""));
}

TEST(Canonical, NumbersHaveTheBitsOfTheirType) {
  EXPECT_EQ(canonical(number(kInt32, 0xffffffff00000007)), number(kInt32, 7));
  EXPECT_EQ(canonical(number(kInt32, ~std::uint64_t{0})), number(kInt32, UINT32_MAX));
  EXPECT_EQ(canonical(number(kBool, 256)), number(kBool, 1));
  EXPECT_EQ(canonical(number(2, 0xffffffff00000007)), number(2, 0xffffffff00000007));  // int64
  EXPECT_EQ(canonical(tag(kInt32, WireType::varint) + "\x87\x80" + std::string(1, '\0')),
            number(kInt32, 7));
}

TEST(Canonical, MessagesAreMerged) {
  EXPECT_EQ(canonical(bytes(kChild, bytes(3, bytes(1, "id"))) + bytes(kChild, bytes(1, "a")) +
                      bytes(kChild, bytes(3, number(2, 5)))),
            bytes(kChild, bytes(1, "a") + bytes(3, bytes(1, "id") + number(2, 5))));
}

TEST(Canonical, ListsKeepTheirOrderAndArePacked) {
  EXPECT_EQ(canonical(number(kInt32s, 3) + bytes(kInt32s, varint(1) + varint(2)) +
                      bytes(kInt32s, "") + number(kInt32s, 0)),
            bytes(kInt32s, varint(3) + varint(1) + varint(2) + varint(0)));
  EXPECT_EQ(canonical(bytes(kInt32s, "")), "");
  EXPECT_EQ(canonical(fixed64(kFixed64s, 1)), bytes(kFixed64s, fixed64(1, 1).substr(1)));
  const std::string strings = bytes(kStrings, "b") + bytes(kStrings, "") + bytes(kStrings, "a");
  EXPECT_EQ(canonical(strings), strings);
  const std::string children = bytes(kChildren, bytes(1, "b")) + bytes(kChildren, "");
  EXPECT_EQ(canonical(children), children);
}

TEST(Canonical, OfAOneofTheLastMemberIsLeft) {
  EXPECT_EQ(canonical(bytes(kOneString, "a") + number(kOneInt32, 5)), number(kOneInt32, 5));
  EXPECT_EQ(canonical(number(kOneInt32, 5) + bytes(kOneString, "a")), bytes(kOneString, "a"));
}

TEST(Canonical, AMemberOfAOneofForgetsWhatItHeldBeforeAnother) {
  const std::string first = bytes(kOneChild, bytes(1, "a")), last = bytes(kOneChild, number(2, 1));
  EXPECT_EQ(canonical(first + last), bytes(kOneChild, bytes(1, "a") + number(2, 1)));
  EXPECT_EQ(canonical(first + number(kOneInt32, 5) + last), last);
}

TEST(Canonical, MapsAreSortedAndHaveTheLastValueOfAKey) {
  const auto entry = [](const std::string& key, std::uint64_t value) {
    return bytes(kCounts, bytes(1, key) + number(2, value));
  };
  EXPECT_EQ(canonical(entry("b", 1) + entry("a", 2) + entry("b", 3)),
            entry("a", 2) + entry("b", 3));
  EXPECT_EQ(canonical(bytes(kCounts, number(2, 1) + bytes(1, "a"))), entry("a", 1));
}

TEST(Canonical, InMapsWhatIsLeftOutIsTheDefault) {
  EXPECT_EQ(canonical(bytes(kCounts, "") + bytes(kCounts, bytes(1, "") + number(2, 0))),
            bytes(kCounts, ""));
  EXPECT_EQ(canonical(bytes(kChildOf, number(1, 5))), bytes(kChildOf, number(1, 5) + bytes(2, "")));
  EXPECT_EQ(canonical(bytes(kColorOf, number(1, 2))), bytes(kColorOf, number(1, 1)));
}

TEST(Canonical, ValuesOfOneKeyInAMapAreNotMerged) {
  const std::string key = number(1, 5);
  EXPECT_EQ(canonical(bytes(kChildOf, key + bytes(2, bytes(1, "a"))) +
                      bytes(kChildOf, key + bytes(2, number(2, 1)))),
            bytes(kChildOf, key + bytes(2, number(2, 1))));
  EXPECT_EQ(canonical(bytes(kChildOf, key + bytes(2, bytes(1, "a")) + bytes(2, number(2, 1)))),
            bytes(kChildOf, key + bytes(2, bytes(1, "a") + number(2, 1))));
}

TEST(Canonical, WhatIsUnknownIsKeptAsItIs) {
  const std::string long_varint = tag(kUnknown, WireType::varint) + "\x81" + std::string(1, '\0');
  const std::string unknown = long_varint + bytes(kUnknown, "x") + number(kUnknown, 0) +
                              group(kUnknown + 1, number(1, 0) + group(2, "")) +
                              fixed32(kUnknown + 2, 0) + fixed64(kUnknown + 2, 0);
  EXPECT_EQ(canonical(unknown), unknown);
  EXPECT_EQ(canonical(number(kUnknown, 2) + number(kInt32, 1) + number(kUnknown, 1)),
            number(kInt32, 1) + number(kUnknown, 2) + number(kUnknown, 1));
}

TEST(Canonical, AKnownNumberInAnUnknownWayIsUnknown) {
  EXPECT_EQ(canonical(bytes(kInt32, "x") + number(kInt32, 5)),
            number(kInt32, 5) + bytes(kInt32, "x"));
  EXPECT_EQ(canonical(number(kString, 0)), number(kString, 0));
  EXPECT_EQ(canonical(fixed32(kInt32s, 1) + number(kInt32s, 1)),
            bytes(kInt32s, varint(1)) + fixed32(kInt32s, 1));
}

TEST(Canonical, WhatIsNoMessageHasNoForm) {
  const std::string end = "\x0c";  // of group 1
  for (const std::string& bad :
       {std::string("\x08"),
        std::string("\x0a\x05"
                    "abc"),
        std::string("\x00\x01", 2),
        std::string("\x0d"
                    "abc"),
        std::string("\x09"
                    "abc"),
        std::string("\x0e"), end, std::string("\x0b"),
        tag(1, WireType::group) + tag(2, WireType::group) + end, std::string(11, '\x80'),
        "\x08" + std::string(10, '\xff'), bytes(kChild, std::string("\x08")),
        bytes(kInt32s, std::string("\x80")), bytes(kFixed64s, "1234567"),
        bytes(kCounts, std::string("\x0a"))}) {
    EXPECT_EQ(canonical(bad), "malformed") << testing::PrintToString(bad);
  }
}

TEST(Canonical, MessagesAreAsDeepAsProtobufReadsThem) {
  constexpr std::uint32_t kInner = 29;
  std::string deep = bytes(kInner, "");
  for (int i = 1; i < kMostDepth; ++i) deep = bytes(kInner, deep);
  EXPECT_EQ(canonical(deep), deep);
  EXPECT_EQ(canonical(bytes(kInner, deep)), "malformed");
  std::string groups = group(kUnknown, "");
  for (int i = 1; i < kMostDepth; ++i) groups = group(kUnknown, groups);
  EXPECT_EQ(canonical(groups), groups);
  EXPECT_EQ(canonical(group(kUnknown, groups)), "malformed");
}

TEST(Canonical, OmittedFieldsAreLeftOutOnEveryWay) {
  const std::array<std::uint32_t, 1> text_path = {kString};
  const std::array<std::uint32_t, 2> of_children = {kChildren, 2};
  const std::array<std::uint32_t, 3> of_trace = {kChild, 3, 1};
  const std::array<detail::FieldPath, 3> omitted = {text_path, of_children, of_trace};
  shapes::Shapes::Handler handler;
  EXPECT_EQ(form_of(bytes(kString, "a") + bytes(kChildren, bytes(1, "n") + number(2, 1)) +
                        bytes(kChildren, number(2, 1)) +
                        bytes(kChild, number(2, 1) + bytes(3, bytes(1, "id"))),
                    handler, omitted),
            bytes(kChildren, bytes(1, "n")) + bytes(kChildren, "") +
                bytes(kChild, number(2, 1) + bytes(3, "")));
}

TEST(Canonical, GroupsAreMergedLikeMessages) {
  EXPECT_EQ(canonical_old(group(kPart, bytes(2, "a")) + group(kPart, number(1, 5) + number(1, 6))),
            group(kPart, number(1, 6) + bytes(2, "a")));
  const std::string parts = group(kParts, number(1, 2)) + group(kParts, number(1, 1));
  EXPECT_EQ(canonical_old(parts), parts);
  EXPECT_EQ(canonical_old(bytes(kPart, "")), bytes(kPart, ""));  // that is no group
}

TEST(Canonical, ExtensionsAreUnknown) {
  const std::string extensions = number(kExtension, 1) + bytes(kExtension, varint(0));
  EXPECT_EQ(canonical_old(extensions), extensions);
}

// Whether 99 counts is for the enum to say: 1, 99 means 1, and 99 nothing.
TEST(Canonical, OfAClosedEnumEveryValueCounts) {
  EXPECT_EQ(canonical_old(number(kAll, 1) + number(kAll, 99)), bytes(kAll, varint(1) + varint(99)));
  EXPECT_EQ(canonical_old(bytes(1, "k") + number(kKnown, 99)), bytes(1, "k") + number(kKnown, 99));
  const std::string twice = number(kKnown, 1) + bytes(1, "k") + number(kKnown, 99);
  EXPECT_EQ(canonical_old(twice), twice);
}

TEST(Canonical, AClosedEnumInAOneofLeavesTheOrder) {
  const std::string picked = number(kPicked, 1) + bytes(kText, "a");
  const std::string text = bytes(kText, "a") + number(kPicked, 1);
  EXPECT_EQ(canonical_old(picked), picked);
  EXPECT_EQ(canonical_old(text), text);
  EXPECT_EQ(canonical_old(bytes(kText, "b") + bytes(kText, "a")), bytes(kText, "a"));
}

TEST(Canonical, ClosedEnumsInMapsAreSortedWhereKeysAreThereOnce) {
  const auto entry = [](const std::string& key, std::uint64_t value) {
    return bytes(kNamed, bytes(1, key) + number(2, value));
  };
  EXPECT_EQ(canonical_old(entry("b", 1) + entry("a", 1)), entry("a", 1) + entry("b", 1));
  const std::string twice = entry("b", 1) + entry("a", 1) + entry("b", 99);
  EXPECT_EQ(canonical_old(twice), twice);
}

}  // namespace
}  // namespace cpp_lite::idempotency
