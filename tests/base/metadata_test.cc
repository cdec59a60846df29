#include <cpp_lite/metadata.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cpp_lite {
namespace {

TEST(Metadata, KeepsKeysInLowerCaseAndFindsThemInAny) {
  const Metadata metadata{{"X-Tenant", "acme"}};
  EXPECT_EQ(metadata.begin()->key, "x-tenant");
  EXPECT_EQ(metadata.get("x-TENANT"), "acme");
  EXPECT_TRUE(metadata.contains("X-tenant"));
  EXPECT_FALSE(metadata.contains("x-tenan"));
}

TEST(Metadata, KeepsSeveralValuesInOrder) {
  Metadata metadata;
  metadata.add("a", "1");
  metadata.add("b", "2");
  metadata.add("A", "3");
  EXPECT_EQ(metadata.get("a"), "1");
  EXPECT_EQ(metadata.get_all("a"), (std::vector<std::string_view>{"1", "3"}));
  EXPECT_EQ(metadata.size(), 3u);
}

TEST(Metadata, SetReplacesAllValues) {
  Metadata metadata{{"a", "1"}, {"a", "2"}, {"b", "3"}};
  metadata.set("A", "4");
  EXPECT_EQ(metadata.get_all("a"), (std::vector<std::string_view>{"4"}));
  EXPECT_EQ(metadata.size(), 2u);
}

TEST(Metadata, SetMayTakeAValueOfItsOwn) {
  Metadata metadata{{"a", "a value too long to be stored in place"}};
  metadata.set("a", *metadata.get("a"));
  EXPECT_EQ(metadata.get("a"), "a value too long to be stored in place");
}

TEST(Metadata, EraseSaysHowManyThereWere) {
  Metadata metadata{{"a", "1"}, {"a", "2"}, {"b", "3"}};
  EXPECT_EQ(metadata.erase("A"), 2u);
  EXPECT_EQ(metadata.erase("a"), 0u);
  EXPECT_FALSE(metadata.get("a").has_value());
}

TEST(Metadata, OnePairInBracesIsOneEntry) {
  const Metadata metadata = {{"tenant", "acme"}};
  EXPECT_EQ(metadata.size(), 1u);
  EXPECT_EQ(metadata.get("tenant"), "acme");
}

TEST(Metadata, AcceptsEveryKeyCharacterOfTheSpecification) {
  EXPECT_EQ((Metadata{{"0123456789abcxyz_-.", "any printable: !~ "}}.invalid()), std::nullopt);
}

TEST(Metadata, SaysWhichKeyIsBad) {
  for (const char* key : {"with space", "umlaut\xc3\xa4", "a:b", ":path", "a/b", "new\nline"}) {
    const auto problem = Metadata{{"fine", "1"}, {key, "2"}}.invalid();
    ASSERT_TRUE(problem.has_value()) << key;
    EXPECT_NE(problem->find(key), std::string::npos) << *problem;
  }
  EXPECT_TRUE((Metadata{{"", "1"}}.invalid().has_value()));
}

TEST(Metadata, AnEmptyKeyIsNoticedWhereverItStands) {
  EXPECT_TRUE((Metadata{{"a", "1"}, {"", "2"}}.invalid().has_value()));
  EXPECT_TRUE(MetadataView({"a", "1"}, {"", "2"}).copy().invalid().has_value());
  EXPECT_EQ(MetadataView({"a", "1"}).copy().size(), 1u);
  EXPECT_EQ(MetadataView().copy().size(), 0u);
}

TEST(Metadata, SaysWhichKeyIsReserved) {
  for (const char* key : {"grpc-status", "grpc-anything", "grpc-x-bin", "cpp-lite-not-executed",
                          "te", "content-type", "User-Agent", "host", "connection", "keep-alive",
                          "proxy-connection", "transfer-encoding", "upgrade", "content-length"}) {
    const auto problem = Metadata{{"fine", "1"}, {key, "2"}}.invalid();
    ASSERT_TRUE(problem.has_value()) << key;
    EXPECT_NE(problem->find("is reserved"), std::string::npos) << *problem;
  }
}

TEST(Metadata, NamesThatOurLayersUseAreNotReserved) {
  EXPECT_EQ(
      (Metadata{{"x-request-id", "1"}, {"idempotency-key", "2"}, {"authorization", "3"}}.invalid()),
      std::nullopt);
}

TEST(Metadata, SaysWhichValueIsNotAscii) {
  for (const char* value : {"\xc3\xa4", "line\nend", "\x7f", "tab\t"}) {
    const auto problem = Metadata{{"name", value}}.invalid();
    ASSERT_TRUE(problem.has_value()) << value;
    EXPECT_NE(problem->find("name"), std::string::npos) << *problem;
  }
}

TEST(Metadata, BinaryValuesMayBeAnything) {
  EXPECT_EQ((Metadata{{"trace-bin", std::string("\0\xff\n", 3)}}.invalid()), std::nullopt);
}

}  // namespace
}  // namespace cpp_lite
