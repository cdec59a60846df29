#include <cpp_lite/status.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
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

TEST(Status, PromisesThatNothingWasExecutedOnlyWhenAskedTo) {
  EXPECT_FALSE(Status(Code::unavailable, "down").is_not_executed());
  const Status promise = Status::not_executed(Code::unavailable, "full");
  EXPECT_TRUE(promise.is_not_executed());
  EXPECT_EQ(promise.to_string(), "UNAVAILABLE: full (local)");
  EXPECT_FALSE(Status(promise).set_not_executed(false).is_not_executed());
  EXPECT_TRUE(promise.is_not_executed());
}

TEST(Status, SuccessPromisesNothingAndAsksForNoPause) {
  Status status = Status::not_executed(Code::ok, "");
  status.set_pushback(std::chrono::milliseconds(5));
  EXPECT_FALSE(status.is_not_executed());
  EXPECT_EQ(status.pushback(), std::nullopt);
}

TEST(Status, CarriesThePauseThatAServerAsksFor) {
  Status status(Code::unavailable, "busy");
  EXPECT_EQ(status.pushback(), std::nullopt);
  status.set_pushback(std::chrono::milliseconds(0));
  EXPECT_EQ(status.pushback(), std::chrono::milliseconds(0));
  status.set_pushback(std::chrono::milliseconds(-1));
  EXPECT_EQ(status.pushback(), std::chrono::milliseconds(-1));
}

TEST(Status, OfSuccessKeepsItsAttemptsAndKeyAndStaysSuccess) {
  Status status;
  status.set_attempts({Attempt{.number = 1}, Attempt{.number = 2}}).set_idempotency_key("k-1");
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), Code::ok);
  EXPECT_EQ(status, Status());
  EXPECT_EQ(status.attempts().size(), 2u);
  EXPECT_EQ(status.idempotency_key(), "k-1");
  status.set_phase("sent").set_origin(Origin::peer).set_not_executed(true).add_detail(Note{"x"});
  EXPECT_EQ(status.phase(), "");
  EXPECT_EQ(status.origin(), Origin::local);
  EXPECT_FALSE(status.is_not_executed());
  EXPECT_TRUE(status.raw_details().empty());
}

TEST(Status, CopiesOfASuccessWithAttemptsChangeAlone) {
  Status original;
  original.set_attempts({Attempt{.number = 1}});
  Status copy = original;
  copy.set_attempts({}).set_idempotency_key("k");
  EXPECT_EQ(original.attempts().size(), 1u);
  EXPECT_EQ(original.idempotency_key(), "");
}

TEST(Status, SaysInItsFirstLineWhyItWasNotSentAgain) {
  Status status(Code::unavailable, "down");
  status.set_origin(Origin::peer).set_attempts({Attempt{.number = 1}});
  EXPECT_EQ(status.to_string(), "UNAVAILABLE: down (peer)");
  status.set_attempts({Attempt{.number = 1, .verdict = "stopped: the method is UNSAFE"}});
  EXPECT_EQ(status.to_string(),
            "UNAVAILABLE: down (peer; attempts=1, stopped: the method is UNSAFE)");
}

TEST(Status, NamesThePeerOfTheOnlyAttempt) {
  using namespace std::chrono_literals;
  Status status(Code::unavailable, "down");
  status.set_origin(Origin::peer)
      .set_attempts({Attempt{.number = 1,
                             .peer = "ipv4:10.0.0.7:50051",
                             .outcome = Outcome::rejected,
                             .code = Code::unavailable,
                             .bytes_sent = 12,
                             .elapsed = 2ms,
                             .verdict = "stopped: no policy"}});
  EXPECT_EQ(status.to_string(),
            "UNAVAILABLE: down (peer; attempts=1, stopped: no policy)\n"
            "  attempt 1: ipv4:10.0.0.7:50051, REJECTED UNAVAILABLE, sent 12 bytes, took 2.0 ms; "
            "stopped: no policy");
}

TEST(Status, TellsEachOfSeveralAttemptsInALine) {
  using namespace std::chrono_literals;
  Status status(Code::unavailable, "down");
  status.set_origin(Origin::peer);
  status.set_attempts({
      Attempt{.number = 1,
              .outcome = Outcome::not_sent,
              .code = Code::unavailable,
              .elapsed = 1500us,
              .remaining = 11960ms,
              .verdict = "repeated: never sent"},
      Attempt{.number = 2,
              .peer = "ipv4:10.0.0.7:50051",
              .outcome = Outcome::rejected,
              .code = Code::unavailable,
              .bytes_sent = 12,
              .delay = 48ms,
              .elapsed = 2ms,
              .remaining = 9950ms,
              .verdict = "stopped: budget"},
  });
  EXPECT_EQ(
      status.to_string(),
      "UNAVAILABLE: down (peer; attempts=2, stopped: budget)\n"
      "  attempt 1: no connection, NOT_SENT UNAVAILABLE, took 1.5 ms, 11.9 s left; "
      "repeated: never sent\n"
      "  attempt 2: ipv4:10.0.0.7:50051, REJECTED UNAVAILABLE, sent 12 bytes, waited 48.0 ms, "
      "took 2.0 ms, 9950.0 ms left; stopped: budget");
}

TEST(Status, TellsTheAttemptsOfASuccess) {
  Status status;
  status.set_attempts({
      Attempt{.number = 1,
              .peer = "unix:",
              .outcome = Outcome::refused,
              .code = Code::unavailable,
              .verdict = "repeated: the server refused it unprocessed"},
      Attempt{.number = 2, .peer = "unix:", .outcome = Outcome::ok, .bytes_sent = 5},
  });
  EXPECT_EQ(status.to_string(),
            "OK (attempts=2)\n"
            "  attempt 1: unix:, REFUSED UNAVAILABLE, sent 0 bytes, took 0.0 ms; "
            "repeated: the server refused it unprocessed\n"
            "  attempt 2: unix:, OK, sent 5 bytes, took 0.0 ms");
}

TEST(Outcome, HasTheSpecificationsNames) {
  EXPECT_EQ(to_string(Outcome::not_sent), "NOT_SENT");
  EXPECT_EQ(to_string(Outcome::declared), "DECLARED");
  EXPECT_EQ(to_string(Outcome::ok), "OK");
  EXPECT_EQ(to_string(static_cast<Outcome>(99)), "UNKNOWN");
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
