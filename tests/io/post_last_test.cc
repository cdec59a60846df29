// post_last(): in which portions a loop takes what handlers have posted.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/io_support.h"
#include "io/socket.h"
#include "io/thread_pool.h"

namespace cpp_lite::io {
namespace {

// Of what handlers have posted to a loop that has not been turned since.
class Posted {
 public:
  // So many of them, all at work at the same time.
  void together(int handlers) {
    ThreadPool pool(static_cast<std::size_t>(handlers), 100);
    std::vector<Event> begun(static_cast<std::size_t>(handlers));
    Event may_end;
    for (Event& event : begun) {
      ASSERT_TRUE(pool.try_submit([this, &event, &may_end] {
        event.set();
        EXPECT_TRUE(may_end.wait());
        post();
      }));
    }
    for (Event& event : begun) ASSERT_TRUE(event.wait());
    may_end.set();
    pool.stop();
  }
  void one_after_the_other(int handlers) {
    ThreadPool pool(1, 100);
    for (int i = 0; i < handlers; ++i) ASSERT_TRUE(pool.try_submit([this] { post(); }));
    pool.stop();
  }
  Loop& loop() { return *loop_; }
  // How much of it one turn of the loop takes.
  int turn() {
    const int before = ran_;
    loop_->poll();
    return ran_ - before;
  }
  // How much there is once the loop has ended.
  int after_the_loop() {
    loop_.reset();
    return ran_;
  }

 private:
  void post() {
    post_last(*loop_, [this] { ++ran_; });
  }

  std::shared_ptr<Loop> loop_ = Loop::create({.thread = false});
  int ran_ = 0;
};

// The last handler to begin may end without another one having begun, and goes with the one before.
TEST(PostLastInLots, LeavesSocketsTheirTurnBetweenFourHandlersThatTookTheirTime) {
  Posted posted;
  posted.together(20);
  int all = 0;
  for (int turn = 0; turn < 5; ++turn) {
    const int taken = posted.turn();
    EXPECT_LE(taken, 6);
    all += taken;
  }
  EXPECT_EQ(all, 20);
}

class HasSomethingToRead final : public h2::Transport::Listener {
 public:
  explicit HasSomethingToRead(Loop& loop) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0);
    transport_ = adopt_socket(loop, Fd(ends_[0]), "peer", {});
    transport_->start(*this);
    EXPECT_EQ(::write(ends_[1], "x", 1), 1);
  }
  ~HasSomethingToRead() { ::close(ends_[1]); }

 private:
  void on_bytes(std::span<const std::uint8_t>) override {}
  void on_written(std::vector<std::uint8_t>) override {}
  void on_closed(std::string) override {}

  std::array<int, 2> ends_{};
  std::unique_ptr<h2::Transport> transport_;
};

TEST(PostLastInLots, TakesMoreOfThemWhereMoreSocketsHadTheirTurn) {
  Posted posted;
  {
    std::vector<std::unique_ptr<HasSomethingToRead>> sockets;
    for (int i = 0; i < 30; ++i) {
      sockets.push_back(std::make_unique<HasSomethingToRead>(posted.loop()));
    }
    posted.together(60);
    EXPECT_GE(posted.turn(), 30);
  }
  EXPECT_EQ(posted.after_the_loop(), 60);
}

TEST(PostLastInLots, TakesMoreOfThemWhereMoreAreLeft) {
  Posted posted;
  posted.together(99);
  EXPECT_LE(posted.turn(), 6);
  EXPECT_GE(posted.turn(), 8);
}

TEST(PostLastInLots, KeepsTogetherWhatOneThreadHasPostedInARow) {
  Posted posted;
  posted.one_after_the_other(100);
  EXPECT_EQ(posted.turn(), 100);
}

TEST(PostLastInLots, LosesNothingThatWasLeftForALaterTurn) {
  Posted posted;
  posted.together(20);
  EXPECT_GE(posted.turn(), 1);
  posted.together(20);
  EXPECT_EQ(posted.after_the_loop(), 40);
}

}  // namespace
}  // namespace cpp_lite::io
