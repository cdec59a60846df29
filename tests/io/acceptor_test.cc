#include "io/acceptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "io/io_support.h"
#include "io/listen_socket.h"
#include "io/sockaddr.h"

namespace cpp_lite::io {
namespace {

const Endpoint kAnyPort{Endpoint::Kind::tcp4, "127.0.0.1", 0};

// Connects to endpoints, keeps what is accepted.
class AcceptorTest : public testing::Test {
 protected:
  using Accepted = std::vector<std::unique_ptr<h2::Transport>>;

  static AcceptCallback keep_in(Accepted& accepted) {
    return
        [&accepted](const std::shared_ptr<Loop>& loop, std::unique_ptr<h2::Transport> transport) {
          EXPECT_TRUE(loop->is_current());
          accepted.push_back(std::move(transport));
        };
  }
  static Fd dial(const Endpoint& endpoint) {
    SockAddr addr;
    EXPECT_TRUE(to_sockaddr(endpoint, addr));
    Fd fd(::socket(addr.get()->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0));
    EXPECT_EQ(::connect(fd.get(), addr.get(), addr.size) != 0 && errno != EINPROGRESS, false);
    return fd;
  }
  std::shared_ptr<Loop> make_loop() { return Loop::create({.clock = &clock_, .thread = false}); }

