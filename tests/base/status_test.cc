#include <cpp_lite/status.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace cpp_lite {
namespace {

// Has what details<T>() asks of a generated message, without one.
struct Note {
  std::string text;
  std::string GetTypeName() const { return "test.Note"; }
  std::string SerializeAsString() const { return "note:" + text; }
  bool ParseFromString(const std::string& bytes) {
    if (!bytes.starts_with("note:")) return false;
    text = bytes.substr(5);
    return true;
  }
};

TEST(Status, IsOkByDefault) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), Code::ok);
  EXPECT_EQ(status.message(), "");
  EXPECT_TRUE(status.raw_details().empty());
  EXPECT_EQ(status.to_string(), "OK");
}

TEST(Status, OfCodeOkHasNoMessage) {
  const Status status(Code::ok, "all is well");
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.message(), "");
}

TEST(Status, SaysWhoMadeItAndWhatItWasDoing) {
  Status status(Code::unavailable, "connection refused");
  EXPECT_EQ(status.to_string(), "UNAVAILABLE: connection refused (local)");
  status.set_phase("connecting");
  EXPECT_EQ(status.to_string(), "UNAVAILABLE: connection refused (local, connecting)");
  EXPECT_EQ(Status(Code::not_found, "").set_origin(Origin::peer).to_string(), "NOT_FOUND (peer)");
}

TEST(Status, CopiesChangeAlone) {
  Status original(Code::aborted, "again");
  Status copy = original;
  copy.set_phase("sent").set_origin(Origin::peer).add_raw_detail({"a/b", "c"});
  EXPECT_EQ(original.phase(), "");
  EXPECT_EQ(original.origin(), Origin::local);
  EXPECT_TRUE(original.raw_details().empty());
  EXPECT_EQ(copy.raw_details().size(), 1u);
  EXPECT_EQ(copy, original);
}

TEST(Status, MovesWithAllItSays) {
  Status source(Code::internal, "x");
  source.set_phase("sent");
  const Status target = std::move(source);
  EXPECT_EQ(target.to_string(), "INTERNAL: x (local, sent)");
}

TEST(Status, EqualityIsCodeAndMessage) {
  EXPECT_EQ(Status(), Status(Code::ok, "ignored"));
  EXPECT_FALSE(Status(Code::internal, "a") == Status(Code::internal, "b"));
  EXPECT_FALSE(Status(Code::internal, "a") == Status(Code::unknown, "a"));
}

TEST(Status, AnOkStatusTakesNothing) {
  Status status;
  status.set_phase("sent").set_origin(Origin::peer).add_detail(Note{"x"});
  EXPECT_EQ(status.phase(), "");
  EXPECT_EQ(status.origin(), Origin::local);
  EXPECT_TRUE(status.raw_details().empty());
}

TEST(Status, GivesBackTypedDetailsInOrder) {
  Status status(Code::invalid_argument, "no");
  status.add_detail(Note{"first"}).add_detail(Note{"second"});
  const auto notes = status.details<Note>();
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0].text, "first");
  EXPECT_EQ(notes[1].text, "second");
}

TEST(Status, SkipsDetailsOfOtherTypesAndThoseThatDoNotParse) {
  Status status(Code::invalid_argument, "no");
  status.add_raw_detail({"type.googleapis.com/other.Note", "note:a"});
  status.add_raw_detail({"type.googleapis.com/test.Note", "broken"});
  status.add_raw_detail({"test.Note", "note:no slash, no type URL"});
  status.add_raw_detail({"https://any.host/at/all/test.Note", "note:b"});
  const auto notes = status.details<Note>();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].text, "b");
}

TEST(Code, HasTheSpecificationsNames) {
  EXPECT_EQ(to_string(Code::ok), "OK");
  EXPECT_EQ(to_string(Code::cancelled), "CANCELLED");
  EXPECT_EQ(to_string(Code::deadline_exceeded), "DEADLINE_EXCEEDED");
  EXPECT_EQ(to_string(Code::unauthenticated), "UNAUTHENTICATED");
  EXPECT_EQ(to_string(static_cast<Code>(99)), "UNKNOWN");
}

}  // namespace
}  // namespace cpp_lite
