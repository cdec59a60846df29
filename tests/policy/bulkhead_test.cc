#include <cpp_lite/layers.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "many_calls.h"
#include "support/fake_loop.h"

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;

struct Walled : Layered {
  explicit Walled(std::size_t in_flight = 2, std::size_t queue = 3)
      : Walled(support::FakeLoop::create(), in_flight, queue) {}
  Walled(std::shared_ptr<support::FakeLoop> on, std::size_t in_flight, std::size_t queue)
      : Layered(bulkhead({.in_flight = in_flight, .queue = queue, .loop = on})), loop(on) {}

  // The layer's timer ends on its loop.
  ~Walled() {
    calls.reset();
    channel.reset();
    loop->run_until_idle();
  }

  std::vector<Future<RawReply>> begin_some(int count, Deadline deadline = Deadline::never()) {
    std::vector<Future<RawReply>> replies;
    for (int i = 0; i < count; ++i) replies.push_back(begin_by(deadline));
    return replies;
  }
  Future<RawReply> begin_by(Deadline deadline) {
    return channel->unary(call_of(kUnaryMethod, deadline), Bytes());
  }

  std::shared_ptr<support::FakeLoop> loop;
};

TEST(Bulkhead, LetsSoManyCallsThroughAndTheNextWhenOneEnds) {
  Walled it;
  auto replies = it.begin_some(4);
  EXPECT_EQ(it.calls->begun, 2);
  it.calls->end(1);
  EXPECT_EQ(it.calls->begun, 3);
  EXPECT_TRUE(replies[1].get().status.ok());
  EXPECT_FALSE(replies[2].ready());
  it.calls->end(0);
  it.calls->end(2, Code::not_found);
  EXPECT_EQ(it.calls->begun, 4);
  EXPECT_EQ(replies[2].get().status.code(), Code::not_found);
}

TEST(Bulkhead, KeepsTheOrderOfArrival) {
  Walled it(1, 3);
  std::vector<Future<RawReply>> replies;
  for (int i = 0; i < 4; ++i) {
    Call call = call_of(kUnaryMethod);
    call.options.metadata.add("number", std::to_string(i));
    replies.push_back(it.channel->unary(std::move(call), Bytes()));
  }
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(it.calls->calls.at(i).options.metadata.get("number"), std::to_string(i));
    it.calls->end(i);
  }
}

TEST(Bulkhead, RefusesWhenTooManyWait) {
  Walled it;
  const auto replies = it.begin_some(5);
  const Status status = it.begin().get().status;
  EXPECT_EQ(it.calls->begun, 2);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(status.origin(), Origin::local);
  EXPECT_EQ(status.phase(), "queued");
  EXPECT_EQ(reason_of(status), "BULKHEAD_FULL");
}

TEST(Bulkhead, RefusesAtTheDeadline) {
  Walled it(1, 3);
  const auto running = it.begin();
  auto late = it.begin_by(2s), later = it.begin_by(3s), soon = it.begin_by(1s);
  it.loop->advance(1s - 1ns);
  EXPECT_FALSE(soon.ready());
  it.loop->advance(1ns);
  EXPECT_EQ(reason_of(soon.get().status), "BULKHEAD_FULL");
  EXPECT_FALSE(late.ready());
  it.loop->advance(1s);
  EXPECT_TRUE(late.ready());
  it.loop->advance(1s);
  EXPECT_TRUE(later.ready());
  it.calls->end(0);
  EXPECT_EQ(it.calls->begun, 1);
}

// D2: a channel does the same when it is the call's turn, but that may never come.
TEST(Bulkhead, RefusesAtTheMethodsMaxTimeout) {
  static constexpr Method kCapped{.path = "/test.Service/Capped", .max_timeout = 2s};
  Walled it(1, 3);
  const auto running = it.begin();
  auto unbounded = it.channel->unary(call_of(kCapped), Bytes());
  auto later = it.channel->unary(call_of(kCapped, 1h), Bytes());
  auto sooner = it.channel->unary(call_of(kCapped, 1s), Bytes());
  it.loop->advance(1s);
  EXPECT_TRUE(sooner.ready());
  EXPECT_FALSE(later.ready());
  it.loop->advance(1s);
  EXPECT_EQ(reason_of(unbounded.get().status), "BULKHEAD_FULL");
  EXPECT_EQ(reason_of(later.get().status), "BULKHEAD_FULL");
}

TEST(Bulkhead, PassesACallWithoutAMethodOn) {
  Walled it(1, 1);
  const auto running = it.begin();
  const auto broken = it.channel->unary({nullptr, Deadline::never()}, Bytes());
  EXPECT_EQ(it.calls->begun, 2) << "a network channel says what is wrong with it";
}

