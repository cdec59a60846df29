#include "io/connect.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/io_support.h"
#include "io/listen_socket.h"
#include "io/sockaddr.h"

namespace cpp_lite::io {
namespace {

using std::chrono::seconds;

const Endpoint kFreePort{Endpoint::Kind::tcp4, "127.0.0.1", 0};

class ConnectTest : public testing::Test {
 protected:
  void connect(const Endpoint& endpoint) {
    handle_ = connect_to(*loop_, endpoint, clock_.now() + seconds(20),
                         [this](Status status, std::unique_ptr<h2::Transport> transport) {
                           ++answers_;
                           status_ = std::move(status);
                           transport_ = std::move(transport);
                           handle_.reset();  // which is allowed here
                         });
    EXPECT_EQ(answers_, 0);
  }
  bool answered() {
    return turn_until(*loop_, [this] { return answers_ > 0; });
  }
  // A port that takes no more connections and does not refuse them either.
  Endpoint deaf_port() {
    EXPECT_TRUE(deaf_.open(kFreePort, 0, false).ok());
    SockAddr addr;
    EXPECT_TRUE(to_sockaddr(deaf_.endpoint(), addr));
    waiting_ = Fd(::socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_EQ(::connect(waiting_.get(), addr.get(), addr.size), 0);
    return deaf_.endpoint();
  }

  HandClock clock_;
  const std::shared_ptr<Loop> loop_ = Loop::create({.clock = &clock_, .thread = false});
  ListenSocket deaf_;
  Fd waiting_;
  std::unique_ptr<Operation> handle_;
  int answers_ = 0;
  Status status_;
  std::unique_ptr<h2::Transport> transport_;
};

TEST_F(ConnectTest, GivesATransportToTheEndpoint) {
  ListenSocket listener;
  ASSERT_TRUE(listener.open(kFreePort, 1, false).ok());
  connect(listener.endpoint());
  ASSERT_TRUE(answered());
  ASSERT_TRUE(status_.ok()) << status_.to_string();
  EXPECT_EQ(transport_->peer(), listener.endpoint().to_string());
}

TEST_F(ConnectTest, TellsThatNobodyListens) {
  Endpoint endpoint;
  {
    ListenSocket listener;
    ASSERT_TRUE(listener.open(kFreePort, 1, false).ok());
    endpoint = listener.endpoint();
  }
  connect(endpoint);
  ASSERT_TRUE(answered());
  EXPECT_EQ(status_.code(), Code::unavailable);
  EXPECT_EQ(status_.message(), "connection refused: " + endpoint.to_string());
  EXPECT_EQ(status_.phase(), "connecting");
  EXPECT_EQ(transport_, nullptr);
}

TEST_F(ConnectTest, TellsThatAUnixSocketIsMissing) {
  const TempDir dir;
  connect({Endpoint::Kind::local, dir.file("none"), 0});
  ASSERT_TRUE(answered());
  EXPECT_EQ(status_.message(), "no such file or directory: unix:" + dir.file("none"));
}

TEST_F(ConnectTest, RefusesWhatIsNoAddress) {
  connect({Endpoint::Kind::tcp4, "localhost", 1});
  ASSERT_TRUE(answered());
  EXPECT_EQ(status_.message(), "invalid argument: ipv4:localhost:1");
}

TEST_F(ConnectTest, GivesUpWhenItsTimeIsOver) {
  const Endpoint endpoint = deaf_port();
  connect(endpoint);
  for (int i = 0; i < 100; ++i) loop_->poll();
  EXPECT_EQ(answers_, 0);
  clock_.advance(seconds(20));
  ASSERT_TRUE(answered());
  EXPECT_EQ(status_.message(), "no answer in time: " + endpoint.to_string());
}

TEST_F(ConnectTest, SaysNothingOnceItIsGivenUp) {
  connect(deaf_port());
  handle_.reset();
  clock_.advance(seconds(20));
  turn_until_idle(*loop_);
  EXPECT_EQ(answers_, 0);
}

TEST_F(ConnectTest, FailsWhenTheLoopStops) {
  connect(deaf_port());
  loop_->stop();
  loop_->run();
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(status_.code(), Code::unavailable);
}

TEST_F(ConnectTest, FailsOnALoopThatHasStopped) {
  loop_->stop();
  loop_->run();
  loop_->post([&] { connect(deaf_port()); });
  EXPECT_EQ(answers_, 1);
  EXPECT_FALSE(status_.ok());
}

}  // namespace
}  // namespace cpp_lite::io
