// Several busy sockets on one loop: they try to read before they wait.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/io_support.h"
#include "io/socket.h"

namespace cpp_lite::io {
namespace {

class BusySockets : public testing::Test {
 protected:
  struct End {
    Fd peer;
    Notes notes;
    std::unique_ptr<h2::Transport> transport;
    std::size_t sent = 0;
  };

  BusySockets() {
    for (End& end : ends_) {
      std::array<int, 2> pair{};
      EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
      end.peer = Fd(pair[1]);
      end.transport = adopt_socket(*loop_, Fd(pair[0]), "", {});
      end.transport->start(end.notes);
    }
  }

  static void send_to(End& end, std::size_t count = 1) {
    const std::string text(count, 'x');
    ASSERT_EQ(::send(end.peer.get(), text.data(), text.size(), MSG_DONTWAIT), std::ssize(text));
    end.sent += count;
  }
  bool all_heard() {
    return turn_until(*loop_, [this] {
      for (const End& end : ends_) {
        if (end.transport != nullptr && end.notes.received.size() < end.sent) return false;
      }
      return true;
    });
  }
  // What each hears makes its peer send more, so often.
  void make_busy(std::size_t times) {
    for (End& end : ends_) {
      end.notes.at_bytes = [&end, times] {
        if (end.sent < times) send_to(end);
      };
      send_to(end);
    }
  }

  std::shared_ptr<Loop> loop_ = Loop::create({.thread = false});
  std::array<End, 4> ends_;
};

TEST_F(BusySockets, HearEverythingThatComes) {
  make_busy(1000);
  EXPECT_TRUE(all_heard());
  for (const End& end : ends_) EXPECT_EQ(end.notes.received.size(), 1000u);
}

TEST_F(BusySockets, HearWhatComesAfterAPause) {
  make_busy(10);
  ASSERT_TRUE(all_heard());
  for (int pause = 0; pause < 100; ++pause) {
    turn_until_idle(*loop_);
    for (End& end : ends_) send_to(end);
    ASSERT_TRUE(all_heard());
  }
}

TEST_F(BusySockets, LeaveRoomForOneThatIsQuiet) {
  ends_[0].notes.at_bytes = [this] {
    if (ends_[3].notes.received.empty()) send_to(ends_[0]);
  };
  ends_[1].notes.at_bytes = [this] {
    if (ends_[3].notes.received.empty()) send_to(ends_[1]);
  };
  send_to(ends_[0]);
  send_to(ends_[1]);
  ASSERT_TRUE(turn_until(*loop_, [this] { return ends_[0].notes.pieces > 100; }));
  send_to(ends_[3]);
  EXPECT_TRUE(turn_until(*loop_, [this] { return !ends_[3].notes.received.empty(); }));
}

TEST_F(BusySockets, TakeTurnsOverLargeInputOnlyIfOthersWereReadLately) {
  const auto turns = [this] {
    std::string order;
    for (std::size_t i : {0U, 1U}) {
      ends_[i].notes.at_bytes = [&order, i] { order += static_cast<char>('0' + i); };
    }
    send_to(ends_[0], 150'000);
    send_to(ends_[1]);
    EXPECT_TRUE(all_heard());
    return order;
  };
  EXPECT_EQ(turns(), "0001");
  make_busy(ends_[1].sent + 10);
  ASSERT_TRUE(all_heard());
  EXPECT_EQ(turns(), "0100");
}

TEST_F(BusySockets, LeaveRoomForTimers) {
  bool rang = false;
  Timer timer(*loop_);
  for (End& end : ends_) {
    end.notes.at_bytes = [&] {
      if (!rang) send_to(end);
    };
    send_to(end);
  }
  timer.start(loop_->now() + std::chrono::milliseconds(20), [&] { rang = true; });
  EXPECT_TRUE(turn_until(*loop_, [&] { return rang; }));
}

TEST_F(BusySockets, MayBeDestroyedBeforeTheyTryAgain) {
  make_busy(100);
  ASSERT_TRUE(turn_until(*loop_, [this] { return ends_[0].notes.pieces >= 50; }));
  ends_[1].notes.at_bytes = [this] { ends_[0].transport.reset(); };
  send_to(ends_[1]);
  ASSERT_TRUE(turn_until(*loop_, [this] { return ends_[0].transport == nullptr; }));
  ends_[2].notes.at_bytes = [this] { ends_[2].transport.reset(); };
  send_to(ends_[2]);
  EXPECT_TRUE(all_heard());
  turn_until_idle(*loop_);
}

TEST_F(BusySockets, HearThatTheirPeersLeave) {
  make_busy(100);
  ASSERT_TRUE(all_heard());
  for (End& end : ends_) {
    end.notes.at_bytes = [] {};
    send_to(end);
    end.peer = Fd();
  }
  EXPECT_TRUE(turn_until(*loop_, [this] {
    for (const End& end : ends_) {
      if (end.notes.closed.empty()) return false;
    }
    return true;
  }));
  EXPECT_TRUE(all_heard());
}

TEST_F(BusySockets, CloseWhenTheLoopStopsThoughTheyWouldTryAgain) {
  for (End& end : ends_) {
    end.notes.at_bytes = [&end] { send_to(end); };
    send_to(end);
  }
  ASSERT_TRUE(turn_until(*loop_, [this] { return ends_[0].notes.pieces > 50; }));
  loop_->stop();
  loop_->run();
  for (const End& end : ends_) EXPECT_EQ(end.notes.closed, "the event loop was stopped");
}

TEST_F(BusySockets, MayOutliveALoopOnWhichTheyWouldTryAgain) {
  for (End& end : ends_) {
    end.notes.at_bytes = [&end] { send_to(end); };
    send_to(end);
  }
  ASSERT_TRUE(turn_until(*loop_, [this] { return ends_[0].notes.pieces > 50; }));
  loop_.reset();
  for (const End& end : ends_) EXPECT_EQ(end.notes.closed, "the event loop was stopped");
}

}  // namespace
}  // namespace cpp_lite::io
