// Where keys are found, which ones are none, and which are the same.
#include "idempotency/key.h"

#include <gtest/gtest.h>

#include "idempotency/wire.h"

namespace cpp_lite::idempotency {
namespace {

constexpr Method kByField{.path = "/a.B/C", .key_field = 4};
constexpr Method kByMetadata{.path = "/a.B/C", .key_metadata = "x-key"};
constexpr const char* kUuid = "0191e2c4-7b5a-4c3d-9e8f-0123456789ab";
constexpr const char* kLoudUuid = "0191E2C4-7B5A-4C3D-9E8F-0123456789AB";

std::string shown(const Result<std::optional<std::string>>& key) {
  if (!key) return "bad: " + std::string(key.status().message());
  return *key ? **key : "none";
}

class Keys : public testing::Test {
 protected:
  std::string in_message(const std::string& message, KeyFormat format = KeyFormat::printable) {
    policy_.format = format;
    return shown(key_of(view(message), metadata_, kByField, policy_));
  }
  std::string in_metadata(KeyFormat format = KeyFormat::printable) {
    policy_.format = format;
    return shown(key_of({}, metadata_, kByMetadata, policy_));
  }

  Metadata metadata_;
  KeyPolicy policy_;
};

TEST_F(Keys, AreTheLastFieldOfTheirNumber) {
  EXPECT_EQ(in_message(wire::bytes(4, "key-1")), "key-1");
  EXPECT_EQ(in_message(wire::bytes(4, "a") + wire::number(1, 7) + wire::bytes(4, "b")), "b");
  EXPECT_EQ(in_message(wire::bytes(4, "a") + wire::bytes(4, "")), "none");
  EXPECT_EQ(in_message(wire::number(4, 7)), "none");
  EXPECT_EQ(in_message(wire::bytes(5, wire::bytes(4, "inside"))), "none");
  EXPECT_EQ(in_message(wire::group(5, wire::bytes(4, "inside"))), "none");
  EXPECT_EQ(in_message(""), "none");
}

TEST_F(Keys, OfWhatIsNoMessageAreNone) {
  EXPECT_EQ(in_message(wire::bytes(4, "key-1") + "x"), "none");
  EXPECT_EQ(in_message(wire::bytes(4, "key-1") + "\x0c"), "none");
}

TEST_F(Keys, InMetadataAreBareOrQuoted) {
  EXPECT_EQ(in_metadata(), "none");
  for (const char* spelling : {"key-1", "\"key-1\"", "\"key\\-1\"", "\"key-1", "\"key-1\";a=b"}) {
    metadata_.set("x-key", spelling);
    const bool fine = std::string(spelling).find_first_of("\\;") == std::string::npos &&
                      std::string(spelling) != "\"key-1";
    EXPECT_EQ(in_metadata(),
              fine ? "key-1" : "bad: what is in the metadata is no string of RFC 8941")
        << spelling;
  }
  metadata_.set("x-key", R"("a \"key\" with \\")");
  EXPECT_EQ(in_metadata(), R"(a "key" with \)");
  metadata_.set("x-key", "\"\"");
  EXPECT_EQ(in_metadata(), "none");
}

TEST_F(Keys, AreThereOnce) {
  metadata_.add("x-key", "key-1");
  metadata_.add("X-Key", "key-1");
  EXPECT_EQ(in_metadata(), "bad: the metadata holds several");
}

TEST_F(Keys, OfTheMessageMayBeRepeatedInMetadata) {
  metadata_.set("idempotency-key", "\"key-1\"");
  EXPECT_EQ(in_message(wire::bytes(4, "key-1")), "key-1");
  const std::string differ = "bad: the request and its metadata name different keys";
  EXPECT_EQ(in_message(wire::bytes(4, "key-2")), differ);
  EXPECT_EQ(in_message(wire::bytes(4, "Key-1")), differ);
  EXPECT_EQ(in_message(""), differ);
  metadata_.set("idempotency-key", kLoudUuid);
  EXPECT_EQ(in_message(wire::bytes(4, kUuid), KeyFormat::uuid), kUuid);
}

TEST_F(Keys, ArePrintableAndNotLong) {
  for (const std::string& fine : {std::string("k"), std::string(" ~"), std::string(255, 'k')}) {
    EXPECT_EQ(in_message(wire::bytes(4, fine)), fine);
  }
  EXPECT_EQ(in_message(wire::bytes(4, std::string(256, 'k'))), "bad: longer than 255 bytes");
  for (const std::string& bad :
       {std::string("\x1f"), std::string("\x7f"), std::string("\xc3\xa4"), std::string(1, '\0')}) {
    EXPECT_EQ(in_message(wire::bytes(4, bad)), "bad: not printable ASCII");
  }
}

TEST_F(Keys, ThatArePrintableDifferByCase) {
  EXPECT_EQ(in_message(wire::bytes(4, kLoudUuid)), kLoudUuid);
}

TEST_F(Keys, ThatAreUuidsDoNot) {
  for (const char* spelling : {kUuid, kLoudUuid, "0191e2C4-7b5a-4c3D-9e8f-0123456789Ab"}) {
    EXPECT_EQ(in_message(wire::bytes(4, spelling), KeyFormat::uuid), kUuid);
    EXPECT_EQ(in_message(wire::bytes(4, spelling), KeyFormat::uuid4), kUuid);
  }
}

TEST_F(Keys, ThatAreUuidsHaveTheirForm) {
  for (const char* bad :
       {"key-1", "0191e2c47b5a4c3d9e8f0123456789ab", "{0191e2c4-7b5a-4c3d-9e8f-0123456789ab}",
        "0191e2c4-7b5a-4c3d-9e8f-0123456789ag", "0191e2c4-7b5a-4c3d-9e8f-0123456789abc",
        "0191e2c4-7b5a-4c3d-9e8f00123456789ab", "-191e2c4-7b5a-4c3d-9e8f-0123456789ab"}) {
    EXPECT_EQ(in_message(wire::bytes(4, bad), KeyFormat::uuid), "bad: not a UUID") << bad;
  }
}

TEST_F(Keys, ThatAreUuidsOfVersion4SayThatTheyAre) {
  const auto judge = [&](std::string uuid) {
    EXPECT_EQ(in_message(wire::bytes(4, uuid), KeyFormat::uuid), uuid);
    return in_message(wire::bytes(4, uuid), KeyFormat::uuid4);
  };
  const std::string bad = "bad: not a UUID of version 4";
  EXPECT_EQ(judge("0191e2c4-7b5a-7c3d-9e8f-0123456789ab"), bad);  // version 7
  EXPECT_EQ(judge("0191e2c4-7b5a-4c3d-ce8f-0123456789ab"), bad);  // another variant
  EXPECT_EQ(judge("00000000-0000-0000-0000-000000000000"), bad);
  for (const char variant : {'8', '9', 'a', 'b'}) {
    std::string uuid = kUuid;
    uuid[19] = variant;
    EXPECT_EQ(judge(uuid), uuid);
  }
}

}  // namespace
}  // namespace cpp_lite::idempotency
