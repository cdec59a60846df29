// Which streams a client may say of that nothing of them has left it (docs/rules.md, NOT_SENT).
#include "peers.h"

namespace cpp_lite::h2 {
namespace {

// A write that does not finish keeps what comes after it in the session.
class NeverSent : public Peers {
 protected:
  void stall() {
    wire->from(0).stalled = true;
    loop->run_until_idle();
  }
};

TEST_F(NeverSent, AStreamBehindAWriteThatDoesNotFinish) {
  stall();
  auto written = call();
  loop->run_until_idle();
  auto queued = call();
  loop->run_until_idle();
  client->close("enough");
  EXPECT_EQ(written->lines, Lines{"close connection_lost: enough"});
  EXPECT_EQ(queued->lines, Lines{"close never_sent: enough"});
}

TEST_F(NeverSent, AStreamOpenedInTheTurnInWhichTheConnectionIsLost) {
  auto sent = call();
  loop->run_until_idle();
  wire->from(0).cut_after = 0;
  wire->pump(0);  // the cut comes before the write
  auto queued = call();
  client->send_data(queued->id, to_bytes("x"), true);
  loop->run_until_idle();
  EXPECT_EQ(sent->lines, Lines{"close connection_lost: connection reset by peer"});
  EXPECT_EQ(queued->lines, Lines{"close never_sent: connection reset by peer"});
}

TEST_F(NeverSent, NotAStreamOfWhichOneByteMayHaveGoneOut) {
  wire->from(0).cut_after = wire->from(0).bytes + 1;
  auto half_sent = call();
  loop->run_until_idle();
  EXPECT_EQ(half_sent->lines, Lines{"close connection_lost: connection reset by peer"});
}

TEST_F(NeverSent, NotAStreamWhoseWriteHadNotBegunToPass) {
  stall();
  auto handed_over = call();
  loop->run_until_idle();
  client->close("enough");
  EXPECT_EQ(handed_over->lines, Lines{"close connection_lost: enough"});
}

TEST_F(NeverSent, AStreamThatIsStillQueuedWhenTheGoawayComes) {
  stall();
  auto written = call();
  loop->run_until_idle();
  auto queued = call();
  server->drain();
  loop->run_until_idle();
  EXPECT_EQ(client_owner.lines, (Lines{"ready", "draining"}));
  wire->from(0).stalled = false;
  wire->pump(0);
  loop->run_until_idle();
  EXPECT_EQ(queued->lines, Lines{"close never_sent 7: the peer takes no more calls"});
  EXPECT_EQ(written->lines, Lines{});
  EXPECT_EQ(server_owner.streams.size(), 1U);
}

TEST_F(NeverSent, NotAStreamThatThePeerRefusesOrResets) {
  server_owner.refuses = true;
  auto refused = call();
  loop->run_until_idle();
  EXPECT_EQ(refused->lines, Lines{"close refused 7"});
}

}  // namespace
}  // namespace cpp_lite::h2
