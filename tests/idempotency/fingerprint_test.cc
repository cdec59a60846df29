// By what requests with one key are told apart.
#include "idempotency/fingerprint.h"

#include <gtest/gtest.h>

#include "idempotency/scrambler.h"
#include "shapes.lite.h"

namespace cpp_lite::idempotency {
namespace {

using shapes::Everything;

class Fingerprints : public testing::Test {
 protected:
  enum Way : std::size_t { by_field, by_metadata };

  Fingerprint of(const Everything& request, Way way = by_field) {
    return of_bytes(request.SerializeAsString(), way).value();
  }
  std::optional<Fingerprint> of_bytes(const std::string& bytes, Way way = by_field) {
    const Route& route = handler_.routes()[way];
    return fingerprint(view(bytes), *route.method, *route.keyed);
  }
  static Everything request() {
    Everything message;
    message.set_key("key-1");
    message.set_an_int64(1999);
    message.set_sent_at(5);
    message.mutable_child()->mutable_trace()->set_id("t");
    message.add_children()->set_name("c");
    return message;
  }

  shapes::Shapes::Handler handler_;
};

TEST_F(Fingerprints, AreTheSameForAllEncodingsOfARequest) {
  Random random(1);
  const std::string bytes = request().SerializeAsString();
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(of_bytes(Scrambler(random).scramble(bytes, *Everything::descriptor())),
              of(request()));
  }
}

TEST_F(Fingerprints, DoNotContainTheKeyOfTheMessage) {
  Everything other = request();
  other.set_key("key-2");
  EXPECT_EQ(of(other), of(request()));
  EXPECT_NE(of(other, by_metadata), of(request(), by_metadata));  // there the field is no key
}

TEST_F(Fingerprints, ChangeWithEveryValue) {
  Everything other = request();
  other.set_an_int64(2000);
  EXPECT_NE(of(other).reduced, of(request()).reduced);
  EXPECT_NE(of(other).full, of(request()).full);
}

TEST_F(Fingerprints, AreReducedByWhatTheProtoExcludes) {
  Everything other = request();
  other.set_sent_at(6);
  other.mutable_child()->mutable_trace()->set_id("u");
  other.mutable_children(0)->set_seen(true);
  EXPECT_EQ(of(other).reduced, of(request()).reduced);
  EXPECT_NE(of(other).full, of(request()).full);
  other.mutable_child()->mutable_trace()->set_hop(2);
  EXPECT_NE(of(other).reduced, of(request()).reduced);
}

TEST_F(Fingerprints, SayWhichFieldsAreExcluded) {
  EXPECT_EQ(of(request()).excluded, of(Everything()).excluded);
  EXPECT_NE(of(request()).excluded, of(request(), by_metadata).excluded);
  EXPECT_NE(of(request()).reduced, of(request()).full);
  EXPECT_EQ(of(request(), by_metadata).reduced, of(request(), by_metadata).full);
}

TEST_F(Fingerprints, AreThereForMessagesOnly) {
  EXPECT_TRUE(of_bytes(""));
  EXPECT_FALSE(of_bytes("x"));
}

TEST_F(Fingerprints, OfAServiceWithoutShapesAreOfTheBytes) {
  const KeyPolicy none;
  const Method method{.path = "/a.B/C"};
  const auto of_text = [&](const std::string& bytes) {
    return fingerprint(view(bytes), method, none).value();
  };
  EXPECT_EQ(of_text("x"), of_text("x"));
  EXPECT_NE(of_text("x"), of_text("y"));
}

}  // namespace
}  // namespace cpp_lite::idempotency
