// One script of faults for the channels of several servers, whose loops are different ones.
#include "testing/faults.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "support/fake_loop.h"

namespace cpp_lite::testing {
namespace {

struct End final : h2::Transport::Listener {
  void on_bytes(std::span<const std::uint8_t> bytes) override { received += bytes.size(); }
  void on_written(std::vector<std::uint8_t>) override {}
  void on_closed(std::string) override { closed = true; }
  std::size_t received = 0;
  bool closed = false;
};

struct Line {
  explicit Line(PipeScript& script) : pipe(script.connect(loop)) {
    pipe.client->start(client);
    pipe.server->start(server);
  }
  const std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  End client, server;
  io::Pipe pipe;
};

class FaultsTest : public ::testing::Test {
 protected:
  const std::shared_ptr<PipeScript> script = std::make_shared<PipeScript>();
  Line one{*script};
  Line two{*script};
};

TEST_F(FaultsTest, ACutReachesEachPipeOnItsOwnLoop) {
  script->cut();
  one.loop->run_until_idle();
  EXPECT_TRUE(one.client.closed);
  EXPECT_FALSE(two.client.closed) << "its loop has not turned";
  two.loop->run_until_idle();
  EXPECT_TRUE(two.client.closed);
}

TEST_F(FaultsTest, SettingsReachEachPipeOnItsOwnLoop) {
  script->stall_requests(true);
  for (Line* line : {&one, &two}) {
    line->loop->run_until_idle();
    line->pipe.client->write({1, 2, 3});
    line->loop->run_until_idle();
    EXPECT_EQ(line->server.received, 0u);
  }
  script->stall_requests(false);
  for (Line* line : {&one, &two}) {
    line->loop->run_until_idle();
    EXPECT_EQ(line->server.received, 3u);
  }
}

}  // namespace
}  // namespace cpp_lite::testing
