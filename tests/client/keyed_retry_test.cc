// Calls that carry a key: where and when they are repeated (calls.md 4.5, "KEYED over several
// endpoints").
#include "retrying.h"

namespace cpp_lite::client {
namespace {

TEST_F(RetryTest, AKeyedCallIsRepeatedOnlyWhereTheServerShowsThatItKnowsKeys) {
  CallSettings keyed;
  keyed.idempotency_key = "k1";
  Future<RawReply> unknown = call(kKeyed, Deadline::never(), keyed);
  reject("14");
  EXPECT_TRUE(unknown.ready());
  EXPECT_EQ(status_of(unknown).idempotency_key(), "k1");

  Future<RawReply> known = call(kKeyed, Deadline::never(), keyed);
  reject("14", {{"cpp-lite-store", "s1"}});
  EXPECT_FALSE(known.ready());
  wait(50ms);
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(status_of(known).ok());
}

TEST_F(RetryTest, AKeyedCallWithoutAKeyIsNotRepeated) {
  options.assume_keyed = true;
  Future<RawReply> reply = call(kKeyed);
  reject("14");
  EXPECT_EQ(status_of(reply).attempts().at(0).verdict, "stopped: no key");
}

TEST_F(RetryTest, AKeyedCallStopsWhereTheStoreHasChanged) {
  CallSettings keyed;
  keyed.idempotency_key = "k1";
  Future<RawReply> reply = call(kKeyed, 60s, keyed);
  reject("14", {{"cpp-lite-store", "s1"}});
  wait(50ms);
  ASSERT_EQ(peer.streams.size(), 2U);
  reject("14", {{"cpp-lite-store", "s2"}});
  wait(10s);
  EXPECT_EQ(peer.streams.size(), 2U);
  EXPECT_EQ(status_of(reply).code(), Code::unavailable);
}

}  // namespace
}  // namespace cpp_lite::client
