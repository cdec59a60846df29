// post_last(): in which portions a loop takes what handlers have posted.
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "io/io_support.h"
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
    EXPECT_LE(taken, 5);
    all += taken;
  }
  EXPECT_EQ(all, 20);
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
