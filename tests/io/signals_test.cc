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
  std::vector<int> refused;
  const auto note = [&](int signal) {
    EXPECT_TRUE(loop->is_current());
    got.push_back(signal);
  };
  const auto watch = watch_signals(*loop, {SIGUSR1, SIGUSR2}, note, refused);
  EXPECT_TRUE(refused.empty());
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
  std::vector<int> refused;
  watch = watch_signals(
      *loop, {SIGUSR1}, [&](int) { watch.reset(); }, refused);
  ASSERT_EQ(::kill(::getpid(), SIGUSR1), 0);
  EXPECT_TRUE(turn_until(*loop, [&] { return watch == nullptr; }));
}

TEST(Signals, MayBeWatchedByALoopThatStops) {
  const auto loop = Loop::create({.thread = false});
  std::vector<int> refused;
  const auto watch = watch_signals(
      *loop, {SIGUSR1}, [](int) { FAIL(); }, refused);
  loop->stop();
  loop->run();
}

TEST(Signals, ThatTheSystemRefusesAreNamedAndTheOthersWatched) {
  const auto loop = Loop::create({.thread = false});
  std::vector<int> got, refused;
  const auto note = [&](int signal) { got.push_back(signal); };
  const auto watch = watch_signals(*loop, {SIGKILL, SIGUSR1, 12345}, note, refused);
  EXPECT_EQ(refused, (std::vector{SIGKILL, 12345}));
  ASSERT_EQ(::kill(::getpid(), SIGUSR1), 0);
  ASSERT_TRUE(turn_until(*loop, [&] { return !got.empty(); }));
  EXPECT_EQ(got, std::vector{SIGUSR1});
}

}  // namespace
}  // namespace cpp_lite::io
