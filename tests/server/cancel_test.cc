// The token by which a served call's end is heard of: on any thread, by each who waits, once.
#include "server/cancel.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace cpp_lite::server {
namespace {

TEST(CancelToken, RunsEachTaskOnceInTheOrderTheyCame) {
  CancelToken token;
  std::string ran;
  (void)token.on_cancel(Task([&] { ran += 'a'; }));
  (void)token.on_cancel(Task([&] { ran += 'b'; }));
  EXPECT_EQ(ran, "");
  token.cancel();
  token.cancel();
  EXPECT_EQ(ran, "ab");
}

TEST(CancelToken, RunsATaskAtOnceThatComesTooLate) {
  CancelToken token;
  token.cancel();
  bool ran = false;
  EXPECT_EQ(token.on_cancel(Task([&] { ran = true; })), 0u);
  EXPECT_TRUE(ran);
}

TEST(CancelToken, ForgetsATask) {
  CancelToken token;
  token.forget(1);  // nobody has ever waited
  bool ran = false;
  const std::uint64_t id = token.on_cancel(Task([&] { ran = true; }));
  token.forget(id);
  token.forget(id);
  token.cancel();
  EXPECT_FALSE(ran);
}

TEST(CancelToken, LosesNoTaskThatComesWhileAnotherThreadCancels) {
  for (int round = 0; round < 1000; ++round) {
    CancelToken token;
    std::atomic<int> ready{0}, ran{0};
    const auto together = [&] {
      ++ready;
      while (ready < 3) std::this_thread::yield();
    };
    std::array<std::thread, 2> waiters;
    for (std::thread& waiter : waiters) {
      waiter = std::thread([&] {
        together();
        (void)token.on_cancel(Task([&] { ++ran; }));
      });
    }
    together();
    token.cancel();
    for (std::thread& waiter : waiters) waiter.join();
    ASSERT_EQ(ran, 2) << "in round " << round;
  }
}

}  // namespace
}  // namespace cpp_lite::server
