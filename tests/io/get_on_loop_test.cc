#include <cpp_lite/future.h>
#include <cpp_lite/loop.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace cpp_lite {
namespace {

// Even a result that is there: whether it is, may be a matter of luck.
Future<int> completed() {
  detail::Promise<int> promise;
  Future<int> future = promise.future();
  promise.set(1);
  return future;
}

TEST(GetOnALoopDeathTest, StopsTheProgram) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        auto loop = Loop::create({.thread = false});
        loop->post([] { (void)completed().get(); });
        loop->poll();
      },
      "on a loop's thread waits for itself");
}

TEST(GetOnALoop, IsFineBetweenTheTurnsOfALoopThatIsTurnedByHand) {
  auto loop = Loop::create({.thread = false});
  auto inner = Loop::create({.thread = false});
  int ran = 0;
  loop->post([&] {
    inner->post([&] { ++ran; });
    inner->poll();
    ++ran;
  });
  loop->poll();
  EXPECT_EQ(ran, 2);
  EXPECT_EQ(completed().get(), 1);
}

}  // namespace
}  // namespace cpp_lite
