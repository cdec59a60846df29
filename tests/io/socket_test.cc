#include "io/socket.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/io_support.h"
#include "io/sockaddr.h"

namespace cpp_lite::io {
namespace {

// Two connected TCP sockets on the loopback address.
std::pair<Fd, Fd> tcp_pair() {
  SockAddr addr;
  EXPECT_TRUE(to_sockaddr({Endpoint::Kind::tcp4, "127.0.0.1", 0}, addr));
  const Fd listener(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(::bind(listener.get(), addr.get(), addr.size), 0);
  EXPECT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_EQ(::getsockname(listener.get(), addr.get(), &addr.size), 0);
  Fd client(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(::connect(client.get(), addr.get(), addr.size), 0);
  return {std::move(client), Fd(::accept(listener.get(), nullptr, nullptr))};
}

std::pair<Fd, Fd> unix_pair() {
  std::array<int, 2> pair{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  return {Fd(pair[0]), Fd(pair[1])};
}

// Every test runs over both kinds of socket, on a loop turned by hand: a transport on one end, the
// bare socket on the other.
class SocketTest : public testing::TestWithParam<bool> {
 protected:
  SocketTest() {
    auto [ours, peer] = GetParam() ? tcp_pair() : unix_pair();
    peer_ = std::move(peer);
    transport_ = adopt_socket(*loop_, std::move(ours), "peer", {});
  }

  void peer_sends(std::string_view text) {
    ASSERT_EQ(::send(peer_.get(), text.data(), text.size(), 0), std::ssize(text));
  }
  // What has arrived, or "" for nothing.
  std::string peer_has_received() {
    std::array<char, 65536> buffer;
    const ssize_t size = ::recv(peer_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size <= 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }
  // Waits for all to come; fewer bytes if the connection ends before.
  std::string peer_receives(std::size_t size) {
    const timeval limit{kLimit.count(), 0};
    ::setsockopt(peer_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    std::string received(size, ' ');
    const ssize_t got = ::recv(peer_.get(), received.data(), size, MSG_WAITALL);
    if (got < 0) return error_words(errno);
    received.resize(static_cast<std::size_t>(got));
    return received;
  }
  bool turn_until(const std::function<bool()>& done) { return io::turn_until(*loop_, done); }

  const std::shared_ptr<Loop> loop_ = Loop::create({.thread = false});
  Fd peer_;
  Notes notes_;
  std::unique_ptr<h2::Transport> transport_;
};

INSTANTIATE_TEST_SUITE_P(Tcp, SocketTest, testing::Values(true));
INSTANTIATE_TEST_SUITE_P(Unix, SocketTest, testing::Values(false));

TEST_P(SocketTest, KnowsItsPeer) { EXPECT_EQ(transport_->peer(), "peer"); }

TEST_P(SocketTest, HandsOnWhatArrives) {
  peer_sends("hel");
  transport_->start(notes_);
  EXPECT_EQ(notes_.received, "");
  ASSERT_TRUE(turn_until([&] { return notes_.received == "hel"; }));
  peer_sends("lo");
  EXPECT_TRUE(turn_until([&] { return notes_.received == "hello"; }));
}

TEST_P(SocketTest, SendsAndGivesTheMemoryBack) {
  transport_->start(notes_);
  std::vector<std::uint8_t> bytes = bytes_of("hello");
  const std::uint8_t* memory = bytes.data();
  transport_->write(std::move(bytes));
  EXPECT_EQ(notes_.writes_done, 0u);
  ASSERT_TRUE(turn_until([&] { return notes_.writes_done == 1; }));
  EXPECT_EQ(notes_.buffer.data(), memory);
  EXPECT_EQ(peer_receives(5), "hello");
}

TEST_P(SocketTest, SendsAllOfAWriteThatTakesManyTurns) {
  transport_->start(notes_);
  std::string big(20 << 20, 'x');
  for (std::size_t i = 0; i < big.size(); i += 1000) big[i] = static_cast<char>('a' + i % 26);
  transport_->write(bytes_of(big));
  EXPECT_EQ(loop_->poll(), 0u);  // the peer does not read, so the write waits
  std::string received;
  ASSERT_TRUE(turn_until([&] {
    received += peer_has_received();
    return notes_.writes_done == 1 && received.size() == big.size();
  }));
  EXPECT_TRUE(received == big);
}

TEST_P(SocketTest, SendsPiecesInOrderHoweverManyTurnsTheyTake) {
  transport_->start(notes_);
  h2::Output output;
  std::string all;
  for (std::size_t i = 0; i < 300; ++i) {  // more of them than one system call takes
    const auto letter = static_cast<std::uint8_t>('a' + i % 26);
    output.bytes.insert(output.bytes.end(), {'<', '>'});
    h2::Body body = std::vector<std::uint8_t>(2000 + 100 * i, letter);
    output.refer(body, body.bytes());
    all.append("<>").append(body.size(), static_cast<char>(letter));
  }
  transport_->write_pieces(std::move(output));
  std::string received;
  ASSERT_TRUE(turn_until([&] {
    received += peer_has_received();
    return notes_.writes_done == 1 && received.size() == all.size();
  }));
  EXPECT_TRUE(received == all);
}

TEST_P(SocketTest, WritesFromInsideOnWritten) {
  notes_.at_written = [&] {
    if (notes_.writes_done < 100) transport_->write(bytes_of("x"));
  };
  transport_->start(notes_);
  transport_->write(bytes_of("x"));
  ASSERT_TRUE(turn_until([&] { return notes_.writes_done == 100; }));
  EXPECT_EQ(peer_receives(100), std::string(100, 'x'));
}

TEST_P(SocketTest, TellsThatThePeerClosed) {
  transport_->start(notes_);
  peer_sends("bye");
  peer_.reset();
  ASSERT_TRUE(turn_until([&] { return !notes_.closed.empty(); }));
  EXPECT_EQ(notes_.received, "bye");
  EXPECT_EQ(notes_.closed, "connection closed");
}

TEST_P(SocketTest, TellsThatThePeerResetTheConnection) {
  transport_->start(notes_);
  const linger at_once{1, 0};
  ::setsockopt(peer_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  transport_->write(bytes_of("never read"));  // which makes a unix socket send a reset, too
  peer_.reset();
  ASSERT_TRUE(turn_until([&] { return !notes_.closed.empty(); }));
  EXPECT_EQ(notes_.closed, "connection reset by peer");
}

TEST_P(SocketTest, ReportsWhatThePeerSentBeforeItVanishedThoughWritingFails) {
  transport_->start(notes_);
  peer_sends("goaway");
  peer_.reset();
  notes_.at_written = [&] { transport_->write(bytes_of("more")); };
  transport_->write(bytes_of("more"));
  transport_->write(bytes_of("more"));  // by now the system knows
  ASSERT_TRUE(turn_until([&] { return !notes_.closed.empty(); }));
  EXPECT_EQ(notes_.received, "goaway");
}

TEST_P(SocketTest, MayBeDestroyedInsideItsEvents) {
  notes_.at_bytes = [&] { transport_.reset(); };
  transport_->start(notes_);
  peer_sends("x");
  ASSERT_TRUE(turn_until([&] { return transport_ == nullptr; }));
  turn_until_idle(*loop_);
  EXPECT_EQ(notes_.closed, "");
  EXPECT_EQ(peer_receives(1), "");
}

TEST_P(SocketTest, SaysNothingAfterClose) {
  transport_->start(notes_);
  peer_sends("x");
  transport_->write(bytes_of("last words"));
  transport_->close();
  turn_until_idle(*loop_);
  EXPECT_EQ(notes_.received + notes_.closed, "");
  EXPECT_EQ(notes_.writes_done, 0u);
  EXPECT_EQ(peer_receives(100), "last words");
}

TEST_P(SocketTest, ClosesWhenTheLoopStops) {
  transport_->start(notes_);
  loop_->stop();
  loop_->run();
  EXPECT_EQ(notes_.closed, "the event loop was stopped");
  EXPECT_EQ(peer_receives(1), "");
  transport_.reset();
}

TEST_P(SocketTest, ClosesWhenTheLoopHasStoppedBeforeTheStart) {
  loop_->stop();
  loop_->run();
  loop_->post([&] { transport_->start(notes_); });
  EXPECT_EQ(notes_.closed, "the event loop was stopped");
}

TEST_P(SocketTest, MayOutliveItsLoop) {
  auto loop = Loop::create({.thread = false});
  auto [ours, peer] = unix_pair();
  const auto transport = adopt_socket(*loop, std::move(ours), "", {});
  loop.reset();
}

TEST(Socket, SendsSmallWritesAtOnceAndTakesATimeLimitForThem) {
  const auto loop = Loop::create({.thread = false});
  auto [ours, peer] = tcp_pair();
  const int fd = ours.get();
  const auto transport =
      adopt_socket(*loop, std::move(ours), "", {.user_timeout = std::chrono::seconds(20)});
  int value = 0;
  socklen_t size = sizeof(value);
  ASSERT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &size), 0);
  EXPECT_NE(value, 0);
  ASSERT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &size), 0);
  EXPECT_EQ(value, 20000);
}

}  // namespace
}  // namespace cpp_lite::io