TEST(Bulkhead, CountsTheWaitingTowardsTheDeadline) {
  Walled it(1, 1);
  const auto running = it.begin();
  const auto waiting = it.begin_by(10s);
  const SteadyTime expected = it.loop->now() + 10s;
  it.loop->advance(4s);
  it.calls->end(0);
  ASSERT_EQ(it.calls->begun, 2);
  EXPECT_EQ(it.calls->calls[1].deadline.resolve(it.loop->now()), expected);
}

TEST(Bulkhead, TakesAWaitingCallThatIsDroppedOutOfTheQueue) {
  Walled it(1, 1);
  const auto running = it.begin();
  { const auto dropped = it.begin(); }
  const auto waiting = it.begin();
  EXPECT_FALSE(waiting.ready());
  it.calls->end(0);
  EXPECT_EQ(it.calls->begun, 2);
}

TEST(Bulkhead, GivesThePlaceOfADroppedCallAway) {
  Walled it(1, 1);
  auto running = it.begin();
  const auto waiting = it.begin();
  running = Future<RawReply>();
  EXPECT_TRUE(*it.calls->replies[0].dropped);
  EXPECT_EQ(it.calls->begun, 2);
}

TEST(Bulkhead, LetsStreamsPass) {
  Walled it(1, 0);
  const auto running = it.begin();
  std::vector<std::unique_ptr<RawStream>> streams;
  for (int i = 0; i < 10; ++i) streams.push_back(it.stream());
  EXPECT_EQ(it.calls->begun, 11);
}

// Thousands of calls that end as they begin, each of which makes room for the next, on one stack.
TEST(Bulkhead, StartsALongQueueWithoutNesting) {
  Walled it(1, 20'000);
  auto running = it.begin_some(1);
  const auto waiting = it.begin_some(20'000);
  it.calls->at_once = Code::ok;
  it.calls->end(0);
  EXPECT_EQ(it.calls->begun, 20'001);
  EXPECT_TRUE(waiting.back().ready());
}

class Parent final : public CallContext {
 public:
  SteadyTime deadline() const override { return until; }
  bool cancelled() const override { return false; }
  std::uint64_t on_cancel(Task task) override {
    task_ = std::move(task);
    return 7;
  }
  void forget(std::uint64_t id) override { forgotten += id == 7 ? 1 : 0; }
  void cancel() { std::exchange(task_, Task())(); }

  SteadyTime until = SteadyTime::max();
  int forgotten = 0;

 private:
  Task task_;
};

// D13
TEST(Bulkhead, EndsAWaitingCallWithItsParent) {
  Walled it(1, 2);
  const auto running = it.begin();
  const auto parent = std::make_shared<Parent>();
  Call call = call_of(kUnaryMethod);
  call.options.parent = parent;
  auto waiting = it.channel->unary(call, Bytes());
  parent->cancel();
  EXPECT_EQ(waiting.get().status.code(), Code::cancelled);
  EXPECT_EQ(parent->forgotten, 1);
  parent->until = it.loop->now() + 1s;
  auto another = it.channel->unary(call, Bytes());
  it.loop->advance(950ms);  // the rest is the parent's, to answer in
  EXPECT_EQ(another.get().status.code(), Code::unavailable);
  EXPECT_EQ(parent->forgotten, 2);
}

TEST(Bulkhead, OutlivesItsChannelAsLongAsACallWaits) {
  Walled it(1, 1);
  auto running = it.begin();
  auto waiting = it.begin_by(1h);
  it.channel.reset();
  it.loop->run_until_idle();
  it.calls->end(0);
  it.calls->end(1);
  EXPECT_TRUE(running.get().status.ok());
  EXPECT_TRUE(waiting.get().status.ok());
  EXPECT_EQ(it.loop->armed_timers(), 1U);
  it.loop->run_until_idle();  // the last call took everything with it
  EXPECT_EQ(it.loop->armed_timers(), 0U);
}

// Calls on four threads through three places, some of them dropped: never more than three at a
// time, and nothing hangs.
TEST(Bulkhead, KeepsItsBoundUnderThreads) {
  class Slow final : public Channel {
   public:
    Future<RawReply> unary(Call, Bytes) override {
      most_ = std::max<int>(most_, ++running_);
      std::this_thread::yield();
      --running_;
      return RawReply();
    }
    std::unique_ptr<RawStream> stream(Call) override { return nullptr; }
    std::atomic<int> running_{0}, most_{0};
  };
  const auto slow = std::make_shared<Slow>();
  const auto channel = bulkhead({.in_flight = 3, .queue = 10})(slow);
  std::vector<std::thread> threads;
  std::atomic<int> answered{0};
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        auto reply = channel->unary(call_of(kUnaryMethod, 1min), Bytes());
        if (i % 7 != 0) answered += reply.get().status.ok() ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(slow->most_, 3);
  EXPECT_GT(answered, 0);
  EXPECT_TRUE(channel->unary(call_of(kUnaryMethod), Bytes()).get().status.ok());
}

}  // namespace
}  // namespace cpp_lite
