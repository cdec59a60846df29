#include <cpp_lite/task.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>

namespace cpp_lite {
namespace {

// Counts the living copies of what a task captures.
struct Counted {
  explicit Counted(int& count) : count_(&count) { ++*count_; }
  Counted(Counted&& other) noexcept : count_(other.count_) { ++*count_; }
  ~Counted() { --*count_; }
  int* count_;
};

TEST(Task, RunsWhatItWasMadeOf) {
  int ran = 0;
  Task task([&] { ++ran; });
  task();
  EXPECT_EQ(ran, 1);
}

TEST(Task, IsFalseWhenEmpty) {
  EXPECT_FALSE(Task());
  EXPECT_TRUE(Task([] {}));
}

TEST(Task, TakesMoveOnlyCallables) {
  int seen = 0;
  Task task([&seen, value = std::make_unique<int>(7)] { seen = *value; });
  Task moved = std::move(task);
  moved();
  EXPECT_EQ(seen, 7);
}

TEST(Task, TakesCallablesThatAreTooBigToBeKeptInside) {
  std::array<int, 100> big{};
  big[99] = 5;
  int seen = 0;
  Task task([&seen, big] { seen = big[99]; });
  Task moved = std::move(task);
  EXPECT_FALSE(task);  // NOLINT(bugprone-use-after-move)
  moved();
  EXPECT_EQ(seen, 5);
}

TEST(Task, DestroysItsCallableOnceWhetherSmallOrBig) {
  int alive = 0;
  {
    Task small([counted = Counted(alive)] {});
    Task big([counted = Counted(alive), more = std::array<int, 100>{}] { (void)more; });
    Task moved = std::move(small);
    big = std::move(moved);
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Task, LetsGoOfItsCallableOnReset) {
  int alive = 0;
  Task task([counted = Counted(alive)] {});
  task.reset();
  EXPECT_EQ(alive, 0);
  EXPECT_FALSE(task);
}

TEST(Task, SurvivesBeingMovedOntoItself) {
  int ran = 0;
  Task task([&] { ++ran; });
  Task& same = task;
  task = std::move(same);
  task();
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace cpp_lite
