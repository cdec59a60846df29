#include "io/pipe.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "io/io_support.h"
#include "support/fake_loop.h"

namespace cpp_lite::io {
namespace {

class PipeTest : public testing::Test {
 protected:
  void start_both() {
    pipe_.client->start(client_);
    pipe_.server->start(server_);
  }
  void run() { loop_->run_until_idle(); }

  const std::shared_ptr<support::FakeLoop> loop_ = support::FakeLoop::create();
  Pipe pipe_ = make_pipe(*loop_);
  Notes client_;
  Notes server_;
};

TEST_F(PipeTest, CarriesBytesBothWays) {
  start_both();
  pipe_.client->write(bytes_of("ping"));
  pipe_.server->write(bytes_of("pong"));
  run();
  EXPECT_EQ(server_.received, "ping");
  EXPECT_EQ(client_.received, "pong");
  EXPECT_EQ(client_.writes_done, 1u);
  EXPECT_EQ(client_.buffer.size(), 4u);
  EXPECT_EQ(pipe_.client->peer(), "inproc:");
}

TEST_F(PipeTest, CallsNobodyInsideWriteOrStart) {
  start_both();
  pipe_.client->write(bytes_of("ping"));
  pipe_.server->close();
  EXPECT_EQ(server_.pieces + client_.writes_done, 0u);
  EXPECT_EQ(client_.closed, "");
}

TEST_F(PipeTest, KeepsWhatIsWrittenUntilTheOtherEndStarts) {
  pipe_.client->start(client_);
  pipe_.client->write(bytes_of("early"));
  run();
  EXPECT_EQ(client_.writes_done, 0u);
  pipe_.server->start(server_);
  run();
  EXPECT_EQ(server_.received, "early");
  EXPECT_EQ(client_.writes_done, 1u);
}

TEST_F(PipeTest, WritesFromInsideOnWritten) {
  client_.at_written = [&] {
    if (client_.writes_done < 10) pipe_.client->write(bytes_of("x"));
  };
  start_both();
  pipe_.client->write(bytes_of("x"));
  run();
  EXPECT_EQ(server_.received, std::string(10, 'x'));
}

TEST_F(PipeTest, DeliversBytesWrittenBeforeTheClose) {
  start_both();
  pipe_.client->write(bytes_of("last words"));
  pipe_.client.reset();
  run();
  EXPECT_EQ(server_.received, "last words");
  EXPECT_EQ(server_.closed, "connection closed");
  EXPECT_EQ(client_.writes_done, 0u);
}

TEST_F(PipeTest, TellsAnEndThatStartsLateThatTheOtherHasGone) {
  pipe_.client.reset();
  run();
  pipe_.server->start(server_);
  run();
  EXPECT_EQ(server_.closed, "connection closed");
}

TEST_F(PipeTest, MayBeDestroyedInsideItsEvents) {
  server_.at_bytes = [&] {
    pipe_.server.reset();
    pipe_.client.reset();
    pipe_.control.reset();
  };
  start_both();
  pipe_.client->write(bytes_of("x"));
  run();
  EXPECT_EQ(server_.received, "x");
  EXPECT_EQ(server_.closed + client_.closed, "");
}

TEST_F(PipeTest, SplitsWhatItCarries) {
  start_both();
  pipe_.control->set_to_server({.chunk = 2});
  pipe_.client->write(bytes_of("abcde"));
  pipe_.server->write(bytes_of("abcde"));
  run();
  EXPECT_EQ(server_.received, "abcde");
  EXPECT_EQ(server_.pieces, 3u);
  EXPECT_EQ(client_.pieces, 1u);
}

TEST_F(PipeTest, CutsBothEndsAfterSoManyBytes) {
  for (std::size_t n = 0; n <= 5; ++n) {
    Notes client;
    Notes server;
    const Pipe pipe = make_pipe(*loop_);
    pipe.client->start(client);
    pipe.server->start(server);
    pipe.control->set_to_server({.cut_after = n});
    pipe.client->write(bytes_of("abcdef"));
    run();
    EXPECT_EQ(server.received, std::string("abcdef").substr(0, n));
    EXPECT_EQ(server.closed, "connection reset by peer");
    EXPECT_EQ(client.closed, "connection reset by peer");
    EXPECT_EQ(client.writes_done, 0u);
  }
}

TEST_F(PipeTest, StallsAndGoesOn) {
  start_both();
  pipe_.control->set_to_server({.stall = true});
  pipe_.client->write(bytes_of("x"));
  pipe_.server->write(bytes_of("y"));
  run();
  EXPECT_EQ(server_.received, "");
  EXPECT_EQ(client_.received, "y");
  EXPECT_EQ(client_.writes_done, 0u);
  pipe_.control->set_to_server({});
  run();
  EXPECT_EQ(server_.received, "x");
  EXPECT_EQ(client_.writes_done, 1u);
}

TEST_F(PipeTest, HidesAClosedPeerWhileItStalls) {
  start_both();
  pipe_.control->set_to_server({.stall = true});
  pipe_.client.reset();
  run();
  EXPECT_EQ(server_.closed, "");
}

TEST_F(PipeTest, IsCutOnDemandOnce) {
  start_both();
  pipe_.control->cut("the cable is out");
  pipe_.control->cut("again");
  run();
  EXPECT_EQ(client_.closed, "the cable is out");
  EXPECT_EQ(server_.closed, "the cable is out");
}

TEST_F(PipeTest, TellsAnEndThatStartsAfterTheCut) {
  pipe_.client->start(client_);
  pipe_.control->cut("cut");
  run();
  pipe_.server->start(server_);
  run();
  EXPECT_EQ(server_.closed, "cut");
}

TEST_F(PipeTest, ClosesWhenARealLoopStops) {
  const auto loop = Loop::create({.thread = false});
  const Pipe pipe = make_pipe(*loop);
  Notes client;
  pipe.client->start(client);
  pipe.client->write(bytes_of("never read"));
  loop->stop();
  loop->run();
  EXPECT_EQ(client.closed, "the event loop was stopped");
}

}  // namespace
}  // namespace cpp_lite::io
