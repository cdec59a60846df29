// Calls that threads wait for with get(). One after the other, they are served by the thread that
// waits (io/lending.h); everything else has to go on as ever.
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "echo_server.h"

namespace e2e {
namespace {

class BlockingCalls : public EndToEnd {
 protected:
  // Connects; from now on *lent says whether the last attempt ended on this test's thread. (It may
  // be told after the channel's end.)
  void begin(cpp_lite::ServerOptions options = {}) {
    serve(std::move(options));
    cpp_lite::ConnectOptions own;
    own.on_attempt = [lent = lent, here = std::this_thread::get_id()](const auto&, const auto&) {
      *lent = std::this_thread::get_id() == here;
    };
    caller.emplace(client(std::move(own)));
  }
  // Until this thread turns the loop.
  void call_until_lent() {
    const auto limit = std::chrono::steady_clock::now() + kPatience;
    while (!*lent) {
      ASSERT_TRUE(caller->Unary(blob("a"), kPatience).get().ok());
      ASSERT_LT(std::chrono::steady_clock::now(), limit);
    }
  }

  const std::shared_ptr<std::atomic<bool>> lent = std::make_shared<std::atomic<bool>>(false);
  std::optional<Echo::Client> caller;
};

TEST_F(BlockingCalls, OneAfterTheOtherAreServedByTheThreadThatWaits) {
  begin();
  call_until_lent();
}

TEST_F(BlockingCalls, GiveTheLoopBackWhenNobodyWaits) {
  begin();
  call_until_lent();
  auto reply = caller->Unary(blob("b"), kPatience);
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (!reply.ready() && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  ASSERT_TRUE(reply.ready());
  EXPECT_EQ("b", std::move(reply).get()->data());
  // The attempt is told of after the reply.
  while (*lent && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  EXPECT_FALSE(*lent);
}

TEST_F(BlockingCalls, GoOnBesideOneThatNobodyWaitsFor) {
  begin();
  for (int round = 0; round < 5; ++round) {
    call_until_lent();
    auto open = caller->Wait(blob("open"), kPatience);
    EXPECT_TRUE(caller->Unary(blob("a"), kPatience).get().ok());
    handler.until_waiting(1);
    { auto dropped = std::move(open); }
    handler.until_waiting(0);
    *lent = false;
  }
}

TEST_F(BlockingCalls, LetAnotherThreadCallMeanwhile) {
  begin({.threads = 2});
  call_until_lent();
  std::thread other([&] {
    handler.until_waiting(1);
    EXPECT_TRUE(caller->Unary(blob("a"), kPatience).get().ok());
    const auto dropped = caller->Wait(blob("c"), kPatience);
  });
  EXPECT_EQ(Code::deadline_exceeded, caller->Wait(blob("late"), 300ms).get().status().code());
  other.join();
}

TEST_F(BlockingCalls, EndWithTheirDeadline) {
  begin();
  call_until_lent();
  EXPECT_EQ(Code::deadline_exceeded, caller->Wait(blob("late"), 5ms).get().status().code());
}

TEST_F(BlockingCalls, OfManyThreadsAreAllAnswered) {
  begin();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 100 * i + 50; ++n) {
        EXPECT_TRUE(caller->Unary(blob("a"), kPatience).get().ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// What it waits for begins on the loop that it turns, and ends on another.
TEST_F(BlockingCalls, MayBePartOfACoroutineThatEndsElsewhere) {
  begin();
  const auto elsewhere = cpp_lite::Loop::create();
  const auto work = [&]() -> Future<std::string> {
    auto reply = co_await caller->Unary(blob("a"), kPatience);
    co_await cpp_lite::on(elsewhere);
    co_await cpp_lite::sleep(elsewhere, 1ms);
    co_return reply->data();
  };
  for (int round = 0; round < 5; ++round) {
    call_until_lent();
    EXPECT_EQ("a", work().get());
    *lent = false;
  }
}

TEST_F(BlockingCalls, MayBeTheLastOfTheirChannel) {
  serve();
  for (int round = 0; round < 20; ++round) {
    auto mine = client();
    for (int n = 0; n < 20; ++n) EXPECT_TRUE(mine.Unary(blob("a"), kPatience).get().ok());
  }
}

TEST_F(BlockingCalls, FailWhenTheServerIsGone) {
  begin();
  call_until_lent();
  server.reset();
  EXPECT_EQ(Code::unavailable, caller->Unary(blob("a"), kPatience).get().status().code());
}

}  // namespace
}  // namespace e2e
