// Calls that carry a key: where and when they are repeated (docs/rules.md, "Several endpoints").
#include "retrying.h"

namespace cpp_lite::client {
namespace {

class KeyedRetryTest : public RetryTest {
 protected:
  static CallSettings keyed(std::string key = "k1") {
    CallSettings settings;
    settings.idempotency_key = std::move(key);
    return settings;
  }
  void answer_showing(PeerStream& stream, std::string_view store) {
    stream.headers({{":status", "200"},
                    {"content-type", "application/grpc"},
                    {"cpp-lite-store", std::string(store)}});
    stream.message("pong");
    stream.status("0");
    turn();
  }
};

TEST_F(KeyedRetryTest, AKeyedCallIsRepeatedOnlyWhereTheServerShowsThatItKnowsKeys) {
  Future<RawReply> unknown = call(kKeyed, Deadline::never(), keyed());
  reject("14");
  EXPECT_TRUE(unknown.ready());
  EXPECT_EQ(status_of(unknown).idempotency_key(), "k1");

  Future<RawReply> known = call(kKeyed, Deadline::never(), keyed());
  reject("14", {{"cpp-lite-store", "s1"}});
  EXPECT_FALSE(known.ready());
  EXPECT_EQ(peer.last().header("cpp-lite-store"), "(none)") << "the first attempt knows of none";
  wait(50ms);
  EXPECT_EQ(peer.last().header("cpp-lite-store"), "s1") << "the second may run there alone";
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(status_of(known).ok());
}

TEST_F(KeyedRetryTest, AKeyedCallWithoutAKeyIsNotRepeated) {
  options.assume_keyed = true;
  Future<RawReply> reply = call(kKeyed);
  reject("14");
  EXPECT_EQ(status_of(reply).attempts().at(0).verdict, "stopped: no key");
}

TEST_F(KeyedRetryTest, AKeyedCallStopsWhereTheStoreHasChanged) {
  Future<RawReply> reply = call(kKeyed, 60s, keyed());
  reject("14", {{"cpp-lite-store", "s1"}});
  wait(50ms);
  ASSERT_EQ(peer.streams.size(), 2U);
  reject("14", {{"cpp-lite-store", "s2"}});
  wait(10s);
  EXPECT_EQ(peer.streams.size(), 2U);
  EXPECT_EQ(status_of(reply).code(), Code::unavailable);
}

// A rolling deploy behind one address: the old process, which knows no keys, has the call when the
// new one shows its store.
TEST_F(KeyedRetryTest, ACallThatRanOnAnOldServerIsNotRepeatedBecauseTheNewOneShowsAStore) {
  Future<RawReply> charge = call(kKeyed, Deadline::never(), keyed());
  peer.connections[0]->drain();  // the old server goes, but keeps the call
  turn();
  Future<RawReply> other = call(kKeyed, Deadline::never(), keyed("k2"));
  ASSERT_EQ(peer.connections.size(), 2U);
  answer_showing(peer.stream(1), "s1");
  peer.connections[0]->close("killed");
  turn();
  wait(10s);
  EXPECT_EQ(peer.streams.size(), 2U);
  EXPECT_EQ(status_of(charge).attempts().at(0).verdict, "stopped: no store was shown");
}

// A rollback: the endpoint answers without an id, so its server knows no keys any more.
TEST_F(KeyedRetryTest, AnEndpointThatShowsNoStoreAnyMoreIsNotTrusted) {
  Future<RawReply> before = call(kKeyed, Deadline::never(), keyed("k0"));
  answer_showing(peer.stream(0), "s1");
  peer.connections[0]->close("rolled back");
  turn();
  Future<RawReply> between = call(kSafe);
  peer.last().answer("from the old server");
  turn();
  Future<RawReply> charge = call(kKeyed, Deadline::never(), keyed());
  peer.connections.back()->close("gone");
  turn();
  wait(10s);
  EXPECT_EQ(peer.streams.size(), 3U);
  EXPECT_TRUE(charge.ready());
}

TEST_F(KeyedRetryTest, AnErrorWithoutAStoreDoesNotProveThatTheServerKnowsTheKey) {
  Future<RawReply> before = call(kKeyed, Deadline::never(), keyed("k0"));
  answer_showing(peer.stream(0), "s1");
  Future<RawReply> of_grpc = call(kKeyed, Deadline::never(), keyed("k1"));
  reject("14");
  EXPECT_TRUE(of_grpc.ready());

  Future<RawReply> again = call(kKeyed, Deadline::never(), keyed("k2"));
  answer_showing(peer.last(), "s1");
  Future<RawReply> of_a_proxy = call(kKeyed, Deadline::never(), keyed("k3"));
  peer.last().only_headers({{":status", "503"}, {"content-type", "text/html"}});
  turn();
  EXPECT_TRUE(of_a_proxy.ready());
}

TEST_F(KeyedRetryTest, ACallThatIsLostIsRepeatedWhereItsConnectionHadShownAStore) {
  Future<RawReply> before = call(kKeyed, Deadline::never(), keyed("k0"));
  Future<RawReply> charge = call(kKeyed, Deadline::never(), keyed());
  answer_showing(peer.stream(0), "s1");  // while the other one is under way
  peer.connections[0]->close("restart");
  turn();
  wait(50ms);
  ASSERT_EQ(peer.streams.size(), 3U);
  answer_showing(peer.last(), "s1");
  EXPECT_TRUE(status_of(charge).ok());
}

TEST_F(KeyedRetryTest, ACallThatWaitsForItsStoreEndsWhenThatIsShownNoMore) {
  Future<RawReply> charge = call(kKeyed, 60s, keyed());
  reject("14", {{"cpp-lite-store", "s1"}});
  Future<RawReply> between = call(kSafe);
  peer.last().answer("from another server");
  turn();
  wait(10s);
  EXPECT_EQ(peer.streams.size(), 2U);
  EXPECT_EQ(status_of(charge).code(), Code::unavailable);
}

}  // namespace
}  // namespace cpp_lite::client
