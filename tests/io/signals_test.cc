#include "io/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "io/io_support.h"

namespace cpp_lite::io {
namespace {

TEST(Signals, ArriveOnTheLoopAsOftenAsTheyAreSent) {
  const auto loop = Loop::create({.thread = false});
  std::vector<int> got;
  const auto watch = watch_signals(*loop, {SIGUSR1, SIGUSR2}, [&](int signal) {
    EXPECT_TRUE(loop->is_current());
    got.push_back(signal);
  });
  ASSERT_NE(watch, nullptr);
  for (const int signal : {SIGUSR1, SIGUSR2, SIGUSR1}) {
    const std::size_t before = got.size();
    ASSERT_EQ(::kill(::getpid(), signal), 0);
    ASSERT_TRUE(turn_until(*loop, [&] { return got.size() > before; }));
  }
  EXPECT_EQ(got, (std::vector{SIGUSR1, SIGUSR2, SIGUSR1}));
}

TEST(Signals, MayBeGivenUpInsideTheCallback) {
  const auto loop = Loop::create({.thread = false});
  std::unique_ptr<Operation> watch;
  watch = watch_signals(*loop, {SIGUSR1}, [&](int) { watch.reset(); });
  ASSERT_EQ(::kill(::getpid(), SIGUSR1), 0);
  EXPECT_TRUE(turn_until(*loop, [&] { return watch == nullptr; }));
}

TEST(Signals, MayBeWatchedByALoopThatStops) {
  const auto loop = Loop::create({.thread = false});
  const auto watch = watch_signals(*loop, {SIGUSR1}, [](int) { FAIL(); });
  loop->stop();
  loop->run();
}

TEST(Signals, AreRefusedWhereTheSystemRefuses) {
  const auto loop = Loop::create({.thread = false});
  EXPECT_EQ(watch_signals(*loop, {SIGKILL}, [](int) {}), nullptr);
  EXPECT_EQ(watch_signals(*loop, {12345}, [](int) {}), nullptr);
}

}  // namespace
}  // namespace cpp_lite::io