  HandClock clock_;
  const std::shared_ptr<Loop> loop_ = make_loop();
  std::unique_ptr<Acceptor> acceptor_;
  Accepted accepted_;
  TempDir dir_;
};

TEST_F(AcceptorTest, AcceptsWhatCameSinceListen) {
  for (const Endpoint& endpoint : {kAnyPort, Endpoint{Endpoint::Kind::local, dir_.file("s"), 0}}) {
    ASSERT_TRUE(Acceptor::listen(loop_, endpoint, {}, acceptor_).ok());
    const Fd first = dial(acceptor_->endpoint());
    acceptor_->start(keep_in(accepted_));
    const Fd second = dial(acceptor_->endpoint());
    ASSERT_TRUE(turn_until(*loop_, [&] { return accepted_.size() == 2; }));
    accepted_.clear();
  }
}

TEST_F(AcceptorTest, KnowsWhoConnects) {
  ASSERT_TRUE(Acceptor::listen(loop_, kAnyPort, {}, acceptor_).ok());
  EXPECT_NE(acceptor_->port(), 0);
  acceptor_->start(keep_in(accepted_));
  const Fd fd = dial(acceptor_->endpoint());
  ASSERT_TRUE(turn_until(*loop_, [&] { return accepted_.size() == 1; }));
  SockAddr own;
  own.size = sizeof(own.storage);
  ::getsockname(fd.get(), own.get(), &own.size);
  EXPECT_EQ(accepted_[0]->peer(), to_endpoint(own).to_string());
}

TEST_F(AcceptorTest, TellsWhyItCannotListen) {
  ASSERT_TRUE(Acceptor::listen(loop_, kAnyPort, {}, acceptor_).ok());
  std::unique_ptr<Acceptor> second;
  const Status status = Acceptor::listen(loop_, acceptor_->endpoint(), {}, second);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(status.message(), "address already in use: " + acceptor_->endpoint().to_string());
  EXPECT_EQ(second, nullptr);
}

TEST_F(AcceptorTest, LetsTheSystemRefuseAfterItsEnd) {
  ASSERT_TRUE(Acceptor::listen(loop_, kAnyPort, {}, acceptor_).ok());
  const Endpoint endpoint = acceptor_->endpoint();
  acceptor_->start(keep_in(accepted_));
  turn_until_idle(*loop_);
  acceptor_.reset();
  turn_until_idle(*loop_);
  ASSERT_TRUE(Acceptor::listen(loop_, endpoint, {}, acceptor_).ok());
}

TEST_F(AcceptorTest, ClosesWhenItsLoopStops) {
  ASSERT_TRUE(Acceptor::listen(loop_, kAnyPort, {}, acceptor_).ok());
  acceptor_->start(keep_in(accepted_));
  loop_->stop();
  loop_->run();
  const auto other = make_loop();
  std::unique_ptr<Acceptor> second;
  EXPECT_TRUE(Acceptor::listen(other, acceptor_->endpoint(), {}, second).ok());
}

TEST_F(AcceptorTest, RemovesTheFileOfAUnixSocket) {
  const Endpoint endpoint{Endpoint::Kind::local, dir_.file("s"), 0};
  ASSERT_TRUE(Acceptor::listen(loop_, endpoint, {}, acceptor_).ok());
  EXPECT_TRUE(std::filesystem::exists(endpoint.address));
  acceptor_.reset();
  EXPECT_FALSE(std::filesystem::exists(endpoint.address));
}

TEST_F(AcceptorTest, LeavesAFileThatSomebodyPutInThePlaceOfItsOwn) {
  const Endpoint endpoint{Endpoint::Kind::local, dir_.file("s"), 0};
  ASSERT_TRUE(Acceptor::listen(loop_, endpoint, {}, acceptor_).ok());
  ListenSocket other;
  std::filesystem::rename(endpoint.address, dir_.file("old"));
  ASSERT_TRUE(other.open(endpoint, 1, false).ok());
  acceptor_.reset();
  EXPECT_TRUE(std::filesystem::exists(endpoint.address));
}

TEST_F(AcceptorTest, TakesThePlaceOfAUnixSocketThatIsDead) {
  const Endpoint endpoint{Endpoint::Kind::local, dir_.file("s"), 0};
  SockAddr addr;
  ASSERT_TRUE(to_sockaddr(endpoint, addr));
  {
    const Fd dead(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::bind(dead.get(), addr.get(), addr.size), 0);
  }
  ASSERT_TRUE(Acceptor::listen(loop_, endpoint, {}, acceptor_).ok());
  std::unique_ptr<Acceptor> second;
  EXPECT_FALSE(Acceptor::listen(loop_, endpoint, {}, second).ok());  // this one lives
  const Fd still_served = dial(endpoint);
}

TEST_F(AcceptorTest, LeavesAFileThatIsNoSocket) {
  const std::string path = dir_.file("s");
  std::ofstream(path) << "precious";
  EXPECT_FALSE(Acceptor::listen(loop_, {Endpoint::Kind::local, path, 0}, {}, acceptor_).ok());
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(AcceptorTest, PausesWhenTheProcessIsOutOfDescriptors) {
  ASSERT_TRUE(Acceptor::listen(loop_, kAnyPort, {}, acceptor_).ok());
  acceptor_->start(keep_in(accepted_));
  turn_until_idle(*loop_);
  const Fd waiting = dial(acceptor_->endpoint());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{static_cast<rlim_t>(waiting.get()) + 1, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  ASSERT_TRUE(turn_until(*loop_, [&] { return loop_->poll() > 0; }));
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(loop_->poll(), 0u);  // it does not spin
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_EQ(loop_->poll(), 0u);
  clock_.advance(std::chrono::milliseconds(100));
  EXPECT_TRUE(turn_until(*loop_, [&] { return accepted_.size() == 1; }));
}

TEST_F(AcceptorTest, SharesATcpPortBetweenLoops) {
  const std::vector<std::shared_ptr<Loop>> loops = {make_loop(), make_loop(), make_loop()};
  std::vector<std::unique_ptr<Acceptor>> acceptors;
  ASSERT_TRUE(listen_on_loops(loops, kAnyPort, {}, acceptors).ok());
  ASSERT_EQ(acceptors.size(), 3u);
  std::vector<Accepted> accepted(3);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(acceptors[i]->port(), acceptors[0]->port());
    acceptors[i]->start(keep_in(accepted[i]));
  }
  std::vector<Fd> clients;
  for (int i = 0; i < 60; ++i) clients.push_back(dial(acceptors[0]->endpoint()));
  ASSERT_TRUE(turn_until(*loops[0], [&] {
    loops[1]->poll();
    loops[2]->poll();
    return accepted[0].size() + accepted[1].size() + accepted[2].size() == 60;
  }));
  for (const Accepted& part : accepted) EXPECT_GT(part.size(), 0u);
  accepted.clear();
}

TEST_F(AcceptorTest, DoesNotShareAPortWithAnotherServerByMistake) {
  const std::vector<std::shared_ptr<Loop>> loops = {make_loop(), make_loop()};
  std::vector<std::unique_ptr<Acceptor>> first;
  std::vector<std::unique_ptr<Acceptor>> second;
  ASSERT_TRUE(listen_on_loops(loops, kAnyPort, {}, first).ok());
  const Status status = listen_on_loops(loops, first[0]->endpoint(), {}, second);
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(second.empty());
}

TEST_F(AcceptorTest, DealsUnixConnectionsToLoopsInTurn) {
  const std::vector<std::shared_ptr<Loop>> loops = {make_loop(), make_loop(), make_loop()};
  std::vector<std::unique_ptr<Acceptor>> acceptors;
  const Endpoint endpoint{Endpoint::Kind::local, dir_.file("s"), 0};
  ASSERT_TRUE(listen_on_loops(loops, endpoint, {}, acceptors).ok());
  ASSERT_EQ(acceptors.size(), 1u);
  std::map<Loop*, int> count;
  Accepted accepted;
  acceptors[0]->start([&](const std::shared_ptr<Loop>& loop, auto transport) {
    EXPECT_TRUE(loop->is_current());
    ++count[loop.get()];
    accepted.push_back(std::move(transport));
  });
  std::vector<Fd> clients;
  for (int i = 0; i < 9; ++i) clients.push_back(dial(endpoint));
  ASSERT_TRUE(turn_until(*loops[0], [&] {
    loops[1]->poll();
    loops[2]->poll();
    return accepted.size() == 9;
  }));
  for (const auto& loop : loops) EXPECT_EQ(count[loop.get()], 3);
}

// Sends back what it gets. Owned by its own connection, so to speak: it goes when that closes.
struct Echo final : h2::Transport::Listener, std::enable_shared_from_this<Echo> {
  std::unique_ptr<h2::Transport> transport;
  std::shared_ptr<Echo> self;

  void on_bytes(std::span<const std::uint8_t> bytes) override {
    transport->write({bytes.begin(), bytes.end()});
  }
  void on_written(std::vector<std::uint8_t>) override {}
  void on_closed(std::string) override { self.reset(); }
};

TEST_F(AcceptorTest, ServesConnectionsOnThreadsOfTheirOwn) {
  const std::vector<std::shared_ptr<Loop>> loops = {Loop::create(), Loop::create()};
  for (const Endpoint& endpoint : {kAnyPort, Endpoint{Endpoint::Kind::local, dir_.file("s"), 0}}) {
    std::vector<std::unique_ptr<Acceptor>> acceptors;
    ASSERT_TRUE(listen_on_loops(loops, endpoint, {}, acceptors).ok());
    for (const auto& acceptor : acceptors) {
      acceptor->start([](const std::shared_ptr<Loop>&, std::unique_ptr<h2::Transport> transport) {
        auto echo = std::make_shared<Echo>();
        echo->transport = std::move(transport);
        echo->self = echo;
        echo->transport->start(*echo);
      });
    }
    for (int i = 0; i < 20; ++i) {
      const Fd fd = dial(acceptors[0]->endpoint());
      ::fcntl(fd.get(), F_SETFL, 0);  // blocking from here
      char byte = 'x';
      ASSERT_EQ(::send(fd.get(), &byte, 1, MSG_NOSIGNAL), 1);
      ASSERT_EQ(::recv(fd.get(), &byte, 1, 0), 1);
    }
  }
}

}  // namespace
}  // namespace cpp_lite::io
