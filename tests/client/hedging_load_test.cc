// When hedges are sent and how many in all: `hedging_percentile` and `max_extra_load`
// (docs/rules.md, "Hedges"); and what keeping their requests costs.
#include "hedging.h"

namespace cpp_lite::client {
namespace {

class HedgingLoad : public HedgingTest {
 protected:
  // A call that is answered after this time.
  void taking(std::chrono::nanoseconds time) {
    Future<RawReply> reply = call();
    const std::size_t first = sent() - 1;
    wait(time);
    answer(first, "pong");
    EXPECT_TRUE(status_of(reply).ok());
  }
  void take_turns(std::chrono::milliseconds first, std::chrono::milliseconds last) {
    for (auto time = first; time <= last; ++time) taking(time);
  }
  // When the next call's first hedge comes.
  std::chrono::milliseconds hedged_after() {
    Future<RawReply> reply = call();
    const std::size_t first = sent();
    for (auto time = 0ms; time < 1000ms; time += 1ms) {
      if (sent() > first) return time;
      wait(1ms);
    }
    return -1ms;
  }
};

TEST_F(HedgingLoad, ThePolicysDelayHoldsByDefault) {
  take_turns(1ms, 20ms);
  EXPECT_EQ(hedged_after(), 50ms);
}

TEST_F(HedgingLoad, APercentileOfWhatTheMethodTookStandsForTheDelayWhenItIsKnown) {
  options.hedging_percentile = 0.95;
  take_turns(1ms, 19ms);
  EXPECT_EQ(hedged_after(), 50ms) << "too few";
  taking(20ms);
  EXPECT_EQ(hedged_after(), 19ms);
}

TEST_F(HedgingLoad, APercentileUnderAMillisecondIsOne) {
  options.hedging_percentile = 0.95;
  for (int i = 0; i < 20; ++i) taking(0ms);
  EXPECT_EQ(hedged_after(), 1ms);
}

TEST_F(HedgingLoad, AFirstAttemptThatLostCountsWithTheTimeThatItHadByThen) {
  options.hedging_percentile = 0.99;
  for (int i = 0; i < 5; ++i) {
    Future<RawReply> reply = call();
    wait(50ms);
    wait(10ms);
    answer(sent() - 1, "pong");
    EXPECT_TRUE(status_of(reply).ok());
  }
  for (int i = 0; i < 15; ++i) taking(10ms);
  EXPECT_EQ(hedged_after(), 60ms);
}

TEST_F(HedgingLoad, AFirstAttemptThatFailedDoesNotCount) {
  options.hedging_percentile = 0.5;
  take_turns(1ms, 19ms);
  Future<RawReply> reply = call();
  reject(sent() - 1, "3");
  EXPECT_EQ(status_of(reply).code(), Code::invalid_argument);
  EXPECT_EQ(hedged_after(), 50ms) << "nineteen are too few";
}

TEST_F(HedgingLoad, EachMethodHasItsOwnPercentile) {
  options.hedging_percentile = 0.95;
  take_turns(1ms, 20ms);
  const std::size_t before = sent();
  Future<RawReply> burst = call(kBurst);
  EXPECT_EQ(sent() - before, 3U) << "its policy says at once, and nothing is known of it";
}

TEST_F(HedgingLoad, HedgesAreAtMostTheirShareOfTheCalls) {
  options.max_extra_load = 0.02;
  std::size_t calls = 0;
  for (; calls < 500; ++calls) {
    Future<RawReply> reply = call(kBurst);
    answer(sent() - 1, "pong");
    wait(1s);  // which fills the budget that retries share
  }
  EXPECT_LE(sent() - calls, (100 + calls) / 50);
  EXPECT_GE(sent() - calls, calls / 50);
}

TEST_F(HedgingLoad, NoExtraLoadIsNoHedges) {
  options.max_extra_load = 0;
  Future<RawReply> reply = call(kBurst);
  EXPECT_EQ(sent(), 1U);
  reject(0, "14");
  EXPECT_EQ(verdicts(status_of(reply)), Words{"stopped: max_extra_load"});
}

// R19
TEST_F(HedgingLoad, ARequestIsPaidForOnceHoweverManyAttemptsSendIt) {
  options.channel_replay_buffer = framed("ping").size();
  for (int i = 0; i < 2; ++i) {
    const std::size_t before = sent();
    Future<RawReply> reply = call(kBurst);
    ASSERT_EQ(sent() - before, 3U);
    peer.last().reset(kRefusedStream);
    turn();
    ASSERT_EQ(sent() - before, 4U) << "kept, to be sent again";
    EXPECT_EQ(peer.last().body(), framed("ping"));
    answer(before, "pong");
    EXPECT_TRUE(status_of(reply).ok());
  }
}

TEST_F(HedgingLoad, WhatAStreamWritesIsPaidForOnce) {
  options.channel_replay_buffer = 2 * framed("1234").size();
  const auto call = stream(kHedgedStream);
  turn();
  wait(50ms);
  (void)call->write(bytes("1234"));
  (void)call->write(bytes("5678"));
  (void)call->close_writes();
  wait(50ms);
  ASSERT_EQ(sent(), 3U);
  peer.last().reset(kRefusedStream);
  turn();
  ASSERT_EQ(sent(), 4U);
  for (const std::size_t attempt : {0, 1, 3}) {
    EXPECT_EQ(state(attempt), "open");
    EXPECT_EQ(peer.stream(attempt).body(), framed("1234") + framed("5678"));
  }
}

TEST_F(HedgingLoad, OptionsThatMakeNoSenseFailTheCalls) {
  for (const double load : {-0.01, 0.11}) {
    options.max_extra_load = load;
    Future<RawReply> reply = call();
    EXPECT_EQ(status_of(reply).code(), Code::invalid_argument);
    drop_channel();
  }
  options.max_extra_load = 0.1;
  for (const double percentile : {-0.5, 1.0, 95.0}) {
    options.hedging_percentile = percentile;
    Future<RawReply> reply = call();
    EXPECT_EQ(status_of(reply).code(), Code::invalid_argument);
    drop_channel();
  }
}

}  // namespace
}  // namespace cpp_lite::client
