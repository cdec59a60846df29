#include <cpp_lite/async.h>
#include <cpp_lite/event.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace cpp_lite {
namespace {

TEST(Event, WakesAllWhoWait) {
  Event event;
  Future<void> first = event.wait();
  Future<void> second = event.wait();
  EXPECT_FALSE(first.ready());
  event.notify_all();
  EXPECT_TRUE(first.ready());
  EXPECT_TRUE(second.ready());
}

TEST(Event, RemembersNoNotification) {
  Event event;
  event.notify_all();
  EXPECT_FALSE(event.wait().ready());
}

TEST(Event, WakesAWaiterOnce) {
  Event event;
  int woken = 0;
  Future<void> waiting = [](Event& from, int& count) -> Future<void> {
    co_await from.wait();
    ++count;
    co_await from.wait();
    ++count;
  }(event, woken);
  event.notify_all();
  EXPECT_EQ(woken, 1);  // who waits again during a notification waits for the next one
  event.notify_all();
  EXPECT_EQ(woken, 2);
  EXPECT_TRUE(waiting.ready());
}

TEST(Event, ForgetsADroppedWaiter) {
  Event event;
  auto kept = std::make_shared<int>();
  std::weak_ptr<int> watched = kept;
  Future<void> waiting = [](Event& from, std::shared_ptr<int>) -> Future<void> {
    co_await from.wait();
  }(event, std::move(kept));
  EXPECT_FALSE(watched.expired());
  waiting = {};
  EXPECT_TRUE(watched.expired());
  event.notify_all();
}

TEST(Event, WakesItsWaitersWhenItEnds) {
  std::optional<Event> event(std::in_place);
  Future<void> waiting = event->wait();
  event.reset();
  EXPECT_TRUE(waiting.ready());
  waiting.get();
}

TEST(Event, MayEndBeforeItsWaitersDo) {
  Future<void> waiting;
  {
    Event event;
    waiting = event.wait();
  }
  waiting = {};
}

TEST(Event, MissesNoChangeBetweenThreads) {
  constexpr int kRounds = 2000;
  Event event;
  std::mutex mutex;
  int made = 0;
  std::thread maker([&] {
    for (int i = 0; i < kRounds; ++i) {
      {
        std::lock_guard lock(mutex);
        ++made;
      }
      event.notify_all();
    }
  });
  int seen = 0;
  while (seen < kRounds) {
    std::unique_lock lock(mutex);
    if (made == seen) {
      Future<void> change = event.wait();
      lock.unlock();
      change.get();
      lock.lock();
    }
    seen = made;
  }
  maker.join();
  EXPECT_EQ(seen, kRounds);
}

}  // namespace
}  // namespace cpp_lite
